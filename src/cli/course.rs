//! The courses that a verb may open: all of the library, or the one that `--course` names.

use super::{Failure, Shared};
use crate::content::Library;
use crate::content::course::{DesignEntry, DesignSource, LabEntry, ScenarioEntry};
use crate::content::lab::{self, Lab};

/// A library, and which of its courses may be opened.
pub(super) struct Courses {
    library: Library,
    named: Option<String>,
}

impl Courses {
    /// Loads the library. An unknown `--course` is a usage error.
    pub(super) fn load(shared: &Shared) -> Result<Self, Failure> {
        let courses = Self { library: shared.library()?, named: shared.course.clone() };
        if let Some(id) = courses.named.as_deref().filter(|_| courses.all().next().is_none()) {
            let known = courses.library.index().scenarios.iter();
            return Err(unknown(id, known.map(|scenario| scenario.id.as_str())));
        }
        Ok(courses)
    }

    /// The library, with all its courses.
    pub(super) fn library(&self) -> &Library {
        &self.library
    }

    pub(super) fn into_library(self) -> Library {
        self.library
    }

    /// The courses that may be opened.
    pub(super) fn all(&self) -> impl Iterator<Item = &ScenarioEntry> {
        let scenarios = self.library.index().scenarios.iter();
        scenarios.filter(|scenario| self.named.as_ref().is_none_or(|id| *id == scenario.id))
    }

    /// Reads a design. `None` if no course has it; an id that more than one course has is a usage
    /// error.
    pub(super) fn design(&self, id: &str) -> Result<Option<DesignSource>, Failure> {
        let found = self.all().filter_map(|scenario| Some((scenario, design_of(scenario, id)?)));
        let found = only("design", id, found.collect())?;
        Ok(found.map(|(_, entry)| self.library.design(entry)).transpose()?)
    }

    /// Reads a lab, the text of its file and the design of its own course. `None` if no course has
    /// the lab; an id that more than one course has is a usage error.
    pub(super) fn lab(&self, id: &str) -> Result<Option<(Lab, String, DesignSource)>, Failure> {
        let found = self.all().filter_map(|scenario| Some((scenario, lab_of(scenario, id)?)));
        let Some((scenario, entry)) = only("lab", id, found.collect())? else {
            return Ok(None);
        };
        let source = self.library.lab(entry)?;
        let lab = lab::open(&source).map_err(Failure::usage)?;
        // A checked lab names a design of its own course.
        let design = design_of(scenario, lab.experiment.design_id());
        let Some(design) = design else { return Ok(None) };
        let design = self.library.design(design)?;
        Ok(Some((lab, source.text, design)))
    }

    /// Reports that no course has something, with what they have.
    pub(super) fn without(&self, what: &str, id: &str, known: &[&str]) -> Failure {
        let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
        Failure::usage(if self.all().count() == 1 {
            format!("This course has no {what} {id:?}. It has {known}.")
        } else {
            format!("No course has the {what} {id:?}. They have {known}.")
        })
    }
}

/// The one that was found. Two courses may use the same id, and only `--course` decides then.
fn only<'c, T>(
    what: &str,
    id: &str,
    mut found: Vec<(&'c ScenarioEntry, &'c T)>,
) -> Result<Option<(&'c ScenarioEntry, &'c T)>, Failure> {
    if found.len() > 1 {
        let courses: Vec<&str> = found.iter().map(|(scenario, _)| scenario.id.as_str()).collect();
        return Err(Failure::usage(format!(
            "More than one course has the {what} {id:?}: choose one with --course {}.",
            courses.join(" or --course ")
        )));
    }
    Ok(found.pop())
}

/// Whether an id is one of these courses; if not, a usage error.
pub(super) fn known<'c>(
    id: &str,
    courses: impl Iterator<Item = &'c str> + Clone,
) -> Result<(), Failure> {
    if courses.clone().any(|course| course == id) { Ok(()) } else { Err(unknown(id, courses)) }
}

fn unknown<'c>(id: &str, known: impl Iterator<Item = &'c str>) -> Failure {
    let known: Vec<&str> = known.collect();
    let is = if known.len() == 1 { "is" } else { "are" };
    Failure::usage(format!("There is no course {id:?}. There {is} {}.", known.join(", ")))
}

/// A scenario's design of this id.
pub(super) fn design_of<'c>(scenario: &'c ScenarioEntry, id: &str) -> Option<&'c DesignEntry> {
    scenario.designs.iter().find(|design| design.id == id)
}

/// A scenario's lab of this id.
pub(super) fn lab_of<'c>(scenario: &'c ScenarioEntry, id: &str) -> Option<&'c LabEntry> {
    scenario.labs.iter().find(|lab| lab.id == id)
}

/// What has an id that a learner may type.
pub(super) trait HasId {
    fn id(&self) -> &str;
}

impl HasId for DesignEntry {
    fn id(&self) -> &str {
        &self.id
    }
}

impl HasId for LabEntry {
    fn id(&self) -> &str {
        &self.id
    }
}

/// The ids of all designs, or of all labs, of some courses.
pub(super) fn ids<'c, T: HasId + 'c>(
    courses: impl Iterator<Item = &'c ScenarioEntry>,
    list: impl Fn(&'c ScenarioEntry) -> &'c Vec<T>,
) -> Vec<&'c str> {
    courses.flat_map(list).map(HasId::id).collect()
}
