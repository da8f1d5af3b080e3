//! Which keys do something as the run stands: what the footer names.

use super::fault_option::What;
use super::lab::LabPlay;
use super::menu::{Choice, Menu};
use super::playback::Pace;
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
            View::Bet => {
                self.lab.as_ref().is_some_and(|lab| bet::does(lab, &self.show, ctx, intent))
            }
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
        if intent == Intent::NextMoment && self.notes().any(|(at, _)| at > playback.now()) {
            return true;
        }
        if let Some(does) = playback.does(intent) {
            return does;
        }
        let is_incident = self.lab.as_ref().is_some_and(LabPlay::is_incident);
        match intent {
            Intent::Down | Intent::Up | Intent::NextHeading | Intent::PreviousHeading => {
                self.show.plan.order().len() > usize::from(self.selected.is_some())
            }
            // From the beginning it goes at once.
            Intent::Restart => {
                let is_running = matches!(playback.pace(), Pace::Running { .. });
                let is_changed = self.lab.as_ref().is_some_and(LabPlay::is_changed);
                playback.now() > Time::ZERO || !is_running || is_changed
            }
            Intent::Faults => !is_incident,
            Intent::Seed => self.lab.is_none(),
            Intent::Break(place) => {
                self.lab.is_none() && usize::from(place) < self.fault_options.len()
            }
            Intent::Compare => compare::has_choice(ctx, &self.show),
            Intent::Undo if is_incident => {
                self.lab.as_ref().is_some_and(|lab| lab.before().is_some())
            }
            Intent::Undo => !playback.timeline().interventions().is_empty(),
            Intent::Redrive => self.show.snapshot.parts.iter().any(
                |view| matches!(view, PartView::Queue(queue) if queue.is_dlq && queue.visible > 0),
            ),
            Intent::Labs => !ctx.scenario.labs.is_empty(),
            Intent::Lesson => self.lab.is_some(),
            Intent::Hint => self.lab.as_ref().is_some_and(|lab| lab.hint().is_some()),
            Intent::Solution => is_incident,
            _ => true,
        }
    }

    fn menu_does(&self, menu: &Menu, intent: Intent) -> bool {
        match intent {
            Intent::GoOn | Intent::FromStart if menu.is_refused() => false,
            Intent::GoOn | Intent::FromStart => match menu.choice() {
                Choice::Break(_) | Choice::Compare(_) => intent == Intent::GoOn,
                Choice::Set(path, value) => {
                    let is_incident = self.lab.as_ref().is_some_and(LabPlay::is_incident);
                    // An incident begins anew with whatever is set: enter does it.
                    match (is_incident, intent == Intent::FromStart) {
                        (true, true) => false,
                        (is_incident, from_start) => {
                            !self.is_so(&path, &value, is_incident || from_start)
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
