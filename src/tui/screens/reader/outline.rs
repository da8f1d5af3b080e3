//! The outline beside the text: the lessons, and the headings of the open one.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::Reader;
use crate::content::course::LessonEntry;
use crate::tui::ctx::Ctx;
use crate::tui::frame;
use crate::tui::piece::Piece;
use crate::tui::theme::Meaning;
use crate::tui::wrap;

/// Stands before the second line of a heading.
const BELOW: &str = "       ";

impl Reader {
    /// Draws the lessons, and the headings of this one.
    pub(super) fn draw_outline(&self, ctx: Ctx<'_>, area: Rect, buffer: &mut Buffer) {
        let lines = self.outline(ctx, usize::from(area.width) - 2);
        let here = lines.iter().position(|(_, here)| *here).unwrap_or(0);
        let height = usize::from(area.height);
        let top = here.saturating_sub(height / 2).min(lines.len().saturating_sub(height));
        for ((pieces, _), y) in lines.iter().skip(top).zip(area.top()..area.bottom()) {
            frame::line(buffer, area, area.x, y, pieces, ctx.theme);
        }
        for y in area.top()..area.bottom() {
            let edge = [Piece::faint("┊")];
            frame::line(buffer, area, area.right() - 1, y, &edge, ctx.theme);
        }
    }

    /// The rows of the outline, and which one is current. A long heading goes on in a second row.
    fn outline(&self, ctx: Ctx<'_>, width: usize) -> Vec<(Vec<Piece>, bool)> {
        let here = self.heading_here();
        let mut rows = Vec::new();
        for entry in std::iter::once(&ctx.scenario.overview).chain(&ctx.scenario.lessons) {
            let own = entry.id == self.lesson.id;
            rows.push((frame::cut(&lesson_row(entry, own), width), own && here == 0));
            if !own {
                continue;
            }
            for (index, heading) in self.lesson.headings.iter().enumerate().skip(1) {
                if heading.level > 2 && index != here {
                    continue;
                }
                let current = index == here;
                let meaning = if current { Meaning::Strong } else { Meaning::Faint };
                let sign = if current { "   ▸ " } else { "     " };
                let lines = heading_lines(&heading.title, meaning, sign, width);
                rows.extend(lines.into_iter().map(|line| (line, current)));
            }
        }
        rows
    }
}

/// A heading behind its sign, whole.
fn heading_lines(
    title: &str,
    meaning: Meaning,
    sign: &'static str,
    width: usize,
) -> Vec<Vec<Piece>> {
    let title = [Piece::new(title.to_owned(), meaning)];
    let lines = wrap::wrap(&title, width.saturating_sub(BELOW.len()));
    let signs = std::iter::once(sign).chain(std::iter::repeat(BELOW));
    let line = |(sign, line): (&'static str, wrap::Wrapped)| {
        let mut pieces = vec![Piece::accent(sign)];
        pieces.extend(line.pieces);
        pieces
    };
    signs.zip(lines).map(line).collect()
}

fn lesson_row(entry: &LessonEntry, own: bool) -> Vec<Piece> {
    let meaning = if own { Meaning::Accent } else { Meaning::Faint };
    let number = if entry.number == 0 { "  ".to_owned() } else { format!("{:>2}", entry.number) };
    let mut row =
        vec![Piece::new(format!("{number} "), meaning), Piece::new(entry.title.clone(), meaning)];
    if wrap::columns(&row) == 0 {
        row.clear();
    }
    row
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::piece::text;

    #[test]
    fn a_long_heading_goes_on_in_a_second_line() {
        let lines = heading_lines("Letters that nobody takes away", Meaning::Faint, "     ", 30);
        let lines: Vec<String> = lines.iter().map(|line| text(line)).collect();
        assert_eq!(lines, ["     Letters that nobody", "       takes away"]);
    }
}
