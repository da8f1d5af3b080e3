//! Notification topics: every subscription whose filter policy matches receives a copy, which is retried
//! according to its kind of endpoint, and then dead-lettered or dropped (SNS-07 to SNS-16).

mod line;

pub(super) use line::Lines;

use super::delivery::Access;
use super::id::{IdOf, Numbered, QueueId, ServiceId, SubscriptionId, TopicId};
use super::part::{Measure, Part};
use super::queue::By;
use super::refusal::Refusal;
use super::{Happened, PartId, PartKind, Scheduled, Target, World};
use crate::aws::billing::{Item, chunks};
use crate::aws::queue::Deduplication;
use crate::aws::retry::{Endpoint, notification_wait};
use crate::design::{self, Protocol};
use crate::fault::FaultKind;
use crate::kernel::time::Span;
use crate::snapshot::{PartView, SubscriptionView};

/// A topic in a run.
#[derive(Debug, Clone)]
pub(crate) struct Topic {
    pub part: PartId,
    pub settings: TopicSettings,
    pub state: TopicState,
}

/// Settings of a topic in the design.
#[derive(Debug, Clone)]
pub(crate) struct TopicSettings {
    pub subscriptions: Vec<SubscriptionId>,
    /// Whether an order waits for anything that it delivers.
    pub matters: bool,
    /// How a FIFO topic recognises a duplicate (SNS-17); `None` for a standard topic.
    pub deduplicates: Option<By>,
}

/// State of a topic during a run.
#[derive(Debug, Clone, Default)]
pub(crate) struct TopicState {
    pub recent: Deduplication<()>,
    pub deduplicated: u64,
    pub published: u64,
}

/// A subscription in a run.
#[derive(Debug, Clone)]
pub(crate) struct Subscription {
    pub part: PartId,
    pub settings: SubscriptionSettings,
    pub state: SubscriptionState,
}

/// Settings of a subscription in the design.
#[derive(Debug, Clone)]
pub(crate) struct SubscriptionSettings {
    pub topic: TopicId,
    pub protocol: Protocol,
    pub from_topic: u32,
    pub endpoint: Endpoint,
    /// Service and the wire to it, for protocols that leave AWS.
    pub calls: Option<(ServiceId, u32)>,
    /// Queue or function, and the wire to it.
    pub to: Option<(Target, u32)>,
    pub access: Access,
    /// By message template: the template of the delivered copy, and whether the filter policy accepts it, by
    /// kind of order.
    pub forms: Vec<Option<(u16, Vec<bool>)>>,
    pub dlq: Option<(QueueId, Access)>,
}

/// State of a subscription during a run.
#[derive(Debug, Clone, Default)]
pub(crate) struct SubscriptionState {
    pub accepted: u64,
    pub filtered: u64,
    pub delivered: u64,
    /// Copies that are on their way or wait for a retry.
    pub under_way: u64,
    pub retrying: u64,
    /// Lines that keep the copies in order, for a FIFO topic.
    pub lines: Lines,
    pub sent_to_dlq: u64,
    pub dropped: u64,
}

/// A copy of a message on its way to a subscription.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Notification {
    pub subscription: SubscriptionId,
    /// Message template of the copy.
    pub shape: u16,
    pub order: u32,
    /// Starts at 1.
    pub attempt: u32,
}

const FAN_OUT: Span = Span::from_millis(250);
/// Time after which a delivery to an endpoint that does not answer fails.
pub(super) const ANSWER_MAX: Span = Span::from_secs(15);

impl Numbered for Topic {
    type Design = design::Topic;
}

impl Part for Topic {
    const KIND: PartKind = PartKind::Topic;

    const COLUMNS: &[&str] = &["published", "deduplicated"];

    /// Measures of the topic itself, and sums over all its subscriptions.
    const MEASURES: &'static [Measure<Self>] = &[
        ("published", |_, t| t.state.published as f64),
        ("deduplicated", |_, t| t.state.deduplicated as f64),
        ("delivered", |w, t| w.in_all(t, |s| s.state.delivered) as f64),
        ("retrying", |w, t| w.in_all(t, |s| s.state.retrying) as f64),
        ("filtered_out", |w, t| w.in_all(t, |s| s.state.filtered) as f64),
        ("sent_to_dlq", |w, t| w.in_all(t, |s| s.state.sent_to_dlq) as f64),
        ("dropped", |w, t| w.in_all(t, |s| s.state.dropped) as f64),
    ];

    fn part(&self) -> Option<PartId> {
        Some(self.part)
    }

    fn view(&self, _: &World, _: IdOf<Self>) -> Option<PartView> {
        Some(PartView::Topic { published: self.state.published })
    }

    fn objection_to(&self, new: &Self) -> Option<&'static str> {
        (self.settings.deduplicates.is_some() != new.settings.deduplicates.is_some())
            .then_some("The type of a topic cannot be changed: create another and restart the run.")
    }

    fn retune(&mut self, new: Self, _: &mut World) {
        self.settings = new.settings;
    }
}

impl Numbered for Subscription {
    type Design = design::Subscription;
}

impl Part for Subscription {
    const KIND: PartKind = PartKind::Subscription;

    const COLUMNS: &[&str] = &["delivered", "retrying", "filtered_out", "sent_to_dlq", "dropped"];

    const MEASURES: &'static [Measure<Self>] = &[
        ("accepted", |_, s| s.state.accepted as f64),
        ("filtered_out", |_, s| s.state.filtered as f64),
        ("delivered", |_, s| s.state.delivered as f64),
        ("retrying", |_, s| s.state.retrying as f64),
        ("sent_to_dlq", |_, s| s.state.sent_to_dlq as f64),
        ("dropped", |_, s| s.state.dropped as f64),
    ];

    fn part(&self) -> Option<PartId> {
        Some(self.part)
    }

    fn view(&self, _: &World, _: IdOf<Self>) -> Option<PartView> {
        let view = SubscriptionView {
            protocol: protocol(self.settings.protocol),
            accepted: self.state.accepted,
            filtered: self.state.filtered,
            delivered: self.state.delivered,
            retrying: self.state.retrying,
            sent_to_dlq: self.state.sent_to_dlq,
            dropped: self.state.dropped,
        };
        Some(PartView::Subscription(view))
    }

    fn broken_invariant(&self, world: &World) -> Option<String> {
        let SubscriptionState {
            accepted,
            delivered,
            sent_to_dlq,
            dropped,
            under_way,
            retrying,
            ..
        } = self.state;
        let ended = delivered + sent_to_dlq + dropped + under_way;
        (accepted != ended || retrying > under_way)
            .then(|| format!("{} has {accepted} copies, and {ended} are known", self.path(world)))
    }

    fn retune(&mut self, new: Self, _: &mut World) {
        self.settings = new.settings;
    }

    /// Dissolves the lines, because messages may belong to other groups now, and delivers the waiting copies
    /// in order.
    fn resume(world: &mut World, id: IdOf<Self>) {
        for waiting in world.subscriptions[id].state.lines.dissolve() {
            world.agenda.enter(world.now, Scheduled::Notify(waiting));
        }
    }
}

fn protocol(protocol: Protocol) -> &'static str {
    match protocol {
        Protocol::Email | Protocol::EmailJson => "e-mail",
        Protocol::Sms => "SMS",
        Protocol::Http => "HTTP",
        Protocol::Https => "HTTPS",
        Protocol::Application => "push",
        Protocol::Sqs => "SQS",
        Protocol::Lambda => "Lambda",
        Protocol::Firehose => "Firehose",
    }
}

impl World {
    /// Sum of a count over all subscriptions of a topic.
    pub(super) fn in_all(&self, topic: &Topic, count: fn(&Subscription) -> u64) -> u64 {
        let all = topic.settings.subscriptions.iter().map(|id| &self.subscriptions[*id]);
        all.map(count).sum()
    }

    /// Publishes a message to a topic, and sends a copy to every subscription whose filter policy accepts it.
    pub(super) fn fan_out(&mut self, index: TopicId, order: u32, shape: u16) {
        let class = self.class(order);
        let chunks = chunks(self.bytes_of(shape, class));
        let topic = &mut self.topics[index];
        topic.state.published += 1;
        let (part, count) = (topic.part, topic.settings.subscriptions.len());
        let by = topic.settings.deduplicates;
        let item = if by.is_some() { Item::SnsFifoPublishes } else { Item::SnsPublishes };
        self.bill.count(item, chunks);
        self.occur(part, Some(order), Happened::Published);
        // A duplicate is accepted, but not delivered again (SNS-17).
        if by.is_some_and(|by| self.is_duplicate(index, order, shape, by)) {
            self.occur(part, Some(order), Happened::Deduplicated);
            return;
        }
        let copies = by.is_none() && self.is_broken(FaultKind::Duplicate, part);
        let times = if copies { 2 } else { 1 };
        for place in (0..count).flat_map(|place| std::iter::repeat_n(place, times)) {
            let number = self.topics[index].settings.subscriptions[place];
            let this = &mut self.subscriptions[number];
            let form = this.settings.forms.get(usize::from(shape)).and_then(Option::as_ref);
            let (shape, taken) = form.map_or((shape, false), |(shape, taken)| {
                (*shape, taken.get(class).copied().unwrap_or(false))
            });
            if !taken {
                this.state.filtered += 1;
                let part = this.part;
                self.occur(part, Some(order), Happened::Filtered);
                continue;
            }
            this.state.accepted += 1;
            this.state.under_way += 1;
            let (wire, to) = (this.settings.from_topic, this.settings.to);
            if to.is_some_and(|(target, _)| self.matters(target)) {
                self.live(order);
            }
            let mut at = self.hop(wire, order, 1, FAN_OUT);
            if by.is_some() {
                let group = self.group_of(order, shape, class);
                at = self.subscriptions[number].state.lines.depart(group, at);
            }
            let notification = Notification { subscription: number, shape, order, attempt: 1 };
            self.agenda.enter(at, Scheduled::Notify(notification));
        }
    }

    /// Whether a FIFO topic has accepted a message with this id within five minutes, in any group; remembers
    /// the id if not.
    fn is_duplicate(&mut self, index: TopicId, order: u32, shape: u16, by: By) -> bool {
        let id = self.deduplication_id(order, shape, by);
        let topic = &mut self.topics[index];
        let is_known = topic.state.recent.see(self.now, (0, id), false, ()).is_some();
        topic.state.deduplicated += u64::from(is_known);
        is_known
    }

    /// Delivers a copy, for the first time or again. Once it has left its line, delivers the copies that wait
    /// behind it.
    pub(super) fn notify(&mut self, notification: Notification) {
        let group = self.ordered_group(notification);
        let Some(group) = group else { return self.try_notify(notification) };
        let index = notification.subscription;
        let mut next = Some(notification);
        while let Some(notification) = next {
            let this = &mut self.subscriptions[index];
            if this.state.lines.waits(group, notification) {
                return;
            }
            let retrying = this.state.retrying.saturating_sub(u64::from(notification.attempt > 1));
            self.try_notify(notification);
            let this = &mut self.subscriptions[index];
            if this.state.retrying > retrying {
                this.state.lines.hold(group);
            } else {
                this.state.lines.leave(group);
            }
            next = this.state.lines.next(group);
        }
    }

    /// Group of a copy, if its topic preserves order.
    fn ordered_group(&self, notification: Notification) -> Option<u32> {
        let Notification { subscription, shape, order, .. } = notification;
        self.topics[self.subscriptions[subscription].settings.topic].settings.deduplicates?;
        Some(self.group_of(order, shape, self.class(order)))
    }

    fn try_notify(&mut self, notification: Notification) {
        let Notification { subscription, shape, order, attempt } = notification;
        let this = &mut self.subscriptions[subscription];
        if attempt > 1 {
            this.state.retrying = this.state.retrying.saturating_sub(1);
        }
        let (access, part, topic) = (this.settings.access, this.part, this.settings.topic);
        if let Some((target, _)) = this.settings.to {
            if let Some(refusal) = self.refusal_of_request(target, access, (order, attempt), shape)
            {
                self.not_delivered(notification, refusal);
                return;
            }
            self.count_delivery(subscription);
            self.occur(part, Some(order), Happened::Delivered { attempt });
            match (target, self.topics[topic].settings.deduplicates) {
                // A FIFO topic passes its own deduplication id on, even if the queue would use the content.
                (Target::Queue(queue), Some(by)) => self.send_by(queue, order, shape, by),
                (target, _) => self.hand_over(target, order, shape),
            }
            if self.matters(target) {
                self.over(order, 0);
            }
            return;
        }
        let Some((service, wire)) = this.settings.calls else { return };
        let turn = attempt.saturating_add(100_000 * (u32::from(subscription.number()) + 1));
        let call = self.begin_call(service, order, turn);
        let takes = call.takes.unwrap_or(ANSWER_MAX);
        self.hop(wire, order, attempt, takes);
        let failed = call.error.is_some() || call.takes.is_none();
        self.agenda.enter(self.now + takes, Scheduled::Notified { notification, failed });
    }

    /// Ends the call of an endpoint outside AWS.
    pub(super) fn notified(&mut self, notification: Notification, failed: bool) {
        let Notification { subscription, order, attempt, .. } = notification;
        let this = &self.subscriptions[subscription];
        let (part, protocol) = (this.part, this.settings.protocol);
        let Some((service, _)) = this.settings.calls else { return };
        self.end_call(service);
        if failed {
            self.not_delivered(notification, Refusal::Unavailable);
            return;
        }
        self.count_delivery(subscription);
        self.bill_notification(protocol);
        self.occur(part, Some(order), Happened::Delivered { attempt });
        self.take_effect(service, order, true);
    }

    /// What a delivery that leaves AWS is billed as (COST-08).
    pub(super) fn bill_notification(&mut self, protocol: Protocol) {
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
    }

    fn count_delivery(&mut self, index: SubscriptionId) {
        let this = &mut self.subscriptions[index];
        this.state.delivered += 1;
        this.state.under_way -= 1;
    }

    /// Schedules a retry of a copy, or gives it up if no retry is left or none can help (SNS-13).
    fn not_delivered(&mut self, notification: Notification, refusal: Refusal) {
        let Notification { subscription, shape, order, attempt } = notification;
        let this = &mut self.subscriptions[subscription];
        let (part, dlq) = (this.part, this.settings.dlq);
        let wait =
            notification_wait(this.settings.endpoint, attempt).filter(|_| refusal.is_retried());
        if let Some(wait) = wait {
            this.state.retrying += 1;
            self.occur(part, Some(order), Happened::DeliveryFailed { attempt });
            let again = Notification { attempt: attempt + 1, ..notification };
            self.agenda.enter(self.now + wait, Scheduled::Notify(again));
            return;
        }
        this.state.under_way -= 1;
        let matters = this.settings.to.is_some_and(|(target, _)| self.matters(target));
        let sent = self.give_up(part, (order, attempt), dlq, shape, matters);
        let this = &mut self.subscriptions[subscription];
        *(if sent { &mut this.state.sent_to_dlq } else { &mut this.state.dropped }) += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::id::Id;
    use crate::world::template::DETAIL;
    use crate::world::tests::{
        accept, break_part, measure, moments, names, pass, topic_line, world_of,
    };

    /// SNS-07: each subscription decides by its own filter.
    #[test]
    fn every_subscription_whose_filter_fits_gets_a_copy() {
        let picky = "[subscriptions.picky]\ntopic = 'news'\nprotocol = 'sqs'\nqueue = 'work'\n\
                     filter_policy_scope = 'MessageBody'\nfilter_policy = '{\"id\": [\"none\"]}'\n";
        let mut world = world_of(&format!("{}{picky}", topic_line()));
        let order = accept(&mut world);
        world.fan_out(Id::new(0), order, DETAIL);
        pass(&mut world, 2_000);
        assert_eq!(names(&world), ["published", "filtered", "delivered", "sent"]);
        let of = |name: &str| {
            ["copy", "picky"].map(|id| measure(&world, &format!("subscriptions.{id}.{name}")))
        };
        assert_eq!((of("delivered"), of("filtered_out")), ([1, 0], [0, 1]));
        assert_eq!(measure(&world, "topics.news.filtered_out"), 1);
    }

    /// SNS-10, SNS-13: what cannot help is not tried again.
    #[test]
    fn a_denial_is_dead_lettered_at_once_and_an_outage_is_sat_out() {
        let text = format!("{}dlq = 'dead'\n[queues.dead]\n", topic_line());
        for (kind, dead, delivered, retrying) in
            [(FaultKind::Deny, 1, 0, 0), (FaultKind::Outage, 0, 1, 5)]
        {
            let mut world = world_of(&text);
            break_part(&mut world, kind, "queues.work", 3);
            let order = accept(&mut world);
            world.fan_out(Id::new(0), order, DETAIL);
            pass(&mut world, 10_000);
            let of = |name: &str| measure(&world, &format!("subscriptions.copy.{name}"));
            assert_eq!((of("sent_to_dlq"), of("delivered"), of("dropped")), (dead, delivered, 0));
            assert!(moments(&world, "delivery-failed").len() >= retrying, "{kind:?}");
        }
    }

    /// SNS-17: a FIFO topic accepts a duplicate, and delivers nothing of it.
    #[test]
    fn a_fifo_topic_delivers_a_message_once_in_five_minutes() {
        let mut world = world_of(&topic_line());
        world.topics[Id::new(0)].settings.deduplicates = Some(By::Id);
        let order = accept(&mut world);
        for millis in [0, 299_000, 1_000] {
            pass(&mut world, millis);
            world.fan_out(Id::new(0), order, DETAIL);
        }
        assert_eq!(measure(&world, "topics.news.published"), 3);
        assert_eq!(measure(&world, "topics.news.deduplicated"), 1);
        assert_eq!(measure(&world, "subscriptions.copy.accepted"), 2);
    }

    #[test]
    fn the_type_of_a_topic_stays() {
        let world = world_of(&topic_line());
        let standard = world.topics[Id::new(0)].clone();
        let mut fifo = standard.clone();
        fifo.settings.deduplicates = Some(By::Content);
        assert_eq!(standard.objection_to(&standard), None);
        assert!(standard.objection_to(&fifo).is_some() && fifo.objection_to(&standard).is_some());
    }
}
