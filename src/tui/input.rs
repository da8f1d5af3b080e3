//! What comes from the terminal, in the program's own words. The only file that names the
//! terminal library's events.

use ratatui::crossterm::event::{Event, KeyCode, KeyEventKind, KeyModifiers};

/// A key as the key table names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Key {
    Char(char),
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

/// One thing the terminal said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Input {
    Key(Key),
    /// Columns and rows; also sent when the program comes back from being stopped.
    Resize(u16, u16),
}

impl Key {
    /// How the key is written in the footer and on the help page.
    #[must_use]
    pub fn label(self) -> String {
        match self {
            Self::Char(' ') => "space".to_owned(),
            Self::Char(character) => character.to_string(),
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

/// Translates an event of the terminal; what the program has no use for is `None`. Key releases and
/// repeats reported by some terminals are dropped here and nowhere else.
#[must_use]
pub fn translate(event: &Event) -> Option<Input> {
    match event {
        Event::Resize(columns, rows) => Some(Input::Resize(*columns, *rows)),
        Event::Key(key) if key.kind == KeyEventKind::Press => {
            let control = key.modifiers.contains(KeyModifiers::CONTROL);
            let other = key.modifiers.intersects(KeyModifiers::ALT | KeyModifiers::SUPER);
            let key = match key.code {
                KeyCode::Char(character) if control => Key::Ctrl(character.to_ascii_lowercase()),
                KeyCode::Char(_) if other => return None,
                KeyCode::Char(character) => Key::Char(character),
                KeyCode::Enter => Key::Enter,
                KeyCode::Esc => Key::Esc,
                KeyCode::Tab => Key::Tab,
                KeyCode::BackTab => Key::BackTab,
                KeyCode::Backspace => Key::Backspace,
                KeyCode::Up => Key::Up,
                KeyCode::Down => Key::Down,
                KeyCode::Left => Key::Left,
                KeyCode::Right => Key::Right,
                KeyCode::Home => Key::Home,
                KeyCode::End => Key::End,
                KeyCode::PageUp => Key::PageUp,
                KeyCode::PageDown => Key::PageDown,
                _ => return None,
            };
            Some(Input::Key(key))
        }
        _ => None,
    }
}
