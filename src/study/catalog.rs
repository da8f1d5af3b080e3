//! What the items of the course are about, for records from before that was stamped on them.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use super::evidence::{Catalog, Evidence};
use super::id::{ItemId, ScenarioId, Version};
use crate::content::course::ItemTraps;
use crate::content::{Library, LibraryError};

/// A library, asked for one item after another: an upgrade reads every answer that was ever given.
#[derive(Debug)]
pub struct CourseCatalog {
    library: Rc<Library>,
    /// Items by scenario, read when the first of them is asked for.
    items: RefCell<BTreeMap<ScenarioId, Items>>,
}

type Items = BTreeMap<String, AboutItem>;

#[derive(Debug)]
struct AboutItem {
    concepts: Vec<String>,
    traps: ItemTraps,
}

impl CourseCatalog {
    /// A catalog that has read nothing yet.
    #[must_use]
    pub fn new(library: Rc<Library>) -> Self {
        Self { library, items: RefCell::default() }
    }

    fn read(&self, scenario: &ScenarioId) -> Result<Items, LibraryError> {
        let mut scenarios = self.library.index().scenarios.iter();
        let Some(entry) = scenarios.find(|entry| *scenario == entry.id) else {
            return Ok(Items::new());
        };
        let questions = self.library.questions(entry)?;
        let concepts: BTreeMap<String, Vec<String>> =
            questions.into_iter().map(|question| (question.id, question.concepts)).collect();
        let traps = self.library.traps(entry)?;
        let asked = traps
            .questions
            .into_iter()
            .map(|traps| (concepts.get(&traps.id).cloned().unwrap_or_default(), traps));
        // What is asked before it is taught says nothing of concepts.
        let others = traps.predictions.into_iter().chain(traps.bets);
        let all = asked.chain(others.map(|traps| (Vec::new(), traps)));
        Ok(all.map(|(concepts, traps)| (traps.id.clone(), AboutItem { concepts, traps })).collect())
    }
}

impl Catalog for CourseCatalog {
    fn evidence(
        &self,
        scenario: &ScenarioId,
        item: &ItemId,
        version: Version,
        choice: &[u8],
    ) -> Option<Evidence> {
        let mut items = self.items.borrow_mut();
        // What cannot be read says nothing here; the screen that needs it reports it.
        let items = items
            .entry(scenario.clone())
            .or_insert_with(|| self.read(scenario).unwrap_or_default());
        let about = items.get(item.as_str())?;
        // The options of another version may be others.
        let is_same = about.traps.version == version.0;
        let traps = if is_same { about.traps.options.as_slice() } else { &[] };
        Some(Evidence::of(&about.concepts, traps.iter().map(Option::as_deref), choice))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::content::course::Index;

    /// The made-up course of letters.
    fn catalog() -> CourseCatalog {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/course");
        let library = Library::from_folder(std::path::Path::new(folder));
        CourseCatalog::new(Rc::new(library.expect("the course")))
    }

    fn first(index: &Index) -> ScenarioId {
        index.scenarios[0].id.as_str().into()
    }

    #[test]
    fn every_item_has_evidence_for_each_of_its_options() {
        let catalog = catalog();
        let scenario = first(catalog.library.index());
        let items = catalog.read(&scenario).unwrap();
        assert!(items.len() > 6, "{items:?}");
        let (mut questions, mut others) = (0, 0);
        for (id, about) in &items {
            let version = Version(about.traps.version);
            for option in 0..about.traps.options.len() as u8 {
                let found = catalog.evidence(&scenario, &id.as_str().into(), version, &[option]);
                let found = found.unwrap();
                let wrong = about.traps.options.iter().flatten().count();
                assert_eq!(found.held.len() + found.refused.len(), wrong, "{id}");
                let is_wrong = about.traps.options[usize::from(option)].is_some();
                assert_eq!(found.held.len(), usize::from(is_wrong), "{id}");
            }
            questions += usize::from(!about.concepts.is_empty());
            others += usize::from(about.concepts.is_empty());
        }
        assert!(questions > 2 && others > 2, "{questions} {others}");
    }

    #[test]
    fn another_version_says_only_what_was_asked_for_and_an_unknown_item_nothing() {
        let catalog = catalog();
        let scenario = first(catalog.library.index());
        let items = catalog.read(&scenario).unwrap();
        let (id, about) = items.iter().find(|(_, about)| !about.concepts.is_empty()).unwrap();
        let other = Version(about.traps.version ^ 1);
        let found = catalog.evidence(&scenario, &id.as_str().into(), other, &[0]).unwrap();
        assert_eq!((found.held.len(), found.refused.len()), (0, 0));
        assert_eq!(found.concepts.len(), about.concepts.len());
        assert_eq!(catalog.evidence(&scenario, &"nothing".into(), other, &[0]), None);
        assert_eq!(catalog.evidence(&"nowhere".into(), &id.as_str().into(), other, &[0]), None);
    }
}
