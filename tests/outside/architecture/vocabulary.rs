//! The code knows no course: what the shipped one calls its scenario, lessons, designs, parts, labs
//! and states is gathered from its files, and none of it stands in the code. A second scenario is a
//! folder.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use super::rust_text::{Kind, kinds};
use super::{File, sources};

/// What may stand in the code all the same: the file, the words, and why.
const EXCEPTIONS: &[(&str, &str, &str)] = &[];

#[test]
fn the_code_knows_no_scenario_by_its_words() {
    let words = shipped();
    assert!(words.len() > 150, "the course was found: {}", words.len());
    let mut wrong = Vec::new();
    let mut excused = vec![false; EXCEPTIONS.len()];
    for file in sources().iter().filter(|file| !is_test(file)) {
        for (line, word) in spoken(file, &words) {
            let exception = EXCEPTIONS.iter().position(|(f, w, _)| *f == file.path && *w == word);
            match exception {
                Some(exception) => excused[exception] = true,
                None => wrong.push(format!(
                    "src/{}:{line}: `{word}` is the course's ({})",
                    file.path, words[word]
                )),
            }
        }
    }
    for ((file, word, _), _) in EXCEPTIONS.iter().zip(excused).filter(|(_, excused)| !excused) {
        wrong.push(format!("src/{file} does not say `{word}` any more: take it from the list"));
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

fn is_test(file: &File) -> bool {
    file.path.ends_with("tests.rs") || file.path.ends_with("/sample.rs")
}

/// Words of the course with the file that says them.
pub type Words = BTreeMap<String, String>;

/// All that the course in `content` calls its own.
pub fn shipped() -> Words {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("content");
    let mut words = Words::new();
    gather(&root.join("exam.toml"), &mut words, |toml, found| {
        found.words.push(text(toml, "code"));
        titles(&toml::Value::Table(toml.clone()), found);
        let domains = toml["domain"].as_array().unwrap().iter();
        let tasks = domains.flat_map(|domain| domain["tasks"].as_array().unwrap());
        tasks.for_each(|task| found.title(task.as_str().unwrap()));
    });
    for scenario in entries(&root).into_iter().filter(|path| path.is_dir()) {
        gather(&scenario.join("scenario.toml"), &mut words, |toml, found| {
            found.words.push(text(toml, "id"));
            titles(&toml::Value::Table(toml.clone()), found);
        });
        for lesson in entries(&scenario.join("lessons")) {
            gather(&lesson, &mut words, |toml, found| {
                titles(&toml::Value::Table(toml.clone()), found);
            });
        }
        for lab in entries(&scenario.join("labs")) {
            gather(&lab, &mut words, |toml, found| {
                found.id(&text(toml, "id"));
                found.title(&text(toml, "title"));
            });
        }
        for design in entries(&scenario.join("designs")) {
            let id = design.file_stem().unwrap().to_string_lossy().into_owned();
            gather(&design, &mut words, |toml, found| {
                found.id(&id);
                parts(toml, found);
            });
        }
        for workflow in entries(&scenario.join("workflows")) {
            let document = fs::read_to_string(&workflow).unwrap();
            let mut found = Found::default();
            let name = workflow.file_name().unwrap().to_string_lossy();
            found.words.extend(name.split('.').next().map(str::to_owned));
            states(&serde_json::from_str(&document).unwrap(), &mut found);
            keep(found, &workflow, &mut words);
        }
    }
    words
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let mut entries: Vec<PathBuf> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    entries
}

/// What a TOML file says, or the front matter of a lesson.
fn gather(file: &Path, words: &mut Words, read: impl FnOnce(&toml::Table, &mut Found)) {
    let whole = fs::read_to_string(file).unwrap();
    let toml = whole
        .strip_prefix("+++\n")
        .map_or(whole.as_str(), |rest| rest.split("\n+++\n").next().unwrap_or_default());
    let mut found = Found::default();
    read(&toml.parse().unwrap(), &mut found);
    keep(found, file, words);
}

/// What a file has that is peculiar enough to be the course's own.
#[derive(Default)]
struct Found {
    words: Vec<String>,
}

impl Found {
    /// An id of one word may be any word: one with a hyphen is a name.
    fn id(&mut self, id: &str) {
        self.words.extend(id.contains('-').then(|| id.to_owned()));
    }

    /// A title of one word may be any word too.
    fn title(&mut self, title: &str) {
        self.words.extend(title.contains(' ').then(|| title.to_owned()));
    }
}

fn keep(found: Found, file: &Path, words: &mut Words) {
    let name = file.file_name().unwrap().to_string_lossy();
    for word in found.words.into_iter().filter(|word| !word.is_empty()) {
        words.entry(word).or_insert_with(|| name.clone().into_owned());
    }
}

fn text(table: &toml::Table, key: &str) -> String {
    table.get(key).and_then(toml::Value::as_str).unwrap_or_default().to_owned()
}

/// Ids and titles, however deep.
fn titles(value: &toml::Value, found: &mut Found) {
    match value {
        toml::Value::Table(table) => {
            found.id(&text(table, "id"));
            found.title(&text(table, "title"));
            table.values().for_each(|value| titles(value, found));
        }
        toml::Value::Array(values) => values.iter().for_each(|value| titles(value, found)),
        _ => {}
    }
}

/// The design's title, and of each part its id, its path such as `queues.orders`, its title and the
/// kind of event it publishes.
fn parts(design: &toml::Table, found: &mut Found) {
    found.title(&text(design, "title"));
    for (kind, parts) in design {
        for (id, part) in parts.as_table().into_iter().flatten() {
            let Some(part) = part.as_table() else { continue };
            found.id(id);
            found.title(&text(part, "title"));
            found.words.extend([format!("{kind}.{id}"), text(part, "detail_type")]);
        }
    }
}

/// The names of a definition's states, those of maps and branches too.
fn states(value: &serde_json::Value, found: &mut Found) {
    match value {
        serde_json::Value::Object(fields) => {
            for (name, value) in fields {
                if name == "States" {
                    let names = value.as_object().into_iter().flat_map(serde_json::Map::keys);
                    names.for_each(|name| found.title(name));
                }
                states(value, found);
            }
        }
        serde_json::Value::Array(values) => values.iter().for_each(|value| states(value, found)),
        _ => {}
    }
}

/// The words that stand in a file's texts, or are the name of something in its code, by line.
pub fn spoken<'w>(file: &File, words: &'w Words) -> Vec<(usize, &'w String)> {
    let code = &file.code;
    let kinds = kinds(code);
    // Most words stand nowhere in a file, and where one stands alone, so does its beginning.
    let alone: BTreeSet<&str> = code.split(|c| !joins(c)).collect();
    let stands_here =
        |name: &str| name.split(|c| !joins(c)).next().is_some_and(|first| alone.contains(first));
    let mut found = Vec::new();
    for word in words.keys() {
        let small = word.replace(['-', ' ', '.'], "_");
        let is_name = small.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        let mut names = vec![(word.clone(), Kind::Literal)];
        // `queues.orders` is also how a field of that name is reached.
        if is_name && !word.contains('.') {
            let small = small.to_lowercase();
            let camel = small.split('_').map(|part| {
                let (first, rest) = part.split_at(part.len().min(1));
                first.to_uppercase() + rest
            });
            names.extend([
                (camel.collect(), Kind::Code),
                (small.to_uppercase(), Kind::Code),
                (small, Kind::Code),
            ]);
        }
        for (name, kind) in names.into_iter().filter(|(name, _)| stands_here(name)) {
            for (at, _) in code.match_indices(&name) {
                if kinds[at] == kind && stands_alone(code, at, &name) {
                    found.push((code[..at].matches('\n').count() + 1, word));
                }
            }
        }
    }
    found.sort();
    found
}

/// Whether a letter makes the word beside it longer.
fn joins(c: char) -> bool {
    c.is_alphanumeric() || ['_', '-'].contains(&c)
}

/// Whether a word is not a piece of a longer one.
fn stands_alone(code: &str, at: usize, word: &str) -> bool {
    !code[..at].ends_with(joins) && !code[at + word.len()..].starts_with(joins)
}

#[test]
fn a_word_of_the_course_is_found_in_texts_and_in_names() {
    let words: Words = ["order-api", "Reserve inventory", "queues.bills"]
        .map(|word| (word.to_owned(), "a.toml".to_owned()))
        .into();
    let file = File::new(
        "sim/a.rs".to_owned(),
        "// the order-api\nfn order_api() {}\nfn reorder_api() {}\nstruct ReserveInventory;\n\
         const A: &str = \"a queues.bills\";\nconst B: &str = \"order-apis\";\nlet a = queues.bills;\n\
         #[cfg(test)]\nmod tests {\n    const C: &str = \"order-api\";\n}\n"
            .to_owned(),
    );
    let found: Vec<(usize, &str)> =
        spoken(&file, &words).into_iter().map(|(line, word)| (line, word.as_str())).collect();
    assert_eq!(found, [(2, "order-api"), (4, "Reserve inventory"), (5, "queues.bills")]);
}
