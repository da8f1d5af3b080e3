//! The four plain lists of a scenario: references, facts, glossary and misconceptions.

use super::course::{Misconception, Reference, Term};
use super::form::{Document, Form};
use super::lesson::values;
use super::loader::{Loader, Located, SourceSpan, Target, Use};
use super::prose::line;

/// The entries of a file. The list is incomplete if the file is missing or has a syntax error; then
/// nothing can be reported as unknown.
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

/// A `[[reference]]`: a page of AWS's documentation.
#[derive(Debug, Clone)]
pub struct ReferenceDraft {
    pub reference: Reference,
    pub id: Located<String>,
}

/// A `[[fact]]`. Only its id is kept: the text is for authors, and lessons teach it in full.
#[derive(Debug, Clone)]
pub struct FactDraft {
    pub id: Located<String>,
}

/// A `[[term]]` of the glossary.
#[derive(Debug, Clone)]
pub struct TermDraft {
    pub term: Term,
    pub name: Located<String>,
}

/// A `[[misconception]]`, with the places of everything it refers to.
#[derive(Debug, Clone)]
pub struct MisconceptionDraft {
    pub misconception: Misconception,
    pub id: Located<String>,
    pub lesson: Located<String>,
    pub teaches: Vec<Located<String>>,
}

/// Reads a file that is a list of `[[entry]]` tables.
fn read<T>(
    path: &str,
    entry: &'static str,
    loader: &mut Loader<'_>,
    mut each: impl FnMut(&mut Form<'_, '_>, &mut Loader<'_>) -> T,
) -> Catalogue<T> {
    let mut found = Catalogue::default();
    let Some((file, source)) = loader.folder.find(path) else {
        loader.missing(path).help(format!("write it as a list of [[{entry}]]; it may be short"));
        return found;
    };
    let Some(document) = Document::parse(&source.text, file, 0, loader) else {
        return found;
    };
    let mut form = document.form("list");
    for mut table in form.tables(entry, entry, loader) {
        found.entries.push(each(&mut table, loader));
        table.end(loader);
    }
    form.end(loader);
    found.whole = true;
    found
}

/// Parses `references.toml` and checks addresses and dates.
pub fn references(loader: &mut Loader<'_>) -> Catalogue<ReferenceDraft> {
    read("references.toml", "reference", loader, |form, loader| {
        let id = form.text("id", loader);
        let title = form.text("title", loader);
        let address = form.text("address", loader);
        let checked = form.text("checked", loader);
        if !address.value.starts_with("https://") && !address.value.is_empty() {
            loader.error(address.place, "an address begins with https://");
        }
        if !is_date(&checked.value) && !checked.value.is_empty() {
            loader.error(checked.place, "`checked` is a date such as \"2026-11-23\"");
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

/// Parses `facts.toml`.
pub fn facts(loader: &mut Loader<'_>) -> Catalogue<FactDraft> {
    read("facts.toml", "fact", loader, |form, loader| {
        let id = form.text("id", loader);
        form.text("text", loader);
        FactDraft { id }
    })
}

/// Parses `glossary.toml`; meanings may contain inline Markdown.
pub fn glossary(loader: &mut Loader<'_>) -> Catalogue<TermDraft> {
    read("glossary.toml", "term", loader, |form, loader| {
        let name = form.text("term", loader);
        let meaning = form.text("meaning", loader);
        TermDraft {
            term: Term { term: name.value.clone(), meaning: line(&meaning, None, loader) },
            name,
        }
    })
}

/// Parses `misconceptions.toml`. The links are checked later, with the rest of the scenario.
pub fn misconceptions(loader: &mut Loader<'_>) -> Catalogue<MisconceptionDraft> {
    read("misconceptions.toml", "misconception", loader, |form, loader| {
        let id = form.text("id", loader);
        let name = form.text("name", loader);
        let belief = form.text("belief", loader);
        let truth = form.text("truth", loader);
        let lesson = form.text("lesson", loader);
        let teaches = form.texts("teaches", loader);
        let lab = form.text_if_any("lab", loader);
        if let Some(lab) = lab.clone() {
            loader.uses.push(Use { target: Target::Lab(lab.value), place: lab.place });
        }
        MisconceptionDraft {
            misconception: Misconception {
                id: id.value.clone(),
                name: name.value,
                belief: line(&belief, None, loader),
                truth: line(&truth, None, loader),
                lesson: lesson.value.clone(),
                teaches: values(&teaches),
                lab: lab.map(|lab| lab.value),
            },
            id,
            lesson,
            teaches,
        }
    })
}

impl<T> Catalogue<T> {
    /// The ids to look a name up in; `None` if the list is incomplete.
    pub fn ids<'a>(&'a self, id: impl Fn(&'a T) -> &'a Located<String>) -> Option<Vec<&'a str>> {
        let ids = self.entries.iter().map(|entry| id(entry).value.as_str());
        self.whole.then(|| ids.collect())
    }
}

/// The start of a file, or an empty span if the file does not exist.
#[must_use]
pub fn top_of(path: &str, loader: &Loader<'_>) -> SourceSpan {
    loader.folder.find(path).map_or_else(SourceSpan::default, |(file, _)| SourceSpan::top(file))
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
