//! The accounts of a design, and what each of them is in and has.

use super::{ACCOUNT, Design, ORGANIZATION, PartKind};

impl Design {
    /// The accounts of its parts, its own first.
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

    /// The organisation that an account is in; empty if it is in none.
    #[must_use]
    pub fn organization_of(&self, account: &str) -> &'static str {
        let is_in = self.organization.is_empty() || self.organization.iter().any(|a| a == account);
        if is_in { ORGANIZATION } else { "" }
    }

    /// What functions reserve of an account's concurrency, all together.
    #[must_use]
    pub fn reserved_concurrency(&self, account: &str) -> u32 {
        let functions = self.functions.iter();
        let here =
            functions.filter(|(id, _)| self.account_of(&PartKind::Function.path(id)) == account);
        let reserved = here.filter_map(|(_, f)| f.reserved_concurrent_executions);
        reserved.fold(0, u32::saturating_add)
    }
}
