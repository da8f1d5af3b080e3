//! The one table of keys: what works where, what it means, and what it is called. Matching, the
//! footer and the help page read it, so they cannot disagree.

use super::input::Key;

/// Where a key is pressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Context {
    /// The list of courses.
    Courses,
    Home,
    Contents,
    Reader,
    /// A lesson in which something is looked up.
    LookUp,
    /// Typing after `/`.
    Search,
    Question,
    Paused,
    Explanation,
    Summary,
    Live,
    /// A list in the pipeline of what to break or tune.
    Menu,
    /// A list in the pipeline to choose one of: what to compare with.
    Choice,
    /// Typing a value.
    Entry,
    /// One order's life.
    Life,
    /// A part looked into.
    Inspect,
    Compare,
    /// A bet before the clock starts.
    Bet,
    /// What came of it.
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

    /// What the help page calls it.
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
            Self::Inspect => "A part looked into",
            Self::Compare => "Two runs compared",
            Self::Bet => "Bet",
            Self::Verdict => "What came of a bet",
            Self::Labs => "Labs and incidents",
            Self::Glossary => "Glossary",
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
    /// The course picker.
    Courses,
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
    /// From here on one reads, after looking something up.
    ReadHere,
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
    StepBack,
    StepSecond,
    BackSecond,
    ScrubOn,
    ScrubBack,
    NextMoment,
    PreviousMoment,
    Faster,
    Slower,
    Restart,
    Seed,
    /// The fault with this place in the list, from 0.
    Break(u8),
    /// All that can be broken.
    Faults,
    Tune,
    /// A larger value of what is under the cursor, or a smaller one.
    More,
    Less,
    /// The same change, from the run's beginning.
    FromStart,
    Undo,
    Save,
    Redrive,
    /// An order by its number.
    Follow,
    NextFailure,
    Compare,
    Motion,
    Labs,
    Glossary,
    Hint,
    Solution,
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
    Bet, Choice, Compare, Contents, Courses, Entry, Explanation, Glossary, Help, Home, Inspect,
    Labs, Life, Live, LookUp, Menu, Paused, Question, Reader, Search, Summary, Verdict,
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
/// Where a lesson is on the screen.
const LESSON: &[Context] = &[Reader, LookUp];
/// What can be searched.
const SEARCHED: &[Context] = &[Reader, LookUp, Glossary];
/// Lists that can be narrowed to what is typed.
const FILTERED: &[Context] = &[Courses, Contents, Menu, Choice, Labs];
const SCROLLED: &[Context] = &[Reader, LookUp, Explanation, Summary, Help];
const MOVED: &[Context] = &[
    Courses,
    Contents,
    Reader,
    LookUp,
    Explanation,
    Summary,
    Help,
    Question,
    Menu,
    Choice,
    Life,
    Inspect,
    Bet,
    Verdict,
    Labs,
    Glossary,
];
/// Lists and sheets of a run whose pages are turned.
const PAGED: &[Context] = &[Courses, Inspect, Life, Menu, Choice, Labs];
/// What is left by a letter as well: nothing is typed there.
const LEFT: &[Context] = &[
    Contents,
    Reader,
    LookUp,
    Paused,
    Explanation,
    Summary,
    Live,
    Menu,
    Choice,
    Life,
    Inspect,
    Compare,
    Bet,
    Verdict,
    Labs,
    Glossary,
];
/// Where a run is on the screen and its clock can be moved.
const PLAYED: &[Context] = &[Live, Life, Inspect, Compare];
/// Where there is one run to do something with.
const RUNS: &[Context] = &[Live, Life, Inspect];
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
    bind(&[Home], &[Char('b')], One(Intent::Labs), "b", "labs", 5),
    bind(&[Home], &[Char('o')], One(Intent::Overview), "o", "overview", 9),
    bind(&[Home], &[Char('c'), Key::Esc], One(Intent::Courses), "c", "courses", 8),
    bind(&[Courses, Contents], &[Key::Enter, Char(' ')], One(Intent::GoOn), "enter", "open", 1),
    bind(&[Contents], &[Char('o')], One(Intent::Leave), "o", "close", 0),
    bind(&[Search], &[Key::Enter], One(Intent::GoOn), "enter", "find", 1),
    bind(&[Search], &[Key::Backspace], One(Intent::Erase), "backspace", "erase", 0),
    bind(&[Question], CHOICES, Nth(Intent::Choose), "a-f 1-6", "choose", 1),
    bind(&[Question], &[Key::Enter], One(Intent::GoOn), "enter", "answer", 2),
    bind(&[Question], &[Char(' ')], One(Intent::Mark), "space", "mark", 0),
    bind(&[Question], &[Char('p')], One(Intent::Pause), "p", "pause", 4),
    bind(&[Paused], &[Key::Enter, Char('p'), Char(' ')], One(Intent::Pause), "enter", "go on", 1),
    bind(&[Explanation], &[Key::Enter], One(Intent::GoOn), "enter", "next question", 1),
    bind(&[Explanation], &[Char('l')], One(Intent::Lesson), "l", "lesson", 3),
    bind(&[Explanation, Reader, LookUp], &[Char('s')], One(Intent::Live), "s", "see it run", 3),
    bind(&[Summary], &[Key::Enter], One(Intent::GoOn), "enter", "done", 1),
    bind(&[Summary], &[Char('t')], One(Intent::Traps), "t", "another set", 2),
    bind(LESSON, &[Key::Enter], One(Intent::GoOn), "enter", "go on", 1),
    bind(&[LookUp], &[Char('r')], One(Intent::ReadHere), "r", "read from here", 2),
    bind(LESSON, NUMBERS, Nth(Intent::Choose), "1-6", "predict", 2),
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
        &[Contents, Reader, LookUp, Explanation, Summary, Glossary, Help],
        &[Char('g'), Key::Home],
        One(Intent::Top),
        "g",
        "to the top",
        0,
    ),
    bind(
        &[Contents, Reader, LookUp, Explanation, Summary, Glossary, Help],
        &[Char('G'), Key::End],
        One(Intent::Bottom),
        "G",
        "to the end",
        0,
    ),
    bind(LESSON, &[Char(']'), Key::Tab], One(Intent::NextHeading), "]", "next heading", 8),
    bind(
        LESSON,
        &[Char('['), Key::BackTab],
        One(Intent::PreviousHeading),
        "[",
        "previous heading",
        0,
    ),
    bind(LESSON, &[Char('>'), Key::Right], One(Intent::NextLesson), ">", "next lesson", 9),
    bind(LESSON, &[Char('<'), Key::Left], One(Intent::PreviousLesson), "<", "previous lesson", 0),
    bind(LESSON, &[Char('o')], One(Intent::Contents), "o", "contents", 5),
    bind(SEARCHED, &[Char('/')], One(Intent::Search), "/", "search", 4),
    bind(SEARCHED, &[Char('n')], One(Intent::NextHit), "n", "next hit", 0),
    bind(SEARCHED, &[Char('N')], One(Intent::PreviousHit), "N", "previous hit", 0),
    bind(
        &[Home, Contents, Reader, LookUp, Explanation],
        &[Char('w')],
        One(Intent::Glossary),
        "w",
        "glossary",
        8,
    ),
    bind(&[Glossary], NUMBERS, Nth(Intent::Choose), "1-6", "look it up there", 1),
    bind(&[Glossary], &[Key::Enter], One(Intent::GoOn), "enter", "in the first lesson", 0),
    bind(&[Glossary], &[Char(' '), Key::PageDown], One(Intent::PageDown), "space", "page on", 3),
    bind(&[Glossary], &[Char('b'), Key::PageUp], One(Intent::PageUp), "b", "page back", 5),
    bind(&[Bet], CHOICES, Nth(Intent::Choose), "1-6 a-f", "choose", 1),
    bind(&[Bet], &[Key::Enter], One(Intent::GoOn), "enter", "bet", 2),
    bind(&[Verdict], &[Key::Enter], One(Intent::GoOn), "enter", "more labs", 1),
    bind(&[Labs], &[Key::Enter, Char(' ')], One(Intent::GoOn), "enter", "open", 1),
    bind(&[Menu], &[Key::Enter], One(Intent::GoOn), "enter", "do it", 1),
    bind(&[Choice], &[Key::Enter], One(Intent::GoOn), "enter", "compare", 1),
    bind(&[Menu], &[Key::Right, Char('l')], One(Intent::More), "→", "more", 2),
    bind(&[Menu], &[Key::Left, Char('h')], One(Intent::Less), "←", "less", 2),
    bind(&[Menu], &[Char('0')], One(Intent::FromStart), "0", "from the beginning", 3),
    bind(&[Menu], &[Char('e')], One(Intent::Follow), "e", "type a value", 4),
    bind(MOVED, &[Char('j'), Key::Down], One(Intent::Down), "j ↓", "down", 6),
    bind(MOVED, &[Char('k'), Key::Up], One(Intent::Up), "k ↑", "up", 7),
    bind(FILTERED, &[Char('/')], One(Intent::Search), "/", "filter", 8),
    bind(&[Entry], &[Key::Enter], One(Intent::GoOn), "enter", "take it", 1),
    bind(&[Entry], &[Key::Backspace], One(Intent::Erase), "backspace", "erase", 0),
    bind(PLAYED, &[Char(' ')], One(Intent::Run), "space", "run, pause", 1),
    bind(&[Live], &[Char('f')], One(Intent::Faults), "f", "break", 2),
    bind(RUNS, &[Char('t')], One(Intent::Tune), "t", "tune", 2),
    bind(&[Live, Life], &[Char('o')], One(Intent::Follow), "o", "follow", 3),
    bind(&[Live], &[Key::Enter], One(Intent::GoOn), "enter", "look into", 3),
    bind(&[Life], &[Key::Enter], One(Intent::GoOn), "enter", "go there", 2),
    bind(PLAYED, &[Char('.')], One(Intent::Step), ".", "step", 4),
    bind(PLAYED, &[Char(',')], One(Intent::StepBack), ",", "step back", 8),
    bind(PLAYED, &[Char('>')], One(Intent::StepSecond), ">", "a second on", 0),
    bind(PLAYED, &[Char('<')], One(Intent::BackSecond), "<", "a second back", 0),
    bind(PLAYED, &[Key::Right], One(Intent::ScrubOn), "→", "on", 0),
    bind(PLAYED, &[Key::Left], One(Intent::ScrubBack), "←", "rewind", 5),
    bind(PLAYED, &[Char('g'), Key::Home], One(Intent::Top), "g", "to the beginning", 0),
    bind(PLAYED, &[Char('G'), Key::End], One(Intent::Bottom), "G", "to what was reached", 0),
    bind(PLAYED, &[Char('n')], One(Intent::NextMoment), "n", "next moment", 4),
    bind(PLAYED, &[Char('N')], One(Intent::PreviousMoment), "N", "previous moment", 0),
    bind(PLAYED, &[Char(']'), Char('+')], One(Intent::Faster), "]", "faster", 5),
    bind(PLAYED, &[Char('['), Char('-')], One(Intent::Slower), "[", "slower", 6),
    bind(PLAYED, &[Char('m')], One(Intent::Motion), "m", "motion: full, reduced, off", 0),
    bind(&[Live], NUMBERS, Nth(Intent::Break), "1-6", "break at once", 7),
    bind(RUNS, &[Char('x')], One(Intent::NextFailure), "x", "next failure", 9),
    bind(RUNS, &[Char('u')], One(Intent::Undo), "u", "undo", 6),
    bind(RUNS, &[Char('w')], One(Intent::Save), "w", "save as an experiment", 0),
    bind(RUNS, &[Char('R')], One(Intent::Redrive), "R", "redrive the DLQs", 8),
    bind(&[Live, Compare], &[Char('r')], One(Intent::Restart), "r", "restart", 8),
    bind(&[Live], &[Char('s')], One(Intent::Seed), "s", "seed", 9),
    bind(&[Live], &[Char('c')], One(Intent::Compare), "c", "compare", 5),
    bind(RUNS, &[Char('H')], One(Intent::Hint), "H", "an incident's hint", 0),
    bind(RUNS, &[Char('S')], One(Intent::Solution), "S", "an incident's solution", 0),
    bind(&[Live], &[Char('b')], One(Intent::Labs), "b", "labs", 9),
    bind(&[Live], &[Key::Tab], One(Intent::NextHeading), "tab", "next part", 7),
    bind(&[Live], &[Key::BackTab], One(Intent::PreviousHeading), "shift-tab", "previous part", 0),
    bind(&[Live], &[Char('j'), Key::Down], One(Intent::Down), "j ↓", "next part", 0),
    bind(&[Live], &[Char('k'), Key::Up], One(Intent::Up), "k ↑", "previous part", 0),
    bind(&[Inspect], &[Key::Tab], One(Intent::NextHeading), "tab", "next page", 2),
    bind(
        &[Inspect],
        &[Key::BackTab],
        One(Intent::PreviousHeading),
        "shift-tab",
        "previous page",
        0,
    ),
    bind(&[Inspect, Live, Verdict], &[Char('l')], One(Intent::Lesson), "l", "lesson", 7),
    bind(PAGED, &[Key::PageDown], One(Intent::PageDown), "pgdn", "page on", 0),
    bind(PAGED, &[Key::PageUp], One(Intent::PageUp), "pgup", "page back", 0),
    bind(
        &[Courses, Menu, Choice, Labs],
        &[Char('g'), Key::Home],
        One(Intent::Top),
        "g",
        "to the first",
        0,
    ),
    bind(
        &[Courses, Menu, Choice, Labs],
        &[Char('G'), Key::End],
        One(Intent::Bottom),
        "G",
        "to the last",
        0,
    ),
    bind(LEFT, &[Key::Esc], One(Intent::Leave), "esc", "back", 2),
    bind(&[Courses], &[Key::Esc], One(Intent::Leave), "esc", "show all", 3),
    bind(&[Search, Question, Entry, Help], &[Key::Esc], One(Intent::Leave), "esc", "back", 2),
    bind(LEFT, &[Char('q')], One(Intent::Leave), "q", "back", 0),
    bind(&[Help], &[Char('q')], One(Intent::Leave), "q", "back", 0),
    bind(&[Help], &[Char('?')], One(Intent::Leave), "?", "close", 0),
    bind(LEFT, &[Char('?')], One(Intent::Help), "?", "keys", 2),
    bind(&[Courses, Home, Question], &[Char('?')], One(Intent::Help), "?", "keys", 2),
    bind(&[Courses, Home], &[Char('q')], One(Intent::Quit), "q", "leave", 4),
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

/// What the footer says in `columns`: of the rows that do something just now those that matter most,
/// in the table's order. Where not all of them fit, the key that shows all and the one that leads back are
/// among them.
#[must_use]
pub fn footer(
    context: Context,
    columns: usize,
    does: &dyn Fn(Intent) -> bool,
) -> Vec<(String, &'static str)> {
    let rows = bindings(context).filter(|binding| binding.rank > 0).enumerate();
    let mut rows: Vec<(usize, u8, String, &'static str)> = rows
        .filter_map(|(place, binding)| {
            Some((place, binding.rank, binding.keys_that_do(does)?, binding.label))
        })
        .collect();
    let wide = |keys: &str, label: &str| keys.chars().count() + 1 + label.chars().count();
    let all: usize = rows.iter().map(|(_, _, keys, label)| wide(keys, label) + 3).sum();
    if all > columns.saturating_add(3) {
        for row in rows.iter_mut().filter(|(_, _, keys, _)| keys == "?" || keys == "esc") {
            row.1 = 0;
        }
    }
    rows.sort_by_key(|(place, rank, ..)| (*rank, *place));
    let mut used = 0;
    rows.retain(|(_, _, keys, label)| {
        let gap = if used == 0 { 0 } else { 3 };
        let fits = used + gap + wide(keys, label) <= columns;
        used += if fits { gap + wide(keys, label) } else { 0 };
        fits
    });
    rows.sort_by_key(|(place, ..)| *place);
    rows.into_iter().map(|(_, _, keys, label)| (keys, label)).collect()
}

impl Binding {
    /// The keys as the footer shows them, if any of them does something: of a range as many as there is
    /// something to choose, in the signs that stand on the screen.
    fn keys_that_do(&self, does: &dyn Fn(Intent) -> bool) -> Option<String> {
        match self.means {
            One(intent) => does(intent).then(|| self.shown.to_owned()),
            Nth(intent) => {
                let first = self.shown.chars().next()?;
                let count = (0..6).take_while(|place| does(intent(*place))).count() as u8;
                let last = char::from_u32(u32::from(first) + u32::from(count.checked_sub(1)?))?;
                Some(if count == 1 { first.to_string() } else { format!("{first}-{last}") })
            }
        }
    }
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
                let shown = footer(context, columns, &|_| true);
                let wide: usize = shown
                    .iter()
                    .map(|(key, label)| key.chars().count() + label.chars().count() + 4)
                    .sum();
                assert!(wide <= columns + 3, "{context:?} at {columns}: {wide}");
                let all = footer(context, usize::MAX, &|_| true);
                let has_help = shown.iter().any(|(key, _)| key == "?");
                let is_help = context == Help;
                assert!(shown.len() == all.len() || has_help || is_help, "{context:?}: {shown:?}");
            }
        }
    }

    #[test]
    fn the_footer_names_what_does_something() {
        let keys = |does: &dyn Fn(Intent) -> bool| footer(Question, 80, does);
        let three = |intent: Intent| match intent {
            Intent::Choose(place) => place < 3,
            other => other == Intent::Leave,
        };
        assert_eq!(keys(&three), [("a-c".to_owned(), "choose"), ("esc".to_owned(), "back")]);
        assert_eq!(keys(&|intent| intent == Intent::Choose(0)), [("a".to_owned(), "choose")]);
        assert!(keys(&|_| false).is_empty());
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
