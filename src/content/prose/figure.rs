//! The fenced blocks that hold TOML: `predict`, `contrast` and `diagram`.

use super::{Passage, line, plain};
use crate::course::{BlockKind, Contrast, Diagram, Prediction, PredictionOption, Span};
use crate::form::{Document, Form};
use crate::hash::Hash;
use crate::loader::{Loader, Located, SourceSpan, Target, Use};
use crate::scene;
use crate::trap;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// Languages of fenced blocks that hold a figure instead of code.
pub const NAMES: [&str; 3] = ["predict", "contrast", "diagram"];

/// Maximum width of a drawing.
const ART_COLUMNS: usize = 72;
/// Maximum height of a drawing; a taller one leaves no room for text in a small window.
const ART_LINES: usize = 14;

/// Parses the body of a block with one of the [`NAMES`].
pub fn read(
    name: &str,
    body: Passage<'_>,
    place: SourceSpan,
    loader: &mut Loader<'_>,
) -> Option<BlockKind> {
    let document = Document::parse(body.text, place.file, body.place.start, loader)?;
    let kind = match name {
        "predict" => {
            let mut form = document.form("predict block");
            form.place = place;
            BlockKind::Predict(prediction(form, body.lesson, loader))
        }
        "contrast" => {
            let mut form = document.form("contrast block");
            form.place = place;
            BlockKind::Contrast(contrast(form, body.lesson, loader))
        }
        _ => {
            let mut form = document.form("diagram block");
            form.place = place;
            BlockKind::Diagram(diagram(form, loader))
        }
    };
    Some(kind)
}

/// Parses a question before the text; also a scenario's `[think]`.
pub fn prediction(
    mut form: Form<'_, '_>,
    lesson: Option<&str>,
    loader: &mut Loader<'_>,
) -> Prediction {
    let id = form.text("id", loader);
    let ask = form.text("ask", loader);
    let options = form.tables("options", "option", loader);
    let answer = form.number("answer", 1..=u8::MAX, loader);
    let reveal = form.text("reveal", loader);
    if !(2..=4).contains(&options.len()) {
        loader.error(
            form.place,
            format!("a prediction has two to four options, and this has {}", options.len()),
        );
    } else if usize::from(answer.value) > options.len() {
        loader
            .error(
                answer.place,
                format!("option {} does not exist: there are {}", answer.value, options.len()),
            )
            .help("`answer` is the number of the right option, counted from 1");
    }
    form.end(loader);
    let right = usize::from(answer.value).checked_sub(1).filter(|right| *right < options.len());
    let ask = line(&ask, lesson, loader);
    let options = options.into_iter().enumerate();
    let options = options
        .map(|(index, form)| option(form, right.map(|right| right == index), lesson, loader));
    let options: Vec<_> = options.collect();
    let mut version = Hash::default();
    for text in std::iter::once(&ask).chain(options.iter().map(|option| &option.text)) {
        version.words(&plain(text));
        version.end();
    }
    version.number(u64::from(answer.value));
    Prediction {
        id: id.value,
        version: version.value(),
        ask,
        options,
        answer: answer.value.saturating_sub(1),
        reveal: line(&reveal, lesson, loader),
    }
}

/// Reads an option of a prediction; `right` is unknown if `answer` names no option.
fn option(
    mut form: Form<'_, '_>,
    right: Option<bool>,
    lesson: Option<&str>,
    loader: &mut Loader<'_>,
) -> PredictionOption {
    let text = form.text("text", loader);
    let trap = form.text_if_any("trap", loader);
    let place = form.place;
    form.end(loader);
    if let Some(right) = right {
        trap::check(right, trap.as_ref(), place, loader);
    }
    if let Some(trap) = trap.clone() {
        loader.uses.push(Use { target: Target::Misconception(trap.value), place: trap.place });
    }
    PredictionOption { text: line(&text, lesson, loader), trap: trap.map(|trap| trap.value) }
}

fn contrast(mut form: Form<'_, '_>, lesson: Option<&str>, loader: &mut Loader<'_>) -> Contrast {
    let between = form.texts("between", loader);
    let decides = form.text("decides", loader);
    let rows = form.tables("when", "row of `when`", loader);
    if between.len() != 2 {
        loader.error(form.place, "`between` names exactly two services");
    }
    if rows.is_empty() {
        loader
            .error(form.place, "this contrast block has no `when`")
            .help("add lines such as { phrase = \"…\", pick = \"SQS\" }");
    }
    let when = rows.into_iter().map(|row| pick(row, &between, lesson, loader)).collect();
    form.end(loader);
    let mut names = between.into_iter().map(|name| name.value);
    Contrast {
        between: [names.next().unwrap_or_default(), names.next().unwrap_or_default()],
        decides: line(&decides, lesson, loader),
        when,
    }
}

fn pick(
    mut row: Form<'_, '_>,
    between: &[Located<String>],
    lesson: Option<&str>,
    loader: &mut Loader<'_>,
) -> (Vec<Span>, u8) {
    let phrase = row.text("phrase", loader);
    let pick = row.text("pick", loader);
    row.end(loader);
    let picked = between.iter().position(|name| name.value == pick.value);
    if picked.is_none() && !pick.value.is_empty() {
        loader.error(pick.place, format!("`{}` is not one of the two in `between`", pick.value));
    }
    (line(&phrase, lesson, loader), picked.unwrap_or(0) as u8)
}

fn diagram(mut form: Form<'_, '_>, loader: &mut Loader<'_>) -> Diagram {
    let caption = form.text("caption", loader);
    let alt = form.text("alt", loader);
    let art = form.text("art", loader);
    let scene = form.table_if_any("scene", "scene", loader);
    form.end(loader);
    let lines: Vec<String> = art.value.lines().map(|line| line.trim_end().to_owned()).collect();
    check_art(&art, &lines, loader);
    Diagram {
        caption: caption.value.trim().to_owned(),
        art: lines,
        alt: alt.value.split_whitespace().collect::<Vec<_>>().join(" "),
        scene: scene.and_then(|form| scene::read(form, loader)),
    }
}

fn check_art(art: &Located<String>, lines: &[String], loader: &mut Loader<'_>) {
    for line in lines {
        let place = place_of(line, art, loader);
        if line.width() > ART_COLUMNS {
            loader.error(
                place,
                format!(
                    "this line of the diagram is {} columns wide, and {ART_COLUMNS} fit",
                    line.width()
                ),
            );
        }
        if let Some(odd) = line.chars().find(|c| c.width() != Some(1)) {
            loader
                .error(
                    place,
                    format!("`{}` is not one column wide in every terminal", odd.escape_default()),
                )
                .help("draw with letters and box-drawing characters only");
        }
    }
    if lines.len() > ART_LINES {
        loader.note(
            art.place,
            format!("this diagram has {} lines; {ART_LINES} leave room for text", lines.len()),
        );
    }
}

/// Place of a line of the drawing in the file.
fn place_of(line: &str, art: &Located<String>, loader: &Loader<'_>) -> SourceSpan {
    let (file, start) = (art.place.file, art.place.start);
    let written = loader.text(file).get(start..art.place.end).unwrap_or_default();
    written
        .find(line)
        .map_or(art.place, |at| SourceSpan::new(file, start + at..start + at + line.len()))
}
