//! One test per rule: a mistake in the sample course and its message.

use crate::sample::{folder, one, read, told, with_file, without_file};
use crate::source::Folder;

const LESSON: &str = "lessons/01-tray.md";
const QUESTIONS: &str = "questions/01-tray.toml";
const MISCONCEPTIONS: &str = "misconceptions.toml";
const SCENARIO: &str = "scenario.toml";

#[test]
fn the_sample_has_no_errors() {
    let (_, problems) = read(&folder(&[]));
    let errors: Vec<_> = problems.iter().filter(|problem| problem.is_error()).collect();
    assert!(errors.is_empty(), "{errors:?}");
}

#[test]
fn an_unknown_concept() {
    one(
        LESSON,
        "\"work-and-news\"",
        "\"work-and-newt\"",
        "error lessons/01-tray.md:5 there is no concept `work-and-newt` in scenario.toml",
    );
}

#[test]
fn an_unknown_fact() {
    let found = told(&folder(&[(QUESTIONS, "\"S1.1\"", "\"S9.9\"")]));
    let expected = "error questions/01-tray.toml:5 there is no fact `S9.9` in facts.toml";
    assert!(found.iter().any(|told| told == expected), "{found:?}");
}

#[test]
fn an_unknown_reference_in_a_list() {
    one(
        QUESTIONS,
        "\"sqs-queues\"",
        "\"sns-topics\"",
        "error questions/01-tray.toml:7 there is no reference `sns-topics` in references.toml",
    );
}

#[test]
fn an_unknown_reference_in_prose() {
    one(
        LESSON,
        "[ref:sqs-queues]",
        "[ref:sqs-queue]",
        "error lessons/01-tray.md:39 there is no reference `sqs-queue` in references.toml",
    );
}

#[test]
fn an_unknown_trap() {
    let found = told(&folder(&[(QUESTIONS, "\"faster-clerk\"", "\"slow-clerk\"")]));
    assert_eq!(
        found,
        [
            "note misconceptions.toml:18 no option has the trap `faster-clerk`",
            "error questions/01-tray.toml:17 there is no misconception `slow-clerk` in misconceptions.toml",
        ]
    );
}

#[test]
fn an_id_that_is_guessed_is_offered() {
    let (_, problems) = read(&folder(&[(LESSON, "\"work-and-news\"", "\"work-and-newt\"")]));
    let help = problems.iter().find_map(|p| p.help.clone().filter(|h| h.contains("mean")));
    assert_eq!(help.as_deref(), Some("did you mean `work-and-news`?"));
}

#[test]
fn an_anchor_that_does_not_exist() {
    one(
        QUESTIONS,
        "tray#the-desk",
        "tray#the-disk",
        "error questions/01-tray.toml:6 the lesson `tray` has no heading {#the-disk}",
    );
}

#[test]
fn a_lesson_that_does_not_exist() {
    one(
        MISCONCEPTIONS,
        "tray#work-or-news",
        "board#work-or-news",
        "error misconceptions.toml:14 there is no lesson `board`",
    );
}

#[test]
fn a_question_that_names_a_lesson_only() {
    one(
        QUESTIONS,
        "tray#the-desk",
        "tray",
        "error questions/01-tray.toml:6 `tray` names no heading",
    );
}

#[test]
fn a_link_in_prose_that_leads_nowhere() {
    one(
        LESSON,
        "(#the-desk)",
        "(#the-tray)",
        "error lessons/01-tray.md:75 the lesson `tray` has no heading {#the-tray}",
    );
}

#[test]
fn a_diagram_of_a_design_that_does_not_exist() {
    one(
        LESSON,
        "design = \"tray\"",
        "design = \"board\"",
        "error lessons/01-tray.md:51 there is no design designs/board.toml",
    );
}

#[test]
fn doubles_of_every_kind() {
    let double = |path: &str, from: &str, to: &str| told(&folder(&[(path, from, to)]));
    let again = |path: &str, block: &str| double(path, block, &format!("{block}\n{block}"));
    let fact = "[[fact]]\nid = \"P1\"\ntext = \"A library sends reminder letters.\"\n";
    assert_eq!(
        again("facts.toml", fact),
        ["error facts.toml:6 the fact `P1` stands twice in this list"]
    );
    let term =
        "[[term]]\nterm = \"Tray\"\nmeaning = \"Where slips wait: a *queue* in miniature.\"\n";
    assert_eq!(
        again("glossary.toml", term),
        ["error glossary.toml:6 the term `Tray` stands twice in this glossary"]
    );
    let concept =
        "[[concept]]\nid = \"work-and-news\"\ntitle = \"Work\"\ntext = \"Text.\"\n\n[[study]]";
    assert_eq!(
        double(SCENARIO, "[[study]]", concept),
        ["error scenario.toml:32 the concept `work-and-news` stands twice in this scenario"]
    );
    assert_eq!(
        double(MISCONCEPTIONS, "id = \"tray-for-news\"", "id = \"taking-is-done\""),
        [
            "error misconceptions.toml:10 the misconception `taking-is-done` stands twice in this list",
            "error questions/01-tray.toml:28 there is no misconception `tray-for-news` in misconceptions.toml",
            "error scenario.toml:22 there is no misconception `tray-for-news` in misconceptions.toml",
        ]
    );
    assert_eq!(
        double(LESSON, "{#slips}", "{#the-desk}"),
        ["error lessons/01-tray.md:35 the anchor `the-desk` stands twice in this lesson"]
    );
    assert_eq!(
        double(LESSON, "id = \"tray-desk\"", "id = \"overview-tray\""),
        ["error scenario.toml:19 the prediction `overview-tray` stands twice in this scenario"]
    );
}

#[test]
fn a_question_that_stands_twice() {
    let copy = folder(&[]).find(QUESTIONS).unwrap().1.text.clone();
    let found = told(&with_file("questions/02-more.toml", &copy));
    let errors: Vec<_> = found.iter().filter(|told| told.starts_with("error")).collect();
    assert_eq!(
        errors,
        [
            "error questions/02-more.toml:2 the question `closed-post-office` stands twice in this scenario"
        ]
    );
}

#[test]
fn a_reference_that_stands_twice() {
    let found = told(&folder(&[(
        "references.toml",
        "[[reference]]",
        "[[reference]]\nid = \"sqs-queues\"\ntitle = \"T\"\naddress = \"https://a\"\nchecked = \"2026-01-01\"\n\n[[reference]]",
    )]));
    assert_eq!(
        found,
        ["error references.toml:8 the reference `sqs-queues` stands twice in this list"]
    );
}

#[test]
fn an_id_that_is_not_kebab_case() {
    one(LESSON, "{#slips}", "{#Slips_2}", "error lessons/01-tray.md:35 `Slips_2` is no good id");
}

#[test]
fn numbers_have_no_gaps() {
    let mut course = folder(&[]);
    for source in &mut course.sources {
        source.path = source.path.replace("01-tray.md", "03-tray.md");
    }
    assert_eq!(
        told(&course),
        ["error lessons/03-tray.md:2 this is lesson 3, and lesson 1 is due here"]
    );
}

#[test]
fn no_lesson_is_called_like_the_overview() {
    let copy = folder(&[]).find(LESSON).unwrap().1.text.clone();
    let found = told(&with_file("lessons/02-overview.md", &copy));
    let expected = "error lessons/02-overview.md:2 a lesson cannot be called `overview`";
    assert!(found.iter().any(|told| told == expected), "{found:?}");
}

#[test]
fn two_lessons_have_two_ids() {
    let copy = folder(&[]).find(LESSON).unwrap().1.text.clone();
    let found = told(&with_file("lessons/02-tray.md", &copy));
    assert_eq!(
        found,
        [
            "error lessons/02-tray.md:2 the lesson `tray` stands twice",
            "error lessons/02-tray.md:15 the prediction `tray-desk` stands twice in this scenario",
        ]
    );
}

#[test]
fn a_fact_that_nothing_teaches() {
    one(
        "facts.toml",
        "[[fact]]\nid = \"S1.1\"",
        "[[fact]]\nid = \"P2\"\ntext = \"More.\"\n\n[[fact]]\nid = \"S1.1\"",
        "error facts.toml:6 no lesson teaches the fact P2",
    );
}

#[test]
fn a_fact_without_a_question_is_a_note() {
    let (_, problems) = read(&folder(&[]));
    let note = problems.iter().find(|problem| problem.file == "facts.toml").unwrap();
    assert!(!note.is_error());
    assert_eq!(
        (note.line, note.message.as_str()),
        (10, "no question asks for the fact S1.2, and no lab shows it")
    );
}

#[test]
fn concepts_lessons_variants_and_traps_want_three_questions() {
    let renamed = folder(&[
        ("facts.toml", "S1.1", "S10.1"),
        (LESSON, "S1.1", "S10.1"),
        (QUESTIONS, "S1.1", "S10.1"),
        (MISCONCEPTIONS, "\"S1.1\"", "\"S10.1\""),
        (MISCONCEPTIONS, "\"S1.1\"", "\"S10.1\""),
        (MISCONCEPTIONS, "\"S1.1\"", "\"S10.1\""),
        (MISCONCEPTIONS, "\"S1.1\"", "\"S10.1\""),
    ]);
    assert_eq!(
        told(&renamed),
        ["note facts.toml:6 the exam variant S10.1 has 1 question, and 3 are the least"]
    );
    let (_, problems) = read(&folder(&[]));
    let notes: Vec<_> = problems.iter().map(|p| (p.line, p.message.as_str())).collect();
    assert!(
        notes.contains(&(2, "the lesson `tray` has 1 question, and 3 are the least")),
        "{notes:?}"
    );
    assert!(
        notes.contains(&(27, "the concept `work-and-news` has 1 question, and 3 are the least")),
        "{notes:?}"
    );
}

/// A lab with a bet whose wrong option has this trap.
fn lab(trap: &str) -> String {
    format!(
        "id = \"a-day\"\ntitle = \"A day\"\nkind = \"lab\"\nteaches = [\"S1.1\"]\nlesson = \"tray\"\n\
         why = \"So.\"\n[experiment]\ndesign = \"tray\"\nrun = \"1m\"\n\
         [[bet]]\nask = \"What?\"\n\
         [[bet.option]]\ntext = \"One\"\nclaim = \"ledger.orders_lost > 0\"\ntrap = \"{trap}\"\n\
         [[bet.option]]\ntext = \"Other\"\nclaim = \"ledger.orders_lost == 0\"\n"
    )
}

#[test]
fn a_trap_of_a_prediction_or_a_bet_is_a_misconception() {
    assert_eq!(
        told(&folder(&[(LESSON, "\"desk-stands-alone\"", "\"desk-stands-aloof\"")])),
        [
            "error lessons/01-tray.md:18 there is no misconception `desk-stands-aloof` in misconceptions.toml",
            "note misconceptions.toml:26 no option has the trap `desk-stands-alone`",
        ]
    );
    let overview =
        told(&folder(&[("scenario.toml", "trap = \"tray-for-news\"", "trap = \"tray-news\"")]));
    let expected =
        "error scenario.toml:22 there is no misconception `tray-news` in misconceptions.toml";
    assert_eq!(overview, [expected]);
    assert_eq!(told(&with_file("labs/a-day.toml", &lab("waiting-is-losing"))), [""; 0]);
    let course = with_file("labs/a-day.toml", &lab("waiting-is-loosing"));
    let (_, problems) = read(&course);
    let found = problems.iter().find(|problem| problem.file.ends_with("labs/a-day.toml")).unwrap();
    assert_eq!((found.line, found.column), (15, 8));
    assert_eq!(
        found.message,
        "there is no misconception `waiting-is-loosing` in misconceptions.toml"
    );
    assert_eq!(found.help.as_deref(), Some("did you mean `waiting-is-losing`?"));
}

#[test]
fn a_misconception_of_predictions_or_bets_alone_is_used() {
    let unused =
        |found: &[String], id: &str| found.iter().any(|told| told.contains(&format!("`{id}`")));
    let all = |course: &Folder| -> Vec<String> {
        read(course).1.iter().map(|problem| problem.message.clone()).collect()
    };
    let before = all(&folder(&[]));
    assert!(!unused(&before, "desk-stands-alone"), "{before:?}");
    assert!(unused(&before, "tried-for-ever"), "{before:?}");
    let after = all(&with_file("labs/a-day.toml", &lab("tried-for-ever")));
    assert!(!unused(&after, "tried-for-ever"), "{after:?}");
    let unreadable = all(&with_file("labs/a-day.toml", "id = "));
    assert!(!unused(&unreadable, "tried-for-ever"), "{unreadable:?}");
}

#[test]
fn a_misconceptions_lab_is_one_of_the_course() {
    let mut course = with_file("labs/a-day.toml", &lab("waiting-is-losing"));
    let list = course.sources.iter_mut().find(|file| file.path == "misconceptions.toml").unwrap();
    list.text = list.text.replacen("lesson = ", "lab = \"a-day\"\nlesson = ", 1);
    let (scenario, _) = read(&course);
    assert_eq!(told(&course), [""; 0]);
    let first = &scenario.misconceptions.entries[0].misconception;
    assert_eq!(first.lab.as_deref(), Some("a-day"));
    let list = course.sources.iter_mut().find(|file| file.path == "misconceptions.toml").unwrap();
    list.text = list.text.replacen("\"a-day\"", "\"a-dye\"", 1);
    assert_eq!(told(&course), ["error misconceptions.toml:6 there is no lab labs/a-dye.toml"]);
}

#[test]
fn a_misconception_that_no_option_uses_is_a_note() {
    one(
        QUESTIONS,
        "\"faster-clerk\"",
        "\"tray-for-news\"",
        "note misconceptions.toml:18 no option has the trap `faster-clerk`",
    );
}

#[test]
fn a_misconception_in_more_than_a_tenth_of_the_questions_is_a_note() {
    let course = folder(&[]);
    let text = &course.find(QUESTIONS).unwrap().1.text;
    let id = text.split("id = \"").nth(1).and_then(|rest| rest.split('"').next()).unwrap();
    let copy = |n: usize| text.replacen(id, &format!("{id}-{n}"), 1);
    let copies = |count: usize| (1..=count).map(copy).collect::<Vec<_>>().join("\n");
    let of_traps = |count: usize| {
        let found = told(&with_file("questions/02-more.toml", &copies(count)));
        found.into_iter().filter(|told| told.contains("the trap")).collect::<Vec<_>>()
    };
    assert_eq!(of_traps(2), [""; 0], "a few questions have few misconceptions");
    let found = of_traps(3);
    let expected = "the trap `faster-clerk` is in 4 of 4 questions, and a tenth is the most";
    assert!(found.iter().any(|told| told.ends_with(expected)), "{found:?}");
}

#[test]
fn a_lesson_that_is_too_long() {
    let more = format!("{}\n\nThe library still", "word ".repeat(700));
    let found = told(&folder(&[(LESSON, "The library still", &more)]));
    assert_eq!(found.len(), 1);
    assert!(found[0].ends_with("words, and 1100 are the most"), "{found:?}");
}

#[test]
fn a_lesson_that_is_too_short() {
    let course = folder(&[]);
    let text = &course.find(LESSON).unwrap().1.text;
    let between = |from: &str, to: &str| &text[text.find(from).unwrap()..text.find(to).unwrap()];
    let found = told(&folder(&[
        (LESSON, between("For years", "> People"), ""),
        (LESSON, between("In the first week", "## Work or news"), ""),
    ]));
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].ends_with("words, and 500 are the least"), "{found:?}");
}

#[test]
fn minutes_that_nobody_needs() {
    let found = told(&folder(&[(LESSON, "minutes = 3", "minutes = 9")]));
    assert_eq!(found.len(), 1);
    assert!(found[0].starts_with("note lessons/01-tray.md:4 "), "{found:?}");
    assert!(found[0].ends_with("minutes to read, and this says 9"), "{found:?}");
}

#[test]
fn a_missing_file_is_told_once() {
    assert_eq!(
        told(&without_file("misconceptions.toml")),
        ["error misconceptions.toml:0 this file is missing"]
    );
    assert_eq!(
        told(&without_file("references.toml")),
        ["error references.toml:0 this file is missing"]
    );
    assert_eq!(told(&without_file(LESSON)), ["error lessons/01-….md:0 this file is missing"]);
}

#[test]
fn a_course_without_questions() {
    let found = told(&without_file(QUESTIONS));
    assert!(found.contains(&"error scenario.toml:1 this scenario has no questions".to_owned()));
}

#[test]
fn a_broken_file_hides_no_other_and_blames_no_other() {
    let course = folder(&[
        ("misconceptions.toml", "belief = \"A", "belief = A"),
        (LESSON, "(#the-desk)", "(#the-tray)"),
        (QUESTIONS, "choose = 1", "choose = 1\nlevl = 3"),
    ]);
    let found = told(&course);
    let files: Vec<_> = found.iter().map(|told| told.split(':').next().unwrap()).collect();
    assert!(files.contains(&"error lessons/01-tray.md"), "{found:?}");
    assert!(files.contains(&"error misconceptions.toml"), "{found:?}");
    assert!(files.contains(&"error questions/01-tray.toml"), "{found:?}");
    assert!(!found.iter().any(|told| told.contains("no misconception")), "{found:?}");
}

#[test]
fn a_file_tells_all_its_mistakes() {
    let course = folder(&[
        (QUESTIONS, "task = \"2.1\"", "task = \"2.9\""),
        (QUESTIONS, "choose = 1", "choose = 2"),
        (QUESTIONS, "trap = \"faster-clerk\"\n", ""),
        (QUESTIONS, "right = true", "right = true\ntrap = \"tray-for-news\""),
        (QUESTIONS, "why = \"Everybody", "because = \"Everybody"),
        (QUESTIONS, "**no**", "<b>no</b>"),
    ]);
    let found = told(&course);
    let errors = found.iter().filter(|told| told.starts_with("error")).count();
    assert_eq!(errors, 9, "{found:#?}");
    let lines: Vec<_> = found.iter().filter(|told| told.starts_with("error")).collect();
    assert!(lines.is_sorted_by_key(|told| {
        told.split([':', ' ']).nth(2).and_then(|line| line.parse::<usize>().ok())
    }));
}
