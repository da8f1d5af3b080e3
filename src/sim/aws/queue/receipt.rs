//! Deleting with a receipt, in the one way that the API and the pipeline both have (SQS-23).

use super::{Kind, Location, MessageId, Messages, Queue};

/// What came of a delete.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deletion {
    Deleted,
    /// The call succeeds, and the message is where it was: it was received again since.
    Ignored,
    /// Of a FIFO queue: the visibility timeout of this receipt is over, and the call fails.
    Expired,
}

impl Queue {
    /// Deletes a message of the queue with the receipt of its receive number `receipt`. A standard
    /// queue takes the last receipt also after its visibility timeout, while nobody else has
    /// received the message.
    pub fn delete(&mut self, id: MessageId, receipt: u32, messages: &mut Messages) -> Deletion {
        let Some(message) = messages.get(id).filter(|message| message.place != Location::Gone)
        else {
            return Deletion::Ignored;
        };
        let is_last = message.receive_count == receipt;
        let is_lent = is_last && matches!(message.place, Location::InFlight(_));
        match self.settings.kind {
            Kind::Fifo { .. } if !is_lent => Deletion::Expired,
            Kind::Standard if !is_last => Deletion::Ignored,
            Kind::Fifo { .. } | Kind::Standard => {
                self.take_out(id, messages);
                self.counters.deleted += 1;
                Deletion::Deleted
            }
        }
    }
}
