//! The page of every screen: one title line, one body, one footer of keys, always in the same places. Every
//! drawing primitive stays inside its area, however small that is.

use std::borrow::Cow;

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

use super::piece::{Piece, text};
use super::theme::{LETTER_BYTES_MAX, Theme};
use super::wrap::{self, columns};
use crate::visible;

/// Minimum size of a terminal that screens are drawn in.
pub const COLUMNS_MIN: u16 = 40;
/// Minimum rows.
pub const ROWS_MIN: u16 = 12;

/// The title line.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Title {
    pub left: Vec<Piece>,
    pub right: Vec<Piece>,
}

impl Title {
    /// A title of plain words.
    #[must_use]
    pub fn new(left: &str, right: &str) -> Self {
        Self {
            left: vec![Piece::strong(left.to_owned())],
            right: vec![Piece::faint(right.to_owned())],
        }
    }

    /// Both halves as text, without bars.
    #[must_use]
    pub fn text(&self) -> String {
        let is_bar = |text: &str| text.contains(['█', '░']);
        let join = |pieces: &[Piece]| {
            let words = pieces.iter().map(|piece| &*piece.text).filter(|text| !is_bar(text));
            words.collect::<String>().trim().to_owned()
        };
        format!("{}   {}", join(&self.left), join(&self.right)).trim().to_owned()
    }
}

/// The parts of the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Areas {
    pub title: Rect,
    pub body: Rect,
    pub footer: Rect,
}

/// Maximum number of lines of a notice.
const NOTICE_LINES: usize = 5;

/// The width beyond which a screen is centred.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Width {
    /// Text, at most 116 columns.
    Page,
    /// A picture, at most 176 columns.
    Wide,
}

/// Divides a terminal: two columns of margin from 100 columns on, and an empty line around the body where
/// there is room.
#[must_use]
pub fn areas(columns: u16, rows: u16, width: Width) -> Areas {
    let margin = if columns >= 100 { 2 } else { 0 };
    let widest = match width {
        Width::Page => 116,
        Width::Wide => 176,
    };
    let inner = columns.saturating_sub(2 * margin).min(widest);
    let left = columns.saturating_sub(inner) / 2;
    let edge = u16::from(rows >= 30);
    let space = u16::from(rows >= 16);
    let top = edge + 1 + space;
    let bottom = rows.saturating_sub(edge + 1 + space);
    Areas {
        title: Rect::new(left, edge, inner, 1),
        body: Rect::new(left, top, inner, bottom.saturating_sub(top)),
        footer: Rect::new(left, rows.saturating_sub(edge + 1), inner, 1),
    }
}

/// Writes pieces on one line from `x` up to the area's right edge.
pub fn line(buffer: &mut Buffer, area: Rect, x: u16, y: u16, pieces: &[Piece], theme: Theme) {
    let area = area.intersection(buffer.area);
    if y < area.top() || y >= area.bottom() {
        return;
    }
    let mut x = x;
    for Piece { text, meaning, .. } in pieces {
        let style = theme.style(*meaning);
        for grapheme in visible::line(text).graphemes(true) {
            let grapheme = bare(grapheme);
            let columns = grapheme.width() as u16;
            if columns == 0 {
                continue;
            }
            if x.saturating_add(columns) > area.right() {
                return;
            }
            if x >= area.left()
                && let Some(cell) = buffer.cell_mut((x, y))
            {
                cell.set_symbol(grapheme).set_style(style);
            }
            // The second cell of a wide character stays empty.
            for extra in 1..columns {
                if let Some(cell) = buffer.cell_mut((x + extra, y)) {
                    cell.set_symbol("").set_style(style);
                }
            }
            x += columns;
        }
    }
}

/// The grapheme, without its accents if they are too many for one cell.
fn bare(grapheme: &str) -> &str {
    let first = grapheme.chars().next().map_or(0, char::len_utf8);
    if grapheme.len() > LETTER_BYTES_MAX { &grapheme[..first] } else { grapheme }
}

/// Writes pieces flush with the area's right edge.
pub fn line_right(buffer: &mut Buffer, area: Rect, y: u16, pieces: &[Piece], theme: Theme) {
    let wide = wrap::columns(pieces) as u16;
    line(buffer, area, area.right().saturating_sub(wide), y, pieces, theme);
}

/// Draws the title line; the left half is cut where both do not fit.
pub fn title(buffer: &mut Buffer, area: Rect, title: &Title, theme: Theme) {
    let right = wrap::columns(&title.right) as u16;
    let gap = if right == 0 { 0 } else { right + 2 };
    let left = Rect { width: area.width.saturating_sub(gap), ..area };
    line(buffer, left, left.x, left.y, &cut(&title.left, usize::from(left.width)), theme);
    line_right(buffer, area, area.y, &title.right, theme);
}

/// Appends an ellipsis: exactly one, even where the pieces are cut.
#[must_use]
pub fn with_more(pieces: &[Piece], width: usize) -> Vec<Piece> {
    let room = width.saturating_sub(2);
    if columns(pieces) > room {
        return cut(pieces, room);
    }
    let mut pieces = pieces.to_vec();
    pieces.push(Piece::faint(" …"));
    pieces
}

/// Cuts pieces to a width, with an ellipsis where something was cut.
#[must_use]
pub fn cut(pieces: &[Piece], width: usize) -> Vec<Piece> {
    let mut room = width;
    let mut kept = Vec::new();
    for (index, piece) in pieces.iter().enumerate() {
        let more = pieces[index + 1..].iter().any(|piece| !piece.text.is_empty());
        let text = visible::line(&piece.text);
        let wide = text.width();
        if wide > room || (wide == room && more) {
            let text = if wide > room { text.into_owned() } else { format!("{text}…") };
            kept.push(Piece { text: wrap::cut(&text, room).into(), ..piece.clone() });
            break;
        }
        room -= wide;
        kept.push(match text {
            Cow::Borrowed(_) => piece.clone(),
            Cow::Owned(text) => Piece { text: text.into(), ..piece.clone() },
        });
    }
    kept
}

/// Draws the footer: the notice, or else keys and their labels.
pub fn footer(
    buffer: &mut Buffer,
    area: Rect,
    keys: &[(String, &str)],
    notice: Option<&str>,
    theme: Theme,
) {
    if let Some(said) = notice {
        notice_lines(buffer, area, said, theme);
        return;
    }
    let mut pieces: Vec<Piece> = Vec::new();
    for (key, label) in keys {
        if !pieces.is_empty() {
            pieces.push(Piece::text("   "));
        }
        pieces.push(Piece::key(key.clone()));
        pieces.push(Piece::faint(format!(" {label}")));
    }
    line(buffer, area, area.x, area.y, &pieces, theme);
}

/// Position of the next character in the prompt, which the footer shows like a notice.
#[must_use]
pub fn entry(area: Rect, prompt: &str) -> Option<Position> {
    let whole = [Piece::strong(prompt.to_owned())];
    let mut lines = vec![prompt.to_owned()];
    if wrap::columns(&whole) > usize::from(area.width) {
        let wrapped = wrap::wrap(&whole, usize::from(area.width));
        lines = wrapped.iter().map(|line| text(&line.pieces)).take(NOTICE_LINES).collect();
    }
    let top = (area.y + 1).checked_sub(lines.len() as u16)?;
    let at = |(y, line): (u16, &String)| {
        let (before, _) = line.split_once('▏')?;
        Some(Position::new(area.x + before.width() as u16, y))
    };
    (top..).zip(&lines).find_map(at)
}

/// Draws a notice in the footer, and over the lines above it where it needs more than one.
fn notice_lines(buffer: &mut Buffer, area: Rect, said: &str, theme: Theme) {
    let whole = [Piece::strong(said.to_owned())];
    if wrap::columns(&whole) <= usize::from(area.width) {
        line(buffer, area, area.x, area.y, &whole, theme);
        return;
    }
    let mut lines = wrap::wrap(&whole, usize::from(area.width));
    let most = NOTICE_LINES.min(usize::from(area.y) + 1);
    if lines.len() > most {
        lines.truncate(most);
        if let Some(last) = lines.last_mut() {
            last.pieces = with_more(&last.pieces, usize::from(area.width));
        }
    }
    let top = (area.y + 1).saturating_sub(lines.len() as u16);
    for (y, wrapped) in (top..=area.y).zip(&lines) {
        let row = Rect { y, height: 1, ..area };
        if y < area.y {
            line(buffer, row, row.x, y, &[Piece::space(usize::from(row.width))], theme);
        }
        line(buffer, row, row.x, y, &wrapped.pieces, theme);
    }
}

/// Marks that the body continues below: in the space under it, or at the end of its last line.
pub fn more(buffer: &mut Buffer, areas: Areas, theme: Theme) {
    let below = areas.body.bottom();
    let y = if below < areas.footer.y { below } else { below.saturating_sub(1) };
    let row = Rect { y, height: 1, ..areas.body };
    line_right(buffer, row, y, &[Piece::faint("  ▾ more")], theme);
}

/// The same mark at the end of an area's last line, where something else stands below.
pub fn more_in(buffer: &mut Buffer, area: Rect, theme: Theme) {
    let y = area.bottom().saturating_sub(1);
    line_right(buffer, area, y, &[Piece::faint("  ▾ more")], theme);
}

/// A bar of `width` columns, `part` thousandths full.
#[must_use]
pub fn bar(width: usize, part: u32) -> Vec<Piece> {
    let full = (width * part.min(1000) as usize + 500) / 1000;
    let left = width.saturating_sub(full);
    vec![Piece::accent("█".repeat(full)).said(""), Piece::faint("░".repeat(left)).said("")]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parts_never_overlap_or_leave_the_terminal() {
        for columns in 0..=220 {
            for rows in 0..=70 {
                let whole = Rect::new(0, 0, columns, rows);
                for width in [Width::Page, Width::Wide] {
                    let areas = areas(columns, rows, width);
                    if rows >= ROWS_MIN && columns >= COLUMNS_MIN {
                        for part in [areas.title, areas.body, areas.footer] {
                            assert_eq!(part.intersection(whole), part, "{columns}x{rows}");
                        }
                        assert!(areas.title.bottom() <= areas.body.top());
                        assert!(areas.body.bottom() <= areas.footer.top());
                        assert!(areas.body.height >= 10, "{columns}x{rows}");
                    }
                }
            }
        }
    }

    #[test]
    fn drawing_outside_is_cut_not_a_panic() {
        let theme = Theme::default();
        for (columns, rows) in [(1, 1), (3, 2), (40, 1)] {
            let mut buffer = Buffer::empty(Rect::new(0, 0, columns, rows));
            let areas = areas(columns, rows, Width::Page);
            title(&mut buffer, areas.title, &Title::new("a long title", "right"), theme);
            footer(&mut buffer, areas.footer, &[("enter".into(), "next")], None, theme);
            line(&mut buffer, areas.body, 99, 99, &[Piece::text("東京")], theme);
        }
    }

    #[test]
    fn what_goes_on_has_one_sign_of_it_whatever_its_length() {
        for width in 3..9 {
            for length in 0..=width + 3 {
                let pieces = [Piece::text("x".repeat(length))];
                let shown: String =
                    with_more(&pieces, width).into_iter().map(|piece| piece.text).collect();
                assert_eq!(shown.matches('…').count(), 1, "{length} in {width}: {shown:?}");
                assert!(shown.chars().count() <= width, "{length} in {width}: {shown:?}");
            }
        }
    }

    #[test]
    fn the_cursor_stands_where_the_next_character_is_drawn_however_long_the_prompt_is() {
        for length in 0..60 {
            let prompt = format!("/{}▏   enter keeps it, esc shows all again", "x".repeat(length));
            for columns in [40, 80] {
                let mut buffer = Buffer::empty(Rect::new(0, 0, columns, 12));
                let area = Rect::new(0, 11, columns, 1);
                footer(&mut buffer, area, &[], Some(&prompt), Theme::default());
                let at = entry(area, &prompt).and_then(|at| buffer.cell(at)).unwrap();
                assert_eq!(at.symbol(), "▏", "{length} in {columns}");
            }
        }
    }

    #[test]
    fn cut_pieces_end_with_an_ellipsis() {
        let pieces = [Piece::text("abc"), Piece::strong("def")];
        let text =
            |width| cut(&pieces, width).into_iter().map(|piece| piece.text).collect::<String>();
        assert_eq!(
            (text(6), text(5), text(3), text(2)),
            ("abcdef".into(), "abcd…".into(), "ab…".into(), "a…".into())
        );
    }
}
