//! The smaller files: lists of facts, references, misconceptions and terms; designs and workflows.

use serde::Deserialize;
use toml::Spanned;

use super::Reader;
use super::markdown::inline;
use super::toml::Body;
use crate::content::course::{DesignSource, Misconception, Reference, Term};
use crate::content::problem::Problem;
use crate::content::scenario::{Fact, Located, MentionKind, Origin};
use crate::content::source::Source;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawFact {
    id: Spanned<String>,
    text: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawReference {
    id: Spanned<String>,
    title: String,
    address: Spanned<String>,
    checked: Spanned<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawMisconception {
    id: Spanned<String>,
    name: String,
    belief: String,
    truth: String,
    lesson: Spanned<String>,
    teaches: Vec<Spanned<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawTerm {
    term: Spanned<String>,
    meaning: String,
}

impl Reader {
    /// The value, or `None` with its problems kept.
    pub(super) fn keep<T>(&mut self, read: Result<T, Vec<Problem>>) -> Option<T> {
        read.map_err(|problems| self.problems.extend(problems)).ok()
    }

    fn elements<T: serde::de::DeserializeOwned>(&mut self, source: &Source, name: &str) -> Vec<T> {
        let (elements, problems) = Body::whole(source).each::<T>(name);
        self.problems.extend(problems);
        elements.into_iter().map(Spanned::into_inner).collect()
    }
}

fn origin<T>(source: &Source, value: &Spanned<T>) -> Origin {
    Origin { file: source.path.clone(), span: value.span() }
}

pub fn facts(reader: &mut Reader, source: &Source) {
    for raw in reader.elements::<RawFact>(source, "fact") {
        let origin = origin(source, &raw.id);
        let value = Fact { id: raw.id.into_inner(), text: raw.text };
        reader.draft.facts.push(Located { value, origin });
    }
}

pub fn references(reader: &mut Reader, source: &Source) {
    for raw in reader.elements::<RawReference>(source, "reference") {
        if !raw.address.get_ref().starts_with("https://") {
            let message = format!("{} is not an https address.", raw.address.get_ref());
            reader.error(&origin(source, &raw.address), source, message, "Give the whole address.");
        }
        if raw.checked.get_ref().parse::<Date>().is_err() {
            let message = format!("{} is not a date.", raw.checked.get_ref());
            let help = "Write when the page was last read, as 2026-11-23.";
            reader.error(&origin(source, &raw.checked), source, message, help);
        }
        let origin = origin(source, &raw.id);
        let value = Reference {
            id: raw.id.into_inner(),
            title: raw.title,
            address: raw.address.into_inner(),
            checked: raw.checked.into_inner(),
        };
        reader.draft.references.push(Located { value, origin });
    }
}

/// Only its form matters here.
struct Date;

impl std::str::FromStr for Date {
    type Err = ();
    fn from_str(text: &str) -> Result<Self, ()> {
        let form = text.len() == 10
            && text.bytes().enumerate().all(|(index, byte)| match index {
                4 | 7 => byte == b'-',
                _ => byte.is_ascii_digit(),
            });
        if form { Ok(Self) } else { Err(()) }
    }
}

pub fn misconceptions(reader: &mut Reader, source: &Source) {
    for raw in reader.elements::<RawMisconception>(source, "misconception") {
        reader.mention(MentionKind::Anchor, raw.lesson.get_ref(), origin(source, &raw.lesson));
        for fact in &raw.teaches {
            reader.mention(MentionKind::Fact, fact.get_ref(), origin(source, fact));
        }
        let origin = origin(source, &raw.id);
        let value = Misconception {
            id: raw.id.into_inner(),
            name: raw.name,
            belief: inline(&raw.belief),
            truth: inline(&raw.truth),
            lesson: raw.lesson.into_inner(),
            teaches: raw.teaches.into_iter().map(Spanned::into_inner).collect(),
        };
        reader.draft.misconceptions.push(Located { value, origin });
    }
}

pub fn glossary(reader: &mut Reader, source: &Source) {
    for raw in reader.elements::<RawTerm>(source, "term") {
        let origin = origin(source, &raw.term);
        let value = Term { term: raw.term.into_inner(), meaning: inline(&raw.meaning) };
        reader.draft.glossary.push(Located { value, origin });
    }
}

/// A design is kept as text beside all workflows of the scenario; what it says is the
/// simulator's to check.
pub fn design(reader: &mut Reader, name: &str, source: &Source, all: &[Source], prefix: &str) {
    let Some(table) = reader.keep::<toml::Table>(Body::whole(source).read()) else { return };
    let id = name.trim_end_matches(".toml").to_owned();
    let title = table.get("title").and_then(toml::Value::as_str).unwrap_or(&id).to_owned();
    let folder = format!("{prefix}workflows/");
    let workflows = all
        .iter()
        .filter_map(|file| Some((file.path.strip_prefix(&folder)?.to_owned(), file.text.clone())))
        .collect();
    let origin = Origin { file: source.path.clone(), span: 0..0 };
    let value = (title, DesignSource { id, text: source.text.clone(), workflows });
    reader.draft.designs.push(Located { value, origin });
}

/// A workflow must at least be JSON.
pub fn workflow(reader: &mut Reader, source: &Source) {
    if let Err(cause) = serde_json::from_str::<serde_json::Value>(&source.text) {
        let before: usize =
            source.text.split_inclusive('\n').take(cause.line().saturating_sub(1)).map(str::len).sum();
        let start = before + cause.column().saturating_sub(1);
        let origin = Origin { file: source.path.clone(), span: start..start + 1 };
        let message = format!("This is not JSON: {cause}.");
        reader.error(&origin, source, message, "A workflow is an Amazon States Language document.");
    }
}
