//! The states of a workflow.

use super::Detail;
use crate::sim::snapshot::StateView;
use crate::tui::count::short;
use crate::tui::piece::Piece;
use crate::tui::theme::Meaning;
use crate::tui::wrap::columns;

/// Columns for a state's counts: on the main path, and off it.
const COUNTS: usize = 8;
const COUNTS_ASIDE: usize = 4;

/// Sets a workflow's states in their order, each in a fixed position, so that growing counts move nothing.
/// Folded, empty states off the main path are left out, and there is one line.
pub(super) fn state_lines(states: &[StateView], room: usize, detail: Detail) -> Vec<Vec<Piece>> {
    let mut lines: Vec<Vec<Piece>> = vec![vec![Piece::text("  ")]];
    let mut used = 2;
    for (place, state) in states.iter().enumerate() {
        let is_folded = detail != Detail::Whole;
        if is_folded && state.inside == 0 && place > 2 {
            continue;
        }
        let words = state_words(state, place);
        let counts = if place < 3 { COUNTS } else { COUNTS_ASIDE };
        let sign = if place > 0 { 3 } else { 0 };
        let wide =
            if is_folded { columns(&words) } else { sign + state.name.chars().count() + counts };
        if used + wide > room && is_folded {
            // A name is shown whole or not at all.
            if let Some(line) = lines.last_mut() {
                line.push(Piece::faint(" …"));
            }
            break;
        }
        if used + wide > room && used > 2 {
            lines.push(vec![Piece::text("  ")]);
            used = 2;
        }
        if let Some(line) = lines.last_mut() {
            line.push(Piece::space(used.saturating_sub(columns(line))));
            line.extend(words);
        }
        used += wide;
    }
    lines
}

fn state_words(state: &StateView, place: usize) -> Vec<Piece> {
    let mut words = Vec::new();
    if place > 0 {
        // A state that no step leads to is reached by an error or a choice.
        let sign = if state.follows { " ▸ " } else { "  ↳ " };
        words.push(Piece::faint(sign));
    }
    let meaning = if state.inside > 0 { Meaning::Text } else { Meaning::Faint };
    words.push(Piece::new(state.name.clone(), meaning));
    if state.inside > 0 || place < 3 {
        words.push(Piece::new(format!(" {}", short(state.inside)), meaning));
    }
    if state.retrying > 0 {
        words.push(Piece::retrying(format!(" ↻{}", short(state.retrying))));
    }
    words
}
