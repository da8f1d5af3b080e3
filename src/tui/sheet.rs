//! A body of lines: a fixed head, scrolled lines below it, and the selected one among them. The same lines
//! are drawn and read aloud, so the two cannot differ.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use super::frame;
use super::piece::{self, Piece};
use super::scroll::Scroll;
use super::theme::{Meaning, Theme};
use super::wrap::wrap;

/// A line of styled text.
pub type Line = Vec<Piece>;

/// The width for reading aloud: a paragraph is one line.
pub const UNBROKEN: usize = usize::MAX;

/// The width to set text in: at most `most` columns, and unbroken for reading aloud.
#[must_use]
pub fn measure(width: usize, most: usize) -> usize {
    if width == UNBROKEN { UNBROKEN } else { width.min(most) }
}

/// Columns and rows available to a sheet.
pub type Size = (usize, usize);

/// Lines for an area of the screen.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sheet {
    /// The lines that do not scroll.
    pub head: Vec<Line>,
    pub lines: Vec<Line>,
    /// Index of the line with the cursor.
    pub here: Option<usize>,
    scroll: Scroll,
}

/// The result of drawing a sheet.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Drawn {
    /// Position of the cursor.
    pub cursor: Option<Position>,
    /// Whether lines are left below.
    pub goes_on: bool,
}

impl Sheet {
    /// A sheet that is scrolled by hand and has no cursor.
    #[must_use]
    pub fn scrolled(head: Vec<Line>, lines: Vec<Line>, scroll: Scroll) -> Self {
        Self { head, lines, here: None, scroll }
    }

    /// A sheet scrolled so that line `here` is visible, with `after` lines below it if there are.
    #[must_use]
    pub fn following(
        head: Vec<Line>,
        lines: Vec<Line>,
        here: usize,
        (height, after): (usize, usize),
    ) -> Self {
        let room = height.saturating_sub(head.len());
        let top = here.saturating_add(after + 1).saturating_sub(room);
        Self { head, lines, here: Some(here), scroll: Scroll { top } }
    }

    /// A sheet that keeps its scroll position as far as the lines from `first` to `last` stay visible.
    #[must_use]
    pub fn showing(
        head: Vec<Line>,
        lines: Vec<Line>,
        (first, last): (usize, usize),
        mut scroll: Scroll,
        height: usize,
    ) -> Self {
        scroll.show(first, last, height.saturating_sub(head.len()));
        Self { head, lines, here: Some(first), scroll }
    }

    /// Draws the lines that fit.
    pub fn draw(&self, area: Rect, buffer: &mut Buffer, theme: Theme) -> Drawn {
        let mut put = |y: u16, line: &Line| {
            let line = frame::cut(line, usize::from(area.width));
            frame::line(buffer, area, area.x, y, &line, theme);
        };
        for (y, line) in (area.top()..area.bottom()).zip(&self.head) {
            put(y, line);
        }
        let first = area.top().saturating_add(self.head.len() as u16).min(area.bottom());
        let room = usize::from(area.bottom() - first);
        let top = self.scroll.shown(self.lines.len(), room);
        let mut cursor = None;
        for (place, (y, line)) in
            (first..area.bottom()).zip(self.lines.iter().skip(top)).enumerate()
        {
            put(y, line);
            if self.here == Some(top + place) {
                cursor = Some(Position::new(area.x, y));
            }
        }
        Drawn { cursor, goes_on: top + room < self.lines.len() }
    }

    /// The lines as they are read aloud.
    #[must_use]
    pub fn spoken(&self) -> Vec<String> {
        let lines = self.head.iter().chain(&self.lines).map(|line| piece::spoken(line));
        lines.filter(|line| !line.trim().is_empty()).collect()
    }
}

/// A paragraph in lines.
#[must_use]
pub fn paragraph(words: &str, meaning: Meaning, width: usize) -> Vec<Line> {
    let pieces = [Piece::new(words.to_owned(), meaning)];
    wrap(&pieces, width).into_iter().map(|line| line.pieces).collect()
}

/// Builds lines of text behind heads and labels.
pub struct Setter {
    width: usize,
    pub lines: Vec<Line>,
    /// The label of the block above.
    label: Option<&'static str>,
}

impl Setter {
    /// Builds lines of at most `width` columns.
    #[must_use]
    pub fn new(width: usize) -> Self {
        Self { width, lines: Vec::new(), label: None }
    }

    /// Adds a text behind its head, further lines indented as deep.
    pub fn block(&mut self, head: &[Piece], text: &str, meaning: Meaning) {
        self.label = None;
        let indent = super::wrap::columns(head);
        let room = self.width.saturating_sub(indent).max(20);
        for (place, line) in paragraph(text, meaning, room).into_iter().enumerate() {
            let mut pieces = if place == 0 { head.to_vec() } else { vec![Piece::space(indent)] };
            pieces.extend(line);
            self.lines.push(pieces);
        }
    }

    /// Adds a text behind a label. Consecutive blocks with the same label show it once.
    pub fn labelled(&mut self, label: &'static str, text: &str, meaning: Meaning) {
        let shown = if self.label == Some(label) { "" } else { label };
        self.block(&[Piece::faint(format!("{shown:<9} "))], text, meaning);
        self.label = Some(label);
    }

    /// Adds an empty line.
    pub fn space(&mut self) {
        self.label = None;
        self.lines.push(Vec::new());
    }
}

#[cfg(test)]
mod tests {
    use ratatui::buffer::Cell;

    use super::*;

    fn lines(count: usize) -> Vec<Line> {
        (0..count).map(|place| vec![Piece::text(format!("line {place}"))]).collect()
    }

    fn drawn(sheet: &Sheet, rows: u16) -> (Vec<String>, Drawn) {
        let area = Rect::new(0, 0, 20, rows);
        let mut buffer = Buffer::empty(area);
        let drawn = sheet.draw(area, &mut buffer, Theme::default());
        let row = |y| (0..20).filter_map(|x| buffer.cell((x, y))).map(Cell::symbol).collect();
        let rows = (0..rows).map(|y| {
            let row: String = row(y);
            row.trim_end().to_owned()
        });
        (rows.collect(), drawn)
    }

    #[test]
    fn the_chosen_line_is_seen_with_what_follows_it_and_has_the_cursor() {
        for here in 0..30 {
            for rows in 4..12 {
                let sheet = Sheet::following(lines(2), lines(30), here, (usize::from(rows), 1));
                let (seen, drawn) = drawn(&sheet, rows);
                let cursor = drawn.cursor.unwrap();
                assert_eq!(seen[usize::from(cursor.y)], format!("line {here}"), "{rows}");
                assert!(here == 29 || cursor.y + 1 < rows, "{here} in {rows}");
                assert_eq!(seen[0], "line 0", "the head stays");
                assert_eq!(drawn.goes_on, *seen.last().unwrap() != "line 29", "{here} in {rows}");
            }
        }
    }

    #[test]
    fn what_has_no_room_is_not_drawn_and_what_is_blank_is_not_read() {
        let mut sheet = Sheet::scrolled(lines(3), lines(2), Scroll { top: 0 });
        let goes_on = Drawn { cursor: None, goes_on: true };
        assert_eq!(drawn(&sheet, 1), (vec!["line 0".to_owned()], goes_on));
        assert_eq!(drawn(&sheet, 4).1, goes_on);
        assert_eq!(drawn(&sheet, 5).1, Drawn::default());
        sheet.lines.insert(0, Vec::new());
        assert_eq!(sheet.spoken().len(), 5);
    }

    #[test]
    fn a_block_stands_beside_its_head() {
        let mut setter = Setter::new(30);
        setter.labelled("why", "one two three four five six", Meaning::Text);
        let lines: Vec<String> = setter.lines.iter().map(|line| piece::text(line)).collect();
        assert_eq!(lines, ["why       one two three four", "          five six"]);
        setter.labelled("why", "again", Meaning::Text);
        setter.space();
        setter.labelled("why", "anew", Meaning::Text);
        let lines: Vec<String> = setter.lines.iter().map(|line| piece::text(line)).collect();
        assert_eq!(lines[2..], ["          again", "", "why       anew"], "a label is said once");
        let mut setter = Setter::new(UNBROKEN);
        setter.labelled("why", &"word ".repeat(99), Meaning::Text);
        assert_eq!(setter.lines.len(), 1);
    }
}
