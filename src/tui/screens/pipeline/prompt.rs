//! What is typed into a run: a seed, an order's number, a setting's value.

/// What is being typed.
#[derive(Debug, Clone)]
pub enum Prompt {
    Seed(String),
    /// An order's number; with nothing typed it is about the one that is followed.
    Order(String, Option<u32>),
    /// What is set, how it is now, and its new value.
    Value(String, String, String),
}

impl Prompt {
    pub fn text(&self) -> String {
        match self {
            Self::Seed(text) => format!("seed: {text}▏"),
            Self::Order(text, Some(order)) if text.is_empty() => {
                format!(
                    "order: ▏ (enter: the life of order {order}, or back from it to follow none)"
                )
            }
            Self::Order(text, _) => format!("order: {text}▏"),
            Self::Value(path, now, text) => format!("{path} (now {now}) = {text}▏"),
        }
    }

    pub fn typed(&mut self) -> &mut String {
        match self {
            Self::Seed(text) | Self::Order(text, _) | Self::Value(_, _, text) => text,
        }
    }
}
