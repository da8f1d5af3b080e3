//! A library of two courses: the picker, the way back to it, and what belongs to which course.

use crate::support::{made_up, open_with, picture, play, says, says_not, text, town, two_courses};
use insta::assert_snapshot;
use redrive::content::Library;
use redrive::tui::app::Open;
use redrive::tui::ctx::Subject;
use redrive::tui::runtime::{Runtime, Then};
use tempfile::TempDir;

const SMALL: (u16, u16) = (80, 24);
const SIZES: [(u16, u16); 4] = [(80, 24), (120, 36), (40, 12), (200, 60)];

/// Two courses, and the history of somebody who studies both.
struct Shelf {
    directory: TempDir,
    library: Library,
}

impl Shelf {
    fn new() -> Self {
        let directory = TempDir::new().unwrap();
        let library = Library::from_folder(&two_courses(directory.path())).unwrap();
        Self { directory, library }
    }

    fn evening(&self, open: &Open, size: (u16, u16), keys: &str) -> Runtime {
        let data = self.directory.path().join("data");
        let mut runtime = open_with(self.library.clone(), &data, open, size);
        play(&mut runtime, keys);
        runtime
    }
}

#[test]
fn the_first_screen_of_two_courses_asks_which() {
    let shelf = Shelf::new();
    assert_snapshot!(picture(&shelf.evening(&Open::Home, SMALL, "")));
}

#[test]
fn a_wide_terminal_shows_how_far_one_is_in_each_course() {
    let shelf = Shelf::new();
    shelf.evening(&Open::Home, SMALL, "j<enter>ta<enter><enter><esc>");
    assert_snapshot!(picture(&shelf.evening(&Open::Home, (120, 36), "")));
}

#[test]
fn the_picker_is_read_in_order() {
    let shelf = Shelf::new();
    shelf.evening(&Open::Home, SMALL, "j<enter>ta<enter><enter><esc>");
    assert_snapshot!(shelf.evening(&Open::Home, SMALL, "").app().page().to_string());
}

#[test]
fn a_course_is_left_for_the_picker_by_esc_or_by_its_key_and_nothing_is_behind_it() {
    let shelf = Shelf::new();
    let mut runtime = shelf.evening(&Open::Home, SMALL, "j<enter>");
    says(&runtime, "REDRIVE   The second");
    says(&runtime, "c  Courses   1 other course");
    for back in ["<esc>", "c"] {
        play(&mut runtime, back);
        says(&runtime, "Choose a course");
        says(&runtime, "▸ The second");
        // Nothing is behind the picker.
        play(&mut runtime, "<esc>");
        says(&runtime, "Choose a course");
        play(&mut runtime, "<enter>");
        says(&runtime, "REDRIVE   The second");
    }
    play(&mut runtime, "ck<enter>");
    says(&runtime, "REDRIVE   The first");
    assert_eq!(play(&mut runtime, "cq"), Then::Quit);
}

#[test]
fn what_is_done_in_one_course_is_not_done_in_the_other() {
    let shelf = Shelf::new();
    let mut runtime = shelf.evening(&Open::Home, SMALL, "j<enter>ta<enter><enter><esc>");
    says(&runtime, "at 2 of 3");
    play(&mut runtime, "ck<enter>");
    says(&runtime, "REDRIVE   The first");
    says(&runtime, "New here? Press enter");
    says_not(&runtime, "at 2 of 3");
    // Looking into it, and back to the picker, is nothing that the history keeps.
    play(&mut runtime, "c<c-c>");
    drop(runtime);
    let runtime = shelf.evening(&Open::Home, SMALL, "");
    says(&runtime, "▸ The second");
    let first = text(&runtime)
        .lines()
        .skip_while(|line| !line.contains("The first"))
        .nth(1)
        .map(str::to_owned);
    assert_eq!(first.as_deref(), Some("  ○ 1 section, 3 questions, 1 lab, 1 incident"));
    // A set waits in its own course.
    let mut runtime = shelf.evening(&Open::Home, SMALL, "<enter>");
    says(&runtime, "▸ Resume");
    play(&mut runtime, "ck<enter>");
    says(&runtime, "▸ Start");
}

#[test]
fn what_the_command_line_asks_for_is_opened_once_the_course_is_chosen() {
    for (open, words) in [
        (Open::Read(None), "Contents"),
        (Open::Read(Some("1".to_owned())), "1 The tray"),
        (Open::Traps, "Timed traps   1 of 3"),
        (Open::Live(Subject::First), "A tray between desk and post"),
        (Open::Labs, "A quiet hour"),
    ] {
        let shelf = Shelf::new();
        let mut runtime = shelf.evening(&open, SMALL, "");
        says(&runtime, "Choose a course");
        play(&mut runtime, "j<enter>");
        says(&runtime, words);
        play(&mut runtime, "<esc><esc>");
        let is_home = text(&runtime).contains("REDRIVE   The second");
        play(&mut runtime, if is_home { "c" } else { "" });
        says(&runtime, "▸ The second");
    }
    // What the chosen course does not have is told, and its home is open.
    let shelf = Shelf::new();
    let runtime =
        shelf.evening(&Open::Live(Subject::Lab("a-quiet-hour".to_owned())), SMALL, "<enter>");
    says(&runtime, "REDRIVE   The first");
    says(&runtime, "no lab");
}

#[test]
fn courses_are_filtered_and_the_cursor_stands_on_the_chosen_one() {
    for size in SIZES {
        let shelf = Shelf::new();
        let mut runtime = shelf.evening(&Open::Home, size, "");
        for keys in ["", "j", "j", "k", "G", "g", "/second<enter>", "<esc>"] {
            play(&mut runtime, keys);
            let cursor = runtime.cursor(size).unwrap();
            let frame = text(&runtime);
            let line = frame.lines().nth(usize::from(cursor.y)).unwrap();
            let place = line.char_indices().nth(usize::from(cursor.x)).unwrap().0;
            assert!(line[place..].trim_start().starts_with("▸ The"), "{keys} {size:?}\n{frame}");
        }
        play(&mut runtime, "/second");
        says_not(&runtime, "The first");
        play(&mut runtime, "<enter><enter>");
        says(&runtime, "REDRIVE   The second");
        play(&mut runtime, "c/nothing<enter><enter>");
        says(&runtime, "/nothing  none of 2");
        assert_eq!(runtime.cursor(size), None);
    }
}

#[test]
fn a_library_of_one_course_has_no_picker() {
    let directory = TempDir::new().unwrap();
    let mut runtime = crate::support::open(directory.path(), &Open::Home, SMALL);
    says_not(&runtime, "Courses");
    let before = text(&runtime);
    play(&mut runtime, "c<esc>");
    assert_eq!(text(&runtime), before);
    assert!(!runtime.app().page().keys.iter().any(|(_, does)| *does == "courses"));
}

#[test]
fn every_key_of_the_picker_does_something() {
    for keys in ["", "j", "/second<enter>", "/nothing<enter>"] {
        let shelf = Shelf::new();
        let shown = shelf.evening(&Open::Home, SMALL, keys).app().page().keys;
        for (key, does) in shown.iter().filter(|(_, does)| *does != "to the shell") {
            let key = key.split(' ').next().unwrap();
            let key = match key {
                "enter" | "esc" | "pgdn" | "pgup" => format!("<{key}>"),
                key => key.replace("ctrl-c", "<c-c>"),
            };
            let mut runtime = shelf.evening(&Open::Home, SMALL, keys);
            let before = text(&runtime);
            let then = play(&mut runtime, &key);
            assert!(then == Then::Quit || text(&runtime) != before, "{keys:?}: {key} {does}");
        }
    }
}

/// The bets and goals of the made-up course are held against its runs like those of any course.
#[test]
fn the_labs_of_the_made_up_course_hold() {
    let report = redrive::content::check_and_prove(&crate::support::course(), None);
    assert!(report.problems.is_empty(), "{:?}", report.problems);
    assert_eq!(report.scenarios[0].labs, 2);
}

/// And those of the larger one, with the scenes of its pictures and questions.
#[test]
fn the_labs_of_the_larger_made_up_course_hold() {
    let report = redrive::content::check_and_prove(&crate::support::town_folder(), None);
    let errors: Vec<_> = report.problems.iter().filter(|problem| problem.is_error()).collect();
    assert!(errors.is_empty(), "{errors:?}");
    assert_eq!((report.scenarios[0].lessons, report.scenarios[0].labs), (3, 8));
}

/// The words of a text.
fn words_of(text: &str) -> impl Iterator<Item = &str> {
    // A measure's name is what claims call it in every course.
    text.split(|c: char| !c.is_alphanumeric() && c != '_')
}

/// What is pressed in a run that stands.
const VIEWS: [&str; 23] = [
    "",
    "f",
    "t",
    "t/rate<enter>e",
    "c",
    "c<enter>",
    "o",
    "o3<enter>",
    "o999<enter>",
    "onone<enter>",
    "o<enter>",
    "x",
    "?",
    "<tab><enter>",
    "<tab><tab><enter>",
    "<tab><tab><tab><enter>",
    "<tab><tab><tab><tab><enter>",
    "<enter><tab>",
    "<enter><tab><tab>",
    "<enter><tab><tab><tab>",
    "f/poison<enter><enter>",
    "f/poison<enter><enter><space><wait 9s>x",
    "f/poison<enter><enter><space>]]]]<wait 20s><space>x",
];

/// Opens each state in a usual and a wide window, and returns all that is seen and read aloud there: not a word of it
/// is another course's.
fn seen_in(library: &Library, states: &[(Open, String)]) -> String {
    let mut seen = String::new();
    for size in [(80, 24), (120, 36)] {
        for (open, keys) in states {
            let directory = TempDir::new().unwrap();
            let mut runtime = open_with(library.clone(), directory.path(), open, size);
            play(&mut runtime, keys);
            let told = format!("{}\n{}", text(&runtime), runtime.app().page());
            let is_wrong = |word: &&str| {
                let word = word.to_lowercase();
                let others = ["charge", "refund", "shipment", "shipped", "mail"];
                ["order", "orders"].contains(&word.as_str())
                    || others.iter().any(|other| word.starts_with(other))
            };
            let wrong = words_of(&told).find(is_wrong);
            assert_eq!(wrong, None, "{open:?} {keys:?} at {size:?}:\n{told}");
            seen.push_str(&told);
        }
    }
    seen
}

#[test]
fn a_course_speaks_of_what_flows_through_its_designs() {
    let live = |subject| Open::Live(subject);
    let lab = |id: &str| live(Subject::Lab(id.to_owned()));
    let mut states = vec![(Open::Home, String::new()), (Open::Labs, String::new())];
    for subject in [Subject::First, Subject::Design("under-glass".to_owned())] {
        let run = |view| (live(subject.clone()), format!("<wait 9s><space>{view}"));
        states.extend(VIEWS.map(run));
    }
    let bets = ["", "1<enter>]]]]]]<wait 9s>", "2<enter>]]]]]]<wait 9s>G"];
    states.extend(bets.map(|keys| (lab("a-slip-nobody-can-read"), keys.to_owned())));
    let repairs = ["", "<space>]]]]]]]]<wait 9s>", "H", "S<wait 9s>"];
    states.extend(repairs.map(|keys| (lab("slips-thrown-away"), keys.to_owned())));
    let seen = seen_in(&made_up(), &states);
    for said in [
        "the letter pipeline",
        "letter 3",
        "No letter is followed",
        "letters a second",
        "poison letters",
        "The next letter is poison",
        "letters lost: none",
        "6 min, 0.75 letters a second",
        "1 letter comes that back room can never process",
        "posted",
        "duplicate_postings",
        "letters posted twice: none",
    ] {
        assert!(seen.contains(said), "{said}");
    }
}

/// Four effects, one of which takes another back, in the words of a design.
#[test]
fn a_course_speaks_of_its_own_effects() {
    let design = |id: &str| Open::Live(Subject::Design(id.to_owned()));
    let lab = |id: &str| Open::Live(Subject::Lab(id.to_owned()));
    let mut states = vec![(Open::Home, String::new()), (Open::Labs, "G".to_owned())];
    for id in ["all-branches", "writers-who-poll"] {
        states.extend(VIEWS.map(|view| (design(id), format!("<wait 9s><space>{view}"))));
    }
    let outage = "<wait 2s>f/post<enter><enter><space>]]]]]]<wait 9s><space>";
    states.push((design("all-branches"), format!("{outage}c/clerk<enter><enter>")));
    states.push((design("clerk-does-all"), outage.to_owned()));
    states.push((lab("stamped-twice"), "<space>]]]]]]]]<wait 9s>".to_owned()));
    states.push((lab("post-office-closed"), "1<enter>]]]]]]]]<wait 9s>".to_owned()));
    let seen = seen_in(&town(), &states);
    for said in [
        "stamped",
        "letters stamped twice: none",
        "duplicate_stamps",
        "peeled",
        "stamped, rejected",
        "ribbons",
    ] {
        assert!(seen.contains(said), "{said}");
    }
}
