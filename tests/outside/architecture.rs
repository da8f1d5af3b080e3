//! The invariants of ARCHITECTURE.md that can be read off the sources: what one crate would not
//! forbid by itself. A broken one is told as `path:line`.

mod assumptions;
mod circles;
mod rust_text;
mod shipped;
mod vocabulary;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

/// From left to right: each may use those to its right and none to its left.
const LAYERS: [&str; 6] = ["cli", "tui", "store", "study", "content", "sim"];
const LINES_MAX: usize = 600;

struct File {
    /// Relative to the folder of the sources, with `/`.
    path: String,
    text: String,
    /// The text with its test modules blank.
    code: String,
}

impl File {
    fn new(path: String, text: String) -> Self {
        Self { code: rust_text::without_test_modules(&text), path, text }
    }

    /// The layer it belongs to, by the first name of its path.
    fn layer(&self) -> Option<&'static str> {
        let first = self.path.split(['/', '.']).next()?;
        LAYERS.into_iter().find(|layer| *layer == first)
    }

    /// Lines of code with their numbers; comments do not count, nor the tests in a file.
    fn code(&self) -> impl Iterator<Item = (usize, &str)> {
        let lines = self.code.lines().enumerate();
        lines
            .filter(|(_, line)| !line.trim_start().starts_with("//"))
            .map(|(n, line)| (n + 1, line))
    }
}

/// All sources of the program, read once.
fn sources() -> &'static [File] {
    static SOURCES: OnceLock<Vec<File>> = OnceLock::new();
    SOURCES.get_or_init(|| read_sources("src"))
}

/// The sources in a folder of the project.
fn read_sources(folder: &str) -> Vec<File> {
    fn walk(folder: &Path, root: &Path, files: &mut Vec<File>) {
        let mut entries: Vec<PathBuf> =
            fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
        entries.sort();
        for path in entries {
            if path.is_dir() {
                walk(&path, root, files);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                let name = path.strip_prefix(root).unwrap().to_string_lossy().replace('\\', "/");
                files.push(File::new(name, fs::read_to_string(&path).unwrap()));
            }
        }
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let mut files = Vec::new();
    walk(&root, &root, &mut files);
    assert!(files.len() > 40, "the sources were found");
    files
}

/// Fails with every place where a word stands that must not.
fn forbid(words: &[&str], concerns: impl Fn(&File) -> bool, why: &str) {
    let mut wrong = Vec::new();
    for file in sources().iter().filter(|file| concerns(file)) {
        for (number, line) in file.code() {
            for word in words.iter().filter(|word| line.contains(**word)) {
                wrong.push(format!("src/{}:{number}: {word} ({why})", file.path));
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

fn in_layer(layer: &'static str) -> impl Fn(&File) -> bool {
    move |file| file.layer() == Some(layer)
}

#[test]
fn dependencies_point_one_way() {
    for (place, layer) in LAYERS.iter().enumerate() {
        let left: Vec<String> = LAYERS[..place]
            .iter()
            .flat_map(|left| [format!("crate::{left}::"), format!("crate::{{{left}")])
            .collect();
        let words: Vec<&str> = left.iter().map(String::as_str).collect();
        forbid(&words, in_layer(layer), "a layer uses only those to its right");
    }
}

#[test]
fn the_simulator_names_no_world_outside() {
    let outside = [
        "std::fs",
        "std::io",
        "std::thread",
        "std::time",
        "std::env",
        "std::process",
        // chrono may parse a timestamp, never tell the time.
        "chrono::Local",
        "chrono::Utc",
        "::now()",
        "rusqlite",
        "ratatui",
        "crossterm",
        "crate::clock",
    ];
    forbid(&outside, in_layer("sim"), "a run is a function of its inputs");
    let mathematics =
        [".ln()", ".exp()", ".powf(", ".powi(", ".sqrt()", ".sin()", ".cos()", ".log"];
    let in_model = |file: &File| file.layer() == Some("sim");
    forbid(&mathematics[..7], in_model, "platforms disagree about it");
}

#[test]
fn no_hash_order_decides_anything() {
    let words = ["HashMap", "HashSet", "RandomState"];
    forbid(&words, |_| true, "its order is another each time: BTreeMap and BTreeSet have one");
}

#[test]
fn study_names_no_disk_and_no_screen() {
    let words =
        ["rusqlite", "ratatui", "crossterm", "std::fs", "SELECT ", "crate::clock", "std::env"];
    forbid(&words, in_layer("study"), "learning has neither disk nor screen");
}

#[test]
fn in_the_screen_only_effects_names_the_store() {
    let concerns = |file: &File| file.layer() == Some("tui") && file.path != "tui/effects.rs";
    forbid(&["crate::store", "rusqlite"], concerns, "tui/effects.rs performs, nobody else");
}

#[test]
fn only_the_clock_asks_for_the_time() {
    let words =
        ["Instant::now", "SystemTime", "Local::now", "Utc::now", "thread::sleep", "park_timeout"];
    forbid(&words, |file| file.path != "clock.rs", "time is a value");
}

/// What is printed and what is drawn is made visible in two places; no other may reach the terminal.
#[test]
fn only_one_file_prints_and_only_one_draws() {
    let printing = [
        "println!",
        "eprintln!",
        "print!(",
        "eprint!(",
        "dbg!(",
        "stdout()",
        "stderr()",
        "/dev/tty",
        "/dev/std",
        "/proc/self/fd",
    ];
    let concerns = |file: &File| !["cli/print.rs", "tui/terminal.rs"].contains(&&*file.path);
    forbid(&printing, concerns, "cli/print.rs prints, and makes visible what it prints");
    let terminal = ["write!", "writeln!", "write_all", "print!(", "println!", "style::Print"];
    let concerns = |file: &File| file.path == "tui/terminal.rs";
    forbid(&terminal, concerns, "the terminal gets frames and nothing else");
    let drawing = [
        "set_symbol",
        "set_char",
        "set_string",
        "set_stringn",
        "set_line",
        "set_span",
        "set_style(",
        "widgets::Paragraph",
        "ratatui::text",
        "cell_mut",
        "append_symbol",
    ];
    let concerns = |file: &File| {
        file.layer() == Some("tui") && !["tui/frame.rs", "tui/theme.rs"].contains(&&*file.path)
    };
    forbid(&drawing, concerns, "tui/frame.rs draws, and tui/theme.rs looks at each cell");
    let sources = sources();
    let drawn = sources.iter().filter(|file| file.text.contains("impl Widget for"));
    let drawn: Vec<&str> = drawn.map(|file| file.path.as_str()).collect();
    assert_eq!(drawn, ["tui/app/drawing.rs"], "one thing is drawn");
    let app = sources.iter().find(|file| file.path == "tui/app/drawing.rs").unwrap();
    let body = |head: &str| {
        let after = app.text.split(head).nth(1).unwrap_or_default();
        after.split("\n    }\n").next().unwrap_or_default().trim_end().to_owned()
    };
    let render = body("fn render(self, area: Rect, buffer: &mut Buffer) {\n");
    assert_eq!(render.trim(), "self.draw(area, buffer);", "a widget is the same frame");
    assert!(
        body("pub fn draw(&self").ends_with("self.theme.finish(buffer);\n        cursor"),
        "the last thing done to a frame is to look at each cell"
    );
}

#[test]
fn only_the_theme_names_colours() {
    forbid(&["Color::"], |file| file.path != "tui/theme.rs", "colours are meanings");
}

#[test]
fn unwrap_stands_in_tests_alone() {
    let mut wrong = Vec::new();
    for file in sources().iter().filter(|file| !file.path.ends_with("tests.rs")) {
        for (number, line) in file.code() {
            let stops =
                [".unwrap()", ".expect(", "panic!(", "unreachable!(", "todo!(", "unimplemented!("];
            if stops.iter().any(|stop| line.contains(stop)) && !file.path.ends_with("sample.rs") {
                wrong.push(format!("src/{}:{}: {}", file.path, number, line.trim()));
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn files_say_what_they_are_and_stay_short() {
    let mut wrong = Vec::new();
    for file in sources() {
        if !file.text.starts_with("//!") {
            wrong.push(format!("src/{}:1: no //! says what it is", file.path));
        }
        let lines = file.text.lines().count();
        if lines > LINES_MAX {
            wrong.push(format!("src/{}:{lines}: longer than {LINES_MAX} lines", file.path));
        }
        let name = file.path.rsplit('/').next().unwrap_or_default();
        if ["utils.rs", "helpers.rs", "common.rs", "manager.rs"].contains(&name) {
            wrong.push(format!("src/{}:1: a name that says nothing", file.path));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

/// A fault of a panel is localised by a test in the panel's own file, or in `FILE/tests.rs`.
#[test]
fn every_panel_has_a_test_of_its_own() {
    let panels = "tui/screens/live";
    let has_tests = |path: &str| {
        let mut files = sources().iter().filter(|file| file.path == path);
        files.any(|file| file.text.contains("#[test]"))
    };
    let (mut count, mut wrong) = (0, Vec::new());
    for file in sources().iter().filter(|file| file.path.starts_with(panels)) {
        let Some(name) = file.path.strip_suffix(".rs").filter(|name| !name.ends_with("/tests"))
        else {
            continue;
        };
        count += 1;
        if !has_tests(&file.path) && !has_tests(&format!("{name}/tests.rs")) {
            wrong.push(format!("src/{}:1: no test of its own", file.path));
        }
    }
    assert!(count > 20, "the panels were found: {count}");
}

/// A fault in a part is located by a test beside it: in the file, or in the `tests.rs` of its folder.
#[test]
fn every_file_of_the_world_has_tests_of_its_own() {
    let sources = sources();
    let tested = |path: &str| {
        sources.iter().any(|file| file.path == path && file.text.contains("#[test]\n"))
    };
    let of_world = |path: &str| path == "sim/world.rs" || path.starts_with("sim/world/");
    let paths = sources.iter().map(|file| file.path.as_str());
    let paths: Vec<&str> =
        paths.filter(|path| of_world(path) && !path.ends_with("tests.rs")).collect();
    assert!(paths.len() > 30, "the parts were found");
    let beside = |path: &str| format!("{}/tests.rs", path.trim_end_matches(".rs"));
    let untested = paths.iter().filter(|path| !tested(path) && !tested(&beside(path)));
    let wrong: Vec<String> = untested.map(|path| format!("src/{path}:1: no test")).collect();
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

/// Cargo.toml promises a version of Rust; no dependency may ask for a newer one.
#[test]
fn the_promised_rust_is_new_enough_for_every_dependency() {
    let version = |text: &str| -> Vec<u32> {
        let mut parts: Vec<u32> = text.split('.').map(|part| part.parse().unwrap()).collect();
        parts.resize(3, 0);
        parts
    };
    let compiler = std::process::Command::new("rustc").arg("-vV").output().unwrap();
    let compiler = String::from_utf8(compiler.stdout).unwrap();
    let host = compiler.lines().find_map(|line| line.strip_prefix("host: ")).unwrap();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let metadata = std::process::Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--offline", "--locked", "--filter-platform"])
        .arg(host)
        .current_dir(root)
        .output()
        .unwrap();
    let metadata: serde_json::Value = serde_json::from_slice(&metadata.stdout).unwrap();
    let packages = metadata["packages"].as_array().unwrap();
    assert!(packages.len() > 50);
    let promised = packages.iter().find(|package| package["name"] == "redrive").unwrap();
    let promised = version(promised["rust_version"].as_str().unwrap());
    for package in packages {
        let Some(asked) = package["rust_version"].as_str() else { continue };
        assert!(version(asked) <= promised, "{} asks for Rust {asked}", package["id"]);
    }
}

/// A design may say what a row of the table names as soon as it is modelled; then the row is untrue.
#[test]
fn what_is_listed_as_not_modelled_is_refused_by_its_name() {
    use redrive::sim::design::Design;

    let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("ARCHITECTURE.md"));
    let text = text.unwrap();
    let (_, section) = text.split_once("\n## Seen, not modelled\n").unwrap();
    let rows = section.lines().filter(|line| line.starts_with('|')).skip(2);
    let said = rows.flat_map(|row| {
        let words = row.split('|').nth(2).unwrap_or_default().split('`');
        words.skip(1).step_by(2).collect::<Vec<_>>()
    });
    let mut count = 0;
    for word in said {
        count += 1;
        let (sound, asked, name) = match word.split_once('.') {
            Some((part, setting)) => {
                (format!("[{part}.x]\n"), format!("[{part}.x]\n{setting} = \"x\"\n"), setting)
            }
            None => (String::new(), format!("[{word}.x]\n"), word),
        };
        let sound = toml::from_str::<Design>(&sound);
        assert!(sound.is_ok(), "{word}: {}", sound.unwrap_err());
        let refused = toml::from_str::<Design>(&asked).expect_err(word).to_string();
        assert!(refused.contains(name), "{word}: {refused}");
    }
    assert!(count > 30, "the table was found: {count}");
}

/// What a design may say is described: each field in the row of its table, or among those of most parts.
#[test]
fn contributing_describes_every_field_of_a_design() {
    use redrive::sim::design::{Design, PartKind};

    let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("CONTRIBUTING.md"));
    let text = text.unwrap();
    let (_, section) = text.split_once("\n### A design\n").unwrap();
    let (section, _) = section.split_once("\n### ").unwrap();
    let (common, rows) = section.split_once("\n**").unwrap();
    let common: Vec<&str> = common.lines().filter_map(|line| line.strip_prefix("| `")).collect();
    let tables = PartKind::ALL.iter().filter(|kind| **kind != PartKind::Client);
    let mut tables: Vec<&str> = tables.map(|kind| kind.table()).collect();
    tables.push("effects");
    let heads: Vec<String> = tables.iter().map(|table| format!("[{table}.x]")).collect();
    let design =
        serde_json::to_value(toml::from_str::<Design>(&heads.join("\n")).unwrap()).unwrap();
    let mut missing = Vec::new();
    let fields = tables.iter().map(|table| (format!("[{table}.*]"), &design[table]["x"]));
    for (table, fields) in fields.chain([("[load]".to_owned(), &design["load"])]) {
        let row = rows.lines().find(|line| line.starts_with(&format!("| `{table}` |")));
        let row = row.unwrap_or_default();
        for field in fields.as_object().unwrap().keys() {
            let is_common = common.iter().any(|row| row.starts_with(&format!("{field}`")));
            // The layout is computed: a place that a design names has no effect.
            if !is_common && !row.contains(&format!("`{field}`")) {
                missing.push(format!("{table} {field}"));
            }
        }
    }
    assert!(missing.is_empty(), "{missing:?}");
}
