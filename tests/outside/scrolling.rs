//! Whatever is scrolled: so many lines down, then one up, and the screen moves.

use crate::support::{bet_on, open_with, play, property, text};
use proptest::prelude::*;
use redrive::tui::app::Open;
use redrive::tui::stage::Stage;
use tempfile::TempDir;

/// Ways to everything that is scrolled or has a cursor.
const WAYS: [&str; 14] = [
    "o",
    "<enter>",
    "r",
    "w",
    "?",
    "t1<enter>",
    "b",
    // A part looked into: its four sheets.
    "l<wait 3s><space><enter>",
    "l<wait 3s><space><enter><tab>",
    "l<wait 3s><space><enter><tab><tab>",
    "l<wait 3s><space><enter><tab><tab><tab>",
    // Lists, and an order's life.
    "l<wait 3s><space>f",
    "l<wait 3s><space>t",
    "l<wait 9s><space>o1<enter><enter>",
];

fn stage(directory: &TempDir, way: &str) -> Stage {
    let library = redrive::shipped::course().unwrap();
    let mut stage = open_with(library, directory.path(), &Open::Home, (80, 24));
    play(&mut stage, way);
    stage
}

/// The frame without its footer: what was just said goes with the next key.
fn seen(stage: &Stage) -> String {
    let frame = text(stage);
    let rows = usize::from(stage.app().size().1);
    frame.lines().take(rows - 2).collect::<Vec<_>>().join("\n")
}

fn down_then_up(stage: &mut Stage, downs: usize, size: (u16, u16)) -> Result<(), TestCaseError> {
    play(stage, &"j".repeat(downs));
    play(stage, &format!("<size {}x{}>", size.0, size.1));
    let before = seen(stage);
    play(stage, "k");
    let up = seen(stage);
    play(stage, "j");
    // Where there is nothing to scroll, nothing moves either way.
    let moves = seen(stage) != up;
    prop_assert!(!moves || before != up, "up did nothing after {downs} down at {size:?}:\n{up}");
    Ok(())
}

proptest! {
    #![proptest_config(property(40))]

    #[test]
    fn one_up_after_any_number_down_moves_everywhere(
        way in 0..WAYS.len(), downs in 1_usize..150, columns in 40_u16..140, rows in 12_u16..70
    ) {
        let directory = TempDir::new().unwrap();
        let mut stage = stage(&directory, WAYS[way]);
        down_then_up(&mut stage, downs, (columns, rows))?;
    }
}

#[test]
fn the_verdict_of_a_lab_is_scrolled_no_further_than_its_end() {
    let directory = TempDir::new().unwrap();
    let mut stage = stage(&directory, "bg<enter>");
    while stage.app().page().to_string().contains("clock starts when") {
        bet_on(&mut stage, "");
    }
    play(&mut stage, "<wait 2h>");
    assert!(text(&stage).contains("more labs"), "{}", text(&stage));
    play(&mut stage, "<size 60x14>");
    for downs in [3, 200] {
        down_then_up(&mut stage, downs, (60, 14)).unwrap();
        down_then_up(&mut stage, downs, (100, 20)).unwrap();
    }
}
