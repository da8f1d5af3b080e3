//! Labs and incidents: `labs/*.toml`, an experiment to bet on or to repair.
//!
//! Checks everything that needs no run; `proof` checks whether the bets and goals hold.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use super::course::LabKind;
use super::course::LabSource;
use super::design::{DesignDraft, span_of};
use super::experiment;
use super::form::Document;
use super::hash::Hash;
use super::loader::{Loader, Located, SourceSpan, Target, Use};
use redrive_sim::design::{Duration, Experiment};

/// Maximum number of options of a bet: the keys `1`–`6` choose.
const OPTIONS_MAX: usize = 6;

/// Content of a lab file.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lab {
    pub id: String,
    pub title: String,
    pub kind: LabKind,
    /// Ids of facts.
    pub teaches: Vec<String>,
    /// `lesson#anchor`.
    pub lesson: String,
    /// What the outcome means, in a sentence or two.
    pub why: String,
    pub experiment: Experiment,
    /// Bets to place before the clock starts.
    #[serde(default)]
    pub bet: Vec<Bet>,
    /// What to look at, and when.
    #[serde(default)]
    pub seen: Vec<Seen>,
    /// For an incident: when it counts as repaired.
    pub goal: Option<Goal>,
}

/// A question about what will happen.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bet {
    pub ask: String,
    pub option: Vec<BetOption>,
}

/// An option, with the claim that holds if it is right. Exactly one per bet holds.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BetOption {
    pub text: String,
    pub claim: String,
    /// The misconception that makes a wrong option tempting.
    pub trap: Option<String>,
}

/// A hint shown during the run: what to look at from the instant `at` on.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Seen {
    pub at: Duration,
    pub text: String,
}

/// When an incident is over.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Goal {
    /// Claims that must all hold at the end, and do not all hold at the start.
    pub checks: Vec<String>,
    /// Number of settings a good engineer changes.
    pub par: u32,
    pub hint: String,
    /// Changes that reach the goal.
    pub solution: BTreeMap<String, Value>,
}

impl Lab {
    /// Hash of the bets: another question, or other options, give another version.
    #[must_use]
    pub fn version(&self) -> u64 {
        let mut hash = Hash::default();
        for bet in &self.bet {
            hash.words(&bet.ask);
            hash.end();
            for option in &bet.option {
                hash.words(&option.text);
                hash.end();
                hash.words(&option.claim);
                hash.end();
            }
        }
        for check in self.goal.iter().flat_map(|goal| &goal.checks) {
            hash.words(check);
            hash.end();
        }
        hash.value()
    }

    /// The id of a bet in records: `lab#1` for a lab's first.
    #[must_use]
    pub fn item(&self, place: usize) -> String {
        format!("{}#{}", self.id, place + 1)
    }

    /// The experiment with an incident's solution applied.
    #[must_use]
    pub fn solved(&self) -> Option<Experiment> {
        let goal = self.goal.as_ref()?;
        let mut experiment = self.experiment.clone();
        experiment.changes.extend(goal.solution.clone());
        Some(experiment)
    }
}

/// A parsed lab, with the places that rules need.
#[derive(Debug, Clone)]
pub struct LabDraft {
    pub id: Located<String>,
    pub teaches: Vec<Located<String>>,
    pub lab: Lab,
    pub source: LabSource,
    pub file: usize,
}

/// Parses the lab of a source that was checked when it was packed.
pub fn open(source: &LabSource) -> Result<Lab, String> {
    toml::from_str(&source.text)
        .map_err(|error| format!("The lab {} cannot be read: {}.", source.id, error.message()))
}

/// Reads `labs/*.toml`.
pub fn read_all(designs: &[DesignDraft], loader: &mut Loader<'_>) -> Vec<LabDraft> {
    let folder = loader.folder;
    let mut labs = Vec::new();
    for (file, source) in folder.under("labs/", ".toml") {
        labs.extend(read(file, source.stem(".toml"), &source.text, designs, loader));
    }
    labs
}

fn read(
    file: usize,
    stem: &str,
    text: &str,
    designs: &[DesignDraft],
    loader: &mut Loader<'_>,
) -> Option<LabDraft> {
    Document::parse(text, file, 0, loader)?;
    let lab: Lab = match toml::from_str(text) {
        Ok(lab) => lab,
        Err(error) => {
            let place = SourceSpan::new(file, error.span().unwrap_or(0..0));
            loader.error(place, error.message().trim());
            return None;
        }
    };
    let at = |path: &str| SourceSpan::new(file, span_of(path, text).unwrap_or(0..0));
    if lab.id != stem {
        loader
            .error(at("id"), format!("this file is labs/{stem}.toml, and the lab is `{}`", lab.id))
            .help("the file has its lab's name");
    }
    loader.uses.push(Use { target: Target::Lesson(lab.lesson.clone()), place: at("lesson") });
    loader.uses.push(Use {
        target: Target::Design(lab.experiment.design.clone()),
        place: at("experiment.design"),
    });
    shape(&lab, &at, loader);
    traps(&lab, &at, loader);
    let design = designs.iter().find(|design| design.source.id == lab.experiment.design_id());
    if let Some(design) = design {
        for (path, sentence) in experiments(&lab, design) {
            loader.error(at(&path), sentence);
        }
    }
    let teaches = lab.teaches.iter().enumerate();
    Some(LabDraft {
        id: Located { value: lab.id.clone(), place: at("id") },
        teaches: teaches
            .map(|(index, id)| Located {
                value: id.clone(),
                place: at(&format!("teaches.{index}")),
            })
            .collect(),
        source: LabSource { id: lab.id.clone(), text: text.to_owned() },
        lab,
        file,
    })
}

/// Checks the fields that each kind of lab must have.
fn shape(lab: &Lab, at: &dyn Fn(&str) -> SourceSpan, loader: &mut Loader<'_>) {
    if lab.teaches.is_empty() {
        loader.error(at("teaches"), "this lab teaches nothing");
    }
    for (index, bet) in lab.bet.iter().enumerate() {
        if !(2..=OPTIONS_MAX).contains(&bet.option.len()) {
            let place = at(&format!("bet.{index}.ask"));
            loader.error(place, format!("a bet has two to {OPTIONS_MAX} options"));
        }
    }
    for (index, seen) in lab.seen.iter().enumerate() {
        if seen.at > lab.experiment.run {
            loader.error(at(&format!("seen.{index}.at")), "the run is over by then");
        }
    }
    match (lab.kind, &lab.goal) {
        (LabKind::Lab, None) if lab.bet.is_empty() => {
            loader.error(at("kind"), "a lab has a bet: nothing runs without one");
        }
        (LabKind::Lab, Some(_)) => {
            loader.error(at("goal.checks"), "a lab has no goal: that is for an incident");
        }
        (LabKind::Incident, None) => {
            loader.error(at("kind"), "an incident has a [goal]");
        }
        (LabKind::Incident, Some(goal)) => {
            if goal.checks.is_empty() || goal.solution.is_empty() {
                loader.error(
                    at("goal.checks"),
                    "a goal has checks, and a solution that reaches them",
                );
            }
            if goal.par < goal.solution.len() as u32 {
                let count = goal.solution.len();
                loader
                    .error(at("goal.par"), format!("the solution itself changes {count} settings"));
            }
        }
        (LabKind::Lab, None) => {}
    }
}

/// Checks what shows of the bets' traps without a run: of each bet, all options but one have a trap.
/// `proof` checks that this one is right.
fn traps(lab: &Lab, at: &dyn Fn(&str) -> SourceSpan, loader: &mut Loader<'_>) {
    for (number, bet) in lab.bet.iter().enumerate() {
        for (place, option) in bet.option.iter().enumerate() {
            let Some(trap) = &option.trap else { continue };
            let place = at(&format!("bet.{number}.option.{place}.trap"));
            if trap.trim().is_empty() {
                loader.error(place, "`trap` is empty");
            }
            loader.uses.push(Use { target: Target::Misconception(trap.clone()), place });
        }
        let ask = at(&format!("bet.{number}.ask"));
        match bet.option.iter().filter(|option| option.trap.is_none()).count() {
            0 if bet.option.is_empty() => {}
            0 => {
                loader
                    .error(ask, "every option of this bet has a `trap`, and one of them is right")
                    .help("take it out of the option whose claim holds");
            }
            1 => {}
            more => {
                let none =
                    format!("{more} options of this bet have no `trap`, and only one is right");
                loader.error(ask, none).help(
                    "name the misconception that makes a wrong one tempting (misconceptions.toml)",
                );
            }
        }
    }
}

/// Returns the mistakes of the experiment, with and without the solution applied, by their path in
/// the file.
fn experiments(lab: &Lab, design: &DesignDraft) -> Vec<(String, String)> {
    let placed = |within: &str, experiment: &Experiment| -> Vec<(String, String)> {
        let found = experiment::mistakes(experiment, design).into_iter();
        found.map(|found| (format!("{within}.{}", found.path), found.sentence)).collect()
    };
    let mut found = placed("experiment", &lab.experiment);
    if let Some(solved) = lab.solved().filter(|_| found.is_empty()) {
        found = placed("goal.solution", &solved);
    }
    found
}
