//! Encodes a course and decodes it again, intact and damaged.

use super::*;
use crate::check_folders;
use crate::course::ItemTraps;
use crate::pack::{self, pack};
use crate::sample::{ID, folder, read, with_file};
use std::path::Path;

fn packed() -> Packed {
    pack(&[read(&folder(&[])).0]).unwrap()
}

/// Decodes every piece.
fn read_all(library: &Library) -> Result<usize, LibraryError> {
    let mut pieces = 0;
    for scenario in &library.index().scenarios {
        for entry in scenario.lessons.iter().chain([&scenario.overview]) {
            pieces += usize::from(!library.lesson(entry)?.blocks.is_empty());
        }
        for entry in library.questions(scenario)? {
            pieces += usize::from(library.question(&entry)?.id == entry.id);
        }
        for entry in &scenario.designs {
            pieces += usize::from(library.design(entry)?.id == entry.id);
        }
        pieces += library.misconceptions(scenario)?.len();
        pieces += library.traps(scenario)?.predictions.len();
        pieces += library.references(scenario)?.len();
        pieces += library.glossary(scenario)?.len();
    }
    Ok(pieces)
}

#[test]
fn what_was_encoded_is_read_again() {
    let (scenario, _) = read(&folder(&[]));
    let library = Library::from_packed(packed()).unwrap();
    let entry = &library.index().scenarios[0];
    assert_eq!(
        (entry.id.as_str(), entry.title.as_str(), entry.question_count),
        (ID, "Reminder Letters", 1)
    );
    assert_eq!(library.lesson(&entry.lessons[0]).unwrap(), scenario.lessons[0].lesson);
    assert_eq!(library.lesson(&entry.overview).unwrap(), scenario.overview.page.lesson);
    let questions = library.questions(entry).unwrap();
    assert_eq!(library.question(&questions[0]).unwrap(), scenario.questions.entries[0].question);
    assert_eq!((questions[0].lesson.as_str(), questions[0].anchor.as_str()), ("tray", "the-desk"));
    assert_eq!(library.misconceptions(entry).unwrap().len(), 7);
    assert_eq!(library.references(entry).unwrap()[0].id, "sqs-queues");
    assert_eq!(library.glossary(entry).unwrap()[0].term, "Tray");
    assert_eq!(entry.designs[0].title, "A tray between desk and post");
    let design = library.design(&entry.designs[0]).unwrap();
    assert_eq!(design.workflows[0].0, "letter.asl.json");
    assert_eq!(read_all(&library).unwrap(), 15);
}

#[test]
fn every_option_that_is_asked_is_packed_with_its_trap() {
    let lab = "id = \"a-day\"\ntitle = \"A day\"\nkind = \"lab\"\nteaches = [\"S1.1\"]\nlesson = \"tray\"\n\
        why = \"So.\"\n[experiment]\ndesign = \"tray\"\nrun = \"1m\"\n\
        [[bet]]\nask = \"What?\"\n\
        [[bet.option]]\ntext = \"One\"\nclaim = \"ledger.orders_lost > 0\"\ntrap = \"waiting-is-losing\"\n\
        [[bet.option]]\ntext = \"Other\"\nclaim = \"ledger.orders_lost == 0\"\n";
    let (scenario, _) = read(&with_file("labs/a-day.toml", lab));
    let library = Library::from_packed(pack(std::slice::from_ref(&scenario)).unwrap()).unwrap();
    let traps = library.traps(&library.index().scenarios[0]).unwrap();
    let told = |items: &[ItemTraps]| -> Vec<String> {
        let said = |trap: &Option<String>| trap.clone().unwrap_or_else(|| "right".to_owned());
        let options = |item: &ItemTraps| item.options.iter().map(said).collect::<Vec<_>>();
        items.iter().map(|item| format!("{}: {}", item.id, options(item).join(", "))).collect()
    };
    assert_eq!(
        told(&traps.predictions),
        [
            "overview-tray: tray-for-news, right, tray-is-a-line",
            "tray-desk: desk-stands-alone, right, waiting-is-losing"
        ]
    );
    assert_eq!(told(&traps.bets), ["a-day#1: waiting-is-losing, right"]);
    assert_eq!(traps.bets[0].version, scenario.labs[0].lab.version());
    let question = &scenario.questions.entries[0].question;
    assert_eq!(
        (&traps.questions[0].id, traps.questions[0].version),
        (&question.id, question.version)
    );
    assert_eq!(traps.questions[0].options.iter().filter(|trap| trap.is_none()).count(), 1);
}

#[test]
fn every_damaged_byte_of_the_index_is_noticed() {
    let packed = packed();
    for at in 0..packed.index.len() {
        let mut index = packed.index.clone();
        index[at] ^= 0x20;
        assert!(Library::new(&index, Cow::Owned(packed.blobs.clone())).is_err(), "byte {at}");
        assert!(Library::new(&packed.index[..at], Cow::Borrowed(&[])).is_err());
    }
}

#[test]
fn every_damaged_byte_of_the_blobs_is_noticed() {
    let packed = packed();
    for at in 0..packed.blobs.len() {
        let mut blobs = packed.blobs.clone();
        blobs[at] ^= 0x01;
        let library = Library::new(&packed.index, Cow::Owned(blobs)).unwrap();
        assert!(read_all(&library).is_err(), "byte {at}");
    }
    let short = Cow::Owned(packed.blobs[..packed.blobs.len() / 2].to_vec());
    let error = read_all(&Library::new(&packed.index, short).unwrap()).unwrap_err();
    assert!(error.to_string().contains("cannot be read: its bytes"), "{error}");
}

#[test]
fn a_sealed_lie_is_an_error_and_no_panic() {
    let lie = pack::seal(&vec![u64::MAX; 40]).unwrap();
    assert!(Library::new(&lie, Cow::Borrowed(&[])).is_err());
    assert!(Library::new(&[], Cow::Borrowed(&[])).is_err());
}

#[test]
fn a_folder_goes_through_the_same_loader() {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures/course");
    let many = Library::from_folder(&dir).unwrap();
    let one = Library::from_folder(&dir.join(ID)).unwrap();
    assert_eq!(many.index(), one.index());
    assert_eq!(many.index().scenarios[0].question_count, 3, "of both files in questions/");
}

#[test]
fn a_folder_with_mistakes_gives_its_errors_only() {
    let report =
        check_folders(&[folder(&[("facts.toml", "id = \"P1\"", "id = \"P2\"")])], Vec::new());
    assert!(report.library.is_none());
    assert!(report.notes() > 0);
    assert_eq!(report.errors(), 2);
    let problems = Library::from_folder(Path::new("no/such/folder")).unwrap_err();
    assert_eq!(problems.len(), 1);
}

#[test]
fn two_scenarios_live_side_by_side() {
    let mut other = folder(&[("scenario.toml", "id = \"reminder-letters\"", "id = \"other\"")]);
    other.id = "other".to_owned();
    let report = check_folders(&[folder(&[]), other], Vec::new());
    let library = report.library.unwrap();
    let ids: Vec<_> = library.index().scenarios.iter().map(|s| s.id.as_str()).collect();
    assert_eq!(ids, [ID, "other"]);
    assert_eq!(read_all(&library).unwrap(), 30);
}
