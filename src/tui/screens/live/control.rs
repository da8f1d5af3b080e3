//! What keys do to a run: move its clock, inject faults, change settings, undo, save, and switch panels.

use std::borrow::Cow;

use serde_json::Value;

use super::compare::{self, Compare, Other};
use super::menu::{Answer, Menu};
use super::part::Inspect;
use super::playback::{Moved, Pace, Wanted};
use super::purpose::{Action, Purpose, Reason};
use super::{FaultOption, Live, Panel, Prompt, back, fault_option, say, setting, words};
use crate::content::experiment;
use crate::sim::design::Experiment;
use crate::sim::design::{PartKind, PartPath};
use crate::sim::timeline::Intervention;
use crate::sim::world::PartId;
use crate::tui::ctx::{Ctx, Go, Outcome};
use crate::tui::keymap::Intent;
use crate::tui::msg::Effect;

impl Live {
    /// Handles keys of the map, of an order's life and of a part's sheet.
    pub(super) fn run_intent(&mut self, ctx: Ctx<'_>, intent: Intent) -> Outcome {
        if let Some(outcome) = self.moments(intent).or_else(|| self.transport(ctx, intent)) {
            return outcome;
        }
        let size = self.panel_size(ctx);
        let was_for_the_view = match &mut self.panel {
            Panel::Order(life) => life.moved(&self.view, size, intent),
            Panel::Part(inspect) => inspect.moved(&self.view, size, intent),
            _ => false,
        };
        if was_for_the_view {
            return Outcome::default();
        }
        match (&self.panel, intent) {
            (Panel::Order(_) | Panel::Part(_), Intent::Leave) => self.panel = Panel::Map,
            (Panel::Order(life), Intent::GoOn) => {
                if let Some(at) = life.instant(&self.view) {
                    self.view.playback.pause();
                    self.view.playback.go(at);
                    self.view.refresh();
                }
            }
            (Panel::Part(inspect), Intent::Lesson) => {
                return match inspect.lesson(&self.view) {
                    Some((lesson, anchor)) => Outcome::look_up(lesson, anchor),
                    None => Outcome::notice("No lesson covers this part."),
                };
            }
            _ => return self.map_intent(ctx, intent),
        }
        Outcome::default()
    }

    fn map_intent(&mut self, ctx: Ctx<'_>, intent: Intent) -> Outcome {
        match intent {
            Intent::Leave => return back(),
            Intent::NextPart => self.select(true),
            Intent::PreviousPart => self.select(false),
            Intent::GoOn => return self.look_into(),
            Intent::Faults => return self.open_faults().unwrap_or_else(Outcome::from),
            Intent::Tune => self.open_settings(),
            Intent::Compare => {
                let rows = compare::choices(ctx, &self.view);
                let title = "Compare this run with another, on the same load, seed and faults:";
                let (pace, behind) = self.set_aside();
                self.panel = Panel::Rivals(Menu::new(title, rows, pace, behind));
            }
            Intent::Follow => {
                self.view.playback.pause();
                self.prompt = Some(Prompt::Order(String::new(), self.view.followed));
            }
            Intent::Seed => return self.ask_for_a_seed().unwrap_or_else(Outcome::from),
            Intent::Restart => return self.restart(ctx),
            Intent::Break(place) => {
                return self.break_at_once(place).unwrap_or_else(Outcome::from);
            }
            Intent::Undo => return self.undo(ctx),
            Intent::Save => return self.save(ctx),
            Intent::Redrive => return self.redrive(),
            Intent::Replay => return self.open_replays(),
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
        let design = self.view.playback.timeline().settings();
        let selected = self.selected_path();
        let rows = fault_option::all(&design, self.view.topology(), selected);
        let title = "What should break, from now on? ← → change for how long.";
        let (pace, behind) = self.set_aside();
        self.panel = Panel::Faults(Menu::new(title, rows, pace, behind));
        Ok(Outcome::default())
    }

    fn ask_for_a_seed(&mut self) -> Result<Outcome, Reason> {
        self.purpose.allows(Action::ChangeSeed)?;
        self.view.playback.pause();
        self.prompt = Some(Prompt::Seed(String::new()));
        Ok(Outcome::default())
    }

    fn break_at_once(&mut self, place: u8) -> Result<Outcome, Reason> {
        self.purpose.allows(Action::BreakAtOnce)?;
        let count = self.fault_options.len();
        match self.fault_options.get(usize::from(place)).cloned() {
            Some(fault_option) => self.break_something(&fault_option),
            None => Ok(Outcome::notice(format!(
                "1 to {count} inject a fault at once; f lists all faults."
            ))),
        }
    }

    /// Handles keys that go to moments.
    fn moments(&mut self, intent: Intent) -> Option<Outcome> {
        let notes: Vec<_> = self.purpose.notes().map(|(at, _)| at).collect();
        let playback = &mut self.view.playback;
        let found = match intent {
            Intent::NextMoment => playback.go_to_next(Wanted::Moment, &notes),
            Intent::NextFailure => playback.go_to_next(Wanted::Failure, &[]),
            Intent::PreviousMoment => {
                let found = playback.go_to_previous(&notes);
                if found.is_none() {
                    return Some(Outcome::notice("Nothing unusual happened before this."));
                }
                found
            }
            _ => return None,
        };
        self.view.refresh();
        Some(found.map_or_else(Outcome::default, |found| self.told(found)))
    }

    /// Handles keys that move the run's clock.
    fn transport(&mut self, ctx: Ctx<'_>, intent: Intent) -> Option<Outcome> {
        let moved = self.view.playback.transport(intent, ctx.now.elapsed)?;
        self.view.refresh();
        Some(match moved {
            Moved::Clock => Outcome::default(),
            Moved::Over => Outcome::notice(self.view.playback.end()),
            Moved::Happened(occurrence) => say(&self.view, occurrence.as_ref()),
        })
    }

    fn select(&mut self, onward: bool) {
        let order = self.view.plan.order();
        let here =
            self.view.selected.and_then(|part| order.iter().position(|other| *other == part));
        let count = order.len().max(1);
        let next = match (here, onward) {
            (None, true) => 0,
            (None, false) => count - 1,
            (Some(here), true) => (here + 1) % count,
            (Some(here), false) => (here + count - 1) % count,
        };
        self.view.selected = order.get(next).copied();
    }

    fn selected_path(&self) -> Option<&PartPath> {
        let part = self.view.selected.and_then(|part| self.view.topology().part(part))?;
        Some(&part.path)
    }

    fn look_into(&mut self) -> Outcome {
        if self.view.selected.is_none() {
            self.select(true);
        }
        match self.view.selected {
            Some(part) => self.panel = Panel::Part(Inspect::new(part)),
            None => return Outcome::notice("There is no part to open."),
        }
        Outcome::default()
    }

    /// Sets the panel aside for a list: the run pauses until the list is closed.
    pub(super) fn set_aside(&mut self) -> (Pace, Panel) {
        let pace = self.view.playback.pace();
        self.view.playback.pause();
        (pace, std::mem::replace(&mut self.panel, Panel::Map))
    }

    /// Closes a list, resumes the run if it was playing, and returns the panel behind the list.
    pub(super) fn close_menu(&mut self, ctx: Ctx<'_>) -> Panel {
        let (pace, behind) = std::mem::replace(&mut self.panel, Panel::Map).closed();
        if matches!(pace, Pace::Running { .. }) && !self.view.playback.is_over() {
            self.view.playback.run(ctx.now.elapsed);
        }
        behind
    }

    fn open_settings(&mut self) {
        let design = self.view.playback.timeline().settings();
        let scope = match self.purpose.allows(Action::ChangeOutside) {
            Ok(()) => setting::Scope::All,
            Err(_) => setting::Scope::Own,
        };
        let rows = setting::list(&design, self.view.topology(), self.selected_path(), scope);
        let title = match self.purpose.allows(Action::ChangeFromNowOn) {
            Ok(()) => {
                "What do you want to change? enter: from now on; 0: from the start of the run."
            }
            Err(_) => "What do you want to change? The run restarts with it.",
        };
        let (pace, behind) = self.set_aside();
        self.panel = Panel::Settings(Menu::new(title, rows, pace, behind));
    }

    /// Handles keys of an open list.
    pub(super) fn menu_intent(&mut self, ctx: Ctx<'_>, intent: Intent) -> Outcome {
        match &mut self.panel {
            Panel::Settings(menu) => match menu.intent(intent) {
                Answer::Chosen(setting) => self.set(ctx, &setting.path, setting.value(), false),
                Answer::FromStart(setting) => self.set(ctx, &setting.path, setting.value(), true),
                Answer::Ask(what, now) => self.ask(what, now),
                Answer::Back => self.put_back(ctx),
                Answer::Nothing => Outcome::default(),
            },
            Panel::Faults(menu) => match menu.intent(intent) {
                Answer::Chosen(fault_option) => {
                    self.close_menu(ctx);
                    self.break_something(&fault_option).unwrap_or_else(Outcome::from)
                }
                Answer::Ask(what, now) => self.ask(what, now),
                Answer::Back => self.put_back(ctx),
                // A fault begins now.
                Answer::FromStart(_) | Answer::Nothing => Outcome::default(),
            },
            Panel::Replays(_) => self.replay_intent(ctx, intent),
            Panel::Rivals(menu) => match menu.intent(intent) {
                Answer::Chosen(rival) => self.begin_comparison(ctx, &rival.other),
                Answer::Back => self.put_back(ctx),
                Answer::FromStart(_) | Answer::Ask(..) | Answer::Nothing => Outcome::default(),
            },
            _ => Outcome::default(),
        }
    }

    /// Closes a list without a choice.
    pub(super) fn put_back(&mut self, ctx: Ctx<'_>) -> Outcome {
        self.panel = self.close_menu(ctx);
        Outcome::default()
    }

    /// Restarts the run; an incident with its original settings.
    fn restart(&mut self, ctx: Ctx<'_>) -> Outcome {
        let Purpose::Incident(_) = self.purpose else {
            let experiment = self.view.experiment().clone();
            return self.begin_anew(ctx, experiment, "From the beginning.");
        };
        // A repair made a moment ago counts before it is undone.
        let settled = self.purpose.settle(ctx);
        let Purpose::Incident(repair) = &mut self.purpose else { return settled };
        let found = repair.bets.lab().experiment.clone();
        let pace = Pace::Running { played: ctx.now.elapsed };
        if let Err(sentence) = self.view.restart(found, pace) {
            return settled.then(Outcome::notice(sentence));
        }
        repair.reset(&self.view);
        settled.then(Outcome::notice("The configuration is the original again."))
    }

    pub(super) fn begin_anew(
        &mut self,
        ctx: Ctx<'_>,
        experiment: Experiment,
        told: &str,
    ) -> Outcome {
        let pace = Pace::Running { played: ctx.now.elapsed };
        match self.view.restart(experiment, pace) {
            Ok(()) => Outcome::notice(told),
            Err(sentence) => Outcome::notice(sentence),
        }
    }

    pub(super) fn break_something(
        &mut self,
        fault_option: &FaultOption,
    ) -> Result<Outcome, Reason> {
        self.purpose.allows(Action::Break)?;
        let intervention = fault_option.intervention(self.view.playback.now());
        let before = self.view.playback.timeline().interventions().len();
        Ok(match self.view.intervene(intervention) {
            Ok(()) => {
                let part = self.view.topology().number(&fault_option.part);
                let title = part.map_or("", |part| self.view.title_of(part));
                let told = fault_option.told(title, self.view.noun());
                Outcome::notice(format!("{told}{}", self.dropped(before)))
            }
            Err(sentence) => Outcome::notice(sentence),
        })
    }

    /// The notice about later interventions that a new one discards.
    pub(super) fn dropped(&self, before: usize) -> Cow<'static, str> {
        match (before + 1).saturating_sub(self.view.playback.timeline().interventions().len()) {
            0 => "".into(),
            1 => " The later change to this run is gone.".into(),
            count => format!(" The {count} later changes to this run are gone.").into(),
        }
    }

    /// Changes a setting, from now on or from the run's start.
    pub(super) fn set(
        &mut self,
        ctx: Ctx<'_>,
        path: &str,
        value: Value,
        from_start: bool,
    ) -> Outcome {
        let begins_anew = self.purpose.allows(Action::ChangeFromNowOn).is_err();
        let words = words::setting(&self.view, path, &value);
        if begins_anew || from_start || path == "load.rate" {
            if self.is_so(path, &value, true) {
                return Outcome::notice(format!("{words}, already from the start."));
            }
            return self.set_from_start(ctx, path, value);
        }
        if self.is_so(path, &value, false) {
            return Outcome::notice(format!("{words} already: ← → change it, e types a value."));
        }
        let before = self.view.playback.timeline().interventions().len();
        let can_be = self.view.playback.timeline().settings().with(path, &value).is_ok();
        match self.view.intervene(Intervention::Change(path.to_owned(), value)) {
            Ok(()) => {
                self.close_menu(ctx);
                let dropped = self.dropped(before);
                Outcome::notice(format!("{words} from now on. u undoes it.{dropped}"))
            }
            Err(sentence) if can_be => {
                self.refused(&format!("{sentence} (0 restarts the run with it.)"))
            }
            Err(sentence) => self.refused(&sentence),
        }
    }

    /// Whether a setting already has this value, now or from the run's start: then there is nothing to
    /// change, announce or undo.
    pub(super) fn is_so(&self, path: &str, value: &Value, from_start: bool) -> bool {
        let timeline = self.view.playback.timeline();
        let experiment = timeline.experiment();
        if path == "load.rate" {
            let rate = experiment.load.rate.unwrap_or(self.view.draft.design.load.rate);
            return value.as_f64().is_some_and(|value| (value - rate).abs() < 1e-9);
        }
        let design = if from_start {
            let turned = |(_, intervention): &(_, Intervention)| matches!(intervention, Intervention::Change(on, _) if on == path);
            if timeline.interventions().iter().any(turned) {
                return false;
            }
            experiment.changed(&self.view.draft.design).unwrap_or_default()
        } else {
            timeline.settings()
        };
        design.with(path, value).is_ok_and(|same| same == design)
    }

    fn set_from_start(&mut self, ctx: Ctx<'_>, path: &str, value: Value) -> Outcome {
        let mut experiment = self.view.playback.timeline().saved();
        let words = words::setting(&self.view, path, &value);
        let settled = self.purpose.settle(ctx);
        if path == "load.rate" {
            experiment.load.rate = value.as_f64();
        } else {
            experiment.changes.insert(path.to_owned(), value);
        }
        let pace = Pace::Running { played: ctx.now.elapsed };
        if let Err(sentence) = self.view.restart(experiment, pace) {
            return self.refused(&sentence);
        }
        self.panel = Panel::Map;
        self.purpose.changed(&self.view);
        settled.then(Outcome::notice(format!("Restarted with {words}.")))
    }

    /// Reports why a change was rejected: in the open list, where there is room for the whole sentence.
    pub(super) fn refused(&mut self, sentence: &str) -> Outcome {
        let sentence = words::without_paths(&self.view, sentence);
        match &mut self.panel {
            Panel::Settings(menu) => menu.refuse(sentence),
            Panel::Faults(menu) => menu.refuse(sentence),
            Panel::Replays(menu) => menu.refuse(sentence),
            _ => return Outcome::notice(sentence),
        }
        Outcome::default()
    }

    fn undo(&mut self, ctx: Ctx<'_>) -> Outcome {
        // A repair made a moment ago counts before it is undone.
        let settled = self.purpose.settle(ctx);
        if let Purpose::Incident(repair) = &mut self.purpose {
            let Some(experiment) = repair.before().cloned() else {
                return Outcome::notice("Nothing was changed.");
            };
            if let Err(sentence) = self.view.restart(experiment, Pace::Paused) {
                return settled.then(Outcome::notice(sentence));
            }
            repair.undone(&self.view);
            return settled.then(Outcome::notice("The last change is undone."));
        }
        if !self.view.playback.timeline_mut().undo() {
            return Outcome::notice("There is nothing to undo in this run.");
        }
        self.view.playback.pause();
        self.view.lay_out();
        Outcome::notice("Undone, with everything that followed.")
    }

    /// Saves the run as an experiment.
    fn save(&mut self, ctx: Ctx<'_>) -> Outcome {
        let experiment = self.view.playback.timeline().saved();
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

    /// Redrives every dead-lettered message that can return to its queue.
    fn redrive(&mut self) -> Outcome {
        let queues: Vec<(PartId, String)> = self
            .view
            .topology()
            .parts
            .iter()
            .enumerate()
            .filter(|(_, part)| part.kind() == PartKind::Queue)
            .map(|(number, part)| (PartId(number as u32), part.path.to_string()))
            .collect();
        let (mut moved, mut left) = (0, 0);
        for (part, path) in queues {
            let (returns, stays) = self.view.run().redrivable(part);
            left += stays;
            if returns > 0 && self.view.intervene(Intervention::Redrive(path)).is_ok() {
                moved += returns;
            }
        }
        Outcome::notice(match (moved, left) {
            (0, 0) => Cow::from("The dead-letter queues are empty: there is nothing to redrive."),
            (0, _) => "These messages came from no queue, so a redrive cannot return them.".into(),
            (1, _) => "1 message goes back to its queue as a new message.".into(),
            _ => format!("{moved} messages go back to their queues as new messages.").into(),
        })
    }

    pub(super) fn begin_comparison(&mut self, ctx: Ctx<'_>, other: &Other) -> Outcome {
        match Compare::new(ctx, &self.view, other) {
            Ok(compare) => {
                self.panel = Panel::Compare(Box::new(compare));
                Outcome::default()
            }
            Err(sentence) => {
                self.panel = Panel::Map;
                Outcome::notice(sentence)
            }
        }
    }

    pub(super) fn compare_intent(&mut self, ctx: Ctx<'_>, intent: Intent) -> Outcome {
        let Panel::Compare(compare) = &mut self.panel else { return Outcome::default() };
        if intent == Intent::Leave {
            self.panel = Panel::Map;
            return Outcome::default();
        }
        compare.intent(ctx, intent)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::keymap::Context;
    use crate::tui::screens::live::tests::{LETTERS, panel};

    #[test]
    fn the_selection_goes_round_in_reading_order() {
        let mut stage = panel(LETTERS);
        let order = stage.live().view.plan.order();
        stage.pressed(Intent::PreviousPart);
        assert_eq!(stage.live().view.selected, order.last().copied());
        stage.pressed(Intent::NextPart);
        assert_eq!(stage.live().view.selected, order.first().copied());
    }

    #[test]
    fn a_list_stops_the_clock_and_lets_it_go_on() {
        let stage = panel(LETTERS).press(&[Intent::Run, Intent::Faults]);
        assert_eq!(stage.live().view.playback.pace(), Pace::Paused);
        let stage = stage.press(&[Intent::Leave]);
        assert!(matches!(stage.live().view.playback.pace(), Pace::Running { .. }));
        let stage = panel(LETTERS).press(&[Intent::Faults, Intent::Leave]);
        assert_eq!(stage.live().view.playback.pace(), Pace::Paused, "it did not run before");
    }

    #[test]
    fn what_is_done_before_a_later_change_takes_that_one_away() {
        let mut stage = panel(LETTERS).at("40s").press(&[Intent::Break(0)]).at("20s");
        let told = stage.pressed(Intent::Break(0)).notice.unwrap_or_default();
        assert!(told.ends_with(" The later change to this run is gone."), "{told}");
        let told = stage.pressed(Intent::Undo).notice.unwrap_or_default();
        assert_eq!(told, "Undone, with everything that followed.");
        let told = stage.pressed(Intent::Undo).notice.unwrap_or_default();
        assert_eq!(told, "There is nothing to undo in this run.");
    }

    #[test]
    fn a_setting_is_changed_once_and_the_same_value_again_changes_nothing() {
        let tuned = [Intent::Tune, Intent::Search];
        let stage = panel(LETTERS).at("20s").press(&tuned).typed("tray visibility");
        let mut stage = stage.press(&[Intent::GoOn]);
        let told = stage.pressed(Intent::GoOn).notice.unwrap_or_default();
        assert!(told.starts_with("tray queue, visibility timeout: 30 s already"), "{told}");
        assert_eq!(stage.live().context(), Context::Menu, "the list stays open");
        stage.pressed(Intent::More);
        let told = stage.pressed(Intent::GoOn).notice.unwrap_or_default();
        let expected = "tray queue, visibility timeout: 45 s from now on. u undoes it.";
        assert_eq!(told, expected);
        assert_eq!(stage.live().context(), Context::Live);
    }

    #[test]
    fn a_redrive_of_empty_dead_letter_queues_says_so() {
        let told = panel(LETTERS).at("20s").pressed(Intent::Redrive).notice.unwrap_or_default();
        assert!(told.starts_with("The dead-letter queues are empty"), "{told}");
    }
}
