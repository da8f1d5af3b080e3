//! Keyed chance: a value depends on the seed and on its purpose, and is never drawn in sequence.
//!
//! A changed setting therefore leaves the luck of every other part alone, and two designs can be
//! compared on the same orders.

use super::time::Span;

/// Purpose of a value; each has values of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    Arrival = 1,
    OrderKind = 2,
    Hop = 3,
    Latency = 4,
    Failure = 5,
    Jitter = 6,
    Copy = 7,
    Intrinsic = 8,
    Customer = 9,
    Overtaken = 10,
    Throttle = 11,
    Replay = 12,
}

/// Source of chance for one run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Chance {
    seed: u64,
}

impl Chance {
    /// Creates the chance of a run with this seed.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self { seed }
    }

    /// The run's seed.
    #[must_use]
    pub fn seed(self) -> u64 {
        self.seed
    }

    /// A well-mixed number for a part, an order, an attempt and a purpose.
    #[must_use]
    pub fn value(self, part: u32, order: u32, attempt: u32, purpose: Purpose) -> u64 {
        let place = (u64::from(part) << 32) | u64::from(order);
        let turn = (u64::from(attempt) << 8) | purpose as u64;
        mix(mix(mix(self.seed).wrapping_add(place)).wrapping_add(turn))
    }

    /// A number below `limit`.
    #[must_use]
    pub fn below(self, limit: u64, key: (u32, u32, u32), purpose: Purpose) -> u64 {
        let value = self.value(key.0, key.1, key.2, purpose);
        ((u128::from(value) * u128::from(limit)) >> 64) as u64
    }

    /// Whether an event with this probability, in millionths, happens.
    #[must_use]
    pub fn happens(self, per_million: u32, key: (u32, u32, u32), purpose: Purpose) -> bool {
        self.below(1_000_000, key, purpose) < u64::from(per_million)
    }

    /// A duration around a typical one: usually close to it, sometimes more than twice as long.
    #[must_use]
    pub fn around(self, typical: Span, key: (u32, u32, u32), purpose: Purpose) -> Span {
        let place = self.below(AROUND.len() as u64, key, purpose) as usize;
        typical.thousandths(u64::from(AROUND.get(place).copied().unwrap_or(1_000)))
    }
}

/// Thousandths of a typical latency, all equally likely, with the long right tail of measured
/// latencies. A *model assumption* (MA-run-2). It is a table because no result may depend on a
/// logarithm.
const AROUND: [u16; 32] = [
    600, 640, 670, 700, 720, 740, 760, 780, 800, 820, 840, 860, 880, 900, 920, 940, 960, 980,
    1_000, 1_030, 1_060, 1_100, 1_140, 1_190, 1_250, 1_320, 1_400, 1_500, 1_650, 1_850, 2_200,
    3_000,
];

/// `SplitMix64`.
fn mix(value: u64) -> u64 {
    let mut value = value.wrapping_add(0x9e37_79b9_7f4a_7c15);
    value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    value ^ (value >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_depends_on_each_part_of_its_key() {
        let chance = Chance::new(7);
        let base = chance.value(1, 2, 3, Purpose::Hop);
        assert_eq!(base, Chance::new(7).value(1, 2, 3, Purpose::Hop));
        for other in [
            Chance::new(8).value(1, 2, 3, Purpose::Hop),
            chance.value(2, 2, 3, Purpose::Hop),
            chance.value(1, 3, 3, Purpose::Hop),
            chance.value(1, 2, 4, Purpose::Hop),
            chance.value(1, 2, 3, Purpose::Copy),
        ] {
            assert_ne!(base, other);
        }
    }

    #[test]
    fn what_happens_once_in_four_times_does() {
        let chance = Chance::new(1);
        let count =
            (0..10_000).filter(|n| chance.happens(250_000, (1, *n, 0), Purpose::Failure)).count();
        assert!((2_300..2_700).contains(&count), "{count}");
    }
}
