//! The rules that a single question can break.

use crate::sample::{folder, one, read, told};

const QUESTIONS: &str = "questions/01-tray.toml";

fn version(changes: &[(&str, &str, &str)]) -> u64 {
    read(&folder(changes)).0.questions.entries[0].question.version
}

#[test]
fn the_version_is_of_stem_options_and_key() {
    let before = version(&[]);
    assert_eq!(version(&[(QUESTIONS, "**no**", "no")]), before);
    assert_eq!(version(&[(QUESTIONS, "The door of", "The gate of")]), before);
    assert_eq!(version(&[(QUESTIONS, "writing, and not", "writing and not")]), before);
    assert_ne!(version(&[(QUESTIONS, "A library's", "The library's")]), before);
    assert_ne!(version(&[(QUESTIONS, "Collect slips", "Gather slips")]), before);
    assert_ne!(version(&[(QUESTIONS, "right = true\n", "")]), before);
}

#[test]
fn choose_is_the_number_of_right_options() {
    let expected = "error questions/01-tray.toml:8 `choose` is 2, and 1 of the options are right";
    let found = told(&folder(&[(QUESTIONS, "choose = 1", "choose = 2")]));
    assert!(found.iter().any(|told| told == expected), "{found:?}");
}

#[test]
fn the_number_of_options_fits() {
    let option = "[[question.option]]\ntext = \"Another\"\ntrap = \"faster-clerk\"\nwhy = \"W.\"\nright_when = \"never\"\n\n";
    let more = |count: usize| {
        let text: String =
            (0..count).map(|n| option.replace("Another", &format!("Another {n}"))).collect();
        told(&folder(&[(QUESTIONS, "[[question.option]]", &format!("{text}[[question.option]]"))]))
    };
    assert_eq!(more(1), ["error questions/01-tray.toml:1 this question has 5 options"]);
    assert_eq!(
        more(3),
        ["error questions/01-tray.toml:1 this question has 7 options, and six are the most"]
    );
    let two = told(&folder(&[(QUESTIONS, "choose = 1", "choose = 2")]));
    assert!(two.contains(&"error questions/01-tray.toml:1 this question has 4 options".to_owned()));
}

#[test]
fn a_wrong_option_says_why_it_tempts_and_when_it_is_right() {
    one(
        QUESTIONS,
        "trap = \"tray-for-news\"\n",
        "trap = \"tray-for-news\"\nbad = 1\n",
        "error questions/01-tray.toml:29 an option has no field `bad`",
    );
    one(
        QUESTIONS,
        "right_when = \"writing, and not posting, is what takes the time\"\n",
        "",
        "error questions/01-tray.toml:15 this wrong option has no `right_when`",
    );
    one(
        QUESTIONS,
        "why = \"The door of the post office stays closed, however soon the clerk arrives.\"\n",
        "",
        "error questions/01-tray.toml:15 this option has no `why`",
    );
}

#[test]
fn a_right_option_has_no_trap() {
    let right = "right = true\ntrap = \"faster-clerk\"\nright_when = \"always\"";
    assert_eq!(
        told(&folder(&[(QUESTIONS, "right = true", right)])),
        [
            "error questions/01-tray.toml:24 the right option cannot have a `trap`",
            "error questions/01-tray.toml:25 the right option has no `right_when`: it is right here",
        ]
    );
}

#[test]
fn a_task_statement_is_one_of_the_exams() {
    one(
        QUESTIONS,
        "task = \"2.1\"",
        "task = \"2.3\"",
        "error questions/01-tray.toml:3 CLERK-1 has no task statement `2.3`",
    );
}

#[test]
fn an_empty_stem() {
    let course = folder(&[]);
    let text = &course.find(QUESTIONS).unwrap().1.text;
    let from = text.find("A library's desk").unwrap();
    let stem = &text[from..text.find("\"\"\"\n\n[[").unwrap()];
    one(QUESTIONS, stem, "", "error questions/01-tray.toml:9 `stem` is empty");
}

#[test]
fn two_options_that_say_the_same() {
    one(
        QUESTIONS,
        "Pin each late book to the board for all the branches",
        "Collect slips in a *tray* that the back room empties",
        "error questions/01-tray.toml:1 two options say the same: Collect slips in a tray that the back room empties",
    );
}

#[test]
fn a_question_is_traced() {
    let found = told(&folder(&[(QUESTIONS, "references = [\"sqs-queues\"]", "references = []")]));
    assert_eq!(
        found,
        ["error questions/01-tray.toml:1 this question's `references` names nothing"]
    );
}

#[test]
fn a_stem_is_paragraphs() {
    one(
        QUESTIONS,
        "Readers must be served",
        "- Readers must be served",
        "error questions/01-tray.toml:12 only plain paragraphs can stand here",
    );
}
