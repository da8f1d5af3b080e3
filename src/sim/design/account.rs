//! Accounts of a design, their organisation and their reserved concurrency.

use super::{ACCOUNT, Design, ORGANIZATION, PartKind};

impl Design {
    /// Accounts of the design's parts, with the design's own account first.
    #[must_use]
    pub fn accounts(&self) -> Vec<&str> {
        let mut accounts = vec![ACCOUNT];
        let parts = self.parts();
        let mut others: Vec<&str> = parts.iter().map(|(_, part)| part.account(self)).collect();
        others.sort_unstable();
        others.dedup();
        accounts.extend(others.into_iter().filter(|account| *account != ACCOUNT));
        accounts
    }

    /// Organisation that an account belongs to; empty if it belongs to none.
    #[must_use]
    pub fn organization_of(&self, account: &str) -> &'static str {
        let is_in = self.organization.is_empty() || self.organization.iter().any(|a| a == account);
        if is_in { ORGANIZATION } else { "" }
    }

    /// Total concurrency that an account's functions reserve.
    #[must_use]
    pub fn reserved_concurrency(&self, account: &str) -> u32 {
        let functions = self.functions.iter();
        let here =
            functions.filter(|(id, _)| self.account_of(&PartKind::Function.path(id)) == account);
        let reserved = here.filter_map(|(_, f)| f.reserved_concurrent_executions);
        reserved.fold(0, u32::saturating_add)
    }
}
