//! A parsed scenario: every part with its places, before encoding.

use super::catalogue::{self, Catalogue, FactDraft, MisconceptionDraft, ReferenceDraft, TermDraft};
use super::design::{self, DesignDraft};
use super::lab::{self, LabDraft};
use super::lesson::{self, LessonDraft};
use super::loader::Loader;
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

/// Reads a scenario and checks every rule; the problems are sorted.
#[must_use]
pub fn read(folder: &Folder) -> (Scenario, Vec<Problem>) {
    let mut loader = Loader::new(folder);
    let scenario = assemble(&mut loader);
    rules::check(&scenario, &mut loader);
    let mut problems = loader.told();
    problem::sort(&mut problems);
    (scenario, problems)
}

fn assemble(loader: &mut Loader<'_>) -> Scenario {
    seen::files(loader);
    let references = catalogue::references(loader);
    let addresses = references.entries.iter().map(|entry| {
        let reference = &entry.reference;
        (reference.id.clone(), reference.address.clone())
    });
    loader.references = references.whole.then(|| addresses.collect());

    let folder = loader.folder;
    let files: Vec<usize> = folder.under("lessons/", ".md").map(|(file, _)| file).collect();
    let lessons: Vec<_> = files.into_iter().map(|file| lesson::read(file, loader)).collect();
    let mut questions = Catalogue { entries: Vec::new(), whole: true };
    let files: Vec<usize> = folder.under("questions/", ".toml").map(|(file, _)| file).collect();
    for file in files {
        questions.whole &= question::read(file, &mut questions.entries, loader);
    }
    let designs = design::read_all(loader);
    let labs = lab::read_all(&designs, loader);
    Scenario {
        id: folder.id.clone(),
        overview: overview::read(&lessons, loader),
        lessons,
        questions,
        references,
        facts: catalogue::facts(loader),
        glossary: catalogue::glossary(loader),
        misconceptions: catalogue::misconceptions(loader),
        scenes: scene::known(&designs, loader),
        designs,
        labs,
    }
}
