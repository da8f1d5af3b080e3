//! Just enough of Rust's grammar to tell code from comments and from texts, and to find where a test
//! module ends.

use std::ops::Range;

/// What a byte of a source belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Code,
    Comment,
    /// A string or a character, its quotes included.
    Literal,
}

/// The kind of each byte.
pub fn kinds(source: &str) -> Vec<Kind> {
    let bytes = source.as_bytes();
    let mut kinds = Vec::with_capacity(bytes.len());
    while kinds.len() < bytes.len() {
        let at = kinds.len();
        let rest = &source[at..];
        let (kind, length) = if rest.starts_with("//") {
            (Kind::Comment, rest.find('\n').unwrap_or(rest.len()))
        } else if rest.starts_with("/*") {
            (Kind::Comment, block_comment(rest))
        } else if let Some(length) = raw_string(rest).filter(|_| !follows_a_word(source, at)) {
            (Kind::Literal, length)
        } else if rest.starts_with('"') {
            (Kind::Literal, quoted(rest, '"'))
        } else if let Some(length) = character(rest) {
            (Kind::Literal, length)
        } else {
            (Kind::Code, rest.chars().next().map_or(1, char::len_utf8))
        };
        kinds.resize(at + length, kind);
    }
    kinds
}

fn follows_a_word(source: &str, at: usize) -> bool {
    source[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_')
}

/// How long a comment is that may hold others.
fn block_comment(rest: &str) -> usize {
    let mut depth = 0;
    let mut at = 0;
    while at < rest.len() {
        if rest[at..].starts_with("/*") {
            (depth, at) = (depth + 1, at + 2);
        } else if rest[at..].starts_with("*/") {
            (depth, at) = (depth - 1, at + 2);
            if depth == 0 {
                return at;
            }
        } else {
            at += rest[at..].chars().next().map_or(1, char::len_utf8);
        }
    }
    rest.len()
}

fn raw_string(rest: &str) -> Option<usize> {
    let hashes_on = rest.strip_prefix("br").or_else(|| rest.strip_prefix('r'))?;
    let text = hashes_on.trim_start_matches('#');
    let hashes = &hashes_on[..hashes_on.len() - text.len()];
    let begins = rest.len() - text.strip_prefix('"')?.len();
    let end = format!("\"{hashes}");
    Some(rest[begins..].find(&end).map_or(rest.len(), |found| begins + found + end.len()))
}

fn quoted(rest: &str, quote: char) -> usize {
    let mut is_escaped = false;
    for (at, c) in rest.char_indices().skip(1) {
        match c {
            _ if is_escaped => is_escaped = false,
            '\\' => is_escaped = true,
            _ if c == quote => return at + 1,
            _ => {}
        }
    }
    rest.len()
}

/// A character in quotes; a lifetime has no second quote.
fn character(rest: &str) -> Option<usize> {
    let inner = rest.strip_prefix('\'')?;
    let first = inner.chars().next()?;
    if first == '\\' {
        return Some(quoted(rest, '\''));
    }
    inner[first.len_utf8()..].starts_with('\'').then_some(first.len_utf8() + 2)
}

/// The source with all bytes blank that are to be hidden; every line keeps its number.
pub fn blanked(source: &str, mut hidden: impl FnMut(usize) -> bool) -> String {
    let shown = source.char_indices().map(|(at, c)| if c != '\n' && hidden(at) { ' ' } else { c });
    shown.collect()
}

/// The source without the test modules that stand in it; what comes after one stays.
pub fn without_test_modules(source: &str) -> String {
    let kinds = kinds(source);
    let mut modules: Vec<Range<usize>> = Vec::new();
    for (start, mark) in source.match_indices("#[cfg(test)]\nmod ") {
        let mut depth = 0;
        let body = source.char_indices().skip_while(|(at, _)| *at < start + mark.len());
        for (at, c) in body.filter(|(at, _)| kinds[*at] == Kind::Code) {
            match c {
                ';' if depth == 0 => break,
                '{' => depth += 1,
                '}' => depth -= 1,
                _ => continue,
            }
            if depth == 0 {
                modules.push(start..at + 1);
                break;
            }
        }
    }
    blanked(source, |at| modules.iter().any(|module| module.contains(&at)))
}

#[test]
fn what_comes_after_a_test_module_is_read() {
    let source = "fn before() {}\n\
        #[cfg(test)]\nmod tests {\n    // }\n    const A: &str = \"}\";\n    \
        const B: &str = r#\"\"}\"#;\n    const C: char = '}';\n    fn d<'a>(_: &'a str) { /* } */ }\n}\n\
        fn after() {}\n#[cfg(test)]\nmod more;\nfn last() {}\n";
    let code = without_test_modules(source);
    let kept: Vec<_> =
        code.lines().map(str::trim).enumerate().filter(|(_, l)| !l.is_empty()).collect();
    assert_eq!(
        kept,
        [
            (0, "fn before() {}"),
            (9, "fn after() {}"),
            (10, "#[cfg(test)]"),
            (11, "mod more;"),
            (12, "fn last() {}"),
        ]
    );
}
