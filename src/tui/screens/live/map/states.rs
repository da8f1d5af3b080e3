//! The states of a workflow, in lines.

use super::Detail;
use crate::sim::snapshot::StateView;
use crate::tui::count::short;
use crate::tui::piece::Piece;
use crate::tui::theme::Meaning;
use crate::tui::wrap::columns;

/// Columns for a state's counts: of those on the way that every order takes, and of the others.
const COUNTS: usize = 8;
const COUNTS_ASIDE: usize = 4;

/// A workflow's states in its order, in as many lines as they take, each in a place of its own: counts
/// that grow move nothing. Folded, those that hold nothing and are off the straight way are left out,
/// and there is one line.
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
            // A name is whole or not there.
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
        // What no step leads to is where an error or a choice does.
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
