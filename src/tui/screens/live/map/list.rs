//! The list of parts, one per line, where there is no room for wires.

use super::Canvas;
use crate::sim::snapshot::PartView;
use crate::sim::world::PartId;
use crate::tui::piece::Piece;
use crate::tui::screens::live::kind;
use crate::tui::screens::live::view::{self, Length};
use crate::tui::wrap::{columns, cut};

/// Minimum columns to tell figures in whole words.
const WHOLE_WORDS: u16 = 52;

impl Canvas<'_, '_> {
    pub(super) fn list(&mut self) -> u16 {
        let order = self.scene.plan.order();
        let titles = order.iter().map(|id| self.title(*id).chars().count());
        let wide = titles.max().unwrap_or(0).clamp(13, usize::from(self.area.width / 3).max(13));
        let mut lines: Vec<(u8, Vec<Piece>)> = Vec::new();
        for id in order {
            lines.extend(self.entry(id, wide));
        }
        // Where not all fit, the least important go first. The selection does not depend on their state: a
        // list that changed while one reads could not be read.
        let room = usize::from(self.area.height);
        for weight in (0..=3).rev() {
            while lines.len() > room {
                let Some(place) = lines.iter().rposition(|(other, _)| *other == weight) else {
                    break;
                };
                lines.remove(place);
            }
        }
        for (y, (_, pieces)) in (self.area.y..).zip(&lines) {
            self.put_cut(self.area.x, y, pieces, self.area.width);
        }
        lines.len() as u16
    }

    /// A part in a line, and how soon it gives way: 0 is last. Its figures are those that are read aloud,
    /// as many as fit.
    fn entry(&self, id: PartId, wide: usize) -> Option<(u8, Vec<Piece>)> {
        let view = self.view(id);
        let row = view::row(view)?;
        let own = self.part(id).map_or("", |part| kind::profile(part.kind()).sign);
        let sign = row.sign.unwrap_or(own);
        let is_dlq = matches!(view, PartView::Queue(queue) if queue.is_dlq);
        let meaning = if is_dlq { self.dead_count(id).1 } else { self.emphasis(id) };
        let name = cut(&self.title(id), wide);
        let mut pieces =
            vec![Piece::text(format!("{sign} ")), Piece::new(format!("{name:<wide$} "), meaning)];
        let alarms = self.alarms(id, true);
        let room = usize::from(self.area.width).saturating_sub(columns(&alarms));
        let length = if self.area.width < WHOLE_WORDS { Length::Short } else { Length::Whole };
        let words = view::words(view, self.scene.snapshot.now, length);
        for (index, figure) in words.into_iter().enumerate() {
            let gap = if index == 0 { aligning(&figure) } else { Piece::faint(", ") };
            if columns(&pieces) + gap.columns() + figure.columns() > room {
                break;
            }
            pieces.extend([gap, figure]);
        }
        pieces.extend(alarms);
        Some((row.weight, pieces))
    }
}

/// The gap before the first figure: counts of up to four columns end below each other, and the words after
/// them do not move.
fn aligning(figure: &Piece) -> Piece {
    let count = figure.text.trim_start();
    let before = figure.text.len() - count.len();
    let wide = count.chars().take_while(|sign| !matches!(sign, ' ' | '/')).count();
    Piece::space(4_usize.saturating_sub(before + wide))
}

#[cfg(test)]
mod tests {
    use crate::tui::keymap::Intent;
    use crate::tui::screens::live::tests::{LETTERS, panel};

    #[test]
    fn figures_are_told_in_whole_words_where_there_is_room_for_them() {
        let narrow = panel(LETTERS).at("20s").size(48, 24).line("▤ tray ");
        assert!(narrow.contains(" vis, ◔"), "{narrow}");
        let wide = panel(LETTERS).at("20s").size(63, 24).line("▤ tray ");
        assert!(wide.contains(" visible, ") && wide.contains(" in flight"), "{wide}");
    }

    #[test]
    fn services_give_way_first_and_the_queue_stays() {
        let stage = panel(LETTERS).at("20s");
        assert!(stage.size(48, 24).line("· printer").contains("busy"));
        let low = panel(LETTERS).at("20s").size(48, 9);
        let lines = low.lines();
        assert!(!lines.iter().any(|line| line.starts_with("· printer")), "{lines:?}");
        assert!(lines.iter().any(|line| line.starts_with("▤ tray ")), "{lines:?}");
    }

    #[test]
    fn a_broken_service_has_a_sign_and_its_fault_before_all_figures() {
        let stage = panel(LETTERS).at("20s").press(&[Intent::Break(0)]).size(48, 24);
        let printer = stage.line("✗ printer    ");
        assert!(printer.contains(" outage, 60 s left"), "{printer}");
    }
}
