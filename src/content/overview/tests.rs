//! The overview page.

use crate::course::BlockKind;
use crate::prose::plain;
use crate::sample::{folder, one, read, told};

const SCENARIO: &str = "scenario.toml";

#[test]
fn the_overview_is_lesson_0_with_its_question_before_the_mistake() {
    let (scenario, _) = read(&folder(&[]));
    let page = &scenario.overview.page.lesson;
    assert_eq!(
        (page.id.as_str(), page.number, page.title.as_str()),
        ("overview", 0, "Reminder Letters")
    );
    let anchors: Vec<_> = page.headings.iter().map(|h| (h.level, h.id.as_str())).collect();
    assert_eq!(
        anchors,
        [
            (1, "overview"),
            (2, "short-answer"),
            (2, "outcomes"),
            (2, "think"),
            (3, "common-mistake"),
            (3, "better-way"),
            (2, "concepts"),
            (2, "study-path"),
            (3, "study-prerequisite"),
            (3, "study-section"),
            (3, "study-concept"),
            (2, "links"),
        ]
    );
    let think = page.headings[3].block as usize;
    assert!(matches!(&page.blocks[think + 1].kind, BlockKind::Predict(p) if p.answer == 1));
}

#[test]
fn a_step_that_names_a_lesson_shows_its_number_and_minutes() {
    let (scenario, _) = read(&folder(&[]));
    let blocks = &scenario.overview.page.lesson.blocks;
    let items = blocks.iter().filter_map(|block| match &block.kind {
        BlockKind::List(items) => Some(items),
        _ => None,
    });
    let step = items.flatten().find(|item| item.text[0].link.as_deref() == Some("tray")).unwrap();
    assert_eq!(
        plain(&step.text),
        "The tray (section 1, 3 min): Why the clerk does not write letters."
    );
}

#[test]
fn the_study_path_goes_from_mechanics_to_depth() {
    one(
        SCENARIO,
        "kind = \"concept\"",
        "kind = \"prerequisite\"",
        "error scenario.toml:45 this prerequisite comes too late in the study path",
    );
    one(
        SCENARIO,
        "kind = \"concept\"",
        "kind = \"idea\"",
        "error scenario.toml:45 the study path has no stage `idea`",
    );
}

#[test]
fn a_step_leads_to_a_lesson_that_exists() {
    one(
        SCENARIO,
        "lesson = \"tray\"",
        "lesson = \"trey\"",
        "error scenario.toml:40 there is no lesson `trey`",
    );
}

#[test]
fn a_scenario_is_called_like_its_folder() {
    one(
        SCENARIO,
        "id = \"reminder-letters\"",
        "id = \"letters\"",
        "error scenario.toml:1 this scenario is called `letters`, and its folder `reminder-letters`",
    );
}

#[test]
fn a_link_names_a_reference() {
    one(
        SCENARIO,
        "reference = \"sqs-queues\"",
        "reference = \"sns\"",
        "error scenario.toml:49 there is no reference `sns` in references.toml",
    );
}

#[test]
fn the_passages_have_no_headings_and_the_fields_are_known() {
    let found = told(&folder(&[
        (SCENARIO, "The clerk puts", "## Slips {#slips}\n\nThe clerk puts"),
        (SCENARIO, "level = ", "levels = "),
    ]));
    assert_eq!(
        found,
        [
            "error scenario.toml:1 this scenario has no `level`",
            "error scenario.toml:4 a scenario has no field `levels`",
            "error scenario.toml:16 `better_way` cannot have headings: it stands under one",
        ]
    );
}

#[test]
fn the_main_design_comes_first_and_exists() {
    let another = include_str!("../../../tests/fixtures/course/reminder-letters/designs/tray.toml");
    let with = |main: &str| {
        let mut folder = folder(&[(SCENARIO, "minutes = 3", &format!("minutes = 3\n{main}"))]);
        let source = crate::source::Folder::new("s", [("designs/z-copy.toml", another)]);
        folder.sources.extend(source.sources);
        crate::sample::read(&folder)
    };
    for (main, expected) in
        [("", ["tray", "z-copy"]), ("main_design = \"z-copy\"", ["z-copy", "tray"])]
    {
        let (scenario, _) = with(main);
        let ids: Vec<_> = scenario.designs.iter().map(|design| design.id.value.as_str()).collect();
        assert_eq!(ids, expected, "{main}");
    }
    let (_, problems) = with("main_design = \"trey\"");
    let wrong = problems.iter().find(|problem| problem.message.contains("no design")).unwrap();
    assert_eq!((wrong.message.as_str(), wrong.line), ("there is no design `trey`", 6));
}
