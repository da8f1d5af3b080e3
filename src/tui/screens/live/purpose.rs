//! What a run is on the screen for, and what may be done to it because of that.

use super::bets::Bets;
use super::repair::Repair;
use super::run_view::RunView;
use crate::content::lab::{Lab, LabKind};
use crate::sim::kernel::time::Time;
use crate::tui::ctx::{Ctx, Outcome};
use crate::tui::piece::Piece;
use crate::tui::theme::Meaning;

/// Why somebody looks at a run.
pub enum Purpose {
    /// To try whatever one likes.
    Explore,
    /// To see what a text says is to be seen, and when.
    Scene { at: Time, text: String },
    /// To bet, and to watch what comes of it.
    Lab(Box<Bets>),
    /// To change the configuration until every check of a goal holds.
    Incident(Box<Repair>),
}

/// What a learner may want to do to a run, and may not in every one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// Something on the list of faults.
    Break,
    /// A fault that has a number.
    BreakAtOnce,
    ChangeSeed,
    /// A change that takes effect while the run goes on.
    ChangeFromNowOn,
    /// Customers, and other people's services.
    ChangeOutside,
    Hint,
    Solution,
}

/// Why something may not be done.
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
    pub fn sentence(self) -> &'static str {
        match self {
            Self::EnoughBroken => "Enough is broken here: t changes the configuration.",
            Self::BetOnThisRun => {
                "In a lab numbers break nothing: the bet is on this run. f has all faults."
            }
            Self::OwnSeed => "A lab and an incident are about their own seed.",
            Self::BeginsAnew => "A change to an incident begins its run anew.",
            Self::NotOurs => "Customers and other people's services are not yours to configure.",
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
    /// Of a lab or an incident.
    pub fn of_lab(lab: Lab, show: &RunView, ctx: Ctx<'_>) -> Result<Self, String> {
        Ok(match lab.kind {
            LabKind::Lab => Self::Lab(Box::new(Bets::new(lab, show, ctx)?)),
            LabKind::Incident => Self::Incident(Box::new(Repair::new(lab, show, ctx)?)),
        })
    }

    /// Whether something may be done here, or why not.
    pub fn allows(&self, action: Action) -> Result<(), Reason> {
        use Action::{
            Break, BreakAtOnce, ChangeFromNowOn, ChangeOutside, ChangeSeed, Hint, Solution,
        };
        match (self, action) {
            (Self::Explore | Self::Scene { .. }, Hint | Solution) => Err(Reason::NoIncident),
            // After a bet numbers run on: they choose there, and must not break what was bet on.
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

    /// The bets, where there may be some.
    pub fn bets(&self) -> Option<&Bets> {
        match self {
            Self::Explore | Self::Scene { .. } => None,
            Self::Lab(bets) => Some(bets),
            Self::Incident(repair) => Some(&repair.bets),
        }
    }

    pub fn bets_mut(&mut self) -> Option<&mut Bets> {
        match self {
            Self::Explore | Self::Scene { .. } => None,
            Self::Lab(bets) => Some(bets),
            Self::Incident(repair) => Some(&mut repair.bets),
        }
    }

    /// Whether a bet is open: the clock will not start before.
    pub fn asks(&self) -> bool {
        self.bets().is_some_and(Bets::asks)
    }

    pub fn is_judging(&self) -> bool {
        self.bets().is_some_and(Bets::is_judging)
    }

    /// Goes on judging for a while; what comes of it, when the verdict is in.
    pub fn judge_on(&mut self, ctx: Ctx<'_>) -> Outcome {
        match self {
            Self::Explore | Self::Scene { .. } => {}
            Self::Lab(bets) => {
                // A lab has no goal, so there is nothing to be told.
                bets.judge_on();
            }
            Self::Incident(repair) => return repair.judge_on(ctx),
        }
        Outcome::default()
    }

    /// Judges to the end, however long that takes: somebody leaves, bets, or changes it again.
    pub fn settle(&mut self, ctx: Ctx<'_>) -> Outcome {
        let mut outcome = Outcome::default();
        while self.is_judging() {
            outcome = outcome.then(self.judge_on(ctx));
        }
        outcome
    }

    /// The run has come to its end: what is to be written down, and said. `None` where nobody waited
    /// for it.
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

    /// Whether the end was seen, and there is something to be said about it.
    pub fn has_verdict(&self) -> bool {
        match self {
            Self::Explore | Self::Scene { .. } => false,
            Self::Lab(bets) => bets.is_over(),
            Self::Incident(repair) => repair.bets.is_over() && repair.is_solved(),
        }
    }

    /// A setting was changed, and the run begun anew.
    pub fn changed(&mut self, show: &RunView) {
        match self {
            Self::Explore | Self::Scene { .. } => {}
            Self::Lab(bets) => bets.begin_anew(),
            Self::Incident(repair) => repair.changed(show),
        }
    }

    /// What is worth a look and when, by the lab or by the text that leads here.
    pub fn notes(&self) -> Box<dyn Iterator<Item = (Time, &str)> + '_> {
        match self {
            Self::Explore => Box::new(std::iter::empty()),
            Self::Scene { at, text } => Box::new(std::iter::once((*at, text.as_str()))),
            Self::Lab(bets) => Box::new(bets.notes()),
            Self::Incident(repair) => Box::new(repair.bets.notes()),
        }
    }

    /// Under the map: what is said about the run because of its purpose.
    pub fn strip(&self, show: &RunView, width: u16) -> Vec<Vec<Piece>> {
        match self {
            Self::Explore => Vec::new(),
            Self::Scene { at, text } => {
                super::status::labelled(&at.to_string(), text, Meaning::Strong, 2, width)
            }
            Self::Lab(bets) => bets.strip(show, width),
            Self::Incident(repair) => repair.strip(show, width),
        }
    }

    /// What stands first in the title: what it is, and what it is called.
    pub fn title<'a>(&'a self, design: &'a str) -> (&'static str, &'a str) {
        match self {
            Self::Explore | Self::Scene { .. } => ("LIVE", design),
            Self::Lab(bets) => ("LAB", &bets.lab().title),
            Self::Incident(repair) => ("INCIDENT", &repair.bets.lab().title),
        }
    }

    /// What would be lost if it were left now, apart from what was done to the run.
    pub fn would_lose(&self) -> Option<&'static str> {
        if let Self::Incident(repair) = self
            && repair.is_changed()
            && !repair.is_solved()
        {
            return Some("It is not repaired, and your changes would be gone.");
        }
        self.bets()
            .is_some_and(Bets::is_waiting)
            .then_some("Your bet counts; what comes of it you have not seen.")
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
