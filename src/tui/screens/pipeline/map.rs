//! The picture of a design: the way in along the top, then a lane for each target of the bus.
//! Orders travel along the wires. The layout comes from the topology alone: another design draws
//! itself.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::status;
use crate::sim::kernel::time::Time;
use crate::sim::pipeline::{Part, PartId, PartKind, Topology, WireKind};
use crate::sim::snapshot::{FunctionView, PartView, QueueView, Snapshot, WorkflowView};
use crate::tui::frame;
use crate::tui::theme::{Meaning, Theme};
use crate::tui::wrap::{Piece, columns};

/// What is drawn.
pub struct Scene<'a> {
    pub topology: &'a Topology,
    pub snapshot: &'a Snapshot,
}

/// Columns of a lane: the wire to the target, the target, the wire to its consumer, the consumer.
struct Lanes {
    wire: u16,
    node: u16,
    second_wire: u16,
}

/// Below this the wires are too short to see anything travel.
const LIST_BELOW: u16 = 64;

/// Draws the map and answers how many lines it took.
pub fn draw(scene: &Scene<'_>, area: Rect, buffer: &mut Buffer, theme: Theme) -> u16 {
    let mut canvas = Canvas { scene, area, buffer, theme };
    if area.width < LIST_BELOW {
        return canvas.list();
    }
    let lanes = match area.width {
        0..100 => Lanes { wire: 9, node: 32, second_wire: 8 },
        100..150 => Lanes { wire: 16, node: 38, second_wire: 14 },
        _ => Lanes { wire: 26, node: 46, second_wire: 24 },
    };
    // Air between the lanes, as much as there is.
    let air = match area.height {
        0..22 => 0,
        22..42 => 1,
        _ => 2,
    };
    let mut y = area.y;
    let bus = canvas.way_in(y);
    canvas.bend(y + 1, bus);
    y += 2;
    let targets = canvas.targets();
    let count = targets.len();
    for (index, (target, wire)) in targets.into_iter().enumerate() {
        canvas.trunk(y, y + air);
        y += air;
        canvas.stem(y, index + 1 == count, &lanes, wire);
        let height = canvas.lane(y, &lanes, target);
        if index + 1 < count {
            canvas.trunk(y + 1, y + height);
        }
        y += height;
    }
    y.saturating_sub(area.y)
}

struct Canvas<'a, 'b> {
    scene: &'a Scene<'a>,
    area: Rect,
    buffer: &'b mut Buffer,
    theme: Theme,
}

impl Canvas<'_, '_> {
    fn put(&mut self, x: u16, y: u16, pieces: &[Piece]) {
        frame::line(self.buffer, self.area, x, y, pieces, self.theme);
    }

    fn text(&mut self, x: u16, y: u16, text: &str, meaning: Meaning) {
        self.put(x, y, &[(text.to_owned(), meaning)]);
    }

    fn part(&self, id: PartId) -> Option<&Part> {
        self.scene.topology.part(id)
    }

    /// A wire from `x`, `width` columns long, with whatever travels on it.
    fn wire(&mut self, x: u16, y: u16, width: u16, wire: u32, lead: &str) {
        let width = usize::from(width);
        if width < 3 {
            return;
        }
        let mut line: Vec<(char, Meaning)> = vec![('─', Meaning::Faint); width];
        for (place, character) in lead.chars().enumerate().take(width) {
            line[place] = (character, Meaning::Faint);
        }
        line[width - 2] = ('▸', Meaning::Faint);
        line[width - 1] = (' ', Meaning::Faint);
        let now = self.scene.snapshot.now;
        for travel in self.scene.snapshot.travelling.iter().filter(|travel| travel.wire == wire) {
            let whole = travel.arrives.since(travel.departed).0.max(1);
            let done = now.since(travel.departed).0.min(whole);
            // Slow, quick, slow: 3t² - 2t³ in thousandths.
            let t = done * 1_000 / whole;
            let eased = (3 * t * t - 2 * t * t * t / 1_000) / 1_000;
            let place = (eased as usize * (width - 3)) / 1_000;
            let kind = self.scene.topology.wires.get(wire as usize).map(|wire| wire.kind);
            let sign = match (kind, travel.attempt) {
                (Some(WireKind::DeadLetter), _) => ('✖', Meaning::Dead),
                (_, 2..) => ('↻', Meaning::Retrying),
                _ => ('●', Meaning::Travelling),
            };
            line[place] = sign;
        }
        let pieces: Vec<Piece> =
            line.into_iter().map(|(sign, meaning)| (sign.to_string(), meaning)).collect();
        self.put(x, y, &pieces);
    }

    /// From below the bus round to the trunk at the left.
    fn bend(&mut self, y: u16, bus: u16) {
        let wide = usize::from(bus.saturating_sub(self.area.x + 1));
        self.text(self.area.x, y, &format!("╭{}╯", "─".repeat(wide)), Meaning::Faint);
    }

    /// The parts before the bus, from left to right; answers the column the bus stands in.
    fn way_in(&mut self, y: u16) -> u16 {
        let chain: Vec<PartId> = self.chain();
        let labels: Vec<Vec<Piece>> = chain.iter().map(|id| self.label(*id)).collect();
        let text: usize = labels.iter().map(|label| columns(label)).sum();
        let gaps = chain.len().saturating_sub(1).max(1);
        let room = usize::from(self.area.width).saturating_sub(text);
        let wire = (room / gaps).clamp(4, 24) as u16;
        let mut x = self.area.x;
        let mut bus = x + 1;
        for (index, label) in labels.iter().enumerate() {
            self.put(x, y, label);
            x += columns(label) as u16;
            let next = chain.get(index + 1).copied();
            if let (Some(from), Some(to)) = (chain.get(index).copied(), next)
                && let Some(number) = self.scene.topology.wire(from, to)
            {
                self.wire(x, y, wire, number, " ");
                x += wire;
                bus = x + 3;
            }
        }
        bus
    }

    /// Client, intake, store, bus.
    fn chain(&self) -> Vec<PartId> {
        let kinds = [PartKind::Client, PartKind::Intake, PartKind::Store, PartKind::Bus];
        let parts = &self.scene.topology.parts;
        let of = |kind: PartKind| parts.iter().position(|part| part.kind == kind);
        kinds.into_iter().filter_map(of).map(|index| PartId(index as u32)).collect()
    }

    fn label(&self, id: PartId) -> Vec<Piece> {
        let title = self.part(id).map_or(String::new(), |part| part.title.clone());
        match self.scene.snapshot.part(id) {
            PartView::Store { outbox, .. } => vec![
                (format!("[{title}]"), Meaning::Strong),
                (format!(" outbox {outbox:>2}"), Meaning::Faint),
            ],
            PartView::Bus { unmatched, .. } => {
                let mut label = vec![(format!("╣{title}╠"), Meaning::Strong)];
                if *unmatched > 0 {
                    label.push((format!(" {unmatched} unmatched"), Meaning::Urgent));
                }
                label
            }
            _ if self.part(id).is_some_and(|part| part.kind == PartKind::Client) => {
                vec![(title, Meaning::Faint)]
            }
            _ => vec![(format!("[{title}]"), Meaning::Strong)],
        }
    }

    /// What the bus delivers to, the workflow first; then queues that only a topic feeds.
    fn targets(&self) -> Vec<(PartId, Option<u32>)> {
        let topology = self.scene.topology;
        let kind = |id: PartId| topology.part(id).map(|part| part.kind);
        let mut targets: Vec<(PartId, Option<u32>)> = Vec::new();
        for (index, wire) in topology.wires.iter().enumerate() {
            let from_bus = kind(wire.from) == Some(PartKind::Bus);
            if from_bus && !targets.iter().any(|(target, _)| *target == wire.to) {
                targets.push((wire.to, Some(index as u32)));
            }
        }
        for (index, wire) in topology.wires.iter().enumerate() {
            let fed = kind(wire.from) == Some(PartKind::Subscription)
                && kind(wire.to) == Some(PartKind::Queue);
            if fed && !targets.iter().any(|(target, _)| *target == wire.to) {
                targets.push((wire.to, Some(index as u32)));
            }
        }
        // What an order needs stands above what it does not.
        let required = |id: PartId| topology.part(id).is_some_and(|part| part.required);
        targets.sort_by_key(|(target, _)| match kind(*target) {
            Some(PartKind::Workflow) => 0,
            Some(PartKind::Queue) if required(*target) => 1,
            Some(PartKind::Queue) => 2,
            _ => 3,
        });
        targets
    }

    /// The branch from the trunk to a lane.
    fn stem(&mut self, y: u16, last: bool, lanes: &Lanes, wire: Option<u32>) {
        let lead = if last { "╰" } else { "├" };
        if let Some(wire) = wire {
            self.wire(self.area.x, y, lanes.wire, wire, lead);
        }
    }

    /// The trunk beside the lines from `y` up to `end`.
    fn trunk(&mut self, y: u16, end: u16) {
        for y in y..end {
            self.text(self.area.x, y, "│", Meaning::Faint);
        }
    }

    /// Draws a lane and answers how many lines it took.
    fn lane(&mut self, y: u16, lanes: &Lanes, target: PartId) -> u16 {
        let x = self.area.x + lanes.wire;
        match self.scene.snapshot.part(target).clone() {
            PartView::Queue(queue) => self.queue_lane(x, y, lanes, target, &queue),
            PartView::Workflow(workflow) => self.workflow_lane(x, y, target, &workflow),
            PartView::Topic { published } => self.topic_lane(x, y, lanes, target, published),
            _ => 1,
        }
    }

    fn title(&self, id: PartId) -> String {
        self.part(id).map_or(String::new(), |part| part.title.clone())
    }

    fn queue_lane(&mut self, x: u16, y: u16, lanes: &Lanes, id: PartId, queue: &QueueView) -> u16 {
        let width = usize::from(lanes.node);
        let mut head = vec![(format!("▤ {:<10} ", self.title(id)), Meaning::Strong)];
        head.extend(gauge(queue.visible));
        head.push((format!(" {:>3} visible", queue.visible), Meaning::Text));
        self.put(x, y, &frame::cut(&head, width));
        self.put(x, y + 1, &frame::cut(&self.in_flight(queue), width));
        self.consumers(x + lanes.node, y, lanes, id);
        let dlq = self.outgoing(id, WireKind::DeadLetter).into_iter().next();
        let Some((to, wire)) = dlq else { return 2 };
        self.wire(x + 2, y + 2, lanes.second_wire, wire, "╰");
        let PartView::Queue(dead) = self.scene.snapshot.part(to).clone() else { return 3 };
        let mut label = if dead.visible > 0 {
            vec![(format!(" ✖ {} {} ", self.title(to), dead.visible), Meaning::Dead)]
        } else {
            vec![(format!("✖ {} 0", self.title(to)), Meaning::Faint)]
        };
        if status::alarm_on(self.scene.topology, self.scene.snapshot, to) {
            label.push(("  ▲ ALARM".to_owned(), Meaning::Alarm));
        }
        if status::alarm_on(self.scene.topology, self.scene.snapshot, id) {
            label.push(("  ▲ falls behind".to_owned(), Meaning::Alarm));
        }
        self.put(x + 2 + lanes.second_wire, y + 2, &label);
        3
    }

    /// Messages in flight, each a dial of what is left of its visibility timeout.
    fn in_flight(&self, queue: &QueueView) -> Vec<Piece> {
        let now = self.scene.snapshot.now;
        let mut line = vec![(format!("  {:>3} in flight ", queue.in_flight), Meaning::InFlight)];
        for lent in queue.lent.iter().take(6) {
            let left = lent.back_at.since(now).0;
            let whole = queue.visibility_timeout.0.max(1);
            let dial = match left * 4 / whole {
                0 => "◔",
                1 => "◑",
                2 => "◕",
                _ => "●",
            };
            let meaning =
                if lent.receive_count > 1 { Meaning::Retrying } else { Meaning::InFlight };
            line.push((dial.to_owned(), meaning));
        }
        if let Some(first) = queue.lent.iter().find(|lent| lent.receive_count > 1) {
            let text = format!(" ↻{} {}s", first.receive_count, seconds(first.back_at, now));
            line.push((text, Meaning::Retrying));
        } else if let Some(first) = queue.lent.first() {
            line.push((format!(" {}s", seconds(first.back_at, now)), Meaning::Faint));
        }
        if queue.delayed > 0 {
            line.push((format!(" ◌ {} delayed", queue.delayed), Meaning::Delayed));
        }
        line
    }

    fn outgoing(&self, id: PartId, kind: WireKind) -> Vec<(PartId, u32)> {
        let wires = self.scene.topology.wires.iter().enumerate();
        wires
            .filter(|(_, wire)| wire.from == id && wire.kind == kind)
            .map(|(index, wire)| (wire.to, index as u32))
            .collect()
    }

    fn consumers(&mut self, x: u16, y: u16, lanes: &Lanes, queue: PartId) {
        for (offset, (function, wire)) in
            self.outgoing(queue, WireKind::Poll).into_iter().enumerate().take(2)
        {
            let y = y + offset as u16;
            self.wire(x, y, lanes.second_wire, wire, "");
            let at = x + lanes.second_wire;
            let room = usize::from(self.area.right().saturating_sub(at));
            if let PartView::Function(view) = self.scene.snapshot.part(function).clone() {
                let (head, tail) = self.function(function, &view);
                self.put(at, y, &frame::cut(&head, room));
                if offset == 0 {
                    self.put(at, y + 1, &frame::cut(&tail, room));
                }
            }
        }
    }

    fn function(&self, id: PartId, view: &FunctionView) -> (Vec<Piece>, Vec<Piece>) {
        let mut head = vec![(format!("λ {}", self.title(id)), Meaning::Strong)];
        if view.stopped {
            head.push((" ✗ stopped".to_owned(), Meaning::Urgent));
        }
        let mut tail = vec![(format!("  {}/{} running", view.running, view.limit), Meaning::Text)];
        if view.errors > 0 {
            tail.push((format!("  ✗ {} failed", view.errors), Meaning::Wrong));
        } else {
            tail.push((format!("  ✓ {}", view.invocations), Meaning::Healthy));
        }
        (head, tail)
    }

    fn workflow_lane(&mut self, x: u16, y: u16, id: PartId, view: &WorkflowView) -> u16 {
        let mut head = vec![
            (format!("▣ {}", self.title(id)), Meaning::Strong),
            (format!("  {:>3} running", view.running), Meaning::Text),
            (format!("  ✓ {}", view.succeeded), Meaning::Healthy),
        ];
        if view.caught > 0 {
            head.push((format!("  ↩ {} compensated", view.caught), Meaning::Retrying));
        }
        if view.failed > 0 {
            head.push((format!("  ✗ {} failed", view.failed), Meaning::Wrong));
        }
        if let Some(at) = view.next_retry {
            let left = seconds(at, self.scene.snapshot.now);
            head.push((format!("  ↻ next retry in {left} s"), Meaning::Retrying));
        }
        self.put(x, y, &head);
        // States that hold nothing and are off the straight way are left out.
        let busy =
            view.states.iter().enumerate().filter(|(index, state)| state.inside > 0 || *index < 3);
        let mut line: Vec<Piece> = vec![("  ".to_owned(), Meaning::Text)];
        for (index, (_, state)) in busy.enumerate() {
            if index > 0 {
                line.push((" ▸ ".to_owned(), Meaning::Faint));
            }
            let meaning = if state.inside > 0 { Meaning::Text } else { Meaning::Faint };
            line.push((format!("{} {}", state.name, state.inside), meaning));
            if state.retrying > 0 {
                line.push((format!(" ↻{}", state.retrying), Meaning::Retrying));
            }
        }
        let room = usize::from(self.area.right().saturating_sub(x));
        self.put(x, y + 1, &frame::cut(&line, room));
        2
    }

    fn topic_lane(&mut self, x: u16, y: u16, lanes: &Lanes, id: PartId, published: u64) -> u16 {
        let head = [
            (format!("◇ {:<14}", self.title(id)), Meaning::Strong),
            (format!(" {published:>4} published"), Meaning::Text),
        ];
        self.put(x, y, &head);
        let subscriptions = self.outgoing(id, WireKind::Send);
        let count = subscriptions.len() as u16;
        for (offset, (subscription, wire)) in subscriptions.into_iter().enumerate() {
            let y = y + offset as u16;
            let at = x + lanes.node;
            self.wire(at, y, lanes.second_wire, wire, "");
            let PartView::Subscription(view) = self.scene.snapshot.part(subscription).clone()
            else {
                continue;
            };
            let mut label = vec![
                (format!("{:<15}", self.title(subscription)), Meaning::Text),
                (format!("✓ {}", view.delivered), Meaning::Healthy),
            ];
            if view.retrying > 0 {
                label.push((format!("  ↻ {}", view.retrying), Meaning::Retrying));
            }
            if view.dropped > 0 {
                label.push((format!("  ✗ {}", view.dropped), Meaning::Wrong));
            }
            self.put(at + lanes.second_wire, y, &label);
        }
        count.max(1)
    }

    /// Where there is no room for wires: the parts that hold something, one a line.
    fn list(&mut self) -> u16 {
        let mut y = self.area.y;
        for (index, part) in self.scene.topology.parts.iter().enumerate() {
            let id = PartId(index as u32);
            let pieces: Vec<Piece> = match self.scene.snapshot.part(id) {
                PartView::Queue(queue) if queue.is_dlq => {
                    let meaning = if queue.visible > 0 { Meaning::Dead } else { Meaning::Faint };
                    vec![(format!("✖ {} {}", part.title, queue.visible), meaning)]
                }
                PartView::Queue(queue) => vec![
                    (format!("▤ {:<11}", part.title), Meaning::Strong),
                    (format!("{:>3} vis ", queue.visible), Meaning::Text),
                    (format!("{:>2} fly", queue.in_flight), Meaning::InFlight),
                ],
                PartView::Workflow(view) => {
                    let retrying: u64 = view.states.iter().map(|state| state.retrying).sum();
                    vec![
                        (format!("▣ {:<11}", part.title), Meaning::Strong),
                        (format!("{:>3} run ", view.running), Meaning::Text),
                        (format!("↻ {retrying}"), Meaning::Retrying),
                    ]
                }
                PartView::Topic { published } => vec![
                    (format!("◇ {:<14}", part.title), Meaning::Strong),
                    (format!("{published:>3}"), Meaning::Text),
                ],
                _ => continue,
            };
            if y < self.area.bottom() {
                self.put(self.area.x, y, &pieces);
                y += 1;
            }
        }
        y - self.area.y
    }
}

/// Five columns for the backlog; each eighth is two messages.
fn gauge(visible: u64) -> Vec<Piece> {
    let signs = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    let bar: String = (0..5)
        .map(|column| {
            let above = visible.saturating_sub(column * 16);
            signs[(above.div_ceil(2)).min(7) as usize]
        })
        .collect();
    let meaning = if visible > 40 { Meaning::Retrying } else { Meaning::Accent };
    vec![(bar, meaning)]
}

fn seconds(at: Time, now: Time) -> u64 {
    at.since(now).as_millis().div_ceil(1_000)
}
