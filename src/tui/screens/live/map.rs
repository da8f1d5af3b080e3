//! The picture of a design: the way in along the top, then a lane for each part it leads to, with orders
//! travelling along the wires. `layout` decides where things stand.

mod lane;
mod list;
mod states;
mod topic;
mod wire;

use std::collections::BTreeMap;

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use unicode_width::UnicodeWidthStr;

use super::kind::{self, NameForm};
use super::layout::{Lane, Plan, Stem};
use super::view;
use crate::sim::kernel::time::{Span, Time};
use crate::sim::snapshot::{PartView, Snapshot};
use crate::sim::world::{Denial, Occurrence, Part, PartId, Topology, Travel, WireKind};
use crate::tui::count::short;
use crate::tui::frame;
use crate::tui::motion::Motion;
use crate::tui::piece::Piece;
use crate::tui::theme::{Meaning, Theme};
use crate::tui::wrap::columns;

/// The scene to draw.
pub struct Scene<'a> {
    pub topology: &'a Topology,
    pub plan: &'a Plan,
    pub snapshot: &'a Snapshot,
    /// The names above the wires of rules, by wire.
    pub labels: &'a BTreeMap<u32, String>,
    /// What policies refuse.
    pub denials: &'a [Denial],
    /// The recent occurrences.
    pub lately: &'a [Occurrence],
    /// How long an occurrence counts as recent.
    pub window: Span,
    pub motion: Motion,
    pub selected: Option<PartId>,
    /// The travels of the order being followed.
    pub followed: &'a [Travel],
}

/// Widths in a lane: the wire to the part, the part, the wire to the next one.
#[derive(Debug, Clone, Copy)]
struct Columns {
    stem: u16,
    node: u16,
    wire: u16,
}

/// The level of detail of lanes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Detail {
    /// A line for each part.
    Whole,
    /// Parts share lines where they can.
    Folded,
    /// A queue that no order requires has one line, with its dead letters in it.
    Tight,
    /// Every queue has one line: lanes matter more than what they show.
    Least,
}

/// Minimum height of a map that has a line to spare.
const ROOMY: u16 = 20;

/// Minimum width of a map: in a narrower one the wires are too short to see anything travel.
pub const LIST_BELOW: u16 = 64;

/// The result of drawing a map.
pub struct Drawn {
    /// Its height in lines.
    pub rows: u16,
    /// Position of the selected part.
    pub cursor: Option<Position>,
}

/// Draws the map.
pub fn draw(scene: &Scene<'_>, area: Rect, buffer: &mut Buffer, theme: Theme) -> Drawn {
    let mut canvas = Canvas { scene, area, buffer, theme, cursor: None };
    let rows = if area.width < LIST_BELOW { canvas.list() } else { canvas.picture() };
    Drawn { rows, cursor: canvas.cursor }
}

/// Chooses widths, detail and the space between lanes.
fn sizes(canvas: &Canvas<'_, '_>) -> (Columns, Detail, u16) {
    let (scene, area) = (canvas.scene, canvas.area);
    let lanes = match area.width {
        0..100 => Columns { stem: 9, node: 32, wire: 8 },
        100..150 => Columns { stem: 16, node: 38, wire: 14 },
        _ => Columns { stem: 26, node: 46, wire: 24 },
    };
    let heights = |detail: Detail| -> u16 {
        let lanes = scene.plan.lanes.iter();
        lanes.map(|lane| canvas.height(lane, detail)).sum()
    };
    let ways = scene.plan.ways_in.len() as u16 + 1;
    let count = scene.plan.lanes.len() as u16;
    // As much space between lanes as there is; without any, less detail.
    let whole = ways + heights(Detail::Whole);
    let (detail, air) = match area.height {
        height if whole + 2 * count <= height && height > 36 => (Detail::Whole, 2),
        height if whole + count <= height => (Detail::Whole, 1),
        height if whole <= height => (Detail::Whole, 0),
        height if ways + heights(Detail::Folded) <= height => (Detail::Folded, 0),
        height if ways + heights(Detail::Tight) <= height => (Detail::Tight, 0),
        _ => (Detail::Least, 0),
    };
    (lanes, detail, air)
}

struct Canvas<'a, 'b> {
    scene: &'a Scene<'a>,
    area: Rect,
    buffer: &'b mut Buffer,
    theme: Theme,
    cursor: Option<Position>,
}

impl Canvas<'_, '_> {
    fn picture(&mut self) -> u16 {
        let (sizes, detail, air) = sizes(self);
        let scene = self.scene;
        let mut y = self.area.y;
        let mut hub = self.area.x + 1;
        for way in &scene.plan.ways_in {
            hub = hub.max(self.way_in(y, way));
            y += 1;
        }
        let on_trunk = |lane: &Lane| matches!(lane.stem, Stem::Trunk(_));
        let last_on_trunk = scene.plan.lanes.iter().rposition(on_trunk);
        if last_on_trunk.is_some() {
            self.bend(y, hub);
        }
        self.unmatched(y, hub);
        y += 1;
        for (index, lane) in scene.plan.lanes.iter().enumerate() {
            let trunk = last_on_trunk.is_some_and(|last| index <= last);
            // The first gap is for a name alone, and on a small screen the lines below need it more.
            let gap =
                if index == 0 && air < 2 && !self.is_named_first(lane, sizes) { 0 } else { air };
            if trunk {
                self.trunk(y, y + gap);
            }
            y += gap;
            if y >= self.area.bottom() {
                break;
            }
            self.stem(y, lane, last_on_trunk == Some(index), sizes, gap > 0);
            let height = self.lane(y, sizes, lane, detail);
            if last_on_trunk.is_some_and(|last| index < last) {
                self.trunk(y + 1, y + height);
            }
            y += height;
        }
        y.min(self.area.bottom()).saturating_sub(self.area.y)
    }

    fn put(&mut self, x: u16, y: u16, pieces: &[Piece]) {
        if let Some(place) = pieces.iter().position(|piece| piece.meaning == Meaning::Selected) {
            let at = Position::new(x + columns(&pieces[..place]) as u16, y);
            self.cursor = Some(at).filter(|at| self.area.contains(*at)).or(self.cursor);
        }
        frame::line(self.buffer, self.area, x, y, pieces, self.theme);
    }

    /// Draws pieces in at most `width` columns.
    fn put_cut(&mut self, x: u16, y: u16, pieces: &[Piece], width: u16) {
        self.put(x, y, &frame::cut(pieces, usize::from(width)));
    }

    fn text(&mut self, x: u16, y: u16, text: &str, meaning: Meaning) {
        self.put(x, y, &[Piece::new(text.to_owned(), meaning)]);
    }

    fn part(&self, id: PartId) -> Option<&Part> {
        self.scene.topology.part(id)
    }

    fn view(&self, id: PartId) -> &PartView {
        self.scene.snapshot.part(id)
    }

    fn title(&self, id: PartId) -> String {
        self.part(id).map_or(String::new(), |part| part.title.clone())
    }

    /// The meaning to draw a part's name with.
    fn emphasis(&self, id: PartId) -> Meaning {
        if self.scene.selected == Some(id) { Meaning::Selected } else { Meaning::Strong }
    }

    /// The recent occurrences at a part, the latest first.
    fn lately(&self, id: PartId) -> impl Iterator<Item = &Occurrence> {
        self.scene.lately.iter().rev().filter(move |occurrence| occurrence.part == id)
    }

    /// Draws the bend from the hub to the trunk at the left.
    fn bend(&mut self, y: u16, hub: u16) {
        let wide = usize::from(hub.saturating_sub(self.area.x + 1));
        self.text(self.area.x, y, &format!("╭{}╯", "─".repeat(wide)), Meaning::Faint);
    }

    /// Draws the number of unmatched events below the buses: beside a bus it would push it about.
    fn unmatched(&mut self, y: u16, hub: u16) {
        let ways = self.scene.plan.ways_in.iter().flatten();
        let count: u64 = ways
            .map(|id| {
                let PartView::Bus { unmatched, .. } = self.view(*id) else { return 0 };
                *unmatched
            })
            .sum();
        if count > 0 {
            let words = format!(" {} matched by no rule ", short(count));
            let x = hub.saturating_sub(words.len() as u16 + 1).max(self.area.x + 1);
            self.text(x, y, &words, Meaning::Urgent);
        }
    }

    /// Draws the trunk beside the lines from `y` to `end`.
    fn trunk(&mut self, y: u16, end: u16) {
        for y in y..end {
            self.text(self.area.x, y, "│", Meaning::Faint);
        }
    }

    /// Draws the parts of a way in and returns the column of the last one.
    fn way_in(&mut self, y: u16, way: &[PartId]) -> u16 {
        let labels: Vec<Vec<Piece>> = way.iter().map(|id| self.label(*id)).collect();
        // A growing number shortens the wire behind it and moves nothing.
        let grown = |id: &PartId| {
            let held_back = view::held_back(self.view(*id));
            held_back.map_or(0, |(_, count)| short(count).len().saturating_sub(3))
        };
        let grown: Vec<usize> = way.iter().map(grown).collect();
        let text: usize = labels.iter().map(|label| columns(label)).sum();
        let text = text - grown.iter().sum::<usize>();
        let gaps = way.len().saturating_sub(1).max(1);
        let room = usize::from(self.area.width).saturating_sub(text);
        let wire = (room / gaps).clamp(4, 24) as u16;
        let mut x = self.area.x;
        let mut hub = x + 1;
        for (index, label) in labels.iter().enumerate() {
            self.put_cut(x, y, label, self.area.right().saturating_sub(x));
            hub = x + 3;
            x += columns(label) as u16;
            let next = way.get(index + 1).copied();
            if let (Some(from), Some(to)) = (way.get(index).copied(), next)
                && let Some(number) = self.scene.topology.wire(from, to)
            {
                let wire = wire.saturating_sub(grown[index] as u16);
                self.wire(x, y, wire, number, " ");
                x += wire;
            }
        }
        hub
    }

    /// A part on a way in: its name, and what it holds back.
    fn label(&self, id: PartId) -> Vec<Piece> {
        let mut label = vec![self.name(id)];
        if let Some((name, count)) = view::held_back(self.view(id)) {
            label.push(Piece::faint(format!(" {name} {:>3}", short(count))));
        }
        label
    }

    /// A name in the form of its kind.
    fn name(&self, id: PartId) -> Piece {
        let (title, emphasis) = (self.title(id), self.emphasis(id));
        let is_selected = emphasis == Meaning::Selected;
        let form = self.part(id).map_or(NameForm::Bare, |part| kind::profile(part.kind()).name);
        match form {
            NameForm::Bare if !is_selected => Piece::faint(title),
            NameForm::Bare => Piece::new(title, emphasis),
            NameForm::Boxed => Piece::new(format!("[{title}]"), emphasis),
            NameForm::Hub => Piece::new(format!("╣{title}╠"), emphasis),
        }
    }

    /// Whether the first lane has a name above it, and room for one.
    fn is_named_first(&self, lane: &Lane, sizes: Columns) -> bool {
        self.area.height >= ROOMY && self.above(lane, sizes).is_some()
    }

    /// The name above the wire to a lane: of its rule, or of the part that feeds it where the wire has no room.
    fn above(&self, lane: &Lane, sizes: Columns) -> Option<String> {
        match lane.stem {
            Stem::Trunk(wire) => self.scene.labels.get(&wire).cloned(),
            Stem::From(part, _) => Some(self.title(part)).filter(|_| !self.has_name(part, sizes)),
            Stem::Loose => None,
        }
    }

    /// Whether the name of the part that feeds a lane stands whole before a wire to it.
    fn has_name(&self, part: PartId, sizes: Columns) -> bool {
        self.title(part).width() + 5 <= usize::from(sizes.stem)
    }

    /// Draws the branch from the trunk to a lane, and the name above it.
    fn stem(&mut self, y: u16, lane: &Lane, last: bool, sizes: Columns, has_air: bool) {
        let x = self.area.x;
        if let Some(name) = self.above(lane, sizes).filter(|_| has_air) {
            let x = if matches!(lane.stem, Stem::Trunk(_)) { x + 2 } else { x };
            self.put_cut(x, y - 1, &[Piece::faint(name)], sizes.stem + sizes.node);
        }
        match lane.stem {
            Stem::Trunk(wire) => {
                let lead = if last { "╰" } else { "├" };
                self.wire(x, y, sizes.stem, wire, lead);
            }
            Stem::From(part, wire) => {
                let from =
                    if self.has_name(part, sizes) { self.title(part) } else { "↳".to_owned() };
                let from = vec![Piece::faint(format!("{from} "))];
                let used = columns(&from) as u16;
                self.put(x, y, &from);
                self.wire(x + used, y, sizes.stem - used, wire, "");
            }
            Stem::Loose => {}
        }
    }

    /// The alarms on a part, and the composite ones that tell a topic: a sign each, and the word for one in
    /// ALARM where there is room.
    fn alarms(&self, id: PartId, is_short: bool) -> Vec<Piece> {
        let topology = self.scene.topology;
        let is_composite =
            |id| matches!(self.view(id), PartView::Alarm(alarm) if !alarm.below.is_empty());
        let watches = topology.wires.iter().filter(|wire| {
            let tells = wire.kind == WireKind::Send && is_composite(wire.from);
            wire.to == id && (wire.kind == WireKind::Watch || tells)
        });
        let mut pieces = Vec::new();
        for wire in watches {
            let is_on =
                matches!(self.view(wire.from), PartView::Alarm(alarm) if alarm.since.is_some());
            pieces.push(if is_on {
                Piece::alarm(if is_short { " ▲" } else { " ▲ ALARM" })
            } else {
                Piece::faint(" △")
            });
        }
        pieces
    }
}

/// Sets figures apart.
fn apart(figures: Vec<Piece>) -> Vec<Piece> {
    let mut line = Vec::new();
    for (place, figure) in figures.into_iter().enumerate() {
        if place > 0 {
            line.push(Piece::space(2));
        }
        line.push(figure);
    }
    line
}

/// Whole seconds left, rounded up.
fn seconds(at: Time, now: Time) -> u64 {
    at.since(now).as_millis().div_ceil(1_000)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::keymap::Intent;
    use crate::tui::screens::live::tests::{LETTERS, Stage, panel};

    /// The map alone, in a room of its own.
    fn drawn(stage: &Stage, width: u16, height: u16) -> Drawn {
        let area = Rect::new(0, 0, width, height);
        let mut buffer = Buffer::empty(area);
        let scene = stage.live().view.scene(Motion::Full, &[]);
        draw(&scene, area, &mut buffer, Theme::default())
    }

    #[test]
    fn the_way_in_runs_along_the_top_and_a_trunk_leads_down_from_its_last_part() {
        let lines = panel(LETTERS).at("20s").size(120, 36).lines();
        let way = lines
            .iter()
            .position(|line| line.contains("╣post╠"))
            .unwrap_or_else(|| panic!("{lines:#?}"));
        let parts = ["client", "[desk]", "[ledger]", "╣post╠"].map(|part| lines[way].find(part));
        assert!(parts.iter().all(Option::is_some) && parts.is_sorted(), "{}", lines[way]);
        assert!(lines[way + 1].starts_with("╭─") && lines[way + 1].ends_with('╯'), "{lines:?}");
        assert!(lines.iter().any(|line| line.starts_with("╰─")), "the last lane ends the trunk");
    }

    #[test]
    fn where_wires_have_no_room_the_parts_are_listed() {
        let is_map = |width: u16| {
            let lines = panel(LETTERS).at("20s").size(width, 24).lines();
            lines.iter().any(|line| line.contains("╣post╠"))
        };
        assert!(is_map(LIST_BELOW) && !is_map(LIST_BELOW - 1));
    }

    #[test]
    fn the_cursor_stands_on_the_selected_part() {
        let stage = panel(LETTERS).at("20s");
        assert_eq!(drawn(&stage, 100, 20).cursor, None);
        let stage = stage.press(&[Intent::NextPart]);
        assert_eq!(drawn(&stage, 100, 20).cursor, Some(Position::new(0, 0)), "the client");
    }

    /// The letters that a clerk takes out of a second tray, which the sorter sends on to.
    fn sent_on(sorter: &str) -> String {
        let sends =
            format!("[functions.sorter]\ntitle = '{sorter}'\non_success = 'queues.second'\n");
        let design = LETTERS.replace("[\"queues.tray\"]", "[\"functions.sorter\"]");
        let design = design.replace("[functions.sorter]\nqueue = \"tray\"\n", &sends);
        format!("{design}[queues.second]\n")
    }

    #[test]
    fn the_part_that_feeds_a_lane_is_named_whole_before_the_wire_or_above_it() {
        let stage = panel(&sent_on("sorter")).at("20s").size(120, 36);
        assert!(stage.line("▤ second").starts_with("sorter ───"), "{:?}", stage.lines());
        let stage = panel(&sent_on("sorter of letters")).at("20s").size(120, 36);
        let lines = stage.lines();
        let lane = lines.iter().position(|line| line.contains("▤ second")).unwrap();
        assert!(lines[lane].starts_with("↳ ─────"), "{lines:?}");
        assert_eq!(lines[lane - 1], "sorter of letters");
        assert!(!lines.iter().any(|line| line.contains('…')), "{lines:?}");
    }

    #[test]
    fn the_rules_of_all_lanes_are_named_or_none() {
        let second = LETTERS.replace("[queues.tray]", "[rules.spare]\nbus = 'post'\n\
            event_pattern = '{\"source\": [\"office\"]}'\ntargets = ['queues.spare']\n[queues.spare]\n[queues.tray]");
        let stage = panel(&second).at("20s").size(120, 36);
        for rule in ["│ all", "│ spare"] {
            stage.line(rule);
        }
    }

    #[test]
    fn events_without_a_rule_are_counted_below_the_bus() {
        let stage = panel(&LETTERS.replace("[\"LetterDue\"]}'", "[\"letterdue\"]}'")).at("20s");
        assert!(stage.line("matched by no rule").starts_with('╭'), "{:?}", stage.lines());
    }

    #[test]
    fn a_composite_alarm_is_seen_at_the_topic_that_it_tells() {
        let told = "[alarms.waiting]\npart = 'queues.tray'\nmetric = 'NumberOfMessagesSent'\n\
                    alarm_actions = ['topics.porter']\n\
                    [alarms.all]\nalarm_rule = 'ALARM(waiting)'\nalarm_actions = ['topics.porter']\n\
                    [services.bell]\n[topics.porter]\n\
                    [subscriptions.ring]\ntopic = 'porter'\ncalls = 'bell'\n";
        let lines = panel(&format!("{LETTERS}{told}")).at("65s").size(120, 36).lines();
        let with = |name: &str| {
            let line = lines.iter().find(|line| line.contains(name));
            line.unwrap_or_else(|| panic!("{lines:#?}")).matches('▲').count()
        };
        assert_eq!((with("▤ tray"), with("◇ porter")), (1, 1), "{lines:#?}");
        let cut = lines.iter().any(|line| line.contains("▲ A…"));
        assert!(!cut, "the word stands whole or not at all: {lines:#?}");
    }
}
