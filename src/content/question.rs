//! Questions: `questions/*.toml`, and the rules that a single question can break.

use super::course::{Choice, Question};
use super::exam;
use super::form::{Document, Form};
use super::hash::Hash;
use super::lesson::values;
use super::loader::{Loader, Located, SourceSpan};
use super::prose::{line, paragraphs, plain};
use super::scene;
use super::trap;

/// Maximum number of options: the keys `1`–`6` choose.
const OPTIONS_MAX: usize = 6;

/// A parsed question, with the places that rules need.
#[derive(Debug, Clone, Default)]
pub struct QuestionDraft {
    pub question: Question,
    pub place: SourceSpan,
    pub id: Located<String>,
    pub concepts: Vec<Located<String>>,
    pub teaches: Vec<Located<String>>,
    pub references: Vec<Located<String>>,
    /// `lesson#anchor`.
    pub lesson: Located<String>,
    pub traps: Vec<Located<String>>,
}

/// Reads a file of questions; returns whether its syntax was valid.
pub fn read(file: usize, found: &mut Vec<QuestionDraft>, loader: &mut Loader<'_>) -> bool {
    let Some(document) = Document::parse(loader.text(file), file, 0, loader) else {
        return false;
    };
    let mut form = document.form("file of questions");
    let questions = form.tables("question", "question", loader);
    if questions.is_empty() {
        loader
            .error(SourceSpan::top(file), "this file holds no [[question]]")
            .help("write one, or delete the file");
    }
    for question in questions {
        found.push(read_question(question, loader));
    }
    form.end(loader);
    true
}

fn read_question(mut form: Form<'_, '_>, loader: &mut Loader<'_>) -> QuestionDraft {
    let mut draft = QuestionDraft {
        place: form.place,
        id: form.text("id", loader),
        ..QuestionDraft::default()
    };
    let task = form.text("task", loader);
    draft.concepts = form.texts("concepts", loader);
    draft.teaches = form.texts("teaches", loader);
    draft.lesson = form.text("lesson", loader);
    draft.references = form.texts("references", loader);
    let choose = form.number("choose", 1..=2, loader);
    let stem = form.text("stem", loader);
    let options = form.tables("option", "option", loader);
    let scene = form.table_if_any("scene", "scene", loader);
    form.end(loader);
    exam::check_task(&task, loader);
    check_lists(&draft, loader);

    let (lesson, anchor) = draft.lesson.value.split_once('#').unwrap_or((&draft.lesson.value, ""));
    let mut question = Question {
        id: draft.id.value.clone(),
        version: 0,
        task: task.value,
        concepts: values(&draft.concepts),
        teaches: values(&draft.teaches),
        lesson: lesson.to_owned(),
        anchor: anchor.to_owned(),
        references: values(&draft.references),
        choose: choose.value,
        stem: paragraphs(&stem, None, loader),
        options: Vec::new(),
        scene: scene.and_then(|form| scene::read(form, loader)),
    };
    for option in options {
        question.options.push(read_option(option, &mut draft.traps, loader));
    }
    check_options(&question, draft.place, choose.place, loader);
    question.version = version_of(&question);
    draft.question = question;
    draft
}

fn check_lists(draft: &QuestionDraft, loader: &mut Loader<'_>) {
    let lists = [
        ("concepts", &draft.concepts),
        ("teaches", &draft.teaches),
        ("references", &draft.references),
    ];
    for (name, list) in lists {
        if list.is_empty() {
            loader.error(draft.place, format!("this question's `{name}` names nothing"))
                .help("a question is traced to a concept, to a fact it teaches and to a page that backs it");
        }
    }
}

fn read_option(
    mut form: Form<'_, '_>,
    traps: &mut Vec<Located<String>>,
    loader: &mut Loader<'_>,
) -> Choice {
    let text = form.text("text", loader);
    let right = form.flag("right", loader);
    let trap = form.text_if_any("trap", loader);
    let why = form.text("why", loader);
    let right_when = form.text_if_any("right_when", loader);
    let place = form.place;
    form.end(loader);
    trap::check(right, trap.as_ref(), place, loader);
    if right {
        if let Some(when) = &right_when {
            loader
                .error(when.place, "the right option has no `right_when`: it is right here")
                .help("say it in `why`");
        }
    } else if right_when.is_none() {
        loader
            .error(place, "this wrong option has no `right_when`")
            .help("say for which requirement it would be the answer");
    }
    let choice = Choice {
        text: line(&text, None, loader),
        right,
        trap: trap.as_ref().map(|trap| trap.value.clone()),
        why: line(&why, None, loader),
        right_when: right_when.map(|when| line(&when, None, loader)),
    };
    traps.extend(trap);
    choice
}

fn check_options(
    question: &Question,
    place: SourceSpan,
    choose: SourceSpan,
    loader: &mut Loader<'_>,
) {
    let (count, right) =
        (question.options.len(), question.options.iter().filter(|option| option.right).count());
    if right != usize::from(question.choose) {
        loader
            .error(
                choose,
                format!("`choose` is {}, and {right} of the options are right", question.choose),
            )
            .help("mark the right options with `right = true`, as many as `choose` says");
    }
    let fits = match question.choose {
        1 => count == 4,
        _ => (5..=6).contains(&count),
    };
    if count > OPTIONS_MAX {
        loader.error(place, format!("this question has {count} options, and six are the most"));
    } else if !fits {
        loader
            .error(place, format!("this question has {count} options"))
            .help("choose = 1 has four options, choose = 2 has five or six");
    }
    for (index, option) in question.options.iter().enumerate() {
        let same = |other: &Choice| plain(&other.text) == plain(&option.text);
        if !option.text.is_empty() && question.options[..index].iter().any(same) {
            loader.error(place, format!("two options say the same: {}", plain(&option.text)));
        }
    }
}

/// Hashes stem, options and key.
fn version_of(question: &Question) -> u64 {
    let mut hash = Hash::default();
    for paragraph in &question.stem {
        hash.words(&plain(paragraph));
        hash.end();
    }
    for option in &question.options {
        hash.words(&plain(&option.text));
        hash.number(u64::from(option.right));
    }
    hash.number(u64::from(question.choose));
    hash.value()
}

#[cfg(test)]
mod tests;
