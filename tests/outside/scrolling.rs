//! Whatever is scrolled: so many lines down, then one up, and the screen moves.

use crate::support::{bet_on, open_with, play, property, text, town};
use proptest::prelude::*;
use redrive::tui::app::Open;
use redrive::tui::runtime::Runtime;
use tempfile::TempDir;

/// Ways to everything that is scrolled or has a cursor.
const WAYS: [&str; 18] = [
    "o",
    "<enter>",
    "r",
    "w",
    "?",
    "t12<enter>",
    "b",
    // A part looked into: its four sheets.
    "l<wait 3s><space><enter>",
    "l<wait 3s><space><enter><tab>",
    "l<wait 3s><space><enter><tab><tab>",
    "l<wait 3s><space><enter><tab><tab><tab>",
    // Lists, and an order's life.
    "l<wait 3s><space>f",
    "l<wait 3s><space>t",
    "l<wait 3s><space>c",
    "l<wait 9s><space>o1<enter><enter>",
    // A list that is filtered, and the options of a bet.
    "l<wait 3s><space>t/shelf<enter>",
    "b/lab<enter>",
    "bg<enter>",
];

fn runtime(directory: &TempDir, way: &str) -> Runtime {
    let mut runtime = open_with(town(), directory.path(), &Open::Home, (80, 24));
    play(&mut runtime, way);
    runtime
}

/// The frame without its footer: what was just said goes with the next key.
fn seen(runtime: &Runtime) -> String {
    let frame = text(runtime);
    let rows = usize::from(runtime.app().size().1);
    frame.lines().take(rows - 2).collect::<Vec<_>>().join("\n")
}

fn down_then_up(
    runtime: &mut Runtime,
    (down, downs): (&str, usize),
    size: (u16, u16),
) -> Result<(), TestCaseError> {
    play(runtime, &down.repeat(downs));
    play(runtime, &format!("<size {}x{}>", size.0, size.1));
    let before = seen(runtime);
    play(runtime, "k");
    let up = seen(runtime);
    play(runtime, "j");
    // Where there is nothing to scroll, nothing moves either way.
    let moves = seen(runtime) != up;
    prop_assert!(!moves || before != up, "up did nothing after {downs} down at {size:?}:\n{up}");
    Ok(())
}

proptest! {
    #![proptest_config(property(40))]

    #[test]
    fn one_up_after_any_number_down_moves_everywhere(
        way in 0..WAYS.len(),
        down in 0..2_usize,
        downs in 1_usize..150,
        columns in 40_u16..140,
        rows in 12_u16..70,
    ) {
        let directory = TempDir::new().unwrap();
        let mut runtime = runtime(&directory, WAYS[way]);
        let down = ["j", "<pgdn>"][down];
        down_then_up(&mut runtime, (down, downs), (columns, rows))?;
    }
}

#[test]
fn the_verdict_of_a_lab_is_scrolled_no_further_than_its_end() {
    let directory = TempDir::new().unwrap();
    let mut runtime = runtime(&directory, "bg<enter>");
    while runtime.app().page().to_string().contains("clock starts when") {
        bet_on(&mut runtime, "");
    }
    play(&mut runtime, "<wait 2h>");
    assert!(text(&runtime).contains("more labs"), "{}", text(&runtime));
    play(&mut runtime, "<size 60x14>");
    for downs in [3, 200] {
        down_then_up(&mut runtime, ("j", downs), (60, 14)).unwrap();
        down_then_up(&mut runtime, ("j", downs), (100, 20)).unwrap();
    }
}
