//! A pipe on a store's stream: records in the order of their commits, one batch at a time, tried again
//! until it is taken or given up (IDM-11).

use super::{Entry, Execution, PipeId, Record, Step};
use crate::kernel::time::{Span, Time};
use crate::world::delivery::Access;
use crate::world::template::DETAIL;
use crate::world::{Happened, Scheduled, World};

/// The longest wait between two tries of a batch: a *model assumption*, as is the doubling before it.
const WAIT_MAX: Span = Span::from_secs(60);

impl World {
    /// A record of an order is in the stream.
    pub(in crate::world) fn stream(&mut self, index: PipeId, order: u32) {
        let since = self.now;
        let pipe = &mut self.pipes[index];
        pipe.state.taken += 1;
        pipe.state.line.push_back(Entry { order, since });
        if self.matters(self.pipes[index].settings.target) {
            self.live(order);
        }
        self.poll_pipe(index);
    }

    /// The next batch, once the one before it is over: the model's stream has one shard.
    pub(super) fn read_stream(&mut self, index: PipeId) {
        loop {
            let pipe = &mut self.pipes[index];
            let gathering = pipe.state.gathering;
            let is_busy = pipe.state.open > 0 && gathering.is_none();
            if is_busy || pipe.state.line.is_empty() || pipe.settings.reads != Access::FULL {
                return;
            }
            let place = gathering.unwrap_or_else(|| pipe.open());
            self.fill_from_stream(index, place);
            self.gather_or_start(index, place);
        }
    }

    fn fill_from_stream(&mut self, index: PipeId, place: u32) {
        loop {
            let pipe = &mut self.pipes[index];
            let size = pipe.settings.batch_size;
            let held = pipe.batch_mut(place).map_or(size, |batch| batch.records.len());
            if held >= size {
                return;
            }
            let Some(Entry { order, since }) = pipe.state.line.pop_front() else { return };
            let (part, target) = (pipe.part, pipe.settings.target);
            let class = self.class(order);
            let pipe = &mut self.pipes[index];
            if pipe.takes(DETAIL, class) {
                let record = Record { order, shape: DETAIL, message: None, since };
                if let Some(batch) = pipe.batch_mut(place) {
                    batch.records.push(record);
                }
                continue;
            }
            pipe.state.filtered += 1;
            self.occur(part, Some(order), Happened::Filtered);
            if self.matters(target) {
                self.over(order, 0);
            }
        }
    }

    /// Tries what is left of a batch again later, or gives it up.
    pub(super) fn try_batch_again(&mut self, index: PipeId, place: u32) {
        let now = self.now;
        let pipe = &mut self.pipes[index];
        let (part, retries_max) = (pipe.part, pipe.settings.retries_max);
        let age_max = pipe.settings.age_max;
        let Some(batch) = pipe.batch_mut(place) else { return };
        let (attempt, stamp) = (batch.attempt, batch.stamp);
        let Some(first) = batch.records.first().copied() else { return };
        let wait = Span::from_secs(1 << attempt.min(7).saturating_sub(1)).min(WAIT_MAX);
        let is_too_old = is_past(now + wait, first.since, age_max);
        if retries_max.is_some_and(|most| attempt > most) || is_too_old {
            self.give_up_batch(index, place);
            return;
        }
        batch.attempt += 1;
        pipe.state.retries += 1;
        self.occur(part, Some(first.order), Happened::Retrying { attempt });
        let execution = Execution { pipe: index, place, stamp, step: Step::Enrich };
        self.agenda.enter(now + wait, Scheduled::Pipe(execution));
    }

    /// What is left of a batch goes to the DLQ, or nowhere. AWS sends where the records stand in the stream
    /// and not the records themselves; the model keeps the order to be found.
    fn give_up_batch(&mut self, index: PipeId, place: u32) {
        let pipe = &mut self.pipes[index];
        let (part, dlq, target) = (pipe.part, pipe.settings.dlq, pipe.settings.target);
        let Some(batch) = pipe.batch_mut(place) else { return };
        let (records, attempt) = (std::mem::take(&mut batch.records), batch.attempt);
        let matters = self.matters(target);
        for record in records {
            let what = (record.order, attempt);
            let sent = self.give_up(part, what, dlq, DETAIL, matters);
            let state = &mut self.pipes[index].state;
            *(if sent { &mut state.sent_to_dlq } else { &mut state.dropped }) += 1;
        }
        self.pipes[index].close(place);
    }
}

fn is_past(at: Time, since: Time, age_max: Span) -> bool {
    at.since(since) > age_max
}
