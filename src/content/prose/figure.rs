//! The fenced blocks with TOML in them: `predict`, `contrast` and `diagram`.

use super::{Passage, line, plain};
use crate::course::{BlockKind, Contrast, Diagram, Prediction, Span};
use crate::desk::{Desk, Located, Place};
use crate::form::{Document, Form};
use crate::hash::Hash;
use crate::scene;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

pub const NAMES: [&str; 3] = ["predict", "contrast", "diagram"];

/// The widest a drawing may be.
const ART_COLUMNS: usize = 72;
/// A taller drawing leaves no room for text in a small window.
const ART_LINES: usize = 14;

/// Reads the body of a block with one of the [`NAMES`].
pub fn read(name: &str, body: Passage<'_>, place: Place, desk: &mut Desk<'_>) -> Option<BlockKind> {
    let document = Document::parse(body.text, place.file, body.place.start, desk)?;
    let kind = match name {
        "predict" => {
            let mut form = document.form("predict block");
            form.place = place;
            BlockKind::Predict(prediction(form, body.lesson, desk))
        }
        "contrast" => {
            let mut form = document.form("contrast block");
            form.place = place;
            BlockKind::Contrast(contrast(form, body.lesson, desk))
        }
        _ => {
            let mut form = document.form("diagram block");
            form.place = place;
            BlockKind::Diagram(diagram(form, desk))
        }
    };
    Some(kind)
}

/// A question before the text; also `[think]` of a scenario.
pub fn prediction(mut form: Form<'_, '_>, lesson: Option<&str>, desk: &mut Desk<'_>) -> Prediction {
    let id = form.text("id", desk);
    let ask = form.text("ask", desk);
    let options = form.texts("options", desk);
    let answer = form.number("answer", 1..=u8::MAX, desk);
    let reveal = form.text("reveal", desk);
    if !(2..=4).contains(&options.len()) {
        desk.error(
            form.place,
            format!("a prediction has two to four options, and this has {}", options.len()),
        );
    } else if usize::from(answer.value) > options.len() {
        desk.error(
            answer.place,
            format!("option {} does not exist: there are {}", answer.value, options.len()),
        )
        .help("`answer` is the number of the right option, counted from 1");
    }
    form.end(desk);
    let ask = line(&ask, lesson, desk);
    let options: Vec<_> = options.iter().map(|option| line(option, lesson, desk)).collect();
    let mut version = Hash::default();
    for text in std::iter::once(&ask).chain(&options) {
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
        reveal: line(&reveal, lesson, desk),
    }
}

fn contrast(mut form: Form<'_, '_>, lesson: Option<&str>, desk: &mut Desk<'_>) -> Contrast {
    let between = form.texts("between", desk);
    let decides = form.text("decides", desk);
    let rows = form.tables("when", "row of `when`", desk);
    if between.len() != 2 {
        desk.error(form.place, "`between` names exactly two services");
    }
    if rows.is_empty() {
        desk.error(form.place, "this contrast block has no `when`")
            .help("add lines such as { phrase = \"…\", pick = \"SQS\" }");
    }
    let when = rows.into_iter().map(|row| pick(row, &between, lesson, desk)).collect();
    form.end(desk);
    let mut names = between.into_iter().map(|name| name.value);
    Contrast {
        between: [names.next().unwrap_or_default(), names.next().unwrap_or_default()],
        decides: line(&decides, lesson, desk),
        when,
    }
}

fn pick(
    mut row: Form<'_, '_>,
    between: &[Located<String>],
    lesson: Option<&str>,
    desk: &mut Desk<'_>,
) -> (Vec<Span>, u8) {
    let phrase = row.text("phrase", desk);
    let pick = row.text("pick", desk);
    row.end(desk);
    let picked = between.iter().position(|name| name.value == pick.value);
    if picked.is_none() && !pick.value.is_empty() {
        desk.error(pick.place, format!("`{}` is not one of the two in `between`", pick.value));
    }
    (line(&phrase, lesson, desk), picked.unwrap_or(0) as u8)
}

fn diagram(mut form: Form<'_, '_>, desk: &mut Desk<'_>) -> Diagram {
    let caption = form.text("caption", desk);
    let alt = form.text("alt", desk);
    let art = form.text("art", desk);
    let scene = form.table_if_any("scene", "scene", desk);
    form.end(desk);
    let lines: Vec<String> = art.value.lines().map(|line| line.trim_end().to_owned()).collect();
    check_art(&art, &lines, desk);
    Diagram {
        caption: caption.value.trim().to_owned(),
        art: lines,
        alt: alt.value.split_whitespace().collect::<Vec<_>>().join(" "),
        scene: scene.and_then(|form| scene::read(form, desk)),
    }
}

fn check_art(art: &Located<String>, lines: &[String], desk: &mut Desk<'_>) {
    for line in lines {
        let place = place_of(line, art, desk);
        if line.width() > ART_COLUMNS {
            desk.error(
                place,
                format!(
                    "this line of the diagram is {} columns wide, and {ART_COLUMNS} fit",
                    line.width()
                ),
            );
        }
        if let Some(odd) = line.chars().find(|c| c.width() != Some(1)) {
            desk.error(
                place,
                format!("`{}` is not one column wide in every terminal", odd.escape_default()),
            )
            .help("draw with letters and box-drawing characters only");
        }
    }
    if lines.len() > ART_LINES {
        desk.note(
            art.place,
            format!("this diagram has {} lines; {ART_LINES} leave room for text", lines.len()),
        );
    }
}

/// Where a line of the drawing stands in the file.
fn place_of(line: &str, art: &Located<String>, desk: &Desk<'_>) -> Place {
    let (file, start) = (art.place.file, art.place.start);
    let written = desk.text(file).get(start..art.place.end).unwrap_or_default();
    written.find(line).map_or(art.place, |at| Place::new(file, start + at..start + at + line.len()))
}
