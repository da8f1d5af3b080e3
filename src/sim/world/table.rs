//! The items of a store that workflows use: one for each order, and what a task gets, puts, updates and
//! deletes of it; the order that an intake stores is such an item. That an item's key is its order, and that
//! the items of one kind of order differ in their numbers alone, are *model assumptions* (MA-store-3,
//! MA-store-4).

use std::rc::Rc;

use serde_json::Value;

use super::id::StoreId;
use super::sensitive;
use super::service::CallError;
use super::{Happened, World};
use crate::aws::billing::{Item, half_reads, write_units};
use crate::aws::dynamodb::updated;
use crate::aws::workflow::{ItemAction, TableCall};
use crate::design::{CUSTOMER, ORDER};
use crate::fault::FaultKind;
use crate::kernel::pages::Pages;

/// Items by order. Each differs from those of other orders of its kind in their numbers alone, so its value is
/// that of the first order of the kind.
#[derive(Debug, Clone, Default)]
pub(crate) struct Items {
    known: Vec<Rc<Value>>,
    /// The number of each order's item and one; 0 for none.
    by_order: Pages<u32>,
    count: u64,
}

impl Items {
    /// The item of an order.
    pub fn get(&self, order: u32) -> Option<Rc<Value>> {
        let number = self.by_order.get(order as usize).copied()?;
        self.known.get((number as usize).checked_sub(1)?).cloned()
    }

    /// Number of items.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// Replaces the item of an order, or deletes it.
    pub fn set(&mut self, order: u32, item: Option<Value>) {
        let number = item.map_or(0, |item| {
            let known = self.known.iter().position(|known| **known == item);
            let place = known.unwrap_or_else(|| {
                self.known.push(Rc::new(item));
                self.known.len() - 1
            });
            place as u32 + 1
        });
        let place = order as usize;
        while self.by_order.len() <= place {
            self.by_order.push(0);
        }
        if let Some(slot) = self.by_order.get_mut(place) {
            self.count = self.count - u64::from(*slot != 0) + u64::from(number != 0);
            *slot = number;
        }
    }

    /// Whether there are as many items as it says.
    pub fn is_counted(&self) -> bool {
        self.by_order.iter().filter(|number| **number != 0).count() as u64 == self.count
    }

    /// Bytes used in addition to an earlier clone.
    pub fn bytes_beside(&self, before: Option<&Self>) -> usize {
        self.by_order.bytes_beside(before.map(|before| &before.by_order))
    }
}

impl World {
    /// What a table answers a task; the item, if one was asked for and is there.
    pub(super) fn call_table(
        &mut self,
        index: StoreId,
        call: &TableCall,
        request: &Value,
        order: u32,
    ) -> Result<Option<Rc<Value>>, CallError> {
        let part = self.stores[index].part;
        if self.is_broken(FaultKind::Outage, part) {
            return Err(CallError::Unavailable);
        }
        let item = self.stores[index].state.items.get(order);
        if call.action == ItemAction::Get {
            let bytes = item.as_ref().map_or(0, |item| item.to_string().len());
            let is_consistent = request.get("ConsistentRead") == Some(&Value::Bool(true));
            self.bill.count(Item::DynamoDbHalfReads, half_reads(bytes, is_consistent));
            return Ok(item);
        }
        let before = item.as_deref();
        let none = Value::Null;
        let field = |name: &str| request.get(name).unwrap_or(&none);
        let after = match call.action {
            ItemAction::Get | ItemAction::Delete => None,
            ItemAction::Put => Some(field("Item").clone()),
            ItemAction::Update => {
                let values = field("ExpressionAttributeValues");
                Some(updated(before, field("Key"), &call.assignments, values))
            }
        };
        // The larger of the two is paid for, also by a write that is refused (IDM-01).
        let bytes = [before, after.as_ref()].into_iter().flatten().map(|i| i.to_string().len());
        self.bill.count(Item::DynamoDbWrites, write_units(bytes.max().unwrap_or(0)));
        if call.condition.as_ref().is_some_and(|condition| !condition.holds(before)) {
            self.stores[index].state.conditions_failed += 1;
            self.occur(part, Some(order), Happened::ConditionFailed);
            return Err(CallError::ConditionFailed);
        }
        let showed = before.is_some_and(|item| self.shows_sensitive(order, item));
        let shows = after.as_ref().is_some_and(|item| self.shows_sensitive(order, item));
        let state = &mut self.stores[index].state;
        state.sensitive = state.sensitive + u64::from(shows) - u64::from(showed);
        state.items.set(order, after);
        self.occur(part, Some(order), Happened::ItemWritten);
        Ok(None)
    }

    /// An order that an intake stores is an item like others, where workflows use the store.
    pub(super) fn keep_item(&mut self, index: StoreId, order: u32) {
        let class = self.class(order);
        let store = &mut self.stores[index];
        let row = store.settings.items.as_ref().and_then(|items| items.get(class)).cloned();
        if let Some(row) = row {
            store.state.items.set(order, Some(row));
        }
    }

    /// Whether data of a workflow, which stem from the first order of each kind, show a sensitive field.
    pub(super) fn shows_sensitive(&self, order: u32, data: &Value) -> bool {
        if self.sensitive.is_empty() {
            return false;
        }
        let texts = self.sensitive.texts.get(self.class(order)).map_or(&[][..], Vec::as_slice);
        let first = texts.iter().map(|text| text.replace(ORDER, "1").replace(CUSTOMER, "1"));
        sensitive::found(&first.collect::<Vec<_>>(), &data.to_string()) != 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::id::Id;
    use crate::world::tests::{LINE, accept, break_part, measure, names, world_of};
    use serde_json::json;

    fn call(action: ItemAction, condition: Option<&str>) -> TableCall {
        let condition =
            condition.map(|text| crate::aws::dynamodb::Condition::parse(text, None).unwrap());
        let assignments = crate::aws::dynamodb::Assignment::parse_all("SET done = :d", None);
        TableCall { table: "book".into(), action, condition, assignments: assignments.unwrap() }
    }

    fn world() -> World {
        let mut world =
            world_of(&LINE.replace("customers = 3", "customers = 3\nsensitive = ['$.by']"));
        accept(&mut world);
        world
    }

    fn ask(world: &mut World, call: &TableCall) -> Result<Option<Rc<Value>>, CallError> {
        let request = json!({ "Item": { "id": { "S": "1" }, "by": { "S": "1" } },
            "Key": { "id": { "S": "1" } }, "ExpressionAttributeValues": { ":d": { "BOOL": true } } });
        world.call_table(Id::new(0), call, &request, 0)
    }

    /// IDM-01: the first write wins, and the refused one is paid for.
    #[test]
    fn the_first_of_two_conditional_puts_wins_and_both_are_paid_for() {
        let mut world = world();
        let put = call(ItemAction::Put, Some("attribute_not_exists(id)"));
        assert_eq!(ask(&mut world, &put), Ok(None));
        assert_eq!(ask(&mut world, &put), Err(CallError::ConditionFailed));
        assert_eq!(names(&world), ["item-written", "condition-failed"]);
        let of = |name: &str| measure(&world, &format!("stores.book.{name}"));
        assert_eq!((of("items"), of("conditions_failed")), (1, 1));
        assert_eq!(measure(&world, "bill.dynamodb_writes"), 2);
    }

    #[test]
    fn an_item_is_got_updated_and_deleted() {
        let mut world = world();
        let get = call(ItemAction::Get, None);
        assert_eq!(ask(&mut world, &get), Ok(None));
        let update = call(ItemAction::Update, None);
        assert_eq!(ask(&mut world, &update), Ok(None), "an update creates what is not there");
        let item = ask(&mut world, &get).unwrap().unwrap();
        assert_eq!(*item, json!({ "id": { "S": "1" }, "done": { "BOOL": true } }));
        let delete = call(ItemAction::Delete, Some("attribute_exists(done)"));
        assert_eq!(ask(&mut world, &delete), Ok(None));
        assert_eq!(ask(&mut world, &delete), Err(CallError::ConditionFailed));
        assert_eq!(ask(&mut world, &get), Ok(None));
        assert_eq!(measure(&world, "bill.dynamodb_half_reads"), 3);
        assert_eq!(measure(&world, "stores.book.items"), 0);
    }

    #[test]
    fn a_table_that_is_down_answers_nothing_and_is_not_paid() {
        let mut world = world();
        break_part(&mut world, FaultKind::Outage, "stores.book", 60);
        assert_eq!(ask(&mut world, &call(ItemAction::Get, None)), Err(CallError::Unavailable));
        assert_eq!(measure(&world, "bill.dynamodb_half_reads"), 0);
    }

    /// SEC-13.
    #[test]
    fn an_item_that_shows_a_sensitive_field_is_counted_as_long_as_it_is_there() {
        let mut world = world();
        let sensitive = |world: &World| world.stores[Id::new(0)].state.sensitive;
        for (action, count) in [(ItemAction::Put, 1), (ItemAction::Put, 1), (ItemAction::Delete, 0)]
        {
            ask(&mut world, &call(action, None)).unwrap();
            assert_eq!(sensitive(&world), count);
        }
    }

    #[test]
    fn items_that_are_miscounted_are_found_by_a_count() {
        let mut items = Items::default();
        items.set(3, Some(json!(1)));
        items.set(1, Some(json!(1)));
        items.set(3, None);
        assert!(items.is_counted() && items.count() == 1 && items.known.len() == 1);
        items.count += 1;
        assert!(!items.is_counted());
    }
}
