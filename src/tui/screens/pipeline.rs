//! The live pipeline: a run of the simulator, drawn as what its snapshots say, and played at a
//! pace. The pace is here and nowhere in the model.

mod breakage;
mod map;
mod status;

use std::time::Duration;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use self::breakage::Breakage;
use crate::content::design;
use crate::sim::kernel::time::{Span, Time};
use crate::sim::pipeline::PartKind;
use crate::sim::run::{Advance, Run};
use crate::sim::snapshot::{PartView, Snapshot};
use crate::sim::spec::Design;
use crate::tui::desk::{Desk, Go, Outcome};
use crate::tui::frame::{self, Title};
use crate::tui::keymap::{Context, Intent};
use crate::tui::page::Page;
use crate::tui::theme::Meaning;
use crate::tui::wrap::Piece;

/// Simulated thousandths for one real one.
const SPEEDS: [u64; 9] = [250, 500, 1_000, 2_000, 5_000, 10_000, 20_000, 60_000, 240_000];
/// Where it starts: quick enough to see something in two seconds, slow enough to follow.
const FIRST_SPEED: usize = 3;
/// Between two frames while it runs.
const FRAME: Duration = Duration::from_millis(40);
/// A longer silence is not made up for: the program was stopped, and so was the run.
const SILENCE_MAX: Duration = Duration::from_millis(400);
/// Entries of the agenda in one frame; what is left is caught up with in the next.
const ENTRIES_MAX: usize = 20_000;
const FIRST_SEED: u64 = 7;

/// Whether time passes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Pace {
    Paused,
    /// Since this instant of the program's clock, up to which the run has been played.
    Running {
        played: Duration,
    },
}

/// A run on the screen.
pub struct Pipeline {
    design: Design,
    documents: Vec<(String, String)>,
    title: String,
    run: Run,
    snapshot: Snapshot,
    pace: Pace,
    speed: usize,
    catching_up: bool,
    breakages: Vec<Breakage>,
}

impl Pipeline {
    /// Opens the scenario's first design and lets it run.
    pub fn open(desk: Desk<'_>) -> Result<Self, String> {
        let entry = desk.scenario.designs.first().ok_or("This course has no design to run.")?;
        let source = desk.library.design(entry).map_err(|cause| cause.to_string())?;
        let design = design::open(&source)?;
        let run = start(&design, &source.workflows, FIRST_SEED)?;
        Ok(Self {
            title: entry.title.clone(),
            snapshot: run.snapshot(),
            breakages: breakage::list(run.topology()),
            documents: source.workflows,
            design,
            run,
            pace: Pace::Running { played: desk.now.elapsed },
            speed: FIRST_SPEED,
            catching_up: false,
        })
    }

    #[must_use]
    pub fn deadline(&self) -> Option<Duration> {
        match self.pace {
            Pace::Paused => None,
            Pace::Running { .. } => Some(FRAME),
        }
    }

    /// Plays what has passed since the last frame.
    pub fn tick(&mut self, desk: Desk<'_>) -> Outcome {
        if let Pace::Running { played } = &mut self.pace {
            let passed = desk.now.elapsed.saturating_sub(*played).min(SILENCE_MAX);
            *played = desk.now.elapsed;
            let speed = SPEEDS.get(self.speed).copied().unwrap_or(1_000);
            let span = Span(passed.as_micros() as u64).thousandths(speed);
            let to = self.run.now() + span;
            self.advance(to);
        }
        Outcome::default()
    }

    fn advance(&mut self, to: Time) {
        self.catching_up = self.run.advance(to, ENTRIES_MAX) == Advance::Busy;
        self.snapshot = self.run.snapshot();
    }

    /// Something else is looked at: the run waits.
    pub fn left(&mut self, desk: Desk<'_>) -> Outcome {
        self.tick(desk);
        self.pace = Pace::Paused;
        Outcome::default()
    }

    pub fn intent(&mut self, desk: Desk<'_>, intent: Intent) -> Outcome {
        self.tick(desk);
        match intent {
            Intent::Leave => return Outcome::go(Go::Back),
            Intent::Run => {
                self.pace = match self.pace {
                    Pace::Paused => Pace::Running { played: desk.now.elapsed },
                    Pace::Running { .. } => Pace::Paused,
                }
            }
            Intent::Step => {
                self.pace = Pace::Paused;
                let happened = self.run.step();
                self.snapshot = self.run.snapshot();
                let last = happened.last();
                return last.map_or_else(Outcome::default, |occurrence| {
                    Outcome::notice(status::sentence(&self.run, occurrence))
                });
            }
            Intent::StepSecond => {
                self.pace = Pace::Paused;
                let to = self.run.now() + Span::from_secs(1);
                self.advance(to);
            }
            Intent::Faster => self.speed = (self.speed + 1).min(SPEEDS.len() - 1),
            Intent::Slower => self.speed = self.speed.saturating_sub(1),
            Intent::Restart => return self.restart(desk, self.snapshot.seed),
            Intent::NextSeed => return self.restart(desk, self.snapshot.seed.wrapping_add(1)),
            Intent::PreviousSeed => return self.restart(desk, self.snapshot.seed.wrapping_sub(1)),
            Intent::Break(place) => return self.break_something(usize::from(place)),
            Intent::Redrive => return self.redrive(),
            _ => {}
        }
        Outcome::default()
    }

    fn restart(&mut self, desk: Desk<'_>, seed: u64) -> Outcome {
        match start(&self.design, &self.documents, seed) {
            Ok(run) => {
                self.snapshot = run.snapshot();
                self.run = run;
                self.pace = Pace::Running { played: desk.now.elapsed };
                Outcome::notice(format!("From the beginning, with seed {seed}."))
            }
            Err(sentence) => Outcome::notice(sentence),
        }
    }

    fn break_something(&mut self, place: usize) -> Outcome {
        let Some(breakage) = self.breakages.get(place) else {
            let count = self.breakages.len();
            return Outcome::notice(format!("There are {count} things to break, on 1 to {count}."));
        };
        let fault = breakage.fault(self.run.now());
        let told = match self.run.inject(fault) {
            Ok(()) => breakage.told(),
            Err(sentence) => sentence,
        };
        self.snapshot = self.run.snapshot();
        Outcome::notice(told)
    }

    /// Gives everything in the DLQs another try.
    fn redrive(&mut self) -> Outcome {
        let queues: Vec<_> = self
            .run
            .topology()
            .parts
            .iter()
            .filter(|part| part.kind == PartKind::Queue)
            .filter_map(|part| self.run.topology().find(&part.path))
            .collect();
        let moved: u64 = queues.into_iter().filter_map(|part| self.run.redrive(part, None)).sum();
        self.snapshot = self.run.snapshot();
        Outcome::notice(match moved {
            0 => "The dead-letter queues are empty: there is nothing to redrive.".to_owned(),
            1 => "1 message goes back to its queue as a new message.".to_owned(),
            _ => format!("{moved} messages go back to their queues as new messages."),
        })
    }

    #[must_use]
    pub fn title(&self, desk: Desk<'_>) -> Title {
        let mut left = vec![("LIVE  ".to_owned(), Meaning::Accent)];
        left.push((self.title.clone(), Meaning::Strong));
        left.push((format!(" · seed {}", self.snapshot.seed), Meaning::Faint));
        if self.catching_up {
            left.push(("  catching up".to_owned(), Meaning::Retrying));
        }
        let pace = match self.pace {
            Pace::Paused => ("paused".to_owned(), Meaning::Retrying),
            Pace::Running { .. } => ("▶".to_owned(), Meaning::Right),
        };
        let short = desk.size.0 < 60;
        let gap = if short { " " } else { "   " };
        let right = vec![
            pace,
            (format!(" {:<5}", speed_name(self.speed)), Meaning::Text),
            (format!("{gap}{}", self.snapshot.now), Meaning::Strong),
        ];
        Title { left, right }
    }

    pub fn body(&self, desk: Desk<'_>, area: Rect, buffer: &mut Buffer) {
        let scene = map::Scene { topology: self.run.topology(), snapshot: &self.snapshot };
        let mut y = area.y;
        for pieces in status::ledger(&self.snapshot, area.width) {
            frame::line(buffer, area, area.x, y, &pieces, desk.theme);
            y += 1;
        }
        y += u16::from(area.height >= 24);
        let below = status::below(&self.run, &self.snapshot, &self.breakages, area.width);
        let reserved = (below.len() as u16).min(area.height / 4);
        let room = Rect { y, height: area.bottom().saturating_sub(y + reserved), ..area };
        let used = map::draw(&scene, room, buffer, desk.theme);
        let mut y = room.y + used;
        let spare = area.bottom().saturating_sub(y + below.len() as u16);
        y += spare.min(1);
        for pieces in below {
            let pieces = frame::cut(&pieces, usize::from(area.width));
            frame::line(buffer, area, area.x, y, &pieces, desk.theme);
            y += 1;
        }
        let spare = area.bottom().saturating_sub(y);
        if spare > 2 {
            y += 1;
            self.lately(desk, Rect { y, height: area.bottom() - y, ..area }, buffer);
        }
    }

    /// What was more than business as usual, the latest first.
    fn lately(&self, desk: Desk<'_>, area: Rect, buffer: &mut Buffer) {
        let mut lines: Vec<Vec<Piece>> = (self.run.trace().notable())
            .take(usize::from(area.height.saturating_sub(1)))
            .map(|occurrence| status::line(&self.run, occurrence))
            .collect();
        let heading = match lines.len() {
            0 => "lately    nothing unusual: break something",
            _ => "lately",
        };
        lines.insert(0, vec![(heading.to_owned(), Meaning::Faint)]);
        for (y, pieces) in (area.y..).zip(lines) {
            let pieces = frame::cut(&pieces, usize::from(area.width));
            frame::line(buffer, area, area.x, y, &pieces, desk.theme);
        }
    }

    #[must_use]
    pub fn page(&self, desk: Desk<'_>) -> Page {
        let text =
            |pieces: &Vec<Piece>| pieces.iter().map(|(text, _)| text.as_str()).collect::<String>();
        let mut blocks: Vec<String> = status::ledger(&self.snapshot, 76).iter().map(text).collect();
        for (index, part) in self.run.topology().parts.iter().enumerate() {
            let view = self.snapshot.parts.get(index).unwrap_or(&PartView::Plain);
            if let Some(words) = status::spoken(view) {
                blocks.push(format!("{}: {words}", part.title));
            }
        }
        let choices = self.breakages.iter().enumerate();
        let choices =
            choices.map(|(index, breakage)| ((index + 1).to_string(), breakage.label.clone()));
        Page {
            title: self.title(desk).text(),
            blocks,
            choices: choices.collect(),
            context: Context::Pipeline,
        }
    }
}

fn start(design: &Design, documents: &[(String, String)], seed: u64) -> Result<Run, String> {
    Run::new(design, documents, seed).map_err(|mistakes| {
        let first = mistakes.first();
        first.map_or_else(String::new, |mistake| format!("{}: {}", mistake.path, mistake.sentence))
    })
}

fn speed_name(speed: usize) -> String {
    match SPEEDS.get(speed).copied().unwrap_or(1_000) {
        250 => "×¼".to_owned(),
        500 => "×½".to_owned(),
        speed => format!("×{}", speed / 1_000),
    }
}
