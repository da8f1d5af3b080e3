//! What the journeys share: a runtime with a made-up course, and a frame as text with its styles.

use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::OnceLock;

use chrono::{DateTime, FixedOffset};
use ratatui::buffer::{Buffer, Cell};
use ratatui::style::Modifier;
use redrive::clock::Clock;
use redrive::content::Library;
use redrive::content::lab::{self, Lab};
use redrive::store::Store;
use redrive::study::catalog::CourseCatalog;
use redrive::tui::app::{Open, Start};
use redrive::tui::effects::Effects;
use redrive::tui::motion::Motion;
use redrive::tui::runtime::{self, Runtime, Then};
use redrive::tui::script;
use redrive::tui::theme::Theme;

/// The made-up course.
pub fn course() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/course")
}

/// Copies a folder with all that is in it.
pub fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy(&path, &target);
        } else {
            fs::copy(&path, &target).unwrap();
        }
    }
}

/// The made-up course twice; the second one has a lab besides.
pub fn two_courses(directory: &Path) -> PathBuf {
    let courses = directory.join("courses");
    let made_up = crate::support::course().join("reminder-letters");
    copy(&made_up, &courses.join("a-first"));
    copy(&made_up, &courses.join("b-second"));
    for id in ["a-first", "b-second"] {
        let scenario = courses.join(id).join("scenario.toml");
        let text = fs::read_to_string(&scenario).unwrap();
        let text = text.replace("\"reminder-letters\"", &format!("{id:?}"));
        let title = if id == "a-first" { "The first" } else { "The second" };
        let text = text.replace("\"Reminder Letters\"", &format!("{title:?}"));
        fs::write(&scenario, text).unwrap();
    }
    let lab = r#"id = "a-quiet-hour"
title = "A quiet hour"
kind = "lab"
teaches = ["S1.1"]
lesson = "tray#the-desk"
why = "Nothing is broken, so nothing is lost."
[experiment]
design = "tray"
run = "10m"
[[bet]]
ask = "Nothing is broken. How many letters are lost?"
[[bet.option]]
text = "None"
claim = "ledger.orders_lost == 0"
[[bet.option]]
text = "Some"
claim = "ledger.orders_lost > 0"
trap = "waiting-is-losing"
"#;
    fs::write(courses.join("b-second/labs/a-quiet-hour.toml"), lab).unwrap();
    courses
}

/// The made-up course, checked and encoded.
pub fn made_up() -> Library {
    static COURSE: OnceLock<Library> = OnceLock::new();
    COURSE.get_or_init(|| Library::from_folder(&course()).unwrap()).clone()
}

/// The larger made-up course: several lessons, pictures that run, and a design with whatever a course
/// shows. The small one stays as it is, so that tests may count what is in it.
pub fn town() -> Library {
    static COURSE: OnceLock<Library> = OnceLock::new();
    COURSE.get_or_init(|| Library::from_folder(&town_folder()).unwrap()).clone()
}

/// The folder of the larger made-up course.
pub fn town_folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/town")
}

/// The app over the made-up course, its history in `directory`, its clock standing.
pub fn open(directory: &Path, screen: &Open, size: (u16, u16)) -> Runtime {
    open_with(made_up(), directory, screen, size)
}

pub fn open_with(library: Library, directory: &Path, screen: &Open, size: (u16, u16)) -> Runtime {
    let library = Rc::new(library);
    let store = Store::open_with(directory, Rc::new(CourseCatalog::new(library.clone()))).unwrap();
    let effects = Effects::new(store, directory);
    let wall = evening();
    Runtime::new(
        library,
        effects,
        Clock::scripted(wall),
        &Start::from(screen.clone()),
        (Theme::default(), Motion::Full),
        size,
    )
    .unwrap()
}

pub fn play(runtime: &mut Runtime, keys: &str) -> Then {
    runtime.play(&script::parse(keys).unwrap())
}

pub fn text(runtime: &Runtime) -> String {
    runtime::text(&runtime.frame(runtime.app().size()))
}

/// The frame, and below it every run of text that has a style.
pub fn picture(runtime: &Runtime) -> String {
    let frame = runtime.frame(runtime.app().size());
    format!("{}\n{}", runtime::text(&frame), legend(&frame))
}

fn legend(frame: &Buffer) -> String {
    let mut legend = String::new();
    for y in frame.area.top()..frame.area.bottom() {
        let mut runs: Vec<(u16, u16, String)> = Vec::new();
        for x in frame.area.left()..frame.area.right() {
            let style = name(&frame[(x, y)]);
            match runs.last_mut() {
                Some((_, end, same)) if *same == style && *end + 1 == x => *end = x,
                _ if !style.is_empty() => runs.push((x, x, style)),
                _ => {}
            }
        }
        for (from, to, style) in runs {
            writeln!(legend, "{y:>2}:{from}-{to} {style}").unwrap();
        }
    }
    legend
}

fn name(cell: &Cell) -> String {
    let mut words = Vec::new();
    if cell.symbol().trim().is_empty() && !cell.modifier.contains(Modifier::REVERSED) {
        return String::new();
    }
    if cell.fg != ratatui::style::Color::Reset {
        words.push(format!("{:?}", cell.fg).to_lowercase());
    }
    if !cell.modifier.is_empty() {
        words.push(format!("{:?}", cell.modifier).to_lowercase());
    }
    words.join(" ")
}

/// Presses the number of the option that says `words`, wherever it was dealt, and enter.
#[track_caller]
pub fn bet_on(runtime: &mut Runtime, words: &str) {
    let page = runtime.app().page();
    let option = page.choices.iter().find(|(_, text)| text.contains(words));
    let (key, _) = option.unwrap_or_else(|| panic!("{words:?} is no option of\n{page}"));
    play(runtime, &format!("{key}<enter>"));
}

/// How many cases of a property are tried: `quick` of them, and `REDRIVE_TRIALS` times as many where
/// that says so. A campaign is the test itself, longer.
pub fn trials(quick: u32) -> u32 {
    let times = std::env::var("REDRIVE_TRIALS").ok().and_then(|times| times.parse::<u32>().ok());
    quick.saturating_mul(times.unwrap_or(1))
}

/// So many cases of a property, the same on every machine and on every day.
pub fn property(quick: u32) -> proptest::test_runner::Config {
    proptest::test_runner::Config {
        cases: trials(quick),
        failure_persistence: None,
        rng_seed: proptest::test_runner::RngSeed::Fixed(1),
        ..proptest::test_runner::Config::default()
    }
}

#[track_caller]
pub fn says(runtime: &Runtime, words: &str) {
    let frame = text(runtime);
    assert!(frame.contains(words), "{words:?} is not on the screen:\n{frame}");
}

#[track_caller]
pub fn says_not(runtime: &Runtime, words: &str) {
    let frame = text(runtime);
    assert!(!frame.contains(words), "{words:?} is on the screen:\n{frame}");
}

/// The labs and incidents of a course.
pub fn labs(library: &Library) -> Vec<Lab> {
    let scenario = &library.index().scenarios[0];
    scenario.labs.iter().map(|entry| lab::open(&library.lab(entry).unwrap()).unwrap()).collect()
}

/// Chance as a value, the same everywhere: a seed is a script.
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// From 0 to one less than `sides`.
    pub fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % sides
    }

    pub fn one_of<T: Copy>(&mut self, all: &[T]) -> T {
        all[self.roll(all.len() as u64) as usize]
    }
}

/// When the tests' programs run.
pub fn evening() -> DateTime<FixedOffset> {
    DateTime::parse_from_rfc3339("2026-11-23T18:00:00+01:00").unwrap()
}
