//! What all functions of an account share: its concurrent executions, of which reservations take
//! their part and leave the rest to everybody else (LAM-41).

use super::World;
use super::function::Function;
use crate::design::{ACCOUNT_CONCURRENCY, Design};
use crate::kernel::time::{Span, Time};

/// The account of every workflow, and so of the functions that it calls.
const OWN: usize = 0;

/// The accounts of a design by their numbers, its own first.
#[derive(Debug, Clone)]
pub(crate) struct Accounts {
    /// What the reservations leave, by account.
    unreserved_max: Vec<u32>,
    /// When the functions that workflows call are done, also those that nobody waits for any more.
    tasks: Vec<Time>,
}

impl Accounts {
    pub fn new(design: &Design) -> Self {
        let reserved = |account: &&str| design.reserved_concurrency(account);
        let left = |account| ACCOUNT_CONCURRENCY.saturating_sub(reserved(account));
        Self { unreserved_max: design.accounts().iter().map(left).collect(), tasks: Vec::new() }
    }

    pub fn retune(&mut self, fresh: &Self) {
        self.unreserved_max.clone_from(&fresh.unreserved_max);
    }

    fn unreserved_max(&self, account: usize) -> u32 {
        self.unreserved_max.get(account).copied().unwrap_or(ACCOUNT_CONCURRENCY)
    }
}

impl World {
    /// Whether as many run as may: of the function, if it has a reservation, else of all of its account
    /// that have none.
    pub(super) fn has_no_room(&self, function: &Function) -> bool {
        match function.settings.reserved {
            Some(most) => function.state.running >= most,
            None => self.pool_is_full(function.settings.account),
        }
    }

    fn pool_is_full(&self, account: usize) -> bool {
        let functions = self.functions.iter().map(|function| (&function.settings, function));
        let unreserved =
            functions.filter(|(own, _)| own.reserved.is_none() && own.account == account);
        let running: u32 = unreserved.map(|(_, function)| function.state.running).sum();
        let tasks = self.accounts.tasks.iter().filter(|ends| **ends > self.now);
        let tasks = if account == OWN { tasks.count() } else { 0 };
        running + tasks as u32 >= self.accounts.unreserved_max(account)
    }

    /// Whether a workflow's task finds no room for its function.
    pub(super) fn tasks_are_full(&self) -> bool {
        self.pool_is_full(OWN)
    }

    /// Maximum number of concurrent executions of a function while nothing else runs.
    pub(super) fn executions_max(&self, function: &Function) -> u32 {
        let settings = &function.settings;
        settings.reserved.unwrap_or(self.accounts.unreserved_max(settings.account))
    }

    /// Occupies a place of the pool for a function that a workflow calls.
    pub(super) fn task_runs(&mut self, span: Span) {
        let now = self.now;
        self.accounts.tasks.retain(|ends| *ends > now);
        self.accounts.tasks.push(now + span);
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
        assert_eq!(reserved.accounts.unreserved_max, [700]);
        let open = world("");
        assert_eq!(open.executions_max(&open.functions[Id::new(0)]), 1_000);
    }

    #[test]
    fn the_functions_of_workflows_fill_the_pool_until_they_are_done() {
        let mut world = world("reserved_concurrent_executions = 900");
        for _ in 0..99 {
            world.task_runs(Span::from_secs(10));
        }
        assert!(!world.tasks_are_full());
        world.task_runs(Span::from_secs(20));
        assert!(world.tasks_are_full());
        assert!(!world.has_no_room(&world.functions[Id::new(0)]), "it has room of its own");
        world.now = Time::ZERO + Span::from_secs(10);
        assert!(!world.tasks_are_full());
        world.task_runs(Span::from_secs(1));
        assert_eq!(world.accounts.tasks.len(), 2, "those that are done are forgotten");
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
