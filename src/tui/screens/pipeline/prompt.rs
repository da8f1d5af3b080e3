//! What is typed into a run: a seed, an order's number, a setting's value.

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
