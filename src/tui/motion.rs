//! How much on the screen moves. Less motion means fewer repaints, not only slower ones.

use clap::ValueEnum;

/// How much moves.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum Motion {
    /// 25 pictures a second while something runs.
    #[default]
    Full,
    /// A tenth of the pictures.
    Reduced,
    /// A picture when something happened; nothing travels.
    Off,
}

impl Motion {
    /// The next one round.
    #[must_use]
    pub fn next(self) -> Self {
        match self {
            Self::Full => Self::Reduced,
            Self::Reduced => Self::Off,
            Self::Off => Self::Full,
        }
    }

    /// In a word.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Full => "full",
            Self::Reduced => "reduced",
            Self::Off => "off",
        }
    }
}
