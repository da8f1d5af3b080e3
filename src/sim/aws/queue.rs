//! A standard queue (SQS): what is visible, in flight, delayed, and what became of the rest.
//!
//! The queue decides nothing by itself: whoever calls it tells the time and enters the expiries it
//! answers with. Messages are numbers; their bodies are the orders' and stay elsewhere.

use std::collections::{BTreeSet, VecDeque};

use crate::sim::kernel::time::{Span, Time};

/// A message of a run. Automatic moves keep it (SQS-29); a redrive makes a new one (SQS-42).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MessageId(pub u32);

/// What a queue is set to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settings {
    pub visibility_timeout: Span,
    pub retention: Span,
    pub delay: Span,
    /// `None`: no redrive policy.
    pub max_receive_count: Option<u32>,
}

/// Where a message is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    Delayed,
    Visible,
    /// Lent out: handed back by the timeout unless it is deleted before.
    InFlight {
        until: Time,
    },
    /// Deleted, moved or expired.
    Gone,
}

/// A message as the queue keeps it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Message {
    pub order: u32,
    pub place: Place,
    /// Times it was handed out, across all queues (SQS-29). Also the number of the receipt that
    /// may delete it: only the latest can (SQS-23).
    pub receive_count: u32,
    /// Original enqueue time: retention counts from here, and for a standard queue a move does not
    /// reset it (SQS-33).
    pub enqueued: Time,
    /// When it came into the queue it is in: the age of a DLQ's oldest message counts from the move
    /// (SQS-35).
    pub arrived: Time,
}

/// How many messages went which way. Together with what is there now they add up to nothing: see
/// [`Queue::unaccounted`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counters {
    /// `SendMessage`, by a producer or a service.
    pub sent: u64,
    /// Copies that the service made by itself (SQS-01).
    pub copied: u64,
    /// Automatic moves from a source queue; not counted as sent (SQS-81).
    pub moved_in: u64,
    pub received: u64,
    pub deleted: u64,
    pub moved_out: u64,
    pub expired: u64,
    pub redriven: u64,
}

/// A queue at work.
#[derive(Debug, Clone)]
pub struct Queue {
    pub settings: Settings,
    pub counters: Counters,
    visible: VecDeque<MessageId>,
    in_flight: BTreeSet<(Time, MessageId)>,
    delayed: u64,
    /// What is left of the retention, soonest first.
    expiries: BTreeSet<(Time, MessageId)>,
}

/// What a receive did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Received {
    /// Handed out, in order.
    pub messages: Vec<MessageId>,
    /// Diverted to the DLQ instead, because this receive would have been one too many (SQS-26).
    pub diverted: Vec<MessageId>,
}

impl Queue {
    #[must_use]
    pub fn new(settings: Settings) -> Self {
        Self {
            settings,
            counters: Counters::default(),
            visible: VecDeque::new(),
            in_flight: BTreeSet::new(),
            delayed: 0,
            expiries: BTreeSet::new(),
        }
    }

    /// Takes a message in; answers when it becomes visible (now, or after the delay).
    pub fn enqueue(
        &mut self,
        now: Time,
        id: MessageId,
        message: &mut Message,
        delay: bool,
    ) -> Time {
        message.arrived = now;
        self.expiries.insert((message.enqueued + self.settings.retention, id));
        if delay && self.settings.delay > Span::ZERO {
            message.place = Place::Delayed;
            self.delayed += 1;
            return now + self.settings.delay;
        }
        message.place = Place::Visible;
        self.visible.push_back(id);
        now
    }

    /// The delay of a message is over.
    pub fn show(&mut self, id: MessageId, message: &mut Message) -> bool {
        if message.place != Place::Delayed {
            return false;
        }
        self.delayed -= 1;
        message.place = Place::Visible;
        self.visible.push_back(id);
        true
    }

    /// Hands out at most `most` messages. The receive that would be number `max_receive_count + 1`
    /// diverts the message instead: a move happens when somebody receives, not by a timer (SQS-27).
    pub fn receive(&mut self, now: Time, most: usize, messages: &mut [Message]) -> Received {
        let mut received = Received::default();
        let until = now + self.settings.visibility_timeout;
        while received.messages.len() < most {
            let Some(id) = self.visible.pop_front() else { break };
            let Some(message) = messages.get_mut(id.0 as usize) else { continue };
            if self.settings.max_receive_count.is_some_and(|most| message.receive_count >= most) {
                message.place = Place::Gone;
                self.expiries.remove(&(message.enqueued + self.settings.retention, id));
                self.counters.moved_out += 1;
                received.diverted.push(id);
                continue;
            }
            message.receive_count += 1;
            message.place = Place::InFlight { until };
            self.in_flight.insert((until, id));
            self.counters.received += 1;
            received.messages.push(id);
        }
        received
    }

    /// The visibility timeout of a receipt ran out; whether the message is visible again (SQS-24).
    pub fn hand_back(&mut self, id: MessageId, receipt: u32, message: &mut Message) -> bool {
        let Place::InFlight { until } = message.place else { return false };
        if message.receive_count != receipt {
            return false;
        }
        self.in_flight.remove(&(until, id));
        message.place = Place::Visible;
        self.visible.push_back(id);
        true
    }

    /// Deletes by receipt; an old receipt deletes nothing (SQS-23).
    pub fn delete(&mut self, id: MessageId, receipt: u32, message: &mut Message) -> bool {
        if message.receive_count != receipt || message.place == Place::Gone {
            return false;
        }
        self.take_out(id, message);
        self.counters.deleted += 1;
        true
    }

    /// Removes a message from wherever in the queue it is.
    fn take_out(&mut self, id: MessageId, message: &mut Message) {
        match message.place {
            Place::InFlight { until } => {
                self.in_flight.remove(&(until, id));
            }
            Place::Visible => self.visible.retain(|other| *other != id),
            Place::Delayed => self.delayed -= 1,
            Place::Gone => return,
        }
        self.expiries.remove(&(message.enqueued + self.settings.retention, id));
        message.place = Place::Gone;
    }

    /// Removes everything that is visible, to be sent on as new messages.
    pub fn drain(&mut self, messages: &mut [Message]) -> Vec<MessageId> {
        let ids: Vec<MessageId> = self.visible.drain(..).collect();
        for id in &ids {
            if let Some(message) = messages.get_mut(id.0 as usize) {
                message.place = Place::Gone;
                self.expiries.remove(&(message.enqueued + self.settings.retention, *id));
                self.counters.redriven += 1;
            }
        }
        ids
    }

    /// When the next message expires.
    #[must_use]
    pub fn next_expiry(&self) -> Option<Time> {
        self.expiries.first().map(|(at, _)| *at)
    }

    /// Removes one message whose retention is over.
    pub fn expire(&mut self, now: Time, messages: &mut [Message]) -> Option<MessageId> {
        let (at, id) = self.expiries.first().copied()?;
        if at > now {
            return None;
        }
        match messages.get_mut(id.0 as usize) {
            Some(message) if message.place != Place::Gone => self.take_out(id, message),
            _ => {
                self.expiries.remove(&(at, id));
            }
        }
        self.counters.expired += 1;
        Some(id)
    }

    #[must_use]
    pub fn visible(&self) -> u64 {
        self.visible.len() as u64
    }

    #[must_use]
    pub fn in_flight(&self) -> u64 {
        self.in_flight.len() as u64
    }

    #[must_use]
    pub fn delayed(&self) -> u64 {
        self.delayed
    }

    /// Messages lent out, the one that comes back first in front.
    pub fn lent(&self) -> impl Iterator<Item = (Time, MessageId)> + '_ {
        self.in_flight.iter().copied()
    }

    /// The message at the head.
    #[must_use]
    pub fn head(&self) -> Option<MessageId> {
        self.visible.front().copied()
    }

    /// Messages that came in and are nowhere: 0, or the model is wrong.
    #[must_use]
    pub fn unaccounted(&self) -> i64 {
        let Counters { sent, copied, moved_in, deleted, moved_out, expired, redriven, .. } =
            self.counters;
        let there = self.visible() + self.in_flight() + self.delayed();
        (sent + copied + moved_in) as i64
            - (there + deleted + moved_out + expired + redriven) as i64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Span = Span::from_secs(1);

    fn queue(max: Option<u32>) -> Queue {
        Queue::new(Settings {
            visibility_timeout: Span::from_secs(30),
            retention: Span::from_secs(60 * 60),
            delay: Span::ZERO,
            max_receive_count: max,
        })
    }

    fn send(queue: &mut Queue, messages: &mut Vec<Message>, now: Time) -> MessageId {
        let id = MessageId(messages.len() as u32);
        let mut message =
            Message { order: 0, place: Place::Gone, receive_count: 0, enqueued: now, arrived: now };
        queue.enqueue(now, id, &mut message, true);
        queue.counters.sent += 1;
        messages.push(message);
        id
    }

    #[test]
    fn with_max_n_a_message_is_handed_out_n_times_and_then_diverted() {
        for max in 1..5 {
            let mut queue = queue(Some(max));
            let mut messages = Vec::new();
            let id = send(&mut queue, &mut messages, Time::ZERO);
            let mut now = Time::ZERO;
            for receive in 1..=max {
                let received = queue.receive(now, 10, &mut messages);
                assert_eq!(received.messages, [id], "receive {receive} of {max}");
                now = now + Span::from_secs(30);
                assert!(queue.hand_back(id, receive, &mut messages[0]));
                assert_eq!(queue.unaccounted(), 0);
            }
            let last = queue.receive(now, 10, &mut messages);
            assert_eq!((last.messages.len(), last.diverted), (0, vec![id]));
            assert_eq!((queue.unaccounted(), messages[0].receive_count), (0, max));
        }
    }

    #[test]
    fn only_the_latest_receipt_deletes() {
        let mut queue = queue(None);
        let mut messages = Vec::new();
        let id = send(&mut queue, &mut messages, Time::ZERO);
        queue.receive(Time::ZERO, 1, &mut messages);
        queue.hand_back(id, 1, &mut messages[0]);
        queue.receive(Time::ZERO + SECOND, 1, &mut messages);
        assert!(!queue.delete(id, 1, &mut messages[0]), "the first receipt is old");
        assert!(queue.delete(id, 2, &mut messages[0]));
        assert!(!queue.delete(id, 2, &mut messages[0]));
        assert_eq!((queue.counters.deleted, queue.unaccounted()), (1, 0));
    }

    #[test]
    fn a_timeout_of_an_old_receipt_does_nothing() {
        let mut queue = queue(None);
        let mut messages = Vec::new();
        let id = send(&mut queue, &mut messages, Time::ZERO);
        queue.receive(Time::ZERO, 1, &mut messages);
        queue.hand_back(id, 1, &mut messages[0]);
        queue.receive(Time::ZERO, 1, &mut messages);
        assert!(!queue.hand_back(id, 1, &mut messages[0]));
        assert_eq!(queue.in_flight(), 1);
    }

    #[test]
    fn what_is_never_deleted_expires_wherever_it_is() {
        let mut queue = queue(None);
        let mut messages = Vec::new();
        for _ in 0..3 {
            send(&mut queue, &mut messages, Time::ZERO);
        }
        queue.receive(Time::ZERO, 1, &mut messages);
        let end = queue.next_expiry().unwrap();
        assert_eq!(end, Time::ZERO + Span::from_secs(3600));
        assert!(queue.expire(end - SECOND, &mut messages).is_none());
        let gone = std::iter::from_fn(|| queue.expire(end, &mut messages)).count();
        assert_eq!((gone, queue.unaccounted(), queue.visible() + queue.in_flight()), (3, 0, 0));
    }
}
