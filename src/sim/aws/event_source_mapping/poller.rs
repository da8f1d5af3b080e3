//! A mapping in operation: its pollers receive messages, gather batches and invoke the function.

use serde_json::{Value, json};

use super::{EventSourceMapping, Handled, Handler, Invocation, PAYLOAD_MAX, record_bytes};
use crate::aws::sqs::{Micros, Sqs};

pub(super) const SECOND: Micros = 1_000_000;
/// Maximum messages of one receive, however large the batch.
const RECEIVE_MAX: usize = 10;
/// Default number of pollers, and so of concurrent invocations (LAM-04).
const POLLERS: usize = 5;

/// A mapping in operation.
struct Poller<'a> {
    mapping: &'a EventSourceMapping,
    sqs: &'a mut Sqs,
    gathered: Vec<Value>,
    since: Micros,
    /// End of each running invocation, with the index of the records it deletes.
    running: Vec<(Micros, usize)>,
    invocations: Vec<Invocation>,
}

impl EventSourceMapping {
    /// Runs from one instant to another and returns the invocations in the order in which they
    /// began.
    pub fn run(
        &self,
        sqs: &mut Sqs,
        handler: &mut dyn Handler,
        from: Micros,
        to: Micros,
    ) -> Vec<Invocation> {
        let mut poller = Poller {
            mapping: self,
            sqs,
            gathered: Vec::new(),
            since: from,
            running: Vec::new(),
            invocations: Vec::new(),
        };
        let mut now = from;
        while now <= to {
            poller.finish(now);
            poller.poll(now, handler);
            match poller.next(now) {
                Some(next) => now = next,
                None => break,
            }
        }
        poller.finish(to);
        poller.invocations
    }
}

impl Poller<'_> {
    /// Deletes the messages of invocations that have finished.
    fn finish(&mut self, now: Micros) {
        let (over, going): (Vec<_>, Vec<_>) =
            self.running.iter().copied().partition(|(ends, _)| *ends <= now);
        self.running = going;
        for (ends, index) in over {
            let Some(invocation) = self.invocations.get(index) else { continue };
            for record in invocation.done.clone() {
                self.delete(ends, &record);
            }
        }
    }

    fn delete(&mut self, now: Micros, record: &Value) {
        let request =
            json!({ "QueueUrl": self.mapping.queue, "ReceiptHandle": record["receiptHandle"] });
        // An expired receipt deletes nothing: the message comes again.
        let _ = self.sqs.call(now, "DeleteMessage", &request);
    }

    /// Receives messages, and invokes once a batch is full or its window is over.
    fn poll(&mut self, now: Micros, handler: &mut dyn Handler) {
        let most = self.mapping.maximum_concurrency.unwrap_or(POLLERS);
        let is_fifo = self.mapping.is_fifo();
        while self.running.len() < most {
            // The rest of a FIFO batch waits for its beginning: a group has one invocation at a
            // time.
            if is_fifo && !self.gathered.is_empty() && !self.running.is_empty() {
                return;
            }
            self.gather(now);
            let fits = self.fits();
            let full = self.gathered.len() >= self.mapping.batch_size || fits < self.gathered.len();
            let over = now >= self.since + self.mapping.batching_window * SECOND;
            if self.gathered.is_empty() || !(full || over) {
                return;
            }
            // Records that do not fit start the next batch.
            let rest = self.gathered.split_off(fits);
            let records = std::mem::replace(&mut self.gathered, rest);
            self.since = now;
            let (takes, mut outcome) = handler.invoke(now, &records);
            if takes > self.mapping.timeout {
                outcome = Handled::Raised;
            }
            let ends = now + takes.min(self.mapping.timeout) * SECOND;
            let done = self.mapping.done(&records, &outcome);
            if is_fifo && done.len() < records.len() {
                // Records behind a failed one come again after it (LAM-24).
                self.gathered.clear();
            }
            self.running.push((ends, self.invocations.len()));
            self.invocations.push(Invocation { at: now, ends, records, done });
            self.finish(now);
        }
    }

    /// Number of gathered records that fit into one payload, at least one.
    fn fits(&self) -> usize {
        let mut bytes = 0;
        let fits = |record: &&Value| {
            bytes += record_bytes(record["body"].as_str().unwrap_or_default());
            bytes <= PAYLOAD_MAX
        };
        let count = self.gathered.iter().take_while(fits).count();
        count.max(1).min(self.gathered.len())
    }

    fn gather(&mut self, now: Micros) {
        while self.gathered.len() < self.mapping.batch_size && self.fits() == self.gathered.len() {
            let most = (self.mapping.batch_size - self.gathered.len()).min(RECEIVE_MAX);
            let request = json!({
                "QueueUrl": self.mapping.queue,
                "MaxNumberOfMessages": most,
                "AttributeNames": ["All"],
                "MessageAttributeNames": ["All"],
            });
            let Ok(response) = self.sqs.call(now, "ReceiveMessage", &request) else { return };
            let Some(messages) = response["Messages"].as_array() else { return };
            for message in messages {
                let record = json!({
                    "messageId": message["MessageId"],
                    "receiptHandle": message["ReceiptHandle"],
                    "body": message["Body"],
                    "attributes": message["Attributes"],
                    "messageAttributes": message["MessageAttributes"],
                    "eventSource": "aws:sqs",
                });
                let filters = &self.mapping.filters;
                if !filters.is_empty() && !filters.iter().any(|filter| filter.accepts(&record)) {
                    self.delete(now, &record);
                    continue;
                }
                if self.gathered.is_empty() {
                    self.since = now;
                }
                self.gathered.push(record);
            }
        }
    }

    /// Time of the next thing to do; `None` if there is none.
    fn next(&mut self, now: Micros) -> Option<Micros> {
        let visible = self.sqs.next_change(&self.mapping.queue);
        let ends = self.running.iter().map(|(ends, _)| *ends);
        let window =
            (!self.gathered.is_empty()).then(|| self.since + self.mapping.batching_window * SECOND);
        ends.chain(window).chain(visible).filter(|at| *at > now).min()
    }
}
