//! The shipped course: it holds every rule, its runs are what its texts say, and it fits the screens. What the screens do
//! themselves is tested on the made-up courses.

mod designs;
mod labs;
mod lessons;
mod looks;
mod scenes;

use std::path::Path;

use crate::support::{open_with, play, text};
use redrive::content::{self, problem};
use redrive::sim::run::Run;
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
