//! What all functions of an account share: its concurrent executions, of which reservations take
//! their part and leave the rest to everybody else (LAM-41).

use super::World;
use super::function::Function;
use crate::design::ACCOUNT_CONCURRENCY;
use crate::kernel::time::{Span, Time};

#[derive(Debug, Clone)]
pub(crate) struct Account {
    /// What the reservations leave.
    unreserved_max: u32,
    /// When the functions that workflows call are done, also those that nobody waits for any more.
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
    /// Whether as many run as may: of the function, if it has a reservation, else of all that have
    /// none.
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

    /// The most that a function may have running, if nothing else runs.
    pub(super) fn executions_max(&self, function: &Function) -> u32 {
        function.settings.reserved.unwrap_or(self.account.unreserved_max)
    }

    /// A function that a workflow calls runs for so long.
    pub(super) fn task_runs(&mut self, span: Span) {
        let now = self.now;
        self.account.tasks.retain(|ends| *ends > now);
        self.account.tasks.push(now + span);
    }
}
