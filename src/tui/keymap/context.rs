//! The contexts in which keys are pressed, and sets of them.

/// What is on the screen when a key is pressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Context {
    /// The list of courses.
    Courses,
    Home,
    Contents,
    Reader,
    /// A lesson opened to look something up.
    LookUp,
    /// Typing a search or a filter.
    Search,
    Question,
    Paused,
    Explanation,
    Summary,
    Live,
    /// The list of faults or of settings.
    Menu,
    /// The list of runs to compare with.
    Choice,
    /// Typing a value.
    Entry,
    /// The life of one order.
    Life,
    /// The sheet of a part.
    Inspect,
    Compare,
    /// A bet before the clock starts.
    Bet,
    /// The verdict on a bet or a repair.
    Verdict,
    Labs,
    Glossary,
    Help,
}

impl Context {
    /// Every context, in the order of the help page.
    pub const ALL: [Self; 22] = [
        Self::Courses,
        Self::Home,
        Self::Contents,
        Self::Reader,
        Self::LookUp,
        Self::Search,
        Self::Question,
        Self::Paused,
        Self::Explanation,
        Self::Summary,
        Self::Live,
        Self::Menu,
        Self::Choice,
        Self::Entry,
        Self::Life,
        Self::Inspect,
        Self::Compare,
        Self::Bet,
        Self::Verdict,
        Self::Labs,
        Self::Glossary,
        Self::Help,
    ];

    /// Its heading on the help page.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Courses => "Courses",
            Self::Home => "Home",
            Self::Contents => "Contents",
            Self::Reader => "Reading",
            Self::LookUp => "Looking something up",
            Self::Search => "Search",
            Self::Question => "Question",
            Self::Paused => "Paused",
            Self::Explanation => "Explanation",
            Self::Summary => "Summary",
            Self::Live => "Live pipeline",
            Self::Menu => "Break, tune",
            Self::Choice => "Choose a run",
            Self::Entry => "Typing a value",
            Self::Life => "One followed on its way",
            Self::Inspect => "A part's sheet",
            Self::Compare => "Two runs compared",
            Self::Bet => "Bet",
            Self::Verdict => "Verdict",
            Self::Labs => "Labs and incidents",
            Self::Glossary => "Glossary",
            Self::Help => "Help",
        }
    }
}

/// A set of contexts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Contexts(u32);

impl Contexts {
    /// Every context.
    pub const ALL: Self = Self::of(&Context::ALL);

    /// The set of these contexts.
    #[must_use]
    pub const fn of(contexts: &[Context]) -> Self {
        let (mut bits, mut index) = (0, 0);
        while index < contexts.len() {
            bits |= 1 << contexts[index] as u32;
            index += 1;
        }
        Self(bits)
    }

    /// The contexts of both sets.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// This set without the contexts of another.
    #[must_use]
    pub const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// Whether a context belongs to the set.
    #[must_use]
    pub const fn contains(self, context: Context) -> bool {
        self.0 & 1 << context as u32 != 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_has_what_was_put_in_and_nothing_else() {
        let lists = Contexts::of(&[Context::Labs, Context::Help]);
        let rest = Contexts::ALL.without(lists);
        for context in Context::ALL {
            let is_list = matches!(context, Context::Labs | Context::Help);
            assert_eq!((lists.contains(context), rest.contains(context)), (is_list, !is_list));
        }
        assert_eq!(rest.and(lists), Contexts::ALL);
    }
}
