//! Concurrent executions of an account: functions with reserved concurrency have their own, and all others
//! share the rest (LAM-41).

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::World;
use super::function::Function;
use crate::design::{ACCOUNT_CONCURRENCY, Design};
use crate::kernel::time::{Span, Time};

/// Index of the account of every workflow, and so of the functions that workflows call.
const OWN: usize = 0;

/// Concurrency of a design's accounts, the design's own first.
#[derive(Debug, Clone)]
pub(crate) struct Accounts {
    /// Unreserved concurrency, by account.
    unreserved_max: Vec<u32>,
    /// Ends of the functions that workflows call, the first one on top, including those that nobody waits for any
    /// longer. Those that are over are forgotten when the next one starts.
    tasks: BinaryHeap<Reverse<Time>>,
}

impl Accounts {
    /// Computes the unreserved concurrency of each account.
    pub fn new(design: &Design) -> Self {
        let reserved = |account: &&str| design.reserved_concurrency(account);
        let left = |account| ACCOUNT_CONCURRENCY.saturating_sub(reserved(account));
        let unreserved_max = design.accounts().iter().map(left).collect();
        Self { unreserved_max, tasks: BinaryHeap::new() }
    }

    /// Takes the unreserved concurrency of a changed design.
    pub fn retune(&mut self, fresh: &Self) {
        self.unreserved_max.clone_from(&fresh.unreserved_max);
    }

    fn unreserved_max(&self, account: usize) -> u32 {
        self.unreserved_max.get(account).copied().unwrap_or(ACCOUNT_CONCURRENCY)
    }
}

impl World {
    /// Whether a function has no concurrency left: its own if it is reserved, else that of all functions of
    /// its account without a reservation.
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
        let room = self.accounts.unreserved_max(account).saturating_sub(running) as usize;
        let tasks = &self.accounts.tasks;
        // Counting is left for when it matters: the pool is asked for each invocation, and is rarely full.
        if account != OWN || tasks.len() < room {
            return room == 0;
        }
        tasks.iter().filter(|Reverse(ends)| *ends > self.now).count() >= room
    }

    /// Whether no concurrency is left for the function of a workflow's task.
    pub(super) fn tasks_are_full(&self) -> bool {
        self.pool_is_full(OWN)
    }

    /// Maximum number of concurrent executions of a function while nothing else runs.
    pub(super) fn executions_max(&self, function: &Function) -> u32 {
        let settings = &function.settings;
        settings.reserved.unwrap_or(self.accounts.unreserved_max(settings.account))
    }

    /// Uses unreserved concurrency for a function that a workflow calls.
    pub(super) fn task_runs(&mut self, span: Span) {
        let tasks = &mut self.accounts.tasks;
        while tasks.peek().is_some_and(|Reverse(ends)| *ends <= self.now) {
            tasks.pop();
        }
        tasks.push(Reverse(self.now + span));
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
        assert_eq!(world.accounts.tasks.len(), 2, "those that are over are forgotten");
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
