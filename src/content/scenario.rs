//! A scenario as it was read: every part with the places of what it says, before it is encoded.

use super::catalogue::{self, Catalogue, FactDraft, MisconceptionDraft, ReferenceDraft, TermDraft};
use super::design::{self, DesignDraft};
use super::desk::Desk;
use super::lab::{self, LabDraft};
use super::lesson::{self, LessonDraft};
use super::overview::{self, OverviewDraft};
use super::problem::{self, Problem};
use super::question::{self, QuestionDraft};
use super::rules;
use super::scene::{self, SceneDraft};
use super::seen;
use super::source::Folder;

#[derive(Debug, Clone, Default)]
pub struct Scenario {
    pub id: String,
    pub overview: OverviewDraft,
    pub lessons: Vec<LessonDraft>,
    pub questions: Catalogue<QuestionDraft>,
    pub references: Catalogue<ReferenceDraft>,
    pub facts: Catalogue<FactDraft>,
    pub glossary: Catalogue<TermDraft>,
    pub misconceptions: Catalogue<MisconceptionDraft>,
    pub designs: Vec<DesignDraft>,
    pub labs: Vec<LabDraft>,
    pub scenes: Vec<SceneDraft>,
}

/// Reads a scenario and holds every rule against it; the problems are sorted.
#[must_use]
pub fn read(folder: &Folder) -> (Scenario, Vec<Problem>) {
    let mut desk = Desk::new(folder);
    let scenario = assemble(&mut desk);
    rules::check(&scenario, &mut desk);
    let mut problems = desk.told();
    problem::sort(&mut problems);
    (scenario, problems)
}

fn assemble(desk: &mut Desk<'_>) -> Scenario {
    seen::files(desk);
    let references = catalogue::references(desk);
    let addresses = references.entries.iter().map(|entry| {
        let reference = &entry.reference;
        (reference.id.clone(), reference.address.clone())
    });
    desk.references = references.whole.then(|| addresses.collect());

    let folder = desk.folder;
    let files: Vec<usize> = folder.under("lessons/", ".md").map(|(file, _)| file).collect();
    let lessons: Vec<_> = files.into_iter().map(|file| lesson::read(file, desk)).collect();
    let mut questions = Catalogue { entries: Vec::new(), whole: true };
    let files: Vec<usize> = folder.under("questions/", ".toml").map(|(file, _)| file).collect();
    for file in files {
        questions.whole &= question::read(file, &mut questions.entries, desk);
    }
    let designs = design::read_all(desk);
    let labs = lab::read_all(&designs, desk);
    Scenario {
        id: folder.id.clone(),
        overview: overview::read(&lessons, desk),
        lessons,
        questions,
        references,
        facts: catalogue::facts(desk),
        glossary: catalogue::glossary(desk),
        misconceptions: catalogue::misconceptions(desk),
        scenes: scene::known(&designs, desk),
        designs,
        labs,
    }
}
