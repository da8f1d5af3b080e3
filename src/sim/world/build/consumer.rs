//! Builds functions.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::access::{Caller, MAPPING};
use super::{Builder, at_least_a_moment, number};
use crate::aws::event_source_mapping::Filter;
use crate::design::PartKind;
use crate::design::part::Part;
use crate::design::record::Condition;
use crate::world::delivery::Access;
use crate::world::destination::Forms;
use crate::world::function;
use crate::world::topology::WireKind;

impl Builder<'_> {
    pub fn functions(&mut self, records: &BTreeMap<String, Forms>) -> Vec<function::Function> {
        let design = self.design;
        let mut functions = Vec::new();
        for (id, spec) in &design.functions {
            let part = self.id(PartKind::Function, id);
            let service = self.id(PartKind::Service, &spec.calls);
            let source = spec.queue.as_ref().map(|name| {
                let queue = self.id(PartKind::Queue, name);
                (number(&design.queues, name), self.topology.connect(queue, part, WireKind::Poll))
            });
            let own = PartKind::Function.path(id);
            let role = Caller::role(design, &own, spec.role_policy.as_deref());
            let account = spec.account(design);
            let access = spec
                .queue
                .as_ref()
                .map_or(Access::FULL, |queue| self.may_consume(queue, &role, &MAPPING));
            let dlq = self.dead_letters(part, spec.dlq.as_ref(), &role);
            let on_success = self.destination((part, spec), Condition::Success, &role);
            let on_failure = self.destination((part, spec), Condition::RetriesExhausted, &role);
            let most = spec.maximum_concurrency.unwrap_or(function::CONCURRENCY_MAX);
            functions.push(function::Function {
                part,
                settings: function::Settings {
                    required: self.bit(spec.required),
                    source,
                    service: number(&design.services, &spec.calls),
                    to_service: self.topology.connect(part, service, WireKind::Call),
                    access,
                    account: design.accounts().iter().position(|a| *a == account).unwrap_or(0),
                    fetch: self.fetch(&PartKind::Function.path(id), &role),
                    batch_size: spec.batch_size as usize,
                    window: spec.maximum_batching_window.0,
                    timeout: at_least_a_moment(spec.timeout.0),
                    memory: u64::from(spec.memory_size),
                    reports_failures: spec.report_batch_item_failures,
                    response: spec.batch_response,
                    concurrency_max: most,
                    has_no_maximum: spec.maximum_concurrency.is_none(),
                    reserved: spec.reserved_concurrent_executions,
                    accepts: self.accepts(&spec.filters),
                    keeps_record: spec.idempotency_record,
                    record_expiry: spec.idempotency_expiry.0,
                    sends_key: spec.idempotency_keys,
                    retries_max: spec.maximum_retry_attempts,
                    age_max: spec.maximum_event_age.0,
                    matters: self.matters.contains(&own) && spec.is_asynchronous(),
                    dlq,
                    on_success,
                    on_failure,
                    forms: records.get(id).cloned().unwrap_or_default(),
                },
                state: function::State {
                    limit: function::POLLERS.min(most),
                    ..function::State::default()
                },
            });
        }
        functions
    }

    /// Evaluates a mapping's filters by message template and kind of order. Without filters the result is
    /// empty, and all messages are accepted (LAM-16).
    fn accepts(&self, filters: &[String]) -> Vec<Vec<bool>> {
        if filters.is_empty() {
            return Vec::new();
        }
        let filters: Vec<Filter> = filters.iter().filter_map(|f| Filter::parse(f).ok()).collect();
        let takes = |body: &Value| {
            let record = json!({ "body": body.to_string() });
            filters.iter().any(|filter| filter.accepts(&record))
        };
        let shapes = self.shapes.iter();
        shapes.map(|shape| shape.examples().iter().map(takes).collect()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::id::Id;
    use crate::world::tests::{HAND, LINE, world_of};

    fn settings(settings: &str) -> function::Function {
        let two = "orders = [{ weight = 1, detail = '{\"big\": true}' }, { weight = 1,";
        let line = LINE.replace("orders = [{ weight = 1,", two);
        world_of(&format!("{line}{HAND}{settings}")).functions[Id::new(0)].clone()
    }

    /// LAM-04, LAM-06.
    #[test]
    fn a_mapping_begins_with_five_pollers_or_its_maximum() {
        for (told, limit, most, has_none) in [
            ("", 5, 1_250, true),
            ("maximum_concurrency = 2", 2, 2, false),
            ("maximum_concurrency = 9", 5, 9, false),
        ] {
            let function = settings(told);
            assert_eq!((function.state.limit, function.settings.concurrency_max), (limit, most));
            assert_eq!(function.settings.has_no_maximum, has_none);
        }
    }

    /// LAM-16.
    #[test]
    fn a_filter_is_asked_once_for_every_kind_of_order() {
        assert!(settings("").settings.accepts.is_empty(), "everything is taken");
        let filtered = settings("filters = ['{\"body\": {\"big\": [true]}}']");
        assert_eq!(filtered.settings.accepts[0], [true, false]);
    }

    /// LAM-15.
    #[test]
    fn a_role_that_may_not_delete_may_not_consume() {
        let role = |actions: &str| {
            format!(
                "role_policy = '{{\"Statement\": {{\"Effect\": \"Allow\", \"Action\": {actions}, \"Resource\": \"*\"}}}}'"
            )
        };
        for (actions, permitted) in
            [("\"sqs:*\"", true), ("[\"sqs:ReceiveMessage\", \"sqs:GetQueueAttributes\"]", false)]
        {
            assert_eq!(settings(&role(actions)).settings.access == Access::FULL, permitted);
        }
    }
}
