//! A lab or an incident that is being played: the bets before the clock starts, what is to be seen,
//! and whether an incident's goal is reached.

use super::show::Show;
use super::status::labelled;
use crate::content::lab::{self, Lab, LabKind};
use crate::sim::claim::Claim;
use crate::sim::kernel::time::Time;
use crate::sim::run::{Run, Trial};
use crate::sim::spec::Experiment;
use crate::study::record::Deed;
use crate::tui::desk::Desk;
use crate::tui::msg::Effect;
use crate::tui::theme::Meaning;
use crate::tui::wrap::Piece;

/// Entries of the agenda in one go while a run is judged.
const ENTRIES: usize = 2_000;

/// What a repair is worth.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Credit {
    Open,
    /// It is written down.
    Taken,
    /// The solution was asked for: whatever is reached now is not the learner's.
    Forfeited,
}

/// A lab at hand.
pub struct LabPlay {
    lab: Lab,
    /// Of its file: bets on another text are other bets.
    version: u64,
    /// The bet that is asked, and the option under the cursor; past the last, the clock may start.
    pub asked: usize,
    pub cursor: usize,
    /// Lines of the verdict above the screen.
    pub scroll: usize,
    /// What was said to each bet.
    pub said: Vec<usize>,
    /// The right option of each bet, once the run has been judged.
    pub right: Vec<Option<usize>>,
    judging: Option<Trial>,
    /// Whether each check of the goal holds, once that is known for the settings as they are.
    pub checks: Option<Vec<bool>>,
    /// Settings that were changed, in the order in which they were.
    changed: Vec<Experiment>,
    pub turned: Vec<String>,
    /// Whether the end was seen, and the verdict told.
    is_over: bool,
    is_solved: bool,
    credit: Credit,
}

/// Reads a lab of the course.
pub fn read(desk: Desk<'_>, id: &str) -> Result<Lab, String> {
    let entry = desk.scenario.labs.iter().find(|entry| entry.id == id);
    let entry = entry.ok_or_else(|| format!("This course has no lab {id}."))?;
    lab::open(&desk.library.lab(entry).map_err(|cause| cause.to_string())?)
}

impl LabPlay {
    pub fn new(lab: Lab, show: &Show) -> Result<Self, String> {
        let mut play = Self {
            version: lab.version(),
            right: vec![None; lab.bet.len()],
            lab,
            asked: 0,
            cursor: 0,
            scroll: 0,
            said: Vec::new(),
            judging: None,
            checks: None,
            changed: Vec::new(),
            turned: Vec::new(),
            is_over: false,
            is_solved: false,
            credit: Credit::Open,
        };
        play.judge(show);
        play.judging.as_ref().ok_or_else(|| format!("The lab {} has no bet.", play.lab.id))?;
        Ok(play)
    }

    pub fn lab(&self) -> &Lab {
        &self.lab
    }

    pub fn title(&self) -> &str {
        &self.lab.title
    }

    pub fn kind_word(&self) -> &'static str {
        if self.is_incident() { "INCIDENT" } else { "LAB" }
    }

    pub fn is_incident(&self) -> bool {
        self.lab.kind == LabKind::Incident
    }

    /// Whether a bet is still open: the clock will not start before.
    pub fn asks(&self) -> bool {
        self.asked < self.lab.bet.len()
    }

    pub fn has_verdict(&self) -> bool {
        self.is_over && (self.is_solved || !self.is_incident())
    }

    /// Whether the solution was asked for.
    pub fn was_shown(&self) -> bool {
        self.credit == Credit::Forfeited
    }

    pub fn is_judging(&self) -> bool {
        self.judging.is_some()
    }

    fn claims(&self) -> Vec<String> {
        let bets = self.lab.bet.iter().flat_map(|bet| &bet.option);
        let mut claims: Vec<String> = bets.map(|option| option.claim.clone()).collect();
        claims.extend(self.lab.goal.iter().flat_map(|goal| goal.checks.clone()));
        claims
    }

    /// Begins to judge the run as its settings are.
    pub fn judge(&mut self, show: &Show) {
        self.checks = None;
        let settings = show.experiment();
        let run = Run::experiment(settings, &show.draft.design, &show.draft.documents);
        let Ok(mut run) = run else { return };
        run.watch(false);
        let gauges = run.gauges();
        // They were read when the lab was checked.
        let claims = self.claims().into_iter();
        let claims: Vec<Claim> = claims.filter_map(|c| Claim::parse(&c, &gauges).ok()).collect();
        self.judging = Some(Trial::new(run, Time::ZERO + settings.run.0, &claims));
    }

    /// Goes on judging for a while.
    pub fn judge_on(&mut self) {
        let Some(trial) = &mut self.judging else { return };
        let Some(held) = trial.advance(ENTRIES) else { return };
        self.judging = None;
        let mut rest = held.as_slice();
        let is_first = self.right.iter().all(Option::is_none);
        for (place, bet) in self.lab.bet.iter().enumerate() {
            let (of_this, after) = rest.split_at(bet.option.len().min(rest.len()));
            rest = after;
            // A bet is on the run as the lab has it, whatever is repaired later.
            if is_first && let Some(right) = self.right.get_mut(place) {
                *right = of_this.iter().position(|held| *held);
            }
        }
        if self.lab.goal.is_some() {
            self.checks = Some(rest.to_vec());
        }
    }

    /// Takes the option under the cursor as the bet, and says what to write down.
    pub fn bet(&mut self, desk: Desk<'_>) -> Effect {
        // Whether it is right is stamped when it is made.
        while self.judging.is_some() {
            self.judge_on();
        }
        let choice = self.cursor;
        let right = self.right.get(self.asked).copied().flatten();
        let deed = Deed::Bet {
            item: format!("{}#{}", self.lab.id, self.asked + 1),
            version: self.version,
            seed: self.lab.experiment.seed,
            choice: choice as u8,
            correct: right == Some(choice),
        };
        self.said.push(choice);
        self.asked += 1;
        self.cursor = 0;
        desk.record(deed)
    }

    /// The run has come to its end: what is to be written down, and said.
    pub fn over(&mut self, desk: Desk<'_>) -> (Vec<Effect>, Option<String>) {
        while self.judging.is_some() {
            self.judge_on();
        }
        self.is_over = true;
        if !self.is_incident() {
            return (Vec::new(), None);
        }
        self.is_solved = self.checks.as_ref().is_some_and(|checks| checks.iter().all(|held| *held));
        if !self.is_solved {
            let told = "Not repaired yet: t changes the configuration, H gives a hint.".to_owned();
            return (Vec::new(), Some(told));
        }
        let deed = Deed::Repair {
            incident: self.lab.id.clone(),
            version: self.version,
            changes: self.turned.len() as u8,
        };
        // A repair that was read is none, and one is written down once.
        let effects =
            if self.credit == Credit::Open { vec![desk.record(deed)] } else { Vec::new() };
        if self.credit == Credit::Open {
            self.credit = Credit::Taken;
        }
        (effects, None)
    }

    /// A setting was changed, and the run begun anew.
    pub fn changed(&mut self, show: &Show, path: &str) {
        let before = self.changed.last().cloned();
        let before = before.unwrap_or_else(|| self.lab.experiment.clone());
        if self.changed.is_empty() {
            self.changed.push(before);
        }
        self.changed.push(show.experiment().clone());
        if !self.turned.iter().any(|turned| turned == path) {
            self.turned.push(path.to_owned());
        }
        self.is_over = false;
        self.judge(show);
    }

    /// The experiment as it was before the last change.
    pub fn undone(&mut self, now: &Experiment) -> Option<Experiment> {
        self.changed.pop()?;
        let before = self.changed.last().cloned()?;
        if self.changed.len() == 1 {
            self.changed.clear();
        }
        self.turned.retain(|path| before.changes.get(path) == now.changes.get(path));
        self.is_over = false;
        Some(before)
    }

    /// All changes are taken back.
    pub fn reset(&mut self, show: &Show) {
        self.changed.clear();
        self.turned.clear();
        self.is_over = false;
        self.judge(show);
    }

    /// Under the map: the bet, what is to be seen now, the checks of the goal.
    pub fn strip(&self, show: &Show, width: u16) -> Vec<Vec<Piece>> {
        let mut lines = Vec::new();
        let bets = self.lab.bet.iter().zip(&self.said);
        for text in bets.filter_map(|(bet, said)| bet.option.get(*said)) {
            lines.extend(labelled(
                "you bet",
                &format!("◆ {}", text.text),
                Meaning::Prediction,
                1,
                width,
            ));
        }
        let now = show.player.now().since(Time::ZERO);
        if let Some(seen) = self.lab.seen.iter().rfind(|seen| seen.at.0 <= now) {
            lines.extend(labelled("see", &seen.text, Meaning::Strong, 2, width));
        }
        if let Some(goal) = &self.lab.goal {
            for (place, check) in goal.checks.iter().enumerate() {
                let held = self.checks.as_ref().and_then(|checks| checks.get(place));
                let (sign, meaning) = match held {
                    Some(true) => ("✓", Meaning::Right),
                    Some(false) => ("✗", Meaning::Wrong),
                    None => ("○", Meaning::Faint),
                };
                // A check is one word after the other of a claim: it is cut where it is too long, and
                // where there is little room it has all of the line.
                let mut line = vec![(format!("{sign} {check}"), meaning)];
                if width >= 60 {
                    let label = if place == 0 { "goal" } else { "" };
                    line.insert(0, (format!("{label:<10}"), Meaning::Faint));
                }
                lines.push(line);
            }
            let count = self.turned.len();
            let whose = if self.was_shown() { " (solution shown)" } else { "" };
            let text = format!(
                "{count} changed{whose}, par {} · t tune · u undo · r reset · H hint · S solution",
                goal.par
            );
            lines.extend(labelled("settings", &text, Meaning::Text, 1, width));
        }
        lines
    }

    pub fn hint(&self) -> Option<&str> {
        self.lab.goal.as_ref().map(|goal| goal.hint.as_str())
    }

    /// The lab's experiment with its solution made.
    pub fn solution(&self) -> Option<Experiment> {
        self.lab.solved()
    }

    /// The solution was asked for: it runs, and is not counted as the learner's.
    pub fn shown_solution(&mut self, before: Experiment, show: &Show) {
        let now = show.experiment().clone();
        let own = &self.lab.experiment.changes;
        let turned = now.changes.iter().filter(|(path, value)| own.get(*path) != Some(*value));
        self.turned = turned.map(|(path, _)| path.clone()).collect();
        self.changed = vec![before, now];
        self.is_over = false;
        self.credit = Credit::Forfeited;
        self.judge(show);
    }

    /// The lesson, and the heading in it.
    pub fn lesson(&self) -> (String, Option<String>) {
        match self.lab.lesson.split_once('#') {
            Some((lesson, anchor)) => (lesson.to_owned(), Some(anchor.to_owned())),
            None => (self.lab.lesson.clone(), None),
        }
    }
}
