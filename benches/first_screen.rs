//! How soon the first screen with text stands in a terminal, beside `less` and `vim -u NONE` in the
//! same terminal on the same machine: `cargo bench --bench first_screen`.
//!
//! Every program is started in turn, many rounds over, and what counts is the ratio to `less`. The
//! last column is the resident memory at that moment, where the system tells it (Linux).
//! Redrive starts once with a first evening's history and once with one of 100,000 answers.
#![allow(clippy::disallowed_methods, clippy::expect_used)] // a stopwatch, for people who measure

use std::io::Read;
use std::num::NonZeroU16;
use std::path::Path;
use std::time::{Duration, Instant};

use portable_pty::{CommandBuilder, PtySize, native_pty_system};
use redrive::store::Store;
use tempfile::TempDir;

const ROUNDS: usize = 40;
const ANSWERS: u32 = 100_000;
const COLUMNS: u16 = 80;
const ROWS: u16 = 24;

fn main() {
    let new = TempDir::new().expect("a directory");
    let old = TempDir::new().expect("a directory");
    evening(new.path());
    evening(old.path());
    grow(old.path());
    // A copy: vim leaves a swap file beside what it is killed over.
    let pages = TempDir::new().expect("a directory");
    let readme = pages.path().join("README.md");
    std::fs::copy(concat!(env!("CARGO_MANIFEST_DIR"), "/README.md"), &readme).expect("a copy");
    let readme = readme.to_str().expect("a path in UTF-8");
    let redrive = |directory: &Path| {
        let directory = directory.to_str().expect("a path in UTF-8");
        [env!("CARGO_BIN_EXE_redrive"), "--data-dir", directory].map(str::to_owned).to_vec()
    };
    let words = |command: &[&str]| command.iter().map(|word| (*word).to_owned()).collect();
    let programs: Vec<(&str, Vec<String>)> = vec![
        ("less", words(&["less", readme])),
        ("vim -u NONE", words(&["vim", "-u", "NONE", readme])),
        ("redrive", redrive(new.path())),
        ("redrive, 100,000 answers", redrive(old.path())),
        ("redrive read 7", [redrive(new.path()), words(&["read", "7"])].concat()),
    ];
    let mut spans: Vec<Vec<Duration>> = vec![Vec::new(); programs.len()];
    let mut memory: Vec<Option<u64>> = vec![None; programs.len()];
    for round in 0..=ROUNDS {
        for (index, (_, command)) in programs.iter().enumerate() {
            // The first round only warms the caches.
            match first_screen(command) {
                Some(first) if round > 0 => {
                    spans[index].push(first.after);
                    memory[index] = memory[index].max(first.resident_kib);
                }
                _ => {}
            }
        }
    }
    println!("first screen with text, {COLUMNS}x{ROWS}, {ROUNDS} rounds");
    println!("{:<26} {:>8} {:>8} {:>8} {:>9}", "", "least", "median", "to less", "resident");
    let less = median(&mut spans[0]);
    for ((name, _), (spans, memory)) in programs.iter().zip(spans.iter_mut().zip(memory)) {
        let (Some(middle), Some(least)) = (median(spans), spans.iter().min()) else {
            println!("{name:<26} is not on this machine");
            continue;
        };
        let ratio = less.map_or(f64::NAN, |less| middle.as_secs_f64() / less.as_secs_f64());
        let ms = |span: Duration| span.as_secs_f64() * 1e3;
        let memory = memory.map_or(String::new(), |kib| format!("{:.1} MB", kib as f64 / 1024.0));
        let (least, middle) = (ms(*least), ms(middle));
        println!("{name:<26} {least:>5.2} ms {middle:>5.2} ms {ratio:>7.2}× {memory:>9}");
    }
}

fn median(spans: &mut [Duration]) -> Option<Duration> {
    spans.sort_unstable();
    spans.get(spans.len() / 2).copied()
}

/// A program with something on its screen.
struct First {
    after: Duration,
    resident_kib: Option<u64>,
}

/// From the start of a program until something stands on its screen.
fn first_screen(command: &[String]) -> Option<First> {
    let size = PtySize { rows: ROWS, cols: COLUMNS, pixel_width: 0, pixel_height: 0 };
    let pair = native_pty_system().openpty(size).expect("a pseudo-terminal");
    let mut builder = CommandBuilder::new(&command[0]);
    builder.args(&command[1..]);
    builder.env("TERM", "xterm-256color");
    let mut output = pair.master.try_clone_reader().expect("its output");
    let cells = |count| NonZeroU16::new(count).expect("not zero");
    let mut screen = vt100::Parser::new(cells(ROWS), cells(COLUMNS), 0);
    let mut buffer = [0; 16 * 1024];
    let start = Instant::now();
    let mut child = pair.slave.spawn_command(builder).ok()?;
    drop(pair.slave);
    let mut found = None;
    while let Ok(count @ 1..) = output.read(&mut buffer) {
        screen.process(&buffer[..count]);
        if !screen.screen().contents().trim().is_empty() {
            let after = start.elapsed();
            found = Some(First { after, resident_kib: child.process_id().and_then(resident) });
            break;
        }
    }
    let _ = child.kill();
    let _ = child.wait();
    found
}

fn resident(pid: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find(|line| line.starts_with("VmRSS:"))?;
    line.split_whitespace().nth(1)?.parse().ok()
}

/// A lesson begun and a set answered.
fn evening(directory: &Path) {
    let done = std::process::Command::new(env!("CARGO_BIN_EXE_redrive"))
        .arg("--data-dir")
        .arg(directory)
        .args(["--keys", "<enter>1<space><esc>ta<enter><enter>b<enter><esc>"])
        .status();
    assert!(done.expect("redrive runs").success());
}

/// Years of evenings: copies of the first answer, in sessions of ten.
fn grow(directory: &Path) {
    let file = directory.join(redrive::store::FILE_NAME);
    let connection = rusqlite::Connection::open(file).expect("the history");
    connection
        .execute_batch(&format!(
            "WITH RECURSIVE number(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number WHERE n < {ANSWERS})
             INSERT INTO record (event_id, scenario, kind, at, session, item, version, seed, shown,
                                 choice, correct, certainty, elapsed_ms, detail)
             SELECT 'grown-' || n, scenario, kind,
                    strftime('%Y-%m-%dT%H:%M:%S+00:00', at, '-' || (n / 50) || ' days'),
                    'grown-' || (n / 10), item, version, seed, shown, choice, n % 3 > 0, certainty,
                    elapsed_ms, detail
             FROM number, (SELECT * FROM record WHERE kind = 'answer' LIMIT 1);
             INSERT INTO record (event_id, scenario, kind, at, session, item, version, seed, shown,
                                 choice, correct, certainty, elapsed_ms, detail)
             SELECT 'begun-' || grown.session, scenario, 'session-started', at, grown.session,
                    item, version, seed, shown, choice, correct, certainty, elapsed_ms, detail
             FROM (SELECT DISTINCT session FROM record WHERE event_id LIKE 'grown-%') AS grown,
                  (SELECT * FROM record WHERE kind = 'session-started' LIMIT 1);"
        ))
        .expect("many records");
    drop(connection);
    let mut store = Store::open(directory).expect("the grown history");
    store.rebuild().expect("its projections");
    let sessions = store.history().expect("its sessions").len();
    println!("grown to {sessions} sessions");
}
