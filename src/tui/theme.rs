//! Colours and signs, by meaning. The only file that names a colour.
//!
//! Wherever a meaning is drawn, a sign or a word accompanies its colour, so that a screen can be read in
//! grey. The default theme uses the terminal's own sixteen colours.

use ratatui::buffer::Buffer;
use ratatui::style::{Color, Modifier, Style};
use unicode_width::UnicodeWidthStr;

use crate::visible;

/// The meaning of a piece of text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Meaning {
    /// Body text.
    Text,
    /// Secondary text.
    Faint,
    /// Headings and the main point of a screen.
    Strong,
    /// Gentle emphasis.
    Light,
    /// The one accent: the program's name, the line Enter acts on.
    Accent,
    /// A key in the footer.
    Key,
    Code,
    Link,
    /// The row or option under the cursor.
    Selected,
    /// A search hit.
    Hit,
    Right,
    Wrong,
    Prediction,
    /// A countdown near its end, or an active fault.
    Urgent,
    Travelling,
    Retrying,
    InFlight,
    Delayed,
    Dead,
    Alarm,
    Healthy,
}

/// The source of the colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Palette {
    /// The terminal's own sixteen colours.
    Terminal,
    /// `NO_COLOR`: weight, reverse and signs only.
    Plain,
}

/// How meanings and signs are drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Theme {
    pub palette: Palette,
    /// The characters that the terminal can show.
    pub signs: Signs,
}

/// The characters to draw signs with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signs {
    Unicode,
    Ascii,
}

impl Default for Theme {
    fn default() -> Self {
        Self { palette: Palette::Terminal, signs: Signs::Unicode }
    }
}

impl Theme {
    /// The style of a meaning.
    #[must_use]
    #[expect(clippy::match_same_arms, reason = "a table: one line for one meaning")]
    pub fn style(self, meaning: Meaning) -> Style {
        let (colour, modifier) = match meaning {
            Meaning::Text => (None, Modifier::empty()),
            Meaning::Faint | Meaning::Healthy => (None, Modifier::DIM),
            Meaning::Strong => (None, Modifier::BOLD),
            Meaning::Light => (None, Modifier::ITALIC),
            Meaning::Accent => (Some(Color::Cyan), Modifier::BOLD),
            Meaning::Key => (Some(Color::Cyan), Modifier::empty()),
            Meaning::Code => (Some(Color::Yellow), Modifier::empty()),
            Meaning::Link => (Some(Color::LightBlue), Modifier::UNDERLINED),
            Meaning::Selected => (None, Modifier::REVERSED),
            Meaning::Hit => (Some(Color::Yellow), Modifier::REVERSED),
            Meaning::Right => (Some(Color::Green), Modifier::BOLD),
            Meaning::Wrong => (Some(Color::Red), Modifier::empty()),
            Meaning::Prediction => (Some(Color::Magenta), Modifier::empty()),
            Meaning::Urgent => (Some(Color::Red), Modifier::BOLD),
            Meaning::Travelling => (Some(Color::Cyan), Modifier::empty()),
            Meaning::Retrying => (Some(Color::Yellow), Modifier::empty()),
            Meaning::InFlight => (Some(Color::LightBlue), Modifier::empty()),
            Meaning::Delayed => (None, Modifier::DIM),
            Meaning::Dead => (Some(Color::Red), Modifier::REVERSED),
            Meaning::Alarm => (Some(Color::Red), Modifier::BOLD),
        };
        let style = Style::new().add_modifier(modifier);
        match (self.palette, colour) {
            (Palette::Terminal, Some(colour)) => style.fg(colour),
            _ => style,
        }
    }

    /// The last step of drawing: replaces what the terminal cannot show.
    pub fn finish(self, buffer: &mut Buffer) {
        for cell in &mut buffer.content {
            if !is_fit(cell.symbol()) {
                let wide = cell.symbol().width().clamp(1, UNFIT.len());
                cell.set_symbol(&UNFIT[..wide]);
            }
        }
        if self.signs == Signs::Unicode {
            return;
        }
        for cell in &mut buffer.content {
            if let Some(plain) = ascii(cell.symbol()) {
                cell.set_symbol(plain);
            }
        }
    }
}

/// The replacement for a cell that must not reach the terminal.
const UNFIT: &str = "??";
/// Maximum bytes of a letter with its accents; more accents would run over the neighbouring cells.
pub const LETTER_BYTES_MAX: usize = 32;

/// Whether a cell holds visible text of its own width. The primitives in `frame` write nothing else; this is
/// the last check, and no way leads around it.
fn is_fit(symbol: &str) -> bool {
    match symbol.as_bytes() {
        [] | [0x20..=0x7e] => true,
        bytes => bytes.len() <= LETTER_BYTES_MAX && !symbol.chars().any(visible::is_hidden),
    }
}

/// The ASCII character for a sign; `None` if nothing needs to change.
#[expect(clippy::match_same_arms, reason = "a table: alike signs stand together")]
fn ascii(symbol: &str) -> Option<&'static str> {
    if symbol.is_ascii() {
        return None;
    }
    Some(match symbol {
        "─" | "━" | "┄" | "╌" | "═" | "–" | "—" | "‐" | "−" | "▁" | "░" | "╶" | "╴" => {
            "-"
        }
        "│" | "┊" | "▏" | "║" | "┆" | "╎" => "|",
        "▸" | "▶" | "↳" | "→" | "›" | "❯" | "»" => ">",
        "◂" | "◀" | "←" | "‹" | "«" => "<",
        "▾" | "▼" | "↓" => "v",
        "▴" | "▲" | "↑" => "^",
        "✓" => "+",
        "✗" | "✖" | "×" => "x",
        "●" => "*",
        // An alarm in OK must not look like one in ALARM.
        "•" | "·" | "△" => ".",
        "○" | "◌" => "o",
        "◔" | "◑" | "◕" => "@",
        "◆" | "◇" => "#",
        "↻" | "↺" | "↩" | "↪" => "~",
        "⏸" => "=",
        "█" | "▇" | "▆" | "▅" | "▄" | "▃" | "▂" | "▓" | "▒" | "▌" | "▐" | "▣" | "▦" => {
            "#"
        }
        "“" | "”" => "\"",
        "‘" | "’" => "'",
        "…" => ".",
        "λ" => "L",
        "µ" => "u",
        "≥" => ">",
        "≤" => "<",
        "≠" => "!",
        // A queue or a store must not look like a success.
        "▤" | "▥" | "▧" | "≡" | "≣" => "=",
        "↦" => ">",
        "⚑" | "↗" | "⏱" => "!",
        _ => "+",
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_colour_no_meaning_has_one() {
        let plain = Theme { palette: Palette::Plain, signs: Signs::Unicode };
        for meaning in [Meaning::Dead, Meaning::Right, Meaning::Code, Meaning::Accent] {
            let style = plain.style(meaning);
            assert_eq!((style.fg, style.bg), (None, None), "{meaning:?}");
        }
        assert!(plain.style(Meaning::Dead).add_modifier.contains(Modifier::REVERSED));
    }

    #[test]
    fn in_ascii_a_part_that_holds_something_does_not_look_like_a_success() {
        for sign in ["▤", "▥", "▧", "≡", "≣"] {
            assert_ne!(ascii(sign), ascii("✓"), "{sign}");
        }
    }

    #[test]
    fn ascii_leaves_nothing_else_on_the_screen() {
        let mut buffer = Buffer::with_lines(["▸ Continue ✓ ─ ◔ “x” é"]);
        Theme { palette: Palette::Plain, signs: Signs::Ascii }.finish(&mut buffer);
        assert!(buffer.content.iter().all(|cell| cell.symbol().is_ascii()), "{buffer:?}");
    }
}
