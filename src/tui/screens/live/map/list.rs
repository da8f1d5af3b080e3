//! Where there is no room for wires: the parts that hold something, one a line.

use super::Canvas;
use crate::sim::snapshot::PartView;
use crate::sim::world::PartId;
use crate::tui::count::short;
use crate::tui::theme::Meaning;
use crate::tui::wrap::{Piece, cut};

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
        // What matters least goes first where there are more than fit; the order stays, and what there is
        // does not hang on how it fares: a list that changed while one looks could not be read.
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

    /// A part in a line, and how soon it may be left out: 0 is last.
    fn entry(&self, id: PartId, wide: usize) -> Option<(u8, Vec<Piece>)> {
        let name = cut(&self.title(id), wide);
        let title = (format!("{name:<wide$} "), self.emphasis(id));
        let signed = |sign: &str, rest: Vec<Piece>| {
            let mut pieces = vec![(format!("{sign} "), Meaning::Text), title.clone()];
            pieces.extend(rest);
            pieces
        };
        let text = |words: String| vec![(words, Meaning::Text)];
        Some(match self.view(id) {
            PartView::Queue(queue) if queue.is_dlq => {
                let meaning = match (title.1, queue.visible) {
                    (Meaning::Selected, _) => Meaning::Selected,
                    (_, 0) => Meaning::Faint,
                    _ => Meaning::Dead,
                };
                let words = format!("✖ {name:<wide$} {:>4}", short(queue.visible));
                (1, vec![(words, meaning)])
            }
            PartView::Queue(queue) => {
                let flying = (format!("{:>3} fly", short(queue.in_flight)), Meaning::InFlight);
                let mut rest = text(format!("{:>4} vis ", short(queue.visible)));
                rest.push(flying);
                (0, signed("▤", rest))
            }
            PartView::Workflow(view) => {
                let retrying: u64 = view.states.iter().map(|state| state.retrying).sum();
                let mut rest = text(format!("{:>4} run ", short(view.running)));
                rest.push((format!("↻ {retrying}"), Meaning::Retrying));
                (0, signed("▣", rest))
            }
            PartView::Topic { published } => {
                (2, signed("◇", text(format!("{:>4} out", short(*published)))))
            }
            PartView::Function(view) => {
                (2, signed("λ", text(format!("{:>4}/{}", view.running, view.limit))))
            }
            PartView::Worker(view) => {
                (2, signed("▦", text(format!("{:>4}/{}", view.busy, view.tasks))))
            }
            PartView::Service(view) => match view.broken {
                Some((word, _)) => (3, signed("✗", vec![(word.to_owned(), Meaning::Urgent)])),
                None => (3, signed("·", text(format!("{:>4} busy", view.in_flight)))),
            },
            _ => return None,
        })
    }
}
