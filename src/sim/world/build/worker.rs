//! Workers.

use super::access::Caller;
use super::{Builder, at_least_a_moment, number};
use crate::aws::iam::Verdict;
use crate::design::PartKind;
use crate::kernel::time::Time;
use crate::world::topology::WireKind;
use crate::world::worker::{self, Task, Worker};

impl Builder<'_> {
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
