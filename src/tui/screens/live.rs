//! The live screen: a run of the simulator, drawn from its snapshots and played at a pace that the model does
//! not know.
//!
//! It holds a run (`run_view`), a purpose that decides what is allowed (`purpose`), and one panel at a time
//! (`panel`): the map, an order's life, a part's sheet, a comparison, a bet, a verdict, and lists of faults
//! and settings.

mod assumed;
mod bet;
mod bets;
mod compare;
mod contents;
mod control;
mod does;
mod fault_option;
mod kind;
mod layout;
mod leave;
mod map;
mod menu;
mod order;
mod panel;
mod part;
mod picture;
mod playback;
mod prompt;
mod purpose;
mod repair;
mod replay;
mod replay_option;
mod run_view;
mod scrub;
mod setting;
mod status;
mod verdict;
mod view;
mod words;

use std::time::Duration;

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use self::fault_option::FaultOption;
pub use self::kind::signs;
use self::order::Life;
use self::panel::Panel;
use self::playback::{Found, Pace, Played};
use self::prompt::Prompt;
use self::purpose::{Action, Purpose};
use self::run_view::{Draft, RunView};
use self::verdict::Verdict;
use crate::content::course::{DesignEntry, DesignSource};
use crate::content::experiment::{self, Given};
use crate::sim::design::Experiment;
use crate::sim::kernel::time::Time;
use crate::sim::snapshot::PartView;
use crate::sim::world::Occurrence;
use crate::tui::ctx::{Ctx, Go, Outcome, Subject};
use crate::tui::frame::{self, Title, Width};
use crate::tui::keymap::{Context, Intent};
use crate::tui::page::Page;
use crate::tui::piece::Piece;
use crate::tui::piece::{spoken, text};
use crate::tui::sheet::{Size, UNBROKEN};

/// Opens the run of an experiment given as text.
fn of_experiment(ctx: Ctx<'_>, text: &str, pace: Pace) -> Result<RunView, String> {
    let experiment = match experiment::read("", text) {
        Ok(Given::Experiment(experiment)) => *experiment,
        Ok(Given::Design(_)) => return Err("This is not an experiment.".to_owned()),
        Err(problem) => return Err(problem.message),
    };
    let draft = Draft::read(entry(ctx, experiment.design_id())?, ctx)?;
    RunView::new(draft, experiment, pace)
}

fn entry<'a>(ctx: Ctx<'a>, id: &str) -> Result<&'a DesignEntry, String> {
    let found = ctx.scenario.designs.iter().find(|entry| entry.id == id);
    found.ok_or_else(|| format!("This course has no design {id}."))
}

/// Opens the run of a subject, with its purpose.
fn opened(ctx: Ctx<'_>, subject: &Subject) -> Result<(RunView, Purpose), String> {
    let running = Pace::Running { played: ctx.now.elapsed };
    let of_design = |entry: &DesignEntry| {
        let draft = Draft::read(entry, ctx)?;
        let experiment = draft.hour(&entry.id);
        Ok::<_, String>((RunView::new(draft, experiment, running)?, Purpose::Explore))
    };
    match subject {
        Subject::First => {
            of_design(ctx.scenario.designs.first().ok_or("This course has no design to run.")?)
        }
        Subject::Design(id) => of_design(entry(ctx, id)?),
        Subject::Scene(scene) => {
            let at = Time(scene.at_ms * 1_000);
            let mut show = of_experiment(ctx, &scene.experiment, running)?;
            show.playback.go(at);
            show.refresh();
            show.selected = show.topology().find(&scene.part);
            Ok((show, Purpose::Scene { at, text: scene.text.clone() }))
        }
        Subject::Experiment(text) => Ok((of_experiment(ctx, text, running)?, Purpose::Explore)),
        Subject::Own { name, text, documents } => {
            let source =
                DesignSource { id: name.clone(), text: text.clone(), workflows: documents.clone() };
            let draft = Draft::of_source(source)?;
            let experiment = draft.hour(name);
            Ok((RunView::new(draft, experiment, running)?, Purpose::Explore))
        }
        Subject::Lab(id) => {
            let lab = bets::read(ctx, id)?;
            let draft = Draft::read(entry(ctx, lab.experiment.design_id())?, ctx)?;
            let mut show = RunView::new(draft, lab.experiment.clone(), Pace::Paused)?;
            let purpose = Purpose::of_lab(lab, &show, ctx)?;
            if !purpose.asks() {
                // An incident is shown at work.
                show.playback.run(ctx.now.elapsed);
            }
            Ok((show, purpose))
        }
    }
}

/// The notice for keys that were meant for a bet.
const TYPED_AHEAD: &str = "The run has just begun: keys typed ahead for a bet do nothing.";

/// Says of orders that are lost without a failure what happened to them.
const SILENT_LOSS: &str = "are lost: a required part never got them";

/// A run on the screen.
pub struct Live {
    subject: Subject,
    view: RunView,
    purpose: Purpose,
    panel: Panel,
    prompt: Option<Prompt>,
    fault_options: Vec<FaultOption>,
    /// The run as last opened or saved: leaving loses any difference.
    kept: Experiment,
    /// Whether leaving was asked about; the next key withdraws the question.
    is_leaving: bool,
}

impl Live {
    /// Opens a design and lets it run, or a lab and asks for a bet.
    pub fn open(ctx: Ctx<'_>, subject: &Subject) -> Result<Self, String> {
        let (view, purpose) = opened(ctx, subject)?;
        Ok(Self::new(subject.clone(), view, purpose))
    }

    /// Shows a run for a purpose.
    fn new(subject: Subject, view: RunView, purpose: Purpose) -> Self {
        let design = view.playback.timeline().settings();
        Self {
            subject,
            kept: view.playback.timeline().saved(),
            is_leaving: false,
            fault_options: fault_option::list(&design, view.topology()),
            panel: if purpose.asks() { Panel::Bet } else { Panel::Map },
            view,
            prompt: None,
            purpose,
        }
    }

    /// The subject that was opened.
    #[must_use]
    pub fn subject(&self) -> &Subject {
        &self.subject
    }

    /// Whether a lab or an incident is open.
    #[must_use]
    pub fn is_lab(&self) -> bool {
        self.purpose.bets().is_some()
    }

    /// The context that decides what keys mean.
    #[must_use]
    pub fn context(&self) -> Context {
        if self.prompt.is_some() {
            return Context::Entry;
        }
        self.panel.context()
    }

    /// Time until the next frame; `None`: until a key is pressed.
    #[must_use]
    pub fn deadline(&self, ctx: Ctx<'_>) -> Option<Duration> {
        if self.purpose.is_judging() {
            return Some(playback::BREATH);
        }
        let ahead = self.typed_ahead(ctx);
        if ahead.is_some() {
            return ahead.into_iter().chain(self.view.playback.deadline(ctx.motion)).min();
        }
        match &self.panel {
            Panel::Compare(compare) => compare.deadline(ctx.motion),
            panel if panel.is_still() => None,
            _ => self.view.playback.deadline(ctx.motion),
        }
    }

    /// Whether there is work that one update could not finish.
    #[must_use]
    pub fn has_work(&self) -> bool {
        self.purpose.is_judging()
            || match &self.panel {
                Panel::Compare(compare) => compare.has_work(),
                panel if panel.is_still() => false,
                _ => self.view.playback.has_work(),
            }
    }

    /// Plays the time since the last frame.
    pub fn tick(&mut self, ctx: Ctx<'_>) -> Outcome {
        self.go_on(ctx, Played::Tick(ctx.now.elapsed, ctx.motion))
    }

    /// Advances work that the last update left.
    pub fn work(&mut self, ctx: Ctx<'_>) -> Outcome {
        self.go_on(ctx, Played::Work)
    }

    fn go_on(&mut self, ctx: Ctx<'_>, played: Played) -> Outcome {
        let judged = self.purpose.judge_on(ctx);
        match &mut self.panel {
            Panel::Compare(compare) => {
                compare.go_on(played);
                return judged;
            }
            panel if panel.is_still() => return judged,
            _ => {}
        }
        let was_over = self.view.playback.is_over();
        let found = self.view.play(played);
        // A search may simulate up to the end without having arrived there.
        let is_over = self.view.playback.is_over() && !self.view.playback.has_work();
        let outcome = if is_over && !was_over {
            self.over(ctx)
        } else {
            found.map_or_else(Outcome::default, |found| self.told(found))
        };
        judged.then(outcome)
    }

    /// Handles the playhead's arrival at the run's end.
    fn over(&mut self, ctx: Ctx<'_>) -> Outcome {
        self.view.playback.pause();
        let Some(outcome) = self.purpose.over(ctx) else {
            return Outcome::notice(self.view.playback.end());
        };
        if self.purpose.has_verdict() && matches!(self.panel, Panel::Map) {
            self.panel = Panel::Verdict(Verdict::default());
        }
        outcome
    }

    /// Reports the result of a jump, and follows the order of a failure.
    fn told(&mut self, found: Found) -> Outcome {
        match found {
            Found::Occurrence(occurrence) => {
                if occurrence.kind().is_failure() && occurrence.order.is_some() {
                    self.view.followed = occurrence.order;
                    if let Panel::Order(life) = &mut self.panel {
                        *life = Life::new(&self.view, occurrence.order.unwrap_or_default());
                    }
                }
                Outcome::notice(status::sentence(&self.view, &occurrence))
            }
            Found::Note(at) => match self.purpose.notes().find(|(note, _)| *note == at) {
                Some((at, text)) => Outcome::notice(format!("{at}  {text}")),
                None => Outcome::default(),
            },
            Found::Nothing(wanted) => Outcome::notice(self.nothing(wanted)),
        }
    }

    /// The notice for a search without a result, with a hint if orders are lost silently.
    fn nothing(&self, wanted: playback::Wanted) -> String {
        let nothing = match wanted {
            playback::Wanted::Moment => "Nothing unusual happens from here on",
            playback::Wanted::Failure => "Nothing fails from here to the end of the run",
        };
        match (self.view.snapshot.ledger.lost, wanted) {
            (0, playback::Wanted::Moment) if self.purpose.allows(Action::BreakAtOnce).is_ok() => {
                format!("{nothing}: break something.")
            }
            (0, _) => format!("{nothing}."),
            _ => {
                let many = &self.view.noun().many;
                format!("{nothing}. Without an error, {many} {SILENT_LOSS}.")
            }
        }
    }

    /// Pauses the run when another screen opens.
    pub fn left(&mut self, ctx: Ctx<'_>) -> Outcome {
        let ticked = self.tick(ctx);
        // A repair counts, whether or not somebody stays to see it.
        let outcome = ticked.then(self.purpose.settle(ctx));
        self.view.playback.pause();
        if let Panel::Compare(compare) = &mut self.panel {
            compare.pause();
        }
        outcome
    }

    /// The prompt that replaces the footer while text is entered.
    #[must_use]
    pub fn prompt(&self) -> Option<String> {
        let noun = self.view.noun();
        self.prompt.as_ref().map(|prompt| prompt.text(noun)).or_else(|| self.panel.prompt())
    }

    /// Takes a character of a text entry.
    pub fn typed(&mut self, character: char) {
        if let Some(prompt) = &mut self.prompt {
            let is_number = matches!(prompt, Prompt::Seed(_) | Prompt::Order(..));
            let text = prompt.typed();
            if !is_number || (character.is_ascii_digit() && text.len() < 19) {
                text.push(character);
            }
        } else {
            self.panel.typed(character);
        }
    }

    /// The title line.
    #[must_use]
    pub fn title(&self, ctx: Ctx<'_>) -> Title {
        let short = ctx.size.0 < 60;
        let (kind, name) = self.purpose.title(&self.view.draft.title);
        let mut left = vec![Piece::accent(format!("{kind}  ")), Piece::strong(name.to_owned())];
        if self.panel.is_still() {
            return Title { left, right: vec![Piece::faint(self.view.draft.title.clone())] };
        }
        left.push(Piece::faint(format!(" · seed {}", self.view.snapshot.seed)));
        let shown = match &self.panel {
            Panel::Compare(compare) => compare.first(),
            _ => &self.view,
        };
        let playback = &shown.playback;
        if playback.is_behind() {
            left.push(Piece::retrying("  catching up"));
        }
        let pace = match playback.pace() {
            Pace::Paused if playback.is_over() => Piece::faint("over"),
            Pace::Paused => Piece::retrying("paused"),
            Pace::Running { .. } => Piece::right("▶"),
        };
        let gap = if short { " " } else { "   " };
        let right = vec![
            pace,
            Piece::text(format!(" {:<5}", playback.speed_name())),
            Piece::strong(format!("{gap}{}", shown.snapshot.now)),
        ];
        Title { left, right }
    }

    /// Draws the body and returns the position of its cursor.
    pub fn body(&self, ctx: Ctx<'_>, area: Rect, buffer: &mut Buffer) -> Option<Position> {
        let inner = self.room(area);
        let size = (usize::from(inner.width), usize::from(inner.height));
        let cursor = match &self.panel {
            Panel::Map => self.picture(ctx, inner, buffer),
            Panel::Compare(compare) => {
                compare.draw(ctx, inner, buffer);
                None
            }
            panel => {
                let sheet = panel.sheet(&self.purpose, &self.view, size).unwrap_or_default();
                let drawn = sheet.draw(inner, buffer, ctx.theme);
                match (drawn.goes_on, panel.is_still()) {
                    (true, true) => frame::more(buffer, ctx.areas(Width::Wide), ctx.theme),
                    (true, false) => frame::more_in(buffer, inner, ctx.theme),
                    (false, _) => {}
                }
                drawn.cursor
            }
        };
        if self.panel.is_still() {
            return cursor;
        }
        let playback = match &self.panel {
            Panel::Compare(compare) => &compare.first().playback,
            _ => &self.view.playback,
        };
        let bar = scrub::bar(playback, area.width);
        frame::line(buffer, area, area.x, area.bottom().saturating_sub(1), &bar, ctx.theme);
        cursor
    }

    /// The screen in reading order.
    #[must_use]
    pub fn page(&self, ctx: Ctx<'_>) -> Page {
        let title = self.title(ctx).text();
        let (blocks, choices) = match &self.panel {
            Panel::Map => self.map_aloud(),
            Panel::Compare(compare) => (compare.spoken(), Vec::new()),
            panel => {
                let unbroken = (UNBROKEN, usize::MAX);
                let sheet = panel.sheet(&self.purpose, &self.view, unbroken);
                let bets = self.purpose.bets().filter(|_| matches!(panel, Panel::Bet));
                let choices = bets.map(bet::choices);
                (sheet.unwrap_or_default().spoken(), choices.unwrap_or_default())
            }
        };
        Page { title, blocks, choices, keys: Vec::new() }
    }

    fn map_aloud(&self) -> (Vec<String>, Vec<(String, String)>) {
        let mut blocks: Vec<String> =
            status::ledger(&self.view, 76).iter().map(|line| text(line)).collect();
        blocks.extend(match &self.purpose {
            // The strip has room for two lines; read aloud, the text is whole.
            Purpose::Scene { at, text } => vec![format!("{at} {text}")],
            other => other.strip(&self.view, 200, 2).iter().map(|line| spoken(line)).collect(),
        });
        for id in self.view.plan.order() {
            let view = self.view.snapshot.part(id);
            if let Some(words) =
                view::spoken(view, self.view.snapshot.now).filter(|_| *view != PartView::Plain)
            {
                blocks.push(format!("{}: {words}", self.view.title_of(id)));
            }
        }
        let choices = self.fault_options.iter().enumerate();
        let choices =
            choices.map(|(index, b)| ((index + 1).to_string(), b.label.clone().into_owned()));
        (blocks, choices.collect())
    }

    /// Handles an intent.
    pub fn intent(&mut self, ctx: Ctx<'_>, intent: Intent) -> Outcome {
        if self.prompt.is_some() {
            return self.prompt_intent(ctx, intent);
        }
        if self.typed_ahead(ctx).is_some() && leave::answers_a_bet(intent) {
            return self.tick(ctx).then(Outcome::notice(TYPED_AHEAD));
        }
        let ticked = self.tick(ctx);
        let was_leaving = std::mem::take(&mut self.is_leaving);
        let mut outcome = match self.context() {
            Context::Bet => self.bet_intent(ctx, intent),
            Context::Verdict => self.verdict_intent(ctx, intent),
            Context::Compare => self.compare_intent(ctx, intent),
            Context::Menu | Context::Choice | Context::Search => self.menu_intent(ctx, intent),
            _ => self.run_intent(ctx, intent),
        };
        if outcome.go.is_some() {
            outcome = self.purpose.settle(ctx).then(outcome);
        }
        ticked.then(self.leaving(outcome, was_leaving))
    }

    /// The panel's share of the body: the scrub bar stands below panels in which time passes.
    fn room(&self, area: Rect) -> Rect {
        let bar = u16::from(!self.panel.is_still());
        Rect { height: area.height.saturating_sub(bar), ..area }
    }

    /// The size of the panel.
    fn panel_size(&self, ctx: Ctx<'_>) -> Size {
        let room = self.room(ctx.areas(Width::Wide).body);
        (usize::from(room.width), usize::from(room.height))
    }
}

/// A notice about an occurrence, if there is one.
fn say(show: &RunView, occurrence: Option<&Occurrence>) -> Outcome {
    occurrence.map_or_else(Outcome::default, |occurrence| {
        Outcome::notice(status::sentence(show, occurrence))
    })
}

fn back() -> Outcome {
    Outcome::go(Go::Back)
}

#[cfg(test)]
mod tests;
