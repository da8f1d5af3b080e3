//! The layout of a design's picture, derived from its wires alone, so that any design draws itself.
//!
//! The way in – client, intake, store, bus – is a line along the top. Each part it leads to has a lane below,
//! with the parts that follow at its right and its dead-letter queue under it. A part further down that needs
//! a lane of its own gets one, with the name of the part before it.

use super::kind::{self, Place};
use crate::sim::world::{Part, PartId, Topology, WireKind};

/// The whole picture.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Plan {
    /// One line for each way in.
    pub ways_in: Vec<Vec<PartId>>,
    pub lanes: Vec<Lane>,
    /// Services without a lane.
    pub services: Vec<PartId>,
    pub alarms: Vec<PartId>,
}

/// A part and those that follow it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lane {
    pub part: PartId,
    pub stem: Stem,
    pub branches: Vec<Branch>,
    /// Its dead-letter queue, and the wire to it.
    pub dlq: Option<(u32, PartId)>,
    /// The parts that it hands on to and that stand elsewhere: a bus above, the lane of another.
    pub elsewhere: Vec<(u32, PartId)>,
}

impl Lane {
    /// The dead-letter queue to draw under a branch: under the last of those that share it.
    pub fn dlq_under(&self, place: usize) -> Option<(u32, PartId)> {
        let (wire, dlq) = self.branches.get(place)?.dlq?;
        let later = self.branches.get(place + 1..)?;
        let is_last = !later.iter().any(|branch| branch.dlq.is_some_and(|(_, other)| other == dlq));
        is_last.then_some((wire, dlq))
    }
}

/// How a lane is connected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stem {
    /// To the trunk below the way in, by this wire.
    Trunk(u32),
    /// To another part, by this wire.
    From(PartId, u32),
    /// Not at all.
    Loose,
}

/// A part that follows the part of a lane.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Branch {
    pub part: PartId,
    pub wire: u32,
    /// The parts it calls or sends to.
    pub next: Vec<(u32, PartId)>,
    pub dlq: Option<(u32, PartId)>,
}

impl Plan {
    /// Lays a design out.
    pub fn new(topology: &Topology) -> Self {
        let mut planner = Planner { topology, placed: vec![false; topology.parts.len()] };
        planner.plan()
    }

    /// All parts in reading order.
    pub fn order(&self) -> Vec<PartId> {
        let mut order: Vec<PartId> = self.ways_in.iter().flatten().copied().collect();
        for lane in &self.lanes {
            order.push(lane.part);
            order.extend(lane.dlq.map(|(_, part)| part));
            for branch in &lane.branches {
                order.push(branch.part);
                order.extend(branch.dlq.map(|(_, part)| part));
            }
        }
        order.extend(&self.services);
        order.extend(&self.alarms);
        let mut seen = Vec::new();
        order.retain(|part| {
            let is_new = !seen.contains(part);
            seen.push(*part);
            is_new
        });
        order
    }
}

struct Planner<'a> {
    topology: &'a Topology,
    placed: Vec<bool>,
}

impl Planner<'_> {
    fn plan(&mut self) -> Plan {
        let mut plan = Plan::default();
        let in_place = |place: Place| -> Vec<PartId> {
            let parts = self.topology.parts.iter().enumerate();
            let found = parts.filter(|(_, part)| kind::profile(part.kind()).place == place);
            found.map(|(index, _)| PartId(index as u32)).collect()
        };
        plan.services = in_place(Place::Service);
        plan.alarms = in_place(Place::Alarm);
        let mut waiting: Vec<(PartId, Stem)> = Vec::new();
        let mut asked: Vec<(PartId, Stem)> = Vec::new();
        for root in in_place(Place::Start) {
            let way = self.way_in(root);
            // A part of the way in may ask another before it goes on.
            for part in &way {
                let called = self.outgoing(*part, &[WireKind::Call]).into_iter();
                let called = called.filter(|(_, to)| self.place_of(*to) != Some(Place::Service));
                asked.extend(called.map(|(wire, to)| (to, Stem::From(*part, wire))));
            }
            if let Some(hub) = way.last().copied() {
                let mut targets = self.targets(hub, &[WireKind::Send, WireKind::Poll]);
                // Where nothing is sent on, show the services called on the way.
                if targets.is_empty() {
                    let called = way.iter().map(|part| self.targets(*part, &[WireKind::Call]));
                    targets = called.flatten().collect();
                }
                targets.extend(self.targets(hub, &[WireKind::DeadLetter]));
                waiting.extend(targets);
            }
            // What a part further up gave up comes from there, not from the hub.
            for part in way.iter().rev().skip(1) {
                let dead = self.outgoing(*part, &[WireKind::DeadLetter]).into_iter();
                waiting.extend(dead.map(|(wire, dlq)| (dlq, Stem::From(*part, wire))));
            }
            plan.ways_in.push(way);
        }
        // Parts that an order requires come first.
        waiting.sort_by_key(|(part, _)| self.rank(*part));
        waiting.extend(asked);
        self.lanes(waiting, &mut plan);
        // The parts that nothing leads to.
        for index in 0..self.topology.parts.len() {
            let part = PartId(index as u32);
            let is_aside = matches!(self.place_of(part), Some(Place::Service | Place::Alarm));
            if !is_aside && !self.is_placed(part) {
                self.lanes(vec![(part, Stem::Loose)], &mut plan);
            }
        }
        self.lead_elsewhere(&mut plan);
        let in_lanes: Vec<PartId> = plan.lanes.iter().map(|lane| lane.part).collect();
        plan.services.retain(|part| !in_lanes.contains(part));
        plan
    }

    fn part(&self, id: PartId) -> Option<&Part> {
        self.topology.part(id)
    }

    fn place_of(&self, id: PartId) -> Option<Place> {
        self.part(id).map(|part| kind::profile(part.kind()).place)
    }

    fn is_placed(&self, id: PartId) -> bool {
        self.placed.get(id.0 as usize).copied().unwrap_or(true)
    }

    fn place(&mut self, id: PartId) {
        if let Some(placed) = self.placed.get_mut(id.0 as usize) {
            *placed = true;
        }
    }

    /// The outgoing wires of these kinds, one per target.
    fn outgoing(&self, from: PartId, kinds: &[WireKind]) -> Vec<(u32, PartId)> {
        let mut found: Vec<(u32, PartId)> = Vec::new();
        for (number, wire) in self.topology.wires.iter().enumerate() {
            let fits = wire.from == from && kinds.contains(&wire.kind);
            if fits && !found.iter().any(|(_, to)| *to == wire.to) {
                found.push((number as u32, wire.to));
            }
        }
        found
    }

    /// Follows the only way from a root.
    fn way_in(&mut self, root: PartId) -> Vec<PartId> {
        let mut way = vec![root];
        self.place(root);
        while let Some(last) = way.last().copied() {
            let mut next = self.outgoing(last, &[WireKind::Send, WireKind::Poll]);
            next.retain(|(_, part)| !self.is_placed(*part));
            let [(_, only)] = next.as_slice() else { break };
            if self.place_of(*only) != Some(Place::Way) {
                break;
            }
            self.place(*only);
            way.push(*only);
        }
        way
    }

    /// The targets of these wires below a way in.
    fn targets(&self, hub: PartId, kinds: &[WireKind]) -> Vec<(PartId, Stem)> {
        let wires = self.outgoing(hub, kinds);
        wires.into_iter().map(|(wire, part)| (part, Stem::Trunk(wire))).collect()
    }

    fn rank(&self, id: PartId) -> u8 {
        let Some(part) = self.part(id) else { return u8::MAX };
        let rank = kind::profile(part.kind()).rank;
        if part.required { rank.required } else { rank.optional }
    }

    fn lanes(&mut self, mut waiting: Vec<(PartId, Stem)>, plan: &mut Plan) {
        // Taken from the front: lanes below other lanes come after those on the trunk.
        while !waiting.is_empty() {
            let (part, stem) = waiting.remove(0);
            if self.is_placed(part) {
                continue;
            }
            // A dead-letter queue waits for its owner, if that is still to come.
            let owner_comes = waiting.iter().any(|(other, _)| {
                let dead = self.outgoing(*other, &[WireKind::DeadLetter]);
                *other != part && dead.iter().any(|(_, to)| *to == part)
            });
            if owner_comes && !matches!(stem, Stem::Loose) {
                continue;
            }
            self.place(part);
            let dlq = self.dead_letters(part);
            let mut branches = Vec::new();
            let onward = [WireKind::Call, WireKind::Send, WireKind::Poll];
            for (wire, next) in self.outgoing(part, &onward) {
                let is_elsewhere = waiting.iter().any(|(other, _)| *other == next)
                    || self.place_of(next) == Some(Place::Service);
                if self.is_placed(next) || is_elsewhere {
                    continue;
                }
                if self.place_of(next) == Some(Place::Branch) {
                    branches.push(self.branch(wire, next, &mut waiting));
                } else {
                    waiting.push((next, Stem::From(part, wire)));
                }
            }
            plan.lanes.push(Lane { part, stem, branches, dlq, elsewhere: Vec::new() });
        }
    }

    /// Adds to each lane the wires that no stem and no branch draws.
    fn lead_elsewhere(&self, plan: &mut Plan) {
        let drawn: Vec<u32> = plan
            .lanes
            .iter()
            .flat_map(|lane| {
                let stem = match lane.stem {
                    Stem::Trunk(wire) | Stem::From(_, wire) => Some(wire),
                    Stem::Loose => None,
                };
                stem.into_iter().chain(lane.branches.iter().map(|branch| branch.wire))
            })
            .collect();
        for lane in &mut plan.lanes {
            lane.elsewhere = self.outgoing(lane.part, &[WireKind::Send]);
            lane.elsewhere.retain(|(wire, _)| !drawn.contains(wire));
        }
    }

    fn branch(&mut self, wire: u32, part: PartId, waiting: &mut Vec<(PartId, Stem)>) -> Branch {
        self.place(part);
        let mut next = self.outgoing(part, &[WireKind::Call]);
        for (wire, to) in self.outgoing(part, &[WireKind::Send, WireKind::Poll]) {
            next.push((wire, to));
            if !self.is_placed(to) && !waiting.iter().any(|(other, _)| *other == to) {
                waiting.push((to, Stem::From(part, wire)));
            }
        }
        Branch { part, wire, next, dlq: self.dead_letters(part) }
    }

    fn dead_letters(&mut self, part: PartId) -> Option<(u32, PartId)> {
        let (wire, dlq) = self.outgoing(part, &[WireKind::DeadLetter]).into_iter().next()?;
        if !self.is_placed(dlq) {
            self.place(dlq);
        }
        Some((wire, dlq))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sim::run::Run;

    /// The plan in words: ways in, then lanes with what follows them.
    fn plan(design: &str) -> Vec<String> {
        let run = Run::new(&toml::from_str(design).unwrap(), &[], 1).unwrap();
        let topology = run.topology();
        let plan = Plan::new(topology);
        let name = |id: &PartId| topology.part(*id).unwrap().id().to_owned();
        let mut words: Vec<String> = plan
            .ways_in
            .iter()
            .map(|way| way.iter().map(name).collect::<Vec<_>>().join(" > "))
            .collect();
        for lane in &plan.lanes {
            let stem = match lane.stem {
                Stem::Trunk(_) => "- ".to_owned(),
                Stem::From(part, _) => format!("{} - ", name(&part)),
                Stem::Loose => "? ".to_owned(),
            };
            let branches: Vec<String> = lane.branches.iter().map(|b| name(&b.part)).collect();
            let dlq = lane.dlq.map_or(String::new(), |(_, dlq)| format!(" x {}", name(&dlq)));
            let back = lane.elsewhere.iter().map(|(_, to)| format!(" ^ {}", name(to)));
            let back: String = back.collect();
            words.push(format!("{stem}{}{dlq} > {}{back}", name(&lane.part), branches.join(", ")));
        }
        // Nothing is left out, and nothing stands twice.
        let order = plan.order();
        assert_eq!(order.len(), topology.parts.len(), "{words:?}");
        words
    }

    const LOAD: &str = "[load]\norders = [{ weight = 1, detail = '{}' }]\n[services.till]\n";

    #[test]
    fn a_chain_is_a_way_in_and_what_it_calls() {
        let words = plan(&format!(
            "{LOAD}[services.van]\n[intakes.door]\nrequired = true\ncalls = ['till', 'van']\n"
        ));
        assert_eq!(words, ["client > door", "- till > ", "- van > "]);
    }

    #[test]
    fn a_queue_behind_a_store_has_a_lane_with_its_consumer() {
        let words = plan(&format!(
            "{LOAD}[intakes.door]\nrequired = true\nstore = 'book'\n[stores.book]\npublishes_to = 'queues.work'\n\
             [queues.work]\ndlq = 'dead'\nmax_receive_count = 2\nvisibility_timeout = '30s'\n\
             [queues.dead]\n[functions.worker]\nqueue = 'work'\ncalls = 'till'\n\
             [alarms.dead]\npart = 'queues.dead'\nmetric = 'ApproximateNumberOfMessagesVisible'\n"
        ));
        assert_eq!(words, ["client > door > book", "- work x dead > worker"]);
    }

    #[test]
    fn what_a_bus_on_the_way_gave_up_comes_from_that_bus() {
        let words = plan(&format!(
            "{LOAD}[intakes.door]\nrequired = true\nstore = 'book'\n\
             [stores.book]\npublishes_to = 'buses.near'\nsource = 'shop'\ndetail_type = 'Sold'\n\
             [buses.near]\n[rules.on]\nbus = 'near'\nevent_pattern = '{{\"source\": [\"shop\"]}}'\n\
             targets = ['buses.far']\ndlq = 'dead'\n[queues.dead]\n\
             [buses.far]\n[rules.in]\nbus = 'far'\nevent_pattern = '{{\"source\": [\"shop\"]}}'\n\
             targets = ['queues.work']\n[queues.work]\n[functions.worker]\nqueue = 'work'\ncalls = 'till'\n"
        ));
        assert_eq!(
            words,
            ["client > door > book > near > far", "- work > worker", "near - dead > "]
        );
    }

    #[test]
    fn a_topic_that_feeds_queues_leads_to_their_lanes() {
        let words = plan(&format!(
            "{LOAD}[intakes.door]\nrequired = true\nstore = 'book'\n[stores.book]\npublishes_to = 'topics.news'\n\
             [topics.news]\n[subscriptions.mail]\ntopic = 'news'\nprotocol = 'email'\ncalls = 'till'\n\
             [subscriptions.box]\ntopic = 'news'\nprotocol = 'sqs'\nqueue = 'box'\n[queues.box]\n\
             [queues.alone]\n[functions.worker]\nqueue = 'box'\ncalls = 'till'\n"
        ));
        let expected =
            ["client > door > book", "- news > box, mail", "box - box > worker", "? alone > "];
        assert_eq!(words, expected);
    }

    #[test]
    fn what_hands_on_to_a_part_that_stands_elsewhere_leads_there() {
        let two_buses = "[intakes.door]\nstore = 'book'\n[stores.book]\npublishes_to = 'buses.one'\n\
             source = 'a'\ndetail_type = 'A'\n\
             [buses.one]\n[buses.two]\n[queues.box]\nrequired = true\n\
             [functions.worker]\nqueue = 'box'\ncalls = 'till'\n\
             [rules.on]\nbus = 'one'\nevent_pattern = '{\"source\": [\"a\"]}'\n\
             targets = ['buses.two', 'queues.box']\n\
             [rules.over]\nbus = 'two'\nevent_pattern = '{\"source\": [\"b\"]}'\n\
             targets = ['queues.box']\n";
        let words = plan(&format!("{LOAD}{two_buses}"));
        let expected = ["client > door > book > one", "- box > worker", "- two >  ^ box"];
        assert_eq!(words, expected);
    }
}
