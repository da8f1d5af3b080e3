//! Makes the snapshots.

use super::{PartId, PartKind, World};
use crate::sim::fault::FaultKind;
use crate::sim::kernel::time::Time;
use crate::sim::snapshot::{
    FunctionView, Lent, PartView, QueueView, ServiceView, Snapshot, StateView, SubscriptionView,
    WorkflowView,
};
use crate::sim::spec::Protocol;

/// Messages in flight that a snapshot names.
const LENT_MAX: usize = 32;
/// Travels that a snapshot names.
const TRAVELS_MAX: usize = 2_000;

impl World {
    pub(crate) fn snapshot(&self) -> Snapshot {
        let mut parts = vec![PartView::Plain; self.topology.parts.len()];
        let mut set = |part: PartId, view: PartView| {
            if let Some(place) = parts.get_mut(part.0 as usize) {
                *place = view;
            }
        };
        for store in &self.stores {
            set(store.part, PartView::Store { stored: store.stored, outbox: store.outbox });
        }
        for (index, bus) in self.buses.iter().enumerate() {
            let rules = self.rules.iter().filter(|rule| rule.bus == index);
            let view = PartView::Bus {
                published: bus.published,
                unmatched: bus.unmatched,
                under_way: bus.under_way,
                rules: rules.map(|rule| (rule.id.clone(), rule.matched)).collect(),
            };
            set(bus.part, view);
        }
        for (index, queue) in self.queues.iter().enumerate() {
            set(queue.part, PartView::Queue(self.queue_view(index, queue)));
        }
        for function in &self.functions {
            let view = FunctionView {
                running: function.batches.len() as u32,
                limit: function.limit,
                invocations: function.invocations,
                errors: function.errors,
                stopped: self.is_broken(FaultKind::Stop, function.part),
            };
            set(function.part, PartView::Function(view));
        }
        for topic in &self.topics {
            set(topic.part, PartView::Topic { published: topic.published });
        }
        for subscription in &self.subscriptions {
            let view = SubscriptionView {
                protocol: protocol(subscription.protocol),
                accepted: subscription.accepted,
                delivered: subscription.delivered,
                retrying: subscription.retrying,
                dropped: subscription.dropped,
            };
            set(subscription.part, PartView::Subscription(view));
        }
        for (index, workflow) in self.workflows.iter().enumerate() {
            set(workflow.part, PartView::Workflow(self.workflow_view(index, workflow)));
        }
        for service in &self.services {
            let view = ServiceView {
                in_flight: service.in_flight,
                calls: service.calls,
                failures: service.failures,
                broken: self.broken(service.part),
            };
            set(service.part, PartView::Service(view));
        }
        for alarm in &self.alarms {
            set(alarm.part, PartView::Alarm { since: alarm.since });
        }
        let travelling = self.travels.iter().filter(|travel| travel.arrives > self.now);
        Snapshot {
            now: self.now,
            seed: self.chance.seed(),
            ledger: self.ledger,
            parts,
            travelling: travelling.take(TRAVELS_MAX).copied().collect(),
            faults: self.faults.iter().filter(|fault| fault.is_active(self.now)).cloned().collect(),
        }
    }

    fn queue_view(&self, index: usize, queue: &super::queue::Queue) -> QueueView {
        let counters = queue.held.counters;
        let lent = queue.held.lent().take(LENT_MAX).filter_map(|(back_at, id)| {
            let message = self.messages.get(id.0 as usize)?;
            Some(Lent { order: message.order, receive_count: message.receive_count, back_at })
        });
        QueueView {
            visible: queue.held.visible(),
            in_flight: queue.held.in_flight(),
            delayed: queue.held.delayed(),
            is_dlq: !queue.sources.is_empty(),
            came: counters.sent + counters.copied + counters.moved_in,
            deleted: counters.deleted,
            moved_out: counters.moved_out,
            expired: counters.expired,
            redriven: counters.redriven,
            age_of_oldest: self.age_of_oldest(index),
            visibility_timeout: queue.held.settings.visibility_timeout,
            max_receive_count: queue.held.settings.max_receive_count,
            lent: lent.collect(),
            unaccounted: queue.held.unaccounted(),
        }
    }

    fn workflow_view(&self, index: usize, workflow: &super::workflow::Workflow) -> WorkflowView {
        let states = workflow.flow.iter().filter_map(|number| {
            let state = workflow.definition.states.get(*number)?;
            Some(StateView {
                name: state.name.clone(),
                inside: workflow.inside.get(*number).copied().unwrap_or(0),
                retrying: workflow.retrying.get(*number).copied().unwrap_or(0),
            })
        });
        let retrying = workflow.retrying.iter().any(|count| *count > 0);
        let waiting = self.executions.iter().filter(|execution| execution.workflow == index);
        let next_retry: Option<Time> =
            if retrying { waiting.filter_map(|execution| execution.retry_at).min() } else { None };
        WorkflowView {
            running: workflow.running,
            succeeded: workflow.succeeded,
            failed: workflow.failed,
            caught: workflow.caught,
            states: states.collect(),
            next_retry,
        }
    }

    /// The fault a service has just now.
    fn broken(&self, part: PartId) -> Option<(&'static str, Time)> {
        let path = &self.topology.part(part).filter(|part| part.kind == PartKind::Service)?.path;
        let mut active = self.faults.iter().filter(|fault| fault.is_active(self.now));
        active.find(|fault| fault.part == *path).map(|fault| (fault.kind.word(), fault.until()))
    }
}

fn protocol(protocol: Protocol) -> &'static str {
    match protocol {
        Protocol::Email => "e-mail",
        Protocol::Sms => "SMS",
        Protocol::Https => "HTTPS",
        Protocol::Application => "push",
        Protocol::Sqs => "SQS",
    }
}
