//! Functions, and their event source mappings.

use super::{Checker, no};
use crate::aws::pattern::Pattern;
use crate::design::{ACCOUNT_CONCURRENCY, Function, PartKind, Queue};
use crate::kernel::time::Span;

/// Executions that AWS keeps for functions without a reservation (LAM-41).
const UNRESERVED_MIN: u32 = 100;

impl Checker<'_> {
    /// Reservations take from one account, which keeps a hundred executions for all others (LAM-41).
    pub(super) fn reservations(&mut self) {
        let mut sum: u32 = 0;
        for (id, function) in &self.design.functions {
            let Some(reserved) = function.reserved_concurrent_executions else { continue };
            sum = sum.saturating_add(reserved);
            let path = format!("functions.{id}.reserved_concurrent_executions");
            self.must(sum <= ACCOUNT_CONCURRENCY - UNRESERVED_MIN, &path, || {
                format!(
                    "InvalidParameterValueException: Specified ReservedConcurrentExecutions for \
                     function decreases account's UnreservedConcurrentExecution below its minimum \
                     value of [{UNRESERVED_MIN}]: the functions up to this one reserve {sum} of \
                     {ACCOUNT_CONCURRENCY}."
                )
            });
            if sum > ACCOUNT_CONCURRENCY - UNRESERVED_MIN {
                return;
            }
        }
    }

    pub(super) fn function(&mut self, id: &str, function: &Function) {
        let design = self.design;
        let path = |field: &str| format!("functions.{id}.{field}");
        let known = design.services.contains_key(&function.calls);
        self.must(known, &path("calls"), || no("service", &function.calls));
        let timeout = function.timeout.0;
        let good = timeout > Span::ZERO && timeout <= Span::from_secs(900);
        self.must(good, &path("timeout"), || {
            "ValidationException: a function runs at most 900 seconds.".into()
        });
        self.must((128..=10_240).contains(&function.memory_size), &path("memory_size"), || {
            "ValidationException: the memory is from 128 to 10240 MB.".into()
        });
        self.must(function.maximum_retry_attempts <= 2, &path("maximum_retry_attempts"), || {
            "ValidationException: an asynchronous invocation is retried at most twice.".into()
        });
        let age = function.maximum_event_age.0.as_secs();
        self.must((60..=21_600).contains(&age), &path("maximum_event_age"), || {
            "ValidationException: the maximum event age is from 60 seconds to 6 hours.".into()
        });
        self.dlq(&path("on_failure"), function.on_failure.as_ref(), false);
        self.policy(&path("role_policy"), function.role_policy.as_deref(), false);
        self.policy(&path("policy"), function.policy.as_deref(), true);
        if let Some(name) = &function.queue {
            match design.queues.get(name) {
                None => self.must(false, &path("queue"), || no("queue", name)),
                Some(queue) => self.mapping(id, function, queue),
            }
            return;
        }
        let own_path = PartKind::Function.path(id);
        let invoked = design.rules.values().any(|rule| rule.targets.contains(&own_path))
            || design.subscriptions.values().any(|s| s.function.as_deref() == Some(id));
        self.must(invoked, &path("queue"), || {
            "Nothing invokes this function: name its queue, or make it the target of a rule or a \
             subscription."
                .into()
        });
    }

    fn mapping(&mut self, id: &str, function: &Function, queue: &Queue) {
        let path = |field: &str| format!("functions.{id}.{field}");
        let (timeout, visibility) = (function.timeout.0, queue.visibility_timeout.0);
        self.must(timeout <= visibility, &path("timeout"), || {
            format!(
                "InvalidParameterValueException: Queue visibility timeout: {} seconds is less than \
                 Function timeout: {} seconds.",
                visibility.as_secs(),
                timeout.as_secs()
            )
        });
        let most = if queue.fifo_queue { 10 } else { 10_000 };
        self.must((1..=most).contains(&function.batch_size), &path("batch_size"), || {
            format!("InvalidParameterValueException: the batch size is from 1 to {most} here.")
        });
        let window = function.maximum_batching_window.0;
        let windowed =
            function.batch_size <= 10 || window >= Span::from_secs(1) || queue.fifo_queue;
        self.must(windowed, &path("batch_size"), || {
            "InvalidParameterValueException: a batch of more than 10 needs a batching window of at \
             least 1 second."
                .into()
        });
        self.must(window <= Span::from_secs(300), &path("maximum_batching_window"), || {
            "The batching window is at most 300 seconds.".into()
        });
        self.must(
            !queue.fifo_queue || window == Span::ZERO,
            &path("maximum_batching_window"),
            || "InvalidParameterValueException: a FIFO queue has no batching window.".into(),
        );
        let concurrency = function.maximum_concurrency;
        self.must(
            concurrency.is_none_or(|most| (2..=1_000).contains(&most)),
            &path("maximum_concurrency"),
            || {
                "InvalidParameterValueException: the maximum concurrency of an event source mapping \
                 is from 2 to 1000."
                    .into()
            },
        );
        if let (Some(reserved), Some(most)) = (function.reserved_concurrent_executions, concurrency)
        {
            self.must(most <= reserved, &path("maximum_concurrency"), || {
                format!(
                    "InvalidParameterValueException: the maximum concurrency of {most} is more than \
                     the function's reserved concurrency of {reserved}."
                )
            });
        }
        self.must(function.filters.len() <= 5, &path("filters"), || {
            "There are at most 5 filters.".into()
        });
        for filter in &function.filters {
            if let Err(sentence) = Pattern::parse(filter) {
                self.must(false, &path("filters"), || {
                    format!("InvalidParameterValueException: {sentence}")
                });
            }
            let body = serde_json::from_str::<serde_json::Value>(filter);
            let only = body.is_ok_and(|f| {
                f.as_object().is_some_and(|keys| keys.keys().all(|key| key == "body"))
            });
            self.must(only, &path("filters"), || {
                "A filter for a queue looks at the body: {\"body\": {…}}.".into()
            });
        }
    }
}
