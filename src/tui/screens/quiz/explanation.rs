//! The explanation: for every option the verdict, what tempts in it, and when it would be right; then where
//! the course teaches it and where AWS says so.

use std::time::Duration;

use super::question::letter;
use crate::content::course::{Choice, Misconception, Question, Reference, ScenarioEntry, Span};
use crate::study::next;
use crate::study::record::Answer;
use crate::tui::piece::Piece;
use crate::tui::prose::{self, MEASURE};
use crate::tui::sheet::measure;
use crate::tui::theme::Meaning;
use crate::tui::wrap::{columns, wrap};

/// The sources of an explanation.
pub struct Sources<'a> {
    pub question: &'a Question,
    pub answer: &'a Answer,
    pub scenario: &'a ScenarioEntry,
    pub misconceptions: &'a [Misconception],
    pub references: &'a [Reference],
    /// Time allowed for the question.
    pub limit: Duration,
    pub width: usize,
}

/// The whole explanation, laid out. The options stand in the order they were shown.
pub fn lines(sources: &Sources<'_>) -> Vec<Vec<Piece>> {
    let width = measure(sources.width, MEASURE + 4);
    let mut lines = vec![verdict(sources)];
    for (place, option) in sources.answer.shown.iter().enumerate() {
        if let Some(choice) = sources.question.options.get(usize::from(*option)) {
            lines.push(Vec::new());
            let chosen = sources.answer.choice.contains(option);
            lines.extend(option_lines(sources, place, choice, chosen, width));
        }
    }
    lines.push(Vec::new());
    lines.push(vec![Piece::faint("The question was")]);
    for paragraph in &sources.question.stem {
        lines.extend(block(&[], &prose::pieces(paragraph), width));
    }
    lines.push(Vec::new());
    lines.extend(taught(sources, width));
    lines
}

/// One line: whether the answer was right, and which letters are.
fn verdict(sources: &Sources<'_>) -> Vec<Piece> {
    let letters = |wanted: &dyn Fn(u8) -> bool| -> String {
        let places = sources.answer.shown.iter().enumerate().filter(|(_, option)| wanted(**option));
        places.map(|(place, _)| letter(place).to_string()).collect::<Vec<_>>().join(" and ")
    };
    let is_right = |option: u8| {
        sources.question.options.get(usize::from(option)).is_some_and(|choice| choice.right)
    };
    let right = letters(&is_right);
    let said = letters(&|option| sources.answer.choice.contains(&option));
    let are = if right.chars().count() > 1 { "are" } else { "is" };
    let seconds = sources.answer.elapsed_ms.div_ceil(1000);
    let ran_out = Duration::from_millis(u64::from(sources.answer.elapsed_ms)) >= sources.limit;
    let time = if ran_out {
        format!("   {seconds} s: chosen when time ran out")
    } else {
        format!("   {seconds} s")
    };
    if sources.answer.correct {
        return vec![Piece::right(format!("✓ {said} {are} right")), Piece::faint(time)];
    }
    let (said, time) = if said.is_empty() {
        ("no answer in time".to_owned(), format!("   {seconds} s"))
    } else {
        (format!("you said {said}"), time)
    };
    vec![
        Piece::wrong(format!("✗ {said}; ")),
        Piece::right(format!("{right} {are} right")),
        Piece::faint(time),
    ]
}

fn option_lines(
    sources: &Sources<'_>,
    place: usize,
    choice: &Choice,
    chosen: bool,
    width: usize,
) -> Vec<Vec<Piece>> {
    let (sign, text) = if choice.right {
        (Piece::right("✓ ").said("right: "), Meaning::Strong)
    } else {
        let meaning = if chosen { Meaning::Wrong } else { Meaning::Faint };
        (Piece::new("✗ ", meaning).said("wrong: "), Meaning::Text)
    };
    let head = [sign, Piece::key(format!("{} ", letter(place)))];
    let mut body: Vec<Piece> =
        prose::pieces(&choice.text).into_iter().map(|piece| piece.with(text)).collect();
    if chosen {
        body.push(Piece::prediction(" ← you"));
    }
    let mut lines = block(&head, &body, width);
    lines.extend(labelled("", Meaning::Text, &choice.why, width));
    if let Some(name) = choice.trap.as_ref().and_then(|id| misconception(sources, id)) {
        let mut pieces = vec![Piece::wrong("trap: ")];
        pieces.push(Piece::light(name.name.clone()));
        // In quotation marks: a belief, not a fact.
        pieces.push(Piece::text(": “"));
        pieces.extend(prose::pieces(&name.belief));
        pieces.push(Piece::text("”"));
        lines.extend(block(&[Piece::text("    ")], &pieces, width));
    }
    if let Some(right_when) = &choice.right_when {
        lines.extend(labelled("right when: ", Meaning::Right, right_when, width));
    }
    lines
}

fn misconception<'a>(sources: &Sources<'a>, id: &str) -> Option<&'a Misconception> {
    sources.misconceptions.iter().find(|misconception| misconception.id == id)
}

fn labelled(label: &str, meaning: Meaning, text: &[Span], width: usize) -> Vec<Vec<Piece>> {
    let mut pieces = vec![Piece::new(label.to_owned(), meaning)];
    pieces.extend(prose::pieces(text));
    block(&[Piece::text("    ")], &pieces, width)
}

/// Sets text behind a head, further lines indented as deep.
fn block(head: &[Piece], text: &[Piece], width: usize) -> Vec<Vec<Piece>> {
    let indent = columns(head);
    wrap(text, width.saturating_sub(indent).max(1))
        .into_iter()
        .enumerate()
        .map(|(index, line)| {
            let mut pieces = if index == 0 { head.to_vec() } else { vec![Piece::space(indent)] };
            pieces.extend(line.pieces);
            pieces
        })
        .collect()
}

/// The section that teaches it, and the references.
fn taught(sources: &Sources<'_>, width: usize) -> Vec<Vec<Piece>> {
    let mut lines = Vec::new();
    if let Some(entry) = next::lesson(sources.scenario, &sources.question.lesson) {
        let heading = entry.headings.iter().find(|h| h.id == sources.question.anchor);
        let title = heading.map(|heading| heading.title.as_str()).unwrap_or_default();
        let text = vec![
            Piece::strong(format!("{} {} · {title}", entry.number, entry.title)),
            Piece::faint(" (l reads it)"),
        ];
        lines.extend(block(&[Piece::faint("Taught in  ")], &text, width));
    }
    for id in &sources.question.references {
        if let Some(page) = sources.references.iter().find(|reference| reference.id == *id) {
            let text =
                [Piece::text(format!("{}  ", page.title)), Piece::link(page.address.clone())];
            // An address may exceed the measure: only an unbroken one can be copied.
            lines.extend(block(&[Piece::faint("AWS says   ")], &text, sources.width));
        }
    }
    lines
}
