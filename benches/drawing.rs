//! What a picture of the running pipeline costs: time to bring the run to the playhead and to draw it,
//! and bytes that go to the terminal: `cargo bench --bench drawing`.
//!
//! 120×36, with about two hundred orders on their way, and calm; with full, reduced and no motion.
#![allow(clippy::disallowed_methods, clippy::expect_used)] // a stopwatch, for people who measure

use std::cell::Cell;
use std::io::{self, Write};
use std::rc::Rc;
use std::time::{Duration, Instant};

use chrono::DateTime;
use ratatui::layout::Rect;
use ratatui::prelude::CrosstermBackend;
use ratatui::{Terminal, TerminalOptions, Viewport};
use redrive::clock::Clock;
use redrive::content::design;
use redrive::content::experiment::{self, Given};
use redrive::sim::kernel::time::{Span, Time};
use redrive::sim::run::Run;
use redrive::store::Store;
use redrive::tui::app::Open;
use redrive::tui::ctx::Subject;
use redrive::tui::effects::Effects;
use redrive::tui::motion::Motion;
use redrive::tui::runtime::Runtime;
use redrive::tui::script;
use redrive::tui::theme::Theme;
use tempfile::TempDir;

const SIZE: (u16, u16) = (120, 36);
/// Of the program's clock.
const SECONDS: u64 = 20;

/// Counts what a terminal would get.
#[derive(Clone, Default)]
struct Counter(Rc<Cell<u64>>);

impl Write for Counter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.set(self.0.get() + bytes.len() as u64);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn main() {
    println!("{SECONDS} s at {}x{}, speed ×1", SIZE.0, SIZE.1);
    println!(
        "{:<34} {:>7} {:>11} {:>11} {:>11} {:>11}",
        "", "frames", "CPU median", "CPU worst", "bytes/frame", "bytes/s"
    );
    for rate in [24.0, 1.5] {
        for motion in [Motion::Full, Motion::Reduced, Motion::Off] {
            measure(rate, motion);
        }
    }
    measure(3_000.0, Motion::Full);
    println!(
        "\nat ×1000, all of it at once: what bringing the run to the playhead takes of a frame"
    );
    for rate in [30.0, 300.0, 3_000.0] {
        behind(rate);
    }
}

/// What bringing a run to the playhead takes of a frame where it cannot keep up, on a clock that goes.
fn behind(rate: f64) {
    let directory = TempDir::new().expect("a directory");
    let effects = Effects::new(Store::open(directory.path()).expect("a history"), directory.path());
    let open = Open::Live(Subject::Experiment(at_a_rate(rate)));
    let library = Rc::new(redrive::shipped::course().expect("a course"));
    let look = (Theme::default(), Motion::Full);
    let mut runtime =
        Runtime::new(library, effects, Clock::system(), &open.into(), look, SIZE).expect("a stage");
    runtime.play(&script::parse("]]]]]]]").expect("a script"));
    let mut spans: Vec<Duration> = Vec::new();
    // Until it is over.
    while spans.len() < 1_000 && runtime.deadline().is_some() {
        let start = Instant::now();
        runtime.tick();
        runtime.work();
        spans.push(start.elapsed());
    }
    spans.sort_unstable();
    let ms = |percent: usize| {
        let place = (spans.len() * percent / 100).min(spans.len() - 1);
        spans.get(place).map_or(0.0, |span| span.as_secs_f64() * 1e3)
    };
    println!(
        "{:<34} {:>7} {:>8.1} ms {:>8.1} ms {:>8.1} ms",
        format!("{rate} orders a second"),
        spans.len(),
        ms(50),
        ms(99),
        ms(100)
    );
}

fn at_a_rate(rate: f64) -> String {
    format!(
        "[experiment]\ndesign = \"event-driven\"\nrun = \"10m\"\nload = {{ rate = {rate:.1} }}\n"
    )
}

/// How much is on its way along wires, after twenty seconds at a rate.
fn moving(rate: f64) -> u32 {
    let library = Rc::new(redrive::shipped::course().expect("a course"));
    let design = library.index().scenarios.iter().flat_map(|scenario| &scenario.designs);
    let source = library.design(design.clone().next().expect("a design")).expect("its source");
    let spec = design::open(&source).expect("a design");
    let Ok(Given::Experiment(experiment)) = experiment::read("", &at_a_rate(rate)) else {
        return 0;
    };
    let mut run = Run::experiment(&experiment, &spec, &source.workflows).expect("a run");
    run.watch(true);
    run.advance_to(Time::ZERO + Span::from_secs(20));
    run.snapshot().flows.iter().map(|flow| flow.count).sum()
}

fn measure(rate: f64, motion: Motion) {
    let name = format!("{} moving, motion {}", moving(rate), motion.word());
    let directory = TempDir::new().expect("a directory");
    let text = at_a_rate(rate);
    let effects = Effects::new(Store::open(directory.path()).expect("a history"), directory.path());
    let wall = DateTime::parse_from_rfc3339("2026-11-23T18:00:00+01:00").expect("a time");
    let open = Open::Live(Subject::Experiment(text));
    let library = Rc::new(redrive::shipped::course().expect("a course"));
    let look = (Theme::default(), motion);
    let mut runtime =
        Runtime::new(library, effects, Clock::scripted(wall), &open.into(), look, SIZE)
            .expect("a stage");
    runtime.play(&script::parse("[<wait 20s>").expect("a script"));
    let counter = Counter::default();
    let options = TerminalOptions { viewport: Viewport::Fixed(Rect::new(0, 0, SIZE.0, SIZE.1)) };
    let backend = CrosstermBackend::new(counter.clone());
    let mut terminal = Terminal::with_options(backend, options).expect("a terminal");
    // The first frame draws everything: it is not counted.
    terminal.draw(|frame| frame.render_widget(runtime.app(), frame.area())).expect("a frame");
    counter.0.set(0);
    let mut spans: Vec<Duration> = Vec::new();
    let mut left = Duration::from_secs(SECONDS);
    while let Some(deadline) = runtime.deadline().filter(|deadline| *deadline <= left) {
        left -= deadline;
        let wait = script::parse(&format!("<wait {}ms>", deadline.as_millis())).expect("a script");
        let start = Instant::now();
        runtime.play(&wait);
        terminal.draw(|frame| frame.render_widget(runtime.app(), frame.area())).expect("a frame");
        spans.push(start.elapsed());
    }
    spans.sort_unstable();
    let ms = |span: Option<&Duration>| {
        span.map_or("–".to_owned(), |span| format!("{:.2} ms", span.as_secs_f64() * 1e3))
    };
    let bytes = counter.0.get();
    println!(
        "{name:<34} {:>7} {:>11} {:>11} {:>11} {:>11}",
        spans.len(),
        ms(spans.get(spans.len() / 2)),
        ms(spans.last()),
        bytes / (spans.len() as u64).max(1),
        bytes / SECONDS
    );
}
