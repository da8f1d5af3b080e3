//! The shipped labs and incidents: their bets and goals hold, and every one of them can be watched step by step.

use std::path::Path;

use redrive::content::course::LabKind;
use redrive::content::{self, problem};
use redrive::sim::kernel::time::Time;
use redrive::sim::run::{Advance, Run};
use redrive::sim::timeline::Timeline;

use crate::keys::step_onto_every_act;
use crate::support::labs;

/// Of every bet exactly one option holds, and every incident has something wrong that its solution
/// mends.
#[test]
fn the_labs_of_the_shipped_course_hold() {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("content");
    let report = content::check_and_prove(&dir, None);
    let errors: Vec<_> =
        report.problems.iter().filter(|problem| problem.is_error()).cloned().collect();
    assert!(errors.is_empty(), "\n{}", problem::render(&errors));
    let library = report.library.unwrap();
    let labs = || library.index().scenarios.iter().flat_map(|scenario| &scenario.labs);
    let count = |kind: LabKind| labs().filter(|lab| lab.kind == kind).count();
    assert!(count(LabKind::Lab) >= 14 && count(LabKind::Incident) >= 8);
    // Every variant of the exam and every trap can be seen in one.
    let facts = (1..=6).flat_map(|number| [format!("S10.{number}"), format!("S11.{number}")]);
    let is_shown =
        |fact: &String| labs().any(|lab| lab.kind == LabKind::Lab && lab.teaches.contains(fact));
    let unseen: Vec<String> = facts.filter(|fact| !is_shown(fact)).collect();
    assert_eq!(unseen, [""; 0]);
}

/// Step by step each run comes to its end, past everything that is broken or changed on the way, and
/// what happened is what happens when it is run at one go.
#[test]
fn every_shipped_experiment_can_be_stepped_through() {
    let library = redrive::shipped::course().unwrap();
    let mut acts = 0;
    for lab in labs(&library) {
        let designs = &library.index().scenarios[0].designs;
        let named = designs.iter().find(|design| design.id == lab.experiment.design_id()).unwrap();
        let source = library.design(named).unwrap();
        let design = content::design::open(&source).unwrap();
        let whole = Run::experiment(&lab.experiment, &design, &source.workflows).unwrap();
        let faults = &lab.experiment.faults;
        let mut instants: Vec<Time> = faults
            .iter()
            .map(|fault| Time::ZERO + fault.at.0)
            .filter(|at| *at > Time::ZERO)
            .collect();
        let later = lab.experiment.done_later();
        instants.extend(later.iter().map(|(_, later)| Time::ZERO + later.at.0));
        instants.sort_unstable();
        let documents = source.workflows.clone();
        let mut timeline = Timeline::new(lab.experiment.clone(), design, documents).unwrap();
        let over = timeline.over();
        for instant in instants.into_iter().filter(|at| *at < over) {
            acts += 1;
            // From a little before it, one thing after the other.
            let before = Time(instant.0.saturating_sub(50_000)).max(timeline.present().now());
            while timeline.seek(before, 100_000) == Advance::Busy {}
            for _ in 0..20_000 {
                if timeline.present().now() > instant {
                    break;
                }
                timeline.step();
            }
            assert!(timeline.present().now() > instant, "{}: stuck before {instant:?}", lab.id);
        }
        let now = timeline.present().now();
        let mut at_one_go = whole;
        at_one_go.advance_to(now);
        let hash = |run: &Run| run.report()["trace_hash"].clone();
        let count = |run: &Run| run.trace().count();
        assert!(count(&at_one_go) >= count(timeline.present()), "{}", lab.id);
        while timeline.seek(now, 100_000) == Advance::Busy {}
        assert_eq!(hash(timeline.present()), hash(&at_one_go), "{}", lab.id);
    }
    assert!(acts >= 18, "{acts}");
}

#[test]
fn every_shipped_run_is_stepped_onto_everything_that_is_done_to_it() {
    let steps = step_onto_every_act(&redrive::shipped::course().unwrap());
    assert!(steps > 200, "{steps}");
}
