//! A stable 64-bit hash for versions and reading positions (FNV-1a). Its values stay in records for
//! years, so it must never change. It is not cryptographic.

/// Hasher over words; word boundaries count, so `ab c` and `a bc` differ.
#[derive(Debug, Clone, Copy)]
pub struct Hash(u64);

impl Default for Hash {
    fn default() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }
}

impl Hash {
    /// Hashes bytes as they are, word boundaries or not.
    #[must_use]
    pub fn of(bytes: &[u8]) -> u64 {
        let mut hash = Self::default();
        hash.bytes(bytes);
        hash.0
    }

    fn bytes(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }

    /// Hashes every word of a text, whatever the spacing.
    pub fn words(&mut self, text: &str) {
        for word in text.split_whitespace() {
            self.bytes(word.as_bytes());
            self.bytes(b" ");
        }
    }

    /// Ends a field, so that the next one does not continue it.
    pub fn end(&mut self) {
        self.bytes(&[0]);
    }

    /// Hashes a number as eight little-endian bytes.
    pub fn number(&mut self, number: u64) {
        self.bytes(&number.to_le_bytes());
    }

    /// The hash of everything added so far.
    #[must_use]
    pub fn value(self) -> u64 {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_is_fnv_1a_for_ever() {
        assert_eq!(Hash::of(b""), 0xcbf2_9ce4_8422_2325);
        assert_eq!(Hash::of(b"a"), 0xaf63_dc4c_8601_ec8c);
        assert_eq!(Hash::of(b"foobar"), 0x8594_4171_f739_67e8);
    }

    #[test]
    fn spacing_does_not_count_and_words_do() {
        let of = |text: &str| {
            let mut hash = Hash::default();
            hash.words(text);
            hash.value()
        };
        assert_eq!(of("one  two\nthree"), of(" one two three"));
        assert_ne!(of("one two"), of("on etwo"));
    }
}
