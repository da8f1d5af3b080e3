//! The reader keeps its place: thousands of evenings of scrolling, quitting, other windows.

use crate::support::{open_with, play, property};
use proptest::prelude::*;
use redrive::content::course::BlockKind;
use redrive::study::reading;
use redrive::tui::app::Open;
use redrive::tui::stage::{self, Stage};

/// Every word from the place on to the end of its sentence, at most six.
fn sentence(stage: &Stage) -> Vec<String> {
    let (lesson, spot) = stage.app().reading().expect("the reader is open");
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
fn shown(stage: &Stage) -> Vec<String> {
    let frame = stage::text(&stage.frame(stage.app().size()));
    let text = frame.lines().map(|line| line.rsplit('┊').next().unwrap_or_default());
    let decoration = |word: &&str| !["┃", "▌", "◆", "•", "–"].contains(word);
    text.flat_map(|line| line.split_whitespace().filter(decoration))
        .map(|word| word.replace('↗', ""))
        .collect()
}

fn is_on_screen(stage: &Stage, sentence: &[String]) -> bool {
    let shown = shown(stage);
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
    #![proptest_config(property(400))]

    /// Each case is six evenings, each in another window: more than two thousand reopenings.
    #[test]
    fn the_same_sentence_is_on_the_screen_after_any_evening(
        evenings in prop::collection::vec(evening(), 6)
    ) {
        let directory = tempfile::tempdir().unwrap();
        let library = redrive::content::Library::from_folder(&crate::support::course()).unwrap();
        let mut left: Option<Vec<String>> = None;
        for Evening { keys, size } in evenings {
            let screen = Open::Read(Some("1".to_owned()));
            let mut stage = open_with(library.clone(), directory.path(), &screen, size);
            if let Some(sentence) = &left {
                prop_assert!(is_on_screen(&stage, sentence), "{sentence:?} at {size:?}:\n{}", crate::support::text(&stage));
            }
            play(&mut stage, &keys);
            let sentence = sentence(&stage);
            let looks_up = crate::support::text(&stage).contains("looking up");
            prop_assert!(looks_up || is_on_screen(&stage, &sentence), "{sentence:?} after {keys}:\n{}", crate::support::text(&stage));
            left = Some(sentence);
            // Half of the evenings end without a word: the process is just gone.
            if keys.len() % 2 == 0 {
                play(&mut stage, "<c-c>");
            }
            drop(stage);
        }
    }

    /// No size, however odd, makes any screen panic or leaves the frame.
    #[test]
    fn any_window_is_survived(keys in "[jkdugGrtolnN?/ 1-6.,]{0,30}", columns in 1_u16..220, rows in 1_u16..70) {
        let directory = tempfile::tempdir().unwrap();
        let mut stage = crate::support::open(directory.path(), &Open::Home, (80, 24));
        let half = keys.len() / 2;
        play(&mut stage, &keys[..half].replace('<', ""));
        play(&mut stage, &format!("<size {columns}x{rows}>"));
        let _ = stage.frame((columns, rows));
        play(&mut stage, &keys[half..]);
        play(&mut stage, "<wait 3s>");
        let _ = stage.frame((columns, rows));
        let _ = stage.app().page().to_string();
    }
}
