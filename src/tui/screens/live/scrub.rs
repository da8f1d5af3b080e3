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
