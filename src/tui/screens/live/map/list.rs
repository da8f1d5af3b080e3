//! The list of parts, one per line, where there is no room for wires.

use super::Canvas;
use crate::sim::snapshot::PartView;
use crate::sim::world::PartId;
use crate::tui::count::short;
use crate::tui::piece::Piece;
use crate::tui::screens::live::{kind, view};
use crate::tui::wrap::cut;

impl Canvas<'_, '_> {
    pub(super) fn list(&mut self) -> u16 {
        let order = self.scene.plan.order();
        let titles = order.iter().map(|id| self.title(*id).chars().count());
        let wide = titles.max().unwrap_or(0).clamp(13, usize::from(self.area.width / 3).max(13));
        let mut lines: Vec<(u8, Vec<Piece>)> = Vec::new();
        for id in order {
            let Some((weight, mut pieces)) = self.entry(id, wide) else { continue };
            pieces.extend(self.alarms(id, true));
            lines.push((weight, pieces));
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

    /// A part in a line, and how soon it gives way: 0 is last.
    fn entry(&self, id: PartId, wide: usize) -> Option<(u8, Vec<Piece>)> {
        let view = self.view(id);
        let row = view::row(view)?;
        let name = cut(&self.title(id), wide);
        if let PartView::Queue(queue) = view
            && queue.is_dlq
        {
            let (_, meaning) = self.dead_count(id);
            let words = format!("✖ {name:<wide$} {:>4}", short(queue.visible));
            return Some((row.weight, vec![Piece::new(words, meaning)]));
        }
        let own = self.part(id).map_or("", |part| kind::profile(part.kind()).sign);
        let mut pieces = vec![
            Piece::text(format!("{} ", row.sign.unwrap_or(own))),
            Piece::new(format!("{name:<wide$} "), self.emphasis(id)),
        ];
        pieces.extend(row.figures);
        Some((row.weight, pieces))
    }
}
