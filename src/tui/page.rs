//! A screen in reading order, for screen readers, tests and bug reports.

use std::fmt;

/// Title, blocks, choices and keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    pub title: String,
    pub blocks: Vec<String>,
    /// Each choice's key and text.
    pub choices: Vec<(String, String)>,
    /// Keys that do something at the moment, with their labels. The app fills them in.
    pub keys: Vec<(String, &'static str)>,
}

impl fmt::Display for Page {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.title)?;
        for block in self.blocks.iter().filter(|block| !block.trim().is_empty()) {
            writeln!(f, "\n{}", block.trim_end())?;
        }
        if !self.choices.is_empty() {
            writeln!(f)?;
        }
        for (key, text) in &self.choices {
            writeln!(f, "{key}: {text}")?;
        }
        write!(f, "\nKeys:")?;
        for (key, label) in &self.keys {
            write!(f, " {key} {label};")?;
        }
        writeln!(f)
    }
}
