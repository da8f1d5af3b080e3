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

    /// The most that a function may have running, if nothing else runs.
    pub(super) fn executions_max(&self, function: &Function) -> u32 {
        let settings = &function.settings;
        settings.reserved.unwrap_or(self.accounts.unreserved_max(settings.account))
    }

    /// A function that a workflow calls runs for so long.
    pub(super) fn task_runs(&mut self, span: Span) {
        let now = self.now;
        self.accounts.tasks.retain(|ends| *ends > now);
        self.accounts.tasks.push(now + span);
    }
}
