//! Front matters, and blocks under their headings.

use crate::sample::{folder, one, read, told};
use std::collections::BTreeSet;

const LESSON: &str = "lessons/01-tray.md";

#[test]
fn blocks_stand_under_their_headings() {
    let (scenario, _) = read(&folder(&[]));
    let lesson = &scenario.lessons[0].lesson;
    let headings: Vec<_> = lesson.headings.iter().map(|h| (h.level, h.id.as_str())).collect();
    assert_eq!(
        headings,
        [(1, "tray"), (2, "the-desk"), (2, "slips"), (3, "thrown-away-last"), (2, "work-or-news")]
    );
    for (index, heading) in lesson.headings.iter().enumerate() {
        let block = &lesson.blocks[heading.block as usize];
        assert_eq!((usize::from(block.heading), block.ordinal), (index, 0));
    }
    for pair in lesson.blocks.windows(2) {
        let same = pair[0].heading == pair[1].heading;
        let next = if same { pair[0].ordinal + 1 } else { 0 };
        assert_eq!(pair[1].ordinal, next);
    }
}

#[test]
fn a_change_of_emphasis_keeps_a_blocks_hash() {
    let hashes = |changes: &[(&str, &str, &str)]| {
        let (scenario, _) = read(&folder(changes));
        let blocks = &scenario.lessons[0].lesson.blocks;
        blocks.iter().map(|block| block.hash).collect::<Vec<_>>()
    };
    let before = hashes(&[]);
    assert_eq!(before, hashes(&[(LESSON, "**four minutes**", "four\n*minutes*")]));
    assert_eq!(before, hashes(&[(LESSON, " [ref:sqs-queues].", ".")]));
    let after = hashes(&[(LESSON, "four minutes", "five minutes")]);
    assert_eq!(before.iter().zip(&after).filter(|(a, b)| a != b).count(), 1);
    let distinct: BTreeSet<_> = before.iter().collect();
    assert_eq!(distinct.len(), before.len());
}

#[test]
fn the_word_count_leaves_drawings_out() {
    let words = |changes: &[(&str, &str, &str)]| read(&folder(changes)).0.lessons[0].words;
    let drawn = words(&[(LESSON, "card back at once", "card back at once, and some more")]);
    assert_eq!(drawn, words(&[]));
    assert_eq!(words(&[(LESSON, "closed at noon", "closed early, at noon")]), words(&[]) + 1);
}

#[test]
fn a_lesson_without_a_front_matter() {
    let found = told(&folder(&[(LESSON, "+++\n", "")]));
    let first = "error lessons/01-tray.md:1 this lesson does not begin with a front matter";
    assert_eq!(found, [first]);
}

#[test]
fn a_broken_front_matter_hides_nothing_of_the_text() {
    let found = told(&folder(&[(LESSON, "minutes = 3", "minutes = "), (LESSON, "{#slips}", "")]));
    assert_eq!(found.len(), 2, "{found:?}");
    assert!(found[0].starts_with("error lessons/01-tray.md:4 "));
    assert_eq!(found[1], "error lessons/01-tray.md:35 this heading has no anchor");
}

#[test]
fn a_lesson_is_called_like_its_file() {
    one(
        LESSON,
        "id = \"tray\"",
        "id = \"desk\"",
        "error lessons/01-tray.md:2 this lesson is called `desk`, and its file `tray`",
    );
}

#[test]
fn unknown_and_missing_fields_of_a_front_matter() {
    let found = told(&folder(&[(LESSON, "title = ", "titel = ")]));
    assert_eq!(
        found,
        [
            "error lessons/01-tray.md:2 this lesson has no `title`",
            "error lessons/01-tray.md:3 a lesson has no field `titel`"
        ]
    );
}

#[test]
fn a_prediction_stands_directly_under_its_heading() {
    one(
        LESSON,
        "## The desk {#the-desk}\n",
        "## The desk {#the-desk}\n\nFirst some words.\n",
        "error lessons/01-tray.md:17 a prediction stands directly under its heading",
    );
}

#[test]
fn a_file_name_has_a_number() {
    let mut course = folder(&[]);
    for source in &mut course.sources {
        source.path = source.path.replace("01-tray.md", "tray.md");
    }
    let found = told(&course);
    assert_eq!(
        found,
        ["error lessons/tray.md:1 a lesson's file is named with its number and its id"]
    );
}
