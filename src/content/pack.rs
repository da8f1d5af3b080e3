//! The encoded course: an index that start-up decodes, and blobs that are decoded one by one when
//! they are opened.

use serde::Serialize;

use super::course::{
    DesignEntry, Extent, Index, LessonEntry, QuestionEntry, ScenarioEntry,
};
use super::parse::entry;
use super::scenario::{Draft, Located};

/// Index and blobs, as they stand in the binary.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Pack {
    pub index: Vec<u8>,
    pub blobs: Vec<u8>,
}

/// Encodes scenarios that were checked. A value that cannot be encoded is told.
pub fn encode(scenarios: &[Draft]) -> Result<Pack, String> {
    let mut packer = Packer { blobs: Vec::new() };
    let entries: Result<Vec<ScenarioEntry>, String> =
        scenarios.iter().map(|draft| packer.scenario(draft)).collect();
    let index = to_bytes(&Index { scenarios: entries? })?;
    Ok(Pack { index, blobs: packer.blobs })
}

struct Packer {
    blobs: Vec<u8>,
}

impl Packer {
    fn scenario(&mut self, draft: &Draft) -> Result<ScenarioEntry, String> {
        let overview = draft.overview.as_ref().ok_or("a scenario without its page")?;
        let mut questions: Vec<QuestionEntry> = Vec::with_capacity(draft.questions.len());
        for question in &draft.questions {
            let question = &question.value;
            questions.push(QuestionEntry {
                id: question.id.clone(),
                version: question.version,
                task: question.task.clone(),
                concepts: question.concepts.clone(),
                teaches: question.teaches.clone(),
                lesson: question.lesson.clone(),
                anchor: question.anchor.clone(),
                choose: question.choose,
                extent: self.blob(question)?,
            });
        }
        let lessons: Result<Vec<LessonEntry>, String> = draft
            .lessons
            .iter()
            .map(|lesson| Ok(entry(&lesson.value, self.blob(&lesson.value)?)))
            .collect();
        let designs: Result<Vec<DesignEntry>, String> = draft
            .designs
            .iter()
            .map(|design| {
                let (title, source) = &design.value;
                let extent = self.blob(source)?;
                Ok(DesignEntry { id: source.id.clone(), title: title.clone(), extent })
            })
            .collect();
        Ok(ScenarioEntry {
            id: draft.id.clone(),
            title: draft.title.clone(),
            series: draft.series.clone(),
            level: draft.level.clone(),
            concepts: values(&draft.concepts),
            overview: entry(&overview.value, self.blob(&overview.value)?),
            lessons: lessons?,
            question_count: questions.len() as u32,
            questions: self.blob(&questions)?,
            misconceptions: self.blob(&values(&draft.misconceptions))?,
            references: self.blob(&values(&draft.references))?,
            glossary: self.blob(&values(&draft.glossary))?,
            designs: designs?,
        })
    }

    fn blob<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<Extent, String> {
        let bytes = to_bytes(value)?;
        let extent = Extent { offset: self.blobs.len() as u32, len: bytes.len() as u32 };
        self.blobs.extend(bytes);
        Ok(extent)
    }
}

fn values<T: Clone>(list: &[Located<T>]) -> Vec<T> {
    list.iter().map(|located| located.value.clone()).collect()
}

fn to_bytes<T: Serialize + ?Sized>(value: &T) -> Result<Vec<u8>, String> {
    postcard::to_allocvec(value).map_err(|cause| cause.to_string())
}
