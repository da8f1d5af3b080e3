//! The simulator from outside: nothing is lost or invented, the same seed is the same run, and the
//! shipped designs behave as the course says (`scenario`).

pub mod determinism;
mod invariants;
mod retuning;
mod rules;
pub mod scenario;
mod services;
mod workflows;

use std::path::Path;

use redrive::sim::claim::Claim;
use redrive::sim::design::{Design, Experiment};
use redrive::sim::fault::{Fault, FaultKind};
use redrive::sim::kernel::time::{Span, Time};
use redrive::sim::run::Run;

use crate::support::town_folder;

fn at(seconds: u64) -> Time {
    Time::ZERO + Span::from_secs(seconds)
}

/// Workflow definitions by file name.
type Documents = Vec<(String, String)>;

/// A design of a course in a folder, with its one workflow.
fn of_course(course: &Path, id: &str, workflow: &str) -> (Design, Documents) {
    let read = |name: &str| std::fs::read_to_string(course.join(name)).unwrap();
    let design = toml::from_str(&read(&format!("designs/{id}.toml"))).unwrap();
    (design, vec![(workflow.to_owned(), read(&format!("workflows/{workflow}")))])
}

/// A design of the made-up course.
pub fn town(id: &str) -> (Design, Documents) {
    of_course(&town_folder().join("letters-in-town"), id, "writing.asl.json")
}

/// The designs of this test, each with its workflow: whatever a design can have stands in one of them.
fn made() -> Vec<(String, Design, Documents)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/outside/simulation/designs");
    let files = std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().path());
    let (designs, workflows): (Vec<_>, Vec<_>) =
        files.partition(|file| file.extension().is_some_and(|end| end == "toml"));
    let name = |file: &Path| file.file_name().unwrap().to_str().unwrap().to_owned();
    let read = |file: &Path| std::fs::read_to_string(file).unwrap();
    let documents: Vec<_> = workflows.iter().map(|file| (name(file), read(file))).collect();
    let mut made: Vec<_> = designs
        .iter()
        .map(|file| {
            let id = name(file).trim_end_matches(".toml").to_owned();
            (id, toml::from_str(&read(file)).unwrap(), documents.clone())
        })
        .collect();
    made.sort_by(|one, other| one.0.cmp(&other.0));
    made
}

fn experiment(text: &str) -> Experiment {
    toml::from_str(text).unwrap_or_else(|e| panic!("{text}\n{e}"))
}

/// A run of an experiment with the design that it names.
fn run_in(
    experiment: Experiment,
    text: &str,
    design: impl Fn(&str) -> (Design, Documents),
) -> (Run, Experiment) {
    let (design, documents) = design(experiment.design_id());
    let run = Run::experiment(&experiment, &design, &documents);
    (run.unwrap_or_else(|mistakes| panic!("{text}\n{mistakes:#?}")), experiment)
}

/// A run of an experiment in TOML with a design of the made-up course.
fn run_of(text: &str) -> (Run, Experiment) {
    run_in(experiment(text), text, town)
}

/// Holds an experiment with a design of the made-up course to its claims.
#[track_caller]
fn prove(text: &str, claims: &[&str]) {
    let (run, experiment) = run_of(text);
    hold(text, run, &experiment, claims);
}

/// The same of a design of its own, with at most one workflow.
#[track_caller]
fn prove_of(design: &str, workflow: &str, text: &str, claims: &[&str]) {
    let design: Design = toml::from_str(design).unwrap_or_else(|e| panic!("{e}"));
    let experiment = experiment(text);
    let documents = [("flow.asl.json".to_owned(), workflow.to_owned())];
    let run = Run::experiment(&experiment, &design, &documents);
    hold(text, run.unwrap_or_else(|mistakes| panic!("{mistakes:#?}")), &experiment, claims);
}

#[track_caller]
fn hold(text: &str, mut run: Run, experiment: &Experiment, claims: &[&str]) {
    let gauges = run.gauges();
    let read =
        |claim: &&str| Claim::parse(claim, &gauges).unwrap_or_else(|e| panic!("{}", e.render()));
    let parsed: Vec<Claim> = claims.iter().map(read).collect();
    let held = run.judge(Time::ZERO + experiment.run.0, &parsed);
    let failed: Vec<&&str> =
        claims.iter().zip(held).filter(|(_, held)| !held).map(|(c, _)| c).collect();
    let report = serde_json::to_string_pretty(&run.report()).unwrap();
    assert!(failed.is_empty(), "{text}\ndoes not show {failed:#?}\n{report}");
    assert_eq!(run.recount(), None, "{text}");
}

fn inject(run: &mut Run, kind: FaultKind, part: &str, seconds: u64) {
    let fault = Fault::new(kind, part.parse().unwrap(), run.now(), Span::from_secs(seconds));
    run.inject(fault).unwrap();
}

fn calm(design: &str) -> String {
    format!("design = \"{design}\"\nrun = \"20m\"\n")
}
