//! The reader keeps its place: thousands of evenings of scrolling, quitting, other windows.

use crate::support::{made_up, open_with, play, property, town};
use proptest::prelude::*;
use redrive::content::Library;
use redrive::content::course::{BlockKind, Lesson};
use redrive::study::id::Version;
use redrive::study::progress::Predicted;
use redrive::study::reading::{self, Spot};
use redrive::tui::app::Open;
use redrive::tui::piece::Piece;
use redrive::tui::prose::{Ending, Layout, Predictions};
use redrive::tui::runtime::{self, Runtime};

/// Every word from the place on to the end of its sentence, at most six.
fn sentence(runtime: &Runtime) -> Vec<String> {
    let (lesson, spot) = runtime.app().reading().expect("the reader is open");
    let block = &lesson.blocks[spot.block];
    let words: Vec<String> = reading::texts(block)
        .iter()
        .flat_map(|text| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>())
        .collect();
    // Of pictures, tables and code the place is a line, not a word.
    let flows = matches!(
        block.kind,
        BlockKind::Paragraph(_) | BlockKind::Heading { .. } | BlockKind::Quote(_)
    );
    let most = if flows { 6 } else { 0 };
    let mut sentence = Vec::new();
    for word in words.iter().skip(spot.word).take(most) {
        sentence.push(word.replace('↗', ""));
        if word.ends_with(['.', '?', ':']) {
            break;
        }
    }
    sentence
}

/// The words of the text on the screen, without the outline beside it.
fn shown(runtime: &Runtime) -> Vec<String> {
    let frame = runtime::text(&runtime.frame(runtime.app().size()));
    let text = frame.lines().map(|line| line.rsplit('┊').next().unwrap_or_default());
    let decoration = |word: &&str| !["┃", "▌", "◆", "•", "–"].contains(word);
    text.flat_map(|line| line.split_whitespace().filter(decoration))
        .map(|word| word.replace('↗', ""))
        .collect()
}

fn is_on_screen(runtime: &Runtime, sentence: &[String]) -> bool {
    let shown = shown(runtime);
    sentence.is_empty() || shown.windows(sentence.len()).any(|window| window == sentence)
}

#[derive(Debug, Clone)]
struct Evening {
    keys: String,
    size: (u16, u16),
}

fn evening() -> impl Strategy<Value = Evening> {
    let key = prop_oneof![
        6 => Just("j"), 3 => Just("k"), 4 => Just("<space>"), 2 => Just("b"), 2 => Just("d"),
        1 => Just("u"), 1 => Just("G"), 1 => Just("g"), 2 => Just("]"), 1 => Just("["),
        1 => Just("2"), 1 => Just("/the<enter>"), 1 => Just("n"),
        1 => Just("<size 61x19>"), 1 => Just("<size 133x41>"),
    ];
    let keys = prop::collection::vec(key, 0..14).prop_map(|keys| keys.concat());
    (keys, 40_u16..200, 12_u16..60)
        .prop_map(|(keys, columns, rows)| Evening { keys, size: (columns, rows) })
}

proptest! {
    #![proptest_config(property(160))]

    /// Each case is six evenings, each in another window: eight hundred reopenings.
    #[test]
    fn the_same_sentence_is_on_the_screen_after_any_evening(
        evenings in prop::collection::vec(evening(), 6)
    ) {
        let directory = tempfile::tempdir().unwrap();
        let library = made_up();
        let mut left: Option<Vec<String>> = None;
        for Evening { keys, size } in evenings {
            let screen = Open::Read(Some("1".to_owned()));
            let mut runtime = open_with(library.clone(), directory.path(), &screen, size);
            if let Some(sentence) = &left {
                prop_assert!(is_on_screen(&runtime, sentence), "{sentence:?} at {size:?}:\n{}", crate::support::text(&runtime));
            }
            play(&mut runtime, &keys);
            let sentence = sentence(&runtime);
            let looks_up = crate::support::text(&runtime).contains("looking up");
            prop_assert!(looks_up || is_on_screen(&runtime, &sentence), "{sentence:?} after {keys}:\n{}", crate::support::text(&runtime));
            left = Some(sentence);
            // Half of the evenings end without a word: the process is just gone.
            if keys.len() % 2 == 0 {
                play(&mut runtime, "<c-c>");
            }
            drop(runtime);
        }
    }

    /// No size, however odd, makes any screen panic or leaves the frame.
    #[test]
    fn any_window_is_survived(keys in "[jkdugGrtolnN?/ 1-6.,]{0,30}", columns in 1_u16..220, rows in 1_u16..70) {
        let directory = tempfile::tempdir().unwrap();
        let mut runtime = crate::support::open(directory.path(), &Open::Home, (80, 24));
        let half = keys.len() / 2;
        play(&mut runtime, &keys[..half].replace('<', ""));
        play(&mut runtime, &format!("<size {columns}x{rows}>"));
        let _ = runtime.frame((columns, rows));
        play(&mut runtime, &keys[half..]);
        play(&mut runtime, "<wait 3s>");
        let _ = runtime.frame((columns, rows));
        let _ = runtime.app().page().to_string();
    }
}

#[test]
fn every_line_of_every_lesson_is_a_place_that_leads_back_to_it() {
    every_line_leads_back(&made_up());
    every_line_leads_back(&town());
}

/// Every line of every lesson of a course, with what is said below its text.
pub fn every_line_leads_back(library: &Library) {
    let scenario = &library.index().scenarios[0];
    let ending: Ending = [("", 0), ("the end", 0), ("", 0), ("A page", 2), ("https://a.page/x", 2)]
        .map(|(text, indent)| {
            (indent, if text.is_empty() { Vec::new() } else { vec![Piece::text(text)] })
        })
        .into();
    for entry in std::iter::once(&scenario.overview).chain(&scenario.lessons) {
        let lesson = library.lesson(entry).unwrap();
        for predictions in [Predictions::new(), answered(&lesson, 0), answered(&lesson, 1)] {
            let layout = |width| Layout::new(&lesson, &predictions, width, &ending);
            let layouts = [40, 61, 76].map(layout);
            for here in &layouts {
                for (index, line) in here.lines.iter().enumerate() {
                    let place = reading::name(&lesson, line.spot);
                    let spot = reading::find(&lesson, &place);
                    let named = format!("{} at {}: {line:?}", lesson.id, here.width);
                    assert_eq!(here.line_of(spot), index, "{named}");
                    for other in &layouts {
                        let there = other.lines[other.line_of(spot)].clone();
                        assert_eq!(there.pieces.is_empty(), line.pieces.is_empty(), "{named}");
                        let word = word_at(&lesson, spot).filter(|_| !line.pieces.is_empty());
                        let text: String = there.pieces.iter().map(|piece| &*piece.text).collect();
                        assert!(word.is_none_or(|word| text.contains(&word)), "{named}\n{text}");
                    }
                }
            }
        }
    }
}

/// All predictions made: the option with this number.
fn answered(lesson: &Lesson, choice: u8) -> Predictions {
    let predictions = lesson.blocks.iter().filter_map(|block| match &block.kind {
        BlockKind::Predict(prediction) => {
            let (version, correct) = (Version(prediction.version), choice == prediction.answer);
            Some((prediction.id.clone(), Predicted { version, choice, correct }))
        }
        _ => None,
    });
    predictions.collect()
}

/// The beginning of the word at a spot, of texts that flow.
fn word_at(lesson: &Lesson, spot: Spot) -> Option<String> {
    let block = lesson.blocks.get(spot.block)?;
    let flows = matches!(
        block.kind,
        BlockKind::Paragraph(_) | BlockKind::Heading { .. } | BlockKind::List(_)
    );
    let texts = reading::texts(block).join(" ");
    let word = texts.split_whitespace().nth(spot.word).filter(|_| flows && spot.line == 0)?;
    Some(word.chars().take(20).collect())
}

#[test]
fn a_lesson_opens_on_the_very_line_also_below_its_text() {
    let directory = tempfile::tempdir().unwrap();
    let open = Open::Read(Some("shelf".to_owned()));
    let reopened = || open_with(town(), directory.path(), &open, (80, 24));
    let body = |runtime: &Runtime| {
        let frame = crate::support::text(runtime);
        frame.lines().skip(1).take(22).collect::<Vec<_>>().join("\n")
    };
    let mut runtime = reopened();
    let (mut seen, mut places) = (String::new(), 0);
    while body(&runtime) != seen {
        seen = body(&runtime);
        assert_eq!(body(&reopened()), seen, "after {places} moves");
        // Predictions are made on the way, and then said again.
        play(&mut runtime, "1j");
        places += 1;
    }
    assert!(seen.contains("The pages behind") || seen.contains("https://"), "{seen}");
    assert!(places > 40, "{places}");
}
