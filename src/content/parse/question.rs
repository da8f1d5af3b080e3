//! Questions: `questions/*.toml`, each `[[question]]` on its own.

use serde::Deserialize;
use toml::Spanned;

use super::Reader;
use super::markdown::{inline, paragraphs};
use super::toml::Body;
use crate::content::course::{Choice, Question};
use crate::content::hash;
use crate::content::scenario::{Located, MentionKind, Origin};
use crate::content::source::Source;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw {
    id: Spanned<String>,
    task: Spanned<String>,
    concepts: Vec<Spanned<String>>,
    teaches: Vec<Spanned<String>>,
    lesson: Spanned<String>,
    references: Vec<Spanned<String>>,
    choose: Spanned<u8>,
    stem: Spanned<String>,
    option: Vec<Spanned<RawOption>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawOption {
    text: String,
    #[serde(default)]
    right: bool,
    trap: Option<Spanned<String>>,
    why: String,
    right_when: Option<String>,
}

/// Reads a file of questions.
pub fn read(reader: &mut Reader, source: &Source) {
    let (raws, problems) = Body::whole(source).each::<Raw>("question");
    reader.problems.extend(problems);
    for raw in raws {
        let raw = raw.into_inner();
        check(reader, source, &raw);
        mention(reader, source, &raw);
        let origin = Origin { file: source.path.clone(), span: raw.id.span() };
        reader.draft.questions.push(Located { value: question(raw), origin });
    }
}

fn check(reader: &mut Reader, source: &Source, raw: &Raw) {
    let at = |span| Origin { file: source.path.clone(), span };
    let id = raw.id.get_ref();
    let choose = *raw.choose.get_ref();
    let right = raw.option.iter().filter(|option| option.get_ref().right).count();
    if right != usize::from(choose) {
        let message = format!("{id} has {right} right options and asks to choose {choose}.");
        reader.error(&at(raw.choose.span()), source, message, "The two numbers must be the same.");
    }
    let (count, help) = (raw.option.len(), "Four options to choose one, five or six to choose two.");
    if !matches!((choose, count), (1, 4) | (2, 5 | 6)) {
        let message = format!("{id} asks to choose {choose} of {count} options.");
        reader.error(&at(raw.choose.span()), source, message, help);
    }
    if raw.stem.get_ref().trim().is_empty() {
        let message = format!("{id} has an empty stem.");
        reader.error(&at(raw.stem.span()), source, message, "Say what the workload needs.");
    }
    for option in &raw.option {
        let place = at(option.span());
        let option = option.get_ref();
        let missing = match (option.right, &option.trap, &option.right_when) {
            (true, Some(_), _) => Some(("A right option names a trap.", "Remove trap.")),
            (false, None, _) => {
                Some(("A wrong option names no misconception.", "Add trap = \"…\"."))
            }
            (false, _, None) => Some((
                "A wrong option does not say when it would be right.",
                "Add right_when = \"…\".",
            )),
            _ => None,
        };
        if let Some((message, help)) = missing {
            reader.error(&place, source, message.to_owned(), help);
        }
        if option.text.trim().is_empty() || option.why.trim().is_empty() {
            let message = "An option without a text or a why.".to_owned();
            reader.error(&place, source, message, "Every option says what and why.");
        }
    }
}

fn mention(reader: &mut Reader, source: &Source, raw: &Raw) {
    let at = |span| Origin { file: source.path.clone(), span };
    for (names, kind) in [
        (&raw.concepts, MentionKind::Concept),
        (&raw.teaches, MentionKind::Fact),
        (&raw.references, MentionKind::Reference),
    ] {
        for name in names {
            reader.mention(kind, name.get_ref(), at(name.span()));
        }
        if names.is_empty() {
            let message = format!("{} lacks one of concepts, teaches, references.", raw.id.get_ref());
            let help = "Every question is traceable to all three.";
            reader.error(&at(raw.id.span()), source, message, help);
        }
    }
    reader.mention(MentionKind::Anchor, raw.lesson.get_ref(), at(raw.lesson.span()));
    for option in &raw.option {
        if let Some(trap) = &option.get_ref().trap {
            reader.mention(MentionKind::Misconception, trap.get_ref(), at(trap.span()));
        }
    }
}

fn question(raw: Raw) -> Question {
    let names = |list: Vec<Spanned<String>>| list.into_iter().map(Spanned::into_inner).collect();
    let options: Vec<RawOption> = raw.option.into_iter().map(Spanned::into_inner).collect();
    let mut parts = vec![raw.stem.get_ref().as_str()];
    for option in &options {
        parts.push(&option.text);
        parts.push(if option.right { "right" } else { "wrong" });
    }
    let version = hash::of(parts);
    let lesson = raw.lesson.into_inner();
    let (lesson, anchor) = lesson.split_once('#').unwrap_or((&lesson, ""));
    Question {
        id: raw.id.into_inner(),
        version,
        task: raw.task.into_inner(),
        concepts: names(raw.concepts),
        teaches: names(raw.teaches),
        lesson: lesson.to_owned(),
        anchor: anchor.to_owned(),
        references: names(raw.references),
        choose: raw.choose.into_inner(),
        stem: paragraphs(raw.stem.get_ref()),
        options: options
            .into_iter()
            .map(|option| Choice {
                text: inline(&option.text),
                right: option.right,
                trap: option.trap.map(Spanned::into_inner),
                why: inline(&option.why),
                right_when: option.right_when.as_deref().map(inline),
            })
            .collect(),
    }
}
