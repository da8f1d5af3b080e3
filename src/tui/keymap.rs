//! The one table of keys: where each works, what it means, and its label. Matching, the footer and the help
//! page read it, so they cannot disagree.

mod context;
mod intent;

pub use self::context::{Context, Contexts};
pub use self::intent::Intent;
use super::input::Key;

/// How a binding's keys become an intent.
#[derive(Clone, Copy)]
enum Means {
    One(Intent),
    /// By the key's position within its range of six: `1`–`6`, then `a`–`f`.
    Nth(fn(u8) -> Intent),
}

/// Number of keys in a range that chooses among options.
const OPTIONS: usize = 6;

/// A row of the table.
pub struct Binding {
    contexts: Contexts,
    /// The chords; the footer names the first.
    keys: &'static [Key],
    means: Means,
    /// The footer's label: a word or two.
    pub label: &'static str,
    /// Priority in the footer, 1 first; 0 is for the help page only.
    rank: u8,
}

use Context::{
    Bet, Choice, Compare, Contents, Courses, Entry, Explanation, Glossary, Help, Home, Inspect,
    Labs, Life, Live, LookUp, Menu, Paused, Question, Reader, Search, Summary, Verdict,
};
use Key::{Char, Ctrl};
use Means::{Nth, One};

const fn bind(
    contexts: Contexts,
    keys: &'static [Key],
    means: Means,
    label: &'static str,
    rank: u8,
) -> Binding {
    Binding { contexts, keys, means, label, rank }
}

const fn on(contexts: &[Context]) -> Contexts {
    Contexts::of(contexts)
}

/// A lesson is on the screen.
const LESSON: Contexts = on(&[Reader, LookUp]);
/// Texts that can be searched.
const SEARCHED: Contexts = on(&[Reader, LookUp, Glossary]);
/// Lists that can be filtered.
const FILTERED: Contexts = on(&[Courses, Contents, Menu, Choice, Labs]);
const SCROLLED: Contexts = on(&[Reader, LookUp, Explanation, Summary, Help]);
const MOVED: Contexts = on(&[
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
]);
/// Lists and sheets with pages.
const PAGED: Contexts = on(&[Courses, Inspect, Life, Menu, Choice, Labs]);
/// `q` leads back and `?` opens the help page: everywhere but where one types or answers.
const LEFT: Contexts = Contexts::ALL.without(on(&[Courses, Home, Search, Question, Entry, Help]));
/// A run is on the screen and its clock can be moved.
const PLAYED: Contexts = on(&[Live, Life, Inspect, Compare]);
/// There is one run to change.
const RUNS: Contexts = on(&[Live, Life, Inspect]);
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
/// The same for options labelled with letters.
const LETTERS: &[Key] = &[
    Char('a'),
    Char('b'),
    Char('c'),
    Char('d'),
    Char('e'),
    Char('f'),
    Char('1'),
    Char('2'),
    Char('3'),
    Char('4'),
    Char('5'),
    Char('6'),
];

/// All keys. The order is the order of the footer and of the help page.
pub const TABLE: &[Binding] = &[
    bind(on(&[Home]), &[Key::Enter], One(Intent::GoOn), "next", 1),
    bind(on(&[Home]), &[Char('r')], One(Intent::Contents), "read", 2),
    bind(on(&[Home]), &[Char('t')], One(Intent::Traps), "traps", 3),
    bind(on(&[Home]), &[Char('l')], One(Intent::Live), "live", 4),
    bind(on(&[Home]), &[Char('b')], One(Intent::Labs), "labs", 5),
    bind(on(&[Home]), &[Char('o')], One(Intent::Overview), "overview", 9),
    bind(on(&[Home]), &[Char('c'), Key::Esc], One(Intent::Courses), "courses", 8),
    bind(on(&[Courses, Contents]), &[Key::Enter, Char(' ')], One(Intent::GoOn), "open", 1),
    bind(on(&[Contents]), &[Char('o')], One(Intent::Leave), "close", 0),
    bind(on(&[Search]), &[Key::Enter], One(Intent::GoOn), "find", 1),
    bind(on(&[Search]), &[Key::Backspace], One(Intent::Erase), "erase", 0),
    bind(on(&[Question]), LETTERS, Nth(Intent::Choose), "choose", 1),
    bind(on(&[Question]), &[Key::Enter], One(Intent::GoOn), "answer", 2),
    bind(on(&[Question]), &[Char(' ')], One(Intent::ToggleOption), "choose", 0),
    bind(on(&[Question]), &[Char('p')], One(Intent::Pause), "pause", 4),
    bind(on(&[Paused]), &[Key::Enter, Char('p'), Char(' ')], One(Intent::Pause), "go on", 1),
    bind(on(&[Explanation]), &[Key::Enter], One(Intent::GoOn), "next question", 1),
    bind(on(&[Explanation]), &[Char('l')], One(Intent::Lesson), "lesson", 3),
    bind(on(&[Explanation, Reader, LookUp]), &[Char('s')], One(Intent::SeeRun), "see it run", 3),
    bind(on(&[Summary]), &[Key::Enter], One(Intent::GoOn), "done", 1),
    bind(on(&[Summary]), &[Char('t')], One(Intent::Traps), "another set", 2),
    bind(LESSON, &[Key::Enter], One(Intent::GoOn), "go on", 1),
    bind(on(&[LookUp]), &[Char('r')], One(Intent::ReadHere), "read from here", 2),
    bind(LESSON, NUMBERS, Nth(Intent::Choose), "predict", 2),
    bind(SCROLLED, &[Char(' '), Key::PageDown, Ctrl('f')], One(Intent::PageDown), "page on", 3),
    bind(SCROLLED, &[Char('f')], One(Intent::PageDown), "page on", 0),
    bind(SCROLLED, &[Char('b'), Key::PageUp, Ctrl('b')], One(Intent::PageUp), "page back", 4),
    bind(on(&[Question, Contents]), &[Key::PageDown], One(Intent::PageDown), "page on", 0),
    bind(on(&[Question, Contents]), &[Key::PageUp], One(Intent::PageUp), "page back", 0),
    bind(SCROLLED, &[Char('d'), Ctrl('d')], One(Intent::HalfDown), "half a page on", 0),
    bind(SCROLLED, &[Char('u'), Ctrl('u')], One(Intent::HalfUp), "half a page back", 0),
    bind(
        on(&[Contents, Reader, LookUp, Explanation, Summary, Glossary, Help]),
        &[Char('g'), Key::Home],
        One(Intent::Top),
        "to the top",
        0,
    ),
    bind(
        on(&[Contents, Reader, LookUp, Explanation, Summary, Glossary, Help]),
        &[Char('G'), Key::End],
        One(Intent::Bottom),
        "to the end",
        0,
    ),
    bind(LESSON, &[Char(']'), Key::Tab], One(Intent::NextHeading), "next heading", 8),
    bind(LESSON, &[Char('['), Key::BackTab], One(Intent::PreviousHeading), "previous heading", 0),
    bind(LESSON, &[Char('>'), Key::Right], One(Intent::NextLesson), "next lesson", 9),
    bind(LESSON, &[Char('<'), Key::Left], One(Intent::PreviousLesson), "previous lesson", 0),
    bind(LESSON, &[Char('o')], One(Intent::Contents), "contents", 5),
    bind(SEARCHED, &[Char('/')], One(Intent::Search), "search", 4),
    bind(SEARCHED, &[Char('n')], One(Intent::NextHit), "next hit", 0),
    bind(SEARCHED, &[Char('N')], One(Intent::PreviousHit), "previous hit", 0),
    bind(
        on(&[Home, Contents, Reader, LookUp, Explanation]),
        &[Char('w')],
        One(Intent::Glossary),
        "glossary",
        8,
    ),
    bind(on(&[Glossary]), NUMBERS, Nth(Intent::Choose), "look it up there", 1),
    bind(on(&[Glossary]), &[Key::Enter], One(Intent::GoOn), "in the first lesson", 0),
    bind(on(&[Glossary]), &[Char(' '), Key::PageDown], One(Intent::PageDown), "page on", 3),
    bind(on(&[Glossary]), &[Char('b'), Key::PageUp], One(Intent::PageUp), "page back", 5),
    bind(on(&[Bet]), CHOICES, Nth(Intent::Choose), "choose", 1),
    bind(on(&[Bet]), &[Key::Enter], One(Intent::GoOn), "bet", 2),
    bind(on(&[Verdict]), &[Key::Enter], One(Intent::GoOn), "more labs", 1),
    bind(on(&[Labs]), &[Key::Enter, Char(' ')], One(Intent::GoOn), "open", 1),
    bind(on(&[Menu]), &[Key::Enter], One(Intent::GoOn), "do it", 1),
    bind(on(&[Choice]), &[Key::Enter], One(Intent::GoOn), "compare", 1),
    bind(on(&[Menu]), &[Key::Right, Char('l')], One(Intent::More), "more", 2),
    bind(on(&[Menu]), &[Key::Left, Char('h')], One(Intent::Less), "less", 2),
    bind(on(&[Menu]), &[Char('0')], One(Intent::FromStart), "from the beginning", 3),
    bind(on(&[Menu]), &[Char('e')], One(Intent::TypeValue), "type a value", 4),
    bind(MOVED, &[Char('j'), Key::Down], One(Intent::Down), "down", 6),
    bind(MOVED, &[Char('k'), Key::Up], One(Intent::Up), "up", 7),
    bind(FILTERED, &[Char('/')], One(Intent::Search), "filter", 8),
    bind(on(&[Entry]), &[Key::Enter], One(Intent::GoOn), "take it", 1),
    bind(on(&[Entry]), &[Key::Backspace], One(Intent::Erase), "erase", 0),
    bind(PLAYED, &[Char(' ')], One(Intent::Run), "run, pause", 1),
    bind(on(&[Live]), &[Char('f')], One(Intent::Faults), "break", 2),
    bind(RUNS, &[Char('t')], One(Intent::Tune), "tune", 2),
    bind(on(&[Live, Life]), &[Char('o')], One(Intent::Follow), "follow", 3),
    bind(on(&[Live]), &[Key::Enter], One(Intent::GoOn), "look into", 3),
    bind(on(&[Life]), &[Key::Enter], One(Intent::GoOn), "go there", 2),
    bind(PLAYED, &[Char('.')], One(Intent::Step), "step", 4),
    bind(PLAYED, &[Char(',')], One(Intent::StepBack), "step back", 8),
    bind(PLAYED, &[Char('>')], One(Intent::StepSecond), "a second on", 0),
    bind(PLAYED, &[Char('<')], One(Intent::BackSecond), "a second back", 0),
    bind(PLAYED, &[Key::Right], One(Intent::ScrubOn), "on", 0),
    bind(PLAYED, &[Key::Left], One(Intent::ScrubBack), "rewind", 5),
    bind(PLAYED, &[Char('g'), Key::Home], One(Intent::ToStart), "to the beginning", 0),
    bind(PLAYED, &[Char('G'), Key::End], One(Intent::ToReached), "to the latest instant", 0),
    bind(PLAYED, &[Char('n')], One(Intent::NextMoment), "next moment", 4),
    bind(PLAYED, &[Char('N')], One(Intent::PreviousMoment), "previous moment", 0),
    bind(PLAYED, &[Char(']'), Char('+')], One(Intent::Faster), "faster", 5),
    bind(PLAYED, &[Char('['), Char('-')], One(Intent::Slower), "slower", 6),
    bind(PLAYED, &[Char('m')], One(Intent::Motion), "motion", 0),
    bind(on(&[Live]), NUMBERS, Nth(Intent::Break), "break at once", 7),
    bind(RUNS, &[Char('x')], One(Intent::NextFailure), "next failure", 9),
    bind(RUNS, &[Char('u')], One(Intent::Undo), "undo", 6),
    bind(RUNS, &[Char('w')], One(Intent::Save), "save as an experiment", 0),
    bind(RUNS, &[Char('R')], One(Intent::Redrive), "redrive the DLQs", 8),
    bind(RUNS, &[Char('P')], One(Intent::Replay), "replay an archive", 8),
    bind(on(&[Live, Compare]), &[Char('r')], One(Intent::Restart), "restart", 8),
    bind(on(&[Live]), &[Char('s')], One(Intent::Seed), "seed", 9),
    bind(on(&[Live]), &[Char('c')], One(Intent::Compare), "compare", 5),
    bind(RUNS, &[Char('H')], One(Intent::Hint), "hint", 0),
    bind(RUNS, &[Char('S')], One(Intent::Solution), "solution", 0),
    bind(on(&[Live]), &[Char('b')], One(Intent::Labs), "labs", 9),
    bind(on(&[Live]), &[Key::Tab, Char('j'), Key::Down], One(Intent::NextPart), "next part", 7),
    bind(
        on(&[Live]),
        &[Key::BackTab, Char('k'), Key::Up],
        One(Intent::PreviousPart),
        "previous part",
        0,
    ),
    bind(on(&[Inspect]), &[Key::Tab], One(Intent::NextPage), "next page", 2),
    bind(on(&[Inspect]), &[Key::BackTab], One(Intent::PreviousPage), "previous page", 0),
    bind(on(&[Inspect, Live, Verdict]), &[Char('l')], One(Intent::Lesson), "lesson", 7),
    bind(PAGED, &[Key::PageDown], One(Intent::PageDown), "page on", 0),
    bind(PAGED, &[Key::PageUp], One(Intent::PageUp), "page back", 0),
    bind(
        on(&[Courses, Menu, Choice, Labs]),
        &[Char('g'), Key::Home],
        One(Intent::Top),
        "to the first",
        0,
    ),
    bind(
        on(&[Courses, Menu, Choice, Labs]),
        &[Char('G'), Key::End],
        One(Intent::Bottom),
        "to the last",
        0,
    ),
    bind(LEFT, &[Key::Esc], One(Intent::Leave), "back", 2),
    bind(on(&[Courses]), &[Key::Esc], One(Intent::Leave), "show all", 3),
    bind(on(&[Search, Question, Entry, Help]), &[Key::Esc], One(Intent::Leave), "back", 2),
    bind(LEFT, &[Char('q')], One(Intent::Leave), "back", 0),
    bind(on(&[Help]), &[Char('q')], One(Intent::Leave), "back", 0),
    bind(on(&[Help]), &[Char('?')], One(Intent::Leave), "close", 0),
    bind(LEFT, &[Char('?')], One(Intent::Help), "keys", 2),
    bind(on(&[Courses, Home, Question]), &[Char('?')], One(Intent::Help), "keys", 2),
    bind(on(&[Courses, Home]), &[Char('q')], One(Intent::Quit), "leave", 4),
    bind(Contexts::ALL, &[Ctrl('c')], One(Intent::Quit), "leave Redrive", 0),
    bind(Contexts::ALL, &[Ctrl('z')], One(Intent::Suspend), "to the shell", 0),
];

/// The meaning of a key in a context; `None` if it has none.
#[must_use]
pub fn intent(context: Context, key: Key) -> Option<Intent> {
    TABLE.iter().filter(|binding| binding.contexts.contains(context)).find_map(|binding| {
        let place = binding.keys.iter().position(|bound| *bound == key)?;
        Some(match binding.means {
            One(intent) => intent,
            Nth(intent) => intent((place % OPTIONS) as u8),
        })
    })
}

/// The rows of a context, in the table's order.
pub fn bindings(context: Context) -> impl Iterator<Item = &'static Binding> {
    TABLE.iter().filter(move |binding| binding.contexts.contains(context))
}

/// The footer's keys and labels: of the rows that do something at the moment, the most important that fit
/// into `columns`, in the table's order. Where not all fit, the keys for help and back are among them.
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
    /// All chords as the help page shows them: ranges where they choose among options.
    #[must_use]
    pub fn chords(&self) -> String {
        let words: Vec<String> = match self.means {
            One(_) => self.keys.iter().map(|key| key.label().into_owned()).collect(),
            Nth(_) => self.keys.chunks(OPTIONS).map(range).collect(),
        };
        words.join(" ")
    }

    /// The sentence of the intent, for the help page.
    #[must_use]
    pub fn sentence(&self) -> &'static str {
        match self.means {
            One(intent) => intent,
            Nth(intent) => intent(0),
        }
        .sentence()
    }

    /// The keys as the footer shows them, if any does something; of a range, as many as there are options.
    fn keys_that_do(&self, does: &dyn Fn(Intent) -> bool) -> Option<String> {
        match self.means {
            One(intent) => does(intent).then(|| {
                // Show the arrow to those who do not know `j`.
                let is_named = |key: &&Key| matches!(key, Key::Down | Key::Up);
                let arrow = self.keys.get(1).filter(is_named);
                let keys = self.keys.first().into_iter().chain(arrow);
                keys.map(|key| key.label()).collect::<Vec<_>>().join(" ")
            }),
            Nth(intent) => {
                let does_something = |place: &u8| does(intent(*place));
                let count = (0..OPTIONS as u8).take_while(does_something).count();
                let keys = self.keys.get(..count).filter(|keys| !keys.is_empty());
                keys.map(range)
            }
        }
    }
}

/// Formats keys as a range: `1-6`.
fn range(keys: &[Key]) -> String {
    match keys {
        [] => String::new(),
        [one] => one.label().into_owned(),
        [first, .., last] => format!("{}-{}", first.label(), last.label()),
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
    fn a_row_is_shown_by_its_chords_and_told_in_a_sentence_that_fits() {
        let chords = |context, label| {
            let row = bindings(context).find(|row| row.label == label).unwrap();
            row.chords()
        };
        assert_eq!(chords(Reader, "page on"), "space pgdn ctrl-f");
        assert_eq!(chords(Question, "choose"), "a-f 1-6");
        assert_eq!(chords(Reader, "predict"), "1-6");
        for row in TABLE {
            assert!((1..=18).contains(&row.chords().chars().count()), "{}", row.label);
            assert!(row.label.chars().count() <= 21 && row.sentence().len() <= 36, "{}", row.label);
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
