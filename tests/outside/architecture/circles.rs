//! No file needs another that needs it in turn, however long the way round: whoever reads one has an
//! end to what must be read first.
//!
//! A module and what is in it are one thing that is written in several files, so what they use of
//! each other does not count.

use std::collections::{BTreeMap, BTreeSet};

use super::rust_text::{Kind, blanked, kinds};
use super::{File, sources};

/// A module by its file, relative to `src` and without its ending; the package's root is empty.
type Module = String;
/// The lines of one module that name another.
type Uses = BTreeMap<Module, BTreeMap<Module, BTreeSet<usize>>>;

#[test]
fn files_do_not_need_each_other_in_a_circle() {
    let uses = uses(sources());
    let found = circles(&uses);
    let wrong: Vec<String> = found.iter().map(|circle| described(circle, &uses)).collect();
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

/// The files of a circle, and the lines that close it.
fn described(circle: &BTreeSet<Module>, uses: &Uses) -> String {
    let files: Vec<String> = circle.iter().map(|module| format!("src/{module}.rs")).collect();
    let mut lines = vec![format!("a circle of {} files: {}", files.len(), files.join(", "))];
    for user in circle {
        for (used, places) in uses[user].iter().filter(|(used, _)| circle.contains(*used)) {
            for line in places {
                lines.push(format!("src/{user}.rs:{line}: uses {used}"));
            }
        }
    }
    lines.join("\n")
}

fn module_of(file: &File) -> Module {
    let path = file.path.trim_end_matches(".rs");
    let root = |name: &str| path == name || path.ends_with(&format!("/{name}"));
    match ["lib", "main"].into_iter().find(|name| root(name)) {
        Some(name) => path.trim_end_matches(name).trim_end_matches('/').to_owned(),
        None => path.to_owned(),
    }
}

fn uses(files: &[File]) -> Uses {
    let files: Vec<&File> = files.iter().filter(|file| !file.path.ends_with("tests.rs")).collect();
    let modules: BTreeSet<Module> = files.iter().map(|file| module_of(file)).collect();
    let mut uses = Uses::new();
    for file in files {
        let module = module_of(file);
        let leads_to = uses.entry(module.clone()).or_default();
        for (line, path) in paths(&file.code) {
            let Some(target) = resolve(&module, &path, &modules) else { continue };
            if !is_within(&target, &module) && !is_within(&module, &target) {
                leads_to.entry(target).or_default().insert(line);
            }
        }
    }
    uses
}

/// Whether a module is the other, or stands in it.
fn is_within(module: &str, other: &str) -> bool {
    let rest = module.strip_prefix(other);
    rest.is_some_and(|rest| other.is_empty() || rest.is_empty() || rest.starts_with('/'))
}

/// The module that a path in `module` leads into: as much of it as is a file.
fn resolve(module: &str, path: &[String], modules: &BTreeSet<Module>) -> Option<Module> {
    let own: Vec<&str> = module.split('/').filter(|name| !name.is_empty()).collect();
    let is_package = |name: &&str| ["sim", "content"].contains(name);
    let mut names: Vec<&str> = match path.first()?.as_str() {
        "crate" => own.first().copied().filter(is_package).into_iter().collect(),
        "redrive_sim" => vec!["sim"],
        "redrive_content" => vec!["content"],
        "super" => own.split_last()?.1.to_vec(),
        _ => own,
    };
    for name in &path[1..] {
        match name.as_str() {
            "super" => drop(names.pop()),
            name => names.push(name),
        }
    }
    while !names.is_empty() && !modules.contains(&names.join("/")) {
        names.pop();
    }
    (!names.is_empty()).then(|| names.join("/"))
}

/// All paths of a source that begin at a module, those in the braces of a `use` one by one, with the
/// lines on which they end.
fn paths(source: &str) -> Vec<(usize, Vec<String>)> {
    let kinds = kinds(source);
    let code = blanked(source, |at| kinds[at] != Kind::Code);
    let mut found = Vec::new();
    for start in ["crate", "super", "self", "redrive_sim", "redrive_content"] {
        for (at, _) in code.match_indices(&format!("{start}::")) {
            let before = code[..at].chars().next_back().unwrap_or(' ');
            if !before.is_alphanumeric() && !['_', ':'].contains(&before) {
                let mut reader = PathReader { code: &code, at, found: &mut found };
                reader.path(&[]);
            }
        }
    }
    found
}

struct PathReader<'s> {
    code: &'s str,
    at: usize,
    found: &'s mut Vec<(usize, Vec<String>)>,
}

impl PathReader<'_> {
    fn rest(&self) -> &str {
        &self.code[self.at..]
    }

    fn skip_space(&mut self) {
        self.at += self.rest().len() - self.rest().trim_start().len();
    }

    fn path(&mut self, prefix: &[String]) {
        let mut path = prefix.to_vec();
        loop {
            if self.rest().starts_with('{') {
                self.group(&path);
                return;
            }
            let rest = self.rest();
            let name = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
            let name = &rest[..name];
            // `self` within braces is what stands before them.
            if !name.is_empty() && (path.is_empty() || name != "self") {
                path.push(name.to_owned());
            }
            self.at += name.len();
            if !self.rest().starts_with("::") {
                break;
            }
            self.at += 2;
        }
        let line = self.code[..self.at].matches('\n').count() + 1;
        self.found.push((line, path));
    }

    fn group(&mut self, prefix: &[String]) {
        self.at += 1;
        while self.at < self.code.len() {
            self.skip_space();
            if self.rest().starts_with('}') {
                self.at += 1;
                return;
            }
            self.path(prefix);
            // A `*`, a new name after `as` and the comma.
            self.at += self.rest().find([',', '}']).unwrap_or(self.rest().len());
            self.at += usize::from(self.rest().starts_with(','));
        }
    }
}

/// Groups of modules each of which leads to all the others.
fn circles(uses: &Uses) -> BTreeSet<BTreeSet<Module>> {
    let reached: BTreeMap<&Module, BTreeSet<&Module>> =
        uses.keys().map(|module| (module, reach(module, uses))).collect();
    let around = |module: &Module| -> BTreeSet<Module> {
        let there = reached[module].iter().copied();
        let back = there.filter(|other| reached.get(*other).is_some_and(|r| r.contains(module)));
        back.cloned().collect()
    };
    uses.keys().map(around).filter(|circle| circle.len() > 1).collect()
}

/// All that a module leads to, over however many others.
fn reach<'u>(module: &Module, uses: &'u Uses) -> BTreeSet<&'u Module> {
    let mut reached = BTreeSet::new();
    let mut ahead = vec![module];
    while let Some(module) = ahead.pop() {
        for used in uses.get(module).into_iter().flat_map(BTreeMap::keys) {
            if reached.insert(used) {
                ahead.push(used);
            }
        }
    }
    reached
}

#[test]
fn a_circle_is_told_with_the_lines_that_close_it() {
    let file = |path: &str, text: &str| File::new(path.to_owned(), text.to_owned());
    let files = [
        file("sim/lib.rs", "mod a;\nmod b;\nuse a::A;\n"),
        file(
            "sim/a.rs",
            "mod part;\n// crate::d::D\nuse std::fmt;\nuse super::{\n    b::{self, B},\n};\n",
        ),
        file("sim/a/part.rs", "use super::A;\nconst TEXT: &str = \"crate::c\";\n"),
        file("sim/b.rs", "fn f() -> crate::c::C {}\n"),
        file(
            "sim/c.rs",
            "\n#[cfg(test)]\nmod tests {\n    use crate::d::D;\n}\nuse crate::a::part::A as B;\n",
        ),
        file("sim/d.rs", "use redrive_sim::c::C;\n"),
        file("tui.rs", "use crate::sim::a;\n"),
    ];
    let uses = uses(&files);
    let found = circles(&uses);
    // Through a part of `a` no way leads back to `a` itself, which the part belongs to.
    assert_eq!(found, BTreeSet::new());

    let closing = file("sim/c.rs", "use crate::a::A;\n");
    let files: Vec<File> =
        files.into_iter().filter(|file| file.path != "sim/c.rs").chain([closing]).collect();
    let uses = super::circles::uses(&files);
    let told: Vec<String> = circles(&uses).iter().map(|circle| described(circle, &uses)).collect();
    assert_eq!(
        told,
        ["a circle of 3 files: src/sim/a.rs, src/sim/b.rs, src/sim/c.rs\n\
          src/sim/a.rs:5: uses sim/b\n\
          src/sim/b.rs:1: uses sim/c\n\
          src/sim/c.rs:1: uses sim/a"]
    );
}
