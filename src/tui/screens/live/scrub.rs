//! The scrub bar: the playhead, how far the run was simulated, and where faults, retries, dead letters and
//! alarms began.

use super::playback::Playback;
use crate::sim::kernel::time::Time;
use crate::sim::timeline::Tick;
use crate::tui::piece::Piece;
use crate::tui::theme::Meaning;

/// The bar in `width` columns, with its end time behind it.
pub fn bar(playback: &Playback, width: u16) -> Vec<Piece> {
    let scale = playback.scale();
    let end = format!(" {scale}");
    let columns = usize::from(width).saturating_sub(end.len() + 2).max(8);
    let timeline = playback.timeline();
    let at = |column: usize| Time(scale.0 * column as u64 / columns as u64);
    let reached = timeline.reached();
    let mut cells: Vec<(char, Meaning)> = (0..columns)
        .map(|column| match timeline.series().strongest(at(column), at(column + 1)) {
            Some(mark) => sign(mark),
            None if at(column) < reached => ('─', Meaning::Faint),
            None => ('┄', Meaning::Faint),
        })
        .collect();
    let place = (playback.now().0 * columns as u64 / scale.0.max(1)) as usize;
    if let Some(cell) = cells.get_mut(place.min(columns - 1)) {
        *cell = ('●', Meaning::Accent);
    }
    let mut pieces = vec![Piece::faint("├")];
    for (sign, meaning) in cells {
        match pieces.last_mut() {
            Some(last) if last.meaning == meaning => last.text.to_mut().push(sign),
            Some(_) | None => pieces.push(Piece::new(sign.to_string(), meaning)),
        }
    }
    pieces.push(Piece::faint("┤"));
    pieces.push(Piece::faint(end));
    pieces
}

fn sign(mark: Tick) -> (char, Meaning) {
    match mark {
        Tick::Retry => ('↻', Meaning::Retrying),
        Tick::Fault => ('!', Meaning::Urgent),
        Tick::DeadLetter => ('✖', Meaning::Wrong),
        Tick::Alarm => ('▲', Meaning::Alarm),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::keymap::Intent;
    use crate::tui::piece::text;
    use crate::tui::screens::live::tests::{LETTERS, Stage, panel};
    use crate::tui::wrap::columns;

    fn drawn(stage: &Stage, width: u16) -> Vec<Piece> {
        bar(&stage.live().view.playback, width)
    }

    #[test]
    fn the_playhead_stands_between_what_was_and_what_was_not_simulated() {
        let line = text(&drawn(&panel(LETTERS).at("30s"), 71));
        assert_eq!(line, format!("├{}●{}┤ 00:01:00", "─".repeat(30), "┄".repeat(29)));
        let start = text(&drawn(&panel(LETTERS), 71));
        assert!(start.starts_with("├●┄"), "{start}");
    }

    #[test]
    fn a_fault_has_its_sign_where_it_began_and_goes_where_it_is_undone() {
        let stage = panel(LETTERS).at("20500ms").press(&[Intent::Break(0)]).at("30s");
        let fault = |stage: &Stage| text(&drawn(stage, 71)).chars().position(|sign| sign == '!');
        assert_eq!(fault(&stage), Some(21), "behind the frame and twenty seconds");
        assert_eq!(fault(&stage.press(&[Intent::Undo])), None);
    }

    #[test]
    fn the_bar_is_as_wide_as_its_window() {
        for width in [40, 80, 200] {
            assert_eq!(columns(&drawn(&panel(LETTERS).at("20s"), width)), usize::from(width));
        }
    }
}
