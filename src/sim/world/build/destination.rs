//! Destinations of functions, and the templates of the records that come there (LAM-34).

use std::collections::{BTreeMap, BTreeSet};

use super::Builder;
use super::access::Caller;
use crate::design::record::Condition;
use crate::design::{Function, PartKind, PartPath};
use crate::world::destination::{Destination, Forms};
use crate::world::template::MessageTemplate;
use crate::world::topology::{PartId, WireKind};

impl Builder<'_> {
    /// Where records with a condition go, and the wire there.
    pub fn destination(
        &mut self,
        (part, spec): (PartId, &Function),
        condition: Condition,
        role: &Caller,
    ) -> Option<Destination> {
        let path = spec.destination(condition)?;
        let target = self.target(path)?;
        let to = self.path(path);
        let is_failure = condition != Condition::Success;
        let dies = is_failure && path.kind == PartKind::Queue;
        let kind = if dies { WireKind::DeadLetter } else { WireKind::Send };
        let known = self.topology.wire(part, to);
        let wire = known.unwrap_or_else(|| self.topology.connect(part, to, kind));
        Some(Destination { target, wire, access: self.may_hand_to(path, role) })
    }

    /// The templates of the records of each function, by its name: of every event that may come to it, the records
    /// of other functions included. Before the subscriptions, which wrap what comes to their topics.
    pub fn invocation_records(&mut self) -> BTreeMap<String, Forms> {
        let design = self.design;
        let sends = |function: &Function| {
            Condition::ALL.into_iter().any(|condition| function.destination(condition).is_some())
        };
        let mut waiting: Vec<(&String, BTreeSet<PartPath>)> = design
            .functions
            .iter()
            .filter(|(_, function)| sends(function))
            .map(|(id, _)| (id, design.reached_from(&PartKind::Function.path(id))))
            .collect();
        let upstream: Vec<u16> = (0..self.shapes.len() as u16).collect();
        let mut made = BTreeMap::new();
        let mut found: Vec<(BTreeSet<PartPath>, Vec<u16>)> = Vec::new();
        // No function leads back to itself, so one of those that wait is always the first.
        while let Some(first) = waiting.iter().position(|(id, _)| {
            let own = PartKind::Function.path(id);
            waiting.iter().all(|(_, reached)| !reached.contains(&own))
        }) {
            let (id, reached) = waiting.swap_remove(first);
            let own = PartKind::Function.path(id);
            let before = found.iter().filter(|(reached, _)| reached.contains(&own));
            let events = upstream.iter().chain(before.flat_map(|(_, shapes)| shapes));
            let events: Vec<u16> = events.copied().collect();
            let forms = self.forms_of(id, &events);
            let shapes = forms.0.iter().flatten().copied();
            found.push((reached, shapes.filter(|shape| !events.contains(shape)).collect()));
            made.insert(id.clone(), forms);
        }
        made
    }

    fn forms_of(&mut self, id: &str, events: &[u16]) -> Forms {
        let Some(function) = self.design.functions.get(id) else { return Forms::default() };
        Forms(Condition::ALL.map(|condition| {
            // A bus makes an event of its own.
            let to = function.destination(condition).filter(|to| to.kind != PartKind::Bus);
            if to.is_none() {
                return Vec::new();
            }
            let last = events.iter().max().map_or(0, |last| usize::from(*last) + 1);
            let mut by_event: Vec<u16> = (0..last as u16).collect();
            for event in events {
                let record = self.record_shape(id, condition, *event);
                if let Some(form) = by_event.get_mut(usize::from(*event)) {
                    *form = record;
                }
            }
            by_event
        }))
    }

    fn record_shape(&mut self, id: &str, condition: Condition, event: u16) -> u16 {
        let Some(source) = self.shapes.get(usize::from(event)) else { return event };
        let record = |payload| self.design.invocation_record(id, condition, payload);
        let bodies = source.bodies.iter().map(record).collect();
        let template = MessageTemplate::new(bodies, source.groups.clone());
        self.shape(template)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::id::Id;
    use crate::world::tests::{bus_line, number, world_of};

    fn line(parts: &str) -> String {
        let text = bus_line().replace("['queues.work']", "['functions.hand']");
        format!("{text}[functions.hand]\ncalls = 'till'\n{parts}")
    }

    #[test]
    fn failures_go_to_a_queue_as_dead_letters_and_elsewhere_as_messages() {
        let text =
            line("on_success = 'done'\non_failure = 'failed'\n[queues.done]\n[queues.failed]\n");
        let world = world_of(&text);
        let kind = |to: &str| {
            let wire = world.topology.wire(number(&world, "functions.hand"), number(&world, to));
            world.topology.wires[wire.unwrap() as usize].kind
        };
        assert_eq!(
            (kind("queues.done"), kind("queues.failed")),
            (WireKind::Send, WireKind::DeadLetter)
        );
        let is_dlq: Vec<bool> = world.queues.iter().map(|queue| queue.settings.is_dlq).collect();
        assert_eq!(is_dlq, [false, true, false], "done, failed, work");
    }

    /// The record of a record: the function at the end knows every event that may come to it.
    #[test]
    fn functions_are_built_in_the_order_of_their_records() {
        let text = line(
            "on_success = 'functions.a'\n[functions.a]\ncalls = 'till'\non_success = 'queues.done'\n[queues.done]\n",
        );
        let world = world_of(&text);
        let [a, hand] = [0, 1].map(|place| world.functions[Id::new(place)].settings.forms.clone());
        let rule = world.rules[Id::new(0)].settings.forms[0].shape;
        let first = hand.of(Condition::Success, rule);
        let second = a.of(Condition::Success, first);
        assert!(first != rule && second != first);
        let body = &world.shapes[usize::from(second)].bodies[0];
        assert!(body["requestPayload"]["requestPayload"].is_object(), "{body}");
        assert_eq!(hand.of(Condition::RetriesExhausted, rule), rule, "nothing goes there");
    }
}
