//! Whether each customer's orders leave a FIFO queue in order: they do if the customer is the group,
//! and need not otherwise.

use crate::kernel::pages::Pages;

/// Number of customers whose orders are followed: a *model assumption* (MA-queue-9) that keeps a run small.
const CUSTOMERS_MAX: u32 = 65_536;

/// Progress of each customer's orders in a queue.
#[derive(Debug, Clone, Default)]
pub(crate) struct Sequence {
    /// By customer: position in the queue of the latest order done, plus one.
    latest: Pages<u64>,
    /// Orders that a later order of the same customer has overtaken.
    pub overtaken: u64,
}

impl Sequence {
    /// Records that the order at this position was done and deleted.
    pub fn done(&mut self, customer: u32, place: u64) {
        self.given_up(customer, place);
        if customer >= CUSTOMERS_MAX {
            return;
        }
        while self.latest.len() <= customer as usize {
            self.latest.push(0);
        }
        if let Some(latest) = self.latest.get_mut(customer as usize) {
            *latest = (*latest).max(place.saturating_add(1));
        }
    }

    /// Records that the order at this position left without being done.
    pub fn given_up(&mut self, customer: u32, place: u64) {
        let latest = self.latest.get(customer as usize).copied().unwrap_or(0);
        self.overtaken += u64::from(latest > place.saturating_add(1));
    }

    /// Approximate bytes used in addition to an earlier clone.
    pub fn bytes_beside(&self, before: Option<&Self>) -> usize {
        self.latest.bytes_beside(before.map(|before| &before.latest))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_order_is_overtaken_by_a_later_one_of_its_customer_alone() {
        let mut sequence = Sequence::default();
        sequence.done(7, 1);
        sequence.done(8, 3);
        sequence.done(7, 2);
        sequence.done(7, 2);
        assert_eq!(sequence.overtaken, 0);
        sequence.given_up(8, 0);
        assert_eq!(sequence.overtaken, 1);
        sequence.done(7, 0);
        sequence.done(u32::MAX, 5);
        sequence.done(u32::MAX, 4);
        assert_eq!(sequence.overtaken, 2);
    }
}
