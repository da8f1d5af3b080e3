//! Placeholders in a detail for a number of bytes: `{bytes:900000}`.

use std::borrow::Cow;

/// Start of a placeholder.
const BYTES: &str = "{bytes:";
/// Maximum number of bytes of a placeholder, more than AWS accepts in any message; an object may be larger
/// (REF-02).
pub(super) const BYTES_MAX: usize = 16 * 1_048_576;

/// Parses the placeholder at the start of a text: its length, and the number of bytes that it represents.
fn stand_in(text: &str) -> Option<(usize, usize)> {
    let (count, _) = text.strip_prefix(BYTES)?.split_once('}')?;
    let bytes = count.parse().ok().filter(|bytes| *bytes <= BYTES_MAX)?;
    Some((BYTES.len() + count.len() + 1, bytes))
}

/// Whether every placeholder in a text is valid.
pub(super) fn is_readable(text: &str) -> bool {
    text.match_indices(BYTES).all(|(at, _)| stand_in(&text[at..]).is_some())
}

/// Expands the placeholders of a text, with an `x` for each byte. Size limits and prices apply to the
/// expanded text.
pub(crate) fn spelled_out(text: &str) -> Cow<'_, str> {
    let mut rest = text;
    let mut whole = String::new();
    while let Some(at) = rest.find(BYTES) {
        let (before, from) = rest.split_at(at);
        whole.push_str(before);
        let (length, bytes) = stand_in(from).unwrap_or((BYTES.len(), BYTES.len()));
        whole.extend(std::iter::repeat_n('x', bytes));
        rest = &from[length..];
    }
    if whole.is_empty() && rest.len() == text.len() {
        return Cow::Borrowed(text);
    }
    whole.push_str(rest);
    Cow::Owned(whole)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stand_in_counts_as_what_it_stands_for() {
        assert_eq!(
            spelled_out(r#"{"a":"{bytes:3}","b":"{bytes:0}{bytes:1}"}"#),
            r#"{"a":"xxx","b":"x"}"#
        );
        assert_eq!(spelled_out("{bytes:900000}").len(), 900_000);
        assert!(matches!(spelled_out(r#"{"id":"{order}"}"#), Cow::Borrowed(_)));
    }

    #[test]
    fn a_stand_in_says_a_number() {
        assert!(is_readable("{bytes:1} {order}"));
        for wrong in ["{bytes:}", "{bytes:1", "{bytes:-1}", "{bytes:1k}", "{bytes:99999999}"] {
            assert!(!is_readable(wrong), "{wrong}");
        }
    }
}
