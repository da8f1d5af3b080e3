//! Quotas: how many requests a second a FIFO queue or a bus takes (SQS-66, SQS-67, EB-04). That AWS counts
//! by whole seconds of the clock, without bursts, is a *model assumption* (MA-quota-1).

use std::collections::BTreeMap;

use crate::kernel::time::Time;

/// Requests a second.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Quota {
    /// Of the whole part.
    pub all: u32,
    /// Of each message group, in high-throughput mode: that every group has a partition to itself is a *model
    /// assumption* (MA-queue-7).
    pub each_group: Option<u32>,
}

/// The requests of the current second.
#[derive(Debug, Clone, Default)]
pub(crate) struct Rate {
    second: u64,
    taken: u32,
    by_group: BTreeMap<u32, u32>,
    /// Requests that were refused since the run began.
    pub throttled: u64,
}

const SECOND: u64 = 1_000_000;

impl Rate {
    /// Counts a request, or refuses it where the quota of this second is used up.
    pub fn admits(&mut self, now: Time, quota: Quota, group: u32) -> bool {
        let second = now.0 / SECOND;
        if second != self.second {
            self.second = second;
            self.taken = 0;
            self.by_group.clear();
        }
        let of_group = self.by_group.get(&group).copied().unwrap_or(0);
        if self.taken >= quota.all || quota.each_group.is_some_and(|most| of_group >= most) {
            self.throttled += 1;
            return false;
        }
        self.taken += 1;
        if quota.each_group.is_some() {
            self.by_group.insert(group, of_group + 1);
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whether requests are taken: at a millisecond, of a group.
    fn taken(quota: Quota, requests: &[(u64, u32)]) -> Vec<bool> {
        let mut rate = Rate::default();
        let requests = requests.iter();
        requests.map(|(millis, group)| rate.admits(Time(millis * 1_000), quota, *group)).collect()
    }

    /// SQS-66.
    #[test]
    fn a_second_takes_so_many_and_the_next_as_many_again() {
        let quota = Quota { all: 2, each_group: None };
        let taken = taken(quota, &[(0, 1), (1, 2), (999, 3), (1_000, 1), (1_001, 1), (1_002, 1)]);
        assert_eq!(taken, [true, true, false, true, true, false]);
    }

    /// SQS-67.
    #[test]
    fn in_high_throughput_mode_each_group_has_a_quota_of_its_own() {
        let quota = Quota { all: 3, each_group: Some(1) };
        let taken = taken(quota, &[(0, 1), (1, 1), (2, 2), (3, 3), (4, 4), (1_000, 1)]);
        assert_eq!(taken, [true, false, true, true, false, true], "and the queue has one for all");
    }
}
