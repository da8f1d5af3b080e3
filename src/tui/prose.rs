//! A lesson laid out for a width: blocks become lines, and every line knows its place in the text.
//!
//! Pure: the same lesson, predictions and width give the same lines. The reader decides which of them are on
//! the screen, and draws them.

mod table;

use std::collections::BTreeMap;

use super::piece::Piece;
use super::theme::Meaning;
use super::wrap::{self, Wrapped, wrap};
use crate::content::course::{
    Block, BlockKind, Contrast, Diagram, Emphasis, Lesson, ListItem, Marker, Prediction, Span,
};
use crate::study::progress::Predicted;
use crate::study::reading::{self, Spot};

/// Maximum width of text, whatever the terminal.
pub const MEASURE: usize = 76;

/// One line of a laid-out lesson.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Line {
    pub pieces: Vec<Piece>,
    /// The first word on the line or, if it is empty, after it. Unique among the lines.
    pub spot: Spot,
    /// The block of the open prediction that the line belongs to.
    pub asks: Option<usize>,
}

/// A lesson as lines.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Layout {
    pub lines: Vec<Line>,
    pub width: usize,
    /// Number of lines of the lesson itself; the ending follows.
    pub text: usize,
}

/// The predictions made, by id.
pub type Predictions = BTreeMap<String, Predicted>;

/// The lines below a lesson's text, each with its indent in columns; one without pieces is an empty line.
pub type Ending = Vec<(usize, Vec<Piece>)>;

impl Layout {
    /// Lays out the lesson in lines of at most `width` columns.
    #[must_use]
    pub fn new(
        lesson: &Lesson,
        predictions: &Predictions,
        width: usize,
        ending: &[(usize, Vec<Piece>)],
    ) -> Self {
        let width = width.min(MEASURE);
        let mut setter = Setter::default();
        let mut words = 0;
        for (index, block) in lesson.blocks.iter().enumerate() {
            let heading = matches!(block.kind, BlockKind::Heading { .. });
            setter.space(usize::from(index > 0) + usize::from(heading && index > 1));
            let asks = open_prediction(block, predictions).map(|_| index);
            setter.set(index, 0, block_lines(block, predictions, width), asks);
            words = reading::word_count(block);
            for prediction in predictions_ending(lesson, index) {
                setter.space(1);
                let (echo, more) = echo(prediction, predictions, width);
                setter.set(index, words, echo, None);
                words += more;
            }
        }
        let text = setter.lines.len();
        let last = lesson.blocks.len().saturating_sub(1);
        for (indent, pieces) in ending {
            if pieces.is_empty() {
                setter.space(1);
                continue;
            }
            let lead = [plain(" ".repeat(*indent))];
            setter.set(last, words, indented(pieces, &lead, &lead, width), None);
            words += wrap::words(pieces);
        }
        Self { lines: setter.number(), width, text }
    }

    /// The line that shows what is at `spot`.
    #[must_use]
    pub fn line_of(&self, spot: Spot) -> usize {
        self.lines.partition_point(|line| line.spot <= spot).saturating_sub(1)
    }

    /// The first word on line `index`, or after it if the line is empty.
    #[must_use]
    pub fn spot_of(&self, index: usize) -> Spot {
        self.lines.get(index).or(self.lines.last()).map(|line| line.spot).unwrap_or_default()
    }

    /// The last block that ends before line `end`; `None` while the first is cut.
    #[must_use]
    pub fn last_whole_block(&self, end: usize) -> Option<usize> {
        let next = self.lines.get(end).filter(|_| end < self.text);
        match next.map(|line| line.spot.block) {
            None => self.lines.last().map(|line| line.spot.block),
            Some(block) => block.checked_sub(1),
        }
    }
}

/// Collects lines from top to bottom.
#[derive(Default)]
struct Setter {
    lines: Vec<Line>,
}

impl Setter {
    fn space(&mut self, lines: usize) {
        self.lines.extend((0..lines).map(|_| Line::default()));
    }

    /// Adds the lines of a block, or of the echo below it, whose words follow the first `before` words.
    fn set(&mut self, block: usize, before: usize, lines: Vec<Wrapped>, asks: Option<usize>) {
        // The program's own text on a line, such as "you said", does not count among the author's words.
        let mut next = usize::MAX;
        let mut words: Vec<usize> = Vec::with_capacity(lines.len());
        for line in lines.iter().rev() {
            next = next.min(line.word);
            words.push(next);
        }
        for (line, word) in lines.into_iter().zip(words.into_iter().rev()) {
            let spot = Spot::word(block, before + word);
            self.lines.push(Line { pieces: line.pieces, spot, asks });
        }
    }

    /// Numbers lines that share a word, and gives empty lines the word after them.
    fn number(mut self) -> Vec<Line> {
        let mut last: Option<Spot> = None;
        for line in self.lines.iter_mut().filter(|line| !line.pieces.is_empty()) {
            if let Some(before) = last
                && (before.block, before.word) == (line.spot.block, line.spot.word)
            {
                line.spot.line = before.line.saturating_add(1);
            }
            last = Some(line.spot);
        }
        let mut after = last.unwrap_or_default();
        for line in self.lines.iter_mut().rev() {
            if line.pieces.is_empty() {
                after.line = after.line.saturating_sub(1);
                line.spot = after;
            } else {
                after = line.spot;
            }
        }
        self.lines
    }
}

/// The block's prediction, unless its current version has been answered.
#[must_use]
pub fn open_prediction<'a>(block: &'a Block, predictions: &Predictions) -> Option<&'a Prediction> {
    match &block.kind {
        BlockKind::Predict(prediction) => {
            answered(prediction, predictions).is_none().then_some(prediction)
        }
        _ => None,
    }
}

fn answered(prediction: &Prediction, predictions: &Predictions) -> Option<Predicted> {
    predictions.get(&prediction.id).copied().filter(|given| given.version.0 == prediction.version)
}

/// The predictions echoed after block `index`: those whose section ends there.
fn predictions_ending(lesson: &Lesson, index: usize) -> impl Iterator<Item = &Prediction> {
    lesson.blocks.iter().take(index + 1).filter_map(move |block| match &block.kind {
        BlockKind::Predict(prediction) if section_end(lesson, block.heading) == index => {
            Some(prediction)
        }
        _ => None,
    })
}

/// Index of the last block under a heading and its subheadings.
fn section_end(lesson: &Lesson, heading: u16) -> usize {
    let own = usize::from(heading);
    let level = lesson.headings.get(own).map_or(1, |heading| heading.level);
    let next = lesson.headings.iter().skip(own + 1).find(|heading| heading.level <= level);
    let end = next.map_or(lesson.blocks.len(), |heading| heading.block as usize);
    end.saturating_sub(1)
}

fn block_lines(block: &Block, predictions: &Predictions, width: usize) -> Vec<Wrapped> {
    match &block.kind {
        BlockKind::Heading { level, text } => heading(*level, text, width),
        BlockKind::Paragraph(text) => wrap(&pieces(text), width),
        BlockKind::List(items) => list(items, width),
        BlockKind::Quote(paragraphs) => quote(paragraphs, width),
        BlockKind::Code { lines, .. } => code(lines, width),
        BlockKind::Table { columns, header, rows } => table::lines(columns, header, rows, width),
        BlockKind::Diagram(diagram) => picture(diagram, width),
        BlockKind::Predict(prediction) => predict(prediction, predictions, width),
        BlockKind::Contrast(contrast) => self::contrast(contrast, width),
        BlockKind::Rule => vec![decoration("─".repeat(width.min(24)), Meaning::Faint)],
    }
}

/// The spans as pieces.
#[must_use]
pub fn pieces(spans: &[Span]) -> Vec<Piece> {
    spans.iter().map(|span| Piece::new(span.text.clone(), meaning(span))).collect()
}

fn meaning(span: &Span) -> Meaning {
    match (&span.link, span.style) {
        (Some(_), _) => Meaning::Link,
        (None, Emphasis::Plain) => Meaning::Text,
        (None, Emphasis::Light) => Meaning::Light,
        (None, Emphasis::Strong) => Meaning::Strong,
        (None, Emphasis::Code) => Meaning::Code,
    }
}

fn decoration(text: String, meaning: Meaning) -> Wrapped {
    Wrapped { pieces: vec![Piece::new(text, meaning)], word: 0 }
}

fn heading(level: u8, text: &[Span], width: usize) -> Vec<Wrapped> {
    let meaning = if level <= 2 { Meaning::Accent } else { Meaning::Strong };
    let text: Vec<Piece> = text.iter().map(|span| Piece::new(span.text.clone(), meaning)).collect();
    let mut lines = wrap(&text, width);
    if level == 1 {
        let word = lines.last().map_or(0, |line| line.word);
        let rule =
            "━".repeat(lines.iter().map(|line| wrap::columns(&line.pieces)).max().unwrap_or(0));
        lines.push(Wrapped { pieces: vec![Piece::accent(rule)], word });
    }
    lines
}

/// Wraps text behind a prefix for the first line and one of equal width for the others.
fn indented(text: &[Piece], first: &[Piece], rest: &[Piece], width: usize) -> Vec<Wrapped> {
    let prefix = wrap::columns(first).max(wrap::columns(rest));
    let room = width.saturating_sub(prefix).max(1);
    let mut lines = wrap(text, room);
    for (index, line) in lines.iter_mut().enumerate() {
        let prefix = if index == 0 { first } else { rest };
        line.pieces.splice(0..0, prefix.iter().cloned());
    }
    lines
}

fn plain(text: impl Into<String>) -> Piece {
    Piece::text(text.into())
}

/// Appends lines whose words follow the first `before` words.
fn append(lines: &mut Vec<Wrapped>, more: Vec<Wrapped>, before: usize) {
    lines.extend(more.into_iter().map(|line| Wrapped { word: line.word + before, ..line }));
}

fn count(text: &[Span]) -> usize {
    reading::plain(text).split_whitespace().count()
}

fn list(items: &[ListItem], width: usize) -> Vec<Wrapped> {
    let mut lines = Vec::new();
    let mut words = 0;
    for item in items {
        let marker = match item.marker {
            Marker::Bullet if item.depth == 0 => "• ".to_owned(),
            Marker::Bullet => "– ".to_owned(),
            Marker::Number(number) => format!("{number}. "),
        };
        let indent = "  ".repeat(usize::from(item.depth) + 1);
        let rest = format!("{indent}{}", " ".repeat(marker.chars().count()));
        let first = [plain(indent), Piece::faint(marker)];
        append(&mut lines, indented(&pieces(&item.text), &first, &[plain(rest)], width), words);
        words += count(&item.text);
    }
    lines
}

fn quote(paragraphs: &[Vec<Span>], width: usize) -> Vec<Wrapped> {
    let bar = [Piece::faint("┃ ")];
    let mut lines = Vec::new();
    let mut words = 0;
    for (index, text) in paragraphs.iter().enumerate() {
        if index > 0 {
            append(&mut lines, vec![decoration("┃".to_owned(), Meaning::Faint)], words);
        }
        append(&mut lines, indented(&pieces(text), &bar, &bar, width), words);
        words += count(text);
    }
    lines
}

/// Sets code without rewrapping: a line that does not fit continues behind a sign.
fn code(source: &[String], width: usize) -> Vec<Wrapped> {
    let room = width.saturating_sub(2).max(1);
    let mut lines = Vec::new();
    let mut words = 0;
    for text in source {
        let mut rest: Vec<char> = text.chars().collect();
        let mut first = true;
        loop {
            let take = rest.len().min(if first { room } else { room.saturating_sub(2).max(1) });
            let part: String = rest.drain(..take).collect();
            let lead = if first { "  " } else { "  ↪ " };
            lines
                .push(Wrapped { pieces: vec![Piece::faint(lead), Piece::code(part)], word: words });
            first = false;
            if rest.is_empty() {
                break;
            }
        }
        words += text.split_whitespace().count();
    }
    lines
}

fn picture(diagram: &Diagram, width: usize) -> Vec<Wrapped> {
    use unicode_width::UnicodeWidthStr;
    let wide = diagram.art.iter().map(|line| line.width()).max().unwrap_or(0);
    let words = diagram.alt.split_whitespace().count().max(1);
    let mut lines = Vec::new();
    if wide + 2 <= width {
        // Each line of a diagram counts as a word of its description, so that a position inside a tall
        // diagram survives.
        lines.extend(diagram.art.iter().enumerate().map(|(index, line)| Wrapped {
            pieces: vec![plain("  "), Piece::text(line.clone())],
            word: index.min(words - 1),
        }));
    } else {
        let bar = [Piece::faint("▒ ")];
        append(&mut lines, indented(&[plain(&diagram.alt)], &bar, &bar, width), 0);
    }
    let mut caption = vec![Piece::faint(diagram.caption.clone())];
    if diagram.scene.is_some() {
        caption.push(Piece::key("   s "));
        caption.push(Piece::faint("see it run"));
    }
    let caption = indented(&caption, &[plain("  ")], &[plain("  ")], width);
    lines.extend(caption.into_iter().map(|line| Wrapped { word: words - 1, ..line }));
    lines
}

fn predict(prediction: &Prediction, predictions: &Predictions, width: usize) -> Vec<Wrapped> {
    let given = answered(prediction, predictions);
    let mut ask = vec![Piece::prediction("Before you read on: ")];
    ask.extend(pieces(&prediction.ask));
    let mut lines = indented(&ask, &[Piece::prediction("◆ ")], &[plain("  ")], width);
    // "Before you read on:" is the program's text, not the author's.
    for line in &mut lines {
        line.word = line.word.saturating_sub(4);
    }
    let mut words = count(&prediction.ask);
    for (index, option) in prediction.options.iter().enumerate() {
        let chosen = given.is_some_and(|given| usize::from(given.choice) == index);
        let mut text = pieces(&option.text);
        if chosen {
            text = text.into_iter().map(|piece| piece.with(Meaning::Strong)).collect();
        }
        if chosen {
            text.push(Piece::prediction("  ← you said"));
        }
        let number = [plain("    "), Piece::key(format!("{} ", index + 1))];
        append(&mut lines, indented(&text, &number, &[plain("      ")], width), words);
        words += count(&option.text);
    }
    if given.is_none() {
        let hint = format!("    press 1–{} to commit, or read on", prediction.options.len());
        append(&mut lines, wrap_faint(&hint, width), words.saturating_sub(1));
    }
    lines
}

fn wrap_faint(text: &str, width: usize) -> Vec<Wrapped> {
    let mut lines = indented(
        &[Piece::faint(text.trim_start().to_owned())],
        &[plain("    ")],
        &[plain("    ")],
        width,
    );
    for line in &mut lines {
        line.word = 0;
    }
    lines
}

/// Sets the prediction again after its section, with the reader's answer. Returns its number of words too.
fn echo(prediction: &Prediction, predictions: &Predictions, width: usize) -> (Vec<Wrapped>, usize) {
    let label = |index: u8| {
        let text = prediction.options.get(usize::from(index));
        format!(
            "{} {}",
            index + 1,
            text.map(|option| reading::plain(&option.text)).unwrap_or_default()
        )
    };
    let (mut lines, mut words) = (Vec::new(), 0);
    let mut say = |text: &[Piece], first: &[Piece], rest: usize| {
        append(&mut lines, indented(text, first, &[plain(" ".repeat(rest))], width), words);
        words += wrap::words(text);
    };
    let asked = [Piece::prediction("◆ ")];
    let Some(given) = answered(prediction, predictions) else {
        let text = "The question before this part is still open: go back and commit, or read on.";
        say(&[Piece::faint(text)], &asked, 2);
        return (lines, words);
    };
    let mut text = vec![Piece::prediction("You were asked: ")];
    text.extend(pieces(&prediction.ask));
    say(&text, &asked, 2);
    let (sign, verdict) =
        if given.correct { ("✓ ", Meaning::Right) } else { ("✗ ", Meaning::Wrong) };
    let said = [Piece::new(format!("You said {}", label(given.choice)), verdict)];
    say(&said, &[plain("  "), Piece::new(sign, verdict)], 4);
    if !given.correct {
        let right = [Piece::right(format!("It is {}", label(prediction.answer)))];
        say(&right, &[plain("  "), Piece::right("✓ ")], 4);
    }
    say(&pieces(&prediction.reveal), &[plain("    ")], 4);
    (lines, words)
}

fn contrast(contrast: &Contrast, width: usize) -> Vec<Wrapped> {
    let [left, right] = &contrast.between;
    let mut title = vec![Piece::strong(format!("{left} or {right}?  "))];
    title.extend(pieces(&contrast.decides));
    let bar = [Piece::accent("▌ ")];
    let ours = format!("{left} or {right}?").split_whitespace().count();
    let mut lines = indented(&title, &bar, &bar, width);
    for line in &mut lines {
        line.word = line.word.saturating_sub(ours);
    }
    let mut words = count(&contrast.decides);
    let name = |pick: u8| if pick == 0 { left } else { right };
    let wide = wrap::columns(&[plain(left)]).max(wrap::columns(&[plain(right)]));
    for (phrase, pick) in &contrast.when {
        let service = name(*pick);
        let pad = " ".repeat(wide.saturating_sub(wrap::columns(&[plain(service)])));
        let first = [bar[0].clone(), Piece::strong(format!("{service}{pad}  "))];
        let rest = [bar[0].clone(), plain(" ".repeat(wide + 2))];
        append(&mut lines, indented(&pieces(phrase), &first, &rest, width), words);
        words += count(phrase);
    }
    lines
}

#[cfg(test)]
mod tests;
