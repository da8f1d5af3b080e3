//! Deleting with a receipt, by one rule for the API and the pipeline (SQS-23).

use super::{Kind, Location, MessageId, Messages, Queue};

/// Result of a delete.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deletion {
    Deleted,
    /// The call succeeds and deletes nothing, because the message has been received again.
    Ignored,
    /// FIFO only: the receipt's visibility timeout has ended, and the call fails.
    Expired,
}

impl Queue {
    /// Deletes a message with the receipt of receive number `receipt`. A standard queue accepts the
    /// latest receipt even after its visibility timeout, as long as nobody else has received the
    /// message.
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
