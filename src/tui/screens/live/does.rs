//! Which keys do something at the moment: the footer names them.

use super::menu::{Entry, Menu};
use super::playback::Pace;
use super::purpose::{Action, Purpose};
use super::setting::Setting;
use super::{Live, Panel, bet, compare, leave};
use crate::sim::kernel::time::Time;
use crate::sim::snapshot::PartView;
use crate::tui::ctx::Ctx;
use crate::tui::keymap::Intent;

impl Live {
    /// Whether an intent does something at the moment.
    #[must_use]
    pub fn does(&self, ctx: Ctx<'_>, intent: Intent) -> bool {
        if self.prompt().is_some() || intent == Intent::Leave {
            return true;
        }
        if self.typed_ahead(ctx).is_some() && leave::answers_a_bet(intent) {
            return false;
        }
        match &self.panel {
            Panel::Bet => self.purpose.bets().is_some_and(|bets| bet::does(bets, intent)),
            Panel::Verdict(verdict) => {
                let size = self.panel_size(ctx);
                let sheet = verdict.sheet(&self.purpose, &self.view, size);
                verdict.does(intent, &sheet, size.1)
            }
            Panel::Settings(menu) => self.settings_do(menu, intent),
            Panel::Faults(menu) => menu_does(menu, intent),
            Panel::Replays(menu) => menu_does(menu, intent),
            Panel::Rivals(menu) => menu_does(menu, intent),
            Panel::Compare(compare) => compare.does(intent),
            Panel::Order(life) => {
                life.does(&self.view, intent).unwrap_or_else(|| self.run_does(ctx, intent))
            }
            Panel::Part(inspect) => {
                let does = inspect.does(&self.view, self.panel_size(ctx), intent);
                does.unwrap_or_else(|| self.run_does(ctx, intent))
            }
            Panel::Map => self.run_does(ctx, intent),
        }
    }

    fn run_does(&self, ctx: Ctx<'_>, intent: Intent) -> bool {
        let playback = &self.view.playback;
        if intent == Intent::NextMoment && self.purpose.notes().any(|(at, _)| at > playback.now()) {
            return true;
        }
        if let Some(does) = playback.does(intent) {
            return does;
        }
        let allows = |action| self.purpose.allows(action).is_ok();
        match intent {
            Intent::NextPart | Intent::PreviousPart => {
                self.view.plan.order().len() > usize::from(self.view.selected.is_some())
            }
            // A restart applies it at once.
            Intent::Restart => {
                let is_running = matches!(playback.pace(), Pace::Running { .. });
                let is_changed =
                    matches!(&self.purpose, Purpose::Incident(repair) if repair.is_changed());
                playback.now() > Time::ZERO || !is_running || is_changed
            }
            Intent::Faults => allows(Action::Break),
            Intent::Seed => allows(Action::ChangeSeed),
            Intent::Break(place) => {
                allows(Action::BreakAtOnce) && usize::from(place) < self.fault_options.len()
            }
            Intent::Compare => compare::has_choice(ctx, &self.view),
            Intent::Undo => match &self.purpose {
                Purpose::Incident(repair) => repair.before().is_some(),
                _ => !playback.timeline().interventions().is_empty(),
            },
            Intent::Redrive => self.view.snapshot.parts.iter().any(
                |view| matches!(view, PartView::Queue(queue) if queue.is_dlq && queue.visible > 0),
            ),
            Intent::Replay => self.has_archived(),
            Intent::Labs => !ctx.scenario.labs.is_empty(),
            Intent::Lesson => self.purpose.bets().is_some(),
            Intent::Hint => allows(Action::Hint),
            Intent::Solution => allows(Action::Solution),
            _ => true,
        }
    }

    fn settings_do(&self, menu: &Menu<Setting>, intent: Intent) -> bool {
        let from_start = match intent {
            Intent::GoOn => false,
            Intent::FromStart => true,
            other => return menu.does(other),
        };
        let Some(setting) = menu.chosen().filter(|_| !menu.is_refused()) else { return false };
        match (self.purpose.allows(Action::ChangeFromNowOn), from_start) {
            (Ok(()), from_start) => !self.is_so(&setting.path, &setting.value(), from_start),
            // Where every change restarts the run, enter does it.
            (Err(_), false) => !self.is_so(&setting.path, &setting.value(), true),
            (Err(_), true) => false,
        }
    }
}

fn menu_does<T: Entry>(menu: &Menu<T>, intent: Intent) -> bool {
    match intent {
        Intent::GoOn => menu.chosen().is_some() && !menu.is_refused(),
        Intent::FromStart => false,
        other => menu.does(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::screens::live::tests::{INCIDENT, LETTERS, lab, panel};

    #[test]
    fn a_key_is_named_only_where_it_has_something_to_do() {
        let mut stage = panel(LETTERS);
        let idle = [Intent::Undo, Intent::Redrive, Intent::StepBack, Intent::Hint];
        for intent in idle {
            assert!(!stage.does(intent), "{intent:?} at the start");
        }
        stage = stage.at("20s").press(&[Intent::Break(0)]);
        assert!(stage.does(Intent::Undo) && stage.does(Intent::StepBack));
        let keys = stage.live().fault_options.len() as u8;
        assert!(stage.does(Intent::Break(keys - 1)) && !stage.does(Intent::Break(keys)));
        assert!(stage.does(Intent::Leave));
    }

    #[test]
    fn dead_letters_are_what_a_redrive_is_for() {
        let stage = panel(LETTERS).at("5s").press(&[Intent::Faults, Intent::Search]);
        let stage = stage.typed("sorter poison").press(&[Intent::GoOn, Intent::GoOn]);
        assert!(!stage.does(Intent::Redrive));
        assert!(stage.at("3m").does(Intent::Redrive));
    }

    #[test]
    fn enter_on_an_unchanged_setting_of_an_incident_does_nothing() {
        let stage = lab(LETTERS, INCIDENT).press(&[Intent::Tune, Intent::Search]);
        let stage = stage.typed("reserved").press(&[Intent::GoOn]);
        assert!(!stage.does(Intent::GoOn) && !stage.does(Intent::FromStart));
        assert!(stage.press(&[Intent::More]).does(Intent::GoOn));
    }
}
