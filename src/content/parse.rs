//! From the files of one scenario to a [`Draft`]. Each file is read on its own, so that a broken
//! one hides none of the others' mistakes.

mod fence;
mod lesson;
pub mod markdown;
mod overview;
mod question;
mod register;
mod toml;

pub use lesson::entry;

use super::problem::Problem;
use super::scenario::{Draft, Mention, MentionKind, Origin};
use super::source::Source;

/// Reads all files of the scenario `id`; their paths begin with `prefix`.
pub fn scenario(id: &str, prefix: &str, sources: &[Source]) -> (Draft, Vec<Problem>) {
    let mut reader = Reader {
        draft: Draft { id: id.to_owned(), ..Draft::default() },
        problems: Vec::new(),
    };
    for source in sources {
        let Some(path) = source.path.strip_prefix(prefix) else { continue };
        reader.file(path, source, sources, prefix);
    }
    reader.draft.lessons.sort_by_key(|lesson| lesson.value.number);
    overview::finish(&mut reader);
    (reader.draft, reader.problems)
}

/// What has been read so far, and what was wrong with it.
struct Reader {
    draft: Draft,
    problems: Vec<Problem>,
}

impl Reader {
    fn file(&mut self, path: &str, source: &Source, sources: &[Source], prefix: &str) {
        match path {
            "scenario.toml" => overview::read(self, source),
            "facts.toml" => register::facts(self, source),
            "references.toml" => register::references(self, source),
            "misconceptions.toml" => register::misconceptions(self, source),
            "glossary.toml" => register::glossary(self, source),
            _ => match path.split_once('/') {
                Some(("lessons", name)) if name.ends_with(".md") => {
                    lesson::read(self, name, source);
                }
                Some(("questions", name)) if name.ends_with(".toml") => {
                    question::read(self, source);
                }
                Some(("designs", name)) if name.ends_with(".toml") => {
                    register::design(self, name, source, sources, prefix);
                }
                Some(("workflows", _)) => register::workflow(self, source),
                _ => self.error(
                    &Origin { file: source.path.clone(), span: 0..0 },
                    source,
                    "This file has no place in a scenario.".to_owned(),
                    "Known are scenario, facts, references, misconceptions and glossary.toml, \
                     lessons/*.md, questions/*.toml, designs/*.toml and workflows/*.asl.json.",
                ),
            },
        }
    }

    fn error(&mut self, origin: &Origin, source: &Source, message: String, help: &str) {
        self.problems.push(Problem::at(source, origin.span.clone(), message, help));
    }

    fn mention(&mut self, kind: MentionKind, name: &str, origin: Origin) {
        self.draft.mentions.push(Mention { kind, name: name.to_owned(), origin });
    }
}

#[cfg(test)]
pub(in crate::content) mod tests;
