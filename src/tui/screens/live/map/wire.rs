//! Wires, and what travels along them: single orders where there are few, a flow where there are many, and
//! always the order being followed.

use super::Canvas;
use crate::sim::kernel::time::Time;
use crate::sim::snapshot::Flow;
use crate::sim::world::{OccurrenceKind, Travel, WireKind};
use crate::tui::count::short;
use crate::tui::motion::Motion;
use crate::tui::piece::Piece;
use crate::tui::screens::live::layout::Lane;
use crate::tui::theme::Meaning;
use crate::tui::wrap::columns;

/// Eases a journey, slow at both ends: 3t² - 2t³ in thousandths.
pub(super) fn eased(departed: Time, arrives: Time, now: Time) -> u64 {
    let whole = arrives.since(departed).0.max(1);
    let t = now.since(departed).0.min(whole) * 1_000 / whole;
    (3 * t * t - 2 * t * t * t / 1_000) / 1_000
}

impl Canvas<'_, '_> {
    /// Draws a wire from `x`, `width` columns long, with whatever travels on it.
    pub(super) fn wire(&mut self, x: u16, y: u16, width: u16, wire: u32, lead: &str) {
        let width = usize::from(width);
        if width < 3 {
            return;
        }
        let kind = self.scene.topology.wires.get(wire as usize).map(|wire| wire.kind);
        let travels: Vec<&Travel> =
            self.scene.snapshot.travelling.iter().filter(|travel| travel.wire == wire).collect();
        let track = width - 2;
        // More than one sign in three columns would be a smear.
        let flow = self.scene.snapshot.flows.get(wire as usize).copied().unwrap_or_default();
        let is_flow = flow.count as usize * 3 > track.max(6);
        let rail = if is_flow { '━' } else { '─' };
        let mut line: Vec<(char, Meaning)> = vec![(rail, Meaning::Faint); width];
        for (place, character) in lead.chars().enumerate().take(width) {
            line[place] = (character, Meaning::Faint);
        }
        line[width - 2] =
            if self.is_refused(wire) { ('✗', Meaning::Wrong) } else { ('▸', Meaning::Faint) };
        line[width - 1] = (' ', Meaning::Faint);
        let first = lead.chars().count();
        if is_flow {
            stream(&mut line, first, track, flow);
        } else if self.scene.motion != Motion::Off {
            for travel in &travels {
                let at = eased(travel.departed, travel.arrives, self.scene.snapshot.now) as usize;
                line[first + at * track.saturating_sub(first + 1) / 1_000] = sign(kind, travel);
            }
        }
        if let Some(travel) = self.scene.followed.iter().find(|travel| travel.wire == wire) {
            let at = eased(travel.departed, travel.arrives, self.scene.snapshot.now) as usize;
            named(&mut line, first, track, at, travel, kind);
        }
        let pieces: Vec<Piece> =
            line.into_iter().map(|(sign, meaning)| Piece::new(sign.to_string(), meaning)).collect();
        self.put(x, y, &pieces);
    }

    /// Draws the wires of a lane to parts that stand elsewhere, in one line, as many as fit.
    pub(super) fn elsewhere(&mut self, mut x: u16, y: u16, length: u16, lane: &Lane) {
        for (place, (wire, part)) in lane.elsewhere.iter().enumerate() {
            let name = vec![Piece::faint(format!("{}  ", self.title(*part)))];
            let needed = length + columns(&name) as u16;
            if x + needed > self.area.right() + 2 {
                return;
            }
            self.wire(x, y, length, *wire, if place == 0 { "╰" } else { "" });
            self.put(x + length, y, &name);
            x += needed;
        }
    }

    /// Whether policies keep apart what a wire connects; told once the run has begun, since a bet may be
    /// about it.
    fn is_refused(&self, wire: u32) -> bool {
        let Some(wire) = self.scene.topology.wires.get(wire as usize) else { return false };
        let mut denials = self.scene.denials.iter();
        self.scene.snapshot.now > Time::ZERO
            && denials.any(|denial| {
                // A consumer asks for what comes from the other end.
                let ends = (denial.from, denial.to);
                ends == (wire.from, wire.to) || ends == (wire.to, wire.from)
            })
    }

    /// Draws the way back of messages that were not deleted: an arc under the consumer's wire.
    pub(super) fn arc_back(
        &mut self,
        x: u16,
        y: u16,
        width: u16,
        queue: crate::sim::world::PartId,
    ) {
        if width < 5 {
            return;
        }
        let back = self.lately(queue).find(|o| o.kind() == OccurrenceKind::HandedBack).copied();
        let Some(back) = back else { return };
        let (now, window) = (self.scene.snapshot.now, self.scene.window);
        let mut line: Vec<(char, Meaning)> =
            vec![('╌', Meaning::Retrying); usize::from(width) - 2];
        let last = line.len() - 1;
        line[0] = ('◂', Meaning::Retrying);
        line[last] = ('╯', Meaning::Retrying);
        let at = eased(back.at, back.at + window, now) as usize;
        let place =
            if self.scene.motion == Motion::Off { last / 2 } else { last - at * last / 1_000 };
        line[place] = ('↻', Meaning::Retrying);
        let pieces: Vec<Piece> =
            line.into_iter().map(|(sign, meaning)| Piece::new(sign.to_string(), meaning)).collect();
        self.put(x, y, &pieces);
    }
}

fn sign(kind: Option<WireKind>, travel: &Travel) -> (char, Meaning) {
    match (kind, travel.attempt) {
        (Some(WireKind::DeadLetter), _) => ('✖', Meaning::Dead),
        (_, 2..) => ('↻', Meaning::Retrying),
        _ => ('●', Meaning::Travelling),
    }
}

/// Writes the number of travellers and of retries in the middle of the wire.
fn stream(line: &mut [(char, Meaning)], first: usize, track: usize, flow: Flow) {
    let mut words: Vec<(char, Meaning)> = format!("●{}", short(u64::from(flow.count)))
        .chars()
        .map(|c| (c, Meaning::Travelling))
        .collect();
    if flow.again > 0 {
        words.extend(
            format!("↻{}", short(u64::from(flow.again))).chars().map(|c| (c, Meaning::Retrying)),
        );
    }
    for slot in line.iter_mut().take(track).skip(first) {
        slot.1 = Meaning::Travelling;
    }
    let room = track.saturating_sub(first);
    let start = first + room.saturating_sub(words.len()) / 2;
    for (slot, word) in line[start..track.max(start)].iter_mut().zip(words) {
        *slot = word;
    }
}

/// Writes the number of the order being followed beside its sign.
fn named(
    line: &mut [(char, Meaning)],
    first: usize,
    track: usize,
    at: usize,
    travel: &Travel,
    kind: Option<WireKind>,
) {
    let (sign, _) = sign(kind, travel);
    let number = travel.order.map(|order| order.to_string()).unwrap_or_default();
    let words: Vec<char> = format!("{sign}{number}").chars().collect();
    let room = track.saturating_sub(first + words.len());
    let start = first + at * room / 1_000;
    for (slot, word) in line.iter_mut().take(track).skip(start).zip(words) {
        *slot = (word, Meaning::Selected);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::screens::live::tests::{LETTERS, panel};

    const FAINT: (char, Meaning) = ('─', Meaning::Faint);

    fn seen(line: &[(char, Meaning)]) -> String {
        line.iter().map(|(sign, _)| sign).collect()
    }

    fn travel(order: u32, attempt: u32) -> Travel {
        Travel { order: Some(order), wire: 0, departed: Time::ZERO, arrives: Time(1_000), attempt }
    }

    #[test]
    fn a_journey_is_slow_at_both_ends_and_stays_on_its_wire() {
        let at = |now: u64| eased(Time(1_000), Time(2_000), Time(now));
        assert_eq!([1_000, 1_500, 2_000, 9_000].map(at), [0, 500, 1_000, 1_000]);
        assert!(at(1_100) < 100 && at(1_900) > 900);
        assert_eq!(eased(Time(5), Time(5), Time(5)), 0, "a journey of no time");
    }

    #[test]
    fn many_travellers_are_counted_in_the_middle_and_retries_beside_them() {
        let mut line = vec![FAINT; 11];
        stream(&mut line, 1, 11, Flow { count: 12, again: 3 });
        assert_eq!(seen(&line), "───●12↻3───");
        assert_eq!(line[0].1, Meaning::Faint, "the lead is no part of the flow");
        assert_eq!((line[3].1, line[6].1), (Meaning::Travelling, Meaning::Retrying));
    }

    #[test]
    fn the_order_being_followed_shows_its_whole_number_to_the_end_of_the_wire() {
        let at = |thousandths: usize| {
            let mut line = vec![FAINT; 8];
            named(&mut line, 0, 8, thousandths, &travel(57, 1), Some(WireKind::Send));
            seen(&line)
        };
        assert_eq!([at(0), at(1_000)], ["●57─────", "─────●57"]);
    }

    #[test]
    fn a_second_attempt_and_a_dead_letter_have_signs_of_their_own() {
        let of = |kind: WireKind, attempt: u32| sign(Some(kind), &travel(1, attempt)).0;
        assert_eq!(of(WireKind::Send, 1), '●');
        assert_eq!(of(WireKind::Send, 2), '↻');
        assert_eq!(of(WireKind::DeadLetter, 2), '✖');
    }

    #[test]
    fn a_lane_leads_to_what_stands_elsewhere_as_long_as_lanes_have_room() {
        let over = LETTERS.replace("[\"queues.tray\"]", "[\"queues.tray\", \"buses.back\"]")
            + "[buses.back]\n[rules.over]\nbus = 'back'\n\
               event_pattern = '{\"detail-type\": [\"LetterDue\"]}'\ntargets = ['queues.tray']\n";
        let stage = panel(&over).at("20s").size(120, 36);
        let lines = stage.lines();
        let back = lines.iter().position(|line| line.contains("╬ back ")).unwrap();
        assert!(lines[back + 1].contains("╰─") && lines[back + 1].ends_with("▸ tray"), "{lines:?}");
        let low = stage.size(80, 13).lines();
        assert!(low.iter().all(|line| !line.ends_with("▸ tray")), "{low:?}");
    }
}
