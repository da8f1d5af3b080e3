//! Terminal input in the program's own types. `terminal/decode` makes them from bytes, `script` from text.

use std::borrow::Cow;

/// A key as the key table names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Key {
    Char(char),
    /// A character of pasted text. It is no key: only a text entry takes it.
    Pasted(char),
    Ctrl(char),
    Enter,
    Esc,
    Tab,
    BackTab,
    Backspace,
    Up,
    Down,
    Left,
    Right,
    Home,
    End,
    PageUp,
    PageDown,
}

/// An event from the terminal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Input {
    Key(Key),
    /// Columns and rows. Also sent when the process continues after a stop.
    Resize(u16, u16),
}

impl Key {
    /// The name of the key in the footer and on the help page.
    #[must_use]
    pub fn label(self) -> Cow<'static, str> {
        match self {
            Self::Char(' ') => "space".into(),
            Self::Char(character) | Self::Pasted(character) => String::from(character).into(),
            Self::Ctrl(character) => format!("ctrl-{character}").into(),
            Self::Enter => "enter".into(),
            Self::Esc => "esc".into(),
            Self::Tab => "tab".into(),
            Self::BackTab => "shift-tab".into(),
            Self::Backspace => "backspace".into(),
            Self::Up => "↑".into(),
            Self::Down => "↓".into(),
            Self::Left => "←".into(),
            Self::Right => "→".into(),
            Self::Home => "home".into(),
            Self::End => "end".into(),
            Self::PageUp => "pgup".into(),
            Self::PageDown => "pgdn".into(),
        }
    }
}
