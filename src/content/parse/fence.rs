//! The fenced blocks of a lesson that are more than text: predictions, contrast cards, diagrams.

use std::ops::Range;

use serde::Deserialize;
use toml::Spanned;
use unicode_width::UnicodeWidthStr;

use super::Reader;
use super::markdown::inline;
use super::toml::Body;
use crate::content::course::{BlockKind, Contrast, Diagram, Prediction};
use crate::content::hash;
use crate::content::scenario::{Located, MentionKind, Origin};
use crate::content::source::Source;

/// What a picture may take of a line.
const ART_COLUMNS_MAX: usize = 72;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RawPrediction {
    pub id: Spanned<String>,
    pub ask: String,
    pub options: Spanned<Vec<String>>,
    pub answer: Spanned<u8>,
    pub reveal: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawContrast {
    between: [String; 2],
    decides: String,
    when: Vec<RawWhen>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawWhen {
    phrase: String,
    pick: Spanned<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawDiagram {
    caption: String,
    alt: String,
    art: Spanned<String>,
    design: Option<Spanned<String>>,
}

/// Reads the body of a fenced block; `None` when it has a mistake.
pub fn read(
    reader: &mut Reader,
    source: &Source,
    word: &str,
    span: Range<usize>,
) -> Option<BlockKind> {
    let body = Body::part(source, span);
    match word {
        "predict" => {
            let raw: RawPrediction = reader.keep(body.read())?;
            prediction(reader, body, raw).map(BlockKind::Predict)
        }
        "contrast" => {
            let raw: RawContrast = reader.keep(body.read())?;
            Some(BlockKind::Contrast(contrast(reader, body, raw)))
        }
        _ => {
            let raw: RawDiagram = reader.keep(body.read())?;
            Some(BlockKind::Diagram(diagram(reader, body, raw)))
        }
    }
}

/// Checks a prediction and keeps it, so that the whole scenario's can be compared.
pub fn prediction(reader: &mut Reader, body: Body<'_>, raw: RawPrediction) -> Option<Prediction> {
    let source = body.source;
    let origin = |span| Origin { file: source.path.clone(), span: body.span(span) };
    let count = raw.options.get_ref().len();
    if !(2..=6).contains(&count) {
        let at = origin(raw.options.span());
        let message = format!("A prediction offers two to six options, this one {count}.");
        reader.error(&at, source, message, "Add or remove options.");
        return None;
    }
    let answer = *raw.answer.get_ref();
    if answer == 0 || usize::from(answer) > count {
        let at = origin(raw.answer.span());
        let message = format!("The answer {answer} is none of the {count} options.");
        reader.error(&at, source, message, "Options are counted from 1.");
        return None;
    }
    let options = raw.options.into_inner();
    let mut parts = vec![raw.ask.as_str()];
    parts.extend(options.iter().map(String::as_str));
    let number = answer.to_string();
    parts.push(&number);
    let prediction = Prediction {
        id: raw.id.get_ref().clone(),
        version: hash::of(parts),
        ask: inline(&raw.ask),
        options: options.iter().map(|option| inline(option)).collect(),
        answer: answer - 1,
        reveal: inline(&raw.reveal),
    };
    let at = origin(raw.id.span());
    reader.draft.predictions.push(Located { value: prediction.clone(), origin: at });
    Some(prediction)
}

fn contrast(reader: &mut Reader, body: Body<'_>, raw: RawContrast) -> Contrast {
    let mut when = Vec::new();
    for RawWhen { phrase, pick } in raw.when {
        match raw.between.iter().position(|name| name == pick.get_ref()) {
            Some(index) => when.push((inline(&phrase), index as u8)),
            None => {
                let at =
                    Origin { file: body.source.path.clone(), span: body.span(pick.span()) };
                let message = format!("{} is not one of the two services compared.", pick.get_ref());
                let help = format!("Pick {} or {}.", raw.between[0], raw.between[1]);
                reader.error(&at, body.source, message, &help);
            }
        }
    }
    Contrast { between: raw.between, decides: inline(&raw.decides), when }
}

fn diagram(reader: &mut Reader, body: Body<'_>, raw: RawDiagram) -> Diagram {
    let origin = |span| Origin { file: body.source.path.clone(), span: body.span(span) };
    let art: Vec<String> =
        raw.art.get_ref().trim_end().lines().map(|line| line.trim_end().to_owned()).collect();
    let wide = art.iter().map(|line| line.width()).max().unwrap_or(0);
    if wide > ART_COLUMNS_MAX {
        let at = origin(raw.art.span());
        let message = format!("The picture is {wide} columns wide.");
        let help = format!("At most {ART_COLUMNS_MAX} fit a terminal of 80 columns.");
        reader.error(&at, body.source, message, &help);
    }
    if let Some(design) = &raw.design {
        reader.mention(MentionKind::Design, design.get_ref(), origin(design.span()));
    }
    Diagram {
        caption: raw.caption,
        art,
        alt: raw.alt,
        design: raw.design.map(Spanned::into_inner),
    }
}
