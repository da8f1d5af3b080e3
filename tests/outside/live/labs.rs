//! Bets, repairs, hints and solutions on the live screen.

use redrive::store::Store;
use redrive::tui::ctx::Subject;
use tempfile::TempDir;

use super::{SMALL, WIDE, lab, runtime};
use crate::support::{bet_on, evening, labs, play, says, says_not, town};

#[test]
fn a_lost_bet_says_what_was_right() {
    let mut runtime = lab("post-office-closed", SMALL, "");
    bet_on(&mut runtime, "They are rejected");
    play(&mut runtime, "]]]]]]]]]<wait 8s>");
    says(&runtime, "✗ lost");
    says(&runtime, "← you");
    says(&runtime, "✓ They are accepted, wait, and are posted later");
}

#[test]
fn a_solution_that_was_shown_is_not_counted_and_a_change_is_taken_back() {
    let directory = TempDir::new().unwrap();
    let subject = Subject::Lab("stamped-twice".to_owned());
    let mut runtime = runtime(&directory, subject, WIDE, "<wait 1s>jjjjjjjjt<right><enter>u");
    says(&runtime, "The last change is undone.");
    says(&runtime, "0 changed, par 1");
    play(&mut runtime, "t<right><enter>");
    says(&runtime, "1 changed, par 1");
    play(&mut runtime, "r");
    says(&runtime, "The configuration is the original again.");
    says(&runtime, "0 changed, par 1");
    play(&mut runtime, "S");
    says(&runtime, "The solution: keeper of shelves, idempotency keys: yes.");
    play(&mut runtime, "]]]]]]]]]<wait 6s>");
    says(&runtime, "it does not count");
    let store = Store::open(directory.path()).unwrap();
    let progress = store.progress(&"letters-in-town".into(), evening()).unwrap();
    assert!(progress.repairs.is_empty());
}

#[test]
fn what_is_said_of_an_incident_can_be_done_while_looking_into_a_part() {
    let mut runtime = lab("given-up-after-two", SMALL, "j<enter>]]]]]]]]]]<wait 4s>");
    says(&runtime, "Not repaired yet: t changes the configuration, H gives a hint.");
    play(&mut runtime, "H");
    says(&runtime, "nobody had told it to be quick?");
    says(&runtime, "measures");
    play(&mut runtime, "t");
    says(&runtime, "What do you want to change?");
    play(&mut runtime, "<esc>");
    says(&runtime, "measures");
}

#[test]
fn a_hint_and_a_solution_are_told_whole_on_every_screen() {
    for size in [SMALL, (40, 12)] {
        let mut runtime = lab("one-line-for-all", size, "H");
        // Its last words.
        says(&runtime, "gives them.");
        play(&mut runtime, "S");
        says(&runtime, "The solution:");
    }
    let mut runtime = lab("given-up-after-two", SMALL, "S");
    says(&runtime, "1 changed (solution shown)");
    play(&mut runtime, "u");
    says(&runtime, "0 changed");
}

#[test]
fn a_lab_that_was_left_with_a_bet_open_is_not_won() {
    let directory = TempDir::new().unwrap();
    // The first of two bets, right.
    let mut runtime = runtime(&directory, Subject::Lab("slip-on-the-shelf".to_owned()), WIDE, "");
    bet_on(&mut runtime, "about five minutes");
    play(&mut runtime, "<esc>b");
    let all = labs(&town()).len();
    says(&runtime, &format!("0 of {all} won"));
    play(&mut runtime, "<esc>");
    says(&runtime, "1 of 1 bets won");
}

#[test]
fn every_option_of_a_bet_comes_on_the_smallest_screen() {
    let mut runtime = lab("post-office-closed", (40, 12), "");
    says_not(&runtime, "▸");
    for option in ["▸ 1", "▸ 2", "▸ 3", "▸ 4"] {
        play(&mut runtime, "j");
        says(&runtime, option);
    }
    bet_on(&mut runtime, "accepted, wait");
    play(&mut runtime, "]]]]]]]]]<wait 8s>");
    says(&runtime, "✓ won");
    says(&runtime, "▾ more");
    play(&mut runtime, "jjjjjjjjjj");
    says(&runtime, "why");
}
