//! Builds the message templates of a design: for the messages of each store, rule and topic.

use serde_json::Value;

use super::Builder;
use crate::aws::workflow;
use crate::design::{Design, Rule, Store};
use crate::world::template::{DETAIL, MessageTemplate, VariesBy};

/// The group that a message is of, or its deduplication id: a constant, or what a path finds in it.
pub fn group_of(id: &str, body: &Value) -> VariesBy {
    if !id.starts_with('$') {
        return VariesBy::of(id);
    }
    let found = workflow::find(id, body).unwrap_or(Value::Null);
    VariesBy::of(&found.as_str().map_or_else(|| found.to_string(), str::to_owned))
}

impl Builder<'_> {
    /// Adds the template of messages that are not events: the order's detail, in the form in which its store
    /// sends it.
    pub fn common_shapes(&mut self) {
        let groups = vec![VariesBy::Order; self.details.len()];
        let store = self.design.intakes.values().next().and_then(|intake| intake.store.as_ref());
        let bodies = match store.and_then(|store| self.design.stores.get(store)) {
            Some(store) => self.details.iter().map(|detail| store.carried(detail)).collect(),
            None => self.details.clone(),
        };
        self.shapes.push(MessageTemplate::new(bodies, groups));
    }

    /// Returns the event of every kind of order, as a bus receives it.
    pub fn events(&self, bus: &str) -> Vec<Value> {
        self.details.iter().map(|detail| self.design.event(bus, detail)).collect()
    }

    /// Returns the template of a store's messages to any target but a bus.
    pub fn store_shape(&mut self, store: &Store) -> u16 {
        let (group, id) = (&store.message_group_id, &store.message_deduplication_id);
        if group.is_none() && id.is_none() {
            return DETAIL;
        }
        let found = |text: &String| -> Vec<VariesBy> {
            self.details.iter().map(|detail| group_of(text, detail)).collect()
        };
        let own = || vec![VariesBy::Order; self.details.len()];
        let groups = group.as_ref().map_or_else(own, found);
        let ids = id.as_ref().map(found);
        let bodies = self.details.iter().map(|detail| store.carried(detail)).collect();
        self.shape(MessageTemplate { ids, ..MessageTemplate::new(bodies, groups) })
    }

    /// What a rule's targets get of an event, which is given for each kind of order, and of a replayed one.
    pub fn rule_shapes(&mut self, rule: &Rule, events: &[Value]) -> (u16, u16) {
        let replayed: Vec<Value> = events.iter().map(Design::replayed).collect();
        let shape = self.rule_shape(rule, events);
        if self.design.is_replayed_to(&rule.bus) {
            (shape, self.rule_shape(rule, &replayed))
        } else {
            (shape, shape)
        }
    }

    fn rule_shape(&mut self, rule: &Rule, events: &[Value]) -> u16 {
        let input = rule.shaped_input();
        let group = |event| {
            rule.message_group_id.as_deref().map_or(VariesBy::Order, |id| group_of(id, event))
        };
        let groups = events.iter().map(group).collect();
        let bodies = events.iter().map(|event| input.of(event)).collect();
        self.shape(MessageTemplate::new(bodies, groups))
    }

    /// Adds the template of the envelope in which a subscription without raw delivery sends a message
    /// (SNS-16).
    pub fn envelope(&mut self, topic: &str, of: u16) -> u16 {
        let Some(inner) = self.shapes.get(usize::from(of)).cloned() else { return of };
        let wrap = |body: &Value| self.design.notification(topic, body);
        let bodies = inner.bodies.iter().map(wrap).collect();
        let shape = MessageTemplate::new(bodies, inner.groups);
        self.shape(MessageTemplate { wraps: Some(of), ids: inner.ids, ..shape })
    }

    /// Adds a template and returns its number.
    pub fn shape(&mut self, shape: MessageTemplate) -> u16 {
        self.shapes.push(shape);
        self.shapes.len() as u16 - 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::design::{CUSTOMER, ORDER};
    use crate::world::id::Id;
    use crate::world::tests::{bus_line, topic_line, world_of};
    use serde_json::json;

    #[test]
    fn a_group_is_a_constant_or_what_a_path_finds() {
        let body = json!({ "by": CUSTOMER, "id": ORDER, "n": 1 });
        for (id, group) in [
            ("all", VariesBy::of("all")),
            ("$.by", VariesBy::Customer),
            ("$.id", VariesBy::Order),
            ("$.n", VariesBy::of("1")),
            ("$.missing", VariesBy::of("null")),
        ] {
            assert_eq!(group_of(id, &body), group, "{id}");
        }
    }

    /// SNS-16.
    #[test]
    fn an_envelope_leads_to_what_the_topic_took() {
        for (raw, is_wrapped) in [("", true), ("raw_message_delivery = true\n", false)] {
            let world = world_of(&format!("{}{raw}", topic_line()));
            let forms = &world.subscriptions[Id::new(0)].settings.forms;
            let (shape, _) = forms[usize::from(DETAIL)].clone().unwrap();
            assert_eq!((shape != DETAIL, world.inside(shape)), (is_wrapped, DETAIL));
            let body = &world.shapes[usize::from(shape)].bodies[0];
            assert_eq!(body.get("Message").is_some(), is_wrapped);
        }
    }

    #[test]
    fn a_rule_makes_of_an_event_what_its_input_says() {
        for (settings, field) in [
            ("", "detail-type"),
            ("input_path = '$.detail'\n", "by"),
            ("input = '{\"x\": 1}'\n", "x"),
        ] {
            let world = world_of(&format!("{}{settings}", bus_line()));
            let shape = usize::from(world.rules[Id::new(0)].settings.forms[0].shape);
            assert!(world.shapes[shape].bodies[0].get(field).is_some(), "{settings}");
        }
    }
}
