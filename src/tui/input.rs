//! Terminal input in the program's own types. `terminal/decode` makes them from bytes, `script` from text.

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
    pub fn label(self) -> String {
        match self {
            Self::Char(' ') => "space".to_owned(),
            Self::Char(character) | Self::Pasted(character) => character.to_string(),
            Self::Ctrl(character) => format!("ctrl-{character}"),
            Self::Enter => "enter".to_owned(),
            Self::Esc => "esc".to_owned(),
            Self::Tab => "tab".to_owned(),
            Self::BackTab => "shift-tab".to_owned(),
            Self::Backspace => "backspace".to_owned(),
            Self::Up => "↑".to_owned(),
            Self::Down => "↓".to_owned(),
            Self::Left => "←".to_owned(),
            Self::Right => "→".to_owned(),
            Self::Home => "home".to_owned(),
            Self::End => "end".to_owned(),
            Self::PageUp => "pgup".to_owned(),
            Self::PageDown => "pgdn".to_owned(),
        }
    }
}
