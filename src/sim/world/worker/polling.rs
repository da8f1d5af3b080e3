//! Polling by workers. Empty polls are counted but not carried out, so the agenda has no entries for them.

use super::{Held, Step, TaskId, TaskState, Worker};
use crate::aws::billing::Item;
use crate::fault::FaultKind;
use crate::kernel::time::{Span, Time};
use crate::world::delivery::Access;
use crate::world::id::WorkerId;
use crate::world::{Happened, World};

/// Time from a message's receive to its arrival in the container.
const POLL: Span = Span::from_millis(200);
/// Pause of a worker between two short polls. Its length, and that each poll finds every visible message, are
/// *model assumptions* (MA-worker-2): on AWS a short poll queries only some of the servers, and may miss a
/// message (SQS-50).
const PAUSE: Span = Span::from_secs(1);

impl Worker {
    /// Duration of an empty poll.
    fn poll_takes(&self) -> Span {
        if self.settings.wait > Span::ZERO { self.settings.wait } else { PAUSE }
    }

    /// Returns the number of a task's empty polls since the last count.
    fn empty_polls(&mut self, place: usize, now: Time) -> u64 {
        let takes = self.poll_takes();
        let Some(task) = self.state.tasks.get_mut(place) else { return 0 };
        let count = now.since(task.polled).0 / takes.0.max(1);
        task.polled = task.polled + takes.times(count);
        count
    }
}

impl World {
    /// Lets idle tasks receive while there are messages: at once with a long poll (SIM-10), at the next poll
    /// with a short one.
    pub(in crate::world) fn poll(&mut self, index: WorkerId) {
        loop {
            if !self.finds_something(index) {
                return;
            }
            let worker = &self.workers[index];
            let is_long = worker.settings.wait > Span::ZERO;
            let free = |place: &usize| {
                let task = worker.state.tasks.get(*place);
                task.is_some_and(|task| task.state == TaskState::Idle && !task.asks)
            };
            let Some(place) = (0..worker.wanted()).find(free) else { return };
            if !is_long {
                self.ask_soon(index, place);
            } else if !self.receive_by(index, place) {
                return;
            }
        }
    }

    /// Whether a receive by this worker would return anything now.
    fn finds_something(&self, index: WorkerId) -> bool {
        let worker = &self.workers[index];
        let source = &self.queues[worker.settings.source.0];
        let rules = &source.rules;
        let is_closed = self.is_broken(FaultKind::Outage, source.part)
            || self.is_broken(FaultKind::WrongKey, source.part);
        self.may_poll(worker)
            && !is_closed
            && rules.visible() > 0
            && (!rules.is_fifo() || rules.groups_ready() > 0)
    }

    fn may_poll(&self, worker: &Worker) -> bool {
        worker.settings.receives == Access::FULL
            && !self.is_broken(FaultKind::Stop, worker.part)
            && !self.is_broken(FaultKind::Deny, worker.part)
    }

    /// Schedules a task's next short poll: at once, if it has just finished its work.
    fn ask_soon(&mut self, index: WorkerId, place: usize) {
        let now = self.now;
        let Some(task) = self.workers[index].state.tasks.get_mut(place) else { return };
        task.asks = true;
        let asleep = now.since(task.polled).0 % PAUSE.0;
        let at = if asleep == 0 { now } else { now + Span(PAUSE.0 - asleep) };
        let id = TaskId { worker: index, place: place as u16, stamp: task.stamp };
        self.enter_step(at, id, Step::Poll);
    }

    /// Performs a short poll.
    pub(super) fn short_poll(&mut self, id: TaskId) {
        let (index, place) = (id.worker, usize::from(id.place));
        if let Some(task) = self.task_of(id) {
            task.asks = false;
        }
        let wanted = self.workers[index].wanted();
        // Another task may have been quicker; then this poll is counted as an empty one.
        if place < wanted && self.finds_something(index) {
            self.receive_by(index, place);
        }
    }

    /// Receives for a task, which starts to work when the messages arrive. Returns whether the receive did
    /// anything: at the in-flight limit it does not (SQS-10).
    fn receive_by(&mut self, index: WorkerId, place: usize) -> bool {
        let now = self.now;
        self.count_empty(index, place);
        let worker = &self.workers[index];
        let ((queue, wire), most) = (worker.settings.source, worker.settings.most);
        let heartbeat = worker.settings.heartbeat;
        let source = &mut self.queues[queue];
        let part = source.part;
        let visibility = source.rules.settings.visibility_timeout;
        source.state.last_active = now;
        let received = source.rules.receive(now, most, visibility, &mut self.messages);
        self.count_receive(queue, &received.messages);
        let is_futile = received.messages.is_empty() && received.diverted.is_empty();
        let Some(task) = self.workers[index].state.tasks.get_mut(place) else { return false };
        task.polled = now;
        // Before any consumer is woken: this task has messages now.
        if !received.messages.is_empty() {
            task.state = TaskState::Busy;
            task.stamp = task.stamp.wrapping_add(1);
        }
        let id = TaskId { worker: index, place: place as u16, stamp: task.stamp };
        for message in received.diverted {
            self.dead_letter(queue, message);
        }
        let mut held = Vec::new();
        let mut arrives = now;
        for message in received.messages {
            let Some(known) = self.messages.get(message).copied() else { continue };
            let (order, receipt) = (known.order, known.receive_count);
            let refers = self.refers(known.shape, self.class(order));
            held.push(Held { order, ticket: self.messages.ticket(message), receipt, refers });
            self.occur(part, Some(order), Happened::Received { count: receipt });
            arrives = arrives.max(self.hop(wire, order, receipt, POLL));
        }
        if let Some(task) = self.task_of(id).filter(|_| !held.is_empty()) {
            (task.held, task.next) = (held, 0);
            self.enter_step(arrives, id, Step::Take);
            if let Some(every) = heartbeat {
                self.enter_step(now + every, id, Step::Beat);
            }
        }
        self.arm(queue);
        !is_futile
    }

    /// Counts and bills a task's empty polls so far (COST-04, SQS-51).
    fn count_empty(&mut self, index: WorkerId, place: usize) {
        let now = self.now;
        let worker = &mut self.workers[index];
        let (queue, _) = worker.settings.source;
        let count = worker.empty_polls(place, now);
        if count == 0 {
            return;
        }
        self.count_requests(queue, count);
        let queue = &mut self.queues[queue];
        queue.rules.counters.empty_receives += count;
        queue.state.last_active = now;
    }

    /// Once a minute: what polls in vain is counted, the containers are paid for, and their
    /// number follows the backlog.
    pub(in crate::world) fn minute_of_worker(&mut self, index: WorkerId) {
        let now = self.now;
        let worker = &self.workers[index];
        let may = self.may_poll(worker);
        let wanted = worker.wanted();
        self.bill.count(Item::ContainerMinutes, worker.paid() as u64);
        for place in 0..wanted {
            let task = self.workers[index].state.tasks.get_mut(place);
            let Some(task) = task.filter(|task| task.state == TaskState::Idle) else { continue };
            if may {
                self.count_empty(index, place);
            } else {
                task.polled = now;
            }
        }
        self.scale_tasks(index);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::id::Id;
    use crate::world::template::DETAIL;
    use crate::world::tests::{LINE, accept, break_part, measure, pass, world_of};

    fn hand(settings: &str) -> World {
        world_of(&format!("{LINE}[workers.hand]\nqueue = 'work'\ncalls = 'till'\n{settings}"))
    }

    fn received(world: &World) -> u64 {
        measure(world, "queues.work.received")
    }

    /// SIM-10, SQS-50.
    #[test]
    fn a_long_poll_finds_a_message_at_once_and_a_short_one_with_its_next_try() {
        for (settings, at_once) in [("wait_time_seconds = '20s'", 1), ("", 0)] {
            let mut world = hand(settings);
            pass(&mut world, 2_300);
            let order = accept(&mut world);
            world.send(Id::new(0), order, DETAIL);
            pass(&mut world, 699);
            assert_eq!(received(&world), at_once, "{settings}");
            pass(&mut world, 1);
            assert_eq!(received(&world), 1);
        }
    }

    /// COST-04, SQS-51: an empty receive is a request like any other.
    #[test]
    fn polls_that_find_nothing_are_counted_by_the_minute() {
        for (settings, empty) in [("wait_time_seconds = '20s'", 3), ("", 60)] {
            let mut world = hand(&format!("tasks = 2\n{settings}"));
            pass(&mut world, 120_000);
            assert_eq!(measure(&world, "queues.work.empty_receives"), 2 * 2 * empty, "{settings}");
            assert_eq!(measure(&world, "bill.sqs_requests"), 2 * 2 * empty);
            assert_eq!(measure(&world, "bill.container_minutes"), 4);
        }
    }

    #[test]
    fn who_is_stopped_or_kept_out_does_not_poll() {
        for (kind, path) in [
            (FaultKind::Stop, "workers.hand"),
            (FaultKind::Deny, "workers.hand"),
            (FaultKind::WrongKey, "queues.work"),
        ] {
            let mut world = hand("wait_time_seconds = '20s'");
            let order = accept(&mut world);
            break_part(&mut world, kind, path, 60);
            world.send(Id::new(0), order, DETAIL);
            pass(&mut world, 59_000);
            assert_eq!(received(&world), 0, "{kind:?}");
            pass(&mut world, 1_000);
            assert_eq!(received(&world), 1, "{kind:?} is over");
        }
    }

    /// SQS-05: ten at the most, and each task has its own.
    #[test]
    fn a_receive_takes_what_it_may_and_the_next_task_the_rest() {
        let mut world = hand("wait_time_seconds = '20s'\ntasks = 2\nmax_number_of_messages = 2");
        break_part(&mut world, FaultKind::Stop, "workers.hand", 1);
        for _ in 0..5 {
            let order = accept(&mut world);
            world.send(Id::new(0), order, DETAIL);
        }
        pass(&mut world, 1_000);
        assert_eq!((received(&world), measure(&world, "queues.work.visible")), (4, 1));
        let held: Vec<usize> =
            world.workers[Id::new(0)].state.tasks.iter().map(|task| task.held.len()).collect();
        assert_eq!(held, [2, 2]);
    }
}
