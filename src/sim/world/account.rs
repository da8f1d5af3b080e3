//! What all functions of an account share: its concurrent executions, of which reservations take
//! their part and leave the rest to everybody else (LAM-41).

use super::World;
use super::function::Function;
use crate::design::ACCOUNT_CONCURRENCY;
use crate::kernel::time::{Span, Time};

#[derive(Debug, Clone)]
pub(crate) struct Account {
    /// Executions that the reservations leave to all other functions.
    unreserved_max: u32,
    /// End of each function that a workflow called, including those no workflow waits for any longer.
    tasks: Vec<Time>,
}

impl Account {
    pub fn new(reserved: u32) -> Self {
        let unreserved_max = ACCOUNT_CONCURRENCY.saturating_sub(reserved);
        Self { unreserved_max, tasks: Vec::new() }
    }

    pub fn retune(&mut self, fresh: &Self) {
        self.unreserved_max = fresh.unreserved_max;
    }
}

impl World {
    /// Whether a function must wait: its reservation is used up or, if it has none, the shared pool.
    pub(super) fn has_no_room(&self, function: &Function) -> bool {
        match function.settings.reserved {
            Some(most) => function.state.running >= most,
            None => self.pool_is_full(),
        }
    }

    pub(super) fn pool_is_full(&self) -> bool {
        let unreserved =
            self.functions.iter().filter(|function| function.settings.reserved.is_none());
        let running: u32 = unreserved.map(|function| function.state.running).sum();
        let tasks = self.account.tasks.iter().filter(|ends| **ends > self.now).count();
        running + tasks as u32 >= self.account.unreserved_max
    }

    /// Maximum number of concurrent executions of a function while nothing else runs.
    pub(super) fn executions_max(&self, function: &Function) -> u32 {
        function.settings.reserved.unwrap_or(self.account.unreserved_max)
    }

    /// Occupies a place of the pool for a function that a workflow calls.
    pub(super) fn task_runs(&mut self, span: Span) {
        let now = self.now;
        self.account.tasks.retain(|ends| *ends > now);
        self.account.tasks.push(now + span);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::id::Id;
    use crate::world::tests::{HAND, LINE, world_of};

    fn world(settings: &str) -> World {
        world_of(&format!("{LINE}{HAND}{settings}"))
    }

    /// LAM-41: a reservation is room of its own, and leaves less to the others.
    #[test]
    fn a_reservation_leaves_the_others_what_is_over() {
        let reserved = world("reserved_concurrent_executions = 300");
        assert_eq!(reserved.executions_max(&reserved.functions[Id::new(0)]), 300);
        assert_eq!(reserved.account.unreserved_max, 700);
        let open = world("");
        assert_eq!(open.executions_max(&open.functions[Id::new(0)]), 1_000);
    }

    #[test]
    fn the_functions_of_workflows_fill_the_pool_until_they_are_done() {
        let mut world = world("reserved_concurrent_executions = 900");
        for _ in 0..99 {
            world.task_runs(Span::from_secs(10));
        }
        assert!(!world.pool_is_full());
        world.task_runs(Span::from_secs(20));
        assert!(world.pool_is_full());
        assert!(!world.has_no_room(&world.functions[Id::new(0)]), "it has room of its own");
        world.now = Time::ZERO + Span::from_secs(10);
        assert!(!world.pool_is_full());
        world.task_runs(Span::from_secs(1));
        assert_eq!(world.account.tasks.len(), 2, "those that are done are forgotten");
    }

    #[test]
    fn a_reserved_function_has_room_up_to_its_reservation() {
        let mut world = world("reserved_concurrent_executions = 2");
        for (running, is_full) in [(1, false), (2, true)] {
            world.functions[Id::new(0)].state.running = running;
            assert_eq!(world.has_no_room(&world.functions[Id::new(0)]), is_full);
        }
    }
}
