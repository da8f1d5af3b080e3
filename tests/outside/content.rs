//! The shipped course: it holds every rule, its runs are what its texts say, and it fits the screens. What the screens do
//! themselves is tested on the made-up courses.

mod lessons;

use std::path::Path;

use crate::support::{labs, open_with, play, text};
use redrive::content::course::LabKind;
use redrive::content::{self, problem};
use redrive::sim::kernel::time::Time;
use redrive::sim::run::{Advance, Run};
use redrive::sim::timeline::Timeline;
use redrive::tui::app::Open;
use redrive::tui::ctx::Subject;
use redrive::tui::runtime::Runtime;
use tempfile::TempDir;

#[test]
fn the_shipped_course_has_no_mistakes() {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("content");
    let report = content::check(&dir);
    // Notes as well: of too few questions, of a misconception in too many of them.
    assert!(report.problems.is_empty(), "\n{}", problem::render(&report.problems));
    assert!(report.library.is_some());
    for scenario in &report.scenarios {
        assert!(scenario.lessons > 0 && scenario.questions > 0, "{scenario:?}");
    }
}

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

/// Whatever part of a picture is looked into, there is a lesson about it and a configuration to see.
#[test]
fn every_part_of_a_shipped_design_has_a_lesson_and_a_configuration() {
    let library = redrive::shipped::course().unwrap();
    for entry in library.index().scenarios.iter().flat_map(|scenario| &scenario.designs) {
        let source = library.design(entry).unwrap();
        let design = content::design::open(&source).unwrap();
        let run = Run::new(&design, &source.workflows, 1).unwrap();
        for part in &run.topology().parts {
            assert!(
                design.lesson_of(&part.path.to_string()).is_some(),
                "{}: {}",
                entry.id,
                part.path
            );
            let shown = design.configuration(&part.path.to_string(), &source.workflows);
            assert!(!shown.is_empty(), "{}: {}", entry.id, part.path);
        }
    }
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

/// Its pipeline can be broken where the lessons break it.
#[test]
fn the_shipped_pipeline_has_a_payment_outage_and_a_poison_order_on_keys() {
    let directory = TempDir::new().unwrap();
    let library = redrive::shipped::course().unwrap();
    let mut runtime = open_with(library, directory.path(), &Open::Live(Subject::First), (120, 36));
    let line = |runtime: &Runtime, words: &str| {
        let frame = text(runtime);
        let found = frame.lines().find(|line| line.contains(words)).map(str::to_owned);
        found.unwrap_or_else(|| panic!("{words:?} is not on the screen:\n{frame}"))
    };
    for label in ["1 payment outage", "2 poison order", "3 shipping outage"] {
        line(&runtime, label);
    }
    play(&mut runtime, "<wait 4s>12<wait 8s><space>");
    assert!(line(&runtime, "✗ payment outage").contains(" s  "), "{}", text(&runtime));
    assert!(line(&runtime, "Authorise payment").contains('↻'), "{}", text(&runtime));
    play(&mut runtime, "]]]]<space><wait 20s><space>");
    assert!(line(&runtime, "inventory DLQ").contains("inventory DLQ 1"), "{}", text(&runtime));
    assert!(line(&runtime, "inventory DLQ").contains("ALARM"), "{}", text(&runtime));
}
