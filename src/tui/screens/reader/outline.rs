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

impl Reader {
    /// Draws the lessons, and the headings of this one.
    pub(super) fn draw_outline(&self, ctx: Ctx<'_>, area: Rect, buffer: &mut Buffer) {
        let lines = self.outline(ctx);
        let here = lines.iter().position(|(_, here)| *here).unwrap_or(0);
        let height = usize::from(area.height);
        let top = here.saturating_sub(height / 2).min(lines.len().saturating_sub(height));
        for ((pieces, _), y) in lines.iter().skip(top).zip(area.top()..area.bottom()) {
            let room = usize::from(area.width) - 2;
            frame::line(buffer, area, area.x, y, &frame::cut(pieces, room), ctx.theme);
        }
        for y in area.top()..area.bottom() {
            let edge = [Piece::faint("┊")];
            frame::line(buffer, area, area.right() - 1, y, &edge, ctx.theme);
        }
    }

    /// The rows of the outline, and which one is current.
    fn outline(&self, ctx: Ctx<'_>) -> Vec<(Vec<Piece>, bool)> {
        let here = self.heading_here();
        let mut rows = Vec::new();
        for entry in std::iter::once(&ctx.scenario.overview).chain(&ctx.scenario.lessons) {
            let own = entry.id == self.lesson.id;
            rows.push((lesson_row(entry, own), own && here == 0));
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
                rows.push((
                    vec![Piece::accent(sign), Piece::new(heading.title.clone(), meaning)],
                    current,
                ));
            }
        }
        rows
    }
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
