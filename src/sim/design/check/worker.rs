//! Workers that poll a queue.

use super::{Checker, no};
use crate::design::Worker;
use crate::kernel::time::Span;

/// Containers of a service. ECS takes thousands: a bound of the *model*, for the picture's sake.
const TASKS_MAX: u32 = 500;

impl Checker<'_> {
    pub(super) fn worker(&mut self, id: &str, worker: &Worker) {
        let design = self.design;
        let path = |field: &str| format!("workers.{id}.{field}");
        let known = design.queues.contains_key(&worker.queue);
        self.must(known, &path("queue"), || no("queue", &worker.queue));
        let known = design.services.contains_key(&worker.calls);
        self.must(known, &path("calls"), || no("service", &worker.calls));
        self.must((1..=TASKS_MAX).contains(&worker.tasks), &path("tasks"), || {
            format!("A worker has 1 to {TASKS_MAX} tasks.")
        });
        let most = worker.max_number_of_messages;
        self.must((1..=10).contains(&most), &path("max_number_of_messages"), || {
            format!(
                "InvalidParameterValue: Value {most} for parameter MaxNumberOfMessages is invalid. \
                 Reason: Must be between 1 and 10, if provided."
            )
        });
        let wait = worker.wait_time_seconds.0;
        let good = wait <= Span::from_secs(20) && wait.0.is_multiple_of(1_000_000);
        self.must(good, &path("wait_time_seconds"), || {
            format!(
                "InvalidParameterValue: Value {} for parameter WaitTimeSeconds is invalid. Reason: \
                 Must be >= 0 and <= 20 (whole seconds), if provided.",
                wait.0 as f64 / 1e6
            )
        });
        let day = Span::from_secs(86_400);
        self.must(worker.work.0 <= day, &path("work"), || {
            "A message is invisible for 12 hours at most: work of more than a day is not modelled."
                .into()
        });
        let timeout = worker.timeout.0;
        self.must(timeout > Span::ZERO && timeout <= day, &path("timeout"), || {
            "A worker waits more than no time and at most a day for its service.".into()
        });
        let beats = worker.heartbeat.map(|heartbeat| heartbeat.0);
        let good = beats.is_none_or(|every| every >= Span::from_secs(1) && every <= day);
        self.must(good, &path("heartbeat"), || {
            "A heartbeat comes at most once a second and at least once a day.".into()
        });
        self.policy(&path("role_policy"), worker.role_policy.as_deref(), false);
    }
}
