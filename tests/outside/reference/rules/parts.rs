//! Parts of a design, as the rules ask for them.

use std::collections::BTreeMap;

use redrive::sim::design::{Design, Function, Metric, Queue, Service, SideEffect};
use serde_json::Value;

use super::Reference;

/// A function with the queue that is polled for it.
#[derive(Clone, Copy)]
pub struct Polled<'a> {
    pub id: &'a str,
    pub function: &'a Function,
    pub queue: &'a str,
    pub source: &'a Queue,
}

pub fn polled(reference: &Reference) -> impl Iterator<Item = Polled<'_>> {
    reference.design.functions.iter().filter_map(|(id, function)| {
        let queue = function.queue.as_deref()?;
        let source = reference.design.queues.get(queue)?;
        Some(Polled { id, function, queue, source })
    })
}

/// Those that do not follow a rule.
pub fn lapses<'a>(
    all: impl Iterator<Item = Polled<'a>>,
    follows: impl Fn(Polled<'a>) -> bool,
) -> Vec<String> {
    all.filter(|polled| !follows(*polled)).map(|p| format!("{} of {}", p.id, p.queue)).collect()
}

/// Queues with work in them, and not dead letters, that do not follow a rule.
pub fn working_queues(reference: &Reference, follows: impl Fn(&Queue) -> bool) -> Vec<String> {
    let dead = dead_letter_queues(reference);
    offenders(&reference.design.queues, |id, queue| {
        dead.iter().any(|other| other == id) || follows(queue)
    })
}

pub fn offenders<T>(
    parts: &BTreeMap<String, T>,
    follows: impl Fn(&str, &T) -> bool,
) -> Vec<String> {
    let against = parts.iter().filter(|(id, part)| !follows(id, part));
    against.map(|(id, _)| id.clone()).collect()
}

/// Whether the first of it makes an alarm, or, of an age, some of it.
pub fn is_watched(reference: &Reference, part: &str, metric: Metric) -> bool {
    let is_age = metric == Metric::ApproximateAgeOfOldestMessage;
    let mut alarms = reference.design.alarms.values();
    alarms.any(|a| {
        a.part.as_ref().is_some_and(|watched| watched.to_string() == part)
            && a.metric == metric
            && (is_age || a.threshold == 1)
    })
}

/// Every queue in which something ends that could not be done or delivered.
pub fn dead_letter_queues(reference: &Reference) -> Vec<String> {
    let design = &reference.design;
    let of_queues = design.queues.values().filter_map(|queue| queue.dlq.clone());
    let of_rules = design.rules.values().filter_map(|rule| rule.dlq.clone());
    let of_subscriptions = design.subscriptions.values().filter_map(|s| s.dlq.clone());
    let of_functions =
        design.functions.values().filter_map(|f| f.failures_queue().or(f.dlq.as_ref()).cloned());
    let mut all: Vec<String> =
        of_queues.chain(of_rules).chain(of_subscriptions).chain(of_functions).collect();
    all.sort();
    all.dedup();
    all
}

/// Whether a second call would be a second parcel, charge or reservation.
pub fn works(design: &Design, service: &Service) -> bool {
    let effects = design.all_effects();
    match effects.of(service.side_effect.as_deref()) {
        SideEffect::None => false,
        SideEffect::Does(index) => !effects.kinds[index].effect.forgotten,
        SideEffect::Undoes(_) => true,
    }
}

/// What functions and workflows call.
pub fn called_services(reference: &Reference) -> Vec<String> {
    let design = &reference.design;
    let by_functions = design.functions.values().map(|function| function.calls.clone());
    let by_workflows = design.workflows.values().flat_map(|w| w.calls.values().cloned());
    by_functions.chain(by_workflows).collect()
}

/// The resource policies that a design writes down.
pub fn policies(reference: &Reference) -> impl Iterator<Item = (String, &str)> {
    let queues = reference.design.queues.iter().map(|(id, queue)| (id, &queue.policy));
    let topics = reference.design.topics.iter().map(|(id, topic)| (id, &topic.policy));
    queues.chain(topics).filter_map(|(id, policy)| Some((id.clone(), policy.as_deref()?)))
}

/// Fields of an event's detail that say more than who and how much.
pub fn carries_only_safe_context(reference: &Reference) -> Vec<String> {
    let safe = ["orderId", "customerId", "currency", "total", "country", "express", "status"];
    let mut found = Vec::new();
    for order in &reference.design.load.orders {
        let detail: Value = serde_json::from_str(&order.detail).unwrap();
        let fields = detail.as_object().unwrap().keys();
        found.extend(fields.filter(|field| !safe.contains(&field.as_str())).cloned());
    }
    found
}
