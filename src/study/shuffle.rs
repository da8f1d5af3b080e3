//! A keyed shuffle: random to the learner, deterministic to the program.
//!
//! Each element is sorted by a number that depends only on (seed, purpose, element), so adding or
//! removing a question leaves the order of the others unchanged.

/// Mixes a seed, a purpose and an element into a 64-bit number (`SplitMix64`'s finaliser over
/// FNV-1a; integers only, so it is the same on every platform).
#[must_use]
pub fn keyed(seed: u64, purpose: &str, element: &str) -> u64 {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64 ^ seed.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    for byte in purpose.bytes().chain([0xff]).chain(element.bytes()) {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
    }
    hash = (hash ^ (hash >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    hash = (hash ^ (hash >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    hash ^ (hash >> 31)
}

/// Shuffles the numbers 0 to `count - 1` into the order in which the options of `item` are shown.
#[must_use]
pub fn order(seed: u64, item: &str, count: usize) -> Vec<u8> {
    let mut shown: Vec<u8> = (0..count.min(255) as u8).collect();
    shown.sort_by_key(|option| (keyed(seed, item, &option.to_string()), *option));
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_option_is_shown_once_and_the_same_seed_shows_the_same() {
        for seed in 0..200 {
            let mut shown = order(seed, "item", 6);
            assert_eq!(shown, order(seed, "item", 6));
            shown.sort_unstable();
            assert_eq!(shown, [0, 1, 2, 3, 4, 5]);
        }
    }

    #[test]
    fn no_option_has_a_favourite_slot() {
        let mut first = [0_u32; 4];
        for seed in 0..4000 {
            let slot = order(seed, "item", 4).iter().position(|option| *option == 0).unwrap();
            first[slot] += 1;
        }
        // 1000 expected in each; six standard deviations are 164.
        assert!(first.iter().all(|count| (836..1164).contains(count)), "{first:?}");
    }
}
