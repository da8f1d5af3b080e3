//! How many tasks a worker has: as many as its design says, or as its backlog asks for.
//!
//! The metric is the one that AWS documents for a service behind a queue: visible messages for each task,
//! with the acceptable backlog as its target (T-36). The rest are *model assumptions* (MA-worker-4,
//! MA-worker-5): it is looked at once a minute and without the alarms of target tracking, and a task that is
//! stopped does what it holds before it ends, however long that takes.

use super::{START, Settings, Step, Task, TaskId, TaskState, Worker};
use crate::kernel::time::{Span, Time};
use crate::world::id::WorkerId;
use crate::world::{Happened, World};

/// How a worker follows its backlog.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Scaling {
    pub min: usize,
    pub max: usize,
    /// Visible messages that one task may have before it.
    pub backlog_per_task: u64,
    /// For so long after a scale-out nothing is added.
    pub out_cooldown: Span,
    /// For so long after any scaling nothing is taken away.
    pub in_cooldown: Span,
}

impl Scaling {
    fn desired(&self, visible: u64) -> usize {
        let asked = visible.div_ceil(self.backlog_per_task.max(1));
        usize::try_from(asked).unwrap_or(usize::MAX).max(self.min).min(self.max)
    }
}

impl Worker {
    /// Tasks that shall run; there may be more, which end after what they hold.
    pub fn wanted(&self) -> usize {
        let Settings { wanted, scaling, .. } = self.settings;
        let desired = self.state.desired.map_or(wanted, |desired| desired as usize);
        scaling.map_or(wanted, |Scaling { min, max, .. }| desired.max(min).min(max))
    }

    /// Tasks that are there: those that end after what they hold too, those that are on their way up
    /// not. One that died counts as its successor.
    pub fn running(&self) -> usize {
        let wanted = self.wanted();
        let is_there = |(place, task): &(usize, &Task)| match task.state {
            TaskState::Busy => true,
            TaskState::Idle | TaskState::Starting => *place < wanted,
            TaskState::Ordered => false,
        };
        self.state.tasks.iter().enumerate().filter(is_there).count()
    }

    /// Tasks that are paid for: all but those that have ended.
    pub fn paid(&self) -> usize {
        let wanted = self.wanted();
        let after = self.state.tasks.iter().skip(wanted);
        wanted + after.filter(|task| task.state == TaskState::Busy).count()
    }

    /// There shall be another number of tasks: those that are too many end after what they hold, those
    /// that are added poll from now on.
    pub fn staff(&mut self, was: usize, now: Time) {
        for task in self.state.tasks.get_mut(was..).unwrap_or_default() {
            task.polled = now;
        }
        let count = self.state.tasks.len().max(self.wanted());
        self.state.tasks.resize(count, Task::new(now));
    }

    fn may_scale(&self, is_out: bool, now: Time) -> bool {
        let Some(scaling) = self.settings.scaling else { return false };
        let is_over = |since: Option<Time>, cooldown| since.is_none_or(|at| now >= at + cooldown);
        let (added, removed) = (self.state.scaled_out, self.state.scaled_in);
        if is_out {
            is_over(added, scaling.out_cooldown)
        } else {
            is_over(added.max(removed), scaling.in_cooldown)
        }
    }

    /// Orders the tasks that are missing since there were so many; their places and stamps. A task that
    /// was stopped and still has something in hand goes on in its place.
    fn order_tasks(&mut self, was: usize, now: Time) -> Vec<(u16, u32)> {
        self.staff(was, now);
        let wanted = self.wanted();
        let mut ordered = Vec::new();
        let tasks = self.state.tasks.iter_mut().enumerate().take(wanted).skip(was);
        for (place, task) in tasks.filter(|(_, task)| task.state == TaskState::Idle) {
            task.state = TaskState::Ordered;
            task.stamp = task.stamp.wrapping_add(1);
            ordered.push((place as u16, task.stamp));
        }
        ordered
    }

    /// Those of the tasks that are too many which are not there yet never come.
    fn cancel_orders(&mut self) {
        let wanted = self.wanted();
        for task in self.state.tasks.iter_mut().skip(wanted) {
            match task.state {
                TaskState::Ordered | TaskState::Starting => {
                    task.state = TaskState::Idle;
                    task.stamp = task.stamp.wrapping_add(1);
                }
                TaskState::Idle | TaskState::Busy => {}
            }
        }
    }
}

impl World {
    /// Once a minute: as many tasks as the backlog asks for, if no cooldown forbids it.
    pub(super) fn scale_tasks(&mut self, index: WorkerId) {
        let now = self.now;
        let worker = &self.workers[index];
        let Some(scaling) = worker.settings.scaling else { return };
        let visible = self.queues[worker.settings.source.0].rules.visible();
        let (was, desired) = (worker.wanted(), scaling.desired(visible));
        let is_out = desired > was;
        if desired == was || !worker.may_scale(is_out, now) {
            return;
        }
        let worker = &mut self.workers[index];
        let part = worker.part;
        worker.state.desired = Some(desired as u32);
        let mut ordered = Vec::new();
        if is_out {
            worker.state.scaled_out = Some(now);
            ordered = worker.order_tasks(was, now);
        } else {
            worker.state.scaled_in = Some(now);
            worker.cancel_orders();
        }
        for (place, stamp) in ordered {
            self.enter_step(now + START, TaskId { worker: index, place, stamp }, Step::Started);
        }
        self.occur(part, None, Happened::Scaled { tasks: desired as u32 });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fault::FaultKind;
    use crate::world::id::Id;
    use crate::world::template::DETAIL;
    use crate::world::tests::{LINE, accept, break_part, measure, moments, pass, retune, world_of};

    /// A worker of one to five tasks, ten messages for each, that works for so long on a message.
    fn text(work: &str, settings: &str) -> String {
        format!(
            "{LINE}[workers.hand]\nqueue = 'work'\ncalls = 'till'\nwait_time_seconds = '20s'\n\
             work = '{work}'\nmax_tasks = 5\nbacklog_per_task = 10\n{settings}"
        )
    }

    fn of(world: &World, name: &str) -> u64 {
        measure(world, &format!("workers.hand.{name}"))
    }

    fn send(world: &mut World, count: u32) {
        for _ in 0..count {
            let order = accept(world);
            world.send(Id::new(0), order, DETAIL);
        }
    }

    /// When it scaled, in seconds, and to how many tasks.
    fn scaled(world: &World) -> Vec<(u64, u32)> {
        let all = world.trace.since(0).into_iter();
        all.filter(|one| one.kind().name() == "scaled")
            .map(|one| (one.at.0 / 1_000_000, one.happened.number()))
            .collect()
    }

    /// T-36: 32 messages wait and one is in hand.
    #[test]
    fn a_backlog_adds_tasks_which_poll_when_they_have_started() {
        let mut world = world_of(&text("200s", ""));
        world.queues[Id::new(0)].rules.settings.visibility_timeout = Span::from_secs(9_000);
        send(&mut world, 33);
        pass(&mut world, 60_000);
        assert_eq!(scaled(&world), [(60, 4)]);
        assert_eq!((of(&world, "tasks"), of(&world, "desired_tasks")), (1, 4));
        pass(&mut world, 29_999);
        assert_eq!((of(&world, "tasks"), of(&world, "busy")), (1, 1));
        pass(&mut world, 1);
        assert_eq!((of(&world, "tasks"), of(&world, "busy")), (4, 4));
        assert_eq!(measure(&world, "bill.container_minutes"), 1);
        pass(&mut world, 30_000);
        assert_eq!(measure(&world, "bill.container_minutes"), 5);
    }

    #[test]
    fn a_worker_stays_within_its_bounds_and_without_both_settings_as_it_is() {
        let both = text("9m", "min_tasks = 2\ntasks = 3\n");
        for (text, count, expected) in [
            (both.clone(), 400, 5),
            (both.clone(), 0, 2),
            (both.replace("backlog_per_task = 10\n", ""), 400, 3),
            (both.replace("max_tasks = 5\n", ""), 400, 3),
        ] {
            let mut world = world_of(&text);
            send(&mut world, count);
            pass(&mut world, 60_000);
            assert_eq!(of(&world, "desired_tasks"), expected, "{text}");
        }
    }

    #[test]
    fn a_cooldown_delays_each_direction_and_a_scale_out_does_not_wait_for_a_scale_in() {
        let cooldowns = "tasks = 3\nscale_out_cooldown = '2m'\nscale_in_cooldown = '3m'\n";
        let mut world = world_of(&text("1s", cooldowns));
        // Nobody works, so what is sent is what waits.
        break_part(&mut world, FaultKind::Stop, "workers.hand", 241);
        pass(&mut world, 60_000);
        send(&mut world, 15);
        pass(&mut world, 60_000);
        send(&mut world, 30);
        // All is done before second 300, and nothing is taken away before second 420.
        pass(&mut world, 400_000);
        assert_eq!(scaled(&world), [(60, 1), (120, 2), (240, 5), (420, 1)]);
    }

    #[test]
    fn a_task_that_is_stopped_does_what_it_holds_and_then_takes_nothing() {
        let mut world = world_of(&text("100s", "tasks = 3\n"));
        world.queues[Id::new(0)].rules.settings.visibility_timeout = Span::from_secs(9_000);
        send(&mut world, 3);
        pass(&mut world, 59_000);
        assert_eq!(of(&world, "busy"), 3);
        pass(&mut world, 1_000);
        assert_eq!(scaled(&world), [(60, 1)]);
        assert_eq!((of(&world, "desired_tasks"), of(&world, "tasks")), (1, 3));
        send(&mut world, 9);
        // A drawn time is three typical ones at the most.
        pass(&mut world, 300_000);
        assert!(of(&world, "done") >= 3);
        assert_eq!((of(&world, "tasks"), of(&world, "busy")), (1, 1));
        assert_eq!(moments(&world, "received").len() as u64, of(&world, "done") + 1);
    }

    #[test]
    fn an_order_that_is_taken_back_and_given_again_takes_its_whole_time() {
        let mut world = world_of(&text("9m", "tasks = 1\n"));
        let worker = &mut world.workers[Id::new(0)];
        let mut order = |desired, now| {
            let was = worker.wanted();
            worker.state.desired = Some(desired);
            worker.order_tasks(was, Time(now))
        };
        assert_eq!(order(3, 5), [(1, 1), (2, 1)]);
        let worker = &mut world.workers[Id::new(0)];
        worker.state.desired = Some(2);
        worker.cancel_orders();
        worker.state.desired = Some(3);
        assert_eq!(worker.order_tasks(2, Time(9)), [(2, 3)], "its first start is void");
        assert_eq!(worker.in_state(TaskState::Ordered), 2);
    }

    #[test]
    fn a_change_of_tasks_on_the_way_is_where_scaling_goes_on() {
        let before = text("9m", "");
        let mut world = world_of(&before);
        world.workers[Id::new(0)].state.desired = Some(4);
        retune(&mut world, &before.replace("max_tasks = 5", "max_tasks = 3")).unwrap();
        assert_eq!(of(&world, "desired_tasks"), 3);
        retune(&mut world, &format!("{before}tasks = 2\n")).unwrap();
        assert_eq!(of(&world, "desired_tasks"), 2);
    }
}
