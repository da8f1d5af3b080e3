//! The one table of keys: what works where, what it means, and what it is called. Matching, the
//! footer and the help page read it, so they cannot disagree.

use super::input::Key;

/// Where a key is pressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Context {
    Home,
    Contents,
    Reader,
    /// Typing after `/`.
    Search,
    Question,
    Paused,
    Explanation,
    Summary,
    Pipeline,
    Help,
}

impl Context {
    pub const ALL: [Self; 10] = [
        Self::Home,
        Self::Contents,
        Self::Reader,
        Self::Search,
        Self::Question,
        Self::Paused,
        Self::Explanation,
        Self::Summary,
        Self::Pipeline,
        Self::Help,
    ];

    /// What the help page calls it.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Home => "Home",
            Self::Contents => "Contents",
            Self::Reader => "Reading",
            Self::Search => "Search",
            Self::Question => "Question",
            Self::Paused => "Paused",
            Self::Explanation => "Explanation",
            Self::Summary => "Summary",
            Self::Pipeline => "Live pipeline",
            Self::Help => "Help",
        }
    }
}

/// What the learner means by a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Intent {
    Quit,
    Suspend,
    Help,
    /// Back to where one came from.
    Leave,
    /// The best next thing.
    GoOn,
    Contents,
    Overview,
    Traps,
    Live,
    Down,
    Up,
    PageDown,
    PageUp,
    HalfDown,
    HalfUp,
    Top,
    Bottom,
    NextHeading,
    PreviousHeading,
    NextLesson,
    PreviousLesson,
    Search,
    NextHit,
    PreviousHit,
    Erase,
    /// The option with this place on the screen, from 0.
    Choose(u8),
    /// The option under the cursor.
    Mark,
    Pause,
    Lesson,
    Run,
    Step,
    StepSecond,
    Faster,
    Slower,
    Restart,
    NextSeed,
    PreviousSeed,
    /// The fault with this place in the list, from 0.
    Break(u8),
    Redrive,
}

/// How a binding's keys become an intent.
#[derive(Clone, Copy)]
enum Means {
    One(Intent),
    /// By the key's place in the list, counted in sixes: `1`–`6`, then `a`–`f`.
    Nth(fn(u8) -> Intent),
}

/// A row of the table.
pub struct Binding {
    contexts: &'static [Context],
    keys: &'static [Key],
    means: Means,
    /// The keys as they are shown.
    pub shown: &'static str,
    pub label: &'static str,
    /// Place in line for the footer, from 1; 0 is for the help page only.
    rank: u8,
}

use Context::{
    Contents, Explanation, Help, Home, Paused, Pipeline, Question, Reader, Search, Summary,
};
use Key::{Char, Ctrl};
use Means::{Nth, One};

const fn bind(
    contexts: &'static [Context],
    keys: &'static [Key],
    means: Means,
    shown: &'static str,
    label: &'static str,
    rank: u8,
) -> Binding {
    Binding { contexts, keys, means, shown, label, rank }
}

const EVERYWHERE: &[Context] = &Context::ALL;
const SCROLLED: &[Context] = &[Reader, Explanation, Summary, Help];
const MOVED: &[Context] = &[Contents, Reader, Explanation, Summary, Help, Question];
const NUMBERS: &[Key] = &[Char('1'), Char('2'), Char('3'), Char('4'), Char('5'), Char('6')];
const CHOICES: &[Key] = &[
    Char('1'),
    Char('2'),
    Char('3'),
    Char('4'),
    Char('5'),
    Char('6'),
    Char('a'),
    Char('b'),
    Char('c'),
    Char('d'),
    Char('e'),
    Char('f'),
];

/// All keys. The order is the order of the footer and of the help page.
pub const TABLE: &[Binding] = &[
    bind(&[Home], &[Key::Enter], One(Intent::GoOn), "enter", "next", 1),
    bind(&[Home], &[Char('r')], One(Intent::Contents), "r", "read", 2),
    bind(&[Home], &[Char('t')], One(Intent::Traps), "t", "traps", 3),
    bind(&[Home], &[Char('l')], One(Intent::Live), "l", "live", 4),
    bind(&[Home], &[Char('o')], One(Intent::Overview), "o", "overview", 7),
    bind(&[Contents], &[Key::Enter, Char(' ')], One(Intent::GoOn), "enter", "open", 1),
    bind(&[Contents], &[Char('o')], One(Intent::Leave), "o", "close", 0),
    bind(&[Search], &[Key::Enter], One(Intent::GoOn), "enter", "find", 1),
    bind(&[Search], &[Key::Backspace], One(Intent::Erase), "backspace", "erase", 0),
    bind(&[Question], CHOICES, Nth(Intent::Choose), "1-6 a-f", "choose", 1),
    bind(&[Question], &[Key::Enter], One(Intent::GoOn), "enter", "answer", 2),
    bind(&[Question], &[Char(' ')], One(Intent::Mark), "space", "mark", 0),
    bind(&[Question], &[Char('p')], One(Intent::Pause), "p", "pause", 4),
    bind(&[Paused], &[Key::Enter, Char('p'), Char(' ')], One(Intent::Pause), "enter", "go on", 1),
    bind(&[Explanation], &[Key::Enter], One(Intent::GoOn), "enter", "next question", 1),
    bind(&[Explanation], &[Char('l')], One(Intent::Lesson), "l", "lesson", 3),
    bind(&[Summary], &[Key::Enter], One(Intent::GoOn), "enter", "done", 1),
    bind(&[Summary], &[Char('t')], One(Intent::Traps), "t", "another set", 2),
    bind(&[Reader], &[Key::Enter], One(Intent::GoOn), "enter", "go on", 1),
    bind(&[Reader], NUMBERS, Nth(Intent::Choose), "1-6", "predict", 2),
    bind(MOVED, &[Char('j'), Key::Down], One(Intent::Down), "j ↓", "down", 6),
    bind(MOVED, &[Char('k'), Key::Up], One(Intent::Up), "k ↑", "up", 7),
    bind(
        SCROLLED,
        &[Char(' '), Key::PageDown, Ctrl('f')],
        One(Intent::PageDown),
        "space",
        "page on",
        3,
    ),
    bind(SCROLLED, &[Char('f')], One(Intent::PageDown), "f", "page on", 0),
    bind(SCROLLED, &[Char('b'), Key::PageUp, Ctrl('b')], One(Intent::PageUp), "b", "page back", 4),
    bind(&[Question, Contents], &[Key::PageDown], One(Intent::PageDown), "pgdn", "page on", 0),
    bind(&[Question, Contents], &[Key::PageUp], One(Intent::PageUp), "pgup", "page back", 0),
    bind(SCROLLED, &[Char('d'), Ctrl('d')], One(Intent::HalfDown), "d", "half a page on", 0),
    bind(SCROLLED, &[Char('u'), Ctrl('u')], One(Intent::HalfUp), "u", "half a page back", 0),
    bind(
        &[Contents, Reader, Explanation, Summary, Help],
        &[Char('g'), Key::Home],
        One(Intent::Top),
        "g",
        "to the top",
        0,
    ),
    bind(
        &[Contents, Reader, Explanation, Summary, Help],
        &[Char('G'), Key::End],
        One(Intent::Bottom),
        "G",
        "to the end",
        0,
    ),
    bind(&[Reader], &[Char(']'), Key::Tab], One(Intent::NextHeading), "]", "next heading", 8),
    bind(
        &[Reader],
        &[Char('['), Key::BackTab],
        One(Intent::PreviousHeading),
        "[",
        "previous heading",
        0,
    ),
    bind(&[Reader], &[Char('>'), Key::Right], One(Intent::NextLesson), ">", "next lesson", 9),
    bind(
        &[Reader],
        &[Char('<'), Key::Left],
        One(Intent::PreviousLesson),
        "<",
        "previous lesson",
        0,
    ),
    bind(&[Reader], &[Char('o')], One(Intent::Contents), "o", "contents", 5),
    bind(&[Reader], &[Char('/')], One(Intent::Search), "/", "search", 4),
    bind(&[Reader], &[Char('n')], One(Intent::NextHit), "n", "next hit", 0),
    bind(&[Reader], &[Char('N')], One(Intent::PreviousHit), "N", "previous hit", 0),
    bind(&[Pipeline], &[Char(' ')], One(Intent::Run), "space", "run, pause", 1),
    bind(&[Pipeline], &[Char('.')], One(Intent::Step), ".", "step", 2),
    bind(&[Pipeline], &[Char(',')], One(Intent::StepSecond), ",", "one second", 7),
    bind(&[Pipeline], &[Char(']'), Char('+')], One(Intent::Faster), "]", "faster", 3),
    bind(&[Pipeline], &[Char('['), Char('-')], One(Intent::Slower), "[", "slower", 3),
    bind(&[Pipeline], NUMBERS, Nth(Intent::Break), "1-6", "break", 4),
    bind(&[Pipeline], &[Char('R')], One(Intent::Redrive), "R", "redrive the DLQs", 8),
    bind(&[Pipeline], &[Char('r')], One(Intent::Restart), "r", "restart", 5),
    bind(&[Pipeline], &[Char('s')], One(Intent::NextSeed), "s", "next seed", 6),
    bind(&[Pipeline], &[Char('S')], One(Intent::PreviousSeed), "S", "previous seed", 0),
    bind(
        &[Contents, Reader, Search, Question, Paused, Explanation, Summary, Pipeline, Help],
        &[Key::Esc],
        One(Intent::Leave),
        "esc",
        "back",
        2,
    ),
    bind(
        &[Contents, Reader, Paused, Explanation, Summary, Pipeline, Help],
        &[Char('q')],
        One(Intent::Leave),
        "q",
        "back",
        0,
    ),
    bind(&[Help], &[Char('?')], One(Intent::Leave), "?", "close", 0),
    bind(
        &[Home, Contents, Reader, Question, Paused, Explanation, Summary, Pipeline],
        &[Char('?')],
        One(Intent::Help),
        "?",
        "keys",
        2,
    ),
    bind(&[Home], &[Char('q')], One(Intent::Quit), "q", "leave", 4),
    bind(EVERYWHERE, &[Ctrl('c')], One(Intent::Quit), "ctrl-c", "leave Redrive", 0),
    bind(EVERYWHERE, &[Ctrl('z')], One(Intent::Suspend), "ctrl-z", "to the shell", 0),
];

/// What a key means there; `None` where it means nothing.
#[must_use]
pub fn intent(context: Context, key: Key) -> Option<Intent> {
    TABLE.iter().filter(|binding| binding.contexts.contains(&context)).find_map(|binding| {
        let place = binding.keys.iter().position(|bound| *bound == key)?;
        Some(match binding.means {
            One(intent) => intent,
            Nth(intent) => intent((place % 6) as u8),
        })
    })
}

/// The rows that work there, in the table's order.
pub fn bindings(context: Context) -> impl Iterator<Item = &'static Binding> {
    TABLE.iter().filter(move |binding| binding.contexts.contains(&context))
}

/// What the footer says in `columns`: the rows that matter most, in the table's order.
#[must_use]
pub fn footer(context: Context, columns: usize) -> Vec<(&'static str, &'static str)> {
    let mut rows: Vec<(usize, &Binding)> =
        bindings(context).enumerate().filter(|(_, binding)| binding.rank > 0).collect();
    rows.sort_by_key(|(place, binding)| (binding.rank, *place));
    let mut used = 0;
    let mut kept = Vec::new();
    for (place, binding) in rows {
        let wide = binding.shown.chars().count() + 1 + binding.label.chars().count();
        let gap = if kept.is_empty() { 0 } else { 3 };
        if used + gap + wide > columns {
            continue;
        }
        used += gap + wide;
        kept.push((place, binding));
    }
    kept.sort_by_key(|(place, _)| *place);
    kept.into_iter().map(|(_, binding)| (binding.shown, binding.label)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_key_means_two_things_in_one_place() {
        for context in Context::ALL {
            let keys: Vec<Key> =
                bindings(context).flat_map(|binding| binding.keys.iter().copied()).collect();
            for (index, key) in keys.iter().enumerate() {
                assert!(!keys[..index].contains(key), "{key:?} twice in {context:?}");
            }
        }
    }

    #[test]
    fn every_place_can_be_left_and_every_footer_fits() {
        for context in Context::ALL {
            let ways = [Key::Esc, Char('q'), Ctrl('c')];
            assert!(ways.iter().any(|key| intent(context, *key).is_some()), "{context:?}");
            for columns in [40, 80, 120] {
                let wide: usize = footer(context, columns)
                    .iter()
                    .map(|(key, label)| key.chars().count() + label.chars().count() + 4)
                    .sum();
                assert!(wide <= columns + 3, "{context:?} at {columns}: {wide}");
                assert!(!footer(context, columns).is_empty(), "{context:?} at {columns}");
            }
        }
    }

    #[test]
    fn numbers_and_letters_choose_the_same_options() {
        for (number, letter) in ('1'..='6').zip('a'..='f') {
            let chosen = intent(Question, Char(number));
            assert!(matches!(chosen, Some(Intent::Choose(_))));
            assert_eq!(chosen, intent(Question, Char(letter)));
        }
        assert_eq!(intent(Reader, Char('b')), Some(Intent::PageUp), "letters scroll in the reader");
    }
}
