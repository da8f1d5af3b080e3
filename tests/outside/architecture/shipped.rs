//! Tests of the code use the made-up courses: a lesson, a lab or a design of the shipped one can change without a test of
//! the code failing. What the shipped course itself promises is stated in a few places, and only they name it.

use super::read_sources;
use super::vocabulary::{shipped, spoken};

/// Where the shipped course may be named, and why.
const EXCEPTIONS: &[(&str, &str)] = &[
    ("content", "states what the shipped course holds"),
    ("causes", "states what each shipped lab shows"),
    ("reference", "holds the shipped reference design against the shipped lessons"),
    ("repairs", "states what repairs each shipped incident"),
    ("simulation/scenario", "states the scenario's own claims, on its designs"),
    ("architecture", "reads the shipped course for what nobody else may say"),
];

/// How the shipped course is reached.
const WAYS: [&str; 4] =
    ["shipped::course", "scenario::shipped", "scenario::run_of", "join(\"content\")"];

/// Whether a file belongs to an exception: it is the module of that name, or below it.
fn is_within(path: &str, module: &str) -> bool {
    path.strip_prefix(module).is_some_and(|rest| rest == ".rs" || rest.starts_with('/'))
}

#[test]
fn only_statements_about_the_shipped_course_name_it() {
    let mut words = shipped();
    // A part whose id is one plain word may stand in any design.
    words.retain(|word, _| !word.contains('.') || word.contains('-'));
    let mut wrong = Vec::new();
    let mut excused = vec![false; EXCEPTIONS.len()];
    let files = read_sources("tests/outside");
    for file in &files {
        let mut found: Vec<(usize, &str)> = spoken(file, &words)
            .into_iter()
            .map(|(line, word)| (line, word.as_str()))
            // A function may be called after what it does: only texts name the course.
            .filter(|(line, word)| file.text.lines().nth(line - 1).unwrap().contains(word))
            .collect();
        for (number, line) in file.code() {
            found.extend(WAYS.iter().filter(|way| line.contains(**way)).map(|way| (number, *way)));
        }
        if found.is_empty() {
            continue;
        }
        match EXCEPTIONS.iter().position(|(module, _)| is_within(&file.path, module)) {
            Some(exception) => excused[exception] = true,
            None => wrong.extend(found.iter().map(|(line, word)| {
                format!("tests/outside/{}:{line}: `{word}` is the shipped course's", file.path)
            })),
        }
    }
    for ((module, _), _) in EXCEPTIONS.iter().zip(excused).filter(|(_, excused)| !excused) {
        wrong.push(format!("{module} does not name the course any more: take it from the list"));
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn an_exception_is_a_module_and_what_is_below_it() {
    assert!(is_within("content.rs", "content") && is_within("content/labs.rs", "content"));
    assert!(!is_within("contents.rs", "content") && !is_within("live/content.rs", "content"));
}
