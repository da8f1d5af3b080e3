//! The lanes: queues with their messages, workflows with their states, and all others but topics.

use super::states::state_lines;
use super::{Canvas, Columns, Detail, apart, seconds};
use crate::sim::kernel::time::Span;
use crate::sim::snapshot::{PartView, QueueView, ServiceView, WorkflowView};
use crate::sim::world::{OccurrenceKind, PartId, WireKind};
use crate::tui::count::short;
use crate::tui::piece::Piece;
use crate::tui::screens::live::kind;
use crate::tui::screens::live::layout::{Branch, Lane};
use crate::tui::screens::live::view::{self, AtWork, LaneForm, Length};
use crate::tui::theme::Meaning;
use crate::tui::wrap::columns;

/// Maximum number of messages in flight with a dial each.
const DIALS_MAX: usize = 6;

impl Canvas<'_, '_> {
    /// Height of a lane in lines.
    pub(super) fn height(&self, lane: &Lane, detail: Detail) -> u16 {
        self.own_height(lane, detail) + u16::from(leads_elsewhere(lane, detail))
    }

    /// The same without the line that leads elsewhere.
    fn own_height(&self, lane: &Lane, detail: Detail) -> u16 {
        let branches = lane.branches.len() as u16;
        let dead = (0..lane.branches.len()).filter(|place| lane.dlq_under(*place).is_some());
        let dead = dead.count() as u16;
        let under = u16::from(lane.dlq.is_some());
        match view::lane_form(self.view(lane.part)) {
            LaneForm::Queue(_) if self.holds_dead_letters(lane) => 1,
            // A queue that no order requires, without a DLQ, folds into one line.
            LaneForm::Queue(_) if self.is_line(lane, detail) => branches.max(1),
            LaneForm::Queue(_) => (2 + under).max(branches.max(1) * 2),
            LaneForm::Workflow(_) => 2 + self.state_lines(lane, detail) - 1 + under,
            LaneForm::Topic(_) => match detail {
                Detail::Whole => (1 + under).max(branches + dead),
                Detail::Folded | Detail::Tight | Detail::Least => (1 + under).max(2),
            },
            LaneForm::Plain => (1 + under).max(branches),
        }
    }

    /// Whether the lane is only a dead-letter queue of others.
    fn holds_dead_letters(&self, lane: &Lane) -> bool {
        let wires = &self.scene.topology.wires;
        lane.branches.is_empty()
            && lane.dlq.is_none()
            && wires.iter().any(|wire| wire.to == lane.part && wire.kind == WireKind::DeadLetter)
    }

    /// Whether a queue has just one line per consumer.
    fn is_line(&self, lane: &Lane, detail: Detail) -> bool {
        let is_required = self.part(lane.part).is_some_and(|part| part.required);
        match detail {
            Detail::Whole => false,
            Detail::Folded => lane.dlq.is_none(),
            Detail::Tight => lane.dlq.is_none() || !is_required,
            Detail::Least => true,
        }
    }

    /// Draws a lane and returns its height.
    pub(super) fn lane(&mut self, y: u16, sizes: Columns, lane: &Lane, detail: Detail) -> u16 {
        let x = self.area.x + sizes.stem;
        let height = self.height(lane, detail);
        let scene = self.scene;
        let view = scene.snapshot.part(lane.part);
        match view::lane_form(view) {
            LaneForm::Queue(_) if self.holds_dead_letters(lane) => {
                let mut label = self.dead_letter_label(lane.part);
                label.extend(self.alarms(lane.part, false));
                self.put_cut(x, y, &label, self.room(x));
            }
            LaneForm::Queue(queue) => {
                let is_line = self.is_line(lane, detail);
                self.queue_lane(x, y, sizes, lane, queue, is_line);
            }
            LaneForm::Workflow(view) => self.workflow_lane(x, y, lane, view, detail),
            LaneForm::Topic(published) => self.topic_lane(x, y, sizes, lane, published, detail),
            LaneForm::Plain => self.plain_lane(x, y, sizes, lane, view),
        }
        if leads_elsewhere(lane, detail) {
            self.elsewhere(x + 2, y + height - 1, sizes.wire, lane);
        }
        height
    }

    pub(super) fn room(&self, x: u16) -> u16 {
        self.area.right().saturating_sub(x)
    }

    fn queue_lane(
        &mut self,
        x: u16,
        y: u16,
        sizes: Columns,
        lane: &Lane,
        queue: &QueueView,
        is_folded: bool,
    ) {
        let head = self.queue_head(lane, queue, is_folded, sizes.node - 1);
        self.put_cut(x, y, &head, sizes.node - 1);
        if !is_folded {
            self.put_cut(x, y + 1, &self.in_flight(queue), sizes.node - 1);
        }
        let step = if is_folded { 1 } else { 2 };
        for (place, branch) in lane.branches.iter().enumerate() {
            let y = y + step * place as u16;
            let at = x + sizes.node;
            self.wire(at, y, sizes.wire, branch.wire, "");
            if place == 0 && !is_folded {
                self.arc_back(at, y + 1, sizes.wire, lane.part);
            }
            self.consumer(at + sizes.wire, y, branch, is_folded);
        }
        if let Some((wire, dlq)) = lane.dlq.filter(|_| !is_folded) {
            self.dead_letters(x + 2, y + 2, sizes.wire, wire, dlq);
        }
    }

    /// The first line of a queue's lane. What says least goes first where the room is short: the word of an
    /// alarm, the longer word for visible messages, the gauge.
    fn queue_head(&self, lane: &Lane, queue: &QueueView, is_folded: bool, room: u16) -> Vec<Piece> {
        let dead = lane.dlq.filter(|_| is_folded);
        let mut tail = Vec::new();
        if is_folded {
            tail.push(Piece::in_flight(format!(" ◔ {}", short(queue.in_flight))));
        }
        if let Some((_, dlq)) = dead {
            let (count, meaning) = self.dead_count(dlq);
            tail.push(Piece::new(format!(" ✖ {}", short(count)), meaning));
        }
        let name =
            [self.sign(lane.part), Piece::new(self.title(lane.part), self.emphasis(lane.part))];
        let width: usize = if dead.is_some() { 12 } else { 13 };
        let gap = Piece::space(width.saturating_sub(columns(&name)).max(1));
        let head = |has_gauge: bool, word: &'static str, is_short: bool| {
            let mut head = name.to_vec();
            head.push(gap.clone());
            if has_gauge && dead.is_none() {
                head.extend(gauge(queue.visible));
            }
            head.push(Piece::text(format!(" {:>3}{word}", short(queue.visible))));
            head.extend(self.alarms(lane.part, is_short));
            head.extend(tail.iter().cloned());
            head
        };
        let word = if room < 35 { " vis" } else { " visible" };
        let forms =
            [(true, word, false), (true, word, true), (true, " vis", true), (false, " vis", true)];
        let mut heads = forms.into_iter().map(|(gauge, word, short)| head(gauge, word, short));
        let fitting = heads.find(|head| columns(head) <= usize::from(room));
        fitting.unwrap_or_else(|| head(false, "", true))
    }

    /// Draws a consumer in two lines: its name and what it calls, then its figures.
    fn consumer(&mut self, x: u16, y: u16, branch: &Branch, is_folded: bool) {
        let Some([mut head, mut trouble, figures]) = self.at_work(branch.part) else {
            let title = vec![Piece::new(self.title(branch.part), self.emphasis(branch.part))];
            return self.put_cut(x, y, &title, self.room(x));
        };
        // The parts it calls stand beside it where there is room; they are shown below anyway.
        let has_room = self.room(x) >= 40;
        let mut called = Vec::new();
        for (_, next) in branch.next.iter().filter(|_| has_room) {
            let (name, broken) = self.called(*next);
            called.push([Piece::faint(" ▸ "), name]);
            trouble.splice(0..0, broken);
        }
        let used = columns(&head) + columns(called.as_flattened()) + columns(&trouble);
        let alarms = self.fitting_alarms(branch.part, usize::from(self.room(x)), used);
        trouble.extend(alarms);
        let room = usize::from(self.room(x)).saturating_sub(columns(&trouble));
        // Trouble matters more than the number at work, and a name is shown whole or not at all.
        if columns(&head) + columns(called.as_flattened()) > room && !trouble.is_empty() {
            head.remove(2);
        }
        while columns(&head) + columns(called.as_flattened()) > room && called.pop().is_some() {}
        if columns(&head) > room {
            // An alarm in OK says the least.
            trouble.retain(|piece| piece.meaning != Meaning::Faint);
        }
        head.extend(called.into_iter().flatten());
        head.extend(trouble);
        self.put_cut(x, y, &head, self.room(x));
        if is_folded {
            return;
        }
        let mut tail = vec![Piece::text("  ")];
        tail.extend(figures);
        if let Some((_, dlq)) = branch.dlq {
            tail.push(Piece::text("  "));
            tail.extend(self.dead_letter_label(dlq));
        }
        self.put_cut(x, y + 1, &tail, self.room(x));
    }

    /// The head, the trouble and the figures of a part that works; `None` for others.
    fn at_work(&self, id: PartId) -> Option<[Vec<Piece>; 3]> {
        let view = self.view(id);
        let at_work = view::at_work(view)?;
        let figures = apart(view::figures(view, Length::Short));
        Some([self.head(id, at_work), self.trouble(id), figures])
    }

    /// Its sign, its name and how many are at work, in constant width.
    fn head(&self, id: PartId, AtWork { busy, most, .. }: AtWork) -> Vec<Piece> {
        let wide = most.to_string().len();
        vec![
            self.sign(id),
            Piece::new(self.title(id), self.emphasis(id)),
            Piece::text(format!(" {busy:>wide$}/{most}")),
        ]
    }

    /// The sign of a part's kind, before its name.
    pub(super) fn sign(&self, id: PartId) -> Piece {
        let sign = self.part(id).map_or("", |part| kind::profile(part.kind()).sign);
        Piece::text(format!("{sign} "))
    }

    /// What is wrong with a part.
    fn trouble(&self, id: PartId) -> Vec<Piece> {
        let now = self.scene.snapshot.now;
        let found = view::trouble(self.view(id), now, Length::Short);
        found.into_iter().flat_map(|piece| [Piece::space(1), piece]).collect()
    }

    /// The alarms of a part behind what takes `used` columns of its room: with their word where it fits whole.
    fn fitting_alarms(&self, id: PartId, room: usize, used: usize) -> Vec<Piece> {
        let alarms = self.alarms(id, false);
        if used + columns(&alarms) <= room { alarms } else { self.alarms(id, true) }
    }

    /// The name of the next part, and its fault.
    fn called(&self, id: PartId) -> (Piece, Option<Piece>) {
        let meaning = match self.emphasis(id) {
            Meaning::Selected => Meaning::Selected,
            _ => Meaning::Text,
        };
        let broken =
            if let PartView::Service(ServiceView { broken: Some((word, _)), .. }) = self.view(id) {
                Some(Piece::urgent(format!(" ✗ {word}")))
            } else {
                None
            };
        (Piece::new(self.title(id), meaning), broken)
    }

    /// Messages in flight, each as a dial of its remaining visibility timeout, and the next countdown.
    fn in_flight(&self, queue: &QueueView) -> Vec<Piece> {
        let now = self.scene.snapshot.now;
        let count = short(queue.in_flight);
        let mut line = vec![Piece::in_flight(format!("  {count:>3} in flight "))];
        for lent in queue.lent.iter().take(DIALS_MAX) {
            let meaning =
                if lent.receive_count > 1 { Meaning::Retrying } else { Meaning::InFlight };
            let left = lent.back_at.since(now);
            line.push(Piece::new(dial(left, queue.visibility_timeout), meaning));
        }
        if let Some(first) = queue.lent.iter().find(|lent| lent.receive_count > 1) {
            let text = format!(" ↻{} {} s", first.receive_count, seconds(first.back_at, now));
            line.push(Piece::retrying(text));
        } else if let Some(first) = queue.lent.first() {
            line.push(Piece::faint(format!(" {} s", seconds(first.back_at, now))));
        }
        if queue.delayed > 0 {
            line.push(Piece::delayed(format!(" ◌ {} delayed", short(queue.delayed))));
        }
        line
    }

    /// Draws a dead-letter queue under its source, and the wire to it.
    pub(super) fn dead_letters(&mut self, x: u16, y: u16, length: u16, wire: u32, dlq: PartId) {
        self.wire(x, y, length, wire, "╰");
        let mut label = self.dead_letter_label(dlq);
        let source = self.scene.topology.wires.get(wire as usize).map_or(dlq, |wire| wire.from);
        let moved =
            self.lately(source).filter(|o| o.kind() == OccurrenceKind::DeadLettered).count();
        if moved > 0 {
            label.push(Piece::dead(format!(" ✖ +{moved} ◂ just now")));
        }
        label.extend(self.alarms(dlq, false));
        self.put_cut(x + length, y, &label, self.room(x + length));
    }

    /// The name of a dead-letter queue, and the number of its messages.
    fn dead_letter_label(&self, dlq: PartId) -> Vec<Piece> {
        let title = self.title(dlq);
        let (count, meaning) = self.dead_count(dlq);
        vec![Piece::new(format!("✖ {title} {}", short(count)), meaning)]
    }

    /// The number of dead letters, and the meaning to draw it with.
    pub(super) fn dead_count(&self, dlq: PartId) -> (u64, Meaning) {
        let count = if let PartView::Queue(dead) = self.view(dlq) {
            dead.visible + dead.in_flight + dead.delayed
        } else {
            0
        };
        let is_selected = self.scene.selected == Some(dlq);
        let meaning = match (is_selected, count) {
            (true, _) => Meaning::Selected,
            (false, 0) => Meaning::Faint,
            (false, _) => Meaning::Dead,
        };
        (count, meaning)
    }

    fn workflow_lane(&mut self, x: u16, y: u16, lane: &Lane, view: &WorkflowView, detail: Detail) {
        let mut head = vec![
            self.sign(lane.part),
            Piece::new(self.title(lane.part), self.emphasis(lane.part)),
            Piece::text(format!("  {:>3} running", short(view.running))),
            Piece::healthy(format!("  ✓ {}", short(view.succeeded))),
        ];
        let now = self.scene.snapshot.now;
        let aside = |length: Length| {
            let (caught, retry) = match length {
                Length::Short => ("caught", "↻ in"),
                Length::Whole => ("errors caught", "↻ next retry in"),
            };
            let mut aside = Vec::new();
            if view.caught > 0 {
                aside.push(Piece::retrying(format!("  ↩ {} {caught}", short(view.caught))));
            }
            if view.failed > 0 {
                aside.push(Piece::wrong(format!("  ✗ {} failed", short(view.failed))));
            }
            if let Some(at) = view.next_retry {
                aside.push(Piece::retrying(format!("  {retry} {} s", seconds(at, now))));
            }
            aside
        };
        let alarms = self.alarms(lane.part, true);
        let used = columns(&head) + columns(&alarms);
        let fits = |aside: &[Piece]| used + columns(aside) <= usize::from(self.room(x));
        let aside =
            Some(aside(Length::Whole)).filter(|long| fits(long)).unwrap_or(aside(Length::Short));
        head.extend(aside);
        head.extend(self.fitting_alarms(lane.part, usize::from(self.room(x)), columns(&head)));
        self.put_cut(x, y, &head, self.room(x));
        let room = usize::from(self.room(x));
        let lines = state_lines(&view.states, room, detail);
        let under = y + 1 + lines.len() as u16;
        for (place, line) in lines.into_iter().enumerate() {
            self.put_cut(x, y + 1 + place as u16, &line, room as u16);
        }
        if let Some((wire, dlq)) = lane.dlq {
            self.dead_letters(x + 2, under, 12, wire, dlq);
        }
    }

    fn state_lines(&self, lane: &Lane, detail: Detail) -> u16 {
        let PartView::Workflow(view) = self.view(lane.part) else { return 1 };
        let x = self.area.x + 16;
        let x = if self.area.width < 100 { self.area.x + 9 } else { x };
        let x = if self.area.width >= 150 { self.area.x + 26 } else { x };
        state_lines(&view.states, usize::from(self.room(x)), detail).len() as u16
    }

    /// Draws a part in one line: a function without a queue, a service called by the intake, and others.
    fn plain_lane(&mut self, x: u16, y: u16, sizes: Columns, lane: &Lane, view: &PartView) {
        let mut words = match view::at_work(view) {
            Some(at_work) => {
                let mut words = self.head(lane.part, at_work);
                words.extend(self.trouble(lane.part));
                words.extend(self.alarms(lane.part, false));
                words
            }
            None => vec![
                self.sign(lane.part),
                Piece::new(self.title(lane.part), self.emphasis(lane.part)),
            ],
        };
        let wide = columns(&words);
        words.push(Piece::space(18_usize.saturating_sub(wide).max(2)));
        let mut figures = view::figures(view, Length::Short);
        // A figure is shown whole or not at all.
        let room = usize::from(self.room(x));
        while columns(&words) + columns(&apart(figures.clone())) > room && figures.pop().is_some() {
        }
        if view::at_work(view).is_none() {
            // Behind the figures: a fault that comes and goes moves none of them.
            figures.extend(view::trouble(view, self.scene.snapshot.now, Length::Short));
        }
        words.extend(apart(figures));
        self.put_cut(x, y, &words, self.room(x));
        if let Some((wire, dlq)) = lane.dlq {
            self.dead_letters(x + 2, y + 1, sizes.wire, wire, dlq);
        }
        for (place, branch) in lane.branches.iter().enumerate() {
            let (at, y) = (x + sizes.node, y + place as u16);
            self.wire(at, y, sizes.wire, branch.wire, "");
            self.consumer(at + sizes.wire, y, branch, true);
        }
    }
}

/// Whether a lane has a line for its wires to parts that stand elsewhere; lanes matter more than those wires.
fn leads_elsewhere(lane: &Lane, detail: Detail) -> bool {
    !lane.elsewhere.is_empty() && detail < Detail::Tight
}

/// A dial of the remaining visibility timeout.
fn dial(left: Span, whole: Span) -> &'static str {
    match left.0 * 4 / whole.0.max(1) {
        0 => "◔",
        1 => "◑",
        2 => "◕",
        _ => "●",
    }
}

/// The backlog in five columns; each eighth is two messages.
fn gauge(visible: u64) -> Vec<Piece> {
    let signs = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    let bar: String = (0..5)
        .map(|column| {
            let above = visible.saturating_sub(column * 16);
            signs[(above.div_ceil(2)).min(7) as usize]
        })
        .collect();
    let meaning = if visible > 40 { Meaning::Retrying } else { Meaning::Accent };
    vec![Piece::new(bar, meaning)]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::keymap::Intent;
    use crate::tui::piece::text;
    use crate::tui::screens::live::tests::{LETTERS, panel};

    #[test]
    fn a_dial_empties_with_the_visibility_timeout() {
        let whole = Span::from_secs(40);
        let at = |seconds: u64| dial(Span::from_secs(seconds), whole);
        assert_eq!([40, 35, 25, 15, 5, 0].map(at), ["●", "●", "◕", "◑", "◔", "◔"]);
    }

    #[test]
    fn a_gauge_grows_from_left_to_right_and_warns_when_the_backlog_is_long() {
        let of = |visible: u64| text(&gauge(visible));
        assert_eq!([of(0), of(16), of(20), of(999)], ["▁▁▁▁▁", "█▁▁▁▁", "█▃▁▁▁", "█████"]);
        let meaning = |visible: u64| gauge(visible)[0].meaning;
        assert_eq!((meaning(40), meaning(41)), (Meaning::Accent, Meaning::Retrying));
    }

    #[test]
    fn a_queue_has_its_consumer_beside_it_and_its_dead_letters_below() {
        let lines = panel(LETTERS).at("20s").size(120, 36).lines();
        let queue = lines.iter().position(|line| line.contains("▤ tray ")).unwrap();
        assert!(lines[queue].contains("λ sorter ") && lines[queue].contains("▸ printer"));
        assert!(lines[queue + 1].contains(" in flight "), "{lines:?}");
        assert!(lines[queue + 2].contains("✖ tray-dlq 0"), "{lines:?}");
    }

    #[test]
    fn every_lane_begins_with_the_sign_of_its_kind() {
        let more = LETTERS.replace("[\"queues.tray\"]", "[\"queues.tray\", \"buses.back\"]")
            + "[buses.back]\n[archives.cellar]\nbus = 'post'\n\
               [logs.diary]\nsource = 'functions.sorter'\n";
        let stage = panel(&more).at("20s").size(120, 36);
        for name in ["╬ back ", "▧ cellar ", "≡ diary ", "▤ tray "] {
            stage.line(&format!("▸ {name}"));
        }
    }

    #[test]
    fn what_a_consumer_calls_is_seen_to_be_broken() {
        let stage = panel(LETTERS).at("20s").press(&[Intent::Break(0)]).size(120, 36);
        assert!(stage.line("λ sorter ").contains("▸ printer ✗ outage"));
    }
    /// The design with two alarms on a part.
    fn watched(part: &str) -> String {
        let alarm = |id: &str| {
            let metric = if part.starts_with("queues") {
                "ApproximateNumberOfMessagesVisible"
            } else {
                "Errors"
            };
            format!("[alarms.{id}]\npart = '{part}'\nmetric = '{metric}'\n")
        };
        format!("{LETTERS}{}{}", alarm("first"), alarm("second"))
    }

    #[test]
    fn a_queue_with_a_long_name_loses_its_gauge_before_its_alarms() {
        let design = watched("queues.tray")
            .replace("[queues.tray]", "[queues.tray]\ntitle = 'tray of letters'");
        let stage = panel(&design).at("20s");
        assert!(stage.line("▤ tray of letters").contains(" 0 vis △ △ "), "{:?}", stage.lines());
        let stage = stage.size(120, 36);
        assert!(
            stage.line("▤ tray of letters").contains(" ▁▁▁▁▁   0 vis △ △ "),
            "{:?}",
            stage.lines()
        );
    }

    #[test]
    fn beside_a_consumer_a_name_is_whole_or_not_there_and_its_alarms_always_are() {
        let design = watched("functions.sorter").replace(
            "[services.printer]",
            "[services.printer]\ntitle = 'printer of the second floor'",
        );
        let stage = panel(&design).at("20s").size(120, 36);
        assert!(
            stage.line("λ sorter").ends_with("λ sorter 1/5 ▸ printer of the second floor △ △"),
            "{:?}",
            stage.lines()
        );
        let stage = stage.press(&[Intent::Break(0)]);
        assert!(stage.line("λ sorter").ends_with("λ sorter ✗ outage △ △"), "{:?}", stage.lines());
    }

    #[test]
    fn an_alarm_in_ok_gives_way_to_what_is_wrong() {
        let design = watched("functions.sorter");
        let design =
            design.replace("[functions.sorter]", "[functions.sorter]\ntitle = 'sorter of letters'");
        let stage = panel(&design).at("20s").press(&[Intent::Break(2)]);
        assert!(stage.line("λ sorter of letters").ends_with(" ✗ stopped"), "{:?}", stage.lines());
    }

    #[test]
    fn a_part_without_a_figure_that_fits_shows_the_others_whole() {
        let design = LETTERS.replace("[\"queues.tray\"]", "[\"queues.tray\"]\n[archives.attic]\nbus = 'post'\ntitle = 'an attic for all the letters of the year'");
        let stage = panel(&design).at("20s");
        assert!(stage.line("▧ an attic").ends_with(" 0 archived"), "{:?}", stage.lines());
    }
}
