//! What the keys do to a run: its clock moved, things broken and settings turned, taken back and
//! saved, and the ways from view to view.

use serde_json::Value;

use super::compare::{self, Compare, Other};
use super::inspect::Inspect;
use super::life::Life;
use super::menu::{Choice, Item, Menu};
use super::playback::{Moved, Pace, Wanted};
use super::prompt::Asked;
use super::purpose::{Action, Purpose, Reason};
use super::{FaultOption, Live, Prompt, View, back, fault_option, say, setting, words};
use crate::content::experiment;
use crate::sim::design::Experiment;
use crate::sim::timeline::Intervention;
use crate::sim::world::{PartId, PartKind};
use crate::tui::ctx::{Ctx, Go, Outcome};
use crate::tui::keymap::Intent;
use crate::tui::msg::Effect;

impl Live {
    /// Keys of the map, a life and a part that is looked into.
    pub(super) fn run_intent(&mut self, ctx: Ctx<'_>, intent: Intent) -> Outcome {
        if let Some(outcome) = self.moments(intent).or_else(|| self.transport(ctx, intent)) {
            return outcome;
        }
        let was_for_the_view = match &mut self.view {
            View::Life(life) => life.moved(&self.show, intent),
            View::Inspect(inspect) => inspect.moved(&self.show, ctx, intent),
            _ => false,
        };
        if was_for_the_view {
            return Outcome::default();
        }
        match (&self.view, intent) {
            (View::Life(_) | View::Inspect(_), Intent::Leave) => self.view = View::Map,
            (View::Life(life), Intent::GoOn) => {
                if let Some(at) = life.instant(&self.show) {
                    self.show.playback.pause();
                    self.show.playback.go(at);
                    self.show.refresh();
                }
            }
            (View::Inspect(inspect), Intent::Lesson) => {
                return match inspect.lesson(&self.show) {
                    Some((lesson, anchor)) => Outcome::look_up(lesson, anchor),
                    None => Outcome::notice("No lesson is named for this part."),
                };
            }
            _ => return self.map_intent(ctx, intent),
        }
        Outcome::default()
    }

    fn map_intent(&mut self, ctx: Ctx<'_>, intent: Intent) -> Outcome {
        match intent {
            Intent::Leave => return back(),
            Intent::Down | Intent::NextHeading => self.select(true),
            Intent::Up | Intent::PreviousHeading => self.select(false),
            Intent::GoOn => return self.look_into(),
            Intent::Faults => return self.open_faults().unwrap_or_else(Outcome::from),
            Intent::Tune => self.open_knobs(),
            Intent::Compare => {
                let items = compare::choices(ctx, &self.show);
                let title = "Compare this run with another, on the same orders, seed and faults:";
                self.open_menu(title, items);
            }
            Intent::Follow => {
                self.show.playback.pause();
                self.prompt = Some(Prompt::Order(String::new(), self.followed));
            }
            Intent::Seed => return self.ask_for_a_seed().unwrap_or_else(Outcome::from),
            Intent::Restart => return self.restart(ctx),
            Intent::Break(place) => {
                return self.break_at_once(place).unwrap_or_else(Outcome::from);
            }
            Intent::Undo => return self.undo(ctx),
            Intent::Save => return self.save(ctx),
            Intent::Redrive => return self.redrive(),
            Intent::Labs => return Outcome::go(Go::Labs),
            Intent::Lesson => return self.lesson(),
            Intent::Hint => return self.hint(),
            Intent::Solution => return self.solution(ctx),
            _ => {}
        }
        Outcome::default()
    }

    fn open_faults(&mut self) -> Result<Outcome, Reason> {
        self.purpose.allows(Action::Break)?;
        let design = self.show.playback.timeline().settings();
        let selected = self.selected_path();
        let items = fault_option::all(&design, self.show.topology(), selected.as_deref());
        self.open_menu("What shall break, from now on? ← → say for how long.", items);
        Ok(Outcome::default())
    }

    fn ask_for_a_seed(&mut self) -> Result<Outcome, Reason> {
        self.purpose.allows(Action::ChangeSeed)?;
        self.show.playback.pause();
        self.prompt = Some(Prompt::Seed(String::new()));
        Ok(Outcome::default())
    }

    fn break_at_once(&mut self, place: u8) -> Result<Outcome, Reason> {
        self.purpose.allows(Action::BreakAtOnce)?;
        let count = self.fault_options.len();
        match self.fault_options.get(usize::from(place)).cloned() {
            Some(fault_option) => self.break_something(&fault_option),
            None => Ok(Outcome::notice(format!(
                "There are {count} things to break, on 1 to {count}; f has all."
            ))),
        }
    }

    /// Keys that go to what is worth a look.
    fn moments(&mut self, intent: Intent) -> Option<Outcome> {
        let notes: Vec<_> = self.purpose.notes().map(|(at, _)| at).collect();
        let playback = &mut self.show.playback;
        let found = match intent {
            Intent::NextMoment => playback.go_to_next(Wanted::Moment, &notes),
            Intent::NextFailure => playback.go_to_next(Wanted::Failure, &[]),
            Intent::PreviousMoment => {
                let found = playback.go_to_previous(&notes);
                if found.is_none() {
                    return Some(Outcome::notice("Nothing out of the ordinary was before this."));
                }
                found
            }
            _ => return None,
        };
        self.show.refresh();
        Some(found.map_or_else(Outcome::default, |found| self.told(found)))
    }

    /// Keys that move the clock of the run.
    fn transport(&mut self, ctx: Ctx<'_>, intent: Intent) -> Option<Outcome> {
        let moved = self.show.playback.transport(intent, ctx.now.elapsed)?;
        self.show.refresh();
        Some(match moved {
            Moved::Clock => Outcome::default(),
            Moved::Over => Outcome::notice(self.show.playback.end()),
            Moved::Happened(occurrence) => say(&self.show, occurrence.as_ref()),
        })
    }

    fn select(&mut self, onward: bool) {
        let order = self.show.plan.order();
        let here = self.selected.and_then(|part| order.iter().position(|other| *other == part));
        let count = order.len().max(1);
        let next = match (here, onward) {
            (None, true) => 0,
            (None, false) => count - 1,
            (Some(here), true) => (here + 1) % count,
            (Some(here), false) => (here + count - 1) % count,
        };
        self.selected = order.get(next).copied();
    }

    fn selected_path(&self) -> Option<String> {
        let part = self.selected.and_then(|part| self.show.topology().part(part))?;
        Some(part.path.clone())
    }

    fn look_into(&mut self) -> Outcome {
        if self.selected.is_none() {
            self.select(true);
        }
        match self.selected {
            Some(part) => self.view = View::Inspect(Inspect::new(part)),
            None => return Outcome::notice("There is nothing to look into."),
        }
        Outcome::default()
    }

    /// A list: the run waits for what is chosen.
    fn open_menu(&mut self, title: &str, items: Vec<Item>) {
        let pace = self.show.playback.pace();
        self.show.playback.pause();
        self.behind = std::mem::replace(&mut self.view, View::Map);
        self.view = View::Menu(Menu::new(title, items, pace));
    }

    /// Back to the map, and the run goes on if it did before.
    pub(super) fn close_menu(&mut self, ctx: Ctx<'_>) {
        if let View::Menu(Menu { pace: Pace::Running { .. }, .. }) = self.view
            && !self.show.playback.is_over()
        {
            self.show.playback.run(ctx.now.elapsed);
        }
        self.view = View::Map;
    }

    fn open_knobs(&mut self) {
        let design = self.show.playback.timeline().settings();
        let mut items =
            setting::list(&design, self.show.topology(), self.selected_path().as_deref());
        if self.purpose.allows(Action::ChangeOutside).is_err() {
            items.retain(|item| !item.is_outside());
        }
        let title = match self.purpose.allows(Action::ChangeFromNowOn) {
            Ok(()) => {
                "What do you want to configure differently? enter: from now on; 0: from the beginning of the \
                 run; e: type a value."
            }
            Err(_) => "What do you want to configure differently? The run begins anew with it.",
        };
        self.open_menu(title, items);
    }

    pub(super) fn menu_intent(&mut self, ctx: Ctx<'_>, intent: Intent) -> Outcome {
        let View::Menu(menu) = &mut self.view else { return Outcome::default() };
        match intent {
            Intent::Leave => {
                self.close_menu(ctx);
                self.view = std::mem::replace(&mut self.behind, View::Map);
                Outcome::default()
            }
            Intent::GoOn | Intent::FromStart => {
                let from_start = intent == Intent::FromStart;
                match menu.choice() {
                    // What is broken is broken from now on.
                    Choice::Break(_) | Choice::Compare(_) if from_start => Outcome::default(),
                    choice => self.chosen(ctx, &choice, from_start),
                }
            }
            Intent::Follow => {
                self.prompt = menu.asked().map(|(path, now)| {
                    let name = words::name(&self.show, &path);
                    Prompt::Value(Asked { path, name, now, typed: String::new() })
                });
                Outcome::default()
            }
            other => {
                menu.moved(other);
                Outcome::default()
            }
        }
    }

    pub(super) fn prompt_intent(&mut self, ctx: Ctx<'_>, intent: Intent) -> Outcome {
        match intent {
            Intent::Leave => self.prompt = None,
            Intent::Erase => {
                if let Some(prompt) = &mut self.prompt {
                    prompt.typed().pop();
                }
            }
            Intent::GoOn => return self.entered(ctx),
            _ => {}
        }
        Outcome::default()
    }

    fn entered(&mut self, ctx: Ctx<'_>) -> Outcome {
        match self.prompt.take() {
            Some(Prompt::Seed(text)) => match text.parse() {
                Ok(seed) => {
                    let experiment = Experiment { seed, ..self.show.experiment().clone() };
                    let told = format!("From the beginning, with seed {seed}.");
                    self.begin_anew(ctx, experiment, &told)
                }
                Err(_) => Outcome::notice("A seed is a number."),
            },
            Some(Prompt::Order(text, _)) if !text.is_empty() && text.parse::<u32>().is_err() => {
                Outcome::notice(format!("There is no order {text}."))
            }
            Some(Prompt::Order(text, followed)) => {
                let is_life = matches!(self.view, View::Life(_));
                let known = followed.filter(|_| text.is_empty() && !is_life);
                self.followed = text.parse().ok().or(known);
                let Some(order) = self.followed else {
                    self.view = View::Map;
                    return Outcome::notice("No order is followed.");
                };
                self.view = View::Life(Life::new(&self.show, order));
                Outcome::default()
            }
            Some(Prompt::Value(asked)) if asked.typed.trim().is_empty() => Outcome::default(),
            Some(Prompt::Value(Asked { path, typed, .. })) => {
                let View::Menu(menu) = &mut self.view else { return Outcome::default() };
                match menu.takes(&typed) {
                    Ok(Some(value)) => self.set(ctx, &path, value, false),
                    Ok(None) => Outcome::default(),
                    Err(sentence) => self.refused(&sentence),
                }
            }
            None => Outcome::default(),
        }
    }

    /// From the beginning; an incident as it was found.
    fn restart(&mut self, ctx: Ctx<'_>) -> Outcome {
        let Purpose::Incident(_) = self.purpose else {
            let experiment = self.show.experiment().clone();
            return self.begin_anew(ctx, experiment, "From the beginning.");
        };
        // What was repaired a moment ago counts before it is taken back.
        let settled = self.purpose.settle(ctx);
        let Purpose::Incident(repair) = &mut self.purpose else { return settled };
        let found = repair.bets.lab().experiment.clone();
        let pace = Pace::Running { played: ctx.now.elapsed };
        if let Err(sentence) = self.show.restart(found, pace) {
            return settled.then(Outcome::notice(sentence));
        }
        repair.reset(&self.show);
        settled.then(Outcome::notice("The configuration is as it was found."))
    }

    fn begin_anew(&mut self, ctx: Ctx<'_>, experiment: Experiment, told: &str) -> Outcome {
        let pace = Pace::Running { played: ctx.now.elapsed };
        match self.show.restart(experiment, pace) {
            Ok(()) => Outcome::notice(told),
            Err(sentence) => Outcome::notice(sentence),
        }
    }

    pub(super) fn break_something(
        &mut self,
        fault_option: &FaultOption,
    ) -> Result<Outcome, Reason> {
        self.purpose.allows(Action::Break)?;
        let intervention = fault_option.intervention(self.show.playback.now());
        let before = self.show.playback.timeline().interventions().len();
        Ok(match self.show.intervene(intervention) {
            Ok(()) => {
                let part = self.show.topology().find(&fault_option.part);
                let told = fault_option.told(part.map_or("", |part| self.show.title_of(part)));
                Outcome::notice(format!("{told}{}", self.dropped(before)))
            }
            Err(sentence) => Outcome::notice(sentence),
        })
    }

    /// What is said of interventions that came later than a new one and are gone with what came after it.
    fn dropped(&self, before: usize) -> String {
        match (before + 1).saturating_sub(self.show.playback.timeline().interventions().len()) {
            0 => String::new(),
            1 => " What was done later in this run is gone.".to_owned(),
            count => format!(" The {count} things done later in this run are gone."),
        }
    }

    /// Turns a setting, from now on or from the run's beginning.
    pub(super) fn set(
        &mut self,
        ctx: Ctx<'_>,
        path: &str,
        value: Value,
        from_start: bool,
    ) -> Outcome {
        let begins_anew = self.purpose.allows(Action::ChangeFromNowOn).is_err();
        let words = words::setting(&self.show, path, &value);
        if begins_anew || from_start || path == "load.rate" {
            if self.is_so(path, &value, true) {
                return Outcome::notice(format!("{words}, from the beginning already."));
            }
            return self.set_from_start(ctx, path, value);
        }
        if self.is_so(path, &value, false) {
            return Outcome::notice(format!("{words} already: ← → turn it, e types it."));
        }
        let before = self.show.playback.timeline().interventions().len();
        let can_be = self.show.playback.timeline().settings().with(path, &value).is_ok();
        match self.show.intervene(Intervention::Change(path.to_owned(), value)) {
            Ok(()) => {
                self.close_menu(ctx);
                let dropped = self.dropped(before);
                Outcome::notice(format!("{words} from now on. u takes it back.{dropped}"))
            }
            Err(sentence) if can_be => {
                self.refused(&format!("{sentence} (0 begins anew with it.)"))
            }
            Err(sentence) => self.refused(&sentence),
        }
    }

    /// Whether a setting has this value, as it is now or from the run's beginning: then there is
    /// nothing to change, to announce or to take back.
    pub(super) fn is_so(&self, path: &str, value: &Value, from_start: bool) -> bool {
        let timeline = self.show.playback.timeline();
        let experiment = timeline.experiment();
        if path == "load.rate" {
            let rate = experiment.load.rate.unwrap_or(self.show.draft.design.load.rate);
            return value.as_f64().is_some_and(|value| (value - rate).abs() < 1e-9);
        }
        let design = if from_start {
            let turned = |(_, intervention): &(_, Intervention)| matches!(intervention, Intervention::Change(on, _) if on == path);
            if timeline.interventions().iter().any(turned) {
                return false;
            }
            experiment.changed(&self.show.draft.design).unwrap_or_default()
        } else {
            timeline.settings()
        };
        design.with(path, value).is_ok_and(|same| same == design)
    }

    fn set_from_start(&mut self, ctx: Ctx<'_>, path: &str, value: Value) -> Outcome {
        let mut experiment = self.show.playback.timeline().saved();
        let words = words::setting(&self.show, path, &value);
        let settled = self.purpose.settle(ctx);
        if path == "load.rate" {
            experiment.load.rate = value.as_f64();
        } else {
            experiment.changes.insert(path.to_owned(), value);
        }
        let pace = Pace::Running { played: ctx.now.elapsed };
        if let Err(sentence) = self.show.restart(experiment, pace) {
            return self.refused(&sentence);
        }
        self.view = View::Map;
        self.purpose.changed(&self.show);
        settled.then(Outcome::notice(format!("From the beginning, with {words}.")))
    }

    /// Why a setting cannot be: in the list it was chosen from, where there is room for all of it.
    fn refused(&mut self, sentence: &str) -> Outcome {
        let sentence = words::without_paths(&self.show, sentence);
        match &mut self.view {
            View::Menu(menu) => {
                menu.refuse(sentence);
                Outcome::default()
            }
            _ => Outcome::notice(sentence),
        }
    }

    fn undo(&mut self, ctx: Ctx<'_>) -> Outcome {
        // What was repaired a moment ago counts before it is taken back.
        let settled = self.purpose.settle(ctx);
        if let Purpose::Incident(repair) = &mut self.purpose {
            let Some(experiment) = repair.before().cloned() else {
                return Outcome::notice("Nothing was changed.");
            };
            if let Err(sentence) = self.show.restart(experiment, Pace::Paused) {
                return settled.then(Outcome::notice(sentence));
            }
            repair.undone(&self.show);
            return settled.then(Outcome::notice("The last change is taken back."));
        }
        if !self.show.playback.timeline_mut().undo() {
            return Outcome::notice("There is nothing to take back since this run began.");
        }
        self.show.playback.pause();
        self.show.lay_out();
        Outcome::notice("Taken back, with all that came of it.")
    }

    /// Writes the run down as an experiment.
    fn save(&mut self, ctx: Ctx<'_>) -> Outcome {
        let experiment = self.show.playback.timeline().saved();
        match experiment::write(&experiment) {
            Ok(text) => {
                let name = format!(
                    "{}-{}.toml",
                    experiment.design_id(),
                    ctx.now.wall.format("%Y-%m-%d-%H%M%S")
                );
                Outcome::effect(Effect::Save { name, text })
            }
            Err(sentence) => Outcome::notice(sentence),
        }
    }

    /// Gives everything in the DLQs another try that a redrive can return.
    fn redrive(&mut self) -> Outcome {
        let queues: Vec<(PartId, String)> = self
            .show
            .topology()
            .parts
            .iter()
            .enumerate()
            .filter(|(_, part)| part.kind == PartKind::Queue)
            .map(|(number, part)| (PartId(number as u32), part.path.clone()))
            .collect();
        let (mut moved, mut left) = (0, 0);
        for (part, path) in queues {
            let (returns, stays) = self.show.run().redrivable(part);
            left += stays;
            if returns > 0 && self.show.intervene(Intervention::Redrive(path)).is_ok() {
                moved += returns;
            }
        }
        Outcome::notice(match (moved, left) {
            (0, 0) => "The dead-letter queues are empty: there is nothing to redrive.".to_owned(),
            (0, _) => "No queue gave these messages up, so a redrive knows no queue to return \
                       them to."
                .to_owned(),
            (1, _) => "1 message goes back to its queue as a new message.".to_owned(),
            _ => format!("{moved} messages go back to their queues as new messages."),
        })
    }

    pub(super) fn begin_comparison(&mut self, ctx: Ctx<'_>, other: &Other) -> Outcome {
        match Compare::new(ctx, &self.show, other) {
            Ok(compare) => {
                self.view = View::Compare(Box::new(compare));
                Outcome::default()
            }
            Err(sentence) => {
                self.view = View::Map;
                Outcome::notice(sentence)
            }
        }
    }

    pub(super) fn compare_intent(&mut self, ctx: Ctx<'_>, intent: Intent) -> Outcome {
        let View::Compare(compare) = &mut self.view else { return Outcome::default() };
        if intent == Intent::Leave {
            self.view = View::Map;
            return Outcome::default();
        }
        compare.intent(ctx, intent)
    }
}
