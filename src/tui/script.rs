//! Scripted keys: the language of `--keys`, of journeys in tests, and of bug reports.
//!
//! A character is itself; `<enter> <esc> <tab> <space> <bs> <up> <down> <left> <right> <home>
//! <end> <pgup> <pgdn> <c-x> <lt>` are keys; `<wait 2s>` moves both clocks, which otherwise stand
//! still; `<size 80x24>` resizes the terminal, `<paste text>` pastes.

use std::time::Duration;

use thiserror::Error;

use super::input::{Input, Key};

/// One step of a script.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    Input(Input),
    Wait(Duration),
}

/// A script that cannot be played, and the offset of the mistake.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ScriptError {
    #[error(
        "The key script has a < at character {0} that no > closes. A < itself is written <lt>."
    )]
    Unclosed(usize),
    #[error(
        "The key script has the unknown key <{name}> at character {at}. Known are <enter> <esc> \
         <tab> <space> <bs> <up> <down> <left> <right> <home> <end> <pgup> <pgdn> <c-x> <lt> \
         <wait 2s> <size 80x24> <paste text>."
    )]
    Unknown { name: String, at: usize },
    #[error(
        "The key script waits longer than a year at character {0}: <wait 8760h> is the longest."
    )]
    Wait(usize),
    #[error(
        "The key script has a window at character {0} that no terminal has: <size 1x1> to <size 500x300>."
    )]
    Size(usize),
}

/// Maximum wait: clocks can be moved only so far.
const WAIT_MAX: Duration = Duration::from_secs(8_760 * 3_600);
/// Maximum window, for `--size` too: a frame has a cell for every position.
pub const COLUMNS_MAX: u16 = 500;
/// Maximum rows.
pub const ROWS_MAX: u16 = 300;

/// Whether a scripted window can be drawn.
#[must_use]
pub fn is_size(columns: u16, rows: u16) -> bool {
    (1..=COLUMNS_MAX).contains(&columns) && (1..=ROWS_MAX).contains(&rows)
}

/// Parses a script.
pub fn parse(script: &str) -> Result<Vec<Step>, ScriptError> {
    let mut steps = Vec::new();
    let mut characters = script.chars().enumerate();
    while let Some((at, character)) = characters.next() {
        if character != '<' {
            steps.push(Step::Input(Input::Key(Key::Char(character))));
            continue;
        }
        let mut name = String::new();
        loop {
            match characters.next() {
                None => return Err(ScriptError::Unclosed(at + 1)),
                Some((_, '>')) => break,
                Some((_, character)) => name.push(character),
            }
        }
        if let Some(text) = name.strip_prefix("paste ") {
            steps.extend(text.chars().map(|pasted| Step::Input(Input::Key(Key::Pasted(pasted)))));
            continue;
        }
        let step = named(&name).ok_or(ScriptError::Unknown { name, at: at + 1 })?;
        match step {
            Step::Wait(time) if time > WAIT_MAX => return Err(ScriptError::Wait(at + 1)),
            Step::Input(Input::Resize(columns, rows)) if !is_size(columns, rows) => {
                return Err(ScriptError::Size(at + 1));
            }
            Step::Wait(_) | Step::Input(_) => {}
        }
        steps.push(step);
    }
    Ok(steps)
}

fn named(name: &str) -> Option<Step> {
    let key = match name {
        "enter" => Key::Enter,
        "esc" => Key::Esc,
        "tab" => Key::Tab,
        "s-tab" => Key::BackTab,
        "space" => Key::Char(' '),
        "bs" => Key::Backspace,
        "up" => Key::Up,
        "down" => Key::Down,
        "left" => Key::Left,
        "right" => Key::Right,
        "home" => Key::Home,
        "end" => Key::End,
        "pgup" => Key::PageUp,
        "pgdn" => Key::PageDown,
        "lt" => Key::Char('<'),
        _ => return held(name).or_else(|| wait(name)).or_else(|| size(name)),
    };
    Some(Step::Input(Input::Key(key)))
}

/// `c-x`
fn held(name: &str) -> Option<Step> {
    let mut rest = name.strip_prefix("c-")?.chars();
    let character = rest.next()?;
    rest.next().is_none().then_some(Step::Input(Input::Key(Key::Ctrl(character))))
}

/// `wait 2s`, `wait 300ms`, `wait 20m`, `wait 1h`
fn wait(name: &str) -> Option<Step> {
    let text = name.strip_prefix("wait ")?.trim();
    let digits = text.trim_end_matches(|character: char| character.is_ascii_alphabetic());
    let count: u64 = digits.parse().ok()?;
    let unit = match &text[digits.len()..] {
        "ms" => 1,
        "s" => 1_000,
        "m" => 60_000,
        "h" => 3_600_000,
        _ => return None,
    };
    Some(Step::Wait(Duration::from_millis(count.checked_mul(unit)?)))
}

/// `size 80x24`
fn size(name: &str) -> Option<Step> {
    let (columns, rows) = name.strip_prefix("size ")?.split_once('x')?;
    Some(Step::Input(Input::Resize(columns.parse().ok()?, rows.parse().ok()?)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_names_and_waits_are_read() {
        let steps = parse("jG<enter><c-c><lt><wait 1500ms><size 40x12>").unwrap();
        let key = |key| Step::Input(Input::Key(key));
        let expected = [
            key(Key::Char('j')),
            key(Key::Char('G')),
            key(Key::Enter),
            key(Key::Ctrl('c')),
            key(Key::Char('<')),
            Step::Wait(Duration::from_millis(1500)),
            Step::Input(Input::Resize(40, 12)),
        ];
        assert_eq!(steps, expected);
    }

    #[test]
    fn a_mistake_is_named_with_its_place() {
        assert_eq!(parse("jj<enter"), Err(ScriptError::Unclosed(3)));
        let unknown = parse("j<entre>").unwrap_err();
        assert_eq!(unknown, ScriptError::Unknown { name: "entre".into(), at: 2 });
        for wrong in [
            "<wait>",
            "<wait 2>",
            "<wait s>",
            "<c-ab>",
            "<>",
            "<size 8>",
            "<wait 99999999999999999999h>",
        ] {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn what_no_clock_and_no_terminal_has_is_refused() {
        assert_eq!(parse("j<wait 2290000000h>"), Err(ScriptError::Wait(2)));
        assert_eq!(parse("<wait 8761h>"), Err(ScriptError::Wait(1)));
        assert!(parse("<wait 8760h><size 500x300><size 1x1>").is_ok());
        for wrong in ["<size 65535x65535>", "<size 501x10>", "<size 10x301>", "<size 0x0>"] {
            assert_eq!(parse(wrong), Err(ScriptError::Size(1)), "{wrong}");
        }
    }
}
