//! Makes the snapshots.

use super::id::Id;
use super::worker::TaskState;
use super::workflow::Workflow;
use super::{PartId, Travel, World};
use crate::aws::alarm::State;
use crate::aws::queue::Location;
use crate::design::Protocol;
use crate::fault::FaultKind;
use crate::kernel::time::Time;
use crate::snapshot::{
    Flow, FunctionView, Lent, PartView, QueueView, RuleView, ServiceView, Snapshot, StateView,
    SubscriptionView, Waiting, WorkerView, WorkflowView,
};

/// Messages in flight that a snapshot names.
const LENT_MAX: usize = 32;
/// Travels along one wire that a snapshot names.
const TRAVELS_MAX: u32 = 64;

impl World {
    pub(crate) fn snapshot(&self) -> Snapshot {
        let mut parts = vec![PartView::Plain; self.topology.parts.len()];
        let mut set = |part: PartId, view: PartView| {
            if let Some(place) = parts.get_mut(part.0 as usize) {
                *place = view;
            }
        };
        self.see_senders(&mut set);
        self.see_receivers(&mut set);
        let (flows, travelling) = self.travelling();
        Snapshot {
            now: self.now,
            seed: self.chance.seed(),
            ledger: self.ledger,
            parts,
            flows,
            travelling,
            faults: self.active_faults().cloned().collect(),
            check_invariants: self.check_invariants(),
        }
    }

    /// What is on its way: how much on each wire, and the first of each by name.
    fn travelling(&self) -> (Vec<Flow>, Vec<Travel>) {
        let mut flows = vec![Flow::default(); self.topology.wires.len()];
        let mut named = Vec::new();
        for travel in self.travels.iter().filter(|travel| travel.arrives > self.now) {
            let Some(flow) = flows.get_mut(travel.wire as usize) else { continue };
            flow.count += 1;
            flow.again += u32::from(travel.attempt > 1);
            if flow.count <= TRAVELS_MAX {
                named.push(*travel);
            }
        }
        (flows, named)
    }

    /// Where an order is on its way just now.
    pub(crate) fn travels_of(&self, order: u32) -> Vec<Travel> {
        let of_it = self.travels.iter();
        of_it.filter(|t| t.order == order && t.arrives > self.now).copied().collect()
    }

    fn see_senders(&self, set: &mut dyn FnMut(PartId, PartView)) {
        for store in &self.stores {
            set(
                store.part,
                PartView::Store { stored: store.state.stored, outbox: store.state.rows },
            );
        }
        for (id, bus) in self.buses.numbered() {
            let rules = self.rules.iter().filter(|rule| rule.settings.bus == id);
            let view = PartView::Bus {
                published: bus.state.published,
                unmatched: bus.state.unmatched,
                under_way: bus.state.under_way,
                rules: rules.map(rule_view).collect(),
            };
            set(bus.part, view);
        }
        for queue in &self.queues {
            set(queue.part, PartView::Queue(self.queue_view(queue)));
        }
        for function in &self.functions {
            let view = FunctionView {
                running: function.state.running,
                limit: function.state.limit.min(self.executions_max(function)),
                invocations: function.state.invocations,
                errors: function.state.errors,
                throttles: function.state.throttles,
                stopped: self.is_broken(FaultKind::Stop, function.part),
            };
            set(function.part, PartView::Function(view));
        }
        for worker in &self.workers {
            let view = WorkerView {
                tasks: worker.settings.wanted as u32,
                busy: worker.in_state(TaskState::Busy) as u32,
                starting: worker.in_state(TaskState::Starting) as u32,
                done: worker.state.done,
                failed: worker.state.failed,
                late_deletes: worker.state.late_deletes,
                stopped: self.is_broken(FaultKind::Stop, worker.part),
            };
            set(worker.part, PartView::Worker(view));
        }
    }

    fn see_receivers(&self, set: &mut dyn FnMut(PartId, PartView)) {
        for topic in &self.topics {
            set(topic.part, PartView::Topic { published: topic.state.published });
        }
        for subscription in &self.subscriptions {
            let view = SubscriptionView {
                protocol: protocol(subscription.settings.protocol),
                accepted: subscription.state.accepted,
                filtered: subscription.state.filtered,
                delivered: subscription.state.delivered,
                retrying: subscription.state.retrying,
                sent_to_dlq: subscription.state.sent_to_dlq,
                dropped: subscription.state.dropped,
            };
            set(subscription.part, PartView::Subscription(view));
        }
        for (id, workflow) in self.workflows.numbered() {
            set(workflow.part, PartView::Workflow(self.workflow_view(id, workflow)));
        }
        for service in &self.services {
            let view = ServiceView {
                in_flight: service.state.in_flight,
                calls: service.state.calls,
                failures: service.state.failures,
                broken: self.fault_of(service.part),
            };
            set(service.part, PartView::Service(view));
        }
        for alarm in &self.alarms {
            let since = alarm.state.since.filter(|_| alarm.state.judged == State::Alarm);
            set(alarm.part, PartView::Alarm { since, history: alarm.state.history.clone() });
        }
    }

    fn queue_view(&self, queue: &super::queue::Queue) -> QueueView {
        let rules = &queue.rules;
        let counters = rules.counters;
        let lent = rules.lent(&self.messages).take(LENT_MAX).filter_map(|(back_at, id)| {
            let message = self.messages.get(id)?;
            Some(Lent { order: message.order, receive_count: message.receive_count, back_at })
        });
        QueueView {
            visible: rules.visible(),
            in_flight: rules.in_flight(),
            delayed: rules.delayed(),
            is_dlq: queue.settings.is_dlq,
            came: counters.sent + counters.copied + counters.moved_in,
            deleted: counters.deleted,
            moved_out: counters.moved_out,
            expired: counters.expired,
            redriven: counters.redriven,
            age_of_oldest: rules.age_of_oldest(self.now, &self.messages),
            visibility_timeout: rules.settings.visibility_timeout,
            max_receive_count: rules.settings.max_receive_count,
            lent: lent.collect(),
            waiting: self.waiting(rules),
            failure_attributes: queue.state.failure_attributes.clone(),
        }
    }

    fn waiting(&self, rules: &crate::aws::queue::Queue) -> Vec<Waiting> {
        // Nothing to look for where everything is lent.
        if rules.visible() + rules.delayed() == 0 {
            return Vec::new();
        }
        let waits = rules.all(&self.messages).filter(|m| !matches!(m.place, Location::InFlight(_)));
        waits
            .take(LENT_MAX)
            .map(|message| Waiting {
                order: message.order,
                receive_count: message.receive_count,
                arrived: message.arrived,
                is_delayed: matches!(message.place, Location::Delayed(_)),
            })
            .collect()
    }

    fn workflow_view(&self, id: Id<Workflow>, workflow: &Workflow) -> WorkflowView {
        let program = workflow.machine.program.borrow();
        let states = program.states().iter().enumerate().map(|(number, state)| StateView {
            name: state.name.clone(),
            follows: state.follows,
            inside: workflow.state.inside.get(number).copied().unwrap_or(0),
            retrying: workflow.state.retrying.get(number).copied().unwrap_or(0),
        });
        let retrying = workflow.state.retrying.iter().any(|count| *count > 0);
        let of_this = |thread: &&super::workflow::Thread| {
            let execution = self.executions.get(thread.execution as usize);
            execution.is_some_and(|e| e.running && e.workflow == id)
        };
        let waiting = self.threads.iter().filter(of_this);
        let next_retry: Option<Time> =
            if retrying { waiting.filter_map(|thread| thread.retry_at).min() } else { None };
        WorkflowView {
            running: workflow.state.running,
            succeeded: workflow.state.succeeded,
            failed: workflow.state.failed + workflow.state.timed_out,
            caught: workflow.state.caught,
            states: states.collect(),
            next_retry,
        }
    }
}

fn rule_view(rule: &super::bus::Rule) -> RuleView {
    RuleView {
        id: rule.id.clone(),
        matched: rule.state.matched,
        delivered: rule.state.invocations,
        retried: rule.state.retried,
        failed: rule.state.failed,
    }
}

fn protocol(protocol: Protocol) -> &'static str {
    match protocol {
        Protocol::Email | Protocol::EmailJson => "e-mail",
        Protocol::Sms => "SMS",
        Protocol::Http => "HTTP",
        Protocol::Https => "HTTPS",
        Protocol::Application => "push",
        Protocol::Sqs => "SQS",
        Protocol::Lambda => "Lambda",
        Protocol::Firehose => "Firehose",
    }
}
