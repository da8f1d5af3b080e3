//! How much moves on the screen. Less motion means fewer repaints, not slower ones.

use clap::ValueEnum;

/// A level of motion.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum Motion {
    /// 25 frames a second while a run plays.
    #[default]
    Full,
    /// A tenth of the frames.
    Reduced,
    /// A frame when something happened; nothing travels.
    Off,
}

impl Motion {
    /// The next level, from the last to the first.
    #[must_use]
    pub fn next(self) -> Self {
        match self {
            Self::Full => Self::Reduced,
            Self::Reduced => Self::Off,
            Self::Off => Self::Full,
        }
    }

    /// Its name.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Full => "full",
            Self::Reduced => "reduced",
            Self::Off => "off",
        }
    }
}
