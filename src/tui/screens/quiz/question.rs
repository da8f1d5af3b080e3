//! Sets a question: stem, options, cursor.

use super::Asking;
use crate::tui::ctx::Ctx;
use crate::tui::frame::Width;
use crate::tui::list;
use crate::tui::piece::Piece;
use crate::tui::prose::{self, MEASURE};
use crate::tui::scroll::Scroll;
use crate::tui::sheet::{measure, paragraph};
use crate::tui::theme::Meaning;
use crate::tui::wrap::wrap;

/// A line of the question, and the index of the option it belongs to.
pub struct Line {
    pub pieces: Vec<Piece>,
    pub option: Option<usize>,
}

impl Line {
    /// A line that belongs to no option.
    pub fn plain(pieces: Vec<Piece>) -> Self {
        Self { pieces, option: None }
    }
}

/// The letter of an option by its index.
pub fn letter(place: usize) -> char {
    char::from(b'a' + place.min(25) as u8)
}

/// The letter of the last option.
fn last_letter(asking: &Asking) -> char {
    letter(asking.options.items().count().saturating_sub(1))
}

/// The whole question, laid out.
pub fn lines(asking: &Asking, width: usize) -> Vec<Line> {
    let width = measure(width, MEASURE);
    let mut lines: Vec<Line> = Vec::new();
    for (index, paragraph) in asking.question.stem.iter().enumerate() {
        if index > 0 {
            lines.push(blank());
        }
        // The last paragraph asks; those before it describe.
        let asks = index + 1 == asking.question.stem.len() && index > 0;
        let weight = |piece: Piece| {
            let is_plain = piece.meaning == Meaning::Text;
            if asks && is_plain { piece.with(Meaning::Strong) } else { piece }
        };
        let pieces: Vec<Piece> = prose::pieces(paragraph).into_iter().map(weight).collect();
        let wrapped = wrap(&pieces, width);
        lines.extend(wrapped.into_iter().map(|line| Line::plain(line.pieces)));
    }
    if asking.question.choose > 1 {
        lines.push(blank());
        let text = format!(
            "Choose {}: {} chosen. All or nothing.",
            words(asking.question.choose),
            asking.chosen.len()
        );
        lines.push(Line::plain(vec![Piece::accent(text)]));
    }
    for (place, option) in asking.options.left() {
        lines.push(blank());
        lines.extend(option_lines(asking, place, *option, width));
    }
    lines
}

fn words(count: u8) -> &'static str {
    match count {
        2 => "TWO",
        3 => "THREE",
        _ => "SEVERAL",
    }
}

fn blank() -> Line {
    Line::plain(Vec::new())
}

fn option_lines(asking: &Asking, place: usize, option: u8, width: usize) -> Vec<Line> {
    let chosen = asking.chosen.contains(&option);
    let here = asking.options.place() == place;
    let spans = asking.question.options.get(usize::from(option)).map(|option| &option.text);
    let text: Vec<Piece> = spans
        .map(|spans| prose::pieces(spans))
        .unwrap_or_default()
        .into_iter()
        .map(|piece| if chosen { piece.with(Meaning::Strong) } else { piece })
        .collect();
    let mark =
        if chosen { Piece::accent("● ").said("chosen: ") } else { Piece::faint("○ ").said("") };
    let cursor = if here { list::lead(true) } else { list::lead(false).said("") };
    // The letter is the option's key, and is read aloud as such.
    let first = [cursor, mark, Piece::key(format!("{} ", letter(place))).said("")];
    wrap(&text, width.saturating_sub(6).max(1))
        .into_iter()
        .enumerate()
        .map(|(index, line)| {
            let mut pieces: Vec<Piece> =
                if index == 0 { first.to_vec() } else { vec![Piece::text("      ")] };
            pieces.extend(line.pieces);
            Line { pieces, option: Some(place) }
        })
        .collect()
}

/// Keeps the option at the cursor on the screen, and the stem while both fit.
pub fn follow(asking: &Asking, ctx: Ctx<'_>, scroll: &mut Scroll, height: usize) {
    let lines = lines(asking, usize::from(ctx.areas(Width::Page).body.width));
    let at = |line: &Line| line.option == Some(asking.options.place());
    let first = lines.iter().position(at).unwrap_or(0);
    let last = lines.iter().rposition(at).unwrap_or(first);
    if asking.options.place() == 0 {
        scroll.show(0, last, height);
    } else {
        scroll.show(first, last, height);
    }
    scroll.top = scroll.top.min(lines.len().saturating_sub(height));
}

/// Chooses the option with this index, or takes the choice back. Returns a sentence if it cannot.
pub fn choose(asking: &mut Asking, place: usize) -> Option<String> {
    if !asking.options.choose(place) {
        return Some(format!("This question has the options a to {}.", last_letter(asking)));
    }
    let option = *asking.options.chosen()?;
    if asking.question.choose == 1 {
        asking.chosen = [option].into();
    } else if !asking.chosen.remove(&option) {
        if asking.is_complete() {
            let count = asking.question.choose;
            return Some(format!("{count} are already chosen: deselect one first."));
        }
        asking.chosen.insert(option);
    }
    None
}

/// The notice for enter while too few options are chosen.
pub fn ask_to_choose(asking: &Asking) -> String {
    match asking.question.choose {
        1 => format!("Choose an option first: a to {}.", last_letter(asking)),
        count => format!("Choose {count}; {} chosen so far.", asking.chosen.len()),
    }
}

/// The text that replaces the question while the clock is stopped.
pub fn paused_lines(width: usize) -> Vec<Line> {
    let text = "Paused. The clock is stopped and the question hidden; enter resumes, esc leaves the \
                set for later.";
    let lines = paragraph(text, Meaning::Text, measure(width, MEASURE));
    lines.into_iter().map(Line::plain).collect()
}
