//! A notification topic: every subscription whose filter fits gets a copy, and each is retried by its
//! kind of endpoint, then dead-lettered or given up (SNS-07 to SNS-16).

use super::delivery::{Access, Refusal};
use super::{Entry, OccurrenceKind, PartId, Target, World};
use crate::sim::aws::billing::Item;
use crate::sim::aws::retry::{Endpoint, notification_wait};
use crate::sim::fault::FaultKind;
use crate::sim::kernel::time::Span;
use crate::sim::spec::Protocol;

#[derive(Debug, Clone)]
pub(super) struct Topic {
    pub part: PartId,
    pub subscriptions: Vec<usize>,
    /// Whether an order waits for anything that it delivers.
    pub matters: bool,
    pub is_fifo: bool,
    /// Billable chunks of a message, by what it looks like and kind of order.
    pub chunks: Vec<Vec<u64>>,
    pub published: u64,
}

#[derive(Debug, Clone)]
pub(super) struct Subscription {
    pub part: PartId,
    pub protocol: Protocol,
    pub from_topic: u32,
    pub endpoint: Endpoint,
    /// The service and the wire to it, for protocols that leave AWS.
    pub calls: Option<(usize, u32)>,
    /// The queue or function and the wire to it.
    pub to: Option<(Target, u32)>,
    pub access: Access,
    /// By what the message looks like: what it looks like when delivered, and whether the filter
    /// takes it by kind of order.
    pub forms: Vec<Option<(u16, Vec<bool>)>>,
    pub dlq: Option<(usize, Access)>,
    pub accepted: u64,
    pub filtered: u64,
    pub delivered: u64,
    /// Between two tries, or on its way.
    pub under_way: u64,
    pub retrying: u64,
    pub sent_to_dlq: u64,
    pub dropped: u64,
}

/// A copy of a message on its way to a subscription.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Notification {
    pub subscription: u16,
    /// What the copy looks like.
    pub shape: u16,
    pub order: u32,
    /// From 1.
    pub attempt: u32,
}

const FAN_OUT: Span = Span::from_millis(250);
/// An endpoint that never answers is given up after so long.
const ANSWER_MAX: Span = Span::from_secs(15);

impl World {
    pub(super) fn fan_out(&mut self, index: usize, order: u32, shape: u16) {
        let class = self.class(order);
        let Some(topic) = self.topics.get_mut(index) else { return };
        topic.published += 1;
        let (part, count) = (topic.part, topic.subscriptions.len());
        let chunks = topic.chunks.get(usize::from(shape)).and_then(|by_class| by_class.get(class));
        let item = if topic.is_fifo { Item::SnsFifoPublishes } else { Item::SnsPublishes };
        self.bill.count(item, chunks.copied().unwrap_or(1));
        self.occur(part, Some(order), OccurrenceKind::Published, 0);
        let times = if self.is_broken(FaultKind::Duplicate, part) { 2 } else { 1 };
        for place in (0..count).flat_map(|place| std::iter::repeat_n(place, times)) {
            let number = self.topics.get(index).and_then(|t| t.subscriptions.get(place).copied());
            let Some(number) = number else { continue };
            let Some(this) = self.subscriptions.get_mut(number) else { continue };
            let form = this.forms.get(usize::from(shape)).and_then(Option::as_ref);
            let (shape, taken) = form.map_or((shape, false), |(shape, taken)| {
                (*shape, taken.get(class).copied().unwrap_or(false))
            });
            if !taken {
                this.filtered += 1;
                let part = this.part;
                self.occur(part, Some(order), OccurrenceKind::Filtered, 0);
                continue;
            }
            this.accepted += 1;
            this.under_way += 1;
            let (wire, to) = (this.from_topic, this.to);
            if to.is_some_and(|(target, _)| self.matters(target)) {
                self.live(order);
            }
            let at = self.hop(wire, order, 1, FAN_OUT);
            let notification =
                Notification { subscription: number as u16, shape, order, attempt: 1 };
            self.agenda.enter(at, Entry::Notify(notification));
        }
    }

    pub(super) fn notify(&mut self, notification: Notification) {
        let Notification { subscription, shape, order, attempt } = notification;
        let Some(this) = self.subscriptions.get_mut(usize::from(subscription)) else { return };
        if attempt > 1 {
            this.retrying = this.retrying.saturating_sub(1);
        }
        let (access, part) = (this.access, this.part);
        if let Some((target, _)) = this.to {
            if let Some(refusal) = self.refusal(target, access, order, attempt) {
                self.not_delivered(notification, refusal);
                return;
            }
            self.count_delivery(usize::from(subscription));
            self.occur(part, Some(order), OccurrenceKind::Delivered, attempt);
            match target {
                Target::Queue(queue) => self.send(queue, order, shape),
                Target::Function(function) => self.accept_event(function, order),
                Target::Bus(_) | Target::Topic(_) | Target::Workflow(_) => {}
            }
            if self.matters(target) {
                self.over(order, 0);
            }
            return;
        }
        let Some((service, wire)) = this.calls else { return };
        let turn = attempt.saturating_add(100_000 * (u32::from(subscription) + 1));
        let call = self.begin_call(service, order, turn);
        let takes = call.takes.unwrap_or(ANSWER_MAX);
        self.hop(wire, order, attempt, takes);
        let failed = call.error.is_some() || call.takes.is_none();
        self.agenda.enter(self.now + takes, Entry::Notified { notification, failed });
    }

    pub(super) fn notified(&mut self, notification: Notification, failed: bool) {
        let Notification { subscription, order, attempt, .. } = notification;
        let Some(this) = self.subscriptions.get(usize::from(subscription)) else { return };
        let (part, protocol) = (this.part, this.protocol);
        let Some((service, _)) = this.calls else { return };
        self.end_call(service);
        if failed {
            self.not_delivered(notification, Refusal::Unavailable);
            return;
        }
        self.count_delivery(usize::from(subscription));
        let item = match protocol {
            Protocol::Http | Protocol::Https => Some(Item::SnsHttpDeliveries),
            Protocol::Email | Protocol::EmailJson => Some(Item::SnsEmailDeliveries),
            Protocol::Sms => Some(Item::SnsSmsDeliveries),
            Protocol::Application => Some(Item::SnsPushDeliveries),
            Protocol::Sqs | Protocol::Lambda | Protocol::Firehose => None,
        };
        if let Some(item) = item {
            self.bill.count(item, 1);
        }
        self.occur(part, Some(order), OccurrenceKind::Delivered, attempt);
        self.take_effect(service, order, true);
    }

    fn count_delivery(&mut self, index: usize) {
        if let Some(this) = self.subscriptions.get_mut(index) {
            this.delivered += 1;
            this.under_way -= 1;
        }
    }

    /// Tried again, or straight to the DLQ where trying again cannot help (SNS-13).
    fn not_delivered(&mut self, notification: Notification, refusal: Refusal) {
        let Notification { subscription, shape, order, attempt } = notification;
        let Some(this) = self.subscriptions.get_mut(usize::from(subscription)) else { return };
        let (part, dlq) = (this.part, this.dlq);
        let wait = notification_wait(this.endpoint, attempt).filter(|_| refusal.is_retried());
        if let Some(wait) = wait {
            this.retrying += 1;
            self.occur(part, Some(order), OccurrenceKind::DeliveryFailed, attempt);
            let again = Notification { attempt: attempt + 1, ..notification };
            self.agenda.enter(self.now + wait, Entry::Notify(again));
            return;
        }
        this.under_way -= 1;
        let matters = this.to.is_some_and(|(target, _)| self.matters(target));
        let sent = self.give_up(part, (order, attempt), dlq, shape, matters);
        if let Some(this) = self.subscriptions.get_mut(usize::from(subscription)) {
            *(if sent { &mut this.sent_to_dlq } else { &mut this.dropped }) += 1;
        }
    }
}
