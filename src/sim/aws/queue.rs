//! A queue (SQS), standard or FIFO: what is visible, in flight, delayed, and what became of the rest.
//!
//! Only the rules are here: messages are numbers, bodies stay with whoever sent them. The API
//! (`aws::sqs`) and the pipeline both stand on it, so that what the recorded cases say of one holds
//! for the other. The queue has no clock and no agenda: it is told the time, and says when it wants
//! to be asked again.

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

/// Messages in flight at the most (SQS-10, SQS-11).
const IN_FLIGHT_MAX: u64 = 120_000;
/// A message is out of sight for at most twelve hours after its receive (SQS-22).
pub const VISIBILITY_MAX: Span = Span::from_secs(43_200);
/// From this receive on a message of a standard queue goes to the back, and does not count for the
/// age (SQS-38, SQS-82).
pub const POISON_RECEIVES: u32 = 3;
/// Positions between two sends, so that one can be put between others.
const STRIDE: u64 = 64;

/// A queue at work.
#[derive(Debug, Clone)]
pub struct Queue {
    pub settings: Settings,
    pub counters: Counters,
    /// Of a standard queue, in the order in which they came.
    fresh: Line<(u64, Ticket)>,
    /// Those that are not where they would be in that order: handed back, or overtaken.
    others: BTreeSet<(u64, Ticket)>,
    /// Of those, what a redrive has passed over.
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

/// What a receive did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Received {
    /// Handed out, in order.
    pub messages: Vec<MessageId>,
    /// Diverted to the DLQ instead, because this receive would have been one too many (SQS-26).
    pub diverted: Vec<MessageId>,
    /// As many are in flight as can be: a short poll would get `OverLimit` (SQS-10).
    pub over_limit: bool,
    /// The receiver had no room for the next one.
    pub was_cut: bool,
}

/// What time alone did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// A delay is over.
    Shown(MessageId),
    /// A visibility timeout ran out: a failed receive (SQS-24).
    HandedBack(MessageId),
    /// A retention is over, wherever in the queue the message was.
    Expired(MessageId),
}

impl Queue {
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

    #[must_use]
    pub fn is_fifo(&self) -> bool {
        matches!(self.settings.kind, Kind::Fifo { .. })
    }

    /// Takes a message in, to be seen after `delay`. `overtaken_by` later ones may come before it,
    /// as the best-effort order of a standard queue allows (SQS-01).
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

    /// Takes a message that another queue gave up, `from` by its owner's number. It keeps its receive count (SIM-01) and, in a
    /// standard queue, its retention goes on (SQS-33); in a FIFO queue it begins anew (SQS-34).
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

    /// A FIFO queue asks anew whether a group has something to give.
    fn look(&mut self, group: u32, messages: &Messages) {
        if self.is_fifo() {
            self.groups.look(group, messages);
        }
    }

    /// When time alone will change something.
    pub fn next_change(&mut self, messages: &Messages) -> Option<Time> {
        self.delays.trim(|at, ticket| !is_at(messages, ticket, Location::Delayed(at)));
        self.loans.trim(|at, ticket| !is_at(messages, ticket, Location::InFlight(at)));
        self.expiries.trim(|_, ticket| !is_here(messages, ticket));
        let first = |timers: &Timers<Ticket>| timers.first().map(|(at, _)| at);
        [first(&self.delays), first(&self.loans), first(&self.expiries)].into_iter().flatten().min()
    }

    /// Sets it anew; time has done by now what it does. A retention holds for what is here already
    /// (SQS-08), and so does the delay of a FIFO queue (SQS-53); a visibility timeout and the delay of
    /// a standard queue do for what comes.
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

    /// What still waits for its delay waits for another. That what was shown already stays to be seen
    /// is a *model assumption*.
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

    /// The one thing that time alone did first, if it is due; to be asked until there is none.
    /// An expired message is not forgotten yet.
    pub fn settle(&mut self, now: Time, messages: &mut Messages) -> Option<Change> {
        if self.next_change(messages)? > now {
            return None;
        }
        // Of one instant: what expires first, so that nothing is shown to be gone at once.
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

    /// Makes a message visible again that was lent. After three receives it goes to the back where
    /// that rule holds (SQS-38, SIM-03), else to where it stood.
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

    /// Hands out at most `most` messages. The receive that would be number `max_receive_count + 1`
    /// diverts the message instead: a move happens when somebody receives, not by a timer (SQS-27).
    pub fn receive(
        &mut self,
        now: Time,
        most: usize,
        visibility: Span,
        messages: &mut Messages,
    ) -> Received {
        self.receive_while(now, (most, visibility), messages, &mut |_| true)
    }

    /// The same up to the first message that the receiver has no room for, which stays where it is.
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

    /// The next message to hand out.
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

    /// The first of a standard queue's messages, those aside left out.
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

    /// `ChangeMessageVisibility`: counts from now (SQS-21).
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

    /// Removes a message from wherever in the queue it is.
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

    /// `PurgeQueue`: everything, what is in flight too (SQS-12). Answers what was removed.
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

    #[must_use]
    pub fn visible(&self) -> u64 {
        self.visible
    }

    #[must_use]
    pub fn in_flight(&self) -> u64 {
        self.in_flight
    }

    #[must_use]
    pub fn delayed(&self) -> u64 {
        self.delayed
    }

    /// Groups with a message in flight, and so the most that a FIFO queue's consumers can do at once.
    #[must_use]
    pub fn groups_ready(&self) -> usize {
        self.groups.ready()
    }

    /// Messages lent out, those due first in front as far as they stand in line.
    pub fn lent<'a>(
        &'a self,
        messages: &'a Messages,
    ) -> impl Iterator<Item = (Time, MessageId)> + 'a {
        let loans = self.loans.iter();
        let lent = loans.filter(|(at, ticket)| is_at(messages, *ticket, Location::InFlight(*at)));
        lent.map(|(at, ticket)| (at, ticket.id))
    }

    /// All messages that are here, in no particular order.
    pub fn all<'a>(&'a self, messages: &'a Messages) -> impl Iterator<Item = &'a Message> + 'a {
        self.expiries
            .iter()
            .filter(|(_, ticket)| is_here(messages, *ticket))
            .filter_map(|(_, ticket)| messages.of(ticket))
    }

    /// `ApproximateAgeOfOldestMessage`: since the message came into this queue (SQS-35). A standard
    /// queue leaves out what was received three times and more (SQS-82).
    #[must_use]
    pub fn age_of_oldest(&self, now: Time, messages: &Messages) -> Span {
        let counts = |message: &&Message| {
            self.is_fifo() || message.receive_count < POISON_RECEIVES || self.counters.moved_in > 0
        };
        let here = self.all(messages).filter(counts);
        // Where nothing was moved in, the line of expiries is in the order of arrival.
        let oldest = if self.counters.moved_in == 0 && self.expiries.is_in_line() {
            here.map(|message| message.arrived).next()
        } else {
            here.map(|message| message.arrived).min()
        };
        oldest.map_or(Span::ZERO, |oldest| now.since(oldest))
    }

    /// Messages that came in and are nowhere: 0, or the model is wrong.
    #[must_use]
    pub fn unaccounted(&self) -> i64 {
        let c = &self.counters;
        let there = self.visible + self.in_flight + self.delayed;
        let came = c.sent + c.copied + c.moved_in;
        came as i64 - (there + c.deleted + c.moved_out + c.expired + c.redriven + c.purged) as i64
    }

    /// Whether counting every message gives what the counts say; a sentence if not.
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

    /// Bytes that the queue takes for its messages, beside [`Messages::bytes_beside`] and beside an
    /// earlier clone of it.
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

/// Whether what stands at a position of a line is not there any more.
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
