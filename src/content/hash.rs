//! The hash of texts that is stored for ever: 64-bit FNV-1a. Not the standard library's, whose
//! values may change between releases.

/// Hash of the pieces, with a mark between them so that moved boundaries show.
#[must_use]
pub fn of<'a>(pieces: impl IntoIterator<Item = &'a str>) -> u64 {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    let mut eat = |byte: u8| hash = (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
    for piece in pieces {
        piece.bytes().for_each(&mut eat);
        eat(0xff);
    }
    hash
}

/// Hash of the words of a text, whatever the white space between them.
#[must_use]
pub fn of_words(texts: &[String]) -> u64 {
    of(texts.iter().flat_map(|text| text.split_whitespace()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_pinned_because_they_are_stored() {
        assert_eq!(of([]), 0xcbf2_9ce4_8422_2325);
        assert_eq!(of(["a", "b"]), of_words(&["a\n b".to_owned()]));
        assert_ne!(of(["ab", "c"]), of(["a", "bc"]));
        assert_eq!(of(["redrive"]), 0xf7e3_7020_8470_c815);
    }
}
