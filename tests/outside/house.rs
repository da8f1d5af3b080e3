//! The house in figures: what the sources look like, counted in the same way on every day. Each figure
//! is held where it is, so that it can only become better; `cargo test house -- --nocapture` prints them, and
//! with `REDRIVE_HOUSE=…/src` those of another program.

use std::fs;
use std::path::{Path, PathBuf};

/// The longest that a function should be.
const LINES_MAX: usize = 60;

/// What was counted in the sources, test modules aside.
#[derive(Debug, Default)]
struct Counts {
    /// Lines that are not empty, file by file, in order.
    lines: Vec<usize>,
    functions: usize,
    /// Functions of more than [`LINES_MAX`] lines: how long, and where.
    long: Vec<(usize, String)>,
    public: usize,
    documented: usize,
    clones: usize,
    tests: usize,
}

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    let mut entries: Vec<PathBuf> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            found.push(path);
        }
    }
}

fn count(folder: &Path) -> Counts {
    let mut files = Vec::new();
    sources(folder, &mut files);
    let mut counts = Counts::default();
    for path in files {
        let text = fs::read_to_string(&path).unwrap();
        counts.tests += text.matches("#[test]").count();
        if path.ends_with("tests.rs") {
            continue;
        }
        let code = text.split("#[cfg(test)]\nmod tests {").next().unwrap();
        counts.read(&path.strip_prefix(folder).unwrap().display().to_string(), code);
    }
    counts.lines.sort_unstable();
    counts.long.sort();
    counts
}

impl Counts {
    fn read(&mut self, path: &str, code: &str) {
        let lines: Vec<&str> = code.lines().collect();
        self.lines.push(lines.iter().filter(|line| !line.trim().is_empty()).count());
        for (index, line) in lines.iter().enumerate() {
            let text = line.trim_start();
            if text.starts_with("//") {
                continue;
            }
            let copies = [".clone()", ".to_owned()", ".to_string()"];
            self.clones += copies.iter().map(|copy| line.matches(copy).count()).sum::<usize>();
            if let Some(item) = text.strip_prefix("pub ") {
                let kinds = ["fn", "const", "struct", "enum", "trait", "static", "type", "mod"];
                if kinds.iter().any(|kind| item.starts_with(&format!("{kind} "))) {
                    self.public += 1;
                    self.documented += usize::from(is_documented(&lines[..index]));
                }
            }
            if let Some(length) = length_of_function(&lines[index..]) {
                self.functions += 1;
                if length > LINES_MAX {
                    self.long.push((length, format!("{path}:{}", index + 1)));
                }
            }
        }
    }

    fn of_thousand(&self, count: usize) -> f64 {
        count as f64 * 1e3 / self.lines.iter().sum::<usize>() as f64
    }
}

/// Whether a doc comment stands at the end of these lines, attributes aside.
fn is_documented(before: &[&str]) -> bool {
    let mut above = before.iter().rev().map(|line| line.trim_start());
    above
        .find(|line| !line.starts_with("#[") && !line.starts_with(")]"))
        .is_some_and(|line| line.starts_with("///"))
}

/// How many lines the function has that begins on the first of these, if one does.
fn length_of_function(lines: &[&str]) -> Option<usize> {
    let first = lines.first()?;
    let text = first.trim_start();
    let is_function = text.starts_with("fn ") || text.split(" fn ").next()?.len() < text.len();
    let begins = text.starts_with("fn ") || text.starts_with("pub") || text.starts_with("const fn");
    if !is_function || !begins || text.ends_with(';') || text.ends_with('}') {
        return None;
    }
    let end = format!("{}}}", &first[..first.len() - text.len()]);
    lines.iter().position(|line| *line == end).map(|last| last + 1)
}

/// Prints the figures.
fn print(counts: &Counts, outside: &Counts) {
    let files = counts.lines.len();
    let (median, longest) = (counts.lines[files / 2], counts.lines[files - 1]);
    let documented = counts.documented as f64 * 100.0 / counts.public as f64;
    let long = counts.long.len() as f64 * 100.0 / counts.functions as f64;
    let (clones, tests) =
        (counts.of_thousand(counts.clones), counts.of_thousand(counts.tests + outside.tests));
    println!("files {files}, lines a file: median {median}, most {longest}");
    println!("functions {}, over {LINES_MAX} lines {long:.2} %", counts.functions);
    println!("public items {}, documented {documented:.1} %", counts.public);
    println!("copies of values a thousand lines {clones:.1}, tests {tests:.1}");
    for (length, place) in counts.long.iter().rev() {
        println!("{length:>4} lines  {place}");
    }
}

#[test]
fn the_house_becomes_no_worse() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    if let Some(other) = std::env::var_os("REDRIVE_HOUSE") {
        // Another program's sources, to compare with.
        print(&count(Path::new(&other)), &Counts::default());
        return;
    }
    let (counts, outside) = (count(&root.join("src")), count(&root.join("tests")));
    print(&counts, &outside);
    let files = counts.lines.len();
    let median = counts.lines[files / 2];
    let documented = counts.documented as f64 * 100.0 / counts.public as f64;
    let long = counts.long.len() as f64 * 100.0 / counts.functions as f64;
    let (clones, tests) =
        (counts.of_thousand(counts.clones), counts.of_thousand(counts.tests + outside.tests));
    assert!(files > 200 && counts.functions > 2_000, "the sources were found");
    assert!(median <= 136, "files became longer: median {median}");
    assert!(long <= 0.3, "{long:.2} % of the functions are longer than {LINES_MAX} lines");
    assert!(documented >= 92.0, "{documented:.1} % of the public items are documented");
    assert!(clones <= 17.0, "{clones:.1} copies a thousand lines");
    assert!(tests >= 22.0, "{tests:.1} tests a thousand lines");
}

#[test]
fn a_function_is_as_long_as_from_its_head_to_its_brace() {
    let lines = ["    pub fn a(", "        b: u8,", "    ) -> u8 {", "        b", "    }", "}"];
    assert_eq!(length_of_function(&lines), Some(5));
    assert_eq!(length_of_function(&["    /// fn of words", "}"]), None);
    assert_eq!(length_of_function(&["fn one() -> u8 { 1 }"]), None);
    assert!(is_documented(&["/// Is.", "#[must_use]"]));
    assert!(!is_documented(&["/// Is.", "", "#[must_use]"]));
}

/// The files that name pipes are those that ARCHITECTURE names for a new kind of part, and no more than nine.
#[test]
fn a_kind_of_part_touches_the_files_that_are_listed() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    sources(&root, &mut files);
    let names_pipes = |file: &PathBuf| {
        let text = fs::read_to_string(file).unwrap();
        let code = text.lines().filter(|line| !line.trim_start().starts_with("//"));
        let mut words =
            code.flat_map(|line| line.split(|c: char| !c.is_alphanumeric() && c != '_'));
        words.any(|word| word.starts_with("Pipe") || word == "pipe" || word == "pipes")
    };
    let relative = |file: &PathBuf| file.strip_prefix(&root).unwrap().display().to_string();
    let touched: Vec<String> = files.iter().filter(|f| names_pipes(f)).map(relative).collect();
    // The terminal knows pipes of another kind.
    let is_other =
        |file: &&String| !["pipe", "terminal", "tests.rs"].iter().any(|own| file.contains(own));
    let mut touched: Vec<&String> = touched.iter().filter(is_other).collect();
    touched.sort_unstable();
    let text = fs::read_to_string(root.with_file_name("ARCHITECTURE.md")).unwrap();
    let row = text.lines().find(|line| line.starts_with("| a kind of part |")).unwrap();
    let listed = row.rsplit('|').nth(1).unwrap();
    let mut listed: Vec<&str> = listed.split('`').skip(1).step_by(2).collect();
    listed.sort_unstable();
    assert_eq!(touched, listed);
    assert!(touched.len() <= 9, "{} files", touched.len());
}
