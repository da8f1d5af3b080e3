//! The files of a scenario in memory: the only module of this layer that reads the disk.
//!
//! Everything after it works on [`Folder`]s, so a test is a list of (path, text). This module knows
//! which paths belong to a course, not what a file means.

use super::problem::Problem;
use std::fs;
use std::path::Path;

/// Folders of a course, which have no subfolders.
const FOLDERS: [&str; 5] = ["lessons", "questions", "designs", "labs", "workflows"];
/// The exam's blueprint in a scenario's folder.
pub const EXAM: &str = "exam.toml";
/// The one beside the scenarios, which they share.
pub const SHARED_EXAM: &str = "../exam.toml";
/// Size limit of a file. A lesson of 1,100 words has about 10 kB.
const FILE_BYTES_MAX: u64 = 1 << 20;
/// Size limit of all files together. Twelve lessons with everything that belongs to them have a
/// third of a megabyte; parsed and checked, a text takes about twenty times its size in memory.
const COURSE_BYTES_MAX: u64 = 16 << 20;

/// A scenario's files.
#[derive(Debug, Clone, Default)]
pub struct Folder {
    /// The folder's name, which is the scenario's id.
    pub id: String,
    /// Prefix of a source's path in messages, such as `content/orders/`; may be empty.
    pub shown: String,
    /// Sorted by path.
    pub sources: Vec<Source>,
}

/// A file of a scenario.
#[derive(Debug, Clone)]
pub struct Source {
    /// Path below the scenario's folder, with `/` as separator.
    pub path: String,
    pub text: String,
}

impl Folder {
    /// Creates a folder in memory.
    #[must_use]
    pub fn new<'a>(id: &str, files: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let mut sources: Vec<Source> = files
            .into_iter()
            .map(|(path, text)| Source { path: path.to_owned(), text: text.to_owned() })
            .collect();
        sources.sort_by(|a, b| a.path.cmp(&b.path));
        Self { id: id.to_owned(), shown: String::new(), sources }
    }

    /// The files under `place` whose names end in `ending`: (index among the sources, source).
    pub fn under<'a>(
        &'a self,
        place: &'a str,
        ending: &'a str,
    ) -> impl Iterator<Item = (usize, &'a Source)> {
        self.sources.iter().enumerate().filter(move |(_, source)| {
            source
                .path
                .strip_prefix(place)
                .is_some_and(|name| name.ends_with(ending) && !name.contains('/'))
        })
    }

    /// The file at a path inside the scenario's folder, with its index; `None` if there is none.
    #[must_use]
    pub fn find(&self, path: &str) -> Option<(usize, &Source)> {
        self.sources.iter().enumerate().find(|(_, source)| source.path == path)
    }
}

impl Source {
    /// The file's name without its folder and without `ending`.
    #[must_use]
    pub fn stem<'a>(&'a self, ending: &str) -> &'a str {
        let name = self.path.rsplit('/').next().unwrap_or(&self.path);
        name.strip_suffix(ending).unwrap_or(name)
    }
}

/// Whether a course may contain a file with this path.
#[must_use]
pub fn belongs(path: &str) -> bool {
    match path.split_once('/') {
        None => matches!(
            path,
            "scenario.toml"
                | EXAM
                | "references.toml"
                | "facts.toml"
                | "glossary.toml"
                | "misconceptions.toml"
        ),
        Some(("lessons", name)) => is_plain(name, ".md"),
        Some(("questions" | "designs" | "labs", name)) => is_plain(name, ".toml"),
        Some(("workflows", name)) => is_plain(name, ".asl.json"),
        Some(_) => false,
    }
}

fn is_plain(name: &str, ending: &str) -> bool {
    name.ends_with(ending) && !name.contains('/')
}

/// Reads the scenarios in `dir`, or `dir` itself if it is one, and reports whatever could not be
/// read.
#[must_use]
pub fn read(dir: &Path) -> (Vec<Folder>, Vec<Problem>) {
    let mut problems = Vec::new();
    let mut folders = Vec::new();
    // One byte more than the limit: a course of exactly the limit is not reported.
    let mut room = COURSE_BYTES_MAX + 1;
    if dir.join("scenario.toml").is_file() {
        folders.push(read_scenario(dir, &mut room, &mut problems));
    } else {
        for (name, path) in entries(dir, &mut problems) {
            if path.is_dir() && !is_hidden(&name) {
                folders.push(read_scenario(&path, &mut room, &mut problems));
            }
        }
    }
    if room == 0 {
        // Part of a course would report mistakes that the whole does not have.
        folders.clear();
    }
    if folders.is_empty() && problems.is_empty() {
        problems.push(Problem::of_file(&show(dir), "this folder holds no scenario").with_help(
            "a scenario is a folder with a scenario.toml and the folders lessons/ and questions/",
        ));
    }
    (folders, problems)
}

fn read_scenario(dir: &Path, room: &mut u64, problems: &mut Vec<Problem>) -> Folder {
    let named = dir.file_name().map(|name| name.to_string_lossy().into_owned());
    let id = named
        .or_else(|| {
            let whole = fs::canonicalize(dir).ok()?;
            Some(whole.file_name()?.to_string_lossy().into_owned())
        })
        .unwrap_or_default();
    let mut folder =
        Folder { id, shown: format!("{}/", show(dir).trim_end_matches('/')), sources: Vec::new() };
    read_below(dir, "", &mut folder, room, problems);
    read_exam(dir, &mut folder, room, problems);
    folder.sources.sort_by(|a, b| a.path.cmp(&b.path));
    folder
}

/// Reads the exam's blueprint beside the scenario, if the scenario has none of its own.
fn read_exam(dir: &Path, folder: &mut Folder, room: &mut u64, problems: &mut Vec<Problem>) {
    // The parent of a path such as `.` is not in the path.
    let path = dir.join(SHARED_EXAM);
    let path =
        dir.parent().filter(|parent| parent.is_dir()).map_or(path, |parent| parent.join(EXAM));
    if folder.find(EXAM).is_none() && path.is_file() {
        add(&path, SHARED_EXAM, folder, room, problems);
    }
}

/// Reads a file into the folder.
fn add(path: &Path, below: &str, folder: &mut Folder, room: &mut u64, problems: &mut Vec<Problem>) {
    match read_text(path) {
        Ok(text) if text.len() as u64 >= *room => {
            let most = COURSE_BYTES_MAX >> 20;
            let message = format!("with this file the course has more than {most} MiB");
            let help = "name the folder of one scenario, or divide this one";
            problems.push(Problem::of_file(&show(path), &message).with_help(help));
            // Stop reading: one report of a file too many is enough.
            *room = 0;
        }
        Ok(text) => {
            *room -= text.len() as u64;
            folder.sources.push(Source { path: below.to_owned(), text });
        }
        Err(problem) => problems.push(*problem),
    }
}

fn read_below(
    dir: &Path,
    before: &str,
    folder: &mut Folder,
    room: &mut u64,
    problems: &mut Vec<Problem>,
) {
    for (name, path) in entries(dir, problems) {
        let below = format!("{before}{name}");
        if is_hidden(&name) {
            continue;
        }
        if *room == 0 {
            return;
        }
        if path.is_dir() {
            if before.is_empty() && FOLDERS.contains(&name.as_str()) {
                read_below(&path, &format!("{below}/"), folder, room, problems);
            } else {
                problems.push(
                    Problem::of_file(&show(&path), "a course has no folder of this name")
                        .with_help(&format!("folders of a course: {}", FOLDERS.join(", "))),
                );
            }
        } else if belongs(&below) {
            add(&path, &below, folder, room, problems);
        } else if name != "README.md" {
            problems.push(
                Problem::of_file(&show(&path), "a course has no file of this name").with_help(
                    "files of a course: scenario.toml, exam.toml, references.toml, facts.toml, glossary.toml, \
                     misconceptions.toml, lessons/*.md, questions/*.toml, designs/*.toml, labs/*.toml, \
                     workflows/*.asl.json",
                ),
            );
        }
    }
}

/// Reads a file's text. Only regular files, because a pipe would block the reader; the text may be
/// written by hand, with a byte order mark or CRLF line ends.
fn read_text(path: &Path) -> Result<String, Box<Problem>> {
    let told = |message: &str| Box::new(Problem::of_file(&show(path), message));
    let unread = |error: std::io::Error| told(&format!("this file cannot be read: {error}"));
    let metadata = fs::metadata(path).map_err(unread)?;
    if !metadata.is_file() {
        let help = "a course is made of plain files";
        return Err(Box::new(told("this is not a regular file").with_help(help)));
    }
    if metadata.len() > FILE_BYTES_MAX {
        let message = format!(
            "this file has {} bytes, and a file of a course at most {FILE_BYTES_MAX}",
            metadata.len()
        );
        return Err(Box::new(told(&message).with_help("divide it into several files")));
    }
    let text = String::from_utf8(fs::read(path).map_err(unread)?)
        .map_err(|_| Box::new(told("this file is not UTF-8 text").with_help("save it as UTF-8")))?;
    Ok(text.strip_prefix('\u{feff}').unwrap_or(&text).replace("\r\n", "\n"))
}

/// Lists a folder, sorted by name.
fn entries(dir: &Path, problems: &mut Vec<Problem>) -> Vec<(String, std::path::PathBuf)> {
    let listed = fs::read_dir(dir).and_then(Iterator::collect::<Result<Vec<_>, _>>);
    match listed {
        Ok(found) => {
            let mut found: Vec<_> = found
                .into_iter()
                .map(|entry| (entry.file_name().to_string_lossy().into_owned(), entry.path()))
                .collect();
            found.sort();
            found
        }
        Err(error) => {
            problems.push(
                Problem::of_file(&show(dir), &format!("this folder cannot be read: {error}"))
                    .with_help("name a folder of scenarios, or the folder of one scenario"),
            );
            Vec::new()
        }
    }
}

/// Editors leave such files behind; they never belong to a course.
fn is_hidden(name: &str) -> bool {
    name.starts_with('.') || name.ends_with('~')
}

fn show(path: &Path) -> String {
    path.to_string_lossy().replace('\\', "/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_of_scenarios_and_one_scenario_read_alike() {
        let dir = tempfile::tempdir().unwrap();
        let scenario = dir.path().join("shop");
        fs::create_dir_all(scenario.join("lessons")).unwrap();
        fs::write(scenario.join("scenario.toml"), "id = \"shop\"").unwrap();
        fs::write(scenario.join("lessons/01-a.md"), "text").unwrap();
        fs::write(scenario.join("lessons/.01-a.md.swp"), [0xff]).unwrap();

        let (many, none) = read(dir.path());
        assert_eq!(none, []);
        let (one, _) = read(&scenario);
        for folder in [&many[0], &one[0]] {
            assert_eq!(folder.id, "shop");
            let paths: Vec<_> = folder.sources.iter().map(|s| s.path.as_str()).collect();
            assert_eq!(paths, ["lessons/01-a.md", "scenario.toml"]);
        }
    }

    #[test]
    fn what_cannot_be_read_is_said_file_by_file() {
        let dir = tempfile::tempdir().unwrap();
        let scenario = dir.path().join("shop");
        fs::create_dir_all(scenario.join("plays")).unwrap();
        fs::write(scenario.join("facts.toml"), [0xff, 0xfe]).unwrap();
        fs::write(scenario.join("plays/outage.toml"), "").unwrap();
        fs::write(scenario.join("README.md"), "about").unwrap();

        let (folders, problems) = read(dir.path());
        assert_eq!(folders[0].sources.len(), 0);
        let said: Vec<_> = problems.iter().map(|p| p.message.as_str()).collect();
        assert_eq!(said, ["this file is not UTF-8 text", "a course has no folder of this name"]);
    }

    #[test]
    fn a_course_beyond_the_limit_is_told_and_no_part_of_it_is_checked() {
        let dir = tempfile::tempdir().unwrap();
        for scenario in 0..3 {
            let lessons = dir.path().join(format!("s{scenario}/lessons"));
            fs::create_dir_all(&lessons).unwrap();
            for lesson in 0..9 {
                fs::write(lessons.join(format!("0{lesson}-a.md")), vec![b'a'; 1 << 20]).unwrap();
            }
        }
        let (folders, problems) = read(dir.path());
        assert!(folders.is_empty(), "{}", folders.len());
        let said: Vec<_> = problems.iter().map(|problem| problem.message.as_str()).collect();
        assert_eq!(said, ["with this file the course has more than 16 MiB"]);
    }

    #[cfg(unix)]
    #[test]
    fn what_is_no_plain_file_is_not_opened_and_not_gone_into() {
        let dir = tempfile::tempdir().unwrap();
        let scenario = dir.path().join("shop");
        fs::create_dir_all(scenario.join("lessons/more")).unwrap();
        // A socket, like a pipe, never ends.
        let _socket = std::os::unix::net::UnixListener::bind(scenario.join("facts.toml")).unwrap();
        fs::write(scenario.join("glossary.toml"), vec![b' '; FILE_BYTES_MAX as usize + 1]).unwrap();
        std::os::unix::fs::symlink("/", scenario.join("designs-of-others")).unwrap();
        std::os::unix::fs::symlink(&scenario, scenario.join("lessons/again")).unwrap();
        fs::write(scenario.join("references.toml"), "\u{feff}# begins with a mark").unwrap();

        let (folders, problems) = read(dir.path());
        let said: Vec<_> = problems.iter().map(|p| p.message.as_str()).collect();
        let folder = "a course has no folder of this name";
        let size = "this file has 1048577 bytes, and a file of a course at most 1048576";
        assert_eq!(said, [folder, "this is not a regular file", size, folder, folder]);
        assert_eq!(folders[0].sources.len(), 1);
        assert_eq!(folders[0].sources[0].text, "# begins with a mark");
    }

    #[test]
    fn an_absent_or_empty_folder_is_a_sentence() {
        let dir = tempfile::tempdir().unwrap();
        let (_, problems) = read(dir.path());
        assert_eq!(problems[0].message, "this folder holds no scenario");
        let (_, problems) = read(&dir.path().join("absent"));
        assert!(problems[0].message.starts_with("this folder cannot be read"));
    }
}
