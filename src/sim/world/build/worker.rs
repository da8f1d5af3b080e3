//! Builds workers.

use super::access::Caller;
use super::{Builder, at_least_a_moment, number};
use crate::aws::iam::Verdict;
use crate::design::{self, PartKind};
use crate::kernel::time::Time;
use crate::world::topology::WireKind;
use crate::world::worker::{self, Task, Worker};

impl Builder<'_> {
    /// Builds all workers.
    pub fn workers(&mut self) -> Vec<Worker> {
        let design = self.design;
        let mut workers = Vec::new();
        for (id, spec) in &design.workers {
            let part = self.id(PartKind::Worker, id);
            let queue = self.id(PartKind::Queue, &spec.queue);
            let service = self.id(PartKind::Service, &spec.calls);
            let own = PartKind::Worker.path(id);
            let role = Caller::role(design, &own, spec.role_policy.as_deref());
            let may = |action| self.may_consume(&spec.queue, &role, &[action]);
            let receives = may("sqs:ReceiveMessage");
            let may_delete = may("sqs:DeleteMessage").permitted == Verdict::Allowed;
            let may_extend = may("sqs:ChangeMessageVisibility").permitted == Verdict::Allowed;
            let from_queue = self.topology.connect(queue, part, WireKind::Poll);
            workers.push(Worker {
                part,
                key: self.key(part),
                settings: worker::Settings {
                    required: self.bit(spec.required),
                    source: (number(&design.queues, &spec.queue), from_queue),
                    service: number(&design.services, &spec.calls),
                    to_service: self.topology.connect(part, service, WireKind::Call),
                    receives,
                    may_delete,
                    may_extend,
                    fetch: self.fetch(&PartKind::Worker.path(id), &role),
                    most: spec.max_number_of_messages as usize,
                    wait: spec.wait_time_seconds.0,
                    work: spec.work.0,
                    timeout: at_least_a_moment(spec.timeout.0),
                    heartbeat: spec.heartbeat.map(|every| at_least_a_moment(every.0)),
                    sends_key: spec.idempotency_keys,
                    wanted: spec.tasks as usize,
                    scaling: scaling(spec),
                },
                state: worker::State {
                    tasks: vec![Task::new(Time::ZERO); spec.tasks as usize],
                    ..worker::State::default()
                },
            });
        }
        workers
    }
}

/// Without a most or an acceptable backlog nothing scales.
fn scaling(spec: &design::Worker) -> Option<worker::Scaling> {
    Some(worker::Scaling {
        min: spec.min_tasks as usize,
        max: spec.max_tasks? as usize,
        backlog_per_task: spec.backlog_per_task?.into(),
        out_cooldown: spec.scale_out_cooldown.0,
        in_cooldown: spec.scale_in_cooldown.0,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::time::Span;
    use crate::world::delivery::Access;
    use crate::world::id::Id;
    use crate::world::tests::{LINE, world_of};

    fn worker(settings: &str) -> Worker {
        let text = format!("{LINE}[workers.hand]\nqueue = 'work'\ncalls = 'till'\n{settings}");
        world_of(&text).workers[Id::new(0)].clone()
    }

    #[test]
    fn as_many_tasks_run_as_the_design_wants() {
        let worker = worker("tasks = 4\nheartbeat = '7s'\n");
        assert_eq!((worker.settings.wanted, worker.state.tasks.len()), (4, 4));
        assert_eq!(worker.settings.heartbeat, Some(Span::from_secs(7)));
    }

    /// SEC-04: each call of the worker is asked about by itself.
    #[test]
    fn a_role_permits_each_call_by_itself() {
        for (action, expected) in [
            ("sqs:ReceiveMessage", [true, false, false]),
            ("sqs:DeleteMessage", [false, true, false]),
            ("sqs:ChangeMessageVisibility", [false, false, true]),
            ("sqs:*", [true, true, true]),
        ] {
            let settings = worker(&format!(
                "role_policy = '{{\"Statement\": {{\"Effect\": \"Allow\", \"Action\": \"{action}\", \"Resource\": \"*\"}}}}'"
            ))
            .settings;
            let found =
                [settings.receives == Access::FULL, settings.may_delete, settings.may_extend];
            assert_eq!(found, expected, "{action}");
        }
    }
}
