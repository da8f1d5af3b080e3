//! Messages as numbers: their location, and the counters of queues.

use crate::kernel::pages::Pages;
use crate::kernel::time::{Span, Time};

/// Id of a message. A move to a DLQ keeps it (SQS-29); a redrive creates a new one (SQS-42).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MessageId(pub u32);

/// An id with a stamp, for a message that may be gone, and its id reused, by the time it is looked
/// up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Ticket {
    pub id: MessageId,
    pub stamp: u32,
}

/// Location of a message within its queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Location {
    /// Not visible before this time (SQS-54).
    Delayed(Time),
    Visible,
    /// In flight until this time, unless deleted before.
    InFlight(Time),
    /// Deleted, moved, purged or expired.
    Gone,
}

/// A message as queues know it, without its body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Message {
    /// The order it belongs to, or the number of a body.
    pub order: u32,
    /// The shape of its body, where that makes a difference.
    pub shape: u16,
    /// Whether its order needs it to be complete; queues ignore it.
    pub required: bool,
    /// `MessageGroupId` as a number.
    pub group: u32,
    pub place: Location,
    /// Number of receives, across all queues (SQS-29); also the number of its latest receipt.
    pub receive_count: u32,
    /// Its position in the queue.
    pub position: u64,
    /// Start of its retention; in a standard queue, a move does not restart it (SQS-33).
    pub enqueued: Time,
    /// When it entered its current queue: the age in a DLQ counts from the move (SQS-35).
    pub arrived: Time,
    /// When it was last received: its timeout ends at most twelve hours later (SQS-22).
    pub received: Time,
    /// Number of the queue that dead-lettered it, to which a redrive returns it (SQS-40). `None`
    /// for a message that was sent here directly.
    pub from: Option<u16>,
    stamp: u32,
}

impl Message {
    /// Leaves its queue, which invalidates the queue's tickets for it.
    pub(super) fn leave(&mut self) {
        self.place = Location::Gone;
        self.stamp = self.stamp.wrapping_add(1);
    }
}

/// All messages of a run. The slots of messages that are gone are reused.
#[derive(Debug, Clone, Default)]
pub struct Messages {
    slots: Pages<Message>,
    free: Pages<MessageId>,
}

impl Messages {
    /// Adds a message that is in no queue yet.
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

    /// A message by its id; `None` only for an id of another run.
    #[must_use]
    pub fn get(&self, id: MessageId) -> Option<&Message> {
        self.slots.get(id.0 as usize)
    }

    pub(super) fn get_mut(&mut self, id: MessageId) -> Option<&mut Message> {
        self.slots.get_mut(id.0 as usize)
    }

    /// Frees the slot of a message that is gone.
    pub fn forget(&mut self, id: MessageId) {
        if self.get(id).is_some_and(|message| message.place == Location::Gone) {
            self.free.push(id);
        }
    }

    /// A ticket that stays valid until the message is gone or its slot is reused.
    #[must_use]
    pub fn ticket(&self, id: MessageId) -> Ticket {
        Ticket { id, stamp: self.get(id).map_or(0, |message| message.stamp) }
    }

    /// The message of a ticket, if its slot was not reused.
    #[must_use]
    pub fn of(&self, ticket: Ticket) -> Option<&Message> {
        self.get(ticket.id).filter(|message| message.stamp == ticket.stamp)
    }

    /// Bytes of all slots, free ones included, in addition to an earlier clone.
    #[must_use]
    pub fn bytes_beside(&self, before: Option<&Self>) -> usize {
        self.slots.bytes_beside(before.map(|before| &before.slots))
            + self.free.bytes_beside(before.map(|before| &before.free))
    }
}

/// Totals of a queue. With the messages present they balance: see
/// [`Queue::unaccounted`](super::Queue::unaccounted).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counters {
    /// `SendMessage`, by a producer or a service.
    pub sent: u64,
    /// Sends within the deduplication interval: accepted and dropped (SQS-61).
    pub deduplicated: u64,
    /// Copies made by the service itself (SQS-01).
    pub copied: u64,
    /// Automatic moves from a source queue; they do not count as sent (SQS-81).
    pub moved_in: u64,
    pub received: u64,
    pub empty_receives: u64,
    pub deleted: u64,
    pub moved_out: u64,
    pub expired: u64,
    pub redriven: u64,
    pub purged: u64,
}

/// Attributes of a queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settings {
    pub kind: Kind,
    pub visibility_timeout: Span,
    pub retention: Span,
    pub delay: Span,
    /// `None` without a redrive policy.
    pub max_receive_count: Option<u32>,
}

/// Type of a queue, which cannot change later (SQS-60).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Standard,
    Fifo {
        /// Whether deduplication applies within each group instead of the queue (SQS-67).
        per_group: bool,
    },
}
