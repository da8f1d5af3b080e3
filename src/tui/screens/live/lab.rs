//! A lab or an incident that is being played: the bets before the clock starts, what is to be seen,
//! and whether an incident's goal is reached.

use super::run_view::RunView;
use super::status::labelled;
use super::{setting, words};
use crate::content::lab::{self, Lab, LabKind};
use crate::sim::claim::Claim;
use crate::sim::design::{Design, Experiment};
use crate::sim::kernel::time::Time;
use crate::sim::run::{Run, Trial};
use crate::study::id::{Seed, Version};
use crate::study::record::Activity;
use crate::study::shuffle;
use crate::tui::ctx::{Ctx, Outcome};
use crate::tui::msg::Effect;
use crate::tui::scroll::Scroll;
use crate::tui::theme::Meaning;
use crate::tui::wrap::Piece;

/// Entries of the agenda in one go while a run is judged.
const ENTRIES: usize = 2_000;

/// What a repair is worth.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Credit {
    Open,
    /// It is written down, with so many settings changed.
    Taken(usize),
    /// The solution was asked for: whatever is reached now is not the learner's.
    Forfeited,
}

/// A lab at hand.
pub struct LabPlay {
    lab: Lab,
    /// Of its file: bets on another text are other bets.
    version: u64,
    /// The bet that is asked; past the last, the clock may start.
    pub asked: usize,
    /// Of each bet, the author's option numbers in the order shown: dealt anew for every attempt.
    pub shown: Vec<Vec<u8>>,
    /// Place on the screen of the option that is chosen, once one is.
    pub cursor: Option<usize>,
    /// Lines of the verdict above the screen.
    pub scroll: Scroll,
    /// What was said to each bet.
    pub said: Vec<usize>,
    /// The right option of each bet, once the run has been judged.
    pub right: Vec<Option<usize>>,
    judging: Option<Trial>,
    /// Whether each check of the goal holds, once that is known for the settings as they are.
    pub checks: Option<Vec<bool>>,
    /// The experiments that the run was, the first as it was found.
    changed: Vec<Experiment>,
    /// The design as it was found.
    found: Design,
    /// Settings that are otherwise now than they were found.
    pub turned: Vec<String>,
    /// Whether the end was seen, and the verdict told.
    is_over: bool,
    is_solved: bool,
    credit: Credit,
}

/// Reads a lab of the course.
pub fn read(ctx: Ctx<'_>, id: &str) -> Result<Lab, String> {
    let entry = ctx.scenario.labs.iter().find(|entry| entry.id == id);
    let entry = entry.ok_or_else(|| format!("This course has no lab {id}."))?;
    lab::open(&ctx.library.lab(entry).map_err(|cause| cause.to_string())?)
}

impl LabPlay {
    pub fn new(lab: Lab, show: &RunView, ctx: Ctx<'_>) -> Result<Self, String> {
        let when = ctx.now.wall.timestamp_millis() as u64;
        let deal = |place: usize| {
            let item = format!("{}#{}", lab.id, place + 1);
            shuffle::order(when, &item, lab.bet[place].option.len())
        };
        let mut play = Self {
            version: lab.version(),
            right: vec![None; lab.bet.len()],
            shown: (0..lab.bet.len()).map(deal).collect(),
            lab,
            asked: 0,
            cursor: None,
            scroll: Scroll::default(),
            said: Vec::new(),
            judging: None,
            checks: None,
            changed: Vec::new(),
            found: show.playback.timeline().settings(),
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
    pub fn judge(&mut self, show: &RunView) {
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

    /// Goes on judging for a while; what comes of it, when the verdict is in.
    pub fn judge_on(&mut self, ctx: Ctx<'_>) -> Outcome {
        let Some(trial) = &mut self.judging else { return Outcome::default() };
        let Some(held) = trial.advance(ENTRIES) else { return Outcome::default() };
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
        self.repaired(ctx)
    }

    /// Judges to the end, however long that takes: somebody leaves, or changes it again.
    pub fn settle(&mut self, ctx: Ctx<'_>) -> Outcome {
        let mut outcome = Outcome::default();
        while self.judging.is_some() {
            outcome = outcome.then(self.judge_on(ctx));
        }
        outcome
    }

    /// A repair counts when its checks are known to hold, and again when fewer settings do it.
    fn repaired(&mut self, ctx: Ctx<'_>) -> Outcome {
        let holds = self.checks.as_ref().is_some_and(|checks| checks.iter().all(|held| *held));
        self.is_solved = self.is_incident() && holds;
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
            incident: self.lab.id.as_str().into(),
            version: Version(self.version),
            changes: count as u8,
        };
        Outcome {
            effects: vec![ctx.record(activity)],
            notice: Some("Repaired: every check holds to the end of the run. Counted.".to_owned()),
            go: None,
        }
    }

    /// The author's number of the option that is chosen.
    fn chosen(&self) -> Option<usize> {
        let shown = self.shown.get(self.asked)?;
        self.cursor.and_then(|place| shown.get(place)).map(|option| usize::from(*option))
    }

    /// Takes the option that is chosen as the bet, and says what to write down; nothing is taken
    /// where none is.
    pub fn bet(&mut self, ctx: Ctx<'_>) -> Option<Effect> {
        let choice = self.chosen()?;
        // Whether it is right is stamped when it is made.
        self.settle(ctx);
        let right = self.right.get(self.asked).copied().flatten();
        let activity = Activity::Bet {
            item: format!("{}#{}", self.lab.id, self.asked + 1).into(),
            version: Version(self.version),
            seed: Seed(self.lab.experiment.seed),
            choice: choice as u8,
            correct: right == Some(choice),
        };
        self.said.push(choice);
        self.asked += 1;
        self.cursor = None;
        Some(ctx.record(activity))
    }

    /// The run has come to its end: what is to be written down, and said.
    pub fn over(&mut self, ctx: Ctx<'_>) -> Outcome {
        let settled = self.settle(ctx);
        self.is_over = true;
        if self.is_incident() && !self.is_solved {
            let told = "Not repaired yet: t changes the configuration, H gives a hint.";
            return settled.then(Outcome::notice(told));
        }
        settled
    }

    /// The run has begun anew with other settings.
    fn retuned(&mut self, show: &RunView) {
        self.turned = setting::differences(&self.found, &show.playback.timeline().settings());
        self.is_over = false;
        self.is_solved = false;
        self.judge(show);
    }

    /// A setting was changed, and the run begun anew.
    pub fn changed(&mut self, show: &RunView) {
        if self.changed.is_empty() {
            self.changed.push(self.lab.experiment.clone());
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

    pub fn is_solved(&self) -> bool {
        self.is_solved
    }

    /// Whether a run that was bet on has not come to its end.
    pub fn is_waiting(&self) -> bool {
        !self.asks() && !self.said.is_empty() && !self.is_over
    }

    /// Whether something is otherwise than it was found.
    pub fn is_changed(&self) -> bool {
        !self.turned.is_empty()
    }

    /// Under the map: the bet, what is to be seen now, the checks of the goal.
    pub fn strip(&self, show: &RunView, width: u16) -> Vec<Vec<Piece>> {
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
        let now = show.playback.now().since(Time::ZERO);
        // As many lines from the beginning: what stands above them does not move when one is there.
        let told = |text: &str, meaning| labelled("see", text, meaning, 2, width);
        let most = self.lab.seen.iter().map(|seen| told(&seen.text, Meaning::Strong).len()).max();
        let mut seen = match self.lab.seen.iter().rfind(|seen| seen.at.0 <= now) {
            Some(seen) => told(&seen.text, Meaning::Strong),
            None => match self.lab.seen.first() {
                Some(seen) => {
                    let at = Time::ZERO + seen.at.0;
                    told(&format!("at {at}; n goes from moment to moment"), Meaning::Faint)
                }
                None => Vec::new(),
            },
        };
        seen.resize(most.unwrap_or(0), Vec::new());
        lines.extend(seen);
        if let Some(goal) = &self.lab.goal {
            for (place, check) in goal.checks.iter().enumerate() {
                let held = self.checks.as_ref().and_then(|checks| checks.get(place));
                let (sign, meaning) = match held {
                    Some(true) => ("✓", Meaning::Right),
                    Some(false) => ("✗", Meaning::Wrong),
                    None => ("○", Meaning::Faint),
                };
                // Where there is little room a check has all of the line.
                let check = words::check(show, check);
                let mut line = vec![(format!("{sign} {check}"), meaning)];
                if width >= 60 {
                    let label = if place == 0 { "goal" } else { "" };
                    line.insert(0, (format!("{label:<10}"), Meaning::Faint));
                }
                lines.push(line);
            }
            lines.extend(labelled("settings", &self.settings(goal.par), Meaning::Text, 1, width));
        }
        lines
    }

    /// How many settings are otherwise, and the keys for them that do something.
    fn settings(&self, par: u32) -> String {
        let count = self.turned.len();
        let (whose, solution) =
            if self.was_shown() { (" (solution shown)", "") } else { ("", " · S solution") };
        let undo = if self.before().is_some() { " · u undo · r reset" } else { "" };
        format!("{count} changed{whose}, par {par} · t tune{undo} · H hint{solution}")
    }

    /// What is worth a look, and when.
    pub fn notes(&self) -> impl Iterator<Item = (Time, &str)> {
        self.lab.seen.iter().map(|seen| (Time::ZERO + seen.at.0, seen.text.as_str()))
    }

    pub fn hint(&self) -> Option<&str> {
        self.lab.goal.as_ref().map(|goal| goal.hint.as_str())
    }

    /// The lab's experiment with its solution made.
    pub fn solution(&self) -> Option<Experiment> {
        self.lab.solved()
    }

    /// The solution was asked for: it runs, and is not counted as the learner's.
    pub fn shown_solution(&mut self, before: Experiment, show: &RunView) {
        self.changed = vec![before, show.experiment().clone()];
        self.credit = Credit::Forfeited;
        self.retuned(show);
    }

    /// The lesson, and the heading in it.
    pub fn lesson(&self) -> (String, Option<String>) {
        match self.lab.lesson.split_once('#') {
            Some((lesson, anchor)) => (lesson.to_owned(), Some(anchor.to_owned())),
            None => (self.lab.lesson.clone(), None),
        }
    }
}
