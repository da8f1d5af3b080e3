//! Templates of messages: an event, a rule's input, the envelope of a topic. Each has one body per
//! kind of order, with placeholders for the numbers of an order.

use serde_json::Value;

use super::World;
use super::topology;
use crate::aws::event_source_mapping;
use crate::design::{CLAIM_KEY, CUSTOMER, ORDER, spelled_out};

/// Template of an order's unchanged detail.
pub(super) const DETAIL: u16 = 0;

/// Placeholder that a text of a message depends on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum VariesBy {
    /// None: the text is the same for all orders, with this hash.
    Constant(u32),
    Order,
    Customer,
}

impl VariesBy {
    /// Finds the placeholder in a text; an order's number determines its customer's.
    pub fn of(text: &str) -> Self {
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

/// The bodies, groups and variations of a message, by kind of order.
#[derive(Debug, Clone)]
pub(crate) struct MessageTemplate {
    pub bodies: Vec<Value>,
    pub groups: Vec<VariesBy>,
    /// The deduplication ids that the sender gives, where it gives any.
    pub ids: Option<Vec<VariesBy>>,
    pub differs: Vec<VariesBy>,
    /// Hash of each body, with the placeholders in it.
    pub contents: Vec<u32>,
    /// Length of each body in bytes.
    pub bytes: Vec<usize>,
    /// Bytes that each takes up in a function's payload.
    pub record_bytes: Vec<usize>,
    /// Whether each refers to a payload instead of carrying it.
    pub refers: Vec<bool>,
    /// Template of the enclosed message, if this one is an envelope.
    pub wraps: Option<u16>,
}

impl World {
    /// `MessageGroupId` of a message, as a number.
    pub(super) fn group_of(&self, order: u32, shape: u16, class: usize) -> u32 {
        let shape = self.shapes.get(usize::from(shape));
        let group = shape.and_then(|shape| shape.groups.get(class));
        group.map_or(0, |by| by.number(order, self.customer_of(order)))
    }

    /// Content-based deduplication id of a message: a hash of the body alone (SQS-61). For an envelope,
    /// pass the template inside it.
    pub(super) fn content_of(&self, order: u32, shape: u16, class: usize) -> u64 {
        let Some(shape) = self.shapes.get(usize::from(shape)) else { return u64::from(order) };
        let content = shape.contents.get(class).copied().unwrap_or(0);
        let by = shape.differs.get(class).copied().unwrap_or(VariesBy::Constant(0));
        u64::from(content) << 32 | u64::from(by.number(order, self.customer_of(order)))
    }

    /// The deduplication id that the sender of a message gave, as a number; `None` if it gave none.
    pub(super) fn given_id(&self, order: u32, shape: u16, class: usize) -> Option<u64> {
        let by = self.shapes.get(usize::from(shape))?.ids.as_ref()?.get(class)?;
        Some(u64::from(by.number(order, self.customer_of(order))))
    }

    /// Length of a message in bytes.
    pub(super) fn bytes_of(&self, shape: u16, class: usize) -> usize {
        let shape = self.shapes.get(usize::from(shape));
        shape.and_then(|shape| shape.bytes.get(class)).copied().unwrap_or(0)
    }

    /// Whether a message refers to its payload.
    pub(super) fn refers(&self, shape: u16, class: usize) -> bool {
        let shape = self.shapes.get(usize::from(shape));
        shape.and_then(|shape| shape.refers.get(class)).copied().unwrap_or(false)
    }

    /// Template of the message inside an envelope; any other template itself.
    pub(super) fn inside(&self, shape: u16) -> u16 {
        self.shapes.get(usize::from(shape)).and_then(|shape| shape.wraps).unwrap_or(shape)
    }
}

impl MessageTemplate {
    /// Creates a template from a body and a group for each kind of order.
    pub fn new(bodies: Vec<Value>, groups: Vec<VariesBy>) -> Self {
        let texts: Vec<String> = bodies.iter().map(Value::to_string).collect();
        Self {
            groups,
            ids: None,
            differs: texts.iter().map(|text| VariesBy::of(text)).collect(),
            contents: texts.iter().map(|text| topology::key(text)).collect(),
            bytes: texts.iter().map(|text| spelled_out(text).len()).collect(),
            record_bytes: texts
                .iter()
                .map(|text| event_source_mapping::record_bytes(&spelled_out(text)))
                .collect(),
            refers: texts.iter().map(|text| text.contains(CLAIM_KEY)).collect(),
            wraps: None,
            bodies,
        }
    }

    /// Bodies of an example order of each kind.
    pub fn examples(&self) -> Vec<Value> {
        let example = |body: &Value| {
            let text = body.to_string().replace(ORDER, "1").replace(CUSTOMER, "1");
            serde_json::from_str(&text).unwrap_or(Value::Null)
        };
        self.bodies.iter().map(example).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::tests::{LINE, world_of};
    use serde_json::json;

    #[test]
    fn a_text_varies_by_the_order_before_the_customer() {
        assert_eq!(VariesBy::of("{customer} of {order}"), VariesBy::Order);
        assert_eq!(VariesBy::of("by {customer}"), VariesBy::Customer);
        assert_eq!(VariesBy::of("a"), VariesBy::Constant(0xe40c_292c));
        let by = [VariesBy::Order, VariesBy::Customer, VariesBy::Constant(9)];
        assert_eq!(by.map(|by| by.number(5, 2)), [5, 2, 9]);
    }

    /// SQS-61: the hash of the body alone.
    #[test]
    fn the_same_body_has_the_same_content_whoever_sends_it() {
        let groups = vec![VariesBy::Order; 3];
        let bodies = vec![json!({"a": 1}), json!({"a": CUSTOMER}), json!({"a": ORDER})];
        let mut world = world_of(LINE);
        world.shapes = [MessageTemplate::new(bodies, groups)].into();
        let content = |order, class| world.content_of(order, DETAIL, class);
        let customer = world.customer_of(1);
        let same = (2..99).find(|order| world.customer_of(*order) == customer).unwrap();
        let other = (2..99).find(|order| world.customer_of(*order) != customer).unwrap();
        assert_eq!(content(1, 0), content(other, 0), "a constant body");
        assert_eq!(content(1, 1), content(same, 1), "one customer");
        assert_ne!(content(1, 1), content(other, 1));
        assert_ne!(content(1, 2), content(same, 2), "each order");
        assert_ne!(content(1, 0), content(1, 1));
    }

    #[test]
    fn an_example_is_the_first_order_of_its_kind() {
        let body = json!({"id": ORDER, "by": CUSTOMER});
        let template = MessageTemplate::new(vec![body.clone()], vec![VariesBy::Order]);
        assert_eq!(template.examples(), [json!({"id": "1", "by": "1"})]);
        assert_eq!(template.bytes, [body.to_string().len()]);
    }
}
