//! Locates the data directory and the course.

use std::path::{Path, PathBuf};

use etcetera::BaseStrategy;

use super::{Failure, Shared};
use crate::content::Library;
use crate::content::problem::{self, Problem};

impl Shared {
    /// Directory of the study history: the given one, or `redrive` in the XDG data directory.
    pub(super) fn data_directory(&self) -> Result<PathBuf, Failure> {
        if let Some(named) = &self.data_dir {
            return Ok(named.clone());
        }
        match etcetera::choose_base_strategy() {
            Ok(base) => Ok(base.data_dir().join("redrive")),
            Err(_) => Err(Failure::usage(
                "There is no home directory for the study history: name a directory with --data-dir.",
            )),
        }
    }

    /// The course: from the given folder, or the built-in one.
    pub(super) fn library(&self) -> Result<Library, Failure> {
        match &self.content {
            None => Ok(crate::shipped::course()?),
            Some(folder) => {
                Library::from_folder(folder).map_err(|problems| refused(folder, &problems))
            }
        }
    }
}

fn refused(folder: &Path, problems: &[Problem]) -> Failure {
    let mistakes = problem::render(problems);
    let sentence = format!(
        "{mistakes}The course in {} has {} mistakes: correct them, or leave --content out.",
        folder.display(),
        problems.len()
    );
    Failure { sentence, status: 1 }
}
