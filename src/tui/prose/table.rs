//! Sets tables: columns are as wide as their text where that fits, and narrower where it does not.

use super::{Wrapped, count, pieces, plain, wrap};
use crate::content::course::{Alignment, Span};
use crate::tui::piece::Piece;
use crate::tui::wrap::columns as width_of;

const GAP: usize = 2;
/// Minimum width of a column.
const NARROWEST: usize = 6;

/// Sets a table. The words of a row count from its first cell.
pub fn lines(
    columns: &[Alignment],
    header: &[Vec<Span>],
    rows: &[Vec<Vec<Span>>],
    width: usize,
) -> Vec<Wrapped> {
    let widths = widths(header, rows, width);
    if widths.iter().sum::<usize>() + GAP * widths.len().saturating_sub(1) > width {
        return stacked(header, rows, width);
    }
    let bold: Vec<Vec<Piece>> = header
        .iter()
        .map(|cell| cell.iter().map(|span| Piece::strong(span.text.clone())).collect())
        .collect();
    let mut lines = row_lines(&bold, &widths, columns, 0);
    let mut words: usize = header.iter().map(|cell| count(cell)).sum();
    let rule: Vec<String> = widths.iter().map(|wide| "─".repeat(*wide)).collect();
    let rule = Piece::faint(rule.join(&" ".repeat(GAP)));
    lines.push(Wrapped { pieces: vec![rule], word: 0 });
    for row in rows {
        let cells: Vec<Vec<Piece>> = row.iter().map(|cell| pieces(cell)).collect();
        lines.extend(row_lines(&cells, &widths, columns, words));
        words += row.iter().map(|cell| count(cell)).sum::<usize>();
    }
    lines
}

/// The width of each column: its longest cell, until the widest columns have to give way.
fn widths(header: &[Vec<Span>], rows: &[Vec<Vec<Span>>], width: usize) -> Vec<usize> {
    let mut widths: Vec<usize> = header.iter().map(|cell| width_of(&pieces(cell))).collect();
    for row in rows {
        for (index, cell) in row.iter().enumerate() {
            if let Some(widest) = widths.get_mut(index) {
                *widest = (*widest).max(width_of(&pieces(cell)));
            }
        }
    }
    let room = width.saturating_sub(GAP * widths.len().saturating_sub(1));
    while widths.iter().sum::<usize>() > room {
        match widths.iter_mut().max() {
            Some(widest) if *widest > NARROWEST => *widest -= 1,
            _ => break,
        }
    }
    widths
}

fn row_lines(
    cells: &[Vec<Piece>],
    widths: &[usize],
    columns: &[Alignment],
    word: usize,
) -> Vec<Wrapped> {
    let wrapped: Vec<Vec<Wrapped>> =
        cells.iter().zip(widths).map(|(cell, wide)| wrap(cell, *wide)).collect();
    let height = wrapped.iter().map(Vec::len).max().unwrap_or(0);
    (0..height)
        .map(|index| {
            let mut line = Vec::new();
            for (column, (cell, wide)) in wrapped.iter().zip(widths).enumerate() {
                if column > 0 {
                    line.push(plain(" ".repeat(GAP)));
                }
                let text = cell.get(index).map(|line| line.pieces.clone()).unwrap_or_default();
                let free = wide.saturating_sub(width_of(&text));
                let before = match columns.get(column) {
                    Some(Alignment::Right) => free,
                    Some(Alignment::Centre) => free / 2,
                    _ => 0,
                };
                line.push(Piece::space(before));
                line.extend(text);
                if column + 1 < widths.len() {
                    line.push(Piece::space(free - before));
                }
            }
            line.retain(|piece| !piece.text.is_empty());
            Wrapped { pieces: line, word }
        })
        .collect()
}

/// Sets each row as a list of `header: cell`, for tables too wide to stand side by side.
fn stacked(header: &[Vec<Span>], rows: &[Vec<Vec<Span>>], width: usize) -> Vec<Wrapped> {
    let mut lines: Vec<Wrapped> = Vec::new();
    let mut words: usize = header.iter().map(|cell| count(cell)).sum();
    for row in rows {
        for (index, cell) in row.iter().enumerate() {
            let name = header.get(index).map(|cell| crate::study::reading::plain(cell));
            let mut text = vec![Piece::strong(format!("{}: ", name.unwrap_or_default()))];
            text.extend(pieces(cell));
            let first = [plain(if index == 0 { "• " } else { "  " })];
            let more = super::indented(&text, &first, &[plain("    ")], width);
            lines.extend(more.into_iter().map(|line| Wrapped { word: words, ..line }));
        }
        words += row.iter().map(|cell| count(cell)).sum::<usize>();
    }
    // The header's words recur in every row; a position in them means the first line.
    if let Some(first) = lines.first_mut() {
        first.word = 0;
    }
    lines
}
