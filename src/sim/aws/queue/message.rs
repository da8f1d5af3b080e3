//! Messages as numbers: where each is, and what the queues count on it.

use crate::kernel::pages::Pages;
use crate::kernel::time::{Span, Time};

/// A message. An automatic move to a DLQ keeps it (SQS-29); a redrive makes a new one (SQS-42).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MessageId(pub u32);

/// A message that may be gone by the time it is asked for: its number may belong to another then.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Ticket {
    pub id: MessageId,
    pub stamp: u32,
}

/// Where a message is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Location {
    /// Not yet received, and not to be before this time (SQS-54).
    Delayed(Time),
    Visible,
    /// Lent out until this time, unless it is deleted before.
    InFlight(Time),
    /// Deleted, moved, purged or expired.
    Gone,
}

/// A message as queues keep it: its body is its sender's business.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Message {
    /// Whose it is: an order, or the number of a body.
    pub order: u32,
    /// What its body looks like, where that makes a difference.
    pub shape: u16,
    /// Whether an order waits for it; of no concern to the queue.
    pub required: bool,
    /// `MessageGroupId` as a number.
    pub group: u32,
    pub place: Location,
    /// Times it was handed out, across all queues (SQS-29); also the number of its latest receipt.
    pub receive_count: u32,
    /// Where in its queue it stands.
    pub position: u64,
    /// Retention counts from here; for a standard queue a move does not reset it (SQS-33).
    pub enqueued: Time,
    /// When it came into the queue it is in: the age in a DLQ counts from the move (SQS-35).
    pub arrived: Time,
    /// When it was received last: twelve hours from here it must be back (SQS-22).
    pub received: Time,
    /// The queue that gave it up, by its owner's number: where a redrive returns it (SQS-40). Nobody
    /// knows one of what was sent here.
    pub from: Option<u16>,
    stamp: u32,
}

impl Message {
    /// Leaves its queue for another: what its old queue still knows of it is void.
    pub(super) fn leave(&mut self) {
        self.place = Location::Gone;
        self.stamp = self.stamp.wrapping_add(1);
    }
}

/// All messages of a run. Places of those that are gone are used again.
#[derive(Debug, Clone, Default)]
pub struct Messages {
    slots: Pages<Message>,
    free: Pages<MessageId>,
}

impl Messages {
    /// A new message that is in no queue yet.
    pub fn add(
        &mut self,
        order: u32,
        (shape, required): (u16, bool),
        group: u32,
        now: Time,
    ) -> MessageId {
        let mut message = Message {
            order,
            shape,
            required,
            group,
            place: Location::Gone,
            receive_count: 0,
            position: 0,
            enqueued: now,
            arrived: now,
            received: now,
            from: None,
            stamp: 0,
        };
        if let Some(id) = self.free.pop()
            && let Some(slot) = self.slots.get_mut(id.0 as usize)
        {
            message.stamp = slot.stamp.wrapping_add(1);
            *slot = message;
            return id;
        }
        self.slots.push(message);
        MessageId(self.slots.len() as u32 - 1)
    }

    #[must_use]
    pub fn get(&self, id: MessageId) -> Option<&Message> {
        self.slots.get(id.0 as usize)
    }

    pub(super) fn get_mut(&mut self, id: MessageId) -> Option<&mut Message> {
        self.slots.get_mut(id.0 as usize)
    }

    /// Forgets a message that is gone.
    pub fn forget(&mut self, id: MessageId) {
        if self.get(id).is_some_and(|message| message.place == Location::Gone) {
            self.free.push(id);
        }
    }

    #[must_use]
    pub fn ticket(&self, id: MessageId) -> Ticket {
        Ticket { id, stamp: self.get(id).map_or(0, |message| message.stamp) }
    }

    /// The message of a ticket, if it is still the same.
    #[must_use]
    pub fn of(&self, ticket: Ticket) -> Option<&Message> {
        self.get(ticket.id).filter(|message| message.stamp == ticket.stamp)
    }

    /// Bytes that all messages take, those included whose place is free, beside an earlier clone.
    #[must_use]
    pub fn bytes_beside(&self, before: Option<&Self>) -> usize {
        self.slots.bytes_beside(before.map(|before| &before.slots))
            + self.free.bytes_beside(before.map(|before| &before.free))
    }
}

/// How many messages went which way. Together with what is there now they add up to nothing: see
/// [`Queue::unaccounted`](super::Queue::unaccounted).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counters {
    /// `SendMessage`, by a producer or a service.
    pub sent: u64,
    /// Sends within the deduplication interval: accepted, and not kept (SQS-61).
    pub deduplicated: u64,
    /// Copies that the service made by itself (SQS-01).
    pub copied: u64,
    /// Automatic moves from a source queue; not counted as sent (SQS-81).
    pub moved_in: u64,
    pub received: u64,
    pub empty_receives: u64,
    pub deleted: u64,
    pub moved_out: u64,
    pub expired: u64,
    pub redriven: u64,
    pub purged: u64,
}

/// What a queue is set to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settings {
    pub kind: Kind,
    pub visibility_timeout: Span,
    pub retention: Span,
    pub delay: Span,
    /// `None`: no redrive policy.
    pub max_receive_count: Option<u32>,
}

/// Standard or FIFO, which cannot be changed later (SQS-60).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Standard,
    Fifo {
        /// Deduplication within each group instead of the queue (SQS-67).
        per_group: bool,
    },
}
