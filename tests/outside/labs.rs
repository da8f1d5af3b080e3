//! Labs and incidents from outside: how a bet is asked, what counts and when,
//! what leaving asks.

use std::collections::BTreeMap;

use crate::support::{
    bet_on, evening, labs, made_up, open_with, play, says, says_not, text, trials,
};
use redrive::content::course::LabKind;
use redrive::content::lab::Seen;
use redrive::store::Store;
use redrive::study::progress::Progress;
use redrive::tui::app::Open;
use redrive::tui::ctx::Subject;
use redrive::tui::input::{Input, Key};
use redrive::tui::runtime::{Runtime, Then};
use tempfile::TempDir;

const HANDLER: &str = "functions.back-room";
const WIDE: (u16, u16) = (120, 36);

fn opened(directory: &TempDir, subject: Subject) -> Runtime {
    open_with(made_up(), directory.path(), &Open::Live(subject), WIDE)
}

fn lab(directory: &TempDir, id: &str) -> Runtime {
    opened(directory, Subject::Lab(id.to_owned()))
}

fn progress(directory: &TempDir) -> Progress {
    let store = Store::open(directory.path()).unwrap();
    store.progress(&"reminder-letters".into(), evening()).unwrap()
}

#[test]
fn bets_are_dealt_anew_for_every_attempt_and_none_is_chosen_beforehand() {
    let library = made_up();
    let directory = TempDir::new().unwrap();
    // How often each of the author's options came to stand first, by how many there are.
    let mut firsts: BTreeMap<usize, Vec<u32>> = BTreeMap::new();
    let (mut alike, mut asked) = (0, 0);
    let labs = labs(&made_up());
    let asking = labs.iter().filter(|lab| !lab.bet.is_empty());
    for lab in asking.take(trials(3) as usize) {
        let mut deals = Vec::new();
        for attempt in 0..4 {
            let mut runtime = open_with(library.clone(), directory.path(), &Open::Home, (80, 24));
            play(&mut runtime, &format!("<wait {}ms>b", 17 * attempt + 3));
            let list = runtime.app().page().blocks;
            let down = list.iter().position(|row| row.contains(&lab.title)).unwrap();
            let here = list.iter().position(|row| row.starts_with("selected: ")).unwrap();
            assert!(down >= here, "the first that is open is selected, and all are");
            play(&mut runtime, &"j".repeat(down - here));
            play(&mut runtime, "<enter>");
            let choices = runtime.app().page().choices;
            assert_eq!(choices.len(), lab.bet[0].option.len(), "{}", lab.id);
            says_not(&runtime, "▸");
            // Enter without a choice bets on nothing, and says so.
            play(&mut runtime, "<enter>");
            says(&runtime, "First choose what will happen: 1 to");
            assert!(progress(&directory).bets.is_empty(), "{}", lab.id);
            let place = |text: &str| lab.bet[0].option.iter().position(|o| o.text == text);
            let deal: Vec<usize> = choices.iter().map(|(_, text)| place(text).unwrap()).collect();
            let counts = firsts.entry(deal.len()).or_insert_with(|| vec![0; deal.len()]);
            counts[deal[0]] += 1;
            deals.push(deal);
        }
        deals.sort();
        deals.dedup();
        alike += u32::from(deals.len() == 1);
        asked += 1;
    }
    assert!(alike * 2 < asked, "{alike} of {asked} labs deal always alike");
    for (options, counts) in firsts {
        let all: u32 = counts.iter().sum();
        let fair = f64::from(all) / options as f64;
        // Four standard deviations.
        let slack = 4.0 * (fair * (1.0 - 1.0 / options as f64)).sqrt();
        for count in &counts {
            assert!((f64::from(*count) - fair).abs() < slack, "{options} options: {counts:?}");
        }
    }
}

#[test]
fn what_is_kept_of_a_bet_is_the_authors_number_wherever_it_stood() {
    for bet in labs(&made_up()).iter().filter(|lab| lab.kind == LabKind::Lab).take(3) {
        for (number, option) in bet.bet[0].option.iter().enumerate() {
            let directory = TempDir::new().unwrap();
            bet_on(&mut lab(&directory, &bet.id), &option.text);
            let kept = progress(&directory).bets[&format!("{}#1", bet.id)];
            assert_eq!(usize::from(kept.choice), number, "{}: {}", bet.id, option.text);
        }
    }
}

#[test]
fn what_is_typed_ahead_of_the_last_bet_does_nothing_to_the_run() {
    let directory = TempDir::new().unwrap();
    let mut runtime = lab(&directory, "a-slip-nobody-can-read");
    let calm = |runtime: &Runtime| text(runtime).lines().take(20).collect::<Vec<_>>().join("\n");
    play(&mut runtime, "1<enter>1<enter>");
    let before = calm(&runtime);
    for ahead in ["123456", "f", "b", "c", "a", "<enter>"] {
        play(&mut runtime, ahead);
        assert_eq!(calm(&runtime), before, "{ahead}");
    }
    says(&runtime, "typed ahead");
    // A moment later letters mean what the footer says; numbers break nothing in a lab at all.
    play(&mut runtime, "<wait 1s>123456");
    says(&runtime, "In a lab numbers break nothing");
    play(&mut runtime, "f");
    says(&runtime, "What should break");
    play(&mut runtime, "<esc>");
    play(&mut runtime, "u");
    says(&runtime, "nothing to undo");
}

/// Types a value for a setting of a part.
fn set(runtime: &mut Runtime, part: &str, setting: &str, value: &str) {
    play(runtime, "t");
    let list = runtime.app().page().blocks;
    let part = list.iter().position(|row| row.ends_with(part)).unwrap();
    let row = list
        .iter()
        .skip(part)
        .position(|row| row.trim_start_matches("selected:").trim_start().starts_with(setting))
        .unwrap()
        + part;
    // Headings are passed over, and what is selected stands first: the cursor is at the top.
    let is_setting = |row: &&String| row.starts_with("  ") || row.starts_with("selected: ");
    let down = list[..row].iter().filter(is_setting).count();
    play(runtime, &format!("{}e{value}", "j".repeat(down)));
}

/// An incident whose run is short: what every repair, and every try at one, is judged on.
const SHORT: &str = "slips-thrown-away";

/// A setting of it that has nothing to do with what is wrong.
fn try_one(runtime: &mut Runtime, value: &str) {
    set(runtime, HANDLER, "batch_size", &format!("{value}<enter>"));
}

/// What is wrong with it, put right.
fn repair(runtime: &mut Runtime) {
    set(runtime, "queues.tray", "message_retention_period", "4d<enter>");
}

#[test]
fn a_repair_counts_the_moment_it_holds_also_when_one_leaves_at_once() {
    for key in [Key::Esc, Key::Ctrl('c'), Key::Char('l'), Key::Char('?'), Key::Char('r')] {
        let directory = TempDir::new().unwrap();
        let mut runtime = lab(&directory, SHORT);
        set(&mut runtime, "queues.tray", "message_retention_period", "4d");
        // No piece of work is done on it: nothing has been judged when the key comes.
        runtime.input(Input::Key(Key::Enter));
        runtime.input(Input::Key(key));
        assert_eq!(progress(&directory).repairs.get(SHORT), Some(&1), "{key:?}");
    }
}

#[test]
fn a_repair_says_that_it_counts_and_a_shorter_one_counts_again() {
    let directory = TempDir::new().unwrap();
    let mut runtime = lab(&directory, SHORT);
    try_one(&mut runtime, "6");
    says(&runtime, "1 changed");
    repair(&mut runtime);
    play(&mut runtime, "<wait 1s>");
    says(&runtime, "Repaired: every check holds to the end of the run. Counted.");
    assert_eq!(progress(&directory).repairs[SHORT], 2);
    play(&mut runtime, "r");
    repair(&mut runtime);
    play(&mut runtime, "<wait 1s>");
    assert_eq!(progress(&directory).repairs[SHORT], 1, "{}", text(&runtime));
}

#[test]
fn a_setting_that_is_set_to_what_it_is_changes_nothing() {
    let directory = TempDir::new().unwrap();
    let mut runtime = opened(&directory, Subject::Design("under-glass".to_owned()));
    play(&mut runtime, "<wait 3s>t<enter>");
    says(&runtime, "already");
    play(&mut runtime, "0");
    says(&runtime, "already from the start");
    play(&mut runtime, "<esc>u");
    says(&runtime, "There is nothing to undo");
    // Typed in another unit it is the same value.
    set(&mut runtime, HANDLER, "timeout", "soon<enter>");
    says(&runtime, "not a duration");
    play(&mut runtime, "<esc>");
    set(&mut runtime, HANDLER, "timeout", "19s<enter>");
    set(&mut runtime, HANDLER, "timeout", "19000ms<enter>");
    says(&runtime, "already");
    // And in an incident it is no change to be counted.
    let mut runtime = lab(&directory, SHORT);
    play(&mut runtime, "<wait 1s>t<enter>");
    says(&runtime, "already");
    play(&mut runtime, "<esc>");
    says(&runtime, "0 changed");
}

#[test]
fn a_setting_turned_and_turned_back_is_not_changed() {
    let directory = TempDir::new().unwrap();
    let mut runtime = lab(&directory, SHORT);
    try_one(&mut runtime, "3");
    says(&runtime, "1 changed");
    try_one(&mut runtime, "4");
    says(&runtime, "1 changed");
    play(&mut runtime, "u");
    says(&runtime, "1 changed");
    try_one(&mut runtime, "1");
    says(&runtime, "0 changed");
}

#[test]
fn the_next_moment_stops_at_the_notes_of_a_lab() {
    let labs = labs(&made_up());
    let with_notes = labs.iter().filter(|lab| lab.kind == LabKind::Lab && !lab.seen.is_empty());
    for lab in with_notes.take(trials(2) as usize) {
        let directory = TempDir::new().unwrap();
        let mut runtime = self::lab(&directory, &lab.id);
        for bet in &lab.bet {
            bet_on(&mut runtime, &bet.option[0].text);
        }
        let mut met = 0;
        for _ in 0..400 {
            play(&mut runtime, "n<wait 1s>");
            let frame = text(&runtime);
            let clock = |seen: &Seen| {
                let seconds = seen.at.0.as_secs();
                format!("{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60)
            };
            if let Some(seen) = lab.seen.get(met)
                && frame.lines().nth(1).unwrap().contains(&clock(seen))
            {
                met += 1;
            }
            if met == lab.seen.len() || frame.contains("Nothing more happens") {
                break;
            }
        }
        assert_eq!(met, lab.seen.len(), "{}:\n{}", lab.id, text(&runtime));
    }
}

#[test]
fn leaving_a_run_asks_once_and_only_where_something_would_be_lost() {
    let directory = TempDir::new().unwrap();
    let home = |runtime: &Runtime| text(runtime).contains("REDRIVE");
    // Nothing was done.
    let mut runtime = opened(&directory, Subject::Design("under-glass".to_owned()));
    play(&mut runtime, "<wait 3s>]]<esc>");
    assert!(home(&runtime), "{}", text(&runtime));
    let tuned = "jjjjjjtjjj<right><enter>";
    for (done, words) in [("1", "Your changes to this run"), (tuned, "Your changes to this run")] {
        for leave in ["<esc>", "q", "b"] {
            let mut runtime = opened(&directory, Subject::Design("under-glass".to_owned()));
            play(&mut runtime, &format!("<wait 3s>{done}{leave}"));
            says(&runtime, words);
            says(&runtime, "again leaves.");
            // Another key is an answer too.
            play(&mut runtime, &format!(".{leave}"));
            says(&runtime, words);
            play(&mut runtime, leave);
            assert!(home(&runtime) || text(&runtime).contains("Labs and incidents"));
        }
    }
    // What is taken back or saved is not lost.
    let mut runtime = opened(&directory, Subject::Design("under-glass".to_owned()));
    play(&mut runtime, "<wait 3s>1u<esc>");
    assert!(home(&runtime), "{}", text(&runtime));
    let mut runtime = opened(&directory, Subject::Design("under-glass".to_owned()));
    play(&mut runtime, "<wait 3s>1w<esc>");
    assert!(home(&runtime), "{}", text(&runtime));
    // A bet whose outcome was not seen; the same when it was.
    let mut runtime = lab(&directory, "a-slip-nobody-can-read");
    play(&mut runtime, "<esc>");
    assert!(home(&runtime), "{}", text(&runtime));
    let mut runtime = lab(&directory, "a-slip-nobody-can-read");
    play(&mut runtime, "1<enter>1<enter><wait 1s><esc>");
    says(&runtime, "Your bet counts");
    play(&mut runtime, "<esc>");
    assert!(home(&runtime), "{}", text(&runtime));
    let mut runtime = lab(&directory, "a-slip-nobody-can-read");
    play(&mut runtime, "1<enter>1<enter>]]]]]]]]]<wait 2s><esc><esc>");
    assert!(home(&runtime), "{}", text(&runtime));
    // Changes that do not repair it, and one that does.
    let mut runtime = lab(&directory, SHORT);
    try_one(&mut runtime, "3");
    play(&mut runtime, "<esc>");
    says(&runtime, "It is not repaired");
    let mut runtime = lab(&directory, SHORT);
    repair(&mut runtime);
    play(&mut runtime, "<wait 1s><esc>");
    assert!(home(&runtime), "{}", text(&runtime));
    // Leaving the program is not asked about.
    let mut runtime = opened(&directory, Subject::Design("under-glass".to_owned()));
    assert_eq!(play(&mut runtime, "1<c-c>"), Then::Quit);
}
