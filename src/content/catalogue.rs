//! The four plain lists of a scenario: references, facts, glossary and misconceptions.

use super::course::{Misconception, Reference, Term};
use super::desk::{Desk, Located, Place};
use super::form::{Document, Form};
use super::lesson::values;
use super::prose::line;

/// The entries of a file; not whole when the file is missing or its syntax is wrong, and then
/// nobody can say that an entry does not exist.
#[derive(Debug, Clone)]
pub struct Catalogue<T> {
    pub entries: Vec<T>,
    pub whole: bool,
}

impl<T> Default for Catalogue<T> {
    fn default() -> Self {
        Self { entries: Vec::new(), whole: false }
    }
}

#[derive(Debug, Clone)]
pub struct ReferenceDraft {
    pub reference: Reference,
    pub id: Located<String>,
}

#[derive(Debug, Clone)]
pub struct FactDraft {
    pub id: Located<String>,
}

#[derive(Debug, Clone)]
pub struct TermDraft {
    pub term: Term,
    pub name: Located<String>,
}

#[derive(Debug, Clone)]
pub struct MisconceptionDraft {
    pub misconception: Misconception,
    pub id: Located<String>,
    pub lesson: Located<String>,
    pub teaches: Vec<Located<String>>,
}

/// Reads a file that is a list of `[[entry]]`.
fn read<T>(
    path: &str,
    entry: &'static str,
    desk: &mut Desk<'_>,
    mut each: impl FnMut(&mut Form<'_, '_>, &mut Desk<'_>) -> T,
) -> Catalogue<T> {
    let mut found = Catalogue::default();
    let Some((file, source)) = desk.folder.find(path) else {
        desk.missing(path).help(format!("write it as a list of [[{entry}]]; it may be short"));
        return found;
    };
    let Some(document) = Document::parse(&source.text, file, 0, desk) else {
        return found;
    };
    let mut form = document.form("list");
    for mut table in form.tables(entry, entry, desk) {
        found.entries.push(each(&mut table, desk));
        table.end(desk);
    }
    form.end(desk);
    found.whole = true;
    found
}

pub fn references(desk: &mut Desk<'_>) -> Catalogue<ReferenceDraft> {
    read("references.toml", "reference", desk, |form, desk| {
        let id = form.text("id", desk);
        let title = form.text("title", desk);
        let address = form.text("address", desk);
        let checked = form.text("checked", desk);
        if !address.value.starts_with("https://") && !address.value.is_empty() {
            desk.error(address.place, "an address begins with https://");
        }
        if !is_date(&checked.value) && !checked.value.is_empty() {
            desk.error(checked.place, "`checked` is a date such as \"2026-11-23\"");
        }
        ReferenceDraft {
            reference: Reference {
                id: id.value.clone(),
                title: title.value,
                address: address.value,
                checked: checked.value,
            },
            id,
        }
    })
}

fn is_date(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let digits = |part: &str, length: usize, last: u32| {
        part.len() == length && part.parse::<u32>().is_ok_and(|n| (1..=last).contains(&n))
    };
    matches!(parts[..], [y, m, d] if digits(y, 4, 9999) && digits(m, 2, 12) && digits(d, 2, 31))
}

pub fn facts(desk: &mut Desk<'_>) -> Catalogue<FactDraft> {
    read("facts.toml", "fact", desk, |form, desk| {
        let id = form.text("id", desk);
        form.text("text", desk);
        FactDraft { id }
    })
}

pub fn glossary(desk: &mut Desk<'_>) -> Catalogue<TermDraft> {
    read("glossary.toml", "term", desk, |form, desk| {
        let name = form.text("term", desk);
        let meaning = form.text("meaning", desk);
        TermDraft {
            term: Term { term: name.value.clone(), meaning: line(&meaning, None, desk) },
            name,
        }
    })
}

pub fn misconceptions(desk: &mut Desk<'_>) -> Catalogue<MisconceptionDraft> {
    read("misconceptions.toml", "misconception", desk, |form, desk| {
        let id = form.text("id", desk);
        let name = form.text("name", desk);
        let belief = form.text("belief", desk);
        let truth = form.text("truth", desk);
        let lesson = form.text("lesson", desk);
        let teaches = form.texts("teaches", desk);
        MisconceptionDraft {
            misconception: Misconception {
                id: id.value.clone(),
                name: name.value,
                belief: line(&belief, None, desk),
                truth: line(&truth, None, desk),
                lesson: lesson.value.clone(),
                teaches: values(&teaches),
            },
            id,
            lesson,
            teaches,
        }
    })
}

impl<T> Catalogue<T> {
    /// The ids to look a name up in; nothing while the list is not whole.
    pub fn ids<'a>(&'a self, id: impl Fn(&'a T) -> &'a Located<String>) -> Option<Vec<&'a str>> {
        let ids = self.entries.iter().map(|entry| id(entry).value.as_str());
        self.whole.then(|| ids.collect())
    }
}

/// The top of a file that exists, or of nothing.
#[must_use]
pub fn top_of(path: &str, desk: &Desk<'_>) -> Place {
    desk.folder.find(path).map_or_else(Place::default, |(file, _)| Place::top(file))
}

#[cfg(test)]
mod tests {
    use crate::sample::{folder, one, told};

    #[test]
    fn an_address_is_https_and_a_date_is_a_date() {
        one(
            "references.toml",
            "https://docs",
            "http://docs",
            "error references.toml:4 an address begins with https://",
        );
        one(
            "references.toml",
            "2026-11-23",
            "23.11.2026",
            "error references.toml:5 `checked` is a date such as \"2026-11-23\"",
        );
    }

    #[test]
    fn a_list_knows_its_fields() {
        assert_eq!(
            told(&folder(&[("glossary.toml", "meaning = ", "means = ")])),
            [
                "error glossary.toml:1 this term has no `meaning`",
                "error glossary.toml:3 a term has no field `means`"
            ]
        );
        one(
            "facts.toml",
            "[[fact]]\nid = \"P1\"",
            "name = 1\n[[fact]]\nid = \"P1\"",
            "error facts.toml:1 a list has no field `name`",
        );
    }

    #[test]
    fn a_belief_is_one_paragraph() {
        one(
            "misconceptions.toml",
            "belief = \"A slip that",
            "belief = \"- A slip that",
            "error misconceptions.toml:4 only plain paragraphs can stand here",
        );
    }
}
