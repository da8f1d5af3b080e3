//! Workers: containers that poll a queue themselves. Each task is a loop: it receives messages, works on them
//! one by one, and deletes those that it completes. The others return after their visibility timeout.

mod polling;
mod scaling;

use super::bucket::Fetch;
use super::delivery::Access;
use super::id::{IdOf, Numbered, QueueId, ServiceId, WorkerId};
use super::part::{Measure, Part};
use super::service::CallError;
use super::{Happened, PartId, PartKind, Scheduled, World};
use crate::aws::queue::{Location, Ticket, VISIBILITY_MAX};
use crate::design;
use crate::fault::FaultKind;
use crate::kernel::random::Purpose;
use crate::kernel::time::{Span, Time};
use crate::snapshot::{PartView, WorkerView};

pub(crate) use scaling::Scaling;

/// A worker in a run.
#[derive(Debug, Clone)]
pub(crate) struct Worker {
    pub part: PartId,
    pub key: u32,
    pub settings: Settings,
    pub state: State,
}

/// Settings of a worker in the design.
#[derive(Debug, Clone)]
pub(crate) struct Settings {
    /// Bit of a required part, or 0.
    pub required: u32,
    /// Queue that it polls, and the wire from it.
    pub source: (QueueId, u32),
    pub service: ServiceId,
    pub to_service: u32,
    /// Whether its role may receive, delete and extend (SEC-04).
    pub receives: Access,
    pub may_delete: bool,
    pub may_extend: bool,
    /// Access to the payloads that messages refer to.
    pub fetch: Option<Fetch>,
    pub most: usize,
    /// Wait time of a receive; 0 for a short poll (SQS-50).
    pub wait: Span,
    pub work: Span,
    pub timeout: Span,
    pub heartbeat: Option<Span>,
    pub sends_key: bool,
    /// Tasks that a run begins with.
    pub wanted: usize,
    /// How their number follows the backlog, if it does.
    pub scaling: Option<Scaling>,
}

/// State of a worker during a run.
#[derive(Debug, Clone, Default)]
pub(crate) struct State {
    pub tasks: Vec<Task>,
    /// Attempts at the work of a message, and their outcomes.
    pub attempts: u64,
    pub done: u64,
    pub failed: u64,
    pub crashes: u64,
    /// Deletes without effect, because another consumer had received the message since (SQS-23).
    pub late_deletes: u64,
    /// Calls of `ChangeMessageVisibility`.
    pub heartbeats: u64,
    /// The number of tasks that the last scaling chose.
    pub desired: Option<u32>,
    /// The last time that tasks were added, and taken away.
    pub scaled_out: Option<Time>,
    pub scaled_in: Option<Time>,
}

/// A task: one of the worker's containers.
#[derive(Debug, Clone)]
pub(crate) struct Task {
    pub state: TaskState,
    /// Number that changes with the messages it holds; entries with an earlier one are void.
    pub stamp: u32,
    pub held: Vec<Held>,
    /// The message being worked on.
    pub next: usize,
    /// Call in progress: its end, if it ever ends, and whether it succeeds.
    pub calling: Option<(Option<Time>, bool)>,
    /// Instant up to which its empty polls have been counted.
    pub polled: Time,
    /// Whether its next short poll is in the agenda.
    pub asks: bool,
}

/// Activity of a task.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TaskState {
    /// Polling its queue.
    Idle,
    Busy,
    /// Waiting for the replacement of a container that died.
    Starting,
    /// Added by a scale-out, and not there yet.
    Ordered,
}

/// A message that a task holds.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Held {
    pub order: u32,
    pub ticket: Ticket,
    pub receipt: u32,
    /// Whether it refers to its payload instead of carrying it.
    pub refers: bool,
}

/// Place of a task, with a stamp: void once the task's stamp has changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TaskId {
    pub worker: WorkerId,
    pub place: u16,
    pub stamp: u32,
}

/// Next step of a task.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    /// It performs a short poll.
    Poll,
    /// It takes the next message that it holds.
    Take,
    /// It has finished its own work, and calls its service.
    Call,
    /// The service answers.
    Answered(Option<CallError>),
    /// It stops waiting for the service.
    GiveUp,
    /// It gives up a message that it cannot process.
    Refuse,
    /// It sends a heartbeat.
    Beat,
    /// The successor of one that died is there, or one that was added.
    Started,
}

/// Time that a worker takes to see that an order is poison.
const GLANCE: Span = Span::from_millis(60);
const CALL_HOP: Span = Span::from_millis(1);
/// Until a container that died has a successor, and one that is added is there: a *model assumption*
/// (MA-worker-3).
const START: Span = Span::from_secs(30);

impl Task {
    /// Creates an idle task.
    pub fn new(now: Time) -> Self {
        Self {
            state: TaskState::Idle,
            stamp: 0,
            held: Vec::new(),
            next: 0,
            calling: None,
            polled: now,
            asks: false,
        }
    }
}

impl Worker {
    /// Number of tasks in a state.
    pub fn in_state(&self, state: TaskState) -> usize {
        self.state.tasks.iter().filter(|task| task.state == state).count()
    }
}

impl Numbered for Worker {
    type Design = design::Worker;
}

impl Part for Worker {
    const KIND: PartKind = PartKind::Worker;

    const COLUMNS: &[&str] =
        &["tasks", "attempts", "done", "failed", "crashes", "late_deletes", "heartbeats"];

    const MEASURES: &'static [Measure<Self>] = &[
        ("tasks", |_, w| w.running() as u64 as f64),
        ("busy", |_, w| w.in_state(TaskState::Busy) as u64 as f64),
        ("attempts", |_, w| w.state.attempts as f64),
        ("done", |_, w| w.state.done as f64),
        ("failed", |_, w| w.state.failed as f64),
        ("crashes", |_, w| w.state.crashes as f64),
        ("late_deletes", |_, w| w.state.late_deletes as f64),
        ("heartbeats", |_, w| w.state.heartbeats as f64),
        ("desired_tasks", |_, w| w.wanted() as u64 as f64),
    ];

    fn part(&self) -> Option<PartId> {
        Some(self.part)
    }

    fn view(&self, world: &World, _: IdOf<Self>) -> Option<PartView> {
        let view = WorkerView {
            tasks: self.running() as u32,
            busy: self.in_state(TaskState::Busy) as u32,
            starting: self.in_state(TaskState::Starting) as u32,
            ordered: self.in_state(TaskState::Ordered) as u32,
            done: self.state.done,
            failed: self.state.failed,
            late_deletes: self.state.late_deletes,
            stopped: world.is_broken(FaultKind::Stop, self.part),
        };
        Some(PartView::Worker(view))
    }

    fn broken_invariant(&self, world: &World) -> Option<String> {
        let at_work = |task: &&Task| task.state == TaskState::Busy && task.next < task.held.len();
        let State { attempts, done, failed, crashes, .. } = self.state;
        let arriving = attempts - done - failed - crashes;
        let hands = self.state.tasks.iter().filter(at_work).count() as u64;
        (arriving > hands).then(|| {
            format!("{} has {arriving} open attempts, and {hands} busy tasks", self.path(world))
        })
    }

    fn retune(&mut self, new: Self, world: &mut World) {
        let was = self.wanted();
        // Who sets another number of tasks sets the service's own, as `UpdateService` does.
        if new.settings.scaling.is_none() || new.settings.wanted != self.settings.wanted {
            self.state.desired = None;
        }
        self.settings = new.settings;
        self.staff(was, world.now);
    }

    fn resume(world: &mut World, id: IdOf<Self>) {
        world.poll(id);
    }
}

impl World {
    /// Task with an id; `None` if its stamp has changed.
    pub(super) fn task_of(&mut self, id: TaskId) -> Option<&mut Task> {
        self.workers[id.worker]
            .state
            .tasks
            .get_mut(usize::from(id.place))
            .filter(|task| task.stamp == id.stamp)
    }

    fn held(&mut self, id: TaskId) -> Option<Held> {
        self.task_of(id).and_then(|task| task.held.get(task.next).copied())
    }

    /// Schedules a step of a task.
    pub(super) fn enter_step(&mut self, at: Time, task: TaskId, step: Step) {
        self.agenda.enter(at, Scheduled::Task { task, step });
    }

    /// Performs a step of a task, unless the step is void.
    pub(super) fn step_task(&mut self, id: TaskId, step: Step) {
        if self.task_of(id).is_none() {
            return;
        }
        match step {
            Step::Poll => self.short_poll(id),
            Step::Take => self.take_next(id),
            Step::Call => self.call_for(id),
            Step::Answered(error) => self.answered_task(id, error),
            Step::GiveUp => self.give_up_call(id),
            Step::Refuse => self.work_failed(id),
            Step::Beat => self.beat(id),
            Step::Started => self.rest(id),
        }
    }

    /// Starts work on the next message that the task holds, or polls again if there is none.
    fn take_next(&mut self, id: TaskId) {
        let Some(held) = self.held(id) else { return self.rest(id) };
        let Held { order, receipt, .. } = held;
        let now = self.now;
        let worker = &mut self.workers[id.worker];
        let (part, key, work) = (worker.part, worker.key, worker.settings.work);
        worker.state.attempts += 1;
        self.occur(part, Some(order), Happened::WorkBegan { receipt });
        let poison = Some(part.0 as u16);
        if self.orders.get(order as usize).is_some_and(|order| order.poisons == poison) {
            self.occur(part, Some(order), Happened::Unprocessable);
            return self.enter_step(now + GLANCE, id, Step::Refuse);
        }
        let mut span = self.chance.around(work, (key, order, receipt), Purpose::Latency);
        if self.is_broken(FaultKind::Slow, part) {
            span = span.times(self.slowness(part));
        }
        let mut begins = now;
        if let Some(fetch) = self.workers[id.worker].settings.fetch.filter(|_| held.refers) {
            let fetched = self.fetch_payload(fetch, order, receipt);
            begins = now + fetched.takes;
            if !fetched.is_found {
                return self.enter_step(begins, id, Step::Refuse);
            }
        }
        self.enter_step(begins + span, id, Step::Call);
    }

    fn call_for(&mut self, id: TaskId) {
        let Some(Held { order, receipt, .. }) = self.held(id) else { return };
        let worker = &self.workers[id.worker];
        let (service, wire, part) =
            (worker.settings.service, worker.settings.to_service, worker.part);
        let gives_up = self.now + worker.settings.timeout;
        if self.fails_by_chance(FaultKind::Errors, part, order, receipt) {
            return self.work_failed(id);
        }
        // The keys of chance differ from those of a function with the same order.
        let turn =
            receipt.saturating_mul(64).saturating_add(32 + u32::from(id.worker.number()) % 32);
        let call = self.begin_call(service, order, turn);
        let ends = call.takes.map(|takes| self.now + takes);
        self.hop(wire, order, receipt, call.takes.unwrap_or(GLANCE).max(CALL_HOP));
        if let Some(task) = self.task_of(id) {
            task.calling = Some((ends, call.error.is_none()));
        }
        match ends.filter(|ends| *ends <= gives_up) {
            Some(ends) => self.enter_step(ends, id, Step::Answered(call.error)),
            None => self.enter_step(gives_up, id, Step::GiveUp),
        }
    }

    fn answered_task(&mut self, id: TaskId, error: Option<CallError>) {
        let Some(Held { order, .. }) = self.held(id) else { return };
        let worker = &self.workers[id.worker];
        let (service, part, with_key) =
            (worker.settings.service, worker.part, worker.settings.sends_key);
        self.end_call(service);
        if let Some(task) = self.task_of(id) {
            task.calling = None;
        }
        if let Some(error) = error {
            self.call_failed(service, order, error);
            return self.work_failed(id);
        }
        self.take_effect(service, order, with_key);
        if self.is_broken(FaultKind::Crash, part) {
            // The side effect has happened, but nothing has recorded it.
            self.occur(part, Some(order), Happened::Crashed);
            return self.crash(id);
        }
        self.complete(id);
    }

    /// Stops waiting for the service; the call goes on.
    fn give_up_call(&mut self, id: TaskId) {
        let Some(Held { order, .. }) = self.held(id) else { return };
        let worker = &self.workers[id.worker];
        let (service, with_key) = (worker.settings.service, worker.settings.sends_key);
        let calling = self.task_of(id).and_then(|task| task.calling.take());
        if let Some((ends, succeeds)) = calling {
            self.call_failed(service, order, CallError::Timeout);
            self.abandon(service, order, ends, succeeds, with_key);
        }
        self.work_failed(id);
    }

    /// Completes the work, and deletes the message if the task's receipt is still valid.
    fn complete(&mut self, id: TaskId) {
        let Some(Held { order, ticket, receipt, .. }) = self.held(id) else { return };
        let worker = &mut self.workers[id.worker];
        worker.state.done += 1;
        let (part, required, may_delete) =
            (worker.part, worker.settings.required, worker.settings.may_delete);
        let (queue, _) = worker.settings.source;
        if required != 0 {
            self.change(order, |order| order.done |= required);
        }
        if may_delete {
            self.count_requests(queue, 1);
            if !self.delete(queue, ticket, receipt, Some(required)) {
                self.occur(part, Some(order), Happened::DeletedTooLate { receipt });
                self.workers[id.worker].state.late_deletes += 1;
            }
        }
        if let Some(task) = self.task_of(id) {
            task.next += 1;
        }
        self.take_next(id);
    }

    /// Fails the work: the message returns when its visibility timeout ends. With a FIFO queue, the task
    /// leaves the rest of its messages as well, so that they do not overtake the failed one.
    fn work_failed(&mut self, id: TaskId) {
        let Some(Held { order, receipt, .. }) = self.held(id) else { return };
        let worker = &mut self.workers[id.worker];
        worker.state.failed += 1;
        let (part, (queue, _)) = (worker.part, worker.settings.source);
        self.occur(part, Some(order), Happened::WorkFailed { receipt });
        let is_fifo = self.queues[queue].rules.is_fifo();
        if let Some(task) = self.task_of(id) {
            task.next = if is_fifo { task.held.len() } else { task.next + 1 };
        }
        self.take_next(id);
    }

    /// Kills the container, with all the messages it holds.
    fn crash(&mut self, id: TaskId) {
        let at = self.now + START;
        self.workers[id.worker].state.crashes += 1;
        let Some(task) = self.task_of(id) else { return };
        task.state = TaskState::Starting;
        task.stamp = task.stamp.wrapping_add(1);
        task.held.clear();
        task.next = 0;
        let id = TaskId { stamp: task.stamp, ..id };
        self.enter_step(at, id, Step::Started);
    }

    /// Makes a task without messages idle, and polls again.
    fn rest(&mut self, id: TaskId) {
        let now = self.now;
        let Some(task) = self.task_of(id) else { return };
        task.state = TaskState::Idle;
        // Heartbeats for its former messages are void.
        task.stamp = task.stamp.wrapping_add(1);
        task.held.clear();
        (task.next, task.asks, task.polled) = (0, false, now);
        self.poll(id.worker);
    }

    /// Sends one batch of `ChangeMessageVisibility` for all messages that the task still holds: the queue's
    /// visibility timeout starts again now (SQS-21), within twelve hours of the receive (SQS-22). Messages
    /// that another consumer has received since are not extended.
    fn beat(&mut self, id: TaskId) {
        let now = self.now;
        let worker = &self.workers[id.worker];
        let (part, (queue, _), may) =
            (worker.part, worker.settings.source, worker.settings.may_extend);
        let Some(every) = worker.settings.heartbeat else { return };
        self.enter_step(now + every, id, Step::Beat);
        let held: Vec<Held> = self
            .task_of(id)
            .map(|task| task.held.get(task.next..).unwrap_or_default().to_vec())
            .unwrap_or_default();
        if !may {
            return;
        }
        let source = &mut self.queues[queue];
        let span = source.rules.settings.visibility_timeout;
        let mut extended = None;
        for Held { order, ticket, receipt, .. } in held {
            let Some(message) = self.messages.of(ticket) else { continue };
            let is_mine = message.receive_count == receipt;
            let is_lent = matches!(message.place, Location::InFlight(_));
            if is_mine && is_lent && now + span <= message.received + VISIBILITY_MAX {
                source.rules.change_visibility(now, ticket.id, span, &mut self.messages);
                extended.get_or_insert(order);
            }
        }
        source.state.last_active = now;
        self.workers[id.worker].state.heartbeats += 1;
        self.count_requests(queue, 1);
        if let Some(order) = extended {
            self.occur(part, Some(order), Happened::Extended { seconds: span.as_secs() as u32 });
        }
        self.arm(queue);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::id::Id;
    use crate::world::template::DETAIL;
    use crate::world::tests::{
        LINE, accept, break_part, measure, moments, names, number, pass, world_of,
    };

    fn hand(settings: &str) -> World {
        let worker = "[workers.hand]\nqueue = 'work'\ncalls = 'till'\nwait_time_seconds = '20s'\n";
        let mut world = world_of(&format!("{LINE}{worker}{settings}"));
        accept(&mut world);
        world
    }

    fn of(world: &World, name: &str) -> u64 {
        measure(world, &format!("workers.hand.{name}"))
    }

    /// SQS-23: who takes longer than the visibility timeout deletes nothing.
    #[test]
    fn a_delete_with_the_receipt_of_an_earlier_receive_comes_too_late() {
        let mut world = hand("tasks = 2\nwork = '20s'\n");
        world.queues[Id::new(0)].rules.settings.visibility_timeout = Span::from_secs(5);
        world.send(Id::new(0), 0, DETAIL);
        pass(&mut world, 60_000);
        assert!(names(&world).contains(&"deleted-too-late"));
        assert!(of(&world, "late_deletes") >= 1);
    }

    /// SQS-21: a heartbeat keeps it away from the others.
    #[test]
    fn a_heartbeat_hides_the_message_until_the_work_is_done() {
        let mut world = hand("tasks = 2\nwork = '20s'\nheartbeat = '3s'\n");
        world.queues[Id::new(0)].rules.settings.visibility_timeout = Span::from_secs(5);
        world.send(Id::new(0), 0, DETAIL);
        pass(&mut world, 90_000);
        assert_eq!(
            (of(&world, "attempts"), of(&world, "done"), of(&world, "late_deletes")),
            (1, 1, 0)
        );
        let beats = moments(&world, "extended");
        assert_eq!((beats[0].0, beats[1].0), (3_000, 6_000));
        assert_eq!(beats.len() as u64, of(&world, "heartbeats"));
    }

    #[test]
    fn a_container_that_dies_did_its_work_and_has_a_successor_after_half_a_minute() {
        let mut world = hand("");
        break_part(&mut world, FaultKind::Crash, "workers.hand", 10);
        world.send(Id::new(0), 0, DETAIL);
        pass(&mut world, 5_000);
        assert_eq!((of(&world, "crashes"), of(&world, "done")), (1, 0));
        assert_eq!(measure(&world, "ledger.charges"), 1);
        assert_eq!(world.workers[Id::new(0)].in_state(TaskState::Starting), 1);
        pass(&mut world, 60_000);
        let (crashed, again) = (moments(&world, "crashed")[0].0, moments(&world, "received")[1].0);
        assert!(again >= crashed + 30_000, "{crashed} {again}");
        assert_eq!((of(&world, "done"), measure(&world, "ledger.duplicate_charges")), (1, 1));
    }

    /// Of a FIFO queue nothing overtakes what failed.
    #[test]
    fn after_a_failure_the_rest_of_the_hand_is_done_unless_the_queue_keeps_the_order() {
        for (fifo, done) in [(false, 2), (true, 0)] {
            let mut world = hand("max_number_of_messages = 10\n");
            let text = format!("{LINE}fifo_queue = {fifo}\n");
            world.queues[Id::new(0)].rules = world_of(&text).queues[Id::new(0)].rules.clone();
            let part = number(&world, "workers.hand").0 as u16;
            world.orders.get_mut(0).unwrap().poisons = Some(part);
            break_part(&mut world, FaultKind::Stop, "workers.hand", 1);
            for _ in 0..2 {
                accept(&mut world);
            }
            for order in 0..3 {
                world.send(Id::new(0), order, DETAIL);
            }
            pass(&mut world, 10_000);
            assert_eq!((of(&world, "failed"), of(&world, "done")), (1, done), "fifo: {fifo}");
        }
    }

    #[test]
    fn tasks_that_are_too_many_end_after_what_they_hold() {
        let mut world = hand("tasks = 3\n");
        let worker = &mut world.workers[Id::new(0)];
        worker.settings.wanted = 1;
        worker.staff(3, Time(5));
        assert_eq!(worker.state.tasks.len(), 3, "their hands may be full");
        worker.settings.wanted = 4;
        worker.staff(1, Time(7));
        let polled: Vec<u64> = worker.state.tasks.iter().map(|task| task.polled.0).collect();
        assert_eq!(polled, [0, 7, 7, 7]);
    }
}
