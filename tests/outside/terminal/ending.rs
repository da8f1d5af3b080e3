//! The program is ended from outside while a question is asked: nothing but a few seconds is free.

use rustix::process::{Pid, Resource, Rlimit, getrlimit, prlimit};

use super::*;

/// What is stored of the clock of the set that waits, in milliseconds, and of what is chosen.
fn stored(directory: &Path) -> (u32, Vec<u8>) {
    let store = redrive::store::Store::open(directory).unwrap();
    let progress = store.progress(&"reminder-letters".into(), crate::support::evening()).unwrap();
    let open = progress.open.unwrap();
    (open.left_ms, open.standing.unwrap().chosen)
}

/// A set whose clock has run down to what is said.
fn asked(directory: &Path, seconds: u32) -> Session {
    let mut session = Session::redrive(directory, &["quiz"], SMALL);
    session.until("1 of 3");
    session.press("b");
    let is_down = || session.seconds().is_some_and(|left| left <= seconds);
    wait_for(is_down, || format!("the clock stands:\n{}", session.text()));
    session
}

#[test]
fn a_signal_or_a_closed_window_is_no_free_time_to_think() {
    let end = |how: &'static str, status: u32| {
        let directory = TempDir::new().unwrap();
        let mut session = asked(directory.path(), 57);
        if how == "close" {
            session.close_terminal();
        } else {
            session.signal(how);
        }
        assert_eq!(session.end(), status, "{how}");
        if how != "close" {
            session.assert_given_back();
        }
        let (left, chosen) = stored(directory.path());
        assert!(left <= 57_000, "{how}: {left} ms are left");
        assert_eq!(chosen.len(), 1, "{how}");
    };
    let ways =
        [("HUP", 129), ("INT", 130), ("QUIT", 131), ("TERM", 143), ("USR1", 138), ("close", 129)];
    thread::scope(|scope| {
        for (how, status) in ways {
            scope.spawn(move || end(how, status));
        }
    });
}

#[test]
fn a_kill_leaves_at_most_the_five_seconds_between_two_storings() {
    let directory = TempDir::new().unwrap();
    let mut session = asked(directory.path(), 54);
    session.signal("KILL");
    session.end();
    let (left, chosen) = stored(directory.path());
    assert!(left <= 59_000, "{left} ms are left");
    assert_eq!(chosen.len(), 1);
}

/// Nobody reads what it draws, so that it waits for the terminal for ever.
#[test]
fn a_terminal_that_takes_nothing_more_does_not_keep_it_alive() {
    let directory = TempDir::new().unwrap();
    let session = Session::redrive(directory.path(), &["live"], SMALL);
    session.until("LIVE");
    // The reader of the other side waits for this lock, and the terminal fills up.
    let screen = session.screen.lock().unwrap();
    let pid = session.pid();
    pause(Duration::from_millis(1_500));
    signal(pid, "TERM");
    wait_for(
        || state(pid).is_empty() || state(pid).starts_with('Z'),
        || format!("it lives on: {}", state(pid)),
    );
    drop(screen);
}

#[test]
fn what_a_full_disk_does_not_take_is_kept_when_there_is_room_again() {
    let directory = TempDir::new().unwrap();
    let mut session = Session::redrive(directory.path(), &["quiz"], SMALL);
    session.until("1 of 3");
    let pid = Pid::from_raw(session.pid() as i32).unwrap();
    // No file may grow: what SQLite writes to its log is refused as on a full disk.
    let room = getrlimit(Resource::Fsize);
    prlimit(Some(pid), Resource::Fsize, Rlimit { current: Some(0), ..room }).unwrap();
    session.press("ab\r");
    session.until(" right");
    session.until("not saved yet");
    session.press("\r");
    session.until("2 of 3");
    prlimit(Some(pid), Resource::Fsize, room).unwrap();
    session.until("Everything is saved now.");
    session.press("ab\r");
    session.until(" right");
    session.signal("KILL");
    session.end();
    let store = redrive::store::Store::open(directory.path()).unwrap();
    let kept: Vec<u16> = store.history().unwrap()[0].answers.iter().map(|a| a.question).collect();
    assert_eq!(kept, [0, 1]);
}

/// Nothing can be written to it: read by somebody who may not.
#[test]
fn a_read_only_history_is_told_of_before_anything_is_done() {
    use std::os::unix::fs::PermissionsExt;
    use std::os::unix::process::CommandExt;
    let directory = TempDir::new().unwrap();
    drop(redrive::store::Store::open(directory.path()).unwrap());
    let program = directory.path().join("redrive");
    std::fs::copy(env!("CARGO_BIN_EXE_redrive"), &program).unwrap();
    let modes = [(redrive::store::FILE_NAME, 0o444), ("redrive", 0o755), ("", 0o555)];
    for (name, mode) in modes {
        let mode = std::fs::Permissions::from_mode(mode);
        std::fs::set_permissions(directory.path().join(name), mode).unwrap();
    }
    let run = |arguments: &[&str]| {
        let mut command = std::process::Command::new(&program);
        command.arg("--data-dir").arg(directory.path()).args(arguments);
        // To root every file can be written.
        if rustix::process::geteuid().is_root() {
            command.uid(65_534).gid(65_534);
        }
        command.current_dir("/").output().unwrap()
    };
    let output = run(&["--keys", "", "--print"]);
    let rebuilt = run(&["history", "--rebuild"]);
    std::fs::set_permissions(directory.path(), std::fs::Permissions::from_mode(0o755)).unwrap();
    let shown = String::from_utf8(output.stdout).unwrap();
    let told = shown.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(told.contains("is read-only: nothing you do now will be saved"), "{shown}");
    let refused = String::from_utf8(rebuilt.stderr).unwrap();
    assert_eq!((rebuilt.status.code(), rebuilt.stdout.as_slice()), (Some(1), &[][..]));
    assert!(refused.contains("is read-only and cannot be rebuilt"), "{refused}");
}

#[cfg(target_os = "linux")]
#[test]
fn an_error_that_a_terminal_does_not_take_is_still_a_status_and_no_panic() {
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let status = std::process::Command::new(env!("CARGO_BIN_EXE_redrive"))
        .args(["live", "/nowhere/at/all.toml"])
        .stderr(full)
        .status()
        .unwrap();
    assert_eq!(status.code(), Some(2));
}
