//! Pictures and explanations lead to the state of a run that they speak of, and back.

use redrive::content::Library;
use redrive::content::course::{BlockKind, Scene};
use redrive::sim::kernel::time::Time;
use redrive::tui::app::Open;
use redrive::tui::ctx::Subject;
use tempfile::TempDir;

use super::{SMALL, WIDE};
use crate::support::{open_with, play, says, text, town};

/// Every run that a picture or an explanation of the course leads to.
fn scenes(library: &Library) -> Vec<Scene> {
    let mut scenes = Vec::new();
    for scenario in &library.index().scenarios {
        for entry in library.questions(scenario).unwrap() {
            let question = library.question(&entry).unwrap();
            scenes.push(question.scene.unwrap_or_else(|| panic!("{} has no scene", entry.id)));
        }
        for entry in &scenario.lessons {
            for block in library.lesson(entry).unwrap().blocks {
                if let BlockKind::Diagram(diagram) = block.kind {
                    scenes.push(diagram.scene.unwrap_or_else(|| panic!("{}", diagram.caption)));
                }
            }
        }
    }
    scenes
}

/// Enough of what a scene says to know it by.
fn beginning(scene: &Scene) -> String {
    scene.text.split(' ').take(5).collect::<Vec<_>>().join(" ")
}

#[test]
fn every_question_and_picture_leads_to_the_state_it_speaks_of() {
    every_scene_opens_at_its_state(&town());
}

/// Opens every run that a picture or an explanation of a course leads to.
pub fn every_scene_opens_at_its_state(library: &Library) {
    for scene in scenes(library) {
        let opened = Open::Live(Subject::Scene(scene.clone()));
        let directory = TempDir::new().unwrap();
        let mut runtime = open_with(library.clone(), directory.path(), &opened, SMALL);
        play(&mut runtime, "<wait 3s><space>");
        for (columns, rows) in [SMALL, WIDE] {
            play(&mut runtime, &format!("<size {columns}x{rows}>"));
            says(&runtime, &beginning(&scene));
            // What is said of it is said whole.
            let last = scene.text.split(' ').next_back().unwrap();
            says(&runtime, last);
            says(&runtime, &format!("{}", Time(scene.at_ms * 1_000)));
        }
    }
}

#[test]
fn an_explanation_leads_to_its_state_and_back() {
    let directory = TempDir::new().unwrap();
    let known = scenes(&town());
    let mut runtime = open_with(town(), directory.path(), &Open::Traps, WIDE);
    for _ in 0..3 {
        play(&mut runtime, "12<enter>jj");
        let explained = text(&runtime);
        play(&mut runtime, "s");
        let frame = text(&runtime);
        assert!(known.iter().any(|scene| frame.contains(&beginning(scene))), "{frame}");
        play(&mut runtime, "<wait 2s><esc>");
        assert_eq!(text(&runtime), explained);
        play(&mut runtime, "<enter>");
    }
}

#[test]
fn a_picture_in_a_lesson_leads_to_its_state_and_back_to_the_same_sentence() {
    for size in [SMALL, WIDE] {
        let directory = TempDir::new().unwrap();
        let open = Open::Read(Some("shelf".to_owned()));
        let mut runtime = open_with(town(), directory.path(), &open, size);
        // On to where the picture is, and what it leads to.
        while !text(&runtime).contains("One slip under the glass") {
            play(&mut runtime, "<space>");
        }
        play(&mut runtime, "j");
        let read = text(&runtime);
        play(&mut runtime, "s<wait 2s>");
        says(&runtime, "The keeper was away for a minute");
        says(&runtime, "00:01:3");
        play(&mut runtime, "<esc>");
        assert_eq!(text(&runtime), read);
    }
}

#[test]
fn a_lessons_picture_opens_its_run_and_esc_comes_back_to_the_sentence() {
    let directory = TempDir::new().unwrap();
    let lesson = Open::Read(Some("stamps".to_owned()));
    let mut runtime = open_with(town(), directory.path(), &lesson, SMALL);
    play(&mut runtime, "jjjj");
    let page = text(&runtime);
    play(&mut runtime, "s");
    says(&runtime, "LIVE  All branches");
    says(&runtime, "00:00:40");
    play(&mut runtime, "<esc>");
    assert_eq!(text(&runtime), page);
}
