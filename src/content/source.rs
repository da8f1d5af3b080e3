//! Files of a content folder as text.

use std::path::Path;

use super::problem::Problem;

/// A file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// Relative to the content folder, with `/` between names.
    pub path: String,
    pub text: String,
}

/// Names of files that belong to a course.
const ENDINGS: [&str; 3] = [".toml", ".md", ".asl.json"];

/// Reads every file of the course below `folder`, in the order of their names.
pub fn read(folder: &Path) -> Result<Vec<Source>, Vec<Problem>> {
    let mut sources = Vec::new();
    let mut problems = Vec::new();
    walk(folder, "", &mut sources, &mut problems);
    sources.sort_by(|one, two| one.path.cmp(&two.path));
    if problems.is_empty() { Ok(sources) } else { Err(problems) }
}

fn walk(folder: &Path, prefix: &str, sources: &mut Vec<Source>, problems: &mut Vec<Problem>) {
    let name = if prefix.is_empty() { folder.display().to_string() } else { prefix.to_owned() };
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(cause) => {
            let message = format!("The content folder cannot be read: {cause}.");
            problems.push(Problem::about(&name, message, "Name a folder that holds scenarios."));
            return;
        }
    };
    for entry in entries.flatten() {
        let file_name = entry.file_name().to_string_lossy().into_owned();
        let path = if prefix.is_empty() { file_name.clone() } else { format!("{prefix}/{file_name}") };
        if file_name.starts_with('.') {
            continue;
        }
        if entry.path().is_dir() {
            walk(&entry.path(), &path, sources, problems);
        } else if ENDINGS.iter().any(|ending| file_name.ends_with(ending)) {
            match std::fs::read_to_string(entry.path()) {
                Ok(text) => sources.push(Source { path, text }),
                Err(cause) => problems.push(Problem::about(
                    &path,
                    format!("The file cannot be read: {cause}."),
                    "Content is UTF-8 text.",
                )),
            }
        }
    }
}
