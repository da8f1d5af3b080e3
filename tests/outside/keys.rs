//! Random keys over every screen, in windows of every size, on courses of every size: nothing panics,
//! nothing turns for ever, and there is a frame whatever the window.
//!
//! A script is a batch's seed and a number: a failure prints both, and the keys. The campaign is
//! `REDRIVE_TRIALS=112 cargo test --release --test outside keys:: -- --nocapture`.

use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::Duration;

use ratatui::buffer::Buffer;
use redrive::content::{Library, design};
use redrive::sim::kernel::time::{Span, Time};
use redrive::sim::timeline::Timeline;
use redrive::tui::app::Open;
use redrive::tui::ctx::Subject;
use redrive::tui::input::{Input, Key};
use redrive::tui::keymap::{self, Context};
use redrive::tui::runtime::{Runtime, Then};
use redrive::tui::script::Step;
use redrive::visible;
use tempfile::TempDir;

use super::support::{Dice, labs, made_up, open_with, town, trials, two_courses};

/// Scripts that share a history, so that they find more in it than the first one does.
const BATCH: u32 = 25;
const KEYS_MAX: u64 = 14;
/// A script that takes longer does not end.
const HANG: Duration = Duration::from_secs(120);
/// Updates in a second of a script: forty frames of a picture, and a little more.
const UPDATES_A_SECOND: u128 = 1_100;

/// Every window there is, the small and the odd more often than they come.
fn window(dice: &mut Dice) -> (u16, u16) {
    let odd = [0, 1, 2, 3, 11, 12, 13, 23, 24, 39, 40, 41, 79, 80, 99, 100, 120, 176, 240];
    match dice.roll(3) {
        0 => (80, 24),
        1 => (dice.one_of(&odd), dice.one_of(&odd)),
        _ => (dice.roll(200) as u16, dice.roll(70) as u16),
    }
}

/// All keys that mean something anywhere, and some that do not.
fn all_keys() -> Vec<Key> {
    let printable = (' '..='~').chain(['é', '東', '\u{301}', '\u{202e}', '\u{0}', '🚚']);
    let named = [
        Key::Enter,
        Key::Esc,
        Key::Tab,
        Key::BackTab,
        Key::Backspace,
        Key::Up,
        Key::Down,
        Key::Left,
        Key::Right,
        Key::Home,
        Key::End,
        Key::PageUp,
        Key::PageDown,
        Key::Ctrl('d'),
        Key::Ctrl('u'),
        Key::Ctrl('w'),
    ];
    printable.map(Key::Char).chain(named).collect()
}

/// The keys that a screen listens to, one for each thing it does.
fn keys_of(context: Context, all: &[Key]) -> Vec<Key> {
    let leaves = |key: &Key| matches!(key, Key::Char('q') | Key::Esc);
    let means = |key: &&Key| keymap::intent(context, **key).is_some() && !leaves(key);
    all.iter().filter(means).copied().collect()
}

fn step(dice: &mut Dice, context: Context, all: &[Key]) -> Step {
    let key = |key: Key| Step::Input(Input::Key(key));
    match dice.roll(100) {
        0..60 => {
            let here = keys_of(context, all);
            key(if here.is_empty() { dice.one_of(all) } else { dice.one_of(&here) })
        }
        60..72 => key(dice.one_of(all)),
        72..80 => key(dice.one_of(&[Key::Enter, Key::Esc, Key::Char('1'), Key::Char('.')])),
        80..88 => {
            let (columns, rows) = window(dice);
            Step::Input(Input::Resize(columns, rows))
        }
        88..99 => Step::Wait(Duration::from_millis(dice.roll(1_200))),
        _ => Step::Wait(Duration::from_millis(dice.roll(20_000))),
    }
}

/// Every screen one can begin at: the runs, and the others, which cost less.
fn beginnings(library: &Library) -> [Vec<Open>; 2] {
    let scenario = &library.index().scenarios[0];
    let designs = scenario.designs.iter().map(|design| Subject::Design(design.id.clone()));
    let labs = scenario.labs.iter().map(|lab| Subject::Lab(lab.id.clone()));
    let lessons = scenario.lessons.iter().map(|lesson| Open::Read(Some(lesson.id.clone())));
    let others = [Open::Home, Open::Read(None), Open::Traps, Open::Labs];
    let others = std::iter::repeat_n(others, 4).flatten();
    [designs.chain(labs).map(Open::Live).collect(), lessons.chain(others).collect()]
}

/// One of them; a run more rarely than its screens deserve, because it is simulated.
fn beginning<'a>(dice: &mut Dice, all: &'a [Vec<Open>; 2]) -> &'a Open {
    let all = &all[usize::from(dice.roll(8) > 0)];
    &all[dice.roll(all.len() as u64) as usize]
}

/// A frame has nothing in it that is not seen, and nothing outside of it was touched.
fn look(frame: &Buffer) {
    for cell in &frame.content {
        let odd = cell.symbol().chars().find(|c| visible::is_hidden(*c));
        assert_eq!(odd, None, "{:?}", cell.symbol());
    }
}

/// Does one step as a person would see it, and counts the updates.
fn perform(runtime: &mut Runtime, step: Step) -> Then {
    let mut left = match step {
        Step::Input(input) => {
            let then = runtime.input(input);
            return if then == Then::Quit { then } else { runtime.work() };
        }
        Step::Wait(time) => time,
    };
    let most = left.as_millis() * UPDATES_A_SECOND / 1_000 + 50;
    let mut updates = 0;
    while let Some(deadline) = runtime.deadline().filter(|deadline| *deadline <= left) {
        let passed = deadline.max(Duration::from_micros(1)).min(left);
        runtime.wait_unseen(passed);
        left -= passed;
        if runtime.tick() == Then::Quit || runtime.work() == Then::Quit {
            return Then::Quit;
        }
        updates += 1;
        assert!(updates < most, "it turns in place: {updates} updates, {left:?} left");
        if left.is_zero() {
            break;
        }
    }
    runtime.wait_unseen(left);
    Then::GoOn
}

fn play_one(runtime: &mut Runtime, dice: &mut Dice, all: &[Key], tell: &dyn Fn(String)) -> u32 {
    let mut steps = 0;
    for _ in 0..=dice.roll(KEYS_MAX) {
        let step = step(dice, runtime.app().context(), all);
        tell(format!("{step:?}"));
        steps += 1;
        if perform(runtime, step) == Then::Quit {
            break;
        }
        if dice.roll(4) == 0 {
            look(&runtime.frame(window(dice)));
        }
    }
    look(&runtime.frame(runtime.app().size()));
    let page = runtime.app().page().to_string();
    assert!(!page.trim().is_empty());
    steps
}

/// Runs a batch on a thread of its own, so that one that does not end is told with its keys.
fn batch(seed: u64, library: &Library, count: u32) -> u32 {
    enum Said {
        Keys(String),
        Done(u32),
    }
    let (said, told) = mpsc::channel();
    let library = library.clone();
    let worker = std::thread::spawn(move || {
        let directory = TempDir::new().unwrap();
        let all = all_keys();
        let beginnings = beginnings(&library);
        for number in 0..count {
            let mut dice = Dice::new(seed << 20 | u64::from(number));
            let open = beginning(&mut dice, &beginnings);
            let size = window(&mut dice);
            let begun = format!("\nscript {number} of batch {seed}: {open:?} at {size:?}:");
            said.send(Said::Keys(begun)).unwrap();
            let mut runtime = open_with(library.clone(), directory.path(), open, size);
            let tell = |step: String| said.send(Said::Keys(step)).unwrap();
            let steps = play_one(&mut runtime, &mut dice, &all, &tell);
            said.send(Said::Done(steps)).unwrap();
        }
    });
    let (mut keys, mut steps) = (String::new(), 0);
    loop {
        match told.recv_timeout(HANG) {
            Ok(Said::Keys(more)) => keys = keys + " " + &more,
            Ok(Said::Done(more)) => {
                keys.clear();
                steps += more;
            }
            Err(RecvTimeoutError::Timeout) => panic!("does not end:{keys}"),
            Err(RecvTimeoutError::Disconnected) => break,
        }
    }
    assert!(worker.join().is_ok(), "panics:{keys}");
    steps
}

#[test]
fn random_keys_on_every_screen_and_in_every_window_end_and_draw() {
    // A larger course, a small one, and a library with a picker.
    let directory = TempDir::new().unwrap();
    let two = Library::from_folder(&two_courses(directory.path())).unwrap();
    let libraries = [town(), made_up(), two];
    let batches = trials(36);
    let mut steps = 0;
    for (seed, library) in (0..batches).zip(libraries.iter().cycle()) {
        steps += batch(seed.into(), library, BATCH);
        // A campaign that is cut off has told how far it came.
        println!("{} scripts, {steps} steps", (seed + 1) * BATCH);
    }
    assert!(steps > batches * BATCH);
}

#[test]
fn there_is_a_frame_for_every_window_from_none_at_all() {
    let library = town();
    let directory = TempDir::new().unwrap();
    for open in [Open::Home, Open::Traps, Open::Read(None), Open::Live(Subject::First), Open::Labs]
    {
        let mut runtime = open_with(library.clone(), directory.path(), &open, (80, 24));
        for (columns, rows) in
            (0..=14).flat_map(|rows| (0..=45).map(move |columns| (columns, rows)))
        {
            runtime.input(Input::Resize(columns, rows));
            if (columns + rows) % 4 == 0 || columns < 3 || rows < 3 {
                look(&runtime.frame((columns, rows)));
            }
        }
    }
}

/// The labs and incidents of a course as runs, and the instants at which something is done to them.
fn runs(library: &Library) -> Vec<(String, Timeline, Vec<Time>)> {
    let scenario = &library.index().scenarios[0];
    let mut all = Vec::new();
    for lab in labs(library) {
        let experiment = lab.experiment;
        let named = scenario.designs.iter().find(|design| design.id == experiment.design_id());
        let source = library.design(named.unwrap()).unwrap();
        let mut acts: Vec<Time> = Vec::new();
        for fault in &experiment.faults {
            let at = Time::ZERO + fault.at.0;
            acts.extend([at, at + fault.span.0]);
        }
        acts.extend(experiment.then.iter().map(|later| Time::ZERO + later.at.0));
        let design = design::open(&source).unwrap();
        let run = Timeline::new(experiment, design, source.workflows.clone()).unwrap();
        all.push((lab.id.clone(), run, acts));
    }
    all
}

/// Each step goes on, and the last one is at the end.
fn step_to(run: &mut Timeline, until: Time, what: &str) -> u32 {
    let (mut steps, mut still) = (0, 0);
    while run.present().now() < until.min(run.over()) {
        let before = (run.present().now(), run.log().len());
        let happened = run.step();
        steps += 1;
        let after = (run.present().now(), run.log().len());
        still = if before == after { still + 1 } else { 0 };
        assert!(still < 3, "{what} stands still at {}: {happened:?}", after.0);
    }
    steps
}

#[test]
fn every_run_is_stepped_onto_everything_that_is_done_to_it() {
    let steps = step_onto_every_act(&town());
    assert!(steps > 200, "{steps}");
}

/// Steps every run of a course onto what is broken and changed in it, or in a campaign from its beginning to
/// its end, and returns the number of steps.
pub fn step_onto_every_act(library: &Library) -> u32 {
    let whole = trials(1) > 1;
    let mut steps = 0;
    for (id, mut run, mut acts) in runs(library) {
        acts.sort();
        if whole {
            let over = run.over();
            steps += step_to(&mut run, over, &id);
            assert_eq!(run.present().now(), run.over(), "{id}");
            continue;
        }
        for act in acts {
            let before = Time(act.0.saturating_sub(300_000));
            if before > run.present().now() {
                run.seek(before, usize::MAX);
            }
            steps += step_to(&mut run, act + Span(300_000), &id);
            assert!(run.present().now() >= act.min(run.over()), "{id}");
        }
    }
    steps
}
