//! A question as it is asked: stem, options, cursor.

use super::Asking;
use crate::content::course::Span;
use crate::study::reading;
use crate::tui::ctx::Ctx;
use crate::tui::frame::Width;
use crate::tui::piece::Piece;
use crate::tui::prose::{self, MEASURE};
use crate::tui::scroll::Scroll;
use crate::tui::theme::Meaning;
use crate::tui::wrap::wrap;

/// A line of the question, and the place of the option it belongs to.
pub struct Line {
    pub pieces: Vec<Piece>,
    pub option: Option<usize>,
}

/// The letter of a place on the screen.
pub fn letter(place: usize) -> char {
    char::from(b'a' + place.min(25) as u8)
}

/// The letter of the last option.
fn last_letter(asking: &Asking) -> char {
    letter(asking.options.items().count().saturating_sub(1))
}

/// The whole question, laid out.
pub fn lines(asking: &Asking, width: u16) -> Vec<Line> {
    let width = usize::from(width).min(MEASURE);
    let mut lines: Vec<Line> = Vec::new();
    for (index, paragraph) in asking.question.stem.iter().enumerate() {
        if index > 0 {
            lines.push(blank());
        }
        // The last paragraph asks; what stands before it tells.
        let asks = index + 1 == asking.question.stem.len() && index > 0;
        let weight = |piece: Piece| {
            let is_plain = piece.meaning == Meaning::Text;
            if asks && is_plain { piece.with(Meaning::Strong) } else { piece }
        };
        let pieces: Vec<Piece> = prose::pieces(paragraph).into_iter().map(weight).collect();
        let wrapped = wrap(&pieces, width);
        lines.extend(wrapped.into_iter().map(|line| Line { pieces: line.pieces, option: None }));
    }
    if asking.question.choose > 1 {
        lines.push(blank());
        let text = format!(
            "Choose {}: {} chosen. All or nothing.",
            words(asking.question.choose),
            asking.chosen.len()
        );
        lines.push(Line { pieces: vec![Piece::accent(text)], option: None });
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
    Line { pieces: Vec::new(), option: None }
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
    let cursor = if here { "▸ " } else { "  " };
    let mark = if chosen { "● " } else { "○ " };
    let first = [
        Piece::accent(cursor),
        Piece::new(mark, if chosen { Meaning::Accent } else { Meaning::Faint }),
        Piece::key(format!("{} ", letter(place))),
    ];
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

/// Keeps the option under the cursor on the screen, and the stem while both fit.
pub fn follow(asking: &Asking, ctx: Ctx<'_>, scroll: &mut Scroll, height: usize) {
    let lines = lines(asking, ctx.areas(Width::Page).body.width);
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

/// Chooses the option at a place, or takes the choice back; a sentence where it cannot be.
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
            return Some(format!("{count} are chosen already: take one back first."));
        }
        asking.chosen.insert(option);
    }
    None
}

/// What is said to Enter while too little is chosen.
pub fn ask_to_choose(asking: &Asking) -> String {
    match asking.question.choose {
        1 => format!("Choose an option first: a to {}.", last_letter(asking)),
        count => format!("Choose {count}; {} chosen so far.", asking.chosen.len()),
    }
}

/// While the clock is stopped the question is not shown.
pub fn paused_lines(width: u16) -> Vec<Vec<Piece>> {
    let text = "Paused. The clock stands and the question is put away; enter brings both back, esc \
                leaves the set for later.";
    wrap(&[Piece::text(text)], usize::from(width).min(MEASURE))
        .into_iter()
        .map(|line| line.pieces)
        .collect()
}

/// The question in reading order: paragraphs, and options with their letters.
pub fn spoken(asking: &Asking) -> (Vec<String>, Vec<(String, String)>) {
    let mut blocks: Vec<String> =
        asking.question.stem.iter().map(|paragraph| reading::plain(paragraph)).collect();
    if asking.question.choose > 1 {
        blocks.push(format!("Choose {}.", words(asking.question.choose)));
    }
    let text = |spans: &Vec<Span>| reading::plain(spans);
    let choices = asking.options.left().map(|(place, option)| {
        let chosen = if asking.chosen.contains(option) { " (chosen)" } else { "" };
        let option = asking.question.options.get(usize::from(*option));
        let words = option.map(|option| text(&option.text)).unwrap_or_default();
        (letter(place).to_string(), format!("{words}{chosen}"))
    });
    (blocks, choices.collect())
}
