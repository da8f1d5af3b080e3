//! Which templates of messages a design needs: one for what each store, rule and topic sends.

use serde_json::Value;

use super::Builder;
use crate::aws::workflow;
use crate::design::{Rule, Store};
use crate::world::template::{DETAIL, MessageTemplate, VariesBy};

/// The group that a message is of: a constant, or what a path finds in it.
pub fn group_of(id: &str, body: &Value) -> VariesBy {
    if !id.starts_with('$') {
        return VariesBy::of(id);
    }
    let found = workflow::find(id, body).unwrap_or(Value::Null);
    VariesBy::of(&found.as_str().map_or_else(|| found.to_string(), str::to_owned))
}

impl Builder<'_> {
    /// The shape of what is not an event: the order's detail, or what its store carries of it.
    pub fn common_shapes(&mut self) {
        let groups = vec![VariesBy::Order; self.details.len()];
        let store = self.design.intakes.values().next().and_then(|intake| intake.store.as_ref());
        let bodies = match store.and_then(|store| self.design.stores.get(store)) {
            Some(store) => self.details.iter().map(|detail| store.carried(detail)).collect(),
            None => self.details.clone(),
        };
        self.shapes.push(MessageTemplate::new(bodies, groups));
    }

    /// The event of every kind of order, as a bus sees it.
    pub fn events(&self, bus: &str) -> Vec<Value> {
        self.details.iter().map(|detail| self.design.event(bus, detail)).collect()
    }

    /// What a store sends where no bus makes an event of it.
    pub fn store_shape(&mut self, store: &Store) -> u16 {
        let Some(group) = store.message_group_id.as_deref() else { return DETAIL };
        let groups = self.details.iter().map(|detail| group_of(group, detail)).collect();
        let bodies = self.details.iter().map(|detail| store.carried(detail)).collect();
        self.shape(MessageTemplate::new(bodies, groups))
    }

    /// What a rule's targets get.
    pub fn rule_shape(&mut self, rule: &Rule) -> u16 {
        let input = rule.shaped_input();
        let events = self.events(&rule.bus);
        let group = |event| {
            rule.message_group_id.as_deref().map_or(VariesBy::Order, |id| group_of(id, event))
        };
        let groups = events.iter().map(group).collect();
        let bodies = events.iter().map(|event| input.of(event)).collect();
        self.shape(MessageTemplate::new(bodies, groups))
    }

    /// What a subscription without raw delivery makes of a message (SNS-16).
    pub fn envelope(&mut self, topic: &str, of: u16) -> u16 {
        let Some(inner) = self.shapes.get(usize::from(of)).cloned() else { return of };
        let wrap = |body: &Value| self.design.notification(topic, body);
        let bodies = inner.bodies.iter().map(wrap).collect();
        let shape = MessageTemplate::new(bodies, inner.groups);
        self.shape(MessageTemplate { wraps: Some(of), ..shape })
    }

    /// Adds a template; its number.
    pub fn shape(&mut self, shape: MessageTemplate) -> u16 {
        self.shapes.push(shape);
        self.shapes.len() as u16 - 1
    }
}
