//! A parsed scenario: every part with its places, before encoding.

use super::catalogue::{self, Catalogue, FactDraft, MisconceptionDraft, ReferenceDraft, TermDraft};
use super::course::{BlockKind, Exam, ItemTraps, Traps};
use super::design::{self, DesignDraft};
use super::exam;
use super::lab::{self, LabDraft};
use super::lesson::{self, LessonDraft};
use super::loader::{Loader, SceneDraft};
use super::overview::{self, OverviewDraft};
use super::question::{self, QuestionDraft};
use super::scene;
use super::seen;

/// Everything read from a scenario's folder.
#[derive(Debug, Clone, Default)]
pub struct Scenario {
    pub id: String,
    /// `None` if exam.toml is missing or damaged.
    pub exam: Option<Exam>,
    pub overview: OverviewDraft,
    pub lessons: Vec<LessonDraft>,
    pub questions: Catalogue<QuestionDraft>,
    pub references: Catalogue<ReferenceDraft>,
    pub facts: Catalogue<FactDraft>,
    pub glossary: Catalogue<TermDraft>,
    pub misconceptions: Catalogue<MisconceptionDraft>,
    /// The main design first, the others by id.
    pub designs: Vec<DesignDraft>,
    pub labs: Vec<LabDraft>,
    pub scenes: Vec<SceneDraft>,
}

impl Scenario {
    /// Collects the misconceptions behind the options of all questions, predictions and bets.
    #[must_use]
    pub fn traps(&self) -> Traps {
        let questions = self.questions.entries.iter().map(|draft| {
            let question = &draft.question;
            let options = question.options.iter().map(|option| option.trap.clone());
            ItemTraps {
                id: question.id.clone(),
                version: question.version,
                options: options.collect(),
            }
        });
        let pages = std::iter::once(&self.overview.page).chain(&self.lessons);
        let predictions = pages.flat_map(|page| &page.lesson.blocks).filter_map(|block| {
            let BlockKind::Predict(prediction) = &block.kind else { return None };
            let options = prediction.options.iter().map(|option| option.trap.clone());
            Some(ItemTraps {
                id: prediction.id.clone(),
                version: prediction.version,
                options: options.collect(),
            })
        });
        let bets = self.labs.iter().flat_map(|draft| {
            let lab = &draft.lab;
            lab.bet.iter().enumerate().map(|(place, bet)| ItemTraps {
                id: lab.item(place),
                version: lab.version(),
                options: bet.option.iter().map(|option| option.trap.clone()).collect(),
            })
        });
        Traps {
            questions: questions.collect(),
            predictions: predictions.collect(),
            bets: bets.collect(),
        }
    }
}

/// Reads all files of a scenario; the rules over the whole of it are not held against it yet.
pub fn read(loader: &mut Loader<'_>) -> Scenario {
    seen::files(loader);
    let references = catalogue::references(loader);
    let addresses = references.entries.iter().map(|entry| {
        let reference = &entry.reference;
        (reference.id.clone(), reference.address.clone())
    });
    loader.references = references.whole.then(|| addresses.collect());

    loader.exam = exam::read(loader);
    let folder = loader.folder;
    let files: Vec<usize> = folder.under("lessons/", ".md").map(|(file, _)| file).collect();
    let lessons: Vec<_> = files.into_iter().map(|file| lesson::read(file, loader)).collect();
    let mut questions = Catalogue { entries: Vec::new(), whole: true };
    let files: Vec<usize> = folder.under("questions/", ".toml").map(|(file, _)| file).collect();
    for file in files {
        questions.whole &= question::read(file, &mut questions.entries, loader);
    }
    let mut designs = design::read_all(loader);
    let labs = lab::read_all(&designs, loader);
    let overview = overview::read(&lessons, loader);
    if let Some(main) = &overview.main_design {
        design::put_first(&mut designs, main, loader);
    }
    Scenario {
        id: folder.id.clone(),
        exam: loader.exam.clone(),
        overview,
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
