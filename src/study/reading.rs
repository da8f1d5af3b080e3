//! A reading position that survives a change of terminal width and an edit of the text.
//!
//! A position is the word at the top of the screen, stored relative to its block. It is found again
//! by the block's hash, wherever the block has moved; if the block has changed, by the nearest
//! block under the same heading; if the heading is gone too, by the block's number.

use crate::content::course::{Block, BlockKind, Lesson, Span};

/// A stored position: a word of a lesson, described so that it can be found again.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Anchor {
    /// Anchor of the heading above the block.
    pub heading: String,
    /// Index of the block under that heading.
    pub ordinal: u16,
    /// Index of the block in the lesson.
    pub block: u32,
    /// Hash of the block's words.
    pub hash: u64,
    /// Word offset in the block. Text below a block continues the count.
    pub word: u32,
    /// Lines below the line on which the word begins. Negative for an empty line: it is that many
    /// lines above the word.
    pub line: i16,
}

/// A position in the lesson as it is today.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Spot {
    /// Index into [`Lesson::blocks`].
    pub block: usize,
    /// Word offset in the block. Text below a block (the answer to a prediction, the pages a lesson
    /// links to) continues the count.
    pub word: usize,
    /// Lines below the line on which the word begins, for lines without a word of their own: the
    /// end of a broken word, or a rule. Negative for an empty line: it is that many lines above the
    /// word.
    pub line: i16,
}

impl Spot {
    /// The line on which a word begins.
    #[must_use]
    pub fn word(block: usize, word: usize) -> Self {
        Self { block, word, line: 0 }
    }
}

/// Why a lesson is on the screen, which decides whether the reading position follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Visit {
    /// The reader is reading it: the position follows.
    Reading,
    /// Picked from a list or paged to: it becomes `Reading` as soon as the reader moves on in it.
    Chosen,
    /// The reader is looking something up: the position stays, and nothing counts as read.
    LookUp,
}

/// Describes the word at `spot`.
#[must_use]
pub fn name(lesson: &Lesson, spot: Spot) -> Anchor {
    let Some(block) = lesson.blocks.get(spot.block) else {
        return Anchor::default();
    };
    let heading = lesson.headings.get(usize::from(block.heading));
    Anchor {
        heading: heading.map(|h| h.id.clone()).unwrap_or_default(),
        ordinal: block.ordinal,
        block: spot.block as u32,
        hash: block.hash,
        word: spot.word as u32,
        line: spot.line,
    }
}

/// Finds a stored position in the lesson as it is today.
#[must_use]
pub fn find(lesson: &Lesson, place: &Anchor) -> Spot {
    let was = place.block as usize;
    let same =
        lesson.blocks.iter().enumerate().filter(|(_, block)| block.hash == place.hash).min_by_key(
            |(index, block)| {
                let moved = heading_of(lesson, block) != place.heading;
                (moved, index.abs_diff(was))
            },
        );
    if let Some((block, _)) = same {
        return Spot { block, word: place.word as usize, line: place.line };
    }
    let nearest = lesson
        .blocks
        .iter()
        .enumerate()
        .filter(|(_, block)| heading_of(lesson, block) == place.heading)
        .min_by_key(|(_, block)| block.ordinal.abs_diff(place.ordinal));
    match nearest {
        Some((block, kept)) if kept.ordinal == place.ordinal => {
            // The block was edited in place, so the word is near its old offset.
            Spot::word(block, (place.word as usize).min(word_count(kept).saturating_sub(1)))
        }
        Some((block, _)) => Spot::word(block, 0),
        None => Spot::word(was.min(lesson.blocks.len().saturating_sub(1)), 0),
    }
}

fn heading_of<'a>(lesson: &'a Lesson, block: &Block) -> &'a str {
    lesson.headings.get(usize::from(block.heading)).map_or("", |h| h.id.as_str())
}

/// Counts the words of a block: runs of non-whitespace in drawing order.
#[must_use]
pub fn word_count(block: &Block) -> usize {
    texts(block).iter().map(|text| text.split_whitespace().count()).sum()
}

/// Returns the block's text piece by piece, in the order in which it is drawn and read aloud.
#[must_use]
pub fn texts(block: &Block) -> Vec<String> {
    match &block.kind {
        BlockKind::Code { lines, .. } => lines.clone(),
        BlockKind::Diagram(diagram) => vec![diagram.alt.clone()],
        _ => runs(block).into_iter().map(plain).collect(),
    }
}

/// Returns the styled runs of a block in reading order; code and pictures have none.
fn runs(block: &Block) -> Vec<&[Span]> {
    match &block.kind {
        BlockKind::Heading { text, .. } | BlockKind::Paragraph(text) => vec![text],
        BlockKind::List(items) => items.iter().map(|item| item.text.as_slice()).collect(),
        BlockKind::Quote(paragraphs) => paragraphs.iter().map(Vec::as_slice).collect(),
        BlockKind::Table { header, rows, .. } => {
            header.iter().chain(rows.iter().flatten()).map(Vec::as_slice).collect()
        }
        BlockKind::Predict(prediction) => {
            let options = prediction.options.iter().map(|option| option.text.as_slice());
            std::iter::once(prediction.ask.as_slice()).chain(options).collect()
        }
        BlockKind::Contrast(contrast) => {
            let phrases = contrast.when.iter().map(|(phrase, _)| phrase.as_slice());
            std::iter::once(contrast.decides.as_slice()).chain(phrases).collect()
        }
        BlockKind::Code { .. } | BlockKind::Diagram(_) | BlockKind::Rule => Vec::new(),
    }
}

/// Returns the pages a lesson links to, each once, in order of first mention.
#[must_use]
pub fn pages(lesson: &Lesson) -> Vec<&str> {
    let mut pages = Vec::new();
    let spans = lesson.blocks.iter().flat_map(runs).flatten();
    for address in spans.filter_map(|span| span.link.as_deref()) {
        if address.starts_with("https://") && !pages.contains(&address) {
            pages.push(address);
        }
    }
    pages
}

/// Joins the text of spans, without styles.
#[must_use]
pub fn plain(spans: &[Span]) -> String {
    spans.iter().map(|span| span.text.as_str()).collect()
}

/// Share of the lesson's words up to and including `block`, in thousandths.
#[must_use]
pub fn reached(lesson: &Lesson, block: usize) -> u16 {
    let total: usize = lesson.blocks.iter().map(word_count).sum();
    let seen: usize = lesson.blocks.iter().take(block + 1).map(word_count).sum();
    (seen * 1000).checked_div(total).unwrap_or(1000) as u16
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::content::course::{Emphasis, HeadingEntry};

    fn paragraph(heading: u16, ordinal: u16, text: &str) -> Block {
        let span = Span { text: text.into(), style: Emphasis::Plain, link: None };
        let hash = text.bytes().fold(17, |hash: u64, byte| hash.wrapping_mul(31) + u64::from(byte));
        Block { heading, ordinal, hash, kind: BlockKind::Paragraph(vec![span]) }
    }

    fn lesson(headings: &[&str], blocks: Vec<Block>) -> Lesson {
        let headings = headings.iter().map(|id| HeadingEntry {
            id: (*id).into(),
            level: 2,
            title: (*id).into(),
            block: 0,
        });
        Lesson {
            id: "made-up".into(),
            number: 1,
            title: "Made up".into(),
            minutes: 3,
            concepts: vec![],
            teaches: vec![],
            references: vec![],
            headings: headings.collect(),
            blocks,
        }
    }

    #[test]
    fn a_place_is_found_where_it_was_named() {
        let text = lesson(&["a"], vec![paragraph(0, 0, "one two"), paragraph(0, 1, "three four")]);
        let spot = Spot::word(1, 1);
        assert_eq!(find(&text, &name(&text, spot)), spot);
    }

    #[test]
    fn a_block_that_moved_is_found_by_its_words() {
        let old = lesson(&["a"], vec![paragraph(0, 0, "one"), paragraph(0, 1, "two words")]);
        let place = name(&old, Spot::word(1, 1));
        let new = lesson(
            &["z", "a"],
            vec![paragraph(0, 0, "new"), paragraph(1, 0, "more"), paragraph(1, 1, "two words")],
        );
        assert_eq!(find(&new, &place), Spot::word(2, 1));
    }

    #[test]
    fn of_two_blocks_alike_the_one_under_the_same_heading_is_taken() {
        let old = lesson(&["a", "b"], vec![paragraph(0, 0, "same"), paragraph(1, 0, "same")]);
        let place = name(&old, Spot::word(1, 0));
        let new = lesson(
            &["a", "b"],
            vec![paragraph(0, 0, "same"), paragraph(0, 1, "more"), paragraph(1, 0, "same")],
        );
        assert_eq!(find(&new, &place).block, 2);
    }

    #[test]
    fn an_edited_block_is_found_by_its_heading_and_number() {
        let old = lesson(&["a", "b"], vec![paragraph(0, 0, "x"), paragraph(1, 0, "one two three")]);
        let place = name(&old, Spot::word(1, 2));
        let new = lesson(&["a", "b"], vec![paragraph(0, 0, "x"), paragraph(1, 0, "one three")]);
        assert_eq!(find(&new, &place), Spot::word(1, 1));
    }

    #[test]
    fn a_heading_that_is_gone_leaves_the_nearest_block() {
        let old = lesson(&["a", "b"], vec![paragraph(0, 0, "x"), paragraph(1, 0, "gone")]);
        let place = name(&old, Spot::word(1, 0));
        let new = lesson(&["a"], vec![paragraph(0, 0, "x")]);
        assert_eq!(find(&new, &place), Spot::word(0, 0));
    }

    #[test]
    fn the_share_reached_counts_words_not_blocks() {
        let text = lesson(&["a"], vec![paragraph(0, 0, "one"), paragraph(0, 1, "two three four")]);
        assert_eq!((reached(&text, 0), reached(&text, 1)), (250, 1000));
    }
}
