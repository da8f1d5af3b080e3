//! Settings changed while a run goes on: the parts stay, with all they hold, and work differently from
//! now on.

use super::id::AlarmId;
use super::{Scheduled, World};
use crate::aws::queue::Kind;

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
        // Settings come from the new design, state stays.
        macro_rules! assign {
            ($($table:ident),+) => {$(
                for (old, new) in self.$table.iter_mut().zip(fresh.$table) {
                    old.settings = new.settings;
                }
            )+};
        }
        for (old, new) in self.queues.iter_mut().zip(&fresh.queues) {
            old.rules.set(new.rules.settings, &mut self.messages);
            old.state.turn = 0;
        }
        for (old, new) in self.workflows.iter_mut().zip(&fresh.workflows) {
            old.machine.retune(&new.machine, &self.shapes);
        }
        let alarms = self.alarms.numbered().zip(&fresh.alarms);
        let moved = alarms.filter(|((_, old), new)| {
            (old.settings.watched, old.settings.metric)
                != (new.settings.watched, new.settings.metric)
        });
        let moved: Vec<AlarmId> = moved.map(|((id, _), _)| id).collect();
        let tasks: Vec<usize> = self.workers.iter().map(|worker| worker.settings.wanted).collect();
        let caps: Vec<u32> =
            self.functions.iter().map(|function| function.settings.concurrency_max).collect();
        assign!(services, stores, buses, rules, queues, functions, workers);
        assign!(topics, subscriptions, workflows, alarms);
        for (function, cap) in self.functions.iter_mut().zip(caps) {
            function.recap(cap);
        }
        for (worker, was) in self.workers.iter_mut().zip(tasks) {
            worker.staff(was, self.now);
        }
        for alarm in moved {
            self.watch_anew(alarm);
        }
        self.dissolve_lines();
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

    /// Messages may be of other groups now: what waits in a topic's line is tried anew, in its order.
    fn dissolve_lines(&mut self) {
        for waiting in self.subscriptions.iter_mut().flat_map(|this| this.state.lines.dissolve()) {
            self.agenda.enter(self.now, Scheduled::Notify(waiting));
        }
    }

    /// Whether the settings of such a world can be taken in a run; a sentence why not.
    pub(crate) fn can_become(&self, fresh: &World) -> Result<(), String> {
        let paths = |world: &World| -> Vec<(String, bool)> {
            let parts = world.topology.parts.iter();
            parts.map(|part| (part.path.clone(), part.required)).collect()
        };
        if paths(self) != paths(fresh) || !self.effects.are(&fresh.effects) {
            return Err(
                "What is required, and the parts of a design, stay as they are during a run: \
                 start anew with the change."
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
            world.topics.iter().map(|topic| topic.settings.deduplicates.is_some()).collect()
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
