//! What a terminal may send: pieces, pastes, floods, sizes that are none.

use super::*;
use crate::support::{Dice, trials};

impl Session {
    fn send(&mut self, bytes: &[u8]) {
        let keyboard = self.keyboard.as_mut().unwrap();
        keyboard.write_all(bytes).unwrap();
        keyboard.flush().unwrap();
    }

    /// The seconds on the clock of a question.
    pub(super) fn seconds(&self) -> Option<u32> {
        let text = self.text();
        let (_, after) = text.lines().next()?.rsplit_once("0:")?;
        after.trim().parse().ok()
    }

    /// Waits until another second is shown.
    fn until_the_clock_goes_on(&self, what: &str) {
        let before = self.seconds();
        wait_for(|| self.seconds() != before, || format!("{what}: the clock stands"));
    }

    fn chosen(&self) -> usize {
        self.text().matches('●').count()
    }
}

#[test]
fn an_unfinished_sequence_stops_neither_the_clock_nor_resizes_nor_keys() {
    let directory = TempDir::new().unwrap();
    let mut session = Session::redrive(directory.path(), &["quiz"], SMALL);
    session.until("1 of 3");
    let all: [&[u8]; 7] =
        [b"\x1b[", b"\x1bO", b"\xe9", b"\xc3", b"\x9b", b"\x1b[M ", b"\x1b]0;title"];
    for bytes in all {
        session.send(bytes);
        session.until_the_clock_goes_on(&format!("{bytes:?}"));
        session.send(bytes);
        session.resize(39, 24);
        session.until("this is 39×24");
        session.resize(80, 24);
        session.until("1 of 3");
    }
    session.send(b"\x1b[");
    // On a busy machine it may be read late, and what comes together with it belongs to it.
    session.until_the_clock_goes_on("the beginning of a sequence");
    session.press("b");
    // The rest of a title that is read late is keys, too, and one of them may choose another option.
    wait_for(
        || session.text().contains("● b "),
        || format!("b was swallowed:\n{}", session.text()),
    );
    session.press("\x03");
    assert_eq!(session.end(), 0);
}

#[test]
fn a_large_paste_without_brackets_leaves_the_keys_alive() {
    let directory = TempDir::new().unwrap();
    let mut session = Session::redrive(directory.path(), &["quiz"], SMALL);
    session.until("1 of 3");
    session.send(&[b'x'; 3_000]);
    session.press("b");
    wait_for(|| session.chosen() == 1, || format!("b was swallowed:\n{}", session.text()));
    session.press("\x03");
    assert_eq!(session.end(), 0);
    session.assert_given_back();
}

/// While it is stopped, more is typed than a terminal keeps.
#[test]
fn a_full_queue_is_read_when_it_goes_on() {
    let directory = TempDir::new().unwrap();
    let mut session = Session::redrive(directory.path(), &["quiz"], SMALL);
    session.until("1 of 3");
    session.signal("STOP");
    wait_for(|| state(session.pid()).starts_with('T'), || "it does not stop".to_owned());
    let mut keyboard = session.keyboard.take().unwrap();
    let typed = thread::spawn(move || {
        // What is wide is no key here, and a sequence in the middle of it may be cut anywhere.
        keyboard.write_all(&"xé\x1b[".repeat(6_000).into_bytes()).unwrap();
        keyboard.write_all(b"xb").unwrap();
        keyboard
    });
    pause(Duration::from_millis(200));
    session.signal("CONT");
    session.keyboard = Some(typed.join().unwrap());
    wait_for(|| session.chosen() == 1, || format!("b was swallowed:\n{}", session.text()));
    session.press("\x03");
    assert_eq!(session.end(), 0);
}

#[test]
fn escape_and_a_letter_that_come_together_are_both() {
    let directory = TempDir::new().unwrap();
    let mut session = Session::redrive(directory.path(), &[], SMALL);
    session.until("q leave");
    session.press("?");
    session.until("Keys");
    session.press("\x1bt");
    session.until("1 of 3");
}

#[test]
fn what_is_typed_before_the_screen_comes_is_not_lost() {
    for delay in 0..trials(5) {
        let directory = TempDir::new().unwrap();
        let mut session = Session::redrive(directory.path(), &[], SMALL);
        pause(Duration::from_millis(u64::from(delay * 5 % 60)));
        session.press("t");
        session.press("b");
        session.until("1 of 3");
        wait_for(|| session.chosen() == 1, || format!("{delay}: b is lost:\n{}", session.text()));
    }
}

#[test]
fn a_bracketed_paste_answers_no_question() {
    let directory = TempDir::new().unwrap();
    let mut session = Session::redrive(directory.path(), &["quiz"], SMALL);
    session.until("1 of 3");
    session.press("\x1b[200~ab\r\x03q\x1b[201~");
    session.until_the_clock_goes_on("after a paste");
    assert_eq!(session.chosen(), 0, "{}", session.text());
    session.press("b");
    wait_for(|| session.chosen() == 1, || format!("b was swallowed:\n{}", session.text()));
}

#[test]
fn a_terminal_without_a_size_is_drawn_for_the_usual_one() {
    let directory = TempDir::new().unwrap();
    let mut session = Session::redrive_in(directory.path(), &[], SMALL, (0, 0));
    session.until("q leave");
    session.tell_size(80, 24);
    session.press("?");
    session.until("Keys");
    for (columns, rows) in [(0, 0), (0, 24), (80, 0), (0, 0)] {
        session.tell_size(columns, rows);
        session.press("\x1b");
        session.until("q leave");
        session.press("?");
        session.until("Keys");
    }
    session.resize(100, 30);
    session.press("\x1b");
    session.until("q leave");
    session.press("q");
    assert_eq!(session.end(), 0);
    session.assert_given_back();
}

/// A frame has a cell for each place: of four thousand million there is no frame.
#[test]
fn a_terminal_that_says_it_is_enormous_is_drawn_in_part() {
    let directory = TempDir::new().unwrap();
    let mut session = Session::redrive(directory.path(), &[], SMALL);
    session.until("q leave");
    session.tell_size(u16::MAX, u16::MAX);
    session.press("?");
    pause(Duration::from_millis(300));
    session.tell_size(80, 24);
    session.until("Keys");
    session.press("\x03");
    assert_eq!(session.end(), 0);
}

#[test]
fn a_dumb_terminal_is_told_in_a_sentence_and_sent_no_sequence() {
    let directory = TempDir::new().unwrap();
    let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_redrive"));
    command.env("TERM", "dumb");
    command.arg("--data-dir");
    command.arg(directory.path());
    let mut session = Session::start(command, SMALL);
    assert_eq!(session.end(), 2);
    session.until("TERM=dumb");
    assert!(!session.written.lock().unwrap().contains(&0x1b));
}

#[test]
fn after_a_storm_of_resizes_and_keys_the_screen_is_whole() {
    const SIZES: [(u16, u16); 9] =
        [(80, 24), (40, 12), (39, 11), (1, 1), (0, 0), (200, 3), (3, 60), (132, 43), (120, 36)];
    const KEYS: [&str; 8] = ["j", " ", "a", "\r", "G", "\x1b[A", "\x1b[6~", "?"];
    for trial in 1..=u64::from(trials(3)) {
        let mut dice = Dice::new(trial);
        let screens = [&["quiz"][..], &["read", "1"], &["live"], &[], &["lab"]];
        let screen = screens[trial as usize % screens.len()];
        let directory = TempDir::new().unwrap();
        let mut session = Session::redrive(directory.path(), screen, SMALL);
        session.until("? keys");
        for _ in 0..40 {
            let (columns, rows) = dice.one_of(&SIZES);
            session.tell_size(columns, rows);
            session.press(dice.one_of(&KEYS));
            pause(Duration::from_millis(dice.roll(8)));
        }
        session.resize(80, 24);
        // From wherever it is now, help is one key away or on the screen.
        session.press("?");
        wait_for(
            || session.text().contains("Keys") || session.text().contains("? keys"),
            || format!("trial {trial} on {screen:?}:\n{}", session.text()),
        );
        session.press("\x03");
        assert_eq!(session.end(), 0, "trial {trial} on {screen:?}");
        session.assert_given_back();
    }
}
