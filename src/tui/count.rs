//! Short forms of numbers, and counts of things.

/// Formats a count in few columns: `9,999`, `12k`, `3M`.
#[must_use]
pub fn short(count: u64) -> String {
    match count {
        0..=999 => count.to_string(),
        1_000..=9_999 => format!("{},{:03}", count / 1_000, count % 1_000),
        10_000..=999_999 => format!("{}k", count / 1_000),
        _ => format!("{}M", count / 1_000_000),
    }
}

/// Counts things in words: `1 lab`, `20 labs`.
#[must_use]
pub fn counted(count: usize, what: &str) -> String {
    if count == 1 { format!("1 {what}") } else { format!("{count} {what}s") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_count_takes_five_columns_at_most() {
        let told = [0, 999, 1_000, 9_999, 12_345, 999_999, 3_000_000].map(short);
        assert_eq!(told, ["0", "999", "1,000", "9,999", "12k", "999k", "3M"]);
    }
}
