//! Message groups of a FIFO queue: their order, their locks, and their turns (SQS-64).

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::{Location, Message, Messages, Ticket};

/// The groups of one queue that have messages.
#[derive(Debug, Clone, Default)]
pub struct Groups {
    all: BTreeMap<u32, Group>,
    /// Groups whose first message can be received, by turn.
    ready: BTreeSet<(u64, u32)>,
    turns: u64,
    /// The group the current receive takes from, and its index in that group.
    current: Option<(u32, usize)>,
}

#[derive(Debug, Clone, Default)]
struct Group {
    /// Messages in order, including those in flight.
    line: VecDeque<Ticket>,
    turn: u64,
}

impl Groups {
    /// Appends a message to its group.
    pub fn join(&mut self, group: u32, ticket: Ticket) {
        let turns = &mut self.turns;
        let group = self.all.entry(group).or_insert_with(|| {
            *turns += 1;
            Group { line: VecDeque::new(), turn: *turns }
        });
        group.line.push_back(ticket);
    }

    /// Removes a message from its group.
    pub fn leave(&mut self, group: u32, ticket: Ticket) {
        let Some(this) = self.all.get_mut(&group) else { return };
        let Some(place) = this.line.iter().position(|other| *other == ticket) else { return };
        this.line.remove(place);
        if let Some((current, done)) = &mut self.current
            && *current == group
            && place < *done
        {
            *done -= 1;
        }
    }

    /// Re-evaluates whether the group's first message can be received.
    pub fn look(&mut self, group: u32, messages: &Messages) {
        let Some(this) = self.all.get(&group) else { return };
        let first = this.line.front().and_then(|ticket| messages.of(*ticket));
        if first.is_some_and(|message| message.place == Location::Visible) {
            self.ready.insert((this.turn, group));
        } else {
            self.ready.remove(&(this.turn, group));
        }
    }

    /// The next message to receive: a receive takes as many as possible from one group before the
    /// next, and only those before the group's first invisible message.
    pub fn candidate(&mut self, messages: &Messages) -> Option<Ticket> {
        loop {
            let (group, done) = match self.current {
                Some(current) => current,
                None => (self.ready.pop_first()?.1, 0),
            };
            let next = self.all.get(&group).and_then(|group| group.line.get(done).copied());
            let visible = |ticket: &Ticket| {
                messages.of(*ticket).is_some_and(|message| message.place == Location::Visible)
            };
            if let Some(ticket) = next.filter(visible) {
                self.current = Some((group, done + 1));
                return Some(ticket);
            }
            self.current = None;
        }
    }

    /// The first receivable message for which `goes` is true, by the groups' turns; takes nothing.
    pub fn first(
        &self,
        messages: &Messages,
        goes: &mut dyn FnMut(&Message) -> bool,
    ) -> Option<Ticket> {
        let ready = self.ready.iter().filter_map(|(_, group)| self.all.get(group));
        let mut visible = ready.flat_map(|group| {
            let line = group.line.iter().map(|ticket| (*ticket, messages.of(*ticket)));
            line.map_while(|(ticket, message)| Some((ticket, message?)))
                .take_while(|(_, message)| message.place == Location::Visible)
        });
        visible.find(|(_, message)| goes(message)).map(|(ticket, _)| ticket)
    }

    /// Ends a receive: groups that returned messages come last next time.
    pub fn settle(&mut self, gave: &[u32], messages: &Messages) {
        let left = self.current.take().map(|(group, _)| group);
        for group in gave {
            if let Some(this) = self.all.get_mut(group) {
                self.ready.remove(&(this.turn, *group));
                self.turns += 1;
                this.turn = self.turns;
            }
        }
        for group in gave.iter().copied().chain(left) {
            self.look(group, messages);
        }
    }

    /// Number of groups that have a message to return.
    pub fn ready(&self) -> usize {
        self.ready.len()
    }
}
