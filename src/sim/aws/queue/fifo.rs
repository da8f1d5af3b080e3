//! The groups of a FIFO queue: order within each, one loan of a group at a time, and whose turn it
//! is (SQS-64).

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::{Location, Message, Messages, Ticket};

#[derive(Debug, Clone, Default)]
pub struct Groups {
    all: BTreeMap<u32, Group>,
    /// Those whose first message can be lent, by their turn.
    ready: BTreeSet<(u64, u32)>,
    turns: u64,
    /// The group that a receive takes from, and how far it has come in it.
    current: Option<(u32, usize)>,
}

#[derive(Debug, Clone, Default)]
struct Group {
    /// Messages in order, those in flight included.
    line: VecDeque<Ticket>,
    turn: u64,
}

impl Groups {
    /// A message comes to the end of its group.
    pub fn join(&mut self, group: u32, ticket: Ticket) {
        let turns = &mut self.turns;
        let group = self.all.entry(group).or_insert_with(|| {
            *turns += 1;
            Group { line: VecDeque::new(), turn: *turns }
        });
        group.line.push_back(ticket);
    }

    /// A message is gone.
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

    /// Whether the group's first message can be lent may have changed.
    pub fn look(&mut self, group: u32, messages: &Messages) {
        let Some(this) = self.all.get(&group) else { return };
        let first = this.line.front().and_then(|ticket| messages.of(*ticket));
        if first.is_some_and(|message| message.place == Location::Visible) {
            self.ready.insert((this.turn, group));
        } else {
            self.ready.remove(&(this.turn, group));
        }
    }

    /// The next message to lend: as many as there are of one group before the next group is asked,
    /// and of each only what stands before the first that is out of sight.
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

    /// The first message that can be lent and `goes`, by the groups' turns; nothing is taken.
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

    /// A receive is over: groups that gave something are asked last the next time.
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

    /// How many groups have something to give.
    pub fn ready(&self) -> usize {
        self.ready.len()
    }
}
