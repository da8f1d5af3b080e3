//! What a frame promises whoever looks at it: a picture stays where it is while its numbers grow, a
//! sentence has no path in it, and what does not fit gives way in words or with a sign.

use std::collections::BTreeMap;

use crate::support::{labs, open_with, picture, play, text, town, trials};
use redrive::content::Library;
use redrive::tui::app::Open;
use redrive::tui::ctx::Subject;
use redrive::tui::runtime::Runtime;
use tempfile::TempDir;

const SIZES: [(u16, u16); 5] = [(80, 24), (120, 36), (40, 12), (100, 30), (200, 60)];

fn runtime(library: &Library, open: &Open, size: (u16, u16)) -> (TempDir, Runtime) {
    let directory = TempDir::new().unwrap();
    let runtime = open_with(library.clone(), directory.path(), open, size);
    (directory, runtime)
}

fn live(subject: Subject) -> Open {
    Open::Live(subject)
}

fn lab_of(id: &str) -> Subject {
    Subject::Lab(id.to_owned())
}

/// Where each part stands, by its sign and name: what the legend of the picture is read by.
fn places(frame: &str) -> BTreeMap<String, (usize, usize)> {
    let mut places = BTreeMap::new();
    for (row, line) in frame.lines().enumerate() {
        let signs: Vec<char> = line.chars().collect();
        for (column, sign) in signs.iter().enumerate() {
            let rest: String = signs[column..].iter().collect();
            let name = match sign {
                '▤' | '▣' | 'λ' | '◇' => rest.split("  ").next().unwrap_or_default(),
                // In the list and at the end of a wire, not in the sentences below.
                '✖' if rest.contains("DLQ") => rest.split("DLQ").next().unwrap_or_default(),
                '[' if rest.starts_with("[ ") => continue,
                '[' | '╣' => rest.split([']', '╠']).next().unwrap_or_default(),
                _ => continue,
            };
            let name = name.split(|c: char| c.is_ascii_digit()).next().unwrap_or_default().trim();
            if name.chars().count() > 2 {
                places.entry(name.to_owned()).or_insert((row, column));
            }
        }
    }
    places
}

#[test]
fn nothing_on_the_map_moves_while_its_numbers_grow() {
    let library = town();
    let runs = [
        (live(Subject::First), "1<wait 200ms>4]]]"),
        (live(lab_of("stamped-twice")), "]]]]]"),
        (live(lab_of("post-office-closed")), "1<enter>]]]]"),
        (live(lab_of("one-tray-for-two")), "1<enter>1<enter>]]]]]"),
        (live(Subject::Design("clerk-does-all".to_owned())), "<wait 1s>1]]]"),
        (live(lab_of("slip-on-the-shelf")), "1<enter>1<enter>]]]]]"),
        (live(lab_of("shelf-falls-behind")), "]]]]]"),
    ];
    for turn in 0..(trials(5) as usize).min(runs.len() * SIZES.len()) {
        let (open, keys) = &runs[turn % runs.len()];
        let size = SIZES[(turn + turn / runs.len()) % SIZES.len()];
        let (_directory, mut runtime) = runtime(&library, open, size);
        play(&mut runtime, keys);
        let before = places(&text(&runtime));
        assert!(!before.is_empty(), "{open:?} at {size:?}: {before:?}\n{}", text(&runtime));
        for _ in 0..25 {
            play(&mut runtime, "<wait 300ms><c-x>");
            let frame = text(&runtime);
            if frame.contains("over ×") || frame.contains("why  ") {
                break;
            }
            let now = places(&frame);
            for (name, place) in &before {
                assert_eq!(now.get(name), Some(place), "{open:?} at {size:?}: {name}\n{frame}");
            }
        }
    }
}

#[test]
fn orders_that_are_lost_without_an_error_are_not_nothing_unusual() {
    let library = town();
    let (_directory, mut runtime) = runtime(&library, &live(lab_of("one-tray-for-two")), (120, 44));
    play(&mut runtime, "1<enter>1<enter><wait 9s>");
    let frame = text(&runtime);
    assert!(frame.contains("letters are lost: a required part never got them"), "{frame}");
    assert!(!frame.contains("nothing unusual"), "{frame}");
    play(&mut runtime, " x<wait 4s>");
    let frame = text(&runtime);
    assert!(frame.contains("Without an error, letters are lost"), "{frame}");
    // Where nothing is lost nothing is said to be, and in an incident nothing is to be broken.
    let (_directory, mut runtime) =
        self::runtime(&library, &live(lab_of("branch-hears-nothing")), (120, 60));
    play(&mut runtime, "<wait 1s>");
    let frame = text(&runtime);
    assert!(frame.contains("nothing unusual") && !frame.contains("break something"), "{frame}");
}

#[test]
fn the_minutes_of_a_lesson_stand_beside_its_title_on_a_wide_screen_too() {
    let (_directory, runtime) = runtime(&town(), &Open::Read(None), (200, 60));
    let frame = text(&runtime);
    let rows: Vec<&str> =
        frame.lines().map(str::trim_end).filter(|line| line.ends_with(" min")).collect();
    let wide = |row: &str| row.chars().count();
    assert!(rows.len() > 2 && rows.iter().all(|row| wide(row) == wide(rows[0])), "{frame}");
    let title = |row: &&str| {
        wide(row.trim_end_matches(" min").trim_end_matches(|c: char| c.is_ascii_digit()).trim_end())
    };
    let longest = rows.iter().map(title).max().unwrap_or_default();
    assert!(wide(rows[0]) - longest < 20, "{frame}");
}

#[test]
fn the_headings_of_a_list_of_labs_are_bold() {
    let (_directory, runtime) = runtime(&town(), &Open::Labs, (80, 24));
    let frame = picture(&runtime);
    for heading in ["Labs: ", "Incidents: "] {
        let place = frame.lines().position(|line| line.starts_with(heading)).expect(heading);
        let is_bold =
            |line: &str| line.starts_with(&format!("{place:>2}:0-")) && line.ends_with(" bold");
        assert!(frame.lines().any(is_bold), "{frame}");
    }
}

/// Whether a word is the path of a part or of a setting.
fn is_path(word: &str) -> bool {
    let tables = [
        "queues",
        "functions",
        "services",
        "rules",
        "buses",
        "stores",
        "intakes",
        "topics",
        "subscriptions",
        "workflows",
        "alarms",
        "keys",
        "load",
        "ledger",
    ];
    tables.iter().any(|table| word.contains(&format!("{table}.")))
}

fn path_in(text: &str) -> Option<String> {
    text.split_whitespace().find(|word| is_path(word)).map(str::to_owned)
}

/// Opens every lab of a course and looks for paths in what it says. A lab that is about a document may quote it.
pub fn every_lab_is_told_without_paths(library: &Library, quoting: &[&str]) {
    for lab in labs(library) {
        let (_directory, mut runtime) = runtime(library, &live(lab_of(&lab.id)), (120, 60));
        let frame = text(&runtime);
        assert_eq!(path_in(&frame), None, "{}:\n{frame}", lab.id);
        for word in ["own rate", "_", "\"", "poison of", "crash of", "outage of"] {
            let may_quote = quoting.contains(&lab.id.as_str());
            let is_there = frame.contains(word) && !(word == "\"" && may_quote);
            assert!(!is_there, "{word:?} in {}:\n{frame}", lab.id);
        }
        if lab.goal.is_some() {
            play(&mut runtime, "S");
            let frame = text(&runtime);
            assert!(frame.contains("The solution: "), "{}:\n{frame}", lab.id);
            assert_eq!(path_in(&frame), None, "{}:\n{frame}", lab.id);
        }
    }
}

#[test]
fn bets_verdicts_and_notices_are_told_without_paths() {
    let library = town();
    every_lab_is_told_without_paths(&library, &[]);
    // What is said of a setting that is turned, that cannot be, and that is typed.
    let last = |runtime: &Runtime| {
        let frame = text(runtime);
        frame.lines().rfind(|line| !line.trim().is_empty()).unwrap().to_owned()
    };
    let (_directory, mut runtime) = runtime(&library, &live(Subject::First), (120, 36));
    for (keys, said) in [
        ("<wait 2s>t<enter>", "count queue, fifo queue: no already"),
        ("jjj<right><enter>", "count queue, visibility timeout: "),
        ("tjjje", "count queue, visibility timeout (now "),
        ("<esc>0", "count queue, visibility timeout: "),
    ] {
        play(&mut runtime, keys);
        assert_eq!(path_in(&last(&runtime)), None, "{}", last(&runtime));
        assert!(last(&runtime).contains(said), "{said:?}: {}", text(&runtime));
    }
    play(&mut runtime, "t<right><enter>");
    let refused = text(&runtime).lines().find(|line| line.contains('✗')).unwrap().to_owned();
    assert_eq!(path_in(&refused), None, "{refused}");
}

#[test]
fn home_is_cut_at_no_size_that_is_drawn() {
    home_is_whole(&town());
}

/// Looks at the home of a course in windows of every size.
pub fn home_is_whole(library: &Library) {
    for size in [(80, 24), (60, 20), (120, 36), (200, 60)] {
        for keys in ["", "<enter>j<esc>", "b<enter>1<enter>1<enter><esc><esc><esc>"] {
            let (_directory, mut runtime) = runtime(library, &Open::Home, size);
            play(&mut runtime, keys);
            let frame = text(&runtime);
            assert!(frame.contains("REDRIVE"), "{frame}");
            assert!(!frame.contains('…'), "{size:?}:\n{frame}");
            assert!(frame.contains("Overview") && frame.contains("incident"), "{frame}");
        }
    }
    let (_directory, runtime) = runtime(library, &Open::Home, (40, 12));
    let frame = text(&runtime);
    // The course's name may be longer than the line.
    let cut: Vec<&str> = frame.lines().skip(1).filter(|line| line.contains('…')).collect();
    let incidents = labs(library).iter().filter(|lab| lab.goal.is_some()).count();
    let counts = format!("{} labs, {incidents} incidents", labs(library).len() - incidents);
    assert!(cut.is_empty() && frame.contains(&counts), "{frame}");
}

#[test]
fn a_goal_is_told_whole_on_the_smallest_usual_screen() {
    every_goal_is_whole(&town());
}

/// Opens every incident of a course on the smallest usual screen.
pub fn every_goal_is_whole(library: &Library) {
    for lab in labs(library) {
        let Some(goal) = &lab.goal else { continue };
        let (_directory, runtime) = runtime(library, &live(lab_of(&lab.id)), (80, 24));
        let frame = text(&runtime);
        let checks: Vec<&str> = frame.lines().skip_while(|l| !l.starts_with("goal ")).collect();
        let checks = checks.get(..goal.checks.len()).unwrap_or_else(|| panic!("{frame}"));
        for check in checks {
            let is_told = ["✓ ", "✗ ", "○ "].iter().any(|sign| check[10..].starts_with(sign));
            assert!(is_told && !check.contains('…'), "{}: {check}\n{frame}", lab.id);
        }
    }
}

#[test]
fn what_is_cut_has_one_sign_of_it() {
    let library = town();
    for size in SIZES {
        let (_directory, mut runtime) = runtime(&library, &live(lab_of("one-line-for-all")), size);
        play(&mut runtime, "S<wait 500ms>");
        let frame = text(&runtime);
        assert!(!frame.contains("… …"), "at {size:?}:\n{frame}");
    }
}
