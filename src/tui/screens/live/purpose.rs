//! The purpose of a run on the screen, and what it allows.

use super::bets::Bets;
use super::repair::Repair;
use super::run_view::RunView;
use crate::content::course::LabKind;
use crate::content::lab::Lab;
use crate::sim::kernel::time::Time;
use crate::tui::ctx::{Ctx, Outcome};
use crate::tui::piece::Piece;
use crate::tui::theme::Meaning;

/// Why a run is on the screen.
pub enum Purpose {
    /// To explore freely.
    Explore,
    /// To show what a text describes, at this instant.
    Scene { at: Time, text: String },
    /// To bet, and to watch the result.
    Lab(Box<Bets>),
    /// To change the configuration until every check of a goal holds.
    Incident(Box<Repair>),
}

/// An action that not every purpose allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// Inject a fault from the list.
    Break,
    /// Inject a numbered fault.
    BreakAtOnce,
    ChangeSeed,
    /// Change a setting while the run continues.
    ChangeFromNowOn,
    /// Change the load, or services of other teams.
    ChangeOutside,
    Hint,
    Solution,
}

/// Why an action is not allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    EnoughBroken,
    BetOnThisRun,
    OwnSeed,
    BeginsAnew,
    NotOurs,
    NoHint,
    NothingToRepair,
    NoIncident,
}

impl Reason {
    /// The reason as a sentence.
    pub fn sentence(self) -> &'static str {
        match self {
            Self::EnoughBroken => "Enough is broken here: t changes the configuration.",
            Self::BetOnThisRun => {
                "In a lab numbers break nothing: the bet is on this run. f lists all faults."
            }
            Self::OwnSeed => "A lab or an incident keeps its seed.",
            Self::BeginsAnew => "A change to an incident restarts its run.",
            Self::NotOurs => "The load and other teams' services are not yours to configure.",
            Self::NoHint => "A lab has no hint: watch, and go back to look again.",
            Self::NothingToRepair => "There is nothing to repair here.",
            Self::NoIncident => "There is nothing to repair here: b has incidents.",
        }
    }
}

impl From<Reason> for Outcome {
    fn from(reason: Reason) -> Self {
        Self::notice(reason.sentence())
    }
}

impl Purpose {
    /// The purpose of a lab or an incident.
    pub fn of_lab(lab: Lab, show: &RunView, ctx: Ctx<'_>) -> Result<Self, String> {
        Ok(match lab.kind {
            LabKind::Lab => Self::Lab(Box::new(Bets::new(lab, show, ctx)?)),
            LabKind::Incident => Self::Incident(Box::new(Repair::new(lab, show, ctx)?)),
        })
    }

    /// Allows an action, or gives the reason against it.
    pub fn allows(&self, action: Action) -> Result<(), Reason> {
        use Action::{
            Break, BreakAtOnce, ChangeFromNowOn, ChangeOutside, ChangeSeed, Hint, Solution,
        };
        match (self, action) {
            (Self::Explore | Self::Scene { .. }, Hint | Solution) => Err(Reason::NoIncident),
            // Numbers choose a bet: typed on, they must not break the run.
            (Self::Lab(_), BreakAtOnce) => Err(Reason::BetOnThisRun),
            (Self::Lab(_) | Self::Incident(_), ChangeSeed) => Err(Reason::OwnSeed),
            (Self::Lab(_), Hint) => Err(Reason::NoHint),
            (Self::Lab(_), Solution) => Err(Reason::NothingToRepair),
            (Self::Incident(_), Break | BreakAtOnce) => Err(Reason::EnoughBroken),
            (Self::Incident(_), ChangeFromNowOn) => Err(Reason::BeginsAnew),
            (Self::Incident(_), ChangeOutside) => Err(Reason::NotOurs),
            (Self::Explore | Self::Scene { .. }, _)
            | (Self::Lab(_), Break | ChangeFromNowOn | ChangeOutside)
            | (Self::Incident(_), Hint | Solution) => Ok(()),
        }
    }

    /// The bets of a lab or an incident.
    pub fn bets(&self) -> Option<&Bets> {
        match self {
            Self::Explore | Self::Scene { .. } => None,
            Self::Lab(bets) => Some(bets),
            Self::Incident(repair) => Some(&repair.bets),
        }
    }

    /// The same, to change them.
    pub fn bets_mut(&mut self) -> Option<&mut Bets> {
        match self {
            Self::Explore | Self::Scene { .. } => None,
            Self::Lab(bets) => Some(bets),
            Self::Incident(repair) => Some(&mut repair.bets),
        }
    }

    /// Whether a bet is open: the clock does not start before.
    pub fn asks(&self) -> bool {
        self.bets().is_some_and(Bets::asks)
    }

    /// Whether the run is still being judged.
    pub fn is_judging(&self) -> bool {
        self.bets().is_some_and(Bets::is_judging)
    }

    /// Judges on for a while and returns the outcome once the verdict is in.
    pub fn judge_on(&mut self, ctx: Ctx<'_>) -> Outcome {
        match self {
            Self::Explore | Self::Scene { .. } => {}
            Self::Lab(bets) => {
                // A lab has no goal to report.
                bets.judge_on();
            }
            Self::Incident(repair) => return repair.judge_on(ctx),
        }
        Outcome::default()
    }

    /// Judges to the end, before somebody leaves, bets, or makes another change.
    pub fn settle(&mut self, ctx: Ctx<'_>) -> Outcome {
        let mut outcome = Outcome::default();
        while self.is_judging() {
            outcome = outcome.then(self.judge_on(ctx));
        }
        outcome
    }

    /// Handles the end of the run: the record and the notice. `None` if nobody waited for it.
    pub fn over(&mut self, ctx: Ctx<'_>) -> Option<Outcome> {
        let settled = self.settle(ctx);
        self.bets_mut()?.end();
        Some(match self {
            Self::Incident(repair) if !repair.is_solved() => {
                let told = "Not repaired yet: t changes the configuration, H gives a hint.";
                settled.then(Outcome::notice(told))
            }
            _ => settled,
        })
    }

    /// Whether the run has ended and has a verdict.
    pub fn has_verdict(&self) -> bool {
        match self {
            Self::Explore | Self::Scene { .. } => false,
            Self::Lab(bets) => bets.is_over(),
            Self::Incident(repair) => repair.bets.is_over() && repair.is_solved(),
        }
    }

    /// Notes that a setting was changed and the run restarted.
    pub fn changed(&mut self, show: &RunView) {
        match self {
            Self::Explore | Self::Scene { .. } => {}
            Self::Lab(bets) => bets.begin_anew(),
            Self::Incident(repair) => repair.changed(show),
        }
    }

    /// What to look at and when, according to the lab or the text that leads here.
    pub fn notes(&self) -> Box<dyn Iterator<Item = (Time, &str)> + '_> {
        match self {
            Self::Explore => Box::new(std::iter::empty()),
            Self::Scene { at, text } => Box::new(std::iter::once((*at, text.as_str()))),
            Self::Lab(bets) => Box::new(bets.notes()),
            Self::Incident(repair) => Box::new(repair.bets.notes()),
        }
    }

    /// The lines below the map that depend on the purpose; a bet takes at most this many lines.
    pub fn strip(&self, show: &RunView, width: u16, most: usize) -> Vec<Vec<Piece>> {
        match self {
            Self::Explore => Vec::new(),
            Self::Scene { at, text } => {
                super::status::labelled(&at.to_string(), text, Meaning::Strong, 2, width)
            }
            Self::Lab(bets) => bets.strip(show, width, most),
            Self::Incident(repair) => repair.strip(show, width),
        }
    }

    /// The number of lines that an incident has below the map, the same during the whole run; 0 without one.
    pub fn incident_lines(&self, show: &RunView, width: u16) -> usize {
        match self {
            Self::Explore | Self::Scene { .. } | Self::Lab(_) => 0,
            Self::Incident(repair) => repair.strip(show, width).len(),
        }
    }

    /// The beginning of the title: the kind of run, and its name.
    pub fn title<'a>(&'a self, design: &'a str) -> (&'static str, &'a str) {
        match self {
            Self::Explore | Self::Scene { .. } => ("LIVE", design),
            Self::Lab(bets) => ("LAB", &bets.lab().title),
            Self::Incident(repair) => ("INCIDENT", &repair.bets.lab().title),
        }
    }

    /// What leaving now would lose, besides the changes to the run.
    pub fn would_lose(&self) -> Option<&'static str> {
        if let Self::Incident(repair) = self
            && repair.is_changed()
            && !repair.is_solved()
        {
            return Some("It is not repaired, and your changes would be lost.");
        }
        self.bets()
            .is_some_and(Bets::is_waiting)
            .then_some("Your bet counts, but you have not seen how it ends.")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::screens::live::tests::{BET, INCIDENT, LETTERS, Stage, lab};

    #[test]
    fn who_explores_may_do_all_but_repair() {
        let scene = Purpose::Scene { at: Time::ZERO, text: "Look.".to_owned() };
        for purpose in [Purpose::Explore, scene] {
            for action in [
                Action::Break,
                Action::BreakAtOnce,
                Action::ChangeSeed,
                Action::ChangeFromNowOn,
                Action::ChangeOutside,
            ] {
                assert_eq!(purpose.allows(action), Ok(()), "{action:?}");
            }
            for action in [Action::Hint, Action::Solution] {
                assert_eq!(purpose.allows(action), Err(Reason::NoIncident), "{action:?}");
            }
        }
    }

    #[test]
    fn a_lab_is_not_repaired_and_an_incident_is_not_broken_further() {
        let refused = |stage: &Stage| -> Vec<Reason> {
            let all = [
                Action::Break,
                Action::BreakAtOnce,
                Action::ChangeSeed,
                Action::ChangeFromNowOn,
                Action::ChangeOutside,
                Action::Hint,
                Action::Solution,
            ];
            let purpose = &stage.live().purpose;
            all.into_iter().filter_map(|action| purpose.allows(action).err()).collect()
        };
        let of_lab =
            [Reason::BetOnThisRun, Reason::OwnSeed, Reason::NoHint, Reason::NothingToRepair];
        assert_eq!(refused(&lab(LETTERS, BET)), of_lab);
        let of_incident = [
            Reason::EnoughBroken,
            Reason::EnoughBroken,
            Reason::OwnSeed,
            Reason::BeginsAnew,
            Reason::NotOurs,
        ];
        assert_eq!(refused(&lab(LETTERS, INCIDENT)), of_incident);
    }
}
