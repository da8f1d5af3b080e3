//! Looking something up is not reading, whatever way leads to a lesson.

use crate::support::{evening, open_with, play, property, text, town};
use proptest::prelude::*;
use redrive::content::Library;
use redrive::store::Store;
use redrive::study::progress::LessonProgress;
use redrive::tui::app::Open;
use redrive::tui::runtime::Runtime;
use std::collections::BTreeMap;
use std::path::Path;
use tempfile::TempDir;

const SMALL: (u16, u16) = (80, 24);

fn runtime(directory: &TempDir, keys: &str) -> Runtime {
    let mut runtime = open_with(town(), directory.path(), &Open::Home, SMALL);
    play(&mut runtime, keys);
    runtime
}

type Reading = (BTreeMap<String, LessonProgress>, Option<String>);

/// Every place, how much of every lesson counts as read, and which lesson is read.
fn reading(directory: &Path) -> Reading {
    let library = town();
    let scenario = library.index().scenarios[0].id.clone();
    let progress = Store::open(directory).unwrap().progress(&scenario.into(), evening()).unwrap();
    (progress.lessons, progress.latest_lesson)
}

/// Ways from Home into a lesson that are no reading of it.
fn way() -> impl Strategy<Value = &'static str> {
    prop_oneof![
        // The overview, and from it to a lesson and back.
        Just("o"),
        Just("o>>"),
        // The contents, to a lesson that is not the one in progress.
        Just("rG<enter>"),
        Just("rgjjjjj<enter>"),
        Just("rg<enter>"),
        // Out of the lesson in progress, by jumps and to its neighbours.
        Just("<enter>G"),
        Just("<enter>]"),
        Just("<enter>/tray<enter>"),
        Just("<enter>/the<enter>n"),
        Just("<enter>>"),
        Just("<enter><lt>"),
        Just("<enter>oG<enter>"),
        // From a run, from what it is made of, and from a lab.
        Just("<enter>]]s<space>l"),
        Just("<enter>G[s<space><enter>l"),
        Just("l<wait 1s><space><enter>l"),
        Just("lj<enter>l"),
        Just("b<enter>1<enter>1<enter>1<enter>l"),
    ]
}

/// What one does there; the first key leads away from the place.
fn look() -> impl Strategy<Value = Vec<&'static str>> {
    let first = prop_oneof![Just("G"), Just("]"), Just("G/the<enter>"), Just("G[")];
    let key = prop_oneof![
        Just("j"),
        Just("k"),
        Just("<space>"),
        Just("b"),
        Just("d"),
        Just("u"),
        Just("G"),
        Just("g"),
        Just("]"),
        Just("["),
        Just("/letter<enter>"),
        Just("n"),
        Just("N"),
        Just("o<esc>"),
        Just("<size 61x19><size 133x41><size 80x24>"),
        Just("?<esc>"),
    ];
    (first, prop::collection::vec(key, 0..6)).prop_map(|(first, keys)| [vec![first], keys].concat())
}

proptest! {
    #![proptest_config(property(24))]

    #[test]
    fn no_look_up_moves_the_reading_place_or_counts_as_read(
        read in "(<space>){0,3}j{0,2}", looks in prop::collection::vec((way(), look()), 1..5)
    ) {
        let directory = TempDir::new().unwrap();
        let mut runtime = runtime(&directory, &format!("<enter>{read}<esc>"));
        let before = reading(directory.path());
        let resume = runtime.app().page().blocks[0].clone();
        prop_assert!(resume.contains("Continue"), "{resume}");
        for (way, look) in looks {
            play(&mut runtime, way);
            // What is on the screen is a lesson that is looked into, or one that was only chosen.
            for key in &look {
                // Who jumps back to the place itself looks up no more.
                if !text(&runtime).contains("looking up") {
                    play(&mut runtime, "G");
                }
                play(&mut runtime, key);
            }
            for _ in 0..12 {
                play(&mut runtime, "<esc>");
                if runtime.app().depth() == 1 {
                    break;
                }
            }
            prop_assert_eq!(runtime.app().depth(), 1, "{} {:?}: no way back\n{}", way, look, text(&runtime));
            prop_assert_eq!(&reading(directory.path()), &before, "{} {:?}", way, look);
            prop_assert_eq!(&runtime.app().page().blocks[0], &resume, "{} {:?}", way, look);
        }
        play(&mut runtime, "<c-c>");
        prop_assert_eq!(reading(directory.path()), before);
    }
}

/// The lines of the screen without title and footer.
fn body(runtime: &Runtime) -> String {
    text(runtime).lines().skip(1).take(22).collect::<Vec<_>>().join("\n")
}

#[test]
fn esc_leads_back_from_a_jump_to_the_sentence_and_then_out() {
    for jump in ["G", "]", "/tray<enter>n", "Gk<space>", "]][b", "GgGb"] {
        let directory = TempDir::new().unwrap();
        let mut runtime = runtime(&directory, "<enter><space>");
        let (there, depth) = (text(&runtime), runtime.app().depth());
        play(&mut runtime, jump);
        assert!(text(&runtime).contains("looking up"), "{jump}:\n{}", text(&runtime));
        play(&mut runtime, "?<esc>");
        assert!(text(&runtime).contains("r read from here"), "{jump}:\n{}", text(&runtime));
        play(&mut runtime, "<esc>");
        assert_eq!(body(&runtime), body_of(&there), "{jump}");
        assert_eq!(runtime.app().depth(), depth, "{jump}");
        play(&mut runtime, "<esc>");
        assert_eq!(runtime.app().depth(), 1, "{jump}");
    }
}

fn body_of(frame: &str) -> String {
    frame.lines().skip(1).take(22).collect::<Vec<_>>().join("\n")
}

#[test]
fn what_lies_under_a_look_up_is_there_again() {
    for (way, back) in [
        ("t12<enter><wait 1s>", "l"),
        ("t12<enter><wait 1s>", "l>"),
        ("t12<enter><wait 1s>", "lG>]"),
        ("<enter><space>", ">"),
        ("<enter><space>", "oG<enter>"),
        ("b<enter>1<enter>1<enter>1<enter>", "lG"),
    ] {
        let directory = TempDir::new().unwrap();
        let mut runtime = runtime(&directory, way);
        let (there, depth) = (body(&runtime), runtime.app().depth());
        play(&mut runtime, back);
        while runtime.app().depth() > depth {
            play(&mut runtime, "<esc>");
        }
        if !way.starts_with('b') {
            assert_eq!(body(&runtime), there, "{way} {back}");
        }
        assert_eq!(runtime.app().depth(), depth, "{way} {back}");
    }
}

#[test]
fn the_end_of_a_lesson_that_was_jumped_to_is_not_read_and_enter_goes_back() {
    let directory = TempDir::new().unwrap();
    let mut runtime = runtime(&directory, "<enter>");
    let (there, before) = (body(&runtime), reading(directory.path()));
    play(&mut runtime, "G");
    assert!(text(&runtime).contains("enter goes back"), "{}", text(&runtime));
    play(&mut runtime, "<enter>");
    assert_eq!(body(&runtime), there);
    assert_eq!(reading(directory.path()), before);
    assert!(before.0.values().all(|lesson| lesson.reached < 500), "{before:?}");
}

#[test]
fn one_key_reads_on_from_where_something_was_looked_up() {
    let directory = TempDir::new().unwrap();
    let mut runtime = runtime(&directory, "<enter><space><esc>l<space>jjjjjj<enter>l");
    let looked_up = runtime.app().reading().unwrap().0.id.clone();
    let before = reading(directory.path());
    assert_ne!(before.1.as_deref(), Some(looked_up.as_str()));
    play(&mut runtime, "r");
    assert!(text(&runtime).contains("You continue from here"), "{}", text(&runtime));
    let after = reading(directory.path());
    assert_eq!(after.1.as_deref(), Some(looked_up.as_str()));
    let sentence = body(&runtime);
    play(&mut runtime, "<esc><esc><esc>");
    assert_eq!(runtime.app().depth(), 1);
    play(&mut runtime, "<enter>");
    assert_eq!(body(&runtime), sentence, "Home continues there");
    assert_eq!(before.0.len() + 1, after.0.len());
}

#[test]
fn a_lesson_that_was_chosen_is_read_when_one_goes_on_in_it() {
    let directory = TempDir::new().unwrap();
    let mut runtime = runtime(&directory, "<enter><space><esc>rgjjjj<enter>");
    let chosen = runtime.app().reading().unwrap().0.id.clone();
    let before = reading(directory.path());
    play(&mut runtime, "kk?<esc>");
    assert_eq!(reading(directory.path()), before, "to look at it is not to read it");
    play(&mut runtime, "<space>");
    assert_eq!(reading(directory.path()).1, Some(chosen));
    // And back in the neighbour that was only leafed to.
    let before = reading(directory.path());
    play(&mut runtime, "><lt><lt><lt>");
    assert_eq!(reading(directory.path()), before);
    play(&mut runtime, "<esc><esc>");
    assert_eq!(runtime.app().depth(), 1);
    assert_eq!(reading(directory.path()), before);
}

#[test]
fn four_hundred_hops_between_lessons_and_runs_leave_a_short_way_home() {
    let directory = TempDir::new().unwrap();
    let mut runtime = runtime(&directory, "t12<enter>");
    let mut deepest = 0;
    for hop in 0..400 {
        // By turns to the run that the text leads to, and to the lesson about a part of it.
        play(&mut runtime, if hop % 2 == 0 { "l" } else { "s<space><enter>" });
        deepest = deepest.max(runtime.app().depth());
    }
    assert!(deepest <= 9, "{deepest} screens");
    let mut escapes = 0;
    while !text(&runtime).contains("you said") {
        assert!(escapes < 30, "the set is gone:\n{}", text(&runtime));
        play(&mut runtime, "<esc>");
        escapes += 1;
    }
}

#[test]
fn the_glossary_has_every_term_and_leads_to_where_it_stands_and_back() {
    let terms = {
        let library = town();
        library.glossary(&library.index().scenarios[0]).unwrap()
    };
    for size in [(40, 12), (80, 24), (200, 60)] {
        let directory = TempDir::new().unwrap();
        let mut runtime = runtime(&directory, &format!("<size {}x{}>wg", size.0, size.1));
        let mut seen = std::collections::BTreeSet::new();
        for _ in 0..terms.len() {
            let frame = text(&runtime);
            let shown = frame.split_whitespace().collect::<Vec<_>>().join(" ");
            let page = runtime.app().page();
            let chosen =
                page.blocks.iter().find_map(|block| block.strip_prefix("selected: ")).unwrap();
            let (term, meaning) = chosen.split_once(": ").unwrap();
            // All of it is on the screen, with the lessons where it stands.
            let whole = format!("▸ {term}: {meaning}");
            let whole = whole.split_whitespace().collect::<Vec<_>>().join(" ");
            assert!(shown.contains(&whole), "{whole:?} at {size:?}:\n{frame}");
            for (_, lesson) in &page.choices {
                assert!(shown.contains(lesson), "{lesson:?} at {size:?}:\n{frame}");
            }
            seen.insert(term.to_owned());
            play(&mut runtime, "j");
        }
        assert_eq!(seen.len(), terms.len(), "{seen:?} at {size:?}");
    }
}

#[test]
fn a_term_is_searched_for_and_its_section_is_a_look_up() {
    let directory = TempDir::new().unwrap();
    let mut runtime = runtime(&directory, "<enter><space>");
    let before = reading(directory.path());
    let there = body(&runtime);
    play(&mut runtime, "w/POISON<enter>");
    assert!(text(&runtime).contains("▸ Poison slip:"), "{}", text(&runtime));
    assert!(text(&runtime).contains("in  1 "), "{}", text(&runtime));
    let glossary = body(&runtime);
    play(&mut runtime, "1");
    assert!(text(&runtime).contains("looking up"), "{}", text(&runtime));
    assert!(text(&runtime).to_lowercase().contains("poison"), "{}", text(&runtime));
    play(&mut runtime, "<space><space><esc>");
    assert_eq!(body(&runtime), glossary);
    play(&mut runtime, "/penguin<enter>");
    assert!(text(&runtime).contains("“penguin” is not in the glossary."), "{}", text(&runtime));
    play(&mut runtime, "<esc>");
    assert_eq!(body(&runtime), there);
    assert_eq!(reading(directory.path()), before);
}

#[test]
fn every_screen_says_the_same_minutes() {
    let directory = TempDir::new().unwrap();
    let mut runtime = runtime(&directory, "<enter>");
    for _ in 0..3 {
        play(&mut runtime, "<space>");
        let title = text(&runtime).lines().next().unwrap().to_owned();
        let left = title.split('%').nth(1).unwrap().trim().to_owned();
        assert!(left.ends_with("min left"), "{title}");
        play(&mut runtime, "o");
        assert!(text(&runtime).lines().any(|line| line.contains("1  ") && line.ends_with(&left)));
        play(&mut runtime, "<esc><esc>");
        let home = text(&runtime);
        assert!(home.lines().nth(2).unwrap().ends_with(&left), "{left}:\n{home}");
        play(&mut runtime, "<enter>");
    }
}

/// The made-up course with a text that has accents in both forms.
fn accents() -> (TempDir, Library) {
    let folder = TempDir::new().unwrap();
    let copy = |from: &Path, to: &Path| {
        let mut left = vec![(from.to_owned(), to.to_owned())];
        while let Some((from, to)) = left.pop() {
            if from.is_dir() {
                std::fs::create_dir_all(&to).unwrap();
                for entry in std::fs::read_dir(&from).unwrap() {
                    let name = entry.unwrap().file_name();
                    left.push((from.join(&name), to.join(&name)));
                }
            } else {
                std::fs::copy(&from, &to).unwrap();
            }
        }
    };
    copy(&crate::support::course(), folder.path());
    let lesson = folder.path().join("reminder-letters/lessons/01-tray.md");
    let text = std::fs::read_to_string(&lesson).unwrap();
    let cafes = "The clerk's café is the Cafe\u{301} Être, or the CAFÉ e\u{302}tre. A town library";
    std::fs::write(&lesson, text.replacen("A town library", cafes, 1)).unwrap();
    let library = Library::from_folder(folder.path()).unwrap();
    (folder, library)
}

#[test]
fn accents_are_found_in_both_their_forms_typed_or_pasted() {
    let (_folder, library) = accents();
    for (typed, said) in [
        ("/café<enter>", "“café”  1 of 3"),
        ("/cafe\u{301}<enter>", "1 of 3"),
        ("/CAFE\u{301}<enter>", "1 of 3"),
        ("/ê<enter>", "1 of 2"),
        ("/e\u{302}tre<enter>", "1 of 2"),
        ("/<paste cafe\u{301}\u{7} êt><enter>", "1 of 2"),
        ("/<paste   café\n  ÊTRE ><enter>", "1 of 2"),
        ("/cafex<bs>\u{301}<enter>", "1 of 3"),
        ("/cafe<enter>", "“cafe” is not in this lesson."),
    ] {
        let directory = TempDir::new().unwrap();
        let open = Open::Read(Some("1".to_owned()));
        let mut runtime = open_with(library.clone(), directory.path(), &open, SMALL);
        play(&mut runtime, typed);
        assert!(text(&runtime).contains(said), "{typed:?}:\n{}", text(&runtime));
    }
}

#[test]
fn what_is_typed_with_an_accent_of_its_own_is_shown_as_one_character() {
    let (_folder, library) = accents();
    let directory = TempDir::new().unwrap();
    let open = Open::Read(Some("1".to_owned()));
    let mut runtime = open_with(library, directory.path(), &open, SMALL);
    play(&mut runtime, "/e\u{302}<paste t\u{1b}[2J>");
    let frame = runtime.frame(SMALL);
    let row: Vec<&str> = (0..6).map(|x| frame[(x, 23)].symbol()).collect();
    assert_eq!(row, ["/", "e\u{302}", "t", "[", "2", "J"]);
    play(&mut runtime, "<bs><bs><bs><bs><bs>");
    assert!(text(&runtime).lines().last().unwrap().starts_with("/▏"), "{}", text(&runtime));
}

#[test]
fn what_is_pasted_where_nothing_is_typed_does_nothing() {
    let directory = TempDir::new().unwrap();
    for way in ["", "<enter>", "t", "w", "b<enter>", "l<space>", "t12<enter>"] {
        let mut runtime = runtime(&directory, way);
        let before = text(&runtime);
        play(&mut runtime, "<paste 123 jkq? >");
        assert_eq!(text(&runtime), before, "{way}");
    }
}
