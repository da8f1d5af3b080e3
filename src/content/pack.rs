//! The encoded form: an index decoded at start-up, and blobs decoded on demand.
//!
//! Every piece begins with a hash of its bytes, because postcard might decode damaged bytes as
//! something else. The form is private to this build of the program.

use super::course::{
    DesignEntry, Extent, Index, LabEntry, LessonEntry, QuestionEntry, ScenarioEntry,
};
use super::hash::Hash;
use super::lesson::LessonDraft;
use super::scenario::Scenario;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// Length of the hash before every piece.
const SEAL: usize = size_of::<u64>();

/// An encoded course.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Packed {
    pub index: Vec<u8>,
    pub blobs: Vec<u8>,
}

/// Why a piece could not be encoded or decoded.
#[derive(Debug, thiserror::Error)]
pub enum PackError {
    #[error("it cannot be encoded: {0}")]
    Encode(postcard::Error),
    #[error("the course is larger than 4 GiB")]
    Size,
    #[error("its bytes are cut off")]
    Cut,
    #[error("its bytes have changed since they were written")]
    Changed,
    #[error("it cannot be decoded: {0}")]
    Decode(postcard::Error),
}

/// Encodes a value and puts its hash before it.
pub fn seal<T: Serialize>(value: &T) -> Result<Vec<u8>, PackError> {
    let body = postcard::to_allocvec(value).map_err(PackError::Encode)?;
    let mut sealed = Hash::of(&body).to_le_bytes().to_vec();
    sealed.extend(body);
    Ok(sealed)
}

/// Checks the hash and decodes. Fails on bytes that are cut off, altered or of another type.
pub fn unseal<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, PackError> {
    let (hash, body) = bytes.split_first_chunk::<SEAL>().ok_or(PackError::Cut)?;
    if Hash::of(body) != u64::from_le_bytes(*hash) {
        return Err(PackError::Changed);
    }
    postcard::from_bytes(body).map_err(PackError::Decode)
}

/// Decodes the piece at `extent`.
pub fn piece<T: DeserializeOwned>(blobs: &[u8], extent: Extent) -> Result<T, PackError> {
    let start = extent.offset as usize;
    let end = start.checked_add(extent.len as usize).ok_or(PackError::Cut)?;
    unseal(blobs.get(start..end).ok_or(PackError::Cut)?)
}

/// Encodes scenarios without errors.
pub fn pack(scenarios: &[Scenario]) -> Result<Packed, PackError> {
    let mut blobs = Blobs::default();
    let mut index = Index::default();
    for scenario in scenarios {
        index.scenarios.push(blobs.scenario(scenario)?);
    }
    Ok(Packed { index: seal(&index)?, blobs: blobs.bytes })
}

#[derive(Default)]
struct Blobs {
    bytes: Vec<u8>,
}

impl Blobs {
    fn add<T: Serialize>(&mut self, value: &T) -> Result<Extent, PackError> {
        let sealed = seal(value)?;
        let size = |size: usize| u32::try_from(size).map_err(|_| PackError::Size);
        let extent = Extent { offset: size(self.bytes.len())?, len: size(sealed.len())? };
        self.bytes.extend(sealed);
        Ok(extent)
    }

    fn scenario(&mut self, scenario: &Scenario) -> Result<ScenarioEntry, PackError> {
        let overview = &scenario.overview;
        let lessons = scenario.lessons.iter().map(|lesson| self.lesson(lesson));
        let lessons = lessons.collect::<Result<_, _>>()?;
        let mut questions = Vec::new();
        for draft in &scenario.questions.entries {
            let question = &draft.question;
            questions.push(QuestionEntry {
                id: question.id.clone(),
                version: question.version,
                task: question.task.clone(),
                concepts: question.concepts.clone(),
                teaches: question.teaches.clone(),
                lesson: question.lesson.clone(),
                anchor: question.anchor.clone(),
                choose: question.choose,
                extent: self.add(question)?,
            });
        }
        let mut designs = Vec::new();
        for design in &scenario.designs {
            designs.push(DesignEntry {
                id: design.id.value.clone(),
                title: design.title.clone(),
                noun: design.noun.clone(),
                extent: self.add(&design.source)?,
            });
        }
        let mut labs = Vec::new();
        for draft in &scenario.labs {
            let lab = &draft.lab;
            labs.push(LabEntry {
                id: lab.id.clone(),
                title: lab.title.clone(),
                kind: lab.kind,
                teaches: lab.teaches.clone(),
                lesson: lab.lesson.clone(),
                bets: lab.bet.len() as u32,
                extent: self.add(&draft.source)?,
            });
        }
        let misconceptions = scenario.misconceptions.entries.iter();
        let references = scenario.references.entries.iter();
        let terms = scenario.glossary.entries.iter();
        Ok(ScenarioEntry {
            id: scenario.id.clone(),
            title: overview.title.clone(),
            series: overview.series.clone(),
            exam: scenario.exam.clone().unwrap_or_default(),
            concepts: overview.concepts.iter().map(|(_, concept)| concept.clone()).collect(),
            overview: self.lesson(&overview.page)?,
            lessons,
            question_count: questions.len() as u32,
            questions: self.add(&questions)?,
            misconceptions: self
                .add(&misconceptions.map(|e| &e.misconception).collect::<Vec<_>>())?,
            traps: self.add(&scenario.traps())?,
            references: self.add(&references.map(|e| &e.reference).collect::<Vec<_>>())?,
            glossary: self.add(&terms.map(|e| &e.term).collect::<Vec<_>>())?,
            designs,
            labs,
        })
    }

    fn lesson(&mut self, draft: &LessonDraft) -> Result<LessonEntry, PackError> {
        let lesson = &draft.lesson;
        Ok(LessonEntry {
            id: lesson.id.clone(),
            number: lesson.number,
            title: lesson.title.clone(),
            minutes: lesson.minutes,
            headings: lesson.headings.clone(),
            extent: self.add(lesson)?,
        })
    }
}
