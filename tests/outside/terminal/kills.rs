//! Killed after any key of a set, at any moment, and opened again: what was shown as kept is kept, nothing
//! is kept twice, and the set goes on where it was.

use redrive::store::Store;
use redrive::store::history::SessionHistory;

use super::*;
use crate::support::{Dice, evening, trials};

const KEYS: [&str; 9] = ["a", "b", "ab\r", "cd\r", "\r", "p", "j", "?", "c"];

/// The set as it is kept: whole, and no question in it twice.
fn kept(directory: &Path, trial: u64) -> (SessionHistory, Option<(u32, usize)>) {
    let store = Store::open(directory).unwrap();
    let set = store.history().unwrap().swap_remove(0);
    let asked: Vec<u16> = set.answers.iter().map(|answer| answer.question).collect();
    let expected: Vec<u16> = (0..asked.len() as u16).collect();
    assert_eq!(asked, expected, "trial {trial}");
    assert_eq!(set.summary.marks.of as usize, asked.len(), "trial {trial}");
    let progress = store.progress(&"reminder-letters".into(), evening()).unwrap();
    let open = progress.open.filter(|open| open.id == set.summary.id);
    assert_eq!(store.take_skipped(), None, "trial {trial}");
    let standing = open.map(|open| (open.left_ms, open.standing.map_or(0, |s| s.chosen.len())));
    let raw = rusqlite::Connection::open(directory.join(redrive::store::FILE_NAME)).unwrap();
    let whole: String = raw.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
    assert_eq!(whole, "ok", "trial {trial}");
    (set, standing)
}

/// How many answers the screen tells of, and how many options it shows as chosen. Nothing is told
/// by help and by a frame that is half drawn.
fn told(screen: &str) -> (usize, Option<usize>) {
    let title = screen.lines().next().unwrap_or_default();
    let number = title.split(" of 3").next().and_then(|before| before.trim().chars().last());
    let number = number.and_then(|digit| digit.to_digit(10)).unwrap_or(0) as usize;
    let is_explained = ["right", "wrong", "not answered"].iter().any(|word| title.ends_with(word));
    if is_explained {
        return (number, None);
    }
    let is_asked = title.contains("0:") && !title.contains("paused") && number > 0;
    (number.saturating_sub(1), is_asked.then(|| screen.matches('●').count()))
}

#[test]
fn killed_after_any_key_of_a_set_nothing_that_was_shown_is_lost_and_nothing_is_doubled() {
    let mut kills = 0;
    for trial in 1..=u64::from(trials(1)) {
        let mut dice = Dice::new(trial);
        let directory = TempDir::new().unwrap();
        let (mut answered, mut left) = (0, u32::MAX);
        while answered < 3 {
            let mut session = Session::redrive(directory.path(), &["quiz"], SMALL);
            session.until(&format!("{} of 3", answered + 1));
            for _ in 0..=dice.roll(3) {
                session.press(dice.one_of(&KEYS));
            }
            // At any moment, and now and then when everything is done.
            let is_done = dice.roll(2) == 0;
            pause(Duration::from_millis(if is_done { 150 } else { dice.roll(20) }));
            let screen = session.text();
            session.signal("KILL");
            session.end();
            kills += 1;
            let (set, standing) = kept(directory.path(), trial);
            let (shown, chosen) = told(&screen);
            let now = set.answers.len();
            let context = format!("trial {trial}, kill {kills}, {standing:?}:\n{screen}");
            assert!(!screen.contains("not saved yet"), "{context}");
            assert!(now >= answered && now >= shown, "{now} kept, {shown} shown; {context}");
            if let Some((clock, kept)) = standing {
                assert!(now > answered || clock <= left, "{left} ms were left; {context}");
                left = clock;
                let is_comparable = is_done && shown == now;
                assert!(!is_comparable || chosen.is_none_or(|chosen| chosen == kept), "{context}");
            }
            if now == answered && answered < 3 && dice.roll(4) == 0 {
                // Home alone changes nothing of it.
                let mut home = Session::redrive(directory.path(), &[], SMALL);
                home.until(&format!("question {} of 3", now + 1));
                home.signal("KILL");
                home.end();
            }
            answered = now;
        }
    }
    println!("{kills} kills");
}

/// Two windows on one history, and the one that has the set is killed.
#[test]
fn the_set_of_a_window_that_is_killed_goes_on_in_the_other() {
    let directory = TempDir::new().unwrap();
    let mut one = Session::redrive(directory.path(), &["quiz"], SMALL);
    one.until("1 of 3");
    one.press("ab\r");
    one.until(" right");
    one.press("\rb");
    one.until("2 of 3");
    wait_for(|| one.text().contains('●'), || "b is not chosen".to_owned());
    let mut two = Session::redrive(directory.path(), &["quiz"], SMALL);
    two.until("Timed traps is open in another window, at 2 of 3.");
    // A window that is stopped has its set all the same.
    one.signal("STOP");
    two.press("r");
    two.until("esc");
    two.press("\x1b");
    two.until("open in another window; t begins another");
    one.signal("KILL");
    one.end();
    two.press("t");
    two.until("2 of 3");
    wait_for(|| two.text().contains('●'), || format!("b is not chosen:\n{}", two.text()));
    two.press("\x03");
    two.end();
    assert_eq!(Store::open(directory.path()).unwrap().history().unwrap().len(), 1);
}

#[test]
fn a_prediction_that_is_shown_is_there_after_a_kill_at_that_moment() {
    let directory = TempDir::new().unwrap();
    let mut session = Session::redrive(directory.path(), &["read", "1"], SMALL);
    session.until("The desk");
    session.press("2");
    session.until("← you said");
    session.signal("KILL");
    session.end();
    let again = Session::redrive(directory.path(), &["read", "1"], SMALL);
    again.until("← you said");
}
