//! Redrives: a DLQ's messages are sent on as new ones, each to its source queue (SQS-40 to SQS-42),
//! or all of them to one queue.

use super::{Location, Message, MessageId, Messages, Queue};

impl Queue {
    /// Starts a redrive, which considers again what an earlier one passed over.
    pub fn begin_redrive(&mut self) {
        self.others.append(&mut self.aside);
    }

    /// Removes the first visible message for which `goes` is true, to be sent on as a new one. The
    /// others are passed over and stay in place for any receiver.
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

    /// Number of visible messages that came from a queue that can take them back. EventBridge,
    /// topics and clients record no source, so a task fails on their messages with
    /// `CouldNotDetermineMessageSource`.
    #[must_use]
    pub fn returnable(&self, messages: &Messages) -> u64 {
        let visible = self.all(messages).filter(|message| message.place == Location::Visible);
        visible.filter(|message| message.from.is_some()).count() as u64
    }
}
