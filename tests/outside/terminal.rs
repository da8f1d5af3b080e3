//! The built binary in a real pseudo-terminal: taken, followed, and given back however it ends.

use std::io::{Read, Write};
use std::num::NonZeroU16;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};
use signal_hook::consts::{SIGUSR1, SIGUSR2};
use tempfile::TempDir;

mod bytes;
mod ending;
mod kills;

/// How long something that must come may take on a busy machine before the test gives up.
const PATIENCE: Duration = Duration::from_secs(20);
const LOOK_EVERY: Duration = Duration::from_millis(10);

/// A program in a pseudo-terminal, and what its screen shows.
struct Session {
    child: Box<dyn Child + Send + Sync>,
    master: Option<Box<dyn MasterPty + Send>>,
    keyboard: Option<Box<dyn Write + Send>>,
    screen: Arc<Mutex<vt100::Parser>>,
    written: Arc<Mutex<Vec<u8>>>,
    closed: Arc<AtomicBool>,
}

impl Session {
    fn start(command: CommandBuilder, size: (u16, u16)) -> Self {
        Self::start_in(command, size, size)
    }

    /// In a terminal that may tell another size than it has.
    fn start_in(
        command: CommandBuilder,
        (columns, rows): (u16, u16),
        (told_columns, told_rows): (u16, u16),
    ) -> Self {
        let size = PtySize { rows: told_rows, cols: told_columns, ..PtySize::default() };
        let pair = native_pty_system().openpty(size).unwrap();
        let child = pair.slave.spawn_command(command).unwrap();
        drop(pair.slave);
        let screen = Arc::new(Mutex::new(vt100::Parser::new(cells(rows), cells(columns), 0)));
        let written = Arc::new(Mutex::new(Vec::new()));
        let mut output = pair.master.try_clone_reader().unwrap();
        let (shown, kept) = (Arc::clone(&screen), Arc::clone(&written));
        let closed = Arc::new(AtomicBool::new(false));
        let gone = Arc::clone(&closed);
        thread::spawn(move || {
            let mut buffer = [0; 4096];
            while let Ok(count @ 1..) = output.read(&mut buffer) {
                if gone.load(Ordering::SeqCst) {
                    return;
                }
                shown.lock().unwrap().process(&buffer[..count]);
                kept.lock().unwrap().extend_from_slice(&buffer[..count]);
            }
        });
        let keyboard = pair.master.take_writer().unwrap();
        Self { child, master: Some(pair.master), keyboard: Some(keyboard), screen, written, closed }
    }

    /// The app on the made-up course.
    fn redrive(directory: &Path, arguments: &[&str], size: (u16, u16)) -> Self {
        Self::redrive_in(directory, arguments, size, size)
    }

    fn redrive_in(
        directory: &Path,
        arguments: &[&str],
        size: (u16, u16),
        told: (u16, u16),
    ) -> Self {
        let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_redrive"));
        command.env("TERM", "xterm-256color");
        command.env("LC_ALL", "C.UTF-8");
        command.env_remove("NO_COLOR");
        command.arg("--data-dir");
        command.arg(directory);
        command.arg("--content");
        command.arg(crate::support::course());
        for argument in arguments {
            command.arg(argument);
        }
        Self::start_in(command, size, told)
    }

    fn pid(&self) -> u32 {
        self.child.process_id().unwrap()
    }

    fn text(&self) -> String {
        self.screen.lock().unwrap().screen().contents()
    }

    fn press(&mut self, keys: &str) {
        let keyboard = self.keyboard.as_mut().unwrap();
        keyboard.write_all(keys.as_bytes()).unwrap();
        keyboard.flush().unwrap();
    }

    fn resize(&self, columns: u16, rows: u16) {
        self.screen.lock().unwrap().screen_mut().set_size(cells(rows), cells(columns));
        self.tell_size(columns, rows);
    }

    /// Tells the program a size that the screen need not have.
    fn tell_size(&self, columns: u16, rows: u16) {
        let size = PtySize { rows, cols: columns, ..PtySize::default() };
        self.master.as_ref().unwrap().resize(size).unwrap();
    }

    /// Waits until the words are on the screen.
    fn until(&self, words: &str) {
        wait_for(
            || self.text().contains(words),
            || format!("{words:?} never came:\n{}", self.text()),
        );
    }

    /// Closes the terminal's other end. Who reads its output lets go at the next output, so a key
    /// brings some.
    fn close_terminal(&mut self) {
        self.closed.store(true, Ordering::SeqCst);
        self.press("?");
        drop(self.keyboard.take());
        drop(self.master.take());
    }

    fn signal(&self, name: &str) {
        signal(self.pid(), name);
    }

    /// Waits for the end and answers the exit status.
    fn end(&mut self) -> u32 {
        let mut status = None;
        wait_for(
            || {
                status = self.child.try_wait().unwrap();
                status.is_some()
            },
            || "the program does not end".to_owned(),
        );
        status.unwrap().exit_code()
    }

    /// Whether the alternate screen was left and the cursor shown, after all else.
    fn is_given_back(&self) -> bool {
        let screen = self.screen.lock().unwrap();
        !screen.screen().alternate_screen() && !screen.screen().hide_cursor()
    }

    fn assert_given_back(&self) {
        wait_for(|| self.is_given_back(), || "the terminal was not given back".to_owned());
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn cells(count: u16) -> NonZeroU16 {
    NonZeroU16::new(count).unwrap()
}

fn wait_for(mut is_so: impl FnMut() -> bool, complaint: impl Fn() -> String) {
    let mut waited = Duration::ZERO;
    while !is_so() {
        assert!(waited < PATIENCE, "{}", complaint());
        pause(LOOK_EVERY);
        waited += LOOK_EVERY;
    }
}

#[allow(clippy::disallowed_methods)] // the other side is a process with a clock of its own
fn pause(span: Duration) {
    thread::sleep(span);
}

fn signal(pid: u32, name: &str) {
    let done = std::process::Command::new("kill")
        .args([format!("-{name}"), pid.to_string()])
        .status()
        .unwrap();
    assert!(done.success());
}

/// The state letter of a process, as ps(1) says it; empty when there is none.
fn state(pid: u32) -> String {
    let output = std::process::Command::new("ps")
        .args(["-o", "stat=", "-p", &pid.to_string()])
        .output()
        .unwrap();
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

const SMALL: (u16, u16) = (80, 24);

#[test]
fn home_comes_and_q_gives_the_terminal_back() {
    let directory = TempDir::new().unwrap();
    let mut session = Session::redrive(directory.path(), &[], SMALL);
    session.until("Start     1 The tray");
    assert!(session.screen.lock().unwrap().screen().alternate_screen());
    session.press("q");
    assert_eq!(session.end(), 0);
    session.assert_given_back();
}

/// A screen reader follows it.
#[test]
fn the_terminals_own_cursor_stands_on_the_chosen_row_of_a_list_and_is_hidden_elsewhere() {
    let directory = TempDir::new().unwrap();
    let mut session = Session::redrive(directory.path(), &[], SMALL);
    session.until("Start     1 The tray");
    assert!(session.screen.lock().unwrap().screen().hide_cursor());
    session.press("r");
    session.until("Contents");
    let chosen = || {
        let screen = session.screen.lock().unwrap();
        let (row, column) = screen.screen().cursor_position();
        let here = screen.screen().cell(row, column).is_some_and(|cell| cell.contents() == "▸");
        here && !screen.screen().hide_cursor()
    };
    wait_for(chosen, || format!("no cursor on the chosen row:\n{}", session.text()));
}

/// Mouse and cursor reports count from one; terminals and people send others.
#[test]
fn reports_of_places_that_no_terminal_has_do_no_harm() {
    for report in ["\u{1b}[M \u{1}\u{1}", "\u{1b}[0;0R", "\u{1b}[<0;0;0M"] {
        let directory = TempDir::new().unwrap();
        let mut session = Session::redrive(directory.path(), &[], SMALL);
        session.until("Start     1 The tray");
        session.press(report);
        session.press("?");
        session.until("Keys");
        session.press("\u{3}");
        assert_eq!(session.end(), 0, "{report:?}");
        session.assert_given_back();
    }
}

/// Whatever ends it from outside, the shell finds its terminal as it was, and reads which signal it was.
#[test]
fn every_signal_that_ends_it_gives_the_terminal_back() {
    let signals =
        [("INT", 2), ("QUIT", 3), ("USR1", SIGUSR1), ("USR2", SIGUSR2), ("ALRM", 14), ("TERM", 15)];
    for (name, number) in signals {
        let directory = TempDir::new().unwrap();
        let mut session = Session::redrive(directory.path(), &[], SMALL);
        session.until("Start     1 The tray");
        session.signal(name);
        assert_eq!(session.end(), 128 + number.unsigned_abs(), "{name}");
        session.assert_given_back();
    }
}

#[test]
fn killed_while_reading_it_opens_at_the_same_sentence_in_another_window() {
    let directory = TempDir::new().unwrap();
    let mut session = Session::redrive(directory.path(), &["read", "1"], SMALL);
    session.until("The desk");
    session.press("  ");
    session.until("The director bought a tray.");
    // The first line of the text, without the title and the space above.
    let first = session.text().lines().nth(2).unwrap().trim().to_owned();
    let words = first.split_whitespace().take(3).collect::<Vec<_>>().join(" ");
    session.signal("KILL");
    session.end();
    let again = Session::redrive(directory.path(), &["read", "1"], (61, 30));
    again.until(&words);
    let text = again.text();
    let top: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).take(2).collect();
    assert!(top[1].contains(&words), "{words:?} is not below the title:\n{text}");
}

/// How often the program's one busy thread was woken so far (Linux counts it).
#[cfg(target_os = "linux")]
fn wakes(pid: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/task/{pid}/status")).unwrap();
    let line = status.lines().find(|line| line.starts_with("voluntary_ctxt_switches")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

#[cfg(target_os = "linux")]
#[test]
fn a_paused_pipeline_wakes_nobody_and_writes_nothing() {
    let directory = TempDir::new().unwrap();
    let mut session = Session::redrive(directory.path(), &["live"], SMALL);
    session.until("LIVE");
    session.press(" ");
    session.until("paused");
    // What was under way when the key came may still be finished.
    pause(Duration::from_millis(300));
    let before = (wakes(session.pid()), session.written.lock().unwrap().len());
    pause(Duration::from_secs(2));
    assert_eq!((wakes(session.pid()), session.written.lock().unwrap().len()), before);
    session.press("q");
    session.until("REDRIVE");
    session.press("q");
    assert_eq!(session.end(), 0);
    session.assert_given_back();
}

#[test]
fn a_bet_is_kept_by_a_program_that_is_killed_at_once() {
    let directory = TempDir::new().unwrap();
    let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_redrive"));
    command.env("TERM", "xterm-256color");
    command.arg("--data-dir");
    command.arg(directory.path());
    command.arg("--content");
    command.arg(crate::support::town_folder());
    command.args(["lab", "post-office-closed"]);
    let mut session = Session::start(command, SMALL);
    session.until("The clock starts when you have bet.");
    session.press("3\r");
    session.until("you bet");
    session.signal("KILL");
    session.end();
    let store = redrive::store::Store::open(directory.path()).unwrap();
    let progress = store.progress(&"letters-in-town".into(), crate::support::evening()).unwrap();
    // Which option is the third is dealt anew; that one was chosen is kept.
    assert!(progress.bets.contains_key("post-office-closed#1"));
}

#[test]
fn sigterm_and_sighup_give_the_terminal_back() {
    for (name, status) in [("TERM", 143), ("HUP", 129)] {
        let directory = TempDir::new().unwrap();
        let mut session = Session::redrive(directory.path(), &["live"], SMALL);
        session.until("offered");
        session.signal(name);
        assert_eq!(session.end(), status, "SIG{name}");
        session.assert_given_back();
    }
}

#[test]
fn ctrl_z_stops_it_and_it_draws_anew_when_continued() {
    let directory = TempDir::new().unwrap();
    let mut session = Session::redrive(directory.path(), &["read", "1"], SMALL);
    session.until("The desk");
    session.press("\x1a");
    session.assert_given_back();
    wait_for(|| state(session.pid()).starts_with('T'), || "it does not stop".to_owned());
    session.signal("CONT");
    wait_for(
        || session.screen.lock().unwrap().screen().alternate_screen(),
        || "the terminal is not taken again".to_owned(),
    );
    session.until("The desk");
    session.press("\x03");
    assert_eq!(session.end(), 0);
    session.assert_given_back();
}

#[test]
fn a_resize_is_followed_and_a_tiny_window_said() {
    let directory = TempDir::new().unwrap();
    let mut session = Session::redrive(directory.path(), &[], SMALL);
    session.until("q leave");
    session.resize(39, 11);
    session.until("Redrive needs 40×12, this is 39×11.");
    session.resize(120, 36);
    session.until("Start     1 The tray");
    session.press("q");
    assert_eq!(session.end(), 0);
}

#[test]
fn ctrl_c_from_a_question_and_the_clock_is_as_it_was() {
    let directory = TempDir::new().unwrap();
    let mut session = Session::redrive(directory.path(), &["quiz"], SMALL);
    session.until("1 of 3");
    session.until("0:5");
    session.press("\x03");
    assert_eq!(session.end(), 0);
    session.assert_given_back();
    let home = || {
        let mut again = Session::redrive(directory.path(), &[], SMALL);
        again.until("question 1 of 3");
        let text = again.text();
        again.press("q");
        again.end();
        text.lines().find(|line| line.contains("left on the clock")).unwrap().to_owned()
    };
    let left = home();
    assert!(left.contains(" 5"), "some of the minute is gone: {left}");
    pause(Duration::from_millis(1_500));
    assert_eq!(home(), left, "while nobody looks the clock stands");
}

#[test]
fn two_instances_share_one_history() {
    let directory = TempDir::new().unwrap();
    let mut one = Session::redrive(directory.path(), &["quiz"], SMALL);
    one.until("1 of 3");
    let mut two = Session::redrive(directory.path(), &["read", "1"], SMALL);
    two.until("The desk");
    // Which question is asked depends on the hour; two options fit one that wants two, too.
    one.press("ab\r");
    one.until(" right");
    two.press("2");
    two.until("← you said");
    one.press("\x03");
    two.press("\x03");
    assert_eq!((one.end(), two.end()), (0, 0));
}

#[test]
fn without_colour_weight_and_reverse_stay() {
    let directory = TempDir::new().unwrap();
    let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_redrive"));
    command.env("TERM", "xterm-256color");
    command.env("NO_COLOR", "1");
    command.arg("--data-dir");
    command.arg(directory.path());
    command.arg("--content");
    command.arg(crate::support::course());
    let mut session = Session::start(command, SMALL);
    session.until("q leave");
    session.press("q");
    session.end();
    let written = String::from_utf8_lossy(&session.written.lock().unwrap()).into_owned();
    for colour in 31..=37 {
        assert!(!written.contains(&format!("\x1b[{colour}m")), "colour {colour} was written");
    }
    assert!(!written.contains("\x1b[38;"), "an indexed colour was written");
    assert!(written.contains("\x1b[1m"), "weight stays");
}

/// Not a test of its own: the program that the next one runs in a terminal.
#[test]
fn a_program_that_panics() {
    if std::env::var_os("REDRIVE_TEST_PANICS").is_none() {
        return;
    }
    let directory = TempDir::new().unwrap();
    let mut runtime = crate::support::open(directory.path(), &redrive::tui::app::Open::Home, SMALL);
    thread::spawn(|| {
        pause(Duration::from_millis(300));
        panic!("something that cannot be");
    });
    let _ = redrive::tui::terminal::run(&mut runtime);
}

#[test]
fn a_panic_is_told_on_a_terminal_that_was_given_back() {
    let mut command = CommandBuilder::new(std::env::current_exe().unwrap());
    command.args(["--exact", "terminal::a_program_that_panics", "--nocapture"]);
    command.env("TERM", "xterm-256color");
    command.env("REDRIVE_TEST_PANICS", "1");
    let session = Session::start(command, SMALL);
    session.until("something that cannot be");
    assert!(session.is_given_back(), "{}", session.text());
}

#[cfg(target_os = "linux")]
mod on_linux {
    use super::*;

    /// How often the threads of a process have been put to sleep or been pushed aside.
    fn switches(pid: u32) -> u64 {
        let tasks = std::fs::read_dir(format!("/proc/{pid}/task")).unwrap();
        let status = |task: std::io::Result<std::fs::DirEntry>| {
            std::fs::read_to_string(task.unwrap().path().join("status")).unwrap()
        };
        tasks
            .map(status)
            .flat_map(|status| {
                status
                    .lines()
                    .filter(|line| line.contains("voluntary_ctxt_switches"))
                    .map(|line| line.split_whitespace().last().unwrap().parse::<u64>().unwrap())
                    .collect::<Vec<_>>()
            })
            .sum()
    }

    #[test]
    fn when_nothing_moves_nothing_wakes() {
        for (arguments, keys, words) in [
            (&[][..], "", "q leave"),
            (&["read", "1"][..], " ", "Slips instead"),
            (&["live"][..], " ", "paused"),
        ] {
            let directory = TempDir::new().unwrap();
            let mut session = Session::redrive(directory.path(), arguments, SMALL);
            session.until("? keys");
            session.press(keys);
            session.until(words);
            pause(Duration::from_millis(500));
            let before = switches(session.pid());
            pause(Duration::from_secs(2));
            assert_eq!(switches(session.pid()), before, "{arguments:?}");
        }
    }

    /// A process that is in another session than its terminal is not told that it is gone.
    #[test]
    fn a_terminal_that_dies_without_a_signal_ends_it() {
        let directory = TempDir::new().unwrap();
        let number = directory.path().join("pid");
        let mut command = CommandBuilder::new("sh");
        command.env("TERM", "xterm-256color");
        command.args([
            "-c",
            "exec 3<&0; setsid \"$1\" --data-dir \"$2\" --content \"$3\" <&3 & echo $! > \"$4\"; wait",
            "sh",
            env!("CARGO_BIN_EXE_redrive"),
        ]);
        command.arg(directory.path());
        command.arg(crate::support::course());
        command.arg(&number);
        let mut session = Session::start(command, SMALL);
        session.until("q leave");
        let pid: u32 = std::fs::read_to_string(&number).unwrap().trim().parse().unwrap();
        assert!(!state(pid).is_empty());
        session.close_terminal();
        wait_for(
            || state(pid).is_empty() || state(pid).starts_with('Z'),
            || format!("it lives on without a terminal: {}", state(pid)),
        );
    }
}

#[test]
fn unfinished_sequences_split_keys_and_pastes_hide_no_key() {
    let directory = TempDir::new().unwrap();
    let mut session = Session::redrive(directory.path(), &[], SMALL);
    session.until("q leave");
    let keyboard = session.keyboard.as_mut().unwrap();
    for bytes in [&b"\x1b["[..], b"\x1bO", b"\xe9", b"\xc3", b"\x9b", b"\x1b[200~qqq\r1"] {
        keyboard.write_all(bytes).unwrap();
        keyboard.flush().unwrap();
        pause(Duration::from_millis(700));
    }
    session.press("?");
    session.until("esc");
    session.press("\x03");
    assert_eq!(session.end(), 0);
    session.assert_given_back();
}
