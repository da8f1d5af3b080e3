//! The sheets of parts, kind by kind.

use std::collections::BTreeSet;

use redrive::sim::design::PartKind;
use redrive::tui::ctx::Subject;
use redrive::tui::runtime::Runtime;
use tempfile::TempDir;

use super::runtime;
use crate::support::{play, text};

/// Designs of the simulator's tests that have every kind together, with their workflows.
const DESIGNS: [(&str, &[(&str, &str)]); 6] = [
    (
        include_str!("../simulation/designs/everything.toml"),
        &[("everything.asl.json", include_str!("../simulation/designs/everything.asl.json"))],
    ),
    (
        include_str!("../simulation/designs/logs.toml"),
        &[("logs.asl.json", include_str!("../simulation/designs/logs.asl.json"))],
    ),
    (include_str!("../simulation/designs/objects.toml"), &[]),
    (include_str!("../simulation/designs/pipes.toml"), &[]),
    (include_str!("../simulation/designs/trails.toml"), &[]),
    (include_str!("../simulation/designs/archives.toml"), &[]),
];

fn opened((design, documents): (&str, &[(&str, &str)]), size: (u16, u16)) -> Runtime {
    let documents = documents.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned()));
    let subject = Subject::Own {
        name: "own".to_owned(),
        text: design.to_owned(),
        documents: documents.collect(),
    };
    runtime(&TempDir::new().unwrap(), subject, size, "<wait 20s><space>")
}

/// The kind of the part whose sheet is open, and its path.
fn of_sheet(frame: &str) -> (PartKind, String) {
    let mut words = frame.lines().flat_map(str::split_whitespace);
    words
        .find_map(|word| {
            let (table, _) = word.split_once('.')?;
            let kind = PartKind::ALL.iter().copied().find(|kind| kind.table() == table)?;
            Some((kind, word.to_owned()))
        })
        .unwrap_or_else(|| panic!("no path of a part:\n{frame}"))
}

#[test]
fn every_sheet_ends_with_the_assumptions_of_its_kind_drawn_and_aloud() {
    let mut kinds = BTreeSet::new();
    for design in DESIGNS {
        // So large that nothing scrolls.
        let mut runtime = opened(design, (120, 160));
        let mut paths = BTreeSet::new();
        loop {
            play(&mut runtime, "<tab><enter><tab>");
            let frame = text(&runtime);
            let (kind, path) = of_sheet(&frame);
            if !paths.insert(path) {
                break;
            }
            let aloud = runtime.app().page().to_string();
            let mut at = 0;
            for assumption in kind.assumptions() {
                let place = frame.find(assumption.text);
                assert!(place.is_some_and(|place| place > at), "{kind:?}: {frame}");
                at = place.unwrap();
                assert!(aloud.contains(assumption.text), "{aloud}");
            }
            kinds.insert(kind);
            play(&mut runtime, "<esc>");
        }
    }
    // Rules and keys have no sheet: a bus tells what rules assume, and nothing is assumed of keys.
    let missing: Vec<PartKind> =
        PartKind::ALL.iter().copied().filter(|kind| !kinds.contains(kind)).collect();
    assert_eq!(missing, [PartKind::Rule, PartKind::Key]);
}
