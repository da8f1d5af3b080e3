//! Decodes terminal input: bytes in, keys out, without reading or a clock.
//!
//! A sequence may arrive in pieces, stay unfinished or have no meaning here. The decoder never waits: the
//! caller says how long no byte came, and an unfinished sequence is then dropped or taken as Esc.

use std::time::Duration;

use crate::tui::input::Key;

/// Silence that ends an unfinished sequence; a lone ESC is then the key.
const SEQUENCE_QUIET: Duration = Duration::from_millis(50);
/// Silence that ends a paste without an end marker.
const PASTE_QUIET: Duration = Duration::from_millis(500);
/// Maximum length of a paste: it goes into a line of text, and must not fill the queue.
const PASTE_MAX: usize = 200;
/// Maximum length of a sequence that means a key.
const SEQUENCE_MAX: usize = 64;

const ESC: u8 = 0x1b;
const PASTE_BEGINS: &[u8] = b"\x1b[200~";
const PASTE_ENDS: &[u8] = b"\x1b[201~";

/// The state of a sequence.
enum Found {
    /// More bytes may follow.
    Open,
    /// Number of bytes consumed, and the key they mean.
    Done(usize, Option<Key>),
}

/// The bytes not yet decoded.
#[derive(Debug, Default)]
pub struct Decoder {
    held: Vec<u8>,
    /// Whether a paste is in progress. Pasted text presses no keys: only a text entry takes it.
    pasting: bool,
    /// Characters of it taken so far.
    pasted: usize,
}

impl Decoder {
    /// Decodes bytes and appends the keys.
    pub fn feed(&mut self, bytes: &[u8], keys: &mut impl Extend<Key>) {
        for byte in bytes {
            self.held.push(*byte);
            if self.pasting {
                self.paste(keys);
                continue;
            }
            while !self.held.is_empty() {
                match first(&self.held) {
                    Found::Open if self.held.len() > SEQUENCE_MAX => self.shorten(),
                    Found::Open => break,
                    Found::Done(length, key) => {
                        self.pasting = self.held.starts_with(PASTE_BEGINS);
                        self.pasted = 0;
                        self.held.drain(..length);
                        keys.extend(key);
                    }
                }
            }
        }
    }

    /// Of an overlong sequence keep the beginning and a possible end; the rest means no keys either.
    fn shorten(&mut self) {
        let last = self.held.last().copied();
        self.held.truncate(2);
        self.held.extend(last.filter(|last| *last == ESC));
    }

    /// Takes pasted characters; keeps bytes that may begin another one or the end marker.
    fn paste(&mut self, keys: &mut impl Extend<Key>) {
        while !PASTE_ENDS.starts_with(&self.held) {
            let (length, character) = match character(&self.held) {
                Found::Open => return,
                Found::Done(length, Some(Key::Char(character))) => (length, harmless(character)),
                Found::Done(length, Some(Key::Tab | Key::Enter)) => (length, Some(' ')),
                Found::Done(length, _) => (length, None),
            };
            self.held.drain(..length);
            if let Some(character) = character.filter(|_| self.pasted < PASTE_MAX) {
                self.pasted += 1;
                keys.extend([Key::Pasted(character)]);
            }
        }
        if self.held == PASTE_ENDS {
            self.held.clear();
            self.pasting = false;
        }
    }

    /// Silence that settles what is unfinished; `None` if nothing is.
    #[must_use]
    pub fn patience(&self) -> Option<Duration> {
        if self.pasting {
            Some(PASTE_QUIET)
        } else if self.held.is_empty() {
            None
        } else {
            Some(SEQUENCE_QUIET)
        }
    }

    /// Settles what is unfinished: nothing more came.
    pub fn settle(&mut self) -> Option<Key> {
        let is_esc = !self.pasting && self.held == [ESC];
        self.pasting = false;
        self.held.clear();
        is_esc.then_some(Key::Esc)
    }
}

/// The pasted character, unless it is an invisible one that would disturb a line.
fn harmless(character: char) -> Option<char> {
    let directs = matches!(character,
        '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}');
    (!character.is_control() && !directs).then_some(character)
}

fn first(held: &[u8]) -> Found {
    match held {
        [] | [ESC] => Found::Open,
        [ESC, b'[', rest @ ..] => control_sequence(rest),
        [ESC, b'O', rest @ ..] => match rest {
            [] => Found::Open,
            [last @ 0x40..=0x7e, ..] => Found::Done(3, named(&[], *last)),
            // A control byte is a key of its own.
            [_, ..] => Found::Done(2, None),
        },
        [ESC, b']' | b'P' | b'_' | b'^', rest @ ..] => string(rest),
        // Typed too fast to tell apart, or with Alt: no key here means that.
        [ESC, ..] => Found::Done(1, Some(Key::Esc)),
        rest => character(rest),
    }
}

/// After `ESC [`.
fn control_sequence(rest: &[u8]) -> Found {
    match rest {
        // A mouse report in the old form: three bytes of any value.
        [b'M', report @ ..] if report.len() < 3 => return Found::Open,
        [b'M', ..] => return Found::Done(6, None),
        // Function keys of the Linux console.
        [b'['] => return Found::Open,
        [b'[', ..] => return Found::Done(4, None),
        _ => {}
    }
    let inner = rest.iter().take_while(|byte| (0x20..=0x3f).contains(*byte)).count();
    match rest.get(inner) {
        None => Found::Open,
        Some(last @ 0x40..=0x7e) => {
            Found::Done(2 + inner + 1, named(rest.get(..inner).unwrap_or_default(), *last))
        }
        // Interrupted by another byte, which counts on its own.
        Some(_) => Found::Done(2 + inner, None),
    }
}

/// An unsolicited answer: up to BEL or `ESC \`.
fn string(rest: &[u8]) -> Found {
    let end = rest.iter().position(|byte| matches!(*byte, 0x03 | 0x07 | ESC));
    match end.and_then(|at| Some((at, rest.get(at)?, rest.get(at + 1)))) {
        None | Some((_, &ESC, None)) => Found::Open,
        Some((at, 0x07, _)) => Found::Done(2 + at + 1, None),
        Some((at, &ESC, Some(b'\\'))) => Found::Done(2 + at + 2, None),
        Some((at, _, _)) => Found::Done(2 + at, None),
    }
}

/// The key of a sequence, ignoring modifiers.
fn named(parameters: &[u8], last: u8) -> Option<Key> {
    Some(match last {
        b'A' => Key::Up,
        b'B' => Key::Down,
        b'C' => Key::Right,
        b'D' => Key::Left,
        b'H' => Key::Home,
        b'F' => Key::End,
        b'Z' => Key::BackTab,
        b'M' if parameters.is_empty() => Key::Enter,
        b'~' => match parameters.split(|byte| *byte == b';').next()? {
            b"1" | b"7" => Key::Home,
            b"4" | b"8" => Key::End,
            b"5" => Key::PageUp,
            b"6" => Key::PageDown,
            _ => return None,
        },
        _ => return None,
    })
}

/// Decodes one character, which may be a control byte. Invalid UTF-8 means no key.
fn character(bytes: &[u8]) -> Found {
    let length = match bytes.first() {
        None => return Found::Open,
        Some(byte @ ..=0x7f) => return Found::Done(1, plain(*byte)),
        Some(0xc2..=0xdf) => 2,
        Some(0xe0..=0xef) => 3,
        Some(0xf0..=0xf4) => 4,
        Some(_) => return Found::Done(1, None),
    };
    let so_far = bytes.get(..length.min(bytes.len())).unwrap_or(bytes);
    match std::str::from_utf8(so_far) {
        Ok(text) => Found::Done(length, text.chars().next().map(Key::Char)),
        Err(error) => match error.error_len() {
            None => Found::Open,
            Some(wrong) => Found::Done(wrong, None),
        },
    }
}

fn plain(byte: u8) -> Option<Key> {
    Some(match byte {
        b'\t' => Key::Tab,
        // A line feed is an Enter pressed before raw mode.
        b'\r' | b'\n' => Key::Enter,
        0x7f => Key::Backspace,
        0x01..=0x1a => Key::Ctrl(char::from(byte - 1 + b'a')),
        0x20..=0x7e => Key::Char(char::from(byte)),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(pieces: &[&[u8]]) -> Vec<Key> {
        let (mut decoder, mut keys) = (Decoder::default(), Vec::new());
        for piece in pieces {
            decoder.feed(piece, &mut keys);
        }
        keys.extend(decoder.settle());
        assert_eq!(decoder.patience(), None);
        keys
    }

    #[test]
    fn a_sequence_in_pieces_is_one_key_and_a_lone_escape_is_esc() {
        assert_eq!(keys(&[b"\x1b", b"[B"]), [Key::Down]);
        assert_eq!(keys(&[b"\x1b", b"[", b"6", b"~"]), [Key::PageDown]);
        assert_eq!(keys(&[b"\x1b[1;5C\x1bOH\x1b[Z"]), [Key::Right, Key::Home, Key::BackTab]);
        assert_eq!(keys(&[b"\x1b"]), [Key::Esc]);
        assert_eq!(keys(&[b"\x1b\x1b"]), [Key::Esc, Key::Esc]);
        assert_eq!(
            keys(&[b"\x1bt", "\x1bé".as_bytes()]),
            [Key::Esc, Key::Char('t'), Key::Esc, Key::Char('é')]
        );
        assert_eq!(
            keys(&["é\r\x03\x7f".as_bytes()]),
            [Key::Char('é'), Key::Enter, Key::Ctrl('c'), Key::Backspace,]
        );
    }

    #[test]
    fn what_is_unfinished_or_means_nothing_is_no_key_and_hides_none() {
        for bytes in [&b"\x1b["[..], b"\x1bO", b"\xe9", b"\xc3", b"\x9b", b"\x1b]0;x", b"\x1b[M "] {
            assert_eq!(keys(&[bytes]), [], "{bytes:?}");
        }
        for bytes in [
            &b"\x1b[M \x01\x01"[..],
            b"\x1b[0;0R",
            b"\x1b[<0;0;0M",
            b"\xff",
            b"\x1b]11;rgb:0/0/0\x07",
        ] {
            assert_eq!(keys(&[bytes, b"j"]), [Key::Char('j')], "{bytes:?}");
        }
        assert_eq!(keys(&[b"\xc3j\x1b[\x03"]), [Key::Char('j'), Key::Ctrl('c')]);
    }

    #[test]
    fn the_rest_of_a_sequence_that_is_too_long_is_no_keys() {
        let long = "1ab;".repeat(1_000);
        for (begins, ends) in [("\x1b]52;c;", "\x07"), ("\x1bP", "\x1b\\"), ("\x1b_", "\x1b\\")] {
            let whole = format!("{begins}{long}{ends}j");
            assert_eq!(keys(&[whole.as_bytes()]), [Key::Char('j')], "{begins:?}");
            // Keys are heard while an end is missing.
            let cut = format!("{begins}{long}\x03");
            assert_eq!(keys(&[cut.as_bytes(), b"j"]).last(), Some(&Key::Char('j')), "{begins:?}");
        }
        let numbers = format!("\x1b[{}A", "1;".repeat(1_000));
        assert_eq!(keys(&[numbers.as_bytes(), b"j"]), [Key::Up, Key::Char('j')]);
    }

    #[test]
    fn pasted_text_is_no_keys_but_text() {
        let pasted = |text: &str| text.chars().map(Key::Pasted).collect::<Vec<_>>();
        let all = keys(&[b"a\x1b[200~12\r\x1b[B\x1b[20", b"1~b"]);
        assert_eq!(all, [vec![Key::Char('a')], pasted("12 [B"), vec![Key::Char('b')]].concat());
        assert_eq!(keys(&[b"\x1b[200~12"]), pasted("12"));
        // In pieces, with control characters, and with invalid UTF-8.
        let text = "\x1b[200~caf\u{e9} e\u{302}\u{7}\u{9b}\u{202e}\r\n\x7f\x03x";
        let (first, rest) = text.as_bytes().split_at(10);
        assert_eq!(keys(&[first, rest, b"\xff\x1b[201~"]), pasted("caf\u{e9} e\u{302}  x"));
    }

    #[test]
    fn no_paste_fills_the_queue() {
        let text = [b"\x1b[200~".as_slice(), &vec![b'x'; 100_000], b"\x1b[201~q"].concat();
        let all = keys(&[&text]);
        assert_eq!((all.len(), all.last()), (PASTE_MAX + 1, Some(&Key::Char('q'))));
    }

    #[test]
    fn after_any_bytes_and_a_silence_a_key_is_a_key() {
        let mut state = 0x2545_f491_u32;
        let mut next = move || {
            state ^= state << 13;
            state ^= state >> 17;
            state ^= state << 5;
            state
        };
        for _ in 0..2_000 {
            let (mut decoder, mut keys) = (Decoder::default(), Vec::new());
            let length = next() % 200 + 1;
            for _ in 0..length {
                let byte = match next() % 3 {
                    0 => ESC,
                    1 => b"[O]MP;0129~"[next() as usize % 11],
                    _ => next() as u8,
                };
                decoder.feed(&[byte], &mut keys);
            }
            decoder.settle();
            keys.clear();
            decoder.feed(b"j\x03", &mut keys);
            assert_eq!(keys, [Key::Char('j'), Key::Ctrl('c')]);
        }
    }
}
