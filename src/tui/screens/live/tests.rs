//! Panels in tests: a design, an instant, a window and keys, and the lines that are seen then. A test of
//! a panel stands in the panel's file, so that a failure says where.

use std::path::Path;
use std::time::Duration;

use chrono::DateTime;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::Live;
use super::playback::{Pace, Played, Wanted};
use super::purpose::Purpose;
use super::run_view::{Draft, RunView};
use crate::clock::Now;
use crate::content::Library;
use crate::content::course::DesignSource;
use crate::content::lab::Lab;
use crate::sim::kernel::time::Time;
use crate::study::day::Rollover;
use crate::tui::ctx::Subject;
use crate::tui::ctx::{Ctx, Outcome};
use crate::tui::frame::Width;
use crate::tui::keymap::Intent;
use crate::tui::motion::Motion;
use crate::tui::theme::Theme;

/// Letters come to a desk, a bus hands them to a tray, and a sorter takes them out of it.
pub const LETTERS: &str = r#"
title = "Letters"

[load]
rate = 1.0
orders = [{ weight = 1, detail = '{"letter": true}' }]

[services.printer]
latency = "200ms"

[intakes.desk]
latency = "20ms"
store = "ledger"

[stores.ledger]
publishes_to = "buses.post"
source = "office"
detail_type = "LetterDue"

[buses.post]

[rules.all]
bus = "post"
event_pattern = '{"detail-type": ["LetterDue"]}'
targets = ["queues.tray"]

[queues.tray]
required = true
visibility_timeout = "30s"
dlq = "tray-dlq"
max_receive_count = 3

[queues.tray-dlq]

[functions.sorter]
queue = "tray"
calls = "printer"
timeout = "10s"
"#;

/// A bet on the letters: nothing is lost.
pub const BET: &str = r#"
id = "calm"
title = "A calm minute"
kind = "lab"
teaches = []
lesson = "tray#desk"
why = "Nothing broke."

[experiment]
design = "letters"
run = "1m"

[[bet]]
ask = "Is a letter lost?"

[[bet.option]]
text = "None is"
claim = "ledger.orders_lost == 0"

[[bet.option]]
text = "Some are"
claim = "ledger.orders_lost > 0"
trap = "lost"

[[seen]]
at = "10s"
text = "The tray stays nearly empty."
"#;

/// An incident: the sorter takes nothing, and one setting repairs it.
pub const INCIDENT: &str = r#"
id = "idle"
title = "Nobody sorts"
kind = "incident"
teaches = []
lesson = "tray#desk"
why = "A function without concurrency runs nothing."

[experiment]
design = "letters"
run = "1m"
changes = { "functions.sorter.reserved_concurrent_executions" = 0 }

[goal]
checks = ["ledger.orders_completed > 30"]
par = 1
hint = "How many sorters may run?"
solution = { "functions.sorter.reserved_concurrent_executions" = "none" }
"#;

/// The live screen in a test.
pub struct Stage {
    library: Library,
    live: Live,
    size: (u16, u16),
    elapsed: Duration,
}

/// A design with nothing done to it, its clock standing, in a usual window.
#[track_caller]
pub fn panel(design: &str) -> Stage {
    stage(design, None)
}

/// A lab or an incident on a design.
#[track_caller]
pub fn lab(design: &str, lab: &str) -> Stage {
    stage(design, Some(toml::from_str(lab).unwrap()))
}

#[track_caller]
fn stage(design: &str, lab: Option<Lab>) -> Stage {
    let course = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/course");
    let library = Library::from_folder(&course).unwrap();
    let text = design.to_owned();
    let source = DesignSource { id: "letters".to_owned(), text, workflows: Vec::new() };
    let draft = Draft::of_source(source).unwrap();
    let (size, elapsed) = ((80, 24), Duration::ZERO);
    let live = {
        let ctx = ctx(&library, size, elapsed);
        let lab_experiment = lab.as_ref().map(|lab| lab.experiment.clone());
        let experiment = lab_experiment.unwrap_or_else(|| draft.hour("letters"));
        let view = RunView::new(draft, experiment, Pace::Paused).unwrap();
        let purpose = match lab {
            Some(lab) => Purpose::of_lab(lab, &view, ctx).unwrap(),
            None => Purpose::Explore,
        };
        Live::new(Subject::First, view, purpose)
    };
    Stage { library, live, size, elapsed }
}

fn ctx(library: &Library, size: (u16, u16), elapsed: Duration) -> Ctx<'_> {
    let wall = DateTime::parse_from_rfc3339("2026-11-23T18:00:00+01:00").unwrap();
    Ctx {
        library,
        scenario: &library.index().scenarios[0],
        now: Now { wall, elapsed, boot: elapsed },
        rollover: Rollover::default(),
        size,
        theme: Theme::default(),
        motion: Motion::Full,
    }
}

impl Stage {
    pub fn ctx(&self) -> Ctx<'_> {
        ctx(&self.library, self.size, self.elapsed)
    }

    /// Goes to an instant, however long that takes.
    #[track_caller]
    pub fn at(mut self, time: &str) -> Self {
        let span = super::setting::duration(time).unwrap().0;
        let playback = &mut self.live.view.playback;
        playback.pause();
        playback.go(Time::ZERO + span);
        while playback.has_work() {
            playback.work();
        }
        self.live.view.play(Played::Work);
        self.live.view.refresh();
        self
    }

    pub fn size(mut self, columns: u16, rows: u16) -> Self {
        self.size = (columns, rows);
        self
    }

    /// Presses keys, one a second: none of them was typed ahead.
    pub fn press(mut self, intents: &[Intent]) -> Self {
        for intent in intents {
            self.pressed(*intent);
        }
        self
    }

    /// Presses a key; what came of it.
    pub fn pressed(&mut self, intent: Intent) -> Outcome {
        self.elapsed += Duration::from_secs(1);
        let ctx = ctx(&self.library, self.size, self.elapsed);
        self.live.intent(ctx, intent)
    }

    /// Types into what asks for something.
    pub fn typed(mut self, text: &str) -> Self {
        text.chars().for_each(|character| self.live.typed(character));
        self
    }

    /// Does what is to be done, for as long as a run may take.
    pub fn work(mut self) -> Self {
        for _ in 0..100_000 {
            if !self.live.has_work() {
                break;
            }
            let ctx = ctx(&self.library, self.size, self.elapsed);
            self.live.work(ctx);
        }
        self
    }

    /// Whether a key does something.
    pub fn does(&self, intent: Intent) -> bool {
        self.live.does(self.ctx(), intent)
    }

    pub fn live(&self) -> &Live {
        &self.live
    }

    /// The body as it is seen.
    pub fn lines(&self) -> Vec<String> {
        let ctx = self.ctx();
        let area = ctx.areas(Width::Wide).body;
        let mut buffer = Buffer::empty(Rect::new(0, 0, self.size.0, self.size.1));
        self.live.body(ctx, area, &mut buffer);
        let rows = area.top()..area.bottom();
        let row = |y| -> String {
            let cells = (area.left()..area.right()).filter_map(|x| buffer.cell((x, y)));
            let text: String = cells.map(ratatui::buffer::Cell::symbol).collect();
            text.trim_end().to_owned()
        };
        rows.map(row).collect()
    }

    /// The same as it is read aloud.
    pub fn spoken(&self) -> Vec<String> {
        self.live.page(self.ctx()).blocks
    }

    /// The first line with some words, as it is seen.
    #[track_caller]
    pub fn line(&self, words: &str) -> String {
        let lines = self.lines();
        let found = lines.iter().find(|line| line.contains(words)).cloned();
        found.unwrap_or_else(|| panic!("no line has {words:?}:\n{}", lines.join("\n")))
    }
}

// Tests of the screen as a whole; those of a panel stand in its own file.

#[test]
fn the_title_tells_the_design_the_seed_the_pace_and_the_time() {
    let title = |stage: &Stage| stage.live.title(stage.ctx()).text();
    let stage = panel(LETTERS).at("20s");
    let paused = title(&stage);
    assert!(paused.contains("LIVE  Letters · seed ") && paused.contains("paused ×2"), "{paused}");
    assert!(paused.ends_with("00:00:20"), "{paused}");
    assert!(title(&stage.press(&[Intent::Run])).contains("▶ ×2"));
    assert!(!title(&lab(LETTERS, BET)).contains("seed"), "nothing runs before the bet");
}

#[test]
fn a_failure_that_is_found_is_told_and_its_order_followed() {
    let stage = panel(LETTERS).at("5s").press(&[Intent::Faults, Intent::Search]);
    let stage = stage.typed("sorter poison").press(&[Intent::GoOn, Intent::GoOn]);
    let mut stage = stage.at("3m").at("5s");
    assert_eq!(stage.live.view.followed, None);
    let told = stage.pressed(Intent::NextFailure).notice.unwrap_or_default();
    let order = stage.live.view.followed.map(|order| format!(" order {order} "));
    assert!(order.is_some_and(|order| told.contains(&order)), "{told}");
}

#[test]
fn a_search_without_a_result_tells_of_letters_that_are_lost_without_an_error() {
    let calm = panel(LETTERS).at("20s").live.nothing(Wanted::Moment);
    assert_eq!(calm, "Nothing unusual happens from here on: break something.");
    let astray = LETTERS.replace("[\"LetterDue\"]}'", "[\"letterdue\"]}'");
    let astray = panel(&astray).at("2m").live.nothing(Wanted::Failure);
    assert!(astray.starts_with("Nothing fails from here to the end of the run. "), "{astray}");
    assert!(astray.ends_with(&format!("orders {}.", super::SILENT_LOSS)), "{astray}");
}
