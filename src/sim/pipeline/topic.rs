//! A notification topic: every subscription gets a copy, and each is retried by its kind of
//! endpoint (SNS-10 to SNS-12). Subscriptions have no DLQ yet: what is given up is dropped, and
//! counted.

use super::{Entry, OccurrenceKind, PartId, Target, World};
use crate::sim::kernel::time::Span;
use crate::sim::spec::Protocol;

#[derive(Debug, Clone)]
pub(super) struct Topic {
    pub part: PartId,
    pub subscriptions: Vec<usize>,
    pub published: u64,
}

#[derive(Debug, Clone)]
pub(super) struct Subscription {
    pub part: PartId,
    pub protocol: Protocol,
    pub from_topic: u32,
    /// The service and the wire to it, for protocols that leave AWS.
    pub calls: Option<(usize, u32)>,
    pub queue: Option<(usize, u32)>,
    pub accepted: u64,
    pub delivered: u64,
    pub retrying: u64,
    pub dropped: u64,
}

const FAN_OUT: Span = Span::from_millis(250);

impl World {
    pub(super) fn fan_out(&mut self, index: usize, order: u32) {
        self.arrived(Target::Topic(index));
        let Some(topic) = self.topics.get_mut(index) else { return };
        topic.published += 1;
        let (part, subscriptions) = (topic.part, topic.subscriptions.clone());
        self.occur(part, Some(order), OccurrenceKind::Published, 0);
        for subscription in subscriptions {
            let Some(this) = self.subscriptions.get_mut(subscription) else { continue };
            this.accepted += 1;
            let wire = this.from_topic;
            let at = self.hop(wire, order, 1, FAN_OUT);
            self.agenda.enter(at, Entry::Notify { subscription, order, attempt: 1 });
        }
    }

    pub(super) fn notify(&mut self, subscription: usize, order: u32, attempt: u32) {
        let Some(this) = self.subscriptions.get_mut(subscription) else { return };
        if attempt > 1 {
            this.retrying = this.retrying.saturating_sub(1);
        }
        if let Some((queue, _)) = this.queue {
            this.delivered += 1;
            let part = this.part;
            self.occur(part, Some(order), OccurrenceKind::Delivered, attempt);
            self.send(queue, order);
            return;
        }
        let Some((service, wire)) = this.calls else { return };
        let call = self.begin_call(
            service,
            order,
            attempt.saturating_add(100_000 * (subscription as u32 + 1)),
        );
        self.hop(wire, order, attempt, call.takes);
        let failed = call.error.is_some();
        let entry = Entry::Notified { subscription, order, attempt, failed };
        self.agenda.enter(self.now + call.takes, entry);
    }

    pub(super) fn notified(&mut self, subscription: usize, order: u32, attempt: u32, failed: bool) {
        let Some(this) = self.subscriptions.get_mut(subscription) else { return };
        let (part, protocol) = (this.part, this.protocol);
        let service = this.calls.map(|(service, _)| service);
        if let Some(service) = service {
            self.end_call(service);
        }
        let Some(this) = self.subscriptions.get_mut(subscription) else { return };
        if !failed {
            this.delivered += 1;
            self.occur(part, Some(order), OccurrenceKind::Delivered, attempt);
            if let Some(service) = service {
                self.take_effect(service, order, true);
            }
            return;
        }
        if let Some(wait) = retry_wait(protocol, attempt) {
            this.retrying += 1;
            self.occur(part, Some(order), OccurrenceKind::DeliveryFailed, attempt);
            let entry = Entry::Notify { subscription, order, attempt: attempt + 1 };
            self.agenda.enter(self.now + wait, entry);
        } else {
            this.dropped += 1;
            self.occur(part, Some(order), OccurrenceKind::Dropped, attempt);
        }
    }
}

/// The wait after a failed attempt, or `None` when it was the last.
fn retry_wait(protocol: Protocol, attempt: u32) -> Option<Span> {
    match protocol {
        // SNS-12: three retries, 20 s apart.
        Protocol::Https => (attempt <= 3).then_some(Span::from_secs(20)),
        // SNS-11: 50 attempts over six hours. Between 10 s and 600 s the curve is not documented:
        // a model assumption, doubling (SIM-07).
        Protocol::Email | Protocol::Sms | Protocol::Application => match attempt {
            1..=2 => Some(Span::from_secs(10)),
            3..=12 => Some(Span::from_secs((10 << (attempt - 2).min(6)).min(600))),
            13..50 => Some(Span::from_secs(600)),
            _ => None,
        },
        Protocol::Sqs => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn endpoints_are_tried_as_often_as_documented() {
        let attempts = |protocol| {
            1 + (1..1000).take_while(|attempt| retry_wait(protocol, *attempt).is_some()).count()
        };
        assert_eq!(attempts(Protocol::Https), 4);
        assert_eq!(attempts(Protocol::Email), 50);
        let hours: u64 =
            (1..50).filter_map(|n| retry_wait(Protocol::Sms, n)).map(Span::as_secs).sum();
        assert!((5 * 3600..8 * 3600).contains(&hours), "{hours} s");
    }
}
