//! A set belongs to the window that has it on the screen, and goes on as it was wherever it is resumed.

use std::collections::BTreeSet;
use std::path::Path;

use redrive::store::Store;
use redrive::store::history::SessionHistory;
use redrive::tui::app::Open;
use redrive::tui::runtime::Runtime;
use tempfile::TempDir;

use super::support::{Dice, open, play, text, trials};

const SIZE: (u16, u16) = (80, 24);
const ELSEWHERE: &str = "in another window";

fn history(directory: &Path) -> Vec<SessionHistory> {
    Store::open(directory).unwrap().history().unwrap()
}

/// Answers each question once, whatever it asks for, to the end of the set.
fn answer_all(runtime: &mut Runtime) {
    for _ in 0..10 {
        if text(runtime).contains("summary") {
            return;
        }
        play(runtime, "ab<enter><enter>");
    }
    panic!("the set has no end:\n{}", text(runtime));
}

fn assert_each_asked_once(directory: &Path, sets: usize) {
    let history = history(directory);
    assert_eq!(history.len(), sets);
    for set in &history {
        assert_eq!((set.summary.marks.of, set.answers.len()), (set.summary.planned, 3));
        let items: BTreeSet<&str> = set.answers.iter().map(|a| a.item.as_str()).collect();
        assert_eq!(items.len(), 3, "{items:?}");
    }
}

#[test]
fn a_set_in_another_window_is_told_of_and_a_new_one_offered_and_neither_is_asked_twice() {
    let directory = TempDir::new().unwrap();
    let mut one = open(directory.path(), &Open::Traps, SIZE);
    play(&mut one, "ab<enter><enter>");
    let mut two = open(directory.path(), &Open::Home, SIZE);
    assert!(text(&two).contains("open in another window; t begins another"), "{}", text(&two));
    assert!(!text(&two).contains("Resume"), "{}", text(&two));
    play(&mut two, "t");
    let told = text(&two).split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(told.contains("Timed traps is open in another window, at 2 of 3."), "{told}");
    assert!(told.contains("t begins a new one") && told.contains("reading"), "{told}");
    assert!(told.contains("REDRIVE"), "nothing is begun unasked: {told}");
    play(&mut two, "t");
    assert!(text(&two).contains("1 of 3"), "{}", text(&two));
    answer_all(&mut two);
    answer_all(&mut one);
    assert_each_asked_once(directory.path(), 2);
}

#[test]
fn the_end_of_a_lesson_offers_its_questions_beside_a_set_in_another_window() {
    let directory = TempDir::new().unwrap();
    let _one = open(directory.path(), &Open::Traps, SIZE);
    let mut two = open(directory.path(), &Open::Read(Some("1".to_owned())), SIZE);
    for _ in 0..40 {
        if text(&two).contains(ELSEWHERE) {
            break;
        }
        play(&mut two, "<wait 20s><space><wait 20s><enter>");
    }
    let told = text(&two).split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(told.contains("here enter begins a new one"), "{told}");
    play(&mut two, "<enter>");
    assert!(text(&two).contains("Section check   1 of 2"), "{}", text(&two));
}

#[test]
fn asked_for_a_set_by_name_it_opens_at_home_with_the_offer() {
    let directory = TempDir::new().unwrap();
    let one = open(directory.path(), &Open::Traps, SIZE);
    let two = open(directory.path(), &Open::Traps, SIZE);
    assert!(text(&two).contains("REDRIVE") && text(&two).contains(ELSEWHERE), "{}", text(&two));
    drop(one);
    let mut two = two;
    play(&mut two, "t");
    assert!(text(&two).contains("1 of 3"), "{}", text(&two));
    assert_eq!(history(directory.path()).len(), 1, "it is the one that was left");
}

#[test]
fn a_set_that_is_left_goes_on_in_the_other_window_and_not_in_the_first() {
    let directory = TempDir::new().unwrap();
    let mut one = open(directory.path(), &Open::Traps, SIZE);
    play(&mut one, "ab<enter><enter><esc>");
    let mut two = open(directory.path(), &Open::Home, SIZE);
    assert!(text(&two).contains("Resume"), "{}", text(&two));
    // The first window's home still offers it.
    play(&mut two, "t");
    assert!(text(&two).contains("2 of 3"), "{}", text(&two));
    play(&mut one, "<enter>");
    assert!(text(&one).contains(ELSEWHERE), "{}", text(&one));
    answer_all(&mut two);
    assert_each_asked_once(directory.path(), 1);
    play(&mut one, "t");
    assert!(text(&one).contains("1 of 3"), "the other is at its end: {}", text(&one));
}

/// Both sets were begun, and the first is older than the one that is at its end.
#[test]
fn a_set_whose_window_is_gone_is_resumed_after_a_newer_one() {
    let directory = TempDir::new().unwrap();
    let mut one = open(directory.path(), &Open::Traps, SIZE);
    play(&mut one, "ab<enter><enter>");
    let mut two = open(directory.path(), &Open::Home, SIZE);
    play(&mut two, "tt");
    answer_all(&mut two);
    drop(one);
    play(&mut two, "<enter>");
    assert!(text(&two).contains("Resume"), "{}", text(&two));
    play(&mut two, "<enter>");
    assert!(text(&two).contains("2 of 3"), "{}", text(&two));
    answer_all(&mut two);
    assert_each_asked_once(directory.path(), 2);
}

/// What another window goes on from is what is written.
#[test]
fn a_set_that_is_left_with_an_answer_unsaved_is_let_go_when_it_is_saved() {
    let directory = TempDir::new().unwrap();
    let mut one = open(directory.path(), &Open::Traps, SIZE);
    let file = directory.path().join(redrive::store::FILE_NAME);
    let other = rusqlite::Connection::open(file).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    play(&mut one, "ab<enter><esc>");
    let mut two = open(directory.path(), &Open::Home, SIZE);
    play(&mut two, "t");
    assert!(text(&two).contains(ELSEWHERE), "{}", text(&two));
    drop(other);
    play(&mut one, "<wait 1s>");
    play(&mut two, "t");
    assert!(text(&two).contains("2 of 3"), "{}", text(&two));
    answer_all(&mut two);
    assert_each_asked_once(directory.path(), 1);
}

#[test]
fn a_lesson_looked_up_from_a_set_does_not_let_go_of_it() {
    let directory = TempDir::new().unwrap();
    let mut one = open(directory.path(), &Open::Traps, SIZE);
    play(&mut one, "ab<enter>l?");
    let two = open(directory.path(), &Open::Traps, SIZE);
    assert!(text(&two).contains(ELSEWHERE), "{}", text(&two));
}

#[test]
fn windows_that_begin_at_the_same_moment_do_not_draw_the_same_set() {
    let directory = TempDir::new().unwrap();
    let mut stores: Vec<Store> = (0..4).map(|_| Store::open(directory.path()).unwrap()).collect();
    let drawn: BTreeSet<u64> = stores
        .iter_mut()
        .map(|store| {
            store
                .take_set(&"reminder-letters".into(), crate::support::evening())
                .unwrap()
                .sessions_begun
        })
        .collect();
    assert_eq!(drawn.len(), 4, "{drawn:?}");
}

#[test]
fn a_window_that_lost_the_directory_under_it_still_has_its_set() {
    let directory = TempDir::new().unwrap();
    let mut one = open(directory.path(), &Open::Traps, SIZE);
    for entry in std::fs::read_dir(directory.path()).unwrap() {
        std::fs::remove_file(entry.unwrap().path()).unwrap();
    }
    play(&mut one, "ab<enter>");
    let two = open(directory.path(), &Open::Traps, SIZE);
    assert!(text(&two).contains(ELSEWHERE), "{}", text(&two));
}

#[test]
fn no_file_is_left_beside_the_history_of_windows_that_are_closed() {
    let directory = TempDir::new().unwrap();
    let mut runtime = open(directory.path(), &Open::Traps, SIZE);
    play(&mut runtime, "a<esc>t");
    drop(runtime);
    let files = std::fs::read_dir(directory.path()).unwrap();
    let names: Vec<_> = files.map(|file| file.unwrap().file_name()).collect();
    assert_eq!(names, ["redrive.db"]);
}

/// Which options are marked as chosen, as they are read aloud.
fn chosen(runtime: &Runtime) -> Vec<String> {
    let choices = runtime.app().page().choices;
    choices.into_iter().filter(|(_, text)| text.contains("chosen: ")).map(|(key, _)| key).collect()
}

#[test]
fn what_was_chosen_and_not_confirmed_is_chosen_when_the_set_is_resumed() {
    for leave in ["<esc>", "<c-c>", "p<esc>", "?<esc><esc>", ""] {
        let directory = TempDir::new().unwrap();
        let mut runtime = open(directory.path(), &Open::Traps, SIZE);
        play(&mut runtime, "b");
        let before = chosen(&runtime);
        assert_eq!(before, ["b"], "{leave}");
        play(&mut runtime, leave);
        drop(runtime);
        let runtime = open(directory.path(), &Open::Traps, SIZE);
        assert_eq!(chosen(&runtime), before, "{leave}");
    }
}

#[test]
fn a_choice_of_a_question_that_was_edited_is_not_taken_for_one_of_the_new_text() {
    let directory = TempDir::new().unwrap();
    let mut runtime = open(directory.path(), &Open::Traps, SIZE);
    play(&mut runtime, "b<esc>");
    drop(runtime);
    let raw = rusqlite::Connection::open(directory.path().join(redrive::store::FILE_NAME)).unwrap();
    raw.execute("UPDATE record SET version = version + 1 WHERE kind = 'countdown'", []).unwrap();
    drop(raw);
    let runtime = open(directory.path(), &Open::Traps, SIZE);
    assert_eq!(chosen(&runtime), Vec::<String>::new());
}

#[test]
fn whatever_windows_do_no_question_of_a_set_is_answered_twice_and_every_set_can_be_ended() {
    const KEYS: [&str; 8] = ["t", "ab<enter>", "<enter>", "<esc>", "a", "<wait 1s>", "q", "l<esc>"];
    for trial in 1..=u64::from(trials(3)) {
        let mut dice = Dice::new(trial);
        let directory = TempDir::new().unwrap();
        let start = || open(directory.path(), &Open::Home, SIZE);
        let mut windows: Vec<Runtime> = (0..3).map(|_| start()).collect();
        for _ in 0..60 {
            let which = dice.roll(windows.len() as u64) as usize;
            if dice.roll(12) == 0 {
                windows[which] = start();
            }
            play(&mut windows[which], dice.one_of(&KEYS));
        }
        windows.clear();
        for _ in 0..60 {
            let mut last = start();
            if !text(&last).contains("Resume") {
                break;
            }
            play(&mut last, "t");
            // What was chosen when it was left may be taken back by the first keys.
            for keys in ["ab<enter>", "a<enter>"].repeat(6) {
                if !text(&last).contains("summary") {
                    play(&mut last, keys);
                }
            }
        }
        for set in history(directory.path()) {
            let asked: Vec<u16> = set.answers.iter().map(|answer| answer.question).collect();
            assert_eq!(asked, [0, 1, 2], "trial {trial}");
            assert_eq!(set.summary.marks.of, 3, "trial {trial}");
        }
    }
}
