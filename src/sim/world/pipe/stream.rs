//! A pipe that reads a store's stream: it takes the records in commit order, one batch at a time, and retries
//! each batch until it is delivered or given up (IDM-11).

use super::{Entry, Execution, PipeId, Record, Settings, Step};
use crate::kernel::time::{Span, Time};
use crate::world::delivery::Access;
use crate::world::template::DETAIL;
use crate::world::{Happened, Scheduled, World};

/// Maximum delay between two attempts at a batch; it and the doubling up to it are *model assumptions*
/// (MA-pipe-3).
const WAIT_MAX: Span = Span::from_secs(60);

impl World {
    /// Adds the record of an order to the stream.
    pub(in crate::world) fn stream(&mut self, index: PipeId, order: u32) {
        let since = self.now;
        let pipe = &mut self.pipes[index];
        pipe.state.taken += 1;
        pipe.state.line.push_back(Entry { order, since });
        if self.pipes[index].settings.matters {
            self.live(order);
        }
        self.poll_pipe(index);
    }

    /// Starts the next batch once the previous one has ended: the model's stream has one shard.
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
            let (part, matters) = (pipe.part, pipe.settings.matters);
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
            if matters {
                self.over(order, 0);
            }
        }
    }

    /// Schedules a retry for the rest of a batch, or gives it up.
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

    /// Sends the rest of a batch to the DLQ, or drops it. AWS sends the position of the records in the
    /// stream, not the records themselves; the model sends the records, so that their orders can be found.
    fn give_up_batch(&mut self, index: PipeId, place: u32) {
        let pipe = &mut self.pipes[index];
        let Settings { dlq, matters, .. } = pipe.settings;
        let part = pipe.part;
        let Some(batch) = pipe.batch_mut(place) else { return };
        let (records, attempt) = (std::mem::take(&mut batch.records), batch.attempt);
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fault::FaultKind;
    use crate::world::id::Id;
    use crate::world::tests::{LINE, accept, break_part, measure, moments, pass, world_of};

    const RELAY: &str =
        "[pipes.relay]\nsource = 'stores.book'\ntarget = 'queues.work'\nbatch_size = 2\n";

    fn streamed(settings: &str, outage: u64, orders: u32) -> World {
        let line = LINE.replace("publishes_to = \"queues.work\"", "");
        let mut world = world_of(&format!("{line}{RELAY}{settings}"));
        if outage > 0 {
            break_part(&mut world, FaultKind::Outage, "queues.work", outage);
        }
        for _ in 0..orders {
            let order = accept(&mut world);
            world.stream(Id::new(0), order);
        }
        world
    }

    fn of(world: &World, name: &str) -> u64 {
        measure(world, &format!("pipes.relay.{name}"))
    }

    #[test]
    fn one_batch_is_under_way_and_the_others_wait_behind_it() {
        let mut world = streamed("", 0, 5);
        assert_eq!((of(&world, "running"), of(&world, "waiting")), (1, 4));
        pass(&mut world, 5_000);
        let delivered: Vec<_> =
            moments(&world, "delivered").into_iter().filter_map(|(_, order)| order).collect();
        assert_eq!(delivered, [0, 1, 2, 3, 4]);
        assert_eq!(measure(&world, "bill.pipes_requests"), 3, "batches of one, two and two");
    }

    /// IDM-11.
    #[test]
    fn a_batch_that_fails_waits_twice_as_long_each_time() {
        let mut world = streamed("", 20, 1);
        pass(&mut world, 60_000);
        let tries = moments(&world, "retrying");
        let waits: Vec<u64> =
            tries.windows(2).map(|pair| (pair[1].0 - pair[0].0) / 1_000).collect();
        assert_eq!(waits, [1, 2, 4, 8]);
        assert_eq!(of(&world, "delivered"), 1);
    }

    /// IDM-11.
    #[test]
    fn a_batch_is_given_up_after_its_retries_or_when_it_is_too_old() {
        for (settings, retries) in
            [("maximum_retry_attempts = 2\n", 2), ("maximum_record_age = '60s'\n", 5)]
        {
            let mut world = streamed(&format!("{settings}dlq = 'dead'\n[queues.dead]\n"), 3_600, 1);
            pass(&mut world, 300_000);
            assert_eq!(
                (of(&world, "retries"), of(&world, "sent_to_dlq")),
                (retries, 1),
                "{settings}"
            );
            assert_eq!((of(&world, "running"), of(&world, "dropped")), (0, 0));
        }
        assert_eq!([10, 11].map(|at| is_past(Time(at), Time(0), Span(10))), [false, true]);
    }

    #[test]
    fn what_no_filter_takes_is_in_no_batch() {
        let filter = r#"filters = ['{"dynamodb": {"NewImage": {"id": {"S": ["none"]}}}}']"#;
        let world = streamed(filter, 0, 2);
        assert_eq!(
            (of(&world, "filtered_out"), of(&world, "running"), of(&world, "waiting")),
            (2, 0, 0)
        );
    }
}
