//! An incident at hand: the checks of its goal, what was changed to reach it, and what that is worth.

use super::bets::Bets;
use super::run_view::RunView;
use super::status::labelled;
use super::{setting, words};
use crate::content::lab::{Goal, Lab};
use crate::sim::design::{Design, Experiment};
use crate::study::id::Version;
use crate::study::record::Activity;
use crate::tui::ctx::{Ctx, Outcome};
use crate::tui::piece::Piece;
use crate::tui::theme::Meaning;

/// What a repair is worth.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Credit {
    Open,
    /// It is written down, with so many settings changed.
    Taken(usize),
    /// The solution was asked for: whatever is reached now is not the learner's.
    Forfeited,
}

/// An incident that is being repaired.
pub struct Repair {
    /// An incident may ask something before its clock starts, as a lab does.
    pub bets: Bets,
    goal: Goal,
    /// Whether each check of the goal holds, once that is known for the settings as they are.
    checks: Option<Vec<bool>>,
    /// The experiments that the run was, the first as it was found.
    changed: Vec<Experiment>,
    /// The design as it was found.
    found: Design,
    /// Settings that are otherwise now than they were found.
    turned: Vec<String>,
    is_solved: bool,
    credit: Credit,
}

impl Repair {
    pub fn new(lab: Lab, show: &RunView, ctx: Ctx<'_>) -> Result<Self, String> {
        let goal = lab.goal.clone().ok_or_else(|| format!("{} has no goal.", lab.id))?;
        Ok(Self {
            bets: Bets::new(lab, show, ctx)?,
            goal,
            checks: None,
            changed: Vec::new(),
            found: show.playback.timeline().settings(),
            turned: Vec::new(),
            is_solved: false,
            credit: Credit::Open,
        })
    }

    pub fn goal(&self) -> &Goal {
        &self.goal
    }

    pub fn is_solved(&self) -> bool {
        self.is_solved
    }

    /// Whether the solution was asked for.
    pub fn was_shown(&self) -> bool {
        self.credit == Credit::Forfeited
    }

    /// Whether something is otherwise than it was found.
    pub fn is_changed(&self) -> bool {
        !self.turned.is_empty()
    }

    /// How many settings are otherwise than they were found.
    pub fn changes(&self) -> usize {
        self.turned.len()
    }

    /// Goes on judging for a while; what comes of it, when the verdict is in.
    pub fn judge_on(&mut self, ctx: Ctx<'_>) -> Outcome {
        let Some(checks) = self.bets.judge_on() else { return Outcome::default() };
        self.is_solved = checks.iter().all(|held| *held);
        self.checks = Some(checks);
        self.credited(ctx)
    }

    /// A repair counts when its checks are known to hold, and again when fewer settings do it.
    fn credited(&mut self, ctx: Ctx<'_>) -> Outcome {
        let count = self.turned.len();
        let is_news = match self.credit {
            Credit::Open => true,
            Credit::Taken(before) => count < before,
            // A repair that was read is none.
            Credit::Forfeited => false,
        };
        if !self.is_solved || !is_news {
            return Outcome::default();
        }
        self.credit = Credit::Taken(count);
        let activity = Activity::Repair {
            incident: self.bets.lab().id.as_str().into(),
            version: Version(self.bets.version()),
            changes: count as u8,
        };
        Outcome {
            effects: vec![ctx.record(activity)],
            notice: Some("Repaired: every check holds to the end of the run. Counted.".to_owned()),
            go: None,
        }
    }

    /// The run has begun anew with other settings.
    fn retuned(&mut self, show: &RunView) {
        self.turned = setting::differences(&self.found, &show.playback.timeline().settings());
        self.is_solved = false;
        self.checks = None;
        self.bets.begin_anew();
        self.bets.judge(show);
    }

    /// A setting was changed, and the run begun anew.
    pub fn changed(&mut self, show: &RunView) {
        if self.changed.is_empty() {
            self.changed.push(self.bets.lab().experiment.clone());
        }
        self.changed.push(show.experiment().clone());
        self.retuned(show);
    }

    /// The experiment as it was before the last change.
    pub fn before(&self) -> Option<&Experiment> {
        self.changed.len().checked_sub(2).and_then(|place| self.changed.get(place))
    }

    /// The last change is taken back, and the run begun anew.
    pub fn undone(&mut self, show: &RunView) {
        self.changed.pop();
        if self.changed.len() == 1 {
            self.changed.clear();
        }
        self.retuned(show);
    }

    /// All changes are taken back.
    pub fn reset(&mut self, show: &RunView) {
        self.changed.clear();
        self.retuned(show);
    }

    /// The incident's experiment with its solution made.
    pub fn solution(&self) -> Option<Experiment> {
        self.bets.lab().solved()
    }

    /// The solution was asked for: it runs, and is not counted as the learner's.
    pub fn shown_solution(&mut self, before: Experiment, show: &RunView) {
        self.changed = vec![before, show.experiment().clone()];
        self.credit = Credit::Forfeited;
        self.retuned(show);
    }

    /// Under the map: the bets, and the checks of the goal.
    pub fn strip(&self, show: &RunView, width: u16) -> Vec<Vec<Piece>> {
        let mut lines = self.bets.strip(show, width);
        for (place, check) in self.goal.checks.iter().enumerate() {
            let held = self.checks.as_ref().and_then(|checks| checks.get(place));
            let (sign, meaning) = match held {
                Some(true) => ("✓", Meaning::Right),
                Some(false) => ("✗", Meaning::Wrong),
                None => ("○", Meaning::Faint),
            };
            // Where there is little room a check has all of the line.
            let check = words::check(show, check);
            let mut line = vec![Piece::new(format!("{sign} {check}"), meaning)];
            if width >= 60 {
                let label = if place == 0 { "goal" } else { "" };
                line.insert(0, Piece::faint(format!("{label:<10}")));
            }
            lines.push(line);
        }
        lines.extend(labelled("settings", &self.settings(), Meaning::Text, 1, width));
        lines
    }

    /// How many settings are otherwise, and the keys for them that do something.
    fn settings(&self) -> String {
        let (count, par) = (self.turned.len(), self.goal.par);
        let (whose, solution) =
            if self.was_shown() { (" (solution shown)", "") } else { ("", " · S solution") };
        let undo = if self.before().is_some() { " · u undo · r reset" } else { "" };
        format!("{count} changed{whose}, par {par} · t tune{undo} · H hint{solution}")
    }
}
