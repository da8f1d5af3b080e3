//! The live pipeline from outside: watched, broken, tuned, taken back, gone back
//! in, followed, looked into, compared, bet on, repaired. Frames stand at fixed playheads.
//!
//! After a wanted change: `INSTA_UPDATE=always cargo test --test outside live::`, then read the difference.

mod labs;
pub mod scenes;
mod sheets;

use std::time::Duration;

use crate::support::{
    bet_on, evening, open_with, picture, play, says, says_not, text, town, town_folder,
};
use insta::assert_snapshot;
use redrive::store::Store;
use redrive::tui::app::Open;
use redrive::tui::ctx::Subject;
use redrive::tui::input::{Input, Key};
use redrive::tui::runtime::Runtime;
use tempfile::TempDir;

const SMALL: (u16, u16) = (80, 24);
const WIDE: (u16, u16) = (120, 36);

fn runtime(directory: &TempDir, subject: Subject, size: (u16, u16), keys: &str) -> Runtime {
    let mut runtime = open_with(town(), directory.path(), &Open::Live(subject), size);
    play(&mut runtime, keys);
    runtime
}

fn live(size: (u16, u16), keys: &str) -> Runtime {
    runtime(&TempDir::new().unwrap(), Subject::First, size, keys)
}

fn lab(id: &str, size: (u16, u16), keys: &str) -> Runtime {
    runtime(&TempDir::new().unwrap(), Subject::Lab(id.to_owned()), size, keys)
}

/// What the pipeline shows, without what was said last.
fn picture_of_the_run(runtime: &Runtime) -> String {
    let frame = text(runtime);
    let count = frame.lines().count();
    frame.lines().take(count - 3).collect::<Vec<_>>().join("\n")
}

#[test]
fn a_calm_run_is_a_map_that_reads_from_left_to_right() {
    assert_snapshot!(picture(&live(WIDE, "<wait 10s><space>")));
}

#[test]
fn an_outage_shows_its_backlog_and_the_next_retry() {
    assert_snapshot!(picture(&live(WIDE, "<wait 10s>3]]]<wait 5s><space>")));
}

#[test]
fn a_dead_letter_queue_fills_and_its_alarm_goes_off() {
    let runtime = live(SMALL, "<wait 10s>22]]]<wait 17s><space>");
    says(&runtime, "▲ ALARM");
    assert_snapshot!(picture(&runtime));
}

#[test]
fn a_move_to_a_dead_letter_queue_cannot_be_missed() {
    // The poison order of second six has come back three times.
    let mut runtime = live(WIDE, "<wait 3s>2<space>");
    for _ in 0..20 {
        play(&mut runtime, "n<wait 1s>");
        if text(&runtime).contains("to the dead-letter queue") {
            break;
        }
    }
    says(&runtime, "✖ +1 ◂ just now");
    play(&mut runtime, ">>>");
    says_not(&runtime, "just now");
    says(&runtime, "✖ shelf DLQ 1");
}

#[test]
fn a_narrow_window_has_a_list() {
    assert_snapshot!(picture(&live((40, 12), "<wait 10s>3<wait 5s><space>")));
}

#[test]
fn one_orders_life_is_told_hop_by_hop() {
    let mut runtime = live(WIDE, "<wait 10s>2]]<wait 9s>gx");
    says(&runtime, "letter 30");
    play(&mut runtime, "o30<enter>");
    assert_snapshot!(picture(&runtime));
    // The clock goes to what is under the cursor.
    play(&mut runtime, "kkkk<enter>");
    let before = text(&runtime);
    play(&mut runtime, &format!("{}<enter>", "j".repeat(60)));
    assert_ne!(text(&runtime).lines().nth(1), before.lines().nth(1));
}

#[test]
fn a_run_rewinds_to_what_it_was_and_goes_on_as_it_did() {
    let mut runtime = live(SMALL, "<wait 8s>1<wait 6s><space>");
    let there = picture_of_the_run(&runtime);
    play(&mut runtime, "<left><left><left>,,,<lt>g");
    says(&runtime, "00:00:00");
    play(&mut runtime, "G");
    assert_eq!(picture_of_the_run(&runtime), there);
}

#[test]
fn what_is_done_in_the_past_drops_what_came_after_and_undo_takes_it_back() {
    let mut runtime = live(SMALL, "<wait 10s><space>");
    let calm = picture_of_the_run(&runtime);
    play(&mut runtime, "<left><left><left><left><left>");
    play(&mut runtime, "1");
    says(&runtime, "stamp machine outage: 60 s. u undoes it.");
    play(&mut runtime, "]]]<space><wait 2s><space>");
    says(&runtime, "✗ stamp machine outage");
    play(&mut runtime, "u");
    says_not(&runtime, "✗ stamp machine outage");
    play(&mut runtime, "u");
    says(&runtime, "nothing to undo");
    play(&mut runtime, "g[[[<space><wait 10s><space>");
    assert_eq!(picture_of_the_run(&runtime), calm);
}

#[test]
fn the_next_interesting_moment_is_looked_for_ahead_of_time() {
    let mut runtime = live(SMALL, "<wait 2s>2<space>");
    // The poison order comes back after its visibility timeout, dies after five, and wakes somebody.
    play(&mut runtime, "n<wait 1s>");
    says(&runtime, "cannot process it");
    for _ in 0..20 {
        if text(&runtime).contains("▲ ALARM") {
            break;
        }
        play(&mut runtime, "n<wait 1s>");
    }
    says(&runtime, "▲ ALARM");
    says(&runtime, "shelf DLQ 1");
    play(&mut runtime, "N<wait 1s>");
    says_not(&runtime, "▲ ALARM");
}

#[test]
fn every_fault_is_in_the_list_with_its_length() {
    let mut runtime = live(WIDE, "<wait 4s><tab><tab><tab><tab>f");
    says(&runtime, "What should break");
    assert_snapshot!(text(&runtime));
    play(&mut runtime, "<right><right><enter>");
    says(&runtime, "u undoes it");
}

#[test]
fn a_setting_is_turned_from_now_on_or_from_the_beginning() {
    let mut runtime = live(WIDE, "<wait 10s>jjjjjjt");
    play(&mut runtime, "<size 80x24>");
    let question = "What do you want to change? enter: from now on; 0: from the start of the run.";
    assert!(text(&runtime).lines().any(|line| line == question), "{}", text(&runtime));
    play(&mut runtime, "<size 120x36>");
    // The settings of the part that is selected stand first.
    play(&mut runtime, "jjj<right>");
    says(&runtime, "◆ now 60 s");
    play(&mut runtime, "<enter>");
    says(&runtime, "shelf queue, visibility timeout: 90 s from now on");
    says(&runtime, "00:00:20");
    // AWS refuses it, in its own words, whole.
    play(&mut runtime, "t<right><enter>");
    says(&runtime, "The request must contain the parameter MessageGroupId");
    says(&runtime, "for shelf queue:");
    says(&runtime, "set message_group_id.");
    play(&mut runtime, "jjj<right>0");
    says(&runtime, "Restarted with shelf queue, visibility timeout: ");
}

#[test]
fn a_value_can_be_typed_and_a_wrong_one_is_a_sentence() {
    let mut runtime = live(WIDE, "<wait 2s>jjjjjjtjjje<bs><bs><bs><bs><bs><bs><bs>soon<enter>");
    says(&runtime, "not a duration");
    play(&mut runtime, "e<bs><bs><bs><bs><bs><bs><bs>90s<enter>");
    says(&runtime, "visibility timeout: 90 s from now on");
}

#[test]
fn a_part_is_looked_into_as_aws_shows_it_and_leads_to_its_lesson() {
    let mut runtime = live(SMALL, "<wait 10s>jjjjjj<enter>");
    says(&runtime, "queues.shelf");
    says(&runtime, "age_of_oldest");
    play(&mut runtime, "<tab>");
    says(&runtime, "visible again in");
    says(&runtime, "receive 1");
    play(&mut runtime, "<tab>");
    says(&runtime, "aws sqs get-queue-attributes");
    says(&runtime, "\"VisibilityTimeout\": \"60\"");
    play(&mut runtime, "<tab>");
    says(&runtime, "sqs_requests");
    play(&mut runtime, "l");
    says(&runtime, "Under the glass");
    play(&mut runtime, "<esc>");
    says(&runtime, "sqs_requests");
}

#[test]
fn two_designs_are_compared_in_words_on_the_same_orders_and_faults() {
    let mut runtime = live(WIDE, "<wait 5s>3<space>c/clerk<enter><enter>");
    play(&mut runtime, "G<wait 5s>");
    assert_snapshot!(picture(&runtime));
    says(&runtime, "All branches rejected none and lost none");
    says(&runtime, "of them stamped");
    // Something was broken: leaving asks once.
    play(&mut runtime, "<esc><esc><esc>");
    assert!(text(&runtime).contains("REDRIVE"), "{}", text(&runtime));
}

#[test]
fn one_setting_is_compared_with_how_it_was() {
    let mut runtime = live(WIDE, "<wait 5s>jjjjjjtjjj<left>0");
    play(&mut runtime, "<wait 1s><space>c<enter>");
    says(&runtime, "All branches, changed");
    says(&runtime, "All branches, as it was");
}

#[test]
fn no_lab_runs_without_a_bet_and_the_bet_is_kept() {
    let directory = TempDir::new().unwrap();
    let subject = || Subject::Lab("post-office-closed".to_owned());
    let mut first = runtime(&directory, subject(), SMALL, "<wait 60s><space>.");
    says(&first, "The clock starts when you have bet.");
    assert_snapshot!(picture(&first));
    bet_on(&mut first, "accepted, wait");
    says(&first, "you bet");
    // Kept before the next frame: a killed program has it.
    let store = Store::open(directory.path()).unwrap();
    let progress = store.progress(&"letters-in-town".into(), evening()).unwrap();
    let bet = progress.bets["post-office-closed#1"];
    assert_eq!((bet.choice, bet.correct), (2, true));
    play(&mut first, "]]]]]]]]]<wait 8s>");
    says(&first, "✓ won");
    says(&first, "why");
    assert_snapshot!(picture(&first));
    // What it was can be looked at again, back to any instant.
    play(&mut first, "<esc><left><left><left>");
    says(&first, "paused");
    play(&mut first, "b");
    says(&first, "✓ Eight minutes without a post office");
    play(&mut first, "<esc>");
    says(&first, "✓ 1 of 1 bets won");
}

#[test]
fn an_incident_is_repaired_by_its_configuration_and_counted() {
    let directory = TempDir::new().unwrap();
    let subject = Subject::Lab("shelf-falls-behind".to_owned());
    let mut runtime = runtime(&directory, subject, WIDE, "]]]]]]]]]<wait 4s>");
    says(&runtime, "Not repaired yet");
    says(&runtime, "✗ shelf queue, age of the oldest message: always under 4 min");
    play(&mut runtime, "H");
    says_not(&runtime, "Not repaired yet");
    // To the handler's maximum concurrency, and up.
    play(&mut runtime, "jjjjjjjjt");
    says(&runtime, "functions.shelf-keeper");
    let keys = text(&runtime);
    let rows: Vec<&str> = keys.lines().skip_while(|line| !line.contains("▸")).collect();
    let down = rows.iter().position(|line| line.contains("maximum_concurrency")).unwrap();
    let steps = "j".repeat(down);
    play(&mut runtime, &format!("{steps}e<bs><bs>10"));
    // What it comes to is said as soon as it is known.
    runtime.input(Input::Key(Key::Enter));
    says(&runtime, "Restarted with keeper of shelves, maximum concurrency: 10");
    play(&mut runtime, "]]]]]]]]]<wait 6s>");
    says(&runtime, "✓ repaired  1 changed, par 1");
    assert_snapshot!(picture(&runtime));
    let store = Store::open(directory.path()).unwrap();
    let progress = store.progress(&"letters-in-town".into(), evening()).unwrap();
    assert_eq!(progress.repairs["shelf-falls-behind"], 1);
    // As it was found it is broken again, and says so; and it stays the same seed.
    play(&mut runtime, "<esc>r]]]]]]]]]<wait 6s>");
    says(&runtime, "Not repaired yet");
    says_not(&runtime, "✓ repaired");
    play(&mut runtime, "s");
    says(&runtime, "keeps its seed");
    // What is outside is not there to be configured.
    play(&mut runtime, "t");
    says_not(&runtime, "services.");
}

#[test]
fn a_run_is_saved_and_runs_again_from_its_file() {
    let directory = TempDir::new().unwrap();
    let mut first =
        runtime(&directory, Subject::First, SMALL, "s42<enter><wait 8s>1<wait 5s><space>");
    let there = picture_of_the_run(&first);
    play(&mut first, "w");
    says(&first, "Saved as experiments/all-branches-");
    says(&first, "in the data directory.");
    let folder = directory.path().join("experiments");
    let files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|f| f.unwrap().path()).collect();
    assert_eq!(files.len(), 1, "{files:?}");
    let saved = std::fs::read_to_string(&files[0]).unwrap();
    // The verb runs it too.
    let (content, data) = (town_folder(), directory.path().to_str().unwrap());
    let file = files[0].to_str().unwrap();
    let done = std::process::Command::new(env!("CARGO_BIN_EXE_redrive"))
        .args(["--content", content.to_str().unwrap(), "--data-dir", data])
        .args(["simulate", file, "--for", "2m", "--format", "json"])
        .output()
        .unwrap();
    let said = String::from_utf8(done.stdout).unwrap();
    assert!(done.status.success() && said.contains("\"seed\": 42"), "{said}");
    let mut again = runtime(&directory, Subject::Experiment(saved), SMALL, "<space>");
    // To the same instant, whatever the clock was when it was broken.
    play(&mut again, "<space><wait 13s><space>");
    assert_eq!(picture_of_the_run(&again), there);
}

#[test]
fn less_motion_means_fewer_repaints_and_a_paused_run_none() {
    let frames = |keys: &str| {
        let mut runtime = live(SMALL, keys);
        let mut frames = 0_u32;
        let mut left = Duration::from_secs(20);
        while let Some(deadline) = runtime.app().deadline().filter(|deadline| *deadline <= left) {
            left -= deadline;
            play(&mut runtime, &format!("<wait {}ms>", deadline.as_millis()));
            frames += 1;
        }
        frames
    };
    let (full, reduced, off) = (frames(""), frames("m"), frames("mm"));
    assert_eq!((full, reduced), (500, 50), "a tenth");
    assert!(off <= 3, "nothing happens in a calm run: {off}");
    assert_eq!(frames("<space>"), 0);
    // What happens is drawn all the same.
    let runtime = live(SMALL, "mm1<wait 12s>");
    says(&runtime, "stamp machine outage");
    says(&runtime, "↻");
}

#[test]
fn thousands_of_orders_a_second_are_a_flow_and_the_followed_one_is_named() {
    let text_of =
        "[experiment]\ndesign = \"all-branches\"\nrun = \"1m\"\nload = { rate = 600.0 }\n";
    let subject = Subject::Experiment(text_of.to_owned());
    let mut runtime = runtime(&TempDir::new().unwrap(), subject, WIDE, "<wait 2s><space>");
    says(&runtime, "━");
    let frame = text(&runtime);
    let way_in = frame.lines().find(|line| line.contains("clients")).unwrap();
    assert!(way_in.contains('●'), "{frame}");
    // The last order that came in is on its way to the store or the bus.
    let ledger = frame.lines().find(|line| line.contains("offered")).unwrap();
    let offered: u32 = ledger.split_whitespace().nth(1).unwrap().parse().unwrap();
    play(&mut runtime, &format!("o{}<enter><esc>", offered - 600));
    says(&runtime, &format!("letter {}", offered - 600));
}

#[test]
fn a_design_nobody_has_seen_draws_itself_and_every_part_can_be_looked_into() {
    let text_of = include_str!("simulation/designs/everything.toml").to_owned();
    let flow = include_str!("simulation/designs/everything.asl.json").to_owned();
    let subject = Subject::Own {
        name: "everything".to_owned(),
        text: text_of,
        documents: vec![("everything.asl.json".to_owned(), flow)],
    };
    let mut runtime = runtime(&TempDir::new().unwrap(), subject, (160, 70), "<wait 20s><space>");
    assert_snapshot!(text(&runtime));
    for _ in 0..60 {
        play(&mut runtime, "<tab><enter><tab><tab>");
        says_not(&runtime, "It has no configuration.");
        play(&mut runtime, "<esc>");
    }
}

#[test]
fn what_a_pipe_asks_and_what_it_waits_for_stand_beside_it() {
    let subject = Subject::Own {
        name: "calls".to_owned(),
        text: include_str!("simulation/designs/calls.toml").to_owned(),
        documents: vec![
            (
                "calls-screen.asl.json".to_owned(),
                include_str!("simulation/designs/calls-screen.asl.json").to_owned(),
            ),
            (
                "calls-file.asl.json".to_owned(),
                include_str!("simulation/designs/calls-file.asl.json").to_owned(),
            ),
        ],
    };
    let runtime = runtime(&TempDir::new().unwrap(), subject, (120, 40), "<wait 20s><space>");
    let frame = text(&runtime);
    let at = |words: [&str; 3]| {
        let mut lines = frame.lines();
        let found = lines.position(|line| words.iter().all(|word| line.contains(word)));
        found.unwrap_or_else(|| panic!("{words:?}\n{frame}"))
    };
    let asked = at(["work ─", "▸ ↦ pack", "▸ λ rate"]);
    assert_eq!(at(["─▸ λ pack", "/1000", "▸ till"]), asked + 1, "{frame}");
    assert!(at(["relay ─", "▸ ▣ screen", "running"]) > at(["▤ line", "visible", ""]), "{frame}");
}

#[test]
fn a_workflow_that_puts_events_leads_back_to_their_bus() {
    let document = |name: &str, text: &str| (name.to_owned(), text.to_owned());
    let subject = Subject::Own {
        name: "tasks".to_owned(),
        text: include_str!("simulation/designs/tasks.toml").to_owned(),
        documents: vec![
            document("tasks.asl.json", include_str!("simulation/designs/tasks.asl.json")),
            document("tasks-pack.asl.json", include_str!("simulation/designs/tasks-pack.asl.json")),
            document(
                "tasks-notes.asl.json",
                include_str!("simulation/designs/tasks-notes.asl.json"),
            ),
        ],
    };
    let runtime = runtime(&TempDir::new().unwrap(), subject, WIDE, "<wait 2s><space>");
    let frame = text(&runtime);
    let below: Vec<&str> = frame.lines().skip_while(|line| !line.contains("▣ flow")).collect();
    assert!(below[..5].iter().any(|line| line.trim_end().ends_with("▸ main")), "{frame}");
}

#[test]
fn the_signs_of_the_picture_are_told_among_the_keys() {
    let mut runtime = live((100, 60), "2<wait 60s><space>");
    let signs: Vec<char> = text(&runtime).chars().filter(|c| "▤✖λ▣◇△▲✓↻!↳●".contains(*c)).collect();
    play(&mut runtime, "?");
    let help = text(&runtime);
    let told = help.split("Signs of the pipeline").nth(1).unwrap_or_else(|| panic!("{help}"));
    assert!(signs.len() > 20 && signs.iter().all(|sign| told.contains(*sign)), "{told}");
    assert!("▦╬↦▧▥≡≣".chars().all(|sign| told.contains(sign)), "of other kinds: {told}");
}

#[test]
fn the_settings_of_what_belongs_to_a_part_come_with_it() {
    // The bus has none of its own, and its rules are what is turned about it.
    let runtime = live(SMALL, "<wait 2s><tab><tab><tab><tab>t");
    says(&runtime, "rule · rules.to-");
    says(&runtime, "event_pattern");
    let runtime = live(WIDE, "<wait 2s>jjjjjjt");
    let frame = text(&runtime);
    let place = |words: &str| frame.find(words).unwrap_or_else(|| panic!("{words}\n{frame}"));
    assert!(place("queues.shelf") < place("functions.shelf-keeper"), "{frame}");
}

#[test]
fn what_has_no_price_is_not_shown_as_free() {
    let runtime = live((80, 40), "<wait 20s><space><tab><enter><tab><tab><tab>");
    let frame = text(&runtime);
    let line =
        |name: &str| frame.lines().find(|l| l.contains(name)).unwrap_or_else(|| panic!("{frame}"));
    assert!(line("sns_sms").ends_with("not priced: differs by country"), "{frame}");
    assert!(line("sns_publishes").contains('$'), "{frame}");
}

#[test]
fn a_list_makes_the_run_wait_and_what_is_chosen_lets_it_go_on() {
    let mut runtime = live(WIDE, "<wait 3s>f<wait 5s>");
    says(&runtime, "paused");
    let waiting = text(&runtime);
    play(&mut runtime, "<wait 5s>");
    assert_eq!(text(&runtime), waiting);
    play(&mut runtime, "j<enter>");
    says(&runtime, "ledger, outage: 60 s. u undoes it.");
    says(&runtime, "▶ ×2");
    play(&mut runtime, "t<esc><wait 1s>");
    says(&runtime, "▶ ×2");
    // One that stood still stands still.
    play(&mut runtime, "<space>f<esc>");
    says(&runtime, "paused");
    // What there is to compare with has nothing to turn.
    play(&mut runtime, "c");
    says(&runtime, "enter compare");
    assert!(!text(&runtime).contains("from the beginning"));
}

#[test]
fn the_life_of_a_followed_order_is_a_key_away() {
    let mut runtime = live(SMALL, "2<wait 4s>x");
    says(&runtime, "● letter");
    play(&mut runtime, "o");
    says(&runtime, "enter: the life of letter");
    play(&mut runtime, "<enter>");
    says(&runtime, "state Stamp letter");
    says(&runtime, "the handler cannot process it");
    // From there the same keys let it go.
    play(&mut runtime, "o<enter>");
    says(&runtime, "No letter is followed.");
    play(&mut runtime, "j");
    assert!(!text(&runtime).contains("● letter"), "{}", text(&runtime));
    // What is left of its loan is not cut off where there is little room.
    play(&mut runtime, "x<wait 100ms>");
    says(&runtime, "back in");
}

#[test]
fn how_long_something_breaks_can_be_typed() {
    let mut runtime = live(SMALL, "fjje");
    says(&runtime, "(now 60 s)");
    play(&mut runtime, "7 min<enter>");
    says(&runtime, "7 min");
    play(&mut runtime, "e7x<enter>");
    says(&runtime, "\"7x\" is not a duration");
    play(&mut runtime, "<enter>");
    says(&runtime, "7 min. u undoes it.");
}

#[test]
fn what_is_done_in_the_past_says_that_it_drops_what_was_done_later() {
    let runtime = live(SMALL, "<wait 10s>3<wait 5s>g1");
    says(&runtime, "The later change to this run is gone.");
    assert!(!text(&runtime).contains("post office outage, "), "{}", text(&runtime));
}

#[test]
fn a_comparison_has_what_matters_in_the_smallest_window() {
    let mut runtime = live((40, 12), "<wait 2s>3c/clerk<enter><enter>G<wait 20s>");
    for row in ["rejected", "stamped twice", "stamped, rejected"] {
        says(&runtime, row);
    }
    let frame = text(&runtime);
    assert!(!frame.contains("lost  "), "none is lost: {frame}");
    play(&mut runtime, "<size 120x36>");
    says(&runtime, "lost  ");
}

#[test]
fn what_is_wrong_with_a_function_is_whole_in_a_small_window() {
    says(&live(SMALL, "<wait 2s>5<wait 10s>"), "keeper of shelves ✗ stopped");
}

#[test]
fn two_runs_saved_in_one_second_are_two_files() {
    let directory = TempDir::new().unwrap();
    runtime(&directory, Subject::First, SMALL, "1wu2w");
    let files = std::fs::read_dir(directory.path().join("experiments")).unwrap();
    assert_eq!(files.count(), 2);
}

#[test]
fn the_measures_of_a_part_stand_in_columns() {
    let mut runtime = live(WIDE, "<wait 20s>");
    for _ in 0..4 {
        play(&mut runtime, "<tab>");
        play(&mut runtime, "<enter>");
        let frame = text(&runtime);
        let begins = |line: &str| line.chars().position(|c| ('▁'..='█').contains(&c));
        let begin: Vec<_> = frame.lines().filter_map(begins).collect();
        assert!(begin.len() > 1, "{frame}");
        assert!(begin.iter().all(|column| *column == begin[0]), "{frame}");
        play(&mut runtime, "<esc>");
    }
}

#[test]
fn what_cannot_be_played_in_time_is_said_to_be_caught_up_with() {
    let heavy = "[experiment]\ndesign = \"all-branches\"\nrun = \"10m\"\nload = { rate = 600.0 }\n";
    let open = |keys| {
        let subject = Subject::Experiment(heavy.to_owned());
        runtime(&TempDir::new().unwrap(), subject, SMALL, keys)
    };
    let mut behind = open("]]]]]]]<wait 40ms>");
    says(&behind, "catching up");
    // Keys are heard meanwhile, and what was reached stays.
    play(&mut behind, "<space>");
    says(&behind, "paused");
    // Where it goes slower it comes to where it should be, and not only on from where it was.
    let mut behind = open("]]]]]]]<wait 40ms>[[[[[[[[[[<wait 100ms>");
    assert!(!text(&behind).contains("catching up"), "{}", text(&behind));
    says(&behind, "00:00:40");
    play(&mut behind, "<space>,,");
    says(&behind, "00:00:40");
}

#[test]
fn every_view_stands_in_every_window() {
    for size in [(40, 12), (64, 16), (80, 24), (100, 30), (120, 36), (200, 60), (300, 80)] {
        for keys in ["", "f", "t", "<tab><enter>", "o3<enter>", "cj<enter><wait 1s>", "?"] {
            let runtime = live(size, &format!("<wait 3s>1<wait 2s>{keys}"));
            let frame = text(&runtime);
            assert!(frame.lines().filter(|line| !line.trim().is_empty()).count() >= 4, "{frame}");
            // Read aloud it is not empty either.
            assert!(runtime.app().page().to_string().len() > 100);
        }
    }
}
