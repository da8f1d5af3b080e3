//! Designs and the documents they name: kept as text and checked for syntax, with a mapping from a
//! setting's path back to its place in the file.
//!
//! `sim::design` defines what a design means and reports mistakes as (path, sentence); [`tell`]
//! reports them at the right line. Nothing here starts a run.

use super::course::DesignSource;
use super::form::Document;
use super::loader::{Loader, Located, SourceSpan, Target, Use, nearest, suggestion};
use super::seen;
use redrive_sim::design::{Design, Noun};
use std::ops::Range;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

const DESIGN: &str = ".toml";
const WORKFLOW: &str = ".asl.json";

/// A parsed design, with the workflows it names already inserted.
#[derive(Debug, Clone)]
pub struct DesignDraft {
    pub id: Located<String>,
    pub title: String,
    /// What flows through it, as far as that can be read.
    pub noun: Noun,
    pub source: DesignSource,
}

/// Reads `designs/*.toml`.
pub fn read_all(loader: &mut Loader<'_>) -> Vec<DesignDraft> {
    let folder = loader.folder;
    let mut workflows = Vec::new();
    for (file, source) in folder.under("workflows/", WORKFLOW) {
        check_json(file, &source.text, loader);
        workflows.push((source.stem("").to_owned(), source.text.clone(), file));
    }
    let mut designs = Vec::new();
    for (file, source) in folder.under("designs/", DESIGN) {
        let id = Located { value: source.stem(DESIGN).to_owned(), place: SourceSpan::top(file) };
        designs.extend(read(id, &source.text, &workflows, loader));
    }
    for (name, _, file) in &workflows {
        let named = |draft: &DesignDraft| draft.source.workflows.iter().any(|(n, _)| n == name);
        if !designs.iter().any(named) {
            loader.note(SourceSpan::top(*file), "no design names this workflow");
        }
    }
    designs
}

/// Puts the scenario's main design before the others.
pub fn put_first(designs: &mut [DesignDraft], main: &Located<String>, loader: &mut Loader<'_>) {
    let ids = || designs.iter().map(|design| design.id.value.as_str());
    let Some(index) = ids().position(|id| id == main.value) else {
        let help = suggestion(nearest(&main.value, ids()), "it is the name of a file in designs/");
        loader.error(main.place, format!("there is no design `{}`", main.value)).help(help);
        return;
    };
    designs[..=index].rotate_right(1);
}

fn read(
    id: Located<String>,
    text: &str,
    workflows: &[(String, String, usize)],
    loader: &mut Loader<'_>,
) -> Option<DesignDraft> {
    let file = id.place.file;
    Document::parse(text, file, 0, loader)?;
    let tree = DeTable::parse(text).ok()?;
    let tree = tree.get_ref();
    let mut named = Vec::new();
    for (name, span) in workflow_names(tree) {
        let found = workflows.iter().find(|workflow| workflow.0 == name);
        if let Some((_, text, _)) = found {
            if !named.iter().any(|(known, _)| *known == name) {
                named.push((name, text.clone()));
            }
        } else {
            let guess = nearest(&name, workflows.iter().map(|workflow| workflow.0.as_str()));
            let help = suggestion(guess, "put the States Language definition there");
            loader
                .error(SourceSpan::new(file, span), format!("there is no file workflows/{name}"))
                .help(help);
        }
    }
    let noun = check_meaning(file, text, &named, loader).unwrap_or_default();
    let title = find(tree, "title").and_then(|(_, value)| value.get_ref().as_str());
    Some(DesignDraft {
        title: title.unwrap_or(&id.value).to_owned(),
        noun,
        source: DesignSource { id: id.value.clone(), text: text.to_owned(), workflows: named },
        id,
    })
}

/// Reports the simulator's objections to the design, and returns what flows through it.
fn check_meaning(
    file: usize,
    text: &str,
    workflows: &[(String, String)],
    loader: &mut Loader<'_>,
) -> Option<Noun> {
    match toml::from_str::<Design>(text) {
        Err(error) => {
            let place = SourceSpan::new(file, error.span().unwrap_or(0..0));
            loader.error(place, error.message().trim());
            None
        }
        Ok(design) => {
            for (part, lesson) in &design.lessons {
                let span = span_of(&format!("lessons.{part}"), text).unwrap_or(0..0);
                let place = SourceSpan::new(file, span);
                loader.uses.push(Use { target: Target::Lesson(lesson.clone()), place });
            }
            for mistake in design.mistakes(workflows) {
                tell(file, &mistake.path, &mistake.sentence, loader);
            }
            for remark in design.remarks() {
                let span = span_of(&remark.path, text).unwrap_or(0..0);
                loader.note(SourceSpan::new(file, span), remark.sentence);
            }
            Some(design.load.noun)
        }
    }
}

/// Parses the design of a source that was checked when it was packed.
pub fn open(source: &DesignSource) -> Result<Design, String> {
    toml::from_str(&source.text)
        .map_err(|error| format!("The design {} cannot be read: {}.", source.id, error.message()))
}

/// Finds every text in the design that names a workflow file, without its folder.
fn workflow_names(table: &DeTable<'_>) -> Vec<(String, Range<usize>)> {
    fn walk(value: &Spanned<DeValue<'_>>, found: &mut Vec<(String, Range<usize>)>) {
        match value.get_ref() {
            DeValue::String(text) if text.ends_with(WORKFLOW) => {
                let name = text.rsplit('/').next().unwrap_or_default();
                found.push((name.to_owned(), value.span()));
            }
            DeValue::Array(values) => values.iter().for_each(|value| walk(value, found)),
            DeValue::Table(table) => table.iter().for_each(|(_, value)| walk(value, found)),
            _ => {}
        }
    }
    let mut found = Vec::new();
    table.iter().for_each(|(_, value)| walk(value, &mut found));
    found
}

fn check_json(file: usize, text: &str, loader: &mut Loader<'_>) {
    if let Err(error) = serde_json::from_str::<serde::de::IgnoredAny>(text) {
        let line = text.split_inclusive('\n').take(error.line().saturating_sub(1));
        let at = line.map(str::len).sum::<usize>() + error.column().saturating_sub(1);
        let at = at.min(text.len());
        let whole = error.to_string();
        let sentence = whole.split(" at line ").next().unwrap_or(&whole);
        loader.error(SourceSpan::new(file, at..at + 1), format!("this is not JSON: {sentence}"));
    } else {
        seen::json(file, text, loader);
    }
}

/// Reports a mistake at a setting's path, such as `queues.inventory.visibility_timeout`.
pub fn tell(file: usize, path: &str, sentence: &str, loader: &mut Loader<'_>) {
    let span = span_of(path, loader.text(file)).unwrap_or(0..0);
    loader.error(SourceSpan::new(file, span), sentence);
}

/// Finds a path's value in a TOML text: the value of a field, or the name of a table. For a missing
/// path, the nearest table above it; `None` if the text is not TOML or even the first name is
/// unknown.
#[must_use]
pub fn span_of(path: &str, text: &str) -> Option<Range<usize>> {
    let tree = DeTable::parse(text).ok()?;
    let mut steps = path.split('.');
    let first = steps.next()?;
    let (key, mut value) = find(tree.get_ref(), first)?;
    let mut named = key;
    for name in steps {
        let step = match value.get_ref() {
            DeValue::Table(table) => find(table, name),
            DeValue::Array(values) => {
                let at = name.parse::<usize>().ok();
                at.and_then(|at| values.get(at)).map(|value| (value.span(), value))
            }
            _ => None,
        };
        let Some(step) = step else { break };
        (named, value) = step;
    }
    Some(match value.get_ref() {
        DeValue::Table(_) => named,
        _ => value.span(),
    })
}

fn find<'d, 't>(
    table: &'d DeTable<'t>,
    name: &str,
) -> Option<(Range<usize>, &'d Spanned<DeValue<'t>>)> {
    let (key, value) = table.iter().find(|(key, _)| key.get_ref() == name)?;
    Some((key.span(), value))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Folder;

    const DESIGN: &str = "title = \"A shop\"\n\n[queues.orders]\nvisibility_timeout = \"30s\"\n\n\
        [rules]\nall = { bus = \"b\", targets = [\"queues.orders\", \"queues.bills\"] }\n\n\
        [[faults]]\nkind = \"outage\"\n\n[[faults]]\nkind = \"slow\"\n\n\
        [workflows.fulfilment]\ndefinition = \"fulfilment.asl.json\"\n";

    fn at(path: &str) -> Option<&'static str> {
        span_of(path, DESIGN).map(|span| &DESIGN[span])
    }

    #[test]
    fn a_path_finds_its_value() {
        assert_eq!(at("queues.orders.visibility_timeout"), Some("\"30s\""));
        assert_eq!(at("rules.all.bus"), Some("\"b\""));
        assert_eq!(at("rules.all.targets.1"), Some("\"queues.bills\""));
        assert_eq!(at("faults.1.kind"), Some("\"slow\""));
        assert_eq!(at("title"), Some("\"A shop\""));
    }

    #[test]
    fn a_table_is_its_name_and_a_missing_field_is_the_table_above() {
        assert_eq!(at("queues.orders"), Some("orders"));
        assert_eq!(at("queues.orders.batch_size"), Some("orders"));
        assert_eq!(at("rules.other.bus"), Some("rules"));
        assert_eq!(at("title.x"), Some("\"A shop\""));
        assert_eq!(at("topics.x"), None);
        assert_eq!(span_of("a", "a = "), None);
    }

    #[test]
    fn a_mistake_is_told_at_its_line() {
        let folder = Folder::new("s", [("designs/a.toml", DESIGN)]);
        let mut loader = Loader::new(&folder);
        tell(0, "queues.orders.visibility_timeout", "it must outlive the work", &mut loader);
        let told = &loader.found[0];
        assert_eq!((told.line, told.column), (4, 22));
    }

    #[test]
    fn a_design_takes_the_workflows_it_names() {
        let folder = Folder::new(
            "s",
            [
                ("designs/shop.toml", DESIGN),
                ("designs/plain.toml", "x = 1\n"),
                ("workflows/fulfilment.asl.json", "{}"),
                ("workflows/spare.asl.json", "{\n  \"a\": oops\n}"),
            ],
        );
        let mut loader = Loader::new(&folder);
        let designs = read_all(&mut loader);
        let titles: Vec<_> = designs.iter().map(|design| design.title.as_str()).collect();
        assert_eq!(titles, ["plain", "A shop"]);
        assert_eq!(
            designs[1].source.workflows,
            [("fulfilment.asl.json".to_owned(), "{}".to_owned())]
        );
        let told: Vec<_> = loader.found.iter().map(|p| (p.line, p.message.as_str())).collect();
        for expected in
            [(2, "this is not JSON: expected value"), (1, "no design names this workflow")]
        {
            assert!(told.contains(&expected), "{told:?}");
        }
        assert!(
            told.iter().any(|(line, m)| *line == 1 && m.contains("unknown field `x`")),
            "{told:?}"
        );
    }

    #[test]
    fn a_workflow_that_is_not_there_is_an_error() {
        let folder = Folder::new("s", [("designs/shop.toml", DESIGN)]);
        let mut loader = Loader::new(&folder);
        read_all(&mut loader);
        assert_eq!(loader.found[0].message, "there is no file workflows/fulfilment.asl.json");
        assert_eq!(loader.found[0].line, 16);
    }
}
