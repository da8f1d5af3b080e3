//! Every list: the terminal's own cursor stands on what is chosen, so that a screen reader, a magnifier
//! or a braille line is where the learner is.

use crate::support::{open_with, play, says, text, town};
use ratatui::layout::Position;
use redrive::tui::app::Open;
use redrive::tui::ctx::Subject;
use redrive::tui::runtime::Runtime;
use tempfile::TempDir;

const SIZES: [(u16, u16); 4] = [(80, 24), (120, 36), (40, 12), (200, 60)];

/// Ways to every list there is.
const LISTS: [&str; 9] = [
    "r",
    "w",
    "b",
    "tj",
    "l<wait 3s><space>f",
    "l<wait 3s><space>t",
    "l<wait 3s><space>c",
    "l<wait 9s><space>o1<enter><enter>",
    "bg<enter>j",
];

fn runtime(directory: &TempDir, open: &Open, size: (u16, u16), keys: &str) -> Runtime {
    let mut runtime = open_with(town(), directory.path(), open, size);
    play(&mut runtime, keys);
    runtime
}

/// Where the cursor stands, and what the line says there.
#[track_caller]
fn cursor(runtime: &Runtime) -> (Position, String) {
    let cursor = runtime.cursor(runtime.app().size());
    let cursor = cursor.unwrap_or_else(|| panic!("no cursor:\n{}", text(runtime)));
    let line = text(runtime).lines().nth(usize::from(cursor.y)).unwrap_or_default().to_owned();
    (cursor, line)
}

#[test]
fn the_cursor_stands_on_what_is_chosen_in_every_list() {
    for size in SIZES {
        for way in LISTS {
            let directory = TempDir::new().unwrap();
            let mut runtime = runtime(&directory, &Open::Home, size, way);
            for keys in ["", "j", "j", "jjjjjjjjjjjjjjjjjjjj", "k", "k"] {
                play(&mut runtime, keys);
                let (at, line) = cursor(&runtime);
                let chosen = line.char_indices().nth(usize::from(at.x)).map(|(at, _)| &line[at..]);
                let chosen = chosen.unwrap_or_default().trim_start();
                assert!(chosen.starts_with('▸'), "{way} {keys} {size:?} {at}:\n{}", text(&runtime));
            }
        }
    }
}

#[test]
fn what_is_chosen_is_read_aloud_as_it_is_seen() {
    for way in LISTS {
        let directory = TempDir::new().unwrap();
        let runtime = runtime(&directory, &Open::Home, (120, 36), &format!("{way}j"));
        let page = runtime.app().page().to_string();
        let selected: Vec<&str> =
            page.lines().filter_map(|line| line.split_once("selected: ")).map(|(_, s)| s).collect();
        let [selected] = selected.as_slice() else { panic!("{way}: {selected:?}\n{page}") };
        // Words of signs apart, all that is said of it stands on the screen.
        let seen = text(&runtime).split_whitespace().collect::<Vec<_>>().join(" ");
        let words = selected.trim_start_matches(|c: char| c.is_ascii_digit() || c == ' ');
        let words = words.trim_start_matches("not begun, ").split(", ");
        for word in words.map(|words| words.split_whitespace().collect::<Vec<_>>().join(" ")) {
            assert!(seen.contains(word.trim_end_matches(',')), "{way}: {word:?}\n{seen}");
        }
    }
}

#[test]
fn the_cursor_stands_on_the_part_that_is_selected_in_the_map_and_in_its_list() {
    for size in SIZES {
        let directory = TempDir::new().unwrap();
        let open = Open::Live(Subject::First);
        let mut runtime = runtime(&directory, &open, size, "<wait 2s><space>");
        assert_eq!(runtime.cursor(size), None, "nothing is selected");
        let mut places = Vec::new();
        for _ in 0..8 {
            play(&mut runtime, "<tab>");
            places.extend(runtime.cursor(size));
        }
        // A short list leaves out what holds nothing, and a part that is not shown has no cursor.
        let count = places.len();
        places.dedup();
        assert!(places.len() == count && count > 2, "{size:?} {places:?}:\n{}", text(&runtime));
    }
}

#[test]
fn while_something_is_typed_the_cursor_stands_where_the_next_character_comes() {
    let directory = TempDir::new().unwrap();
    let open = Open::Live(Subject::First);
    let mut runtime = runtime(&directory, &open, (80, 24), "<wait 2s><space>o12");
    let (at, line) = cursor(&runtime);
    assert_eq!(line.chars().nth(usize::from(at.x)), Some('▏'), "{line}");
    play(&mut runtime, "<enter><esc>f");
    says(&runtime, "What should break");
    let (at, line) = cursor(&runtime);
    assert!(line.starts_with('▸') && at.x == 0, "{line}");
}

#[test]
fn where_there_is_nothing_to_choose_there_is_no_cursor() {
    for keys in ["", "?", "o", "<enter>", "l<wait 2s>", "tp"] {
        let directory = TempDir::new().unwrap();
        let runtime = runtime(&directory, &Open::Home, (80, 24), keys);
        assert_eq!(runtime.cursor((80, 24)), None, "{keys}:\n{}", text(&runtime));
    }
}

#[test]
fn a_list_is_narrowed_to_what_is_typed_and_esc_shows_all_again() {
    for size in SIZES {
        // The list, what is typed, what is left and what is not.
        let lists = [
            ("r", "stam", "The stamps", "The shelf"),
            ("b", "incident", "Incidents", "Labs:"),
            ("l<wait 3s><space>f", "poison", "poison letters", "throttles"),
            ("l<wait 3s><space>t", "shelf visibility", "visibility_time", "batch_size"),
            ("l<wait 3s><space>c", "clerk", "clerk", "Writers"),
        ];
        for (way, typed, left, gone) in lists {
            let directory = TempDir::new().unwrap();
            let mut runtime = runtime(&directory, &Open::Home, size, way);
            let all = text(&runtime);
            play(&mut runtime, &format!("/{typed}"));
            assert!(runtime.app().is_typing());
            play(&mut runtime, "<enter>");
            let frame = text(&runtime);
            assert!(frame.contains(&format!("/{typed}")), "{way} {size:?}:\n{frame}");
            assert!(frame.contains(left) && !frame.contains(gone), "{way} {size:?}:\n{frame}");
            let (_, line) = cursor(&runtime);
            assert!(line.contains('▸'), "{way} {size:?}: {line}");
            // Esc is for the filter first, and then for the list.
            play(&mut runtime, "<esc>gg");
            assert!(!text(&runtime).contains(&format!("/{typed}")), "{way} {size:?}");
            assert_eq!(text(&runtime).lines().count(), all.lines().count());
            play(&mut runtime, "<esc>");
            assert_eq!(runtime.app().depth(), 1 + usize::from(way.starts_with('l')), "{way}");
        }
    }
}

#[test]
fn a_filter_that_leaves_nothing_says_so_and_nothing_is_chosen() {
    let directory = TempDir::new().unwrap();
    let mut runtime = runtime(&directory, &Open::Home, (80, 24), "b/zebra<enter>");
    says(&runtime, "/zebra  none of");
    assert_eq!(runtime.cursor((80, 24)), None);
    play(&mut runtime, "<enter>jk");
    says(&runtime, "/zebra  none of");
    play(&mut runtime, "/<bs><bs><bs><bs><bs><enter>");
    assert_eq!(cursor(&runtime).0.x, 0);
}

#[test]
fn what_a_filter_leaves_is_chosen_as_ever() {
    let directory = TempDir::new().unwrap();
    let open = Open::Live(Subject::First);
    let mut runtime = runtime(&directory, &open, (80, 24), "<wait 2s><space>f/poison<enter>");
    play(&mut runtime, "<enter>");
    says(&runtime, "The next letter is poison");
}
