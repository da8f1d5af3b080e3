//! A redrive: what is in a DLQ goes on as new messages, each to the queue that gave it up (SQS-40 to
//! SQS-42), or all to one queue.

use super::{Location, Message, MessageId, Messages, Queue};

impl Queue {
    /// A redrive begins: what an earlier one has passed over is looked at again.
    pub fn begin_redrive(&mut self) {
        self.others.append(&mut self.aside);
    }

    /// Takes the first visible message out that `goes`, to be sent on as a new one. What does not is
    /// passed over, and stays in its place for whoever receives.
    pub fn redrive(
        &mut self,
        messages: &mut Messages,
        goes: &mut dyn FnMut(&Message) -> bool,
    ) -> Option<MessageId> {
        let ticket = if self.is_fifo() {
            self.groups.first(messages, goes)?
        } else {
            loop {
                let ticket = self.take_from_line(messages)?;
                let message = messages.get(ticket.id)?;
                if goes(message) {
                    break ticket;
                }
                self.aside.insert((message.position, ticket));
            }
        };
        self.take_out(ticket.id, messages);
        self.counters.redriven += 1;
        Some(ticket.id)
    }

    /// How many visible messages came from a queue that can have them back. Whoever sent the others
    /// here, EventBridge, a topic or a client, has not written down where they should go:
    /// `CouldNotDetermineMessageSource`.
    #[must_use]
    pub fn returnable(&self, messages: &Messages) -> u64 {
        let visible = self.all(messages).filter(|message| message.place == Location::Visible);
        visible.filter(|message| message.from.is_some()).count() as u64
    }
}
