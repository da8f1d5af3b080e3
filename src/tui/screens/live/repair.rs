//! An incident on the screen: the checks of its goal, the changes made, and whether the repair counts.

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

/// Whether a repair counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Credit {
    Open,
    /// It was recorded with this number of changed settings.
    Taken(usize),
    /// The solution was shown, so no repair counts any more.
    Forfeited,
}

/// An incident under repair.
pub struct Repair {
    /// The bets: like a lab, an incident may ask before its clock starts.
    pub bets: Bets,
    goal: Goal,
    /// Whether each check of the goal holds, once known for the current settings.
    checks: Option<Vec<bool>>,
    /// The experiments so far, the original first.
    changed: Vec<Experiment>,
    /// The original design.
    found: Design,
    /// Paths of the settings that differ from the original.
    turned: Vec<String>,
    is_solved: bool,
    credit: Credit,
}

impl Repair {
    /// Opens an incident. Returns a sentence if it has no goal.
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

    /// The goal of the incident.
    pub fn goal(&self) -> &Goal {
        &self.goal
    }

    /// Whether every check of the goal holds.
    pub fn is_solved(&self) -> bool {
        self.is_solved
    }

    /// Whether the solution was shown.
    pub fn was_shown(&self) -> bool {
        self.credit == Credit::Forfeited
    }

    /// Whether a setting differs from the original.
    pub fn is_changed(&self) -> bool {
        !self.turned.is_empty()
    }

    /// Number of settings that differ from the original.
    pub fn changes(&self) -> usize {
        self.turned.len()
    }

    /// Judges on for a while and returns the outcome once the verdict is in.
    pub fn judge_on(&mut self, ctx: Ctx<'_>) -> Outcome {
        let Some(checks) = self.bets.judge_on() else { return Outcome::default() };
        self.is_solved = checks.iter().all(|held| *held);
        self.checks = Some(checks);
        self.credited(ctx)
    }

    /// Records a repair whose checks hold, and again one with fewer settings.
    fn credited(&mut self, ctx: Ctx<'_>) -> Outcome {
        let count = self.turned.len();
        let is_news = match self.credit {
            Credit::Open => true,
            Credit::Taken(before) => count < before,
            // A repair copied from the solution is none.
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

    /// Notes that the run restarted with other settings.
    fn retuned(&mut self, show: &RunView) {
        self.turned = setting::differences(&self.found, &show.playback.timeline().settings());
        self.is_solved = false;
        self.checks = None;
        self.bets.begin_anew();
        self.bets.judge(show);
    }

    /// Notes that a setting was changed and the run restarted.
    pub fn changed(&mut self, show: &RunView) {
        if self.changed.is_empty() {
            self.changed.push(self.bets.lab().experiment.clone());
        }
        self.changed.push(show.experiment().clone());
        self.retuned(show);
    }

    /// The experiment before the last change.
    pub fn before(&self) -> Option<&Experiment> {
        self.changed.len().checked_sub(2).and_then(|place| self.changed.get(place))
    }

    /// Notes that the last change was undone and the run restarted.
    pub fn undone(&mut self, show: &RunView) {
        self.changed.pop();
        if self.changed.len() == 1 {
            self.changed.clear();
        }
        self.retuned(show);
    }

    /// Notes that all changes were undone.
    pub fn reset(&mut self, show: &RunView) {
        self.changed.clear();
        self.retuned(show);
    }

    /// The incident's experiment with its solution applied.
    pub fn solution(&self) -> Option<Experiment> {
        self.bets.lab().solved()
    }

    /// Notes that the solution runs; it does not count as the learner's.
    pub fn shown_solution(&mut self, before: Experiment, show: &RunView) {
        self.changed = vec![before, show.experiment().clone()];
        self.credit = Credit::Forfeited;
        self.retuned(show);
    }

    /// The lines below the map: the bets, and the checks of the goal.
    pub fn strip(&self, show: &RunView, width: u16) -> Vec<Vec<Piece>> {
        let mut lines = self.bets.strip(show, width, 1);
        for (place, check) in self.goal.checks.iter().enumerate() {
            let held = self.checks.as_ref().and_then(|checks| checks.get(place));
            let (sign, said, meaning) = match held {
                Some(true) => ("✓ ", "holds: ", Meaning::Right),
                Some(false) => ("✗ ", "does not hold: ", Meaning::Wrong),
                None => ("○ ", "not judged yet: ", Meaning::Faint),
            };
            // Where there is little room, a check takes the whole line.
            let check = words::check(show, check);
            let mut line = vec![Piece::new(sign, meaning).said(said), Piece::new(check, meaning)];
            if width >= 60 {
                let label = if place == 0 { "goal" } else { "" };
                line.insert(0, Piece::faint(format!("{label:<10}")));
            }
            lines.push(line);
        }
        lines.extend(labelled("settings", &self.settings(), Meaning::Text, 1, width));
        lines
    }

    /// The number of changed settings, and the keys for them that do something.
    fn settings(&self) -> String {
        let (count, par) = (self.turned.len(), self.goal.par);
        let (whose, solution) =
            if self.was_shown() { (" (solution shown)", "") } else { ("", " · S solution") };
        let undo = if self.before().is_some() { " · u undo · r reset" } else { "" };
        format!("{count} changed{whose}, par {par} · t tune{undo} · H hint{solution}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::keymap::Intent;
    use crate::tui::msg::Effect;
    use crate::tui::screens::live::tests::{INCIDENT, LETTERS, Stage, lab};

    /// The incident after this limit of the sorter was typed.
    fn limited(typed: &str) -> Stage {
        let stage = lab(LETTERS, INCIDENT).press(&[Intent::Tune, Intent::Search]);
        let stage = stage.typed("reserved").press(&[Intent::GoOn, Intent::TypeValue]);
        stage.typed(typed).press(&[Intent::GoOn])
    }

    #[test]
    fn a_repair_counts_once_with_its_number_of_changes() {
        let mut stage = limited("5");
        assert!(stage.line("settings").contains("1 changed, par 1"), "{:?}", stage.lines());
        // Leaving judges the run to its end.
        let left = stage.pressed(Intent::Leave);
        let [Effect::Append(record)] = left.effects.as_slice() else { panic!("{left:?}") };
        assert!(matches!(record.activity, Activity::Repair { changes: 1, .. }), "{record:?}");
        assert!(stage.line("goal").contains('✓'), "{:?}", stage.lines());
        assert!(stage.pressed(Intent::Leave).effects.is_empty());
    }

    #[test]
    fn the_solution_shown_repairs_and_does_not_count() {
        let mut stage = lab(LETTERS, INCIDENT).press(&[Intent::Solution]);
        assert!(stage.pressed(Intent::Leave).effects.is_empty());
        assert!(stage.line("goal").contains('✓'), "{:?}", stage.lines());
        let settings = stage.line("settings");
        assert!(settings.contains("1 changed (solution shown), par 1"), "{settings}");
        assert!(!settings.contains("S solution"), "{settings}");
    }

    #[test]
    fn the_keys_for_changes_are_named_while_there_are_changes() {
        assert!(!lab(LETTERS, INCIDENT).line("settings").contains("u undo"));
        let stage = limited("5");
        assert!(stage.line("settings").contains("u undo · r reset"));
        let stage = stage.press(&[Intent::Undo]);
        assert!(!stage.line("settings").contains("u undo"), "{}", stage.line("settings"));
        assert!(stage.line("settings").contains("0 changed"));
    }
}
