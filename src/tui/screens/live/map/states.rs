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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::piece::text;

    fn state(name: &str, follows: bool, inside: u64, retrying: u64) -> StateView {
        StateView { name: name.to_owned(), follows, inside, retrying }
    }

    fn drawn(states: &[StateView], room: usize, detail: Detail) -> Vec<String> {
        state_lines(states, room, detail).iter().map(|line| text(line)).collect()
    }

    #[test]
    fn a_step_follows_a_step_and_an_error_leads_aside() {
        let states = [
            state("Print", true, 2, 1),
            state("Post", true, 0, 0),
            state("File", true, 1, 0),
            state("Burn", false, 0, 0),
        ];
        let lines = drawn(&states, 100, Detail::Whole);
        assert_eq!(lines.len(), 1);
        let words: Vec<&str> = lines[0].split_whitespace().collect();
        let expected = ["Print", "2", "↻1", "▸", "Post", "0", "▸", "File", "1", "↳", "Burn"];
        assert_eq!(words, expected);
    }

    #[test]
    fn growing_counts_move_nothing() {
        let at = |inside: u64| {
            let states = [state("Print", true, inside, 0), state("Post", true, 0, 0)];
            drawn(&states, 100, Detail::Whole)[0].find("Post")
        };
        assert_eq!(at(0), at(9_999));
    }

    #[test]
    fn folded_there_is_one_line_without_empty_states_aside_and_no_name_is_cut() {
        let states = [
            state("Print", true, 0, 0),
            state("Post", true, 0, 0),
            state("File", true, 0, 0),
            state("Burn", false, 0, 0),
            state("Shred", false, 4, 0),
        ];
        let lines = drawn(&states, 100, Detail::Folded);
        assert_eq!(lines.len(), 1);
        assert!(!lines[0].contains("Burn") && lines[0].ends_with("Shred 4"), "{lines:?}");
        assert_eq!(drawn(&states, 14, Detail::Folded), ["  Print 0 …"]);
        assert!(drawn(&states, 20, Detail::Whole).len() > 1);
    }
}
