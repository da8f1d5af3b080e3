//! What somebody else wrote gives the terminal no order: hostile courses, designs, documents, names and
//! arguments, through every verb and every screen.

use std::ffi::OsStr;
use std::fs;
use std::path::Path;
use std::process::Command;

use redrive::content::source::{self, Folder};
use redrive::content::{self, Library};
use redrive::tui::app::Open;
use redrive::tui::ctx::Subject;
use redrive::tui::runtime::Runtime;
use redrive::visible;
use tempfile::TempDir;

use super::support::{course, open_with, play};

/// A title for the window, a cleared screen, the one-byte CSI, the far end of the line, what turns
/// the direction of writing, what is not there, and a tag.
const HOSTILE: &str = "\u{1b}]0;owned\u{7}\u{1b}[2J\u{9b}31m\r\u{8}\u{7f}\u{0}\u{202e}\u{2066}\u{200b}\u{feff}\u{e0041}";
/// The same as an escape of TOML and of JSON.
const ESCAPED: &str =
    "\\u001b]0;owned\\u0007\\u001b[2J\\u009b31m\\r\\u007f\\u0000\\u202e\\u200b\\ufeff";

const SAID: &str = "which no reader sees and a terminal may obey";

fn sample() -> Folder {
    let (mut folders, problems) = source::read(&course());
    assert_eq!(problems, []);
    folders.remove(0)
}

/// Where the course is refused for what is not seen: file and line.
fn refused(folder: &Folder) -> Vec<(String, usize)> {
    let report = content::check_folders(std::slice::from_ref(folder), Vec::new());
    let text = content::problem::render(&report.problems);
    assert_eq!(visible::hidden(&visible::shown(&text)).next(), None);
    let told = report.problems.iter().filter(|problem| problem.message.contains(SAID));
    told.map(|problem| (problem.file.clone(), problem.line)).collect()
}

/// The text with `escape` at the beginning of each basic string of its TOML, and the lines they are
/// in.
fn in_every_string(text: &str, escape: &str) -> (String, Vec<usize>) {
    let (mut changed, mut lines) = (String::new(), Vec::new());
    let mut rest = text;
    let mut line = 1;
    while let Some(at) = rest.find(['"', '\'', '#']) {
        let quote = rest[at..].chars().next().unwrap();
        let long: String = [quote; 3].iter().collect();
        let quote = if quote == '#' {
            "\n".to_owned()
        } else if rest[at..].starts_with(&long) {
            long
        } else {
            quote.to_string()
        };
        let opens = at + if quote == "\n" { 1 } else { quote.len() };
        let length = rest[opens..].find(&quote).map_or(rest.len() - opens, |end| end);
        line += rest[..opens].matches('\n').count();
        changed.push_str(&rest[..opens]);
        if quote.starts_with('"') {
            lines.push(line);
            changed.push_str(escape);
        }
        let closes = (opens + length + quote.len()).min(rest.len());
        line += rest[opens..closes].matches('\n').count();
        changed.push_str(&rest[opens..closes]);
        rest = &rest[closes..];
    }
    changed.push_str(rest);
    (changed, lines)
}

/// A lesson with hostile strings in its front matter and hostile entities in its prose, and their lines.
fn in_every_passage(text: &str) -> (String, Vec<usize>) {
    let end = text[3..].find("+++").unwrap() + 3;
    let (front, mut lines) = in_every_string(&text[..end], ESCAPED);
    let before = text[..end].matches('\n').count();
    let (mut fenced, mut prose) = (false, Vec::new());
    for (number, line) in text[end..].split('\n').enumerate() {
        fenced ^= line.starts_with("```");
        if fenced || line.trim().is_empty() || line.starts_with(['+', '`', '|', '#']) {
            prose.push(line.to_owned());
        } else {
            lines.push(before + number + 1);
            prose.push(format!("{line} &#27;[2J &#x202e;"));
        }
    }
    (front + &prose.join("\n"), lines)
}

#[test]
fn every_text_of_a_course_is_refused_at_its_line_when_it_is_hostile() {
    let folder = sample();
    let mut strings = 0;
    for (index, source) in folder.sources.iter().enumerate() {
        let mut changed = folder.clone();
        let is_lesson = source.path.starts_with("lessons/");
        let (text, lines) = if is_lesson {
            in_every_passage(&source.text)
        } else {
            in_every_string(&source.text, ESCAPED)
        };
        changed.sources[index].text = text;
        let told = refused(&changed);
        assert!(!lines.is_empty(), "{} has texts", source.path);
        let told: Vec<usize> = told
            .iter()
            .filter(|(file, _)| file.ends_with(&source.path))
            .map(|(_, line)| *line)
            .collect();
        let near = |line: &usize| told.iter().any(|told| line.abs_diff(*told) <= 1);
        let missed: Vec<&usize> = lines.iter().filter(|line| !near(line)).collect();
        // Of one file only so many are told.
        assert!(missed.is_empty() || told.len() >= 20, "{}: {missed:?} of {told:?}", source.path);
        strings += lines.len();
    }
    assert!(strings > 150, "{strings}");
}

#[test]
fn every_line_of_every_file_is_looked_at() {
    let folder = sample();
    for index in 0..folder.sources.len() {
        for (number, c) in HOSTILE.chars().filter(|c| visible::is_hidden(*c)).enumerate() {
            let mut changed = folder.clone();
            let text = &mut changed.sources[index].text;
            let ends: Vec<usize> = text.match_indices('\n').map(|(at, _)| at).collect();
            let at = number * 7 % ends.len();
            text.insert(ends[at], c);
            let told = refused(&changed);
            let path = &changed.sources[index].path;
            assert!(
                told.iter().any(|(f, l)| f.ends_with(path) && *l == at + 1),
                "{path} {c:?}: {told:?}"
            );
        }
    }
}

/// A design in which everything that can have a name has a hostile one.
fn design() -> String {
    let text = r#"
title = "title NAME"
[load]
rate = 2
orders = [{ weight = 1, detail = '{"kind NAME": "a NAME", "amount": 3}' }]
[services."shop NAME"]
latency = "200ms"
[intakes."desk NAME"]
latency = "20ms"
store = "ledger NAME"
[stores."ledger NAME"]
publishes_to = "buses.post NAME"
source = "office NAME"
detail_type = "Due NAME"
[buses."post NAME"]
[rules."all NAME"]
bus = "post NAME"
event_pattern = '{"source": ["office NAME"], "detail": {"kind NAME": [{"prefix": "a NAME"}]}}'
targets = ["queues.tray NAME"]
[queues."tray NAME"]
visibility_timeout = "30s"
dlq = "dead NAME"
max_receive_count = 2
[queues."dead NAME"]
[functions."clerk NAME"]
queue = "tray NAME"
required = true
timeout = "5s"
calls = "shop NAME"
"#;
    text.lines().map(|line| line.replace("NAME", ESCAPED) + "\n").collect()
}

fn assert_seen(runtime: &Runtime, what: &str) {
    for size in [(120, 36), (80, 24), (40, 12)] {
        let frame = runtime.frame(size);
        for cell in &frame.content {
            let odd = cell.symbol().chars().find(|c| visible::is_hidden(*c));
            assert_eq!(odd, None, "{what} at {size:?}");
        }
    }
}

#[test]
fn no_screen_obeys_a_hostile_design() {
    let directory = TempDir::new().unwrap();
    let library = || Library::from_folder(&course()).unwrap();
    let own = Subject::Own { name: HOSTILE.to_owned(), text: design(), documents: Vec::new() };
    let mut runtime = open_with(library(), directory.path(), &Open::Live(own), (120, 36));
    assert!(
        super::support::text(&runtime).contains("\\u{1b}]0;owned"),
        "{}",
        super::support::text(&runtime)
    );
    let views = ["<wait 40s>", "<tab><enter>", "<tab>", "<tab>", "<esc>j<enter>", "<esc>j<enter>"];
    let more = [
        "<esc>o3<enter>",
        "<enter>",
        "<esc><esc>f",
        "<enter>",
        "t",
        "jj<enter>",
        "<esc>c",
        "<esc>w",
        "?",
    ];
    for keys in views.into_iter().chain(more) {
        play(&mut runtime, keys);
        assert_seen(&runtime, keys);
    }
}

#[test]
fn what_is_typed_and_what_cannot_be_opened_is_shown_as_it_is() {
    let directory = TempDir::new().unwrap();
    for subject in [
        Subject::Design(HOSTILE.to_owned()),
        Subject::Lab(HOSTILE.to_owned()),
        Subject::Experiment(format!("[experiment]\ndesign = \"{ESCAPED}\"\n")),
        Subject::Experiment(format!("[experiment]\ndesign = {HOSTILE}\n")),
        Subject::Own { name: HOSTILE.to_owned(), text: HOSTILE.to_owned(), documents: Vec::new() },
    ] {
        let library = Library::from_folder(&course()).unwrap();
        let what = format!("{subject:?}");
        let runtime = open_with(library, directory.path(), &Open::Live(subject), (80, 24));
        assert_seen(&runtime, &what);
    }
    let library = Library::from_folder(&course()).unwrap();
    let mut runtime = open_with(library, directory.path(), &Open::Read(None), (80, 24));
    for c in HOSTILE.chars() {
        play(&mut runtime, &format!("/{c}{c}a"));
        assert_seen(&runtime, "a search");
        play(&mut runtime, "<enter>");
        assert_seen(&runtime, "a search");
    }
}

/// Runs the program; what it prints holds nothing that is not seen.
fn run(directory: &Path, arguments: &[&OsStr]) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_redrive"));
    command.env("REDRIVE_DATA_DIR", directory.join("data")).env("LC_ALL", "C.UTF-8");
    let output = command.args(arguments).output().unwrap();
    let mut all = String::new();
    for bytes in [output.stdout, output.stderr] {
        let text = String::from_utf8(bytes).unwrap();
        let hidden = visible::hidden(&text).next();
        assert_eq!(hidden, None, "{arguments:?}: {}", visible::shown(&text));
        all.push_str(&text);
    }
    assert!(output.status.code().is_some_and(|code| code <= 2), "{arguments:?}: {all}");
    all
}

/// Files of every kind with hostile names, in a folder with one.
struct Files {
    directory: TempDir,
    folder: String,
    design: String,
    broken: String,
    unknown: String,
    workflow: String,
    bad_workflow: String,
    cases: String,
}

impl Files {
    fn new() -> Self {
        let directory = TempDir::new().unwrap();
        let folder = directory.path().join(name());
        fs::create_dir(&folder).unwrap();
        let put = |what: &str, text: &str| {
            let path = folder.join(format!("{}{what}", name()));
            fs::write(&path, text).unwrap();
            path.into_os_string().into_string().unwrap()
        };
        let unknown = format!("title = \"a\"\n[queues.\"{ESCAPED}\"]\n\"{ESCAPED}\" = 1\n");
        let workflow = serde_json::json!({"StartAt": HOSTILE, "States": {
            HOSTILE: {"Type": "Pass", "Result": HOSTILE, "Next": "f"},
            "f": {"Type": "Fail", "Error": HOSTILE, "Cause": HOSTILE},
        }});
        let bad = serde_json::json!({"StartAt": HOSTILE, HOSTILE: HOSTILE, "States": {
            HOSTILE: {"Type": HOSTILE, "Next": HOSTILE, HOSTILE: HOSTILE}
        }});
        let case = "{\"pattern\": {\"a\": [1]}, \"event\": {\"a\": 1}}";
        Self {
            design: put("design.toml", &design()),
            broken: put("broken.toml", &format!("title = \"a{HOSTILE}\"\n")),
            unknown: put("unknown.toml", &unknown),
            workflow: put("a.asl.json", &workflow.to_string()),
            bad_workflow: put("b.asl.json", &bad.to_string()),
            cases: put("cases.jsonl", &format!("{case}\n{HOSTILE}\n")),
            folder: folder.into_os_string().into_string().unwrap(),
            directory,
        }
    }

    fn run(&self, arguments: &[&str]) -> String {
        let arguments: Vec<&OsStr> = arguments.iter().map(OsStr::new).collect();
        run(self.directory.path(), &arguments)
    }
}

/// What a file can be called and an argument can hold: anything but NUL.
fn name() -> String {
    HOSTILE.replace('\0', "")
}

#[test]
fn no_verb_prints_what_a_terminal_obeys_of_a_hostile_file() {
    let files = Files::new();
    let uses: [&[&str]; 20] = [
        &["--content", &files.folder, "--print"],
        &["--data-dir", &files.design, "--print"],
        &["--data-dir", &files.design, "history"],
        &["live", &files.design, "--print"],
        &["live", &files.design, "--plain", "--keys", "<wait 20s><tab><enter>"],
        &["live", &files.broken, "--print"],
        &["live", &files.unknown, "--print"],
        &["check", &files.folder],
        &["simulate", &files.design, "--format", "json"],
        &["simulate", &files.design, "--format", "trace", "--for", "20s"],
        &["simulate", &files.broken],
        &["simulate", &files.unknown],
        &["simulate", &files.design, "--set", "queues.x\u{1b}=\u{9b}"],
        &["test-event-pattern", "--cases", &files.cases],
        &["run-workflow", "--definition", &files.workflow, "--history"],
        &["run-workflow", "--definition", &files.bad_workflow],
        &["run-workflow", "--definition", &files.broken],
        &["run-workflow", "--definition", &files.folder],
        &["read", &files.folder, "--print"],
        &["lab", &files.folder, "--print"],
    ];
    for arguments in uses {
        files.run(arguments);
    }
    // The design is a good one, or nothing of it was shown.
    let done = files.run(&["simulate", &files.design]);
    assert!(done.contains("title \\u{1b}]0;owned"), "{done}");
    // What is printed as JSON means what it meant.
    let done = files.run(&["run-workflow", "--definition", &files.workflow]);
    let done: serde_json::Value = serde_json::from_str(&done).unwrap();
    assert_eq!((&done["error"], &done["cause"]), (&HOSTILE.into(), &HOSTILE.into()));
}

#[test]
fn no_verb_prints_what_a_terminal_obeys_of_a_hostile_argument() {
    let files = Files::new();
    let text = &name();
    let json = format!("{{\"{ESCAPED}\": [\"{HIDDEN_IN_JSON}\"]}}");
    let wrong = format!("{{\"a\": [{{\"{ESCAPED}\": 1}}]}}");
    let url = format!("file://{}", files.design);
    let pattern = |pattern: &str, event: &str| {
        files.run(&["test-event-pattern", "--event-pattern", pattern, "--event", event]);
    };
    pattern(text, text);
    pattern(&json, text);
    pattern(&wrong, &json);
    pattern(&json, &json);
    pattern(&url, "file://\u{1b}[2J");
    let uses: [&[&str]; 19] = [
        &[text],
        &["--help"],
        &["--motion", text],
        &["--size", text, "--print"],
        &["--now", text, "--print"],
        &["--keys", text, "--print"],
        &["--keys", "<\u{1b}[2J>", "--print"],
        &["--content", text, "--print"],
        &["read", text, "--print"],
        &["live", text, "--print"],
        &["lab", text, "--print"],
        &["check", text],
        &["history", "--format", text],
        &["simulate", text],
        &["simulate", &files.design, "--set", text],
        &["simulate", &files.design, "--fault", text],
        &["simulate", &files.design, "--for", text],
        &["run-workflow", "--definition", text],
        &["run-workflow", "--definition", &files.workflow, "--input", text],
    ];
    for arguments in uses {
        files.run(arguments);
    }
}

/// What JSON may hold as it is.
const HIDDEN_IN_JSON: &str = "\u{7f}\u{9b}2J\u{202e}\u{200b}";

#[test]
fn arguments_that_are_no_text_are_told_as_what_can_be_seen() {
    use std::os::unix::ffi::OsStrExt;
    let directory = TempDir::new().unwrap();
    let bytes = OsStr::from_bytes(b"\x1b[2J\xff\xfe\x9b\xc2\x9b");
    for arguments in [
        vec![bytes],
        vec![OsStr::new("--keys"), bytes],
        vec![OsStr::new("--content"), bytes, OsStr::new("--print")],
        vec![OsStr::new("check"), bytes],
        vec![OsStr::new("simulate"), bytes],
        vec![OsStr::new("run-workflow"), OsStr::new("--definition"), bytes],
        vec![OsStr::new("--data-dir"), bytes, OsStr::new("history")],
    ] {
        run(directory.path(), &arguments);
    }
}

/// A text of a hundred thousand brackets ends in a sentence, whoever reads it.
#[test]
fn what_nests_without_end_is_told_in_a_sentence() {
    const DEEP: usize = 100_000;
    let marks =
        ["> ", "- ", "1. ", "[", "*a ", "**", "_a__", "![", "<a ", "> - ", "`", "|", "&#", "[ref:"];
    for mark in marks {
        let mut folder = sample();
        let lesson = folder.sources.iter_mut().find(|source| source.path.starts_with("lessons/"));
        let text = &mut lesson.unwrap().text;
        text.extend(["\n\n", &mark.repeat(DEEP / mark.len()), "a\n"]);
        let report = content::check_folders(&[folder], Vec::new());
        assert!(report.problems.len() < 3_000, "{mark}");
    }
    for (path, deep) in [
        ("glossary.toml", format!("x = {}{}", "[".repeat(DEEP), "]".repeat(DEEP))),
        ("glossary.toml", format!("x = {}1{}", "{a=".repeat(DEEP), "}".repeat(DEEP))),
        ("designs/tray.toml", format!("[{}b]", "a.".repeat(DEEP))),
        ("designs/tray.toml", format!("{}b = 1", "a.".repeat(DEEP))),
        ("workflows/letter.asl.json", "[".repeat(DEEP)),
        ("workflows/letter.asl.json", "{\"a\":".repeat(DEEP)),
    ] {
        let mut folder = sample();
        let source = folder.sources.iter_mut().find(|source| source.path == path).unwrap();
        source.text =
            if path.ends_with("json") { deep } else { format!("{}\n{deep}\n", source.text) };
        let report = content::check_folders(&[folder], Vec::new());
        assert!(report.errors() > 0, "{path}");
    }
}

/// Argument lists are limited, so documents come from files; and some editors mark those.
#[test]
fn documents_with_a_byte_order_mark_are_read_and_deep_ones_refused() {
    let files = Files::new();
    let put = |what: &str, text: &str| {
        let path = files.directory.path().join(what);
        fs::write(&path, text).unwrap();
        path.into_os_string().into_string().unwrap()
    };
    let pattern = put("pattern.json", "\u{feff}{\"a\": [1]}");
    let event = put("event.json", "\u{feff}{\"a\": 1}");
    let (pattern, event) = (format!("file://{pattern}"), format!("file://{event}"));
    let pair = ["test-event-pattern", "--event-pattern", &pattern, "--event", &event];
    assert_eq!(files.run(&pair).trim(), "{\"Result\": true}");
    let cases = put("cases", "\u{feff}{\"pattern\": {\"a\": [1]}, \"event\": {\"a\": 1}}\n");
    assert_eq!(files.run(&["test-event-pattern", "--cases", &cases]), "true\n");
    let pass =
        "\u{feff}{\"StartAt\": \"p\", \"States\": {\"p\": {\"Type\": \"Pass\", \"End\": true}}}";
    let pass = put("pass.json", pass);
    let done = files.run(&["run-workflow", "--definition", &pass, "--input", &event]);
    assert!(done.contains("SUCCEEDED"), "{done}");
    let marked = put("marked.toml", &format!("\u{feff}{}", design()));
    assert!(files.run(&["simulate", &marked]).contains("orders offered"));
    assert!(files.run(&["live", &marked, "--print"]).contains("offered"));

    let deep = put("deep.json", &"[".repeat(100_000));
    let jsonata = format!(
        "{{\"QueryLanguage\": \"JSONata\", \"StartAt\": \"p\", \"States\": {{\"p\": {{\"Type\": \"Pass\", \
         \"Output\": \"{{% {}1{} %}}\", \"End\": true}}}}}}",
        "(".repeat(100_000),
        ")".repeat(100_000)
    );
    let jsonata = put("jsonata.json", &jsonata);
    let (nested, filter) = (
        format!("States.Array({}1{})", "States.Array(".repeat(30_000), ")".repeat(30_000)),
        format!("$[{}1", "?(@.a[".repeat(30_000)),
    );
    let mut documents = vec![deep, jsonata];
    for (name, path) in [("nested.json", nested), ("filter.json", filter)] {
        let state = serde_json::json!({"Type": "Pass", "Parameters": {"a.$": path}, "End": true});
        let machine = serde_json::json!({"StartAt": "p", "States": {"p": state}});
        documents.push(put(name, &machine.to_string()));
    }
    for document in &documents {
        let url = format!("file://{document}");
        for arguments in [
            ["run-workflow", "--definition", document, "--input", "{}"],
            ["run-workflow", "--definition", &pass, "--input", &url],
            ["test-event-pattern", "--event-pattern", &url, "--event", "{}"],
            ["test-event-pattern", "--event-pattern", "{\"a\": [1]}", "--event", &url],
        ] {
            files.run(&arguments);
        }
    }
}
