//! Which keys do something as the run stands: what the footer names.

use super::fault_option::What;
use super::menu::{Choice, Menu};
use super::playback::Pace;
use super::purpose::{Action, Purpose};
use super::{Live, View, bet, compare, leave};
use crate::sim::kernel::time::Time;
use crate::sim::snapshot::PartView;
use crate::tui::ctx::Ctx;
use crate::tui::frame::Width;
use crate::tui::keymap::Intent;

impl Live {
    #[must_use]
    pub fn does(&self, ctx: Ctx<'_>, intent: Intent) -> bool {
        if self.prompt.is_some() || intent == Intent::Leave {
            return true;
        }
        if self.typed_ahead(ctx).is_some() && leave::answers_a_bet(intent) {
            return false;
        }
        match &self.view {
            View::Bet => bet::does(&self.purpose, &self.show, ctx, intent),
            View::Menu(menu) => self.menu_does(menu, intent),
            View::Compare(compare) => compare.does(intent),
            View::Life(life) => {
                life.does(&self.show, intent).unwrap_or_else(|| self.run_does(ctx, intent))
            }
            View::Inspect(inspect) => {
                let area = super::above_the_bar(ctx.areas(Width::Wide).body);
                let does = inspect.does(&self.show, area, intent);
                does.unwrap_or_else(|| self.run_does(ctx, intent))
            }
            View::Map => self.run_does(ctx, intent),
        }
    }

    fn run_does(&self, ctx: Ctx<'_>, intent: Intent) -> bool {
        let playback = &self.show.playback;
        if intent == Intent::NextMoment && self.purpose.notes().any(|(at, _)| at > playback.now()) {
            return true;
        }
        if let Some(does) = playback.does(intent) {
            return does;
        }
        let allows = |action| self.purpose.allows(action).is_ok();
        match intent {
            Intent::Down | Intent::Up | Intent::NextHeading | Intent::PreviousHeading => {
                self.show.plan.order().len() > usize::from(self.selected.is_some())
            }
            // From the beginning it goes at once.
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
            Intent::Compare => compare::has_choice(ctx, &self.show),
            Intent::Undo => match &self.purpose {
                Purpose::Incident(repair) => repair.before().is_some(),
                _ => !playback.timeline().interventions().is_empty(),
            },
            Intent::Redrive => self.show.snapshot.parts.iter().any(
                |view| matches!(view, PartView::Queue(queue) if queue.is_dlq && queue.visible > 0),
            ),
            Intent::Labs => !ctx.scenario.labs.is_empty(),
            Intent::Lesson => self.purpose.bets().is_some(),
            Intent::Hint => allows(Action::Hint),
            Intent::Solution => allows(Action::Solution),
            _ => true,
        }
    }

    fn menu_does(&self, menu: &Menu, intent: Intent) -> bool {
        match intent {
            Intent::GoOn | Intent::FromStart if menu.is_refused() => false,
            Intent::GoOn | Intent::FromStart => match menu.choice() {
                Choice::Break(_) | Choice::Compare(_) => intent == Intent::GoOn,
                Choice::Set(path, value) => {
                    let begins_anew = self.purpose.allows(Action::ChangeFromNowOn).is_err();
                    // Where it begins anew with whatever is set, enter does it.
                    match (begins_anew, intent == Intent::FromStart) {
                        (true, true) => false,
                        (begins_anew, from_start) => {
                            !self.is_so(&path, &value, begins_anew || from_start)
                        }
                    }
                }
                Choice::Nothing => false,
            },
            other => menu.does(other),
        }
    }
}

impl What {
    /// Whether there is a longer and a shorter, or more and less, of it.
    pub fn can_turn(&self) -> bool {
        matches!(self, Self::Fault(_))
    }
}
