//! Lessons in lines: nothing wider than asked, nothing lost, every place found again.

use super::*;
use crate::content::course::{Alignment, HeadingEntry, PredictionOption};
use crate::study::id::Version;

fn span(text: &str) -> Vec<Span> {
    vec![Span { text: text.into(), style: Emphasis::Plain, link: None }]
}

fn prediction() -> Prediction {
    Prediction {
        id: "p".into(),
        version: 1,
        ask: span("What happens at second thirty-one?"),
        options: vec![
            PredictionOption { text: span("Nothing"), trap: Some("for-ever".into()) },
            PredictionOption { text: span("Somebody else receives it"), trap: None },
        ],
        answer: 1,
        reveal: span("It is lent, not given."),
    }
}

/// A lesson with one of everything.
fn lesson() -> Lesson {
    let item = |depth, text: &str| ListItem { depth, marker: Marker::Bullet, text: span(text) };
    let kinds = vec![
        (0, BlockKind::Heading { level: 1, text: span("A made-up lesson") }),
        (
            0,
            BlockKind::Paragraph(span(
                "One paragraph with a supercalifragilisticexpialidocious word",
            )),
        ),
        (1, BlockKind::Heading { level: 2, text: span("Lending") }),
        (1, BlockKind::Predict(prediction())),
        (1, BlockKind::List(vec![item(0, "first of two items"), item(1, "second, deeper")])),
        (1, BlockKind::Quote(vec![span("quoted words"), span("and more of them")])),
        (
            1,
            BlockKind::Code {
                language: "json".into(),
                lines: vec!["{ \"visibility\": 30 }".into()],
            },
        ),
        (
            1,
            BlockKind::Table {
                columns: vec![Alignment::Left, Alignment::Right],
                header: vec![span("setting"), span("default")],
                rows: vec![vec![span("visibility timeout"), span("30 seconds")]],
            },
        ),
        (
            1,
            BlockKind::Diagram(Diagram {
                caption: "A way".into(),
                art: vec!["client ─▸ queue ─▸ worker".into()],
                alt: "A client sends to a queue that a worker reads.".into(),
                scene: None,
            }),
        ),
        (
            1,
            BlockKind::Contrast(Contrast {
                between: ["SQS".into(), "SNS".into()],
                decides: span("One worker or all subscribers?"),
                when: vec![(span("exactly one of a pool"), 0), (span("everybody hears"), 1)],
            }),
        ),
        (2, BlockKind::Heading { level: 2, text: span("After") }),
        (2, BlockKind::Rule),
        (2, BlockKind::Paragraph(span("The end."))),
    ];
    let heading =
        |id: &str, level, block| HeadingEntry { id: id.into(), level, title: id.into(), block };
    let blocks = kinds.into_iter().enumerate().map(|(hash, (heading, kind))| Block {
        heading,
        ordinal: 0,
        hash: hash as u64,
        kind,
    });
    Lesson {
        id: "made-up".into(),
        headings: vec![heading("made-up", 1, 0), heading("lending", 2, 2), heading("after", 2, 10)],
        blocks: blocks.collect(),
        ..Lesson::default()
    }
}

fn text(layout: &Layout) -> Vec<String> {
    let join = |line: &Line| line.pieces.iter().map(|piece| &*piece.text).collect();
    layout.lines.iter().map(join).collect()
}

/// What the reader sets below a text.
fn ending() -> Ending {
    let plain = |text: &str| vec![Piece::text(text.to_owned())];
    let pages =
        [(2, plain("A page behind a link")), (2, plain("https://example.com/a-page-behind"))];
    [(0, Vec::new()), (0, plain("the end"))].into_iter().chain(pages).collect()
}

fn given(choice: u8) -> Predictions {
    let answer = Predicted { version: Version(1), choice, correct: choice == 1 };
    [("p".to_owned(), answer)].into()
}

#[test]
fn no_line_is_wider_than_the_page() {
    for predictions in [Predictions::new(), given(0), given(1)] {
        for width in 8..=90 {
            let layout = Layout::new(&lesson(), &predictions, width, &ending());
            for line in &layout.lines {
                let columns = wrap::columns(&line.pieces);
                assert!(columns <= width.min(MEASURE), "{columns} > {width}: {line:?}");
            }
        }
    }
}

#[test]
fn every_word_of_every_block_is_found_on_its_line() {
    let lesson = lesson();
    for width in [12, 24, 40, 76] {
        let layout = Layout::new(&lesson, &Predictions::new(), width, &ending());
        for (block, content) in lesson.blocks.iter().enumerate() {
            let words: Vec<String> = reading::texts(content)
                .iter()
                .flat_map(|text| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>())
                .collect();
            for (word, expected) in words.iter().enumerate() {
                let index = layout.line_of(Spot::word(block, word));
                let line = layout.lines[index].clone();
                assert_eq!(line.spot.block, block, "{expected} at {width}");
                assert!(line.spot.word <= word);
                let plain = matches!(content.kind, BlockKind::Paragraph(_) | BlockKind::List(_));
                let shown: String = line.pieces.iter().map(|piece| &*piece.text).collect();
                let start: String = expected.chars().take(width / 3).collect();
                assert!(
                    !plain || shown.contains(&start),
                    "{expected} is not in {shown:?} at {width}"
                );
            }
        }
    }
}

#[test]
fn a_line_names_a_place_that_leads_back_to_it() {
    let lesson = lesson();
    for predictions in [Predictions::new(), given(0), given(1)] {
        for width in 8..=80 {
            let layout = Layout::new(&lesson, &predictions, width, &ending());
            for index in 0..layout.lines.len() {
                let spot = layout.spot_of(index);
                assert_eq!(layout.line_of(spot), index, "{spot:?} at {width}");
                let place = reading::name(&lesson, spot);
                assert_eq!(reading::find(&lesson, &place), spot, "{spot:?} at {width}");
            }
        }
    }
}

#[test]
fn a_prediction_is_said_again_after_its_section() {
    let before = text(&Layout::new(&lesson(), &Predictions::new(), 70, &ending()));
    assert!(before.iter().any(|line| line.contains("press 1–2 to commit")), "{before:#?}");
    assert!(!before.iter().any(|line| line.contains("It is lent")), "{before:#?}");
    let after = text(&Layout::new(&lesson(), &given(0), 70, &ending()));
    let said = after.iter().position(|line| line.contains("You said 1 Nothing")).unwrap();
    let next = after.iter().position(|line| line.trim() == "After").unwrap();
    let card = after.iter().position(|line| line.contains("SQS or SNS?")).unwrap();
    assert!(card < said && said < next, "{after:#?}");
    assert!(after[said..next].iter().any(|line| line.contains("It is 2 Somebody else")));
    assert!(after[said..next].iter().any(|line| line.contains("It is lent, not given.")));
}

#[test]
fn a_prediction_of_another_version_is_asked_again() {
    let old =
        [("p".to_owned(), Predicted { version: Version(9), choice: 1, correct: true })].into();
    let lines = text(&Layout::new(&lesson(), &old, 70, &ending()));
    assert!(lines.iter().any(|line| line.contains("press 1–2 to commit")));
}

#[test]
fn a_picture_that_does_not_fit_is_told_in_words() {
    let wide = text(&Layout::new(&lesson(), &Predictions::new(), 60, &ending())).join("\n");
    assert!(wide.contains("client ─▸ queue") && !wide.contains("A client sends"));
    let narrow = text(&Layout::new(&lesson(), &Predictions::new(), 24, &ending())).join("\n");
    assert!(!narrow.contains("client ─▸ queue") && narrow.contains("A client sends"));
}
