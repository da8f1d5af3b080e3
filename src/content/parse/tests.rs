//! A made-up course, and every mistake that can be made in it.

use crate::content::check::{self, Report};
use crate::content::course::BlockKind;
use crate::content::source::Source;

const SCENARIO: &str = r#"
id = "made-up"
series = "Made-up series"
title = "Made up"
level = "NONE"
minutes = 1
teaches = ["P1"]
references = ["page"]
short_answer = "Short, as said [ref:page]."
outcomes = ["Do it."]
common_mistake = "Not doing it."
better_way = "Doing it."
[think]
id = "think"
ask = "Which?"
options = ["this", "that"]
answer = 2
reveal = "That."
[[concept]]
id = "doing"
title = "Doing"
text = "It."
[[study]]
title = "First"
text = "Read it."
kind = "section"
lesson = "first"
[[link]]
title = "The page"
reference = "page"
"#;

const QUESTIONS: &str = r#"
[[question]]
id = "which"
task = "2.1"
concepts = ["doing"]
teaches = ["S1.1"]
lesson = "first#why"
references = ["page"]
choose = 1
stem = "A workload needs `one` thing."
[[question.option]]
text = "One."
right = true
why = "It does."
[[question.option]]
text = "Two."
trap = "mistaken"
why = "It does not."
right_when = "Two are needed."
[[question.option]]
text = "Three."
trap = "mistaken"
why = "It does not."
right_when = "Three are needed."
[[question.option]]
text = "Four."
trap = "mistaken"
why = "It does not."
right_when = "Four are needed."
"#;

fn lesson(number: u8, id: &str) -> Source {
    let words = "word ".repeat(520);
    let text = format!(
        "+++\nid = \"{id}\"\ntitle = \"Title\"\nminutes = 3\nconcepts = [\"doing\"]\n\
         teaches = [\"S1.1\"]\nreferences = [\"page\"]\n+++\n\n## Why {{#why}}\n\n\
         ```predict\nid = \"{id}-guess\"\nask = \"Really?\"\noptions = [\"yes\", \"no\"]\n\
         answer = 1\nreveal = \"Yes.\"\n```\n\n{words}\n\nA figure of 30 s [ref:page].\n"
    );
    Source { path: format!("made-up/lessons/{number:02}-{id}.md"), text }
}

fn file(name: &str, text: &str) -> Source {
    Source { path: format!("made-up/{name}"), text: text.to_owned() }
}

/// Where the made-up scenario is.
pub(in crate::content) fn place() -> (String, String) {
    ("made-up".to_owned(), "made-up/".to_owned())
}

/// A scenario without a mistake.
pub(in crate::content) fn made_up() -> Vec<Source> {
    vec![
        file("scenario.toml", SCENARIO),
        file(
            "facts.toml",
            "[[fact]]\nid = \"P1\"\ntext = \"The page.\"\n[[fact]]\nid = \"S1.1\"\ntext = \"It.\"\n",
        ),
        file(
            "references.toml",
            "[[reference]]\nid = \"page\"\ntitle = \"A page\"\naddress = \"https://example.org/\"\n\
             checked = \"2026-11-23\"\n",
        ),
        file(
            "misconceptions.toml",
            "[[misconception]]\nid = \"mistaken\"\nname = \"Mistaken\"\nbelief = \"So.\"\n\
             truth = \"Not so.\"\nlesson = \"first#why\"\nteaches = [\"S1.1\"]\n",
        ),
        file("glossary.toml", "[[term]]\nterm = \"It\"\nmeaning = \"That.\"\n"),
        file("questions/01-first.toml", QUESTIONS),
        lesson(1, "first"),
        lesson(2, "second"),
    ]
}

/// The report after replacing `from` by `to` in one file of the made-up scenario.
fn changed(path: &str, from: &str, to: &str) -> Report {
    let mut sources = made_up();
    let source = sources.iter_mut().find(|source| source.path.ends_with(path)).unwrap();
    assert!(source.text.contains(from), "{from} is not in {path}");
    source.text = source.text.replacen(from, to, 1);
    check::scenarios(&sources, &[place()])
}

/// Expects exactly one error, and that it says `message` at `place`.
#[track_caller]
fn expect(report: &Report, message: &str, place: &str) {
    let errors: Vec<_> = report.problems.iter().filter(|problem| problem.is_error()).collect();
    let told: Vec<String> = errors.iter().map(ToString::to_string).collect();
    assert_eq!(errors.len(), 1, "{}", told.join("\n"));
    let at = format!("{}:{}:{}", errors[0].file, errors[0].line, errors[0].column);
    assert!(errors[0].message.contains(message), "{}", told[0]);
    assert!(at.ends_with(place), "{at} is not {place}");
}

#[test]
fn the_made_up_course_has_no_mistake() {
    let report = check::scenarios(&made_up(), &[place()]);
    assert!(report.is_good(), "{:#?}", report.problems);
    let lesson = &report.scenarios[0].lessons[0].value;
    assert_eq!(lesson.blocks.len(), 5);
    let BlockKind::Paragraph(text) = &lesson.blocks[4].kind else { panic!("{lesson:?}") };
    let mark = text.iter().find(|span| span.text == "↗").unwrap();
    assert_eq!(mark.link.as_deref(), Some("https://example.org/"));
    assert_eq!(text[0].text, "A figure of 30 s");
}

#[test]
fn mistakes_in_names_are_told_with_the_nearest_name() {
    let report = changed("01-first.toml", "[\"doing\"]", "[\"doin\"]");
    expect(&report, "no concept doin.", "questions/01-first.toml:5:13");
    assert_eq!(report.problems.iter().find(|p| p.is_error()).unwrap().help, "Did you mean doing?");
    let report = changed("01-first.toml", "first#why", "first#who");
    expect(&report, "no heading first#who.", "01-first.toml:7:10");
    let report = changed("01-first.toml", "trap = \"mistaken\"", "trap = \"mistook\"");
    expect(&report, "no misconception mistook.", "01-first.toml:17:8");
    let report = changed("02-second.md", "[ref:page]", "[ref:pages]");
    expect(&report, "no reference pages.", "02-second.md:22:18");
    let report = changed("02-second.md", "teaches = [\"S1.1\"]", "teaches = [\"S9.9\"]");
    expect(&report, "no fact S9.9.", "02-second.md:6:12");
}

#[test]
fn mistakes_in_a_question_are_told() {
    let report = changed("01-first.toml", "right = true", "right = false");
    let told: Vec<&str> = report.problems.iter().map(|problem| problem.message.as_str()).collect();
    assert!(told.contains(&"which has 0 right options and asks to choose 1."), "{told:?}");
    assert!(told.contains(&"A wrong option names no misconception."), "{told:?}");
    let report = changed("01-first.toml", "choose = 1", "choose = 1\ncolour = \"red\"");
    expect(&report, "unknown field `colour`", "01-first.toml:10:1");
    let report = changed("01-first.toml", "stem = \"A workload needs `one` thing.\"", "stem = \" \"");
    expect(&report, "empty stem", "01-first.toml:10:8");
    let report = changed("01-first.toml", "right_when = \"Two are needed.\"", "");
    expect(&report, "does not say when it would be right", "01-first.toml:15:1");
}

#[test]
fn mistakes_in_a_lesson_are_told() {
    let report = changed("02-second.md", " {#why}", "");
    expect(&report, "has no anchor", "02-second.md:10:1");
    let report = changed("02-second.md", "answer = 1", "answer = 3");
    expect(&report, "The answer 3 is none of the 2 options", "02-second.md:16:10");
    let report = changed("02-second.md", "A figure", "![x](y) A figure");
    expect(&report, "This is an image", "02-second.md:22:1");
    let report = changed("02-second.md", "## Why", "# Why");
    expect(&report, "one title", "02-second.md:10:1");
    let report = changed("02-second.md", "word word word word word word word", "");
    assert!(report.is_good(), "still long enough");
    let report = changed("02-second.md", "+++\nid", "id");
    assert!(report.problems.iter().any(|p| p.message.contains("no front matter")), "{:?}", report.problems);
    let report = changed("02-second.md", "second-guess", "first-guess");
    expect(&report, "prediction first-guess stands twice", "02-second.md:13:6");
}

#[test]
fn a_lesson_too_short_or_too_long_is_refused() {
    let long = "more ".repeat(700);
    let report = changed("02-second.md", "A figure", &format!("{long} A figure"));
    assert!(report.problems.iter().any(|p| p.message.contains("has 1225 words")));
}

#[test]
fn facts_that_nothing_teaches_are_errors() {
    let report = changed("facts.toml", "[[fact]]\nid = \"S1.1\"", "[[fact]]\nid = \"S1.2\"\ntext = \"More.\"\n[[fact]]\nid = \"S1.1\"");
    expect(&report, "No lesson teaches S1.2: More.", "facts.toml:5:6");
    let report = changed("scenario.toml", "teaches = [\"P1\"]", "teaches = []");
    expect(&report, "No lesson teaches P1", "facts.toml:2:6");
}

#[test]
fn broken_files_do_not_hide_each_others_mistakes() {
    let mut sources = made_up();
    for source in &mut sources {
        if source.path.ends_with("references.toml") {
            source.text.push_str("\n= broken\n[[also\n");
        }
        if source.path.ends_with("01-first.toml") {
            source.text = source.text.replace("choose = 1", "choose = \"one\"");
        }
    }
    sources.push(file("lessons/notes.txt.md", "no front matter"));
    sources.push(file("workflows/broken.asl.json", "{\n  \"a\": }"));
    let report = check::scenarios(&sources, &[place()]);
    for (path, least) in
        [("references.toml", 2), ("01-first.toml", 1), ("notes.txt.md", 1), ("broken.asl.json", 1)]
    {
        let count = report.problems.iter().filter(|p| p.is_error() && p.file.ends_with(path)).count();
        assert!(count >= least, "{path}: {count}\n{:#?}", report.problems);
    }
    let json = report.problems.iter().find(|p| p.file.ends_with("broken.asl.json")).unwrap();
    assert_eq!((json.line, json.column), (2, 8));
}

#[test]
fn a_version_changes_with_what_is_asked_and_not_with_what_explains_it() {
    let version = |report: &Report| report.scenarios[0].questions[0].value.version;
    let before = version(&check::scenarios(&made_up(), &[place()]));
    assert_eq!(before, version(&changed("01-first.toml", "It does.", "It really does.")));
    assert_ne!(before, version(&changed("01-first.toml", "text = \"Two.\"", "text = \"Zwei.\"")));
    assert_ne!(before, version(&changed("01-first.toml", "`one` thing", "a thing")));
}
