//! The lane of a topic: its subscriptions, and the dead-letter queues of those.

use super::{Canvas, Columns, Detail, apart};
use crate::sim::snapshot::{PartView, SubscriptionView};
use crate::sim::world::Part;
use crate::tui::count::short;
use crate::tui::piece::Piece;
use crate::tui::screens::live::kind::{self, Place};
use crate::tui::screens::live::layout::{Branch, Lane};
use crate::tui::screens::live::view::{self, Length};
use crate::tui::theme::Meaning;
use crate::tui::wrap::columns;

impl Canvas<'_, '_> {
    pub(super) fn topic_lane(
        &mut self,
        x: u16,
        y: u16,
        sizes: Columns,
        lane: &Lane,
        published: u64,
        detail: Detail,
    ) {
        let mut head = vec![
            self.sign(lane.part),
            Piece::new(format!("{:<14}", self.title(lane.part)), self.emphasis(lane.part)),
            Piece::text(format!(" {:>5}", short(published))),
        ];
        // Use a shorter word where the long one does not fit.
        let is_wide = columns(&head) + " published".len() < usize::from(sizes.node);
        head.push(Piece::text(if is_wide { " published" } else { " out" }));
        // The word stands beside the sign only where it fits whole.
        let left = usize::from(sizes.node - 1).saturating_sub(columns(&head));
        head.extend(self.alarms(lane.part, left < 8));
        self.put_cut(x, y, &head, sizes.node - 1);
        if let Some((wire, dlq)) = lane.dlq {
            self.dead_letters(x + 2, y + 1, sizes.wire, wire, dlq);
        }
        let at = x + sizes.node;
        if detail != Detail::Whole {
            let all = self.subscriptions(&lane.branches);
            self.put_cut(x, y + 1, &all, self.room(x));
            return;
        }
        let mut y = y;
        for (place, branch) in lane.branches.iter().enumerate() {
            self.wire(at, y, sizes.wire, branch.wire, "");
            let x = at + sizes.wire;
            let label = self.subscription(branch, 15);
            self.put_cut(x, y, &label, self.room(x));
            y += 1;
            if let Some((wire, dlq)) = lane.dlq_under(place) {
                self.dead_letters(x, y, 8, wire, dlq);
                y += 1;
            }
        }
    }

    /// All subscriptions of a topic in one line: their names, and their figures together.
    fn subscriptions(&self, branches: &[Branch]) -> Vec<Piece> {
        let mut line = vec![Piece::faint("  ╰▸ ")];
        let mut all = SubscriptionView {
            protocol: "",
            accepted: 0,
            filtered: 0,
            delivered: 0,
            retrying: 0,
            sent_to_dlq: 0,
            dropped: 0,
        };
        for (place, branch) in branches.iter().enumerate() {
            if place > 0 {
                line.push(Piece::faint(" · "));
            }
            let is_selected = self.emphasis(branch.part) == Meaning::Selected;
            let mut meaning = if is_selected { Meaning::Selected } else { Meaning::Text };
            if let PartView::Subscription(view) = self.view(branch.part) {
                all.filtered += view.filtered;
                all.delivered += view.delivered;
                all.retrying += view.retrying;
                all.dropped += view.dropped;
                if view.retrying > 0 && !is_selected {
                    meaning = Meaning::Retrying;
                }
            }
            line.push(Piece::new(self.title(branch.part), meaning));
        }
        line.push(Piece::text("  "));
        line.extend(apart(view::deliveries(&all, Length::Short)));
        line
    }

    fn subscription(&self, branch: &Branch, width: usize) -> Vec<Piece> {
        let title = self.title(branch.part);
        let PartView::Subscription(view) = self.view(branch.part) else {
            return vec![Piece::new(title, self.emphasis(branch.part))];
        };
        let meaning = match self.emphasis(branch.part) {
            Meaning::Selected => Meaning::Selected,
            _ => Meaning::Text,
        };
        let mut label = vec![
            Piece::new(title.clone(), meaning),
            Piece::space(width.saturating_sub(title.chars().count()).max(1)),
        ];
        label.extend(apart(view::deliveries(view, Length::Short)));
        for (_, next) in &branch.next {
            let kind = self.part(*next).map(Part::kind);
            if kind.is_some_and(|kind| kind::profile(kind).place != Place::Service) {
                label.push(Piece::faint(format!(" ▸ {}", self.title(*next))));
            }
        }
        label
    }
}

#[cfg(test)]
mod tests {
    use crate::tui::screens::live::tests::{LETTERS, panel};

    #[test]
    fn subscriptions_stand_below_each_other_or_in_one_line_where_there_is_no_room() {
        let news = "[services.bell]\n[topics.news]\n\
                    [subscriptions.ring]\ntopic = 'news'\ncalls = 'bell'\n\
                    [subscriptions.horn]\ntopic = 'news'\ncalls = 'bell'\n\
                    [subscriptions.drum]\ntopic = 'news'\ncalls = 'bell'\n";
        let design = LETTERS.replace("[\"queues.tray\"]", "[\"queues.tray\", \"topics.news\"]");
        let stage = panel(&format!("{design}{news}")).at("20s").size(120, 36);
        assert!(!stage.line("ring ").contains("horn"), "{:?}", stage.lines());
        let stage = stage.size(120, 16);
        assert!(stage.line("ring ").contains("╰▸ drum · horn · ring"), "{:?}", stage.lines());
    }

    #[test]
    fn a_topic_has_a_line_for_each_subscription_and_one_for_all_where_it_is_low() {
        let told = LETTERS.replace("[\"queues.tray\"]", "[\"queues.tray\", \"topics.porter\"]")
            + "[services.bell]\n[queues.unheard]\n[topics.porter]\n\
               [subscriptions.ring]\ntopic = 'porter'\ncalls = 'bell'\ndlq = 'unheard'\n\
               [subscriptions.knock]\ntopic = 'porter'\ncalls = 'bell'\ndlq = 'unheard'\n";
        let stage = panel(&told).at("20s").size(120, 36);
        let lines = stage.lines();
        let place = |words: &str| lines.iter().position(|line| line.contains(words)).unwrap();
        let topic = place("◇ porter ");
        assert!(lines[topic].contains("▸ knock ") && lines[topic + 1].contains("▸ ring "));
        assert!(lines[topic + 2].contains("✖ unheard 0"), "below both: {lines:?}");
        let low = stage.size(80, 16);
        assert!(low.line("╰▸ ").contains("knock · ring"), "{:?}", low.lines());
    }
}
