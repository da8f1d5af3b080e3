//! An SQS queue, standard or FIFO: what is visible, in flight and delayed, and what happened to the
//! rest.
//!
//! This file holds the rules only: messages are numbers, and their bodies stay with the sender. The
//! API (`aws::sqs`) and the pipeline both use it, so what the recorded cases show about one holds
//! for the other. The queue has no clock and no agenda: callers pass the time, and ask when to call
//! again.

mod deduplication;
mod fifo;
mod message;
mod receipt;
mod redrive;

use std::collections::BTreeSet;

pub use message::{Counters, Kind, Location, Message, MessageId, Messages, Settings, Ticket};

pub use deduplication::Deduplication;
pub use receipt::Deletion;

use self::fifo::Groups;
use crate::kernel::pages::Line;
use crate::kernel::time::{Span, Time};
use crate::kernel::timers::Timers;

/// Maximum number of messages in flight (SQS-10, SQS-11).
const IN_FLIGHT_MAX: u64 = 120_000;
/// A message is invisible for at most twelve hours after its receive (SQS-22).
pub const VISIBILITY_MAX: Span = Span::from_secs(43_200);
/// From this receive on, a message of a standard queue goes to the back and no longer counts for
/// the age (SQS-38, SQS-82).
pub const POISON_RECEIVES: u32 = 3;
/// Distance between the positions of two sends, so that a message can be placed between others.
const STRIDE: u64 = 64;

/// A queue and its messages.
#[derive(Debug, Clone)]
pub struct Queue {
    pub settings: Settings,
    pub counters: Counters,
    /// Messages of a standard queue in order of arrival.
    fresh: Line<(u64, Ticket)>,
    /// Messages out of that order: handed back, or overtaken.
    others: BTreeSet<(u64, Ticket)>,
    /// Those of `others` that the current redrive has passed over.
    aside: BTreeSet<(u64, Ticket)>,
    groups: Groups,
    position: u64,
    visible: u64,
    in_flight: u64,
    delayed: u64,
    delays: Timers<Ticket>,
    loans: Timers<Ticket>,
    expiries: Timers<Ticket>,
}

/// Result of a receive.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Received {
    /// Returned, in order.
    pub messages: Vec<MessageId>,
    /// Moved to the DLQ instead, because this receive would have exceeded `maxReceiveCount`
    /// (SQS-26).
    pub diverted: Vec<MessageId>,
    /// The in-flight limit is reached: a short poll would get `OverLimit` (SQS-10).
    pub over_limit: bool,
    /// The receiver had no room for the next message.
    pub was_cut: bool,
}

/// A change caused by time alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// A delay ended.
    Shown(MessageId),
    /// A visibility timeout ended: a failed receive (SQS-24).
    HandedBack(MessageId),
    /// The retention period ended, wherever in the queue the message was.
    Expired(MessageId),
}

impl Queue {
    /// Creates an empty queue.
    #[must_use]
    pub fn new(settings: Settings) -> Self {
        Self {
            settings,
            counters: Counters::default(),
            fresh: Line::default(),
            others: BTreeSet::new(),
            aside: BTreeSet::new(),
            groups: Groups::default(),
            position: 0,
            visible: 0,
            in_flight: 0,
            delayed: 0,
            delays: Timers::default(),
            loans: Timers::default(),
            expiries: Timers::default(),
        }
    }

    /// Whether the queue preserves order within a group (SQS-60).
    #[must_use]
    pub fn is_fifo(&self) -> bool {
        matches!(self.settings.kind, Kind::Fifo { .. })
    }

    /// Adds a message that becomes visible after `delay`. Up to `overtaken_by` later messages may
    /// be received before it, as the best-effort order of a standard queue allows (SQS-01).
    pub fn send(
        &mut self,
        now: Time,
        id: MessageId,
        delay: Span,
        overtaken_by: u64,
        messages: &mut Messages,
    ) {
        self.position += STRIDE;
        let overtaken_by = if self.is_fifo() { 0 } else { overtaken_by };
        let position = self.position + overtaken_by * STRIDE + u64::from(overtaken_by > 0);
        let ticket = messages.ticket(id);
        let Some(message) = messages.get_mut(id) else { return };
        message.arrived = now;
        message.position = position;
        let expires = message.enqueued + self.settings.retention;
        let group = message.group;
        self.expiries.set(expires, ticket);
        if self.is_fifo() {
            self.groups.join(group, ticket);
        }
        if delay > Span::ZERO {
            message.place = Location::Delayed(now + delay);
            self.delayed += 1;
            self.delays.set(now + delay, ticket);
        } else {
            message.place = Location::Visible;
            self.show(ticket, position, overtaken_by == 0);
        }
        self.look(group, messages);
    }

    /// Adds a message dead-lettered by another queue, whose number is `from`. The message keeps its
    /// receive count (SIM-01). In a standard queue its retention continues (SQS-33); in a FIFO
    /// queue it restarts (SQS-34).
    pub fn move_in(&mut self, now: Time, id: MessageId, from: u16, messages: &mut Messages) {
        let is_fifo = self.is_fifo();
        if let Some(message) = messages.get_mut(id) {
            message.from = Some(from);
            if is_fifo {
                message.enqueued = now;
            }
        }
        self.counters.moved_in += 1;
        self.send(now, id, Span::ZERO, 0, messages);
    }

    fn show(&mut self, ticket: Ticket, position: u64, in_order: bool) {
        self.visible += 1;
        if self.is_fifo() {
            return;
        }
        if in_order && self.fresh.back().is_none_or(|(last, _)| *last < position) {
            self.fresh.push_back((position, ticket));
        } else {
            self.others.insert((position, ticket));
        }
    }

    /// Re-evaluates whether a group of a FIFO queue has a message to return.
    fn look(&mut self, group: u32, messages: &Messages) {
        if self.is_fifo() {
            self.groups.look(group, messages);
        }
    }

    /// Time of the next change caused by time alone.
    pub fn next_change(&mut self, messages: &Messages) -> Option<Time> {
        self.delays.trim(|at, ticket| !is_at(messages, ticket, Location::Delayed(at)));
        self.loans.trim(|at, ticket| !is_at(messages, ticket, Location::InFlight(at)));
        self.expiries.trim(|_, ticket| !is_here(messages, ticket));
        let first = |timers: &Timers<Ticket>| timers.first().map(|(at, _)| at);
        [first(&self.delays), first(&self.loans), first(&self.expiries)].into_iter().flatten().min()
    }

    /// Applies new settings, after `settle`. Retention applies to messages already here (SQS-08),
    /// and so does the delay of a FIFO queue (SQS-53); the visibility timeout and the delay of a
    /// standard queue apply to later messages only.
    pub fn set(&mut self, settings: Settings, messages: &mut Messages) {
        if self.is_fifo() && settings.delay != self.settings.delay {
            self.delay_anew(settings.delay, messages);
        }
        if settings.retention != self.settings.retention {
            let here: Vec<Ticket> = self.expiries.iter().map(|(_, ticket)| ticket).collect();
            self.expiries = Timers::default();
            for ticket in here.into_iter().filter(|ticket| is_here(messages, *ticket)) {
                if let Some(message) = messages.of(ticket) {
                    self.expiries.set(message.enqueued + settings.retention, ticket);
                }
            }
        }
        self.settings = settings;
    }

    /// Applies a new delay to messages still delayed. That messages already shown stay visible is a
    /// *model assumption* (MA-queue-5).
    fn delay_anew(&mut self, delay: Span, messages: &mut Messages) {
        let delays = std::mem::take(&mut self.delays);
        let waiting: Vec<Ticket> = delays
            .iter()
            .filter(|(at, ticket)| is_at(messages, *ticket, Location::Delayed(*at)))
            .map(|(_, ticket)| ticket)
            .collect();
        for ticket in waiting {
            let Some(message) = messages.get_mut(ticket.id) else { continue };
            let shown = message.arrived + delay;
            message.place = Location::Delayed(shown);
            self.delays.set(shown, ticket);
        }
    }

    /// Performs the first change that is due by `now`; call it until it returns `None`. An expired
    /// message is not forgotten yet.
    pub fn settle(&mut self, now: Time, messages: &mut Messages) -> Option<Change> {
        if self.next_change(messages)? > now {
            return None;
        }
        // At one instant, expiry comes first, so that no message is shown only to expire.
        let due = |timers: &Timers<Ticket>| timers.first().filter(|(at, _)| *at <= now);
        if let Some((_, ticket)) = due(&self.expiries) {
            self.expiries.take();
            self.take_out(ticket.id, messages);
            self.counters.expired += 1;
            return Some(Change::Expired(ticket.id));
        }
        if let Some((_, ticket)) = due(&self.delays) {
            self.delays.take();
            let message = messages.get_mut(ticket.id)?;
            message.place = Location::Visible;
            let (position, group) = (message.position, message.group);
            self.delayed -= 1;
            self.show(ticket, position, true);
            self.look(group, messages);
            return Some(Change::Shown(ticket.id));
        }
        let (_, ticket) = due(&self.loans)?;
        self.loans.take();
        self.put_back(ticket, messages);
        Some(Change::HandedBack(ticket.id))
    }

    /// Makes a message in flight visible again. After three receives it goes to the back, where
    /// that rule applies (SQS-38, SIM-03), otherwise to its old position.
    fn put_back(&mut self, ticket: Ticket, messages: &mut Messages) {
        let goes_back = !self.is_fifo()
            && self.settings.max_receive_count.is_none_or(|most| most > POISON_RECEIVES);
        let Some(message) = messages.get_mut(ticket.id) else { return };
        message.place = Location::Visible;
        let to_the_back = goes_back && message.receive_count >= POISON_RECEIVES;
        if to_the_back {
            self.position += STRIDE;
            message.position = self.position;
        }
        let (position, group) = (message.position, message.group);
        self.in_flight -= 1;
        self.show(ticket, position, to_the_back);
        self.look(group, messages);
    }

    /// Returns at most `most` messages. Receive number `max_receive_count + 1` moves the message to
    /// the DLQ instead: the move happens at a receive, not by a timer (SQS-27).
    pub fn receive(
        &mut self,
        now: Time,
        most: usize,
        visibility: Span,
        messages: &mut Messages,
    ) -> Received {
        self.receive_while(now, (most, visibility), messages, &mut |_| true)
    }

    /// The same, stopping at the first message the receiver has no room for, which stays in its
    /// place.
    pub fn receive_while(
        &mut self,
        now: Time,
        (most, visibility): (usize, Span),
        messages: &mut Messages,
        has_room: &mut dyn FnMut(&Message) -> bool,
    ) -> Received {
        let mut received = Received::default();
        let mut touched = Vec::new();
        while received.messages.len() < most {
            if self.in_flight >= IN_FLIGHT_MAX {
                received.over_limit = true;
                break;
            }
            let Some(ticket) = self.candidate(messages) else { break };
            let Some(message) = messages.get_mut(ticket.id) else { continue };
            self.visible -= 1;
            let group = message.group;
            if self.settings.max_receive_count.is_some_and(|most| message.receive_count >= most) {
                message.leave();
                self.counters.moved_out += 1;
                received.diverted.push(ticket.id);
                self.groups.leave(group, ticket);
                continue;
            }
            if !has_room(message) {
                self.visible += 1;
                if !self.is_fifo() {
                    self.others.insert((message.position, ticket));
                }
                received.was_cut = true;
                break;
            }
            message.receive_count += 1;
            message.received = now;
            message.place = Location::InFlight(now + visibility);
            self.in_flight += 1;
            self.loans.set(now + visibility, ticket);
            self.counters.received += 1;
            received.messages.push(ticket.id);
            touched.push(group);
        }
        if self.is_fifo() {
            self.groups.settle(&touched, messages);
        }
        if visibility == Span::ZERO {
            for id in received.messages.clone() {
                let ticket = messages.ticket(id);
                self.put_back(ticket, messages);
            }
        }
        if received.messages.is_empty() && !received.was_cut {
            self.counters.empty_receives += 1;
        }
        received
    }

    /// The next message to return.
    fn candidate(&mut self, messages: &Messages) -> Option<Ticket> {
        if self.is_fifo() {
            return self.groups.candidate(messages);
        }
        while self.aside.first().is_some_and(|at| is_void(at, messages)) {
            self.aside.pop_first();
        }
        let next = self.in_line(messages);
        let passed = self.aside.first().map(|(position, _)| *position);
        match (next, passed) {
            (Some((next, ..)), Some(passed)) if next < passed => self.take_from_line(messages),
            (_, Some(_)) => self.aside.pop_first().map(|(_, ticket)| ticket),
            (_, None) => self.take_from_line(messages),
        }
    }

    /// The first message of a standard queue, except those a redrive has set aside.
    fn in_line(&mut self, messages: &Messages) -> Option<(u64, Ticket, bool)> {
        while self.fresh.front().is_some_and(|at| is_void(at, messages)) {
            self.fresh.pop_front();
        }
        while self.others.first().is_some_and(|at| is_void(at, messages)) {
            self.others.pop_first();
        }
        let (fresh, other) = (self.fresh.front(), self.others.first());
        let is_fresh = match (fresh, other) {
            (Some(fresh), Some(other)) => fresh.0 < other.0,
            (fresh, _) => fresh.is_some(),
        };
        let first = if is_fresh { fresh } else { other };
        first.map(|(position, ticket)| (*position, *ticket, is_fresh))
    }

    fn take_from_line(&mut self, messages: &Messages) -> Option<Ticket> {
        let (_, ticket, is_fresh) = self.in_line(messages)?;
        if is_fresh {
            self.fresh.pop_front();
        } else {
            self.others.pop_first();
        }
        Some(ticket)
    }

    /// `ChangeMessageVisibility`: the new timeout counts from now (SQS-21).
    pub fn change_visibility(
        &mut self,
        now: Time,
        id: MessageId,
        span: Span,
        messages: &mut Messages,
    ) {
        let ticket = messages.ticket(id);
        let Some(message) = messages.get_mut(id) else { return };
        let group = message.group;
        match message.place {
            Location::InFlight(_) if span == Span::ZERO => return self.put_back(ticket, messages),
            Location::InFlight(_) => {}
            Location::Visible if span > Span::ZERO => {
                self.visible -= 1;
                self.in_flight += 1;
            }
            _ => return,
        }
        message.place = Location::InFlight(now + span);
        self.loans.set(now + span, ticket);
        self.look(group, messages);
    }

    /// Removes a message, wherever in the queue it is.
    fn take_out(&mut self, id: MessageId, messages: &mut Messages) {
        let ticket = messages.ticket(id);
        let Some(message) = messages.get_mut(id) else { return };
        match message.place {
            Location::InFlight(_) => self.in_flight -= 1,
            Location::Visible => self.visible -= 1,
            Location::Delayed(_) => self.delayed -= 1,
            Location::Gone => return,
        }
        message.place = Location::Gone;
        let group = message.group;
        if self.is_fifo() {
            self.groups.leave(group, ticket);
            self.groups.look(group, messages);
        }
    }

    /// `PurgeQueue`: removes every message, those in flight included (SQS-12), and returns them.
    pub fn purge(&mut self, messages: &mut Messages) -> Vec<MessageId> {
        let here: Vec<Ticket> = self.expiries.iter().map(|(_, ticket)| ticket).collect();
        let here = here.into_iter().filter(|ticket| is_here(messages, *ticket));
        let purged: Vec<MessageId> = here.map(|ticket| ticket.id).collect();
        for id in &purged {
            self.take_out(*id, messages);
        }
        self.counters.purged += purged.len() as u64;
        purged
    }

    /// Messages that a receive could return now: `ApproximateNumberOfMessages`.
    #[must_use]
    pub fn visible(&self) -> u64 {
        self.visible
    }

    /// Messages received and not yet deleted or returned: `ApproximateNumberOfMessagesNotVisible`.
    #[must_use]
    pub fn in_flight(&self) -> u64 {
        self.in_flight
    }

    /// Messages whose delay has not ended: `ApproximateNumberOfMessagesDelayed`.
    #[must_use]
    pub fn delayed(&self) -> u64 {
        self.delayed
    }

    /// Groups whose first message can be received: the limit on a FIFO queue's further concurrency.
    #[must_use]
    pub fn groups_ready(&self) -> usize {
        self.groups.ready()
    }

    /// Messages in flight; those in the line come first, ordered by the end of their timeout.
    pub fn lent<'a>(
        &'a self,
        messages: &'a Messages,
    ) -> impl Iterator<Item = (Time, MessageId)> + 'a {
        let loans = self.loans.iter();
        let lent = loans.filter(|(at, ticket)| is_at(messages, *ticket, Location::InFlight(*at)));
        lent.map(|(at, ticket)| (at, ticket.id))
    }

    /// All messages of the queue, in no particular order.
    pub fn all<'a>(&'a self, messages: &'a Messages) -> impl Iterator<Item = &'a Message> + 'a {
        self.expiries
            .iter()
            .filter(|(_, ticket)| is_here(messages, *ticket))
            .filter_map(|(_, ticket)| messages.of(ticket))
    }

    /// `ApproximateAgeOfOldestMessage`: age since the message entered this queue (SQS-35). A
    /// standard queue ignores messages received three times or more (SQS-82).
    #[must_use]
    pub fn age_of_oldest(&self, now: Time, messages: &Messages) -> Span {
        let counts = |message: &&Message| {
            self.is_fifo() || message.receive_count < POISON_RECEIVES || self.counters.moved_in > 0
        };
        let here = self.all(messages).filter(counts);
        // If nothing was moved in, the line of expiries is in the order of arrival.
        let oldest = if self.counters.moved_in == 0 && self.expiries.is_in_line() {
            here.map(|message| message.arrived).next()
        } else {
            here.map(|message| message.arrived).min()
        };
        oldest.map_or(Span::ZERO, |oldest| now.since(oldest))
    }

    /// Messages that were sent but are nowhere. Anything but 0 is a bug in the model.
    #[must_use]
    pub fn unaccounted(&self) -> i64 {
        let c = &self.counters;
        let there = self.visible + self.in_flight + self.delayed;
        let came = c.sent + c.copied + c.moved_in;
        came as i64 - (there + c.deleted + c.moved_out + c.expired + c.redriven + c.purged) as i64
    }

    /// Recounts every message; returns a sentence if the totals differ.
    #[must_use]
    pub fn recount(&self, messages: &Messages) -> Option<String> {
        let (mut visible, mut in_flight, mut delayed) = (0, 0, 0);
        for message in self.all(messages) {
            match message.place {
                Location::Visible => visible += 1,
                Location::InFlight(_) => in_flight += 1,
                Location::Delayed(_) => delayed += 1,
                Location::Gone => {}
            }
        }
        let counted = (visible, in_flight, delayed);
        let known = (self.visible, self.in_flight, self.delayed);
        (counted != known).then(|| {
            format!(
                "visible, in flight and delayed are {counted:?} by count and {known:?} on record"
            )
        })
    }

    /// Bytes of the queue itself, in addition to [`Messages::bytes_beside`] and to an earlier
    /// clone.
    #[must_use]
    pub fn bytes_beside(&self, before: Option<&Self>) -> usize {
        self.fresh.bytes_beside(before.map(|before| &before.fresh))
            + (self.others.len() + self.aside.len()) * size_of::<(u64, Ticket)>()
            + self.delays.bytes_beside(before.map(|before| &before.delays))
            + self.loans.bytes_beside(before.map(|before| &before.loans))
            + self.expiries.bytes_beside(before.map(|before| &before.expiries))
    }
}

fn is_at(messages: &Messages, ticket: Ticket, place: Location) -> bool {
    messages.of(ticket).is_some_and(|message| message.place == place)
}

/// Whether the message at a position of a line has left that position.
fn is_void((position, ticket): &(u64, Ticket), messages: &Messages) -> bool {
    !messages
        .of(*ticket)
        .is_some_and(|message| message.place == Location::Visible && message.position == *position)
}

fn is_here(messages: &Messages, ticket: Ticket) -> bool {
    messages.of(ticket).is_some_and(|message| message.place != Location::Gone)
}

#[cfg(test)]
mod tests;
