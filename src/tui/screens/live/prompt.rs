//! What is typed into a run: a seed, an order's number, a setting's value.

use crate::tui::wrap;

/// What is being typed.
#[derive(Debug, Clone)]
pub enum Prompt {
    Seed(String),
    /// An order's number; with nothing typed it is about the one that is followed.
    Order(String, Option<u32>),
    Value(Asked),
}

/// A value that is typed.
#[derive(Debug, Clone)]
pub struct Asked {
    pub path: String,
    /// What is set, and how it is now.
    pub name: String,
    pub now: String,
    pub typed: String,
}

/// Columns of a value that is there, and characters of one that is typed, that are shown.
const SHOWN: usize = 24;
const TYPED: usize = 40;
/// What ends a prompt.
const WAYS_OUT: &str = "enter takes it, esc leaves";

impl Prompt {
    pub fn text(&self) -> String {
        match self {
            Self::Seed(text) => format!("seed: {text}▏   {WAYS_OUT}"),
            Self::Order(text, Some(order)) if text.is_empty() => {
                format!(
                    "order: ▏ (enter: the life of order {order}, or back from it to follow none)"
                )
            }
            Self::Order(text, _) => format!("order: {text}▏   {WAYS_OUT}"),
            Self::Value(Asked { name, now, typed, .. }) => {
                // What is typed stays to be seen, however long it is and what it takes the place of.
                let (now, typed) = (wrap::cut(now, SHOWN), tail(typed));
                format!("{name} (now {now}): {typed}▏   {WAYS_OUT}")
            }
        }
    }

    pub fn typed(&mut self) -> &mut String {
        match self {
            Self::Seed(text) | Self::Order(text, _) => text,
            Self::Value(asked) => &mut asked.typed,
        }
    }
}

/// The end of what is typed, where the next character comes.
fn tail(typed: &str) -> String {
    let count = typed.chars().count();
    if count <= TYPED {
        return typed.to_owned();
    }
    format!("…{}", typed.chars().skip(count + 1 - TYPED).collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_typed_last_is_seen_however_long_it_is() {
        let long = "x".repeat(900);
        let asked = Asked {
            path: String::new(),
            name: "policy".to_owned(),
            now: long.clone(),
            typed: format!("{long}END"),
        };
        let text = Prompt::Value(asked).text();
        assert!(text.contains("END▏") && text.ends_with(WAYS_OUT), "{text}");
        assert!(text.chars().count() < 120, "{text}");
        assert_eq!(tail("13h"), "13h");
    }
}
