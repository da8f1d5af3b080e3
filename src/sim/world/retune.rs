//! Settings changed while a run goes on: the parts stay, with all they hold, and work differently from
//! now on.

use super::function::Function;
use super::id::Table;
use super::worker::Worker;
use super::workflow::Resolved;
use super::{Scheduled, World};
use crate::aws::queue::Kind;

/// Takes these fields over from another value.
macro_rules! take {
    ($old:expr, $new:expr, $($field:ident),+) => {
        $($old.$field = $new.$field;)+
    };
}

impl World {
    /// Takes the settings of a world that was just built of the changed design.
    pub(crate) fn retune(&mut self, fresh: World) {
        self.topology = fresh.topology;
        // Wires have other numbers now; what was seen on its way is not looked at again.
        self.travels.clear();
        self.shapes = fresh.shapes;
        self.customers = fresh.customers;
        self.intake = fresh.intake;
        self.keys = fresh.keys;
        self.account.retune(&fresh.account);
        for (old, new) in self.services.iter_mut().zip(fresh.services) {
            take!(old, new, latency, capacity, side_effect, idempotency_keys);
        }
        for (old, new) in self.stores.iter_mut().zip(fresh.stores) {
            take!(old, new, to, access, outbox, shape, units);
        }
        for (old, new) in self.buses.iter_mut().zip(fresh.buses) {
            take!(old, new, rules, chunks, matters);
        }
        for (old, new) in self.rules.iter_mut().zip(fresh.rules) {
            take!(old, new, matches, targets, age_max, retries_max, dlq, shape);
            take!(old, new, role_exceeds_targets);
        }
        for (old, new) in self.queues.iter_mut().zip(fresh.queues) {
            old.rules.set(new.rules.settings, &mut self.messages);
            take!(old, new, dlq, consumers, sources, is_dlq, matters, encrypted);
            take!(old, new, deduplicates, admits_strangers);
            old.turn = 0;
        }
        self.retune_consumers(fresh.functions, fresh.workers);
        for (old, new) in self.topics.iter_mut().zip(fresh.topics) {
            take!(old, new, subscriptions, matters, deduplicates);
        }
        for (old, new) in self.subscriptions.iter_mut().zip(fresh.subscriptions) {
            take!(old, new, topic, protocol, from_topic, endpoint, calls, to, access, forms, dlq);
        }
        self.dissolve_lines();
        for (old, new) in self.workflows.iter_mut().zip(fresh.workflows) {
            take!(old, new, kind, idempotency_keys, cancels);
            // Executions stand in nodes of the program that is there: it stays.
            let mut program = old.program.borrow_mut();
            let start = |shape: &super::build::MessageTemplate| {
                shape.examples().iter().map(|input| Some(program.start(input))).collect()
            };
            old.starts = self.shapes.iter().map(start).collect();
            for (was, is) in old.callees.iter_mut().zip(new.callees) {
                match (was, is) {
                    (
                        Some(Resolved::Service { service, wire, .. }),
                        Some(Resolved::Service { service: other, wire: new_wire, .. }),
                    ) => (*service, *wire) = (other, new_wire),
                    (
                        Some(Resolved::Send { wire, access, .. }),
                        Some(Resolved::Send { wire: new_wire, access: other, .. }),
                    ) => (*wire, *access) = (new_wire, other),
                    _ => {}
                }
            }
        }
        for (old, new) in self.alarms.iter_mut().zip(fresh.alarms) {
            take!(old, new, settings);
        }
        for queue in self.queues.ids() {
            self.arm(queue);
        }
        for function in self.functions.ids() {
            self.pull(function);
        }
        for worker in self.workers.ids() {
            self.poll(worker);
        }
    }

    fn retune_consumers(&mut self, functions: Table<Function>, workers: Table<Worker>) {
        for (old, new) in self.functions.iter_mut().zip(functions) {
            take!(old, new, source, service, to_service, access, batch_size, window, timeout);
            take!(old, new, memory, reports_failures, response, concurrency_max, has_no_maximum);
            take!(old, new, reserved, accepts, keeps_record, record_expiry, sends_key);
            take!(old, new, retries_max, age_max, on_failure);
            old.limit = old.limit.min(old.concurrency_max);
        }
        for (old, new) in self.workers.iter_mut().zip(workers) {
            let was = old.wanted;
            take!(old, new, source, service, to_service, receives, may_delete, may_extend, most);
            take!(old, new, wait, work, timeout, heartbeat, sends_key, wanted);
            old.staff(was, self.now);
        }
    }

    /// Messages may be of other groups now: what waits in a topic's line is tried anew, in its order.
    fn dissolve_lines(&mut self) {
        for waiting in self.subscriptions.iter_mut().flat_map(|this| this.lines.dissolve()) {
            self.agenda.enter(self.now, Scheduled::Notify(waiting));
        }
    }

    /// Whether the settings of such a world can be taken in a run; a sentence why not.
    pub(crate) fn can_become(&self, fresh: &World) -> Result<(), String> {
        let paths = |world: &World| -> Vec<(String, bool)> {
            let parts = world.topology.parts.iter();
            parts.map(|part| (part.path.clone(), part.required)).collect()
        };
        if paths(self) != paths(fresh) {
            return Err(
                "What an order needs, and the parts of a design, stay as they are during a \
                        run: start anew with the change."
                    .to_owned(),
            );
        }
        let is_fifo = |world: &World| -> Vec<bool> {
            world
                .queues
                .iter()
                .map(|queue| matches!(queue.rules.settings.kind, Kind::Fifo { .. }))
                .collect()
        };
        if is_fifo(self) != is_fifo(fresh) {
            return Err(
                "The type of a queue cannot be changed: create another one, and start anew."
                    .to_owned(),
            );
        }
        let is_ordered = |world: &World| -> Vec<bool> {
            world.topics.iter().map(|topic| topic.deduplicates.is_some()).collect()
        };
        if is_ordered(self) != is_ordered(fresh) {
            return Err(
                "The type of a topic cannot be changed: create another one, and start anew."
                    .to_owned(),
            );
        }
        Ok(())
    }
}
