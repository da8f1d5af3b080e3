//! What AWS does not document is marked in the code and told on the screen: each comment that says *model
//! assumption* names it by its id, and each id stands in the list of what it is about.

use std::collections::{BTreeMap, BTreeSet};

use redrive::sim::assumption::Assumption;
use redrive::sim::aws::billing;
use redrive::sim::design::{Experiment, PartKind};

use super::{File, sources};

const MARK: &str = "model assumption";
/// Characters of a sentence that stands in one line of a usual terminal.
const LENGTH_MAX: usize = 70;

/// The paragraphs of a file's comments, each with the number of its first line.
fn paragraphs(text: &str) -> Vec<(usize, String)> {
    let mut found: Vec<(usize, String)> = Vec::new();
    let mut goes_on = false;
    for (number, line) in text.lines().enumerate() {
        let comment = line.trim_start().strip_prefix("//");
        let words = comment.map_or("", |comment| comment.trim_start_matches(['/', '!']).trim());
        match found.last_mut().filter(|_| goes_on) {
            Some((_, paragraph)) if !words.is_empty() => {
                paragraph.push(' ');
                paragraph.push_str(words);
            }
            _ if !words.is_empty() => found.push((number + 1, words.to_owned())),
            _ => {}
        }
        goes_on = !words.is_empty();
    }
    found
}

/// The ids in a text: `MA-log-group-2`.
fn ids(text: &str) -> BTreeSet<&str> {
    let words = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '-');
    words.filter(|word| word.starts_with("MA-")).collect()
}

/// Whether a mark in a paragraph has no id before the next one. The lists themselves are no marks.
fn lacks_an_id(paragraph: &str) -> bool {
    let text = paragraph.replace('*', "").to_lowercase();
    let mut after = text.split(MARK).skip(1);
    !text.starts_with("model assumptions about") && after.any(|rest| !rest.contains("ma-"))
}

/// The comments of the simulator. The crate and the lists tell of marks in general.
fn comments() -> impl Iterator<Item = (&'static File, usize, String)> {
    let general = ["sim/lib.rs", "sim/assumption.rs"];
    let of_sim =
        move |file: &&File| file.path.starts_with("sim/") && !general.contains(&&*file.path);
    sources().iter().filter(of_sim).flat_map(|file| {
        paragraphs(&file.text).into_iter().map(move |(line, text)| (file, line, text))
    })
}

/// All assumptions by their ids.
fn listed() -> BTreeMap<&'static str, Assumption> {
    let kinds = PartKind::ALL.iter().flat_map(|kind| kind.assumptions());
    let bill = billing::ASSUMES.iter().map(|(_, assumption)| assumption);
    kinds.chain(bill).map(|assumption| (assumption.id, *assumption)).collect()
}

#[test]
fn every_model_assumption_in_a_comment_has_an_id() {
    let marks = comments().filter(|(.., text)| lacks_an_id(text));
    let wrong: Vec<String> =
        marks.map(|(file, line, text)| format!("src/{}:{line}: {text}", file.path)).collect();
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
    let count = comments().filter(|(.., text)| text.replace('*', "").contains(MARK)).count();
    assert!(count > 80, "the marks were found: {count}");
}

#[test]
fn the_lists_hold_the_assumptions_that_the_code_makes() {
    let comments: Vec<_> = comments().collect();
    let cited: BTreeSet<&str> = comments.iter().flat_map(|(.., text)| ids(text)).collect();
    let listed: BTreeSet<&str> = listed().into_keys().collect();
    let unlisted: Vec<_> = cited.difference(&listed).collect();
    assert!(unlisted.is_empty(), "in comments, and on no sheet: {unlisted:?}");
    let unmarked: Vec<_> = listed.difference(&cited).collect();
    assert!(unmarked.is_empty(), "on sheets, and in no comment: {unmarked:?}");
}

/// The files of a kind are those with its noun: `world/queue.rs`, `world/queue/tests.rs`, `design/queue.rs`.
#[test]
fn a_kind_tells_the_assumptions_of_its_own_files() {
    let mut found = 0;
    let of_parts = ["sim/design/", "sim/world/"];
    let is_of_parts = |file: &File| of_parts.iter().any(|folder| file.path.starts_with(folder));
    for (file, line, text) in comments().filter(|(file, ..)| is_of_parts(file)) {
        let names: Vec<&str> = file.path.trim_end_matches(".rs").split('/').skip(2).collect();
        let is_of = |kind: &PartKind| names.contains(&&*kind.noun().replace(' ', "_"));
        let mut kinds: Vec<PartKind> = PartKind::ALL.iter().copied().filter(is_of).collect();
        if kinds.is_empty() {
            continue;
        }
        if kinds.contains(&PartKind::Bus) {
            // A bus tells what its rules assume.
            kinds.push(PartKind::Rule);
        }
        let mut told: Vec<&Assumption> = kinds.iter().flat_map(|kind| kind.assumptions()).collect();
        told.extend(Experiment::ASSUMES);
        for id in ids(&text) {
            found += 1;
            let is_told = told.iter().any(|assumption| assumption.id == id);
            assert!(is_told, "src/{}:{line}: {kinds:?} tell no {id}", file.path);
        }
    }
    assert!(found >= 40, "{found}");
}

#[test]
fn an_assumption_is_a_sentence_and_its_id_names_what_it_is_about() {
    let shared = ["pattern", "delivery", "quota", "role", "fifo", "run", "bill"];
    let nouns: Vec<String> =
        PartKind::ALL.iter().map(|kind| kind.noun().replace(' ', "-")).collect();
    for (id, assumption) in listed() {
        let (about, number) = id.strip_prefix("MA-").unwrap().rsplit_once('-').unwrap();
        assert!(number.parse::<u8>().is_ok(), "{id}");
        assert!(shared.contains(&about) || nouns.iter().any(|noun| noun == about), "{id}");
        let text = assumption.text;
        assert!(
            text.ends_with('.') && text.len() <= LENGTH_MAX && !text.contains(". "),
            "{id}: {text}"
        );
    }
    for kind in PartKind::ALL.iter().copied() {
        let noun = kind.noun().replace(' ', "-");
        for assumption in kind.assumptions() {
            let about = assumption.id["MA-".len()..].rsplit_once('-').unwrap().0;
            let is_own = about == noun || shared.contains(&about);
            assert!(is_own, "{kind:?} tells {}", assumption.id);
        }
    }
}

#[test]
fn a_mark_without_an_id_is_found() {
    let text =
        "/// A delay: a *model\n    /// assumption*.\nconst A: u8 = 1;\n// Another (MA-run-1).\n";
    let found = paragraphs(text);
    let words: Vec<&str> = found.iter().map(|(_, text)| text.as_str()).collect();
    assert_eq!(words, ["A delay: a *model assumption*.", "Another (MA-run-1)."]);
    assert!(lacks_an_id(words[0]) && !lacks_an_id(words[1]));
    assert!(lacks_an_id("A model assumption (MA-run-1), and a model assumption."));
    assert!(!lacks_an_id("Model assumptions about queues."));
    assert_eq!(ids("(MA-run-1, MA-log-group-2)."), BTreeSet::from(["MA-log-group-2", "MA-run-1"]));
}
