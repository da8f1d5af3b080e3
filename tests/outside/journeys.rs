//! Evenings from outside: scripted keys through the same loop that a terminal drives, on a made-up
//! course, and what is on the screen at the end of each.
//!
//! A snapshot is the text of the frame and, below it, every run of text that has a style. After a
//! wanted change: `INSTA_UPDATE=always cargo test --test outside journeys`, then read the difference.

use crate::support::{open, picture, play, says, says_not, text};
use insta::assert_snapshot;
use redrive::store::Store;
use redrive::tui::app::Open;
use redrive::tui::ctx::Subject;
use redrive::tui::runtime::{Runtime, Then};
use tempfile::TempDir;

const SMALL: (u16, u16) = (80, 24);

/// One evening from an empty history.
fn evening(screen: &Open, size: (u16, u16), keys: &str) -> Runtime {
    let directory = TempDir::new().unwrap();
    let mut runtime = open(directory.path(), screen, size);
    play(&mut runtime, keys);
    runtime
}

/// The first lesson.
fn lesson() -> Open {
    Open::Read(Some("1".to_owned()))
}

/// The line of the frame that holds `words`.
fn line(runtime: &Runtime, words: &str) -> String {
    let frame = text(runtime);
    let line = frame.lines().find(|line| line.contains(words));
    line.unwrap_or_else(|| panic!("{words:?} is not on the screen:\n{frame}")).to_owned()
}

#[test]
fn a_first_run_shows_home_and_what_enter_does() {
    assert_snapshot!(picture(&evening(&Open::Home, SMALL, "")));
}

#[test]
fn home_uses_a_wide_terminal() {
    assert_snapshot!(picture(&evening(&Open::Home, (120, 36), "")));
}

#[test]
fn nothing_on_home_waits_for_a_deadline() {
    let mut runtime = evening(&Open::Home, SMALL, "");
    assert_eq!(runtime.app().deadline(), None);
    let before = text(&runtime);
    play(&mut runtime, "<wait 3600s>");
    assert_eq!(text(&runtime), before);
}

#[test]
fn the_first_page_asks_before_it_tells() {
    assert_snapshot!(picture(&evening(&Open::Home, SMALL, "<enter>")));
}

#[test]
fn a_prediction_is_answered_by_choosing_and_shown_again_after_its_part() {
    assert_snapshot!(picture(&evening(&Open::Home, SMALL, "<enter>1<space>")));
}

#[test]
fn a_prediction_is_remembered_on_another_evening() {
    let directory = TempDir::new().unwrap();
    let mut first = open(directory.path(), &lesson(), SMALL);
    assert_eq!(play(&mut first, "2<c-c>"), Then::Quit);
    drop(first);
    let mut second = open(directory.path(), &lesson(), SMALL);
    says(&second, "2 The line stops ← you said");
    play(&mut second, "1<space>");
    says(&second, "✓ You said 2 The line stops");
}

#[test]
fn the_outline_stands_beside_the_text_where_there_is_room() {
    let runtime = evening(&lesson(), (120, 36), "<space>");
    assert_snapshot!(picture(&runtime));
}

#[test]
fn tables_diagrams_and_nested_lists_are_set() {
    let runtime = evening(&lesson(), (100, 70), "G");
    assert_snapshot!(text(&runtime));
}

#[test]
fn search_goes_from_hit_to_hit_and_round() {
    let mut runtime = evening(&lesson(), SMALL, "/GLASS<enter>");
    says(&runtime, "“glass”  1 of 3");
    play(&mut runtime, "nn");
    says(&runtime, "3 of 3");
    play(&mut runtime, "NNN");
    says(&runtime, "3 of 3");
    play(&mut runtime, "/penguin<enter>");
    says(&runtime, "“penguin” is not in this lesson.");
}

#[test]
fn the_reader_opens_where_it_was_left() {
    let directory = TempDir::new().unwrap();
    let mut first = open(directory.path(), &lesson(), SMALL);
    play(&mut first, "<space>");
    let top = line(&first, "back. On a quiet day");
    play(&mut first, "<c-c>");
    drop(first);
    let second = open(directory.path(), &Open::Home, SMALL);
    says(&second, "Continue  1 The tray · The desk");
    drop(second);
    let third = open(directory.path(), &lesson(), SMALL);
    assert_eq!(line(&third, "back. On a quiet day"), top);
}

#[test]
fn a_question_shows_its_options_and_its_clock() {
    assert_snapshot!(picture(&evening(&Open::Traps, SMALL, "<wait 20s>b")));
}

#[test]
fn the_last_seconds_are_urgent() {
    let runtime = evening(&Open::Traps, SMALL, "<wait 52s>");
    let first = picture(&runtime);
    assert!(line(&runtime, "Timed traps").ends_with("0:08"), "{first}");
    assert!(first.contains("red bold"), "{first}");
}

#[test]
fn every_option_is_explained() {
    assert_snapshot!(picture(&evening(&Open::Traps, (120, 50), "<wait 20s>b<enter>")));
}

#[test]
fn time_that_runs_out_without_a_choice_counts_as_not_answered() {
    let runtime = evening(&Open::Traps, SMALL, "j<wait 61s>");
    says(&runtime, "✗ no answer in time; d is right   60 s");
    says(&runtime, "Time is up: counted as not answered.");
}

#[test]
fn what_is_chosen_when_time_runs_out_is_the_answer_and_the_screen_says_so() {
    let runtime = evening(&Open::Traps, SMALL, "d<wait 61s>");
    says(&runtime, "✓ d is right   60 s: chosen when time ran out");
    says(&runtime, "Time is up: what you had chosen counts.");
    let runtime = evening(&Open::Traps, SMALL, "b<wait 61s>");
    says(&runtime, "✗ you said b; d is right   60 s: chosen when");
    // One of two is an answer, and a wrong one.
    let runtime = evening(&Open::Traps, SMALL, "d<enter><enter>a<wait 61s>");
    says(&runtime, "✗ you said a; ");
    says(&runtime, "what you had chosen counts, 1 of 2: all or nothing.");
}

#[test]
fn a_choice_counts_whatever_is_pressed_in_the_instant_the_time_is_up() {
    // The clock has ended, and nobody has looked at it yet: the key comes first.
    for key in ["?", "<esc>", "p", "j", "<c-c>", "<c-z>"] {
        let directory = TempDir::new().unwrap();
        let mut runtime = open(directory.path(), &Open::Traps, SMALL);
        play(&mut runtime, "d");
        for _ in 0..59 {
            play(&mut runtime, "<wait 1s>");
        }
        runtime.wait_unseen(std::time::Duration::from_secs(1));
        play(&mut runtime, key);
        let sessions = Store::open(directory.path()).unwrap().history().unwrap();
        let answers = &sessions[0].answers;
        assert!(answers.len() == 1 && answers[0].correct, "{key}: {answers:?}");
    }
}

#[test]
fn a_choice_of_two_wants_two_and_takes_one_back() {
    let mut runtime = evening(&Open::Traps, SMALL, "a<enter><enter>");
    says(&runtime, "Choose TWO: 0 chosen");
    play(&mut runtime, "a<enter>");
    says(&runtime, "Choose 2; 1 chosen so far.");
    play(&mut runtime, "bc");
    says(&runtime, "2 are already chosen: deselect one first.");
    play(&mut runtime, "ac");
    says(&runtime, "Choose TWO: 2 chosen");
    play(&mut runtime, "<enter>");
    let told = text(&runtime);
    assert!(told.contains("you said b and c") || told.contains("b and c are right"), "{told}");
}

#[test]
fn a_set_ends_in_marks_by_concept_and_task() {
    let mut runtime =
        evening(&Open::Traps, SMALL, "d<enter><enter>ab<enter><enter>a<enter><enter>");
    assert_snapshot!(picture(&runtime));
    play(&mut runtime, "<enter>");
    says(&runtime, "Last sessions");
}

#[test]
fn an_interrupted_set_is_resumed_with_the_clock_as_it_was() {
    let directory = TempDir::new().unwrap();
    let mut first = open(directory.path(), &Open::Traps, SMALL);
    play(&mut first, "d<enter><enter><wait 17s>");
    let asked = text(&first);
    assert!(asked.contains("0:43"), "{asked}");
    play(&mut first, "<c-c>");
    drop(first);
    let mut second = open(directory.path(), &Open::Home, SMALL);
    says(&second, "Resume    Timed traps · question 2 of 3");
    says(&second, "43 s left on the clock");
    play(&mut second, "<enter>");
    assert_eq!(text(&second), asked, "the same question, options and clock");
}

#[test]
fn a_killed_set_comes_back_with_its_clock_of_at_most_five_seconds_ago() {
    let directory = TempDir::new().unwrap();
    let mut first = open(directory.path(), &Open::Traps, SMALL);
    play(&mut first, "d<enter><enter><wait 17s>");
    // Nothing is said to it: it is gone.
    drop(first);
    let second = open(directory.path(), &Open::Traps, SMALL);
    let clock = line(&second, "Timed traps   2 of 3");
    assert!(clock.ends_with("0:45"), "{clock}");
}

#[test]
fn an_answer_is_durable_before_the_next_frame() {
    let directory = TempDir::new().unwrap();
    let mut runtime = open(directory.path(), &Open::Traps, SMALL);
    play(&mut runtime, "d<enter>");
    let other = Store::open(directory.path()).unwrap();
    let sessions = other.history().unwrap();
    assert_eq!(sessions[0].answers.len(), 1);
    assert!(sessions[0].answers[0].correct);
}

#[test]
fn while_a_question_is_paused_it_is_put_away() {
    let mut runtime = evening(&Open::Traps, SMALL, "<wait 5s>p<wait 600s>");
    says(&runtime, "Paused.");
    says_not(&runtime, "post office");
    play(&mut runtime, "<enter>");
    says(&runtime, "0:55");
}

#[test]
fn the_explanation_opens_its_lesson_and_comes_back() {
    let mut runtime = evening(&Open::Traps, SMALL, "b<enter>l");
    assert!(line(&runtime, "1 The tray").starts_with("1 The tray"), "{}", text(&runtime));
    play(&mut runtime, "<esc>");
    says(&runtime, "you said b; d is right");
}

#[test]
fn a_calm_pipeline_adds_up() {
    assert_snapshot!(picture(&evening(&Open::Live(Subject::First), SMALL, "<wait 6s><space>")));
}

#[test]
fn an_outage_shows_what_fails_and_for_how_long() {
    let runtime = evening(&Open::Live(Subject::First), (120, 36), "<wait 3s>1<wait 5s><space>");
    says(&runtime, "✗ printer outage");
    assert_snapshot!(picture(&runtime));
}

#[test]
fn a_paused_run_stands_still_and_steps() {
    let mut runtime = evening(&Open::Live(Subject::First), SMALL, "<wait 2s><space>");
    assert_eq!(runtime.app().deadline(), None, "a paused run wakes nobody");
    let before = text(&runtime);
    play(&mut runtime, "<wait 600s>");
    assert_eq!(text(&runtime), before);
    play(&mut runtime, ".");
    assert_ne!(text(&runtime), before);
    play(&mut runtime, "]]>");
    says(&runtime, "×10");
}

#[test]
fn the_same_seed_shows_the_same_run() {
    let keys = "<wait 5s>1<wait 5s><space>";
    let first = evening(&Open::Live(Subject::First), SMALL, keys);
    let mut second =
        evening(&Open::Live(Subject::First), SMALL, &format!("<wait 9s>1<wait 1s>r{keys}"));
    // What was said last is not part of the run.
    let body = |runtime: &Runtime| text(runtime).lines().take(22).collect::<Vec<_>>().join("\n");
    assert_eq!(body(&first), body(&second));
    play(&mut second, "s8<enter>");
    says(&second, "seed 8");
}

#[test]
fn help_begins_with_the_screen_one_comes_from() {
    assert_snapshot!(text(&evening(&Open::Live(Subject::First), SMALL, "<space>?")));
}

#[test]
fn the_contents_open_a_lesson() {
    let mut runtime = evening(&Open::Home, SMALL, "r");
    assert_snapshot!(picture(&runtime));
    play(&mut runtime, "<enter>");
    assert!(line(&runtime, "1 The tray").contains("min left"));
}

#[test]
fn a_terminal_too_small_says_so_and_waits() {
    let mut runtime = evening(&lesson(), SMALL, "<space><size 39x11>");
    assert_snapshot!(text(&runtime));
    play(&mut runtime, "jjj<size 80x24>");
    says(&runtime, "back. On a quiet day");
}

#[test]
fn q_leaves_from_home_without_asking_and_ctrl_c_from_anywhere() {
    let directory = TempDir::new().unwrap();
    for (screen, keys, end) in [
        (Open::Home, "q", Then::Quit),
        (Open::Home, "<c-c>", Then::Quit),
        (lesson(), "q", Then::GoOn),
        (lesson(), "/a<c-c>", Then::Quit),
        (Open::Traps, "<c-c>", Then::Quit),
        (Open::Live(Subject::First), "?<c-c>", Then::Quit),
    ] {
        let mut runtime = open(directory.path(), &screen, SMALL);
        assert_eq!(play(&mut runtime, keys), end, "{screen:?} {keys}");
    }
}
