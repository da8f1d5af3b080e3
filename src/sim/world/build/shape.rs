//! What messages look like on their way: the event, what a rule makes of it, the envelope of a topic.
//! One body for each kind of order, with what stands for an order's own numbers.

use serde_json::Value;

use super::Builder;
use crate::aws::event_source_mapping;
use crate::aws::workflow;
use crate::design::{CUSTOMER, ORDER, Rule, Store};
use crate::world::World;
use crate::world::topology;

/// The shape of an order's detail as it is.
pub(in super::super) const DETAIL: u16 = 0;

/// What distinguishes one message from another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum By {
    /// Nothing: all are of one group, or the same.
    Constant(u32),
    Order,
    Customer,
}

impl By {
    fn of(text: &str) -> Self {
        if text.contains(ORDER) {
            Self::Order
        } else if text.contains(CUSTOMER) {
            Self::Customer
        } else {
            Self::Constant(topology::key(text))
        }
    }

    fn number(self, order: u32, customer: u32) -> u32 {
        match self {
            Self::Constant(number) => number,
            Self::Order => order,
            Self::Customer => customer,
        }
    }
}

/// Bodies by kind of order, the group each message is of and what its body differs by.
#[derive(Debug, Clone)]
pub(crate) struct MessageTemplate {
    pub bodies: Vec<Value>,
    pub groups: Vec<By>,
    pub differs: Vec<By>,
    /// The same number for the same body, an order's own numbers aside.
    pub contents: Vec<u32>,
    /// How long each body is.
    pub bytes: Vec<usize>,
    /// What each takes of a function's payload.
    pub record_bytes: Vec<usize>,
    /// The shape of the message that this one is the envelope of.
    pub wraps: Option<u16>,
}

impl World {
    /// `MessageGroupId` of a message, as a number.
    pub(in super::super) fn group_of(&self, order: u32, shape: u16, class: usize) -> u32 {
        let shape = self.shapes.get(usize::from(shape));
        let group = shape.and_then(|shape| shape.groups.get(class));
        group.map_or(0, |by| by.number(order, self.customer_of(order)))
    }

    /// What two messages share that are deduplicated by their content: the hash of the body alone
    /// (SQS-61), and of an envelope what a topic took it of.
    pub(in super::super) fn content_of(&self, order: u32, shape: u16, class: usize) -> u64 {
        let Some(shape) = self.shapes.get(usize::from(shape)) else { return u64::from(order) };
        let content = shape.contents.get(class).copied().unwrap_or(0);
        let by = shape.differs.get(class).copied().unwrap_or(By::Constant(0));
        u64::from(content) << 32 | u64::from(by.number(order, self.customer_of(order)))
    }

    /// How long a message is.
    pub(in super::super) fn bytes_of(&self, shape: u16, class: usize) -> usize {
        let shape = self.shapes.get(usize::from(shape));
        shape.and_then(|shape| shape.bytes.get(class)).copied().unwrap_or(0)
    }

    /// The shape of what a topic took, for a copy that it delivers.
    pub(in super::super) fn inside(&self, shape: u16) -> u16 {
        self.shapes.get(usize::from(shape)).and_then(|shape| shape.wraps).unwrap_or(shape)
    }
}

impl MessageTemplate {
    pub fn new(bodies: Vec<Value>, groups: Vec<By>) -> Self {
        let texts: Vec<String> = bodies.iter().map(Value::to_string).collect();
        Self {
            groups,
            differs: texts.iter().map(|text| By::of(text)).collect(),
            contents: texts.iter().map(|text| topology::key(text)).collect(),
            bytes: texts.iter().map(String::len).collect(),
            record_bytes: texts
                .iter()
                .map(|text| event_source_mapping::record_bytes(text))
                .collect(),
            wraps: None,
            bodies,
        }
    }

    /// The bodies as an order of each kind has them, the first one.
    pub fn examples(&self) -> Vec<Value> {
        let example = |body: &Value| {
            let text = body.to_string().replace(ORDER, "1").replace(CUSTOMER, "1");
            serde_json::from_str(&text).unwrap_or(Value::Null)
        };
        self.bodies.iter().map(example).collect()
    }
}

/// The group that a message is of: a constant, or what a path finds in it.
fn group_of(id: &str, body: &Value) -> By {
    if !id.starts_with('$') {
        return By::of(id);
    }
    let found = workflow::find(id, body).unwrap_or(Value::Null);
    By::of(&found.as_str().map_or_else(|| found.to_string(), str::to_owned))
}

impl Builder<'_> {
    /// The shape of what is not an event: the order's detail.
    pub fn common_shapes(&mut self) {
        let groups = vec![By::Order; self.details.len()];
        self.shapes.push(MessageTemplate::new(self.details.clone(), groups));
    }

    /// The event of every kind of order, as a bus sees it.
    pub fn events(&self, bus: &str) -> Vec<Value> {
        self.details.iter().map(|detail| self.design.event(bus, detail)).collect()
    }

    /// What a store sends where no bus makes an event of it.
    pub fn store_shape(&mut self, store: &Store) -> u16 {
        let Some(group) = store.message_group_id.as_deref() else { return DETAIL };
        let groups = self.details.iter().map(|detail| group_of(group, detail)).collect();
        self.shape(MessageTemplate::new(self.details.clone(), groups))
    }

    /// What a rule's targets get.
    pub fn rule_shape(&mut self, rule: &Rule) -> u16 {
        let input = rule.shaped_input();
        let events = self.events(&rule.bus);
        let group =
            |event| rule.message_group_id.as_deref().map_or(By::Order, |id| group_of(id, event));
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

    fn shape(&mut self, shape: MessageTemplate) -> u16 {
        self.shapes.push(shape);
        self.shapes.len() as u16 - 1
    }
}
