//! Alarms: one metric of one queue, looked at every minute (CW-07), one datapoint of one. The
//! action runs when the state changes, and only then (CW-02).

use super::{Entry, OccurrenceKind, PartId, World};
use crate::sim::kernel::time::{Span, Time};
use crate::sim::spec::Metric;

#[derive(Debug, Clone)]
pub(super) struct Alarm {
    pub part: PartId,
    pub queue: usize,
    pub metric: Metric,
    pub threshold: u64,
    pub since: Option<Time>,
}

pub(super) const PERIOD: Span = Span::from_secs(60);

/// From this receive on a message does not count for the age: a poison message hides (SQS-82).
const POISON_RECEIVES: u32 = 3;

impl World {
    pub(super) fn minute(&mut self) {
        self.agenda.enter(self.now + PERIOD, Entry::Minute);
        for index in 0..self.alarms.len() {
            let Some(alarm) = self.alarms.get(index) else { continue };
            let value = match alarm.metric {
                Metric::ApproximateNumberOfMessagesVisible => {
                    self.queues.get(alarm.queue).map_or(0, |queue| queue.held.visible())
                }
                Metric::ApproximateAgeOfOldestMessage => self.age_of_oldest(alarm.queue).as_secs(),
            };
            let (part, on, was) = (alarm.part, value >= alarm.threshold, alarm.since.is_some());
            if on == was {
                continue;
            }
            let now = self.now;
            if let Some(alarm) = self.alarms.get_mut(index) {
                alarm.since = on.then_some(now);
            }
            let kind = if on { OccurrenceKind::AlarmOn } else { OccurrenceKind::AlarmOff };
            self.occur(part, None, kind, value as u32);
        }
    }

    /// `ApproximateAgeOfOldestMessage`: since the message came into this queue (SQS-35).
    pub(super) fn age_of_oldest(&self, index: usize) -> Span {
        let Some(queue) = self.queues.get(index) else { return Span::ZERO };
        let message = |id: crate::sim::aws::queue::MessageId| self.messages.get(id.0 as usize);
        let is_dlq = !queue.sources.is_empty();
        let lent = queue.held.lent().map(|(_, id)| id).take(64);
        let oldest = queue
            .held
            .head()
            .into_iter()
            .chain(lent)
            .filter_map(message)
            .filter(|message| is_dlq || message.receive_count < POISON_RECEIVES)
            .map(|message| message.arrived)
            .min();
        oldest.map_or(Span::ZERO, |oldest| self.now.since(oldest))
    }
}
