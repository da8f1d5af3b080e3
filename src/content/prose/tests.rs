//! What Markdown turns into, and which of it is rejected.

use super::*;
use crate::course::{Emphasis, Marker};
use crate::experiment::{self, Given};
use crate::loader::Target;
use crate::source::Folder;
use redrive_sim::design::Duration;

fn read(text: &str) -> (Vec<Draft>, Vec<String>, Vec<Target>) {
    let folder = Folder::new("s", [("lessons/01-a.md", text)]);
    let mut loader = Loader::new(&folder);
    loader.references = Some([("sqs".to_owned(), "https://sqs".to_owned())].into());
    let found = blocks(Passage::body(text, 0, 0, Some("a")), &mut loader);
    let told = loader.found.iter().map(|p| format!("{}:{} {}", p.line, p.column, p.message));
    let uses = loader.uses.iter().map(|link| link.target.clone());
    (found, told.collect(), uses.collect())
}

fn kinds(text: &str) -> Vec<BlockKind> {
    let (found, told, _) = read(text);
    assert_eq!(told, [""; 0]);
    found.into_iter().map(|draft| draft.kind).collect()
}

fn told(text: &str) -> Vec<String> {
    read(text).1
}

/// Formats spans as `text/style/link`.
fn written(spans: &[Span]) -> Vec<String> {
    let one = |span: &Span| {
        let link = span.link.as_deref().unwrap_or("");
        format!("{}/{:?}/{link}", span.text, span.style)
    };
    spans.iter().map(one).collect()
}

#[test]
fn emphasis_code_and_soft_breaks_become_spans() {
    let kinds = kinds("a **b *c*** *d*\n`e` f");
    let [BlockKind::Paragraph(spans)] = &kinds[..] else { panic!("{kinds:?}") };
    assert_eq!(
        written(spans),
        ["a /Plain/", "b c/Strong/", " /Plain/", "d/Light/", " /Plain/", "e/Code/", " f/Plain/"]
    );
}

#[test]
fn a_reference_is_a_mark_close_to_its_word() {
    let (found, told, _) = read("It is 256 KiB [ref:sqs]. And [more](ref:sqs) [text] there.");
    assert_eq!(told, [""; 0]);
    let BlockKind::Paragraph(spans) = &found[0].kind else { panic!() };
    assert_eq!(
        written(spans),
        [
            "It is 256 KiB/Plain/",
            "↗/Plain/https://sqs",
            ". And /Plain/",
            "more/Plain/https://sqs",
            " [text] there./Plain/"
        ]
    );
    assert_eq!(plain(spans), "It is 256 KiB. And more [text] there.");
}

#[test]
fn links_lead_to_lessons_headings_and_pages() {
    let (found, told, uses) = read("[a](#x) [b](cost#y) [c](cost) [d](https://aws)");
    assert_eq!(told, [""; 0]);
    let BlockKind::Paragraph(spans) = &found[0].kind else { panic!() };
    let links: Vec<_> = spans.iter().filter_map(|span| span.link.as_deref()).collect();
    assert_eq!(links, ["a#x", "cost#y", "cost", "https://aws"]);
    let lessons = ["a#x", "cost#y", "cost"].map(|target| Target::Lesson(target.to_owned()));
    assert_eq!(uses, lessons);
}

#[test]
fn links_that_lead_out_of_the_course_are_refused() {
    assert_eq!(
        told("see [a](http://x.example) and\n[b](../other.md)"),
        ["1:5 a link cannot lead to `http://x.example`", "2:1 a link cannot lead to `../other.md`"]
    );
}

#[test]
fn a_heading_of_no_lesson_is_refused() {
    let folder = Folder::new("s", [("a.toml", "why = \"see [it](#x)\"")]);
    let mut loader = Loader::new(&folder);
    let text = Located { value: "see [it](#x)".to_owned(), place: SourceSpan::new(0, 6..20) };
    line(&text, None, &mut loader);
    let told = &loader.found[0];
    assert_eq!((told.column, told.message.as_str()), (12, "`#x` is a heading of no lesson"));
}

#[test]
fn lists_are_flat_with_depths() {
    let kinds = kinds("3. one\n   - in **it**\n4. two\n\n   - three");
    let [BlockKind::List(items)] = &kinds[..] else { panic!("{kinds:?}") };
    let seen: Vec<_> = items.iter().map(|i| (i.depth, i.marker, plain(&i.text))).collect();
    assert_eq!(
        seen,
        [
            (0, Marker::Number(3), "one".to_owned()),
            (1, Marker::Bullet, "in it".to_owned()),
            (0, Marker::Number(4), "two".to_owned()),
            (1, Marker::Bullet, "three".to_owned()),
        ]
    );
}

#[test]
fn lists_hold_one_paragraph_an_item_and_nest_once() {
    assert_eq!(
        told("- one\n\n  more\n- two\n  - three\n    - four\n"),
        [
            "3:3 an item of a list is one paragraph",
            "6:5 lists nest one level deep, and this is deeper"
        ]
    );
    assert_eq!(
        told("- one\n\n  ```\n  code\n  ```\n"),
        ["3:3 a list holds text only, and this is a block of its own"]
    );
}

#[test]
fn quotes_code_tables_and_rules() {
    let kinds = kinds(
        "> a\n>\n> b\n\n```sh\nx\n\ny\n```\n\n| a | b | c |\n|--|:-:|-:|\n| 1 | *2* | |\n\n---\n",
    );
    assert!(matches!(&kinds[0], BlockKind::Quote(paragraphs) if paragraphs.len() == 2));
    assert!(matches!(&kinds[1], BlockKind::Code { language, lines }
        if language == "sh" && *lines == ["x", "", "y"]));
    let BlockKind::Table { columns, header, rows } = &kinds[2] else { panic!("{kinds:?}") };
    assert_eq!((columns.len(), header.len(), rows.len()), (3, 3, 1));
    assert_eq!(rows[0][1][0].style, Emphasis::Light);
    assert_eq!(rows[0][2], []);
    assert_eq!(kinds[3], BlockKind::Rule);
}

#[test]
fn what_a_terminal_does_not_show_is_refused_at_its_place() {
    assert_eq!(
        told(
            "    code\n\na <b>bold</b> word\n\n<div>\nx\n</div>\n\ntext ![image](x.png) on\n\none  \ntwo[^1]\n\n[^1]: note\n"
        ),
        [
            "1:5 four spaces before a line make it code",
            "3:3 HTML is not allowed",
            "3:10 HTML is not allowed",
            "5:1 HTML is not allowed",
            "9:6 a terminal shows no images",
            "11:4 a line break cannot be forced",
            "12:4 footnotes are not allowed",
            "14:1 footnotes are not allowed",
        ]
    );
}

#[test]
fn headings_have_anchors_and_two_levels() {
    let (found, told, _) = read("# One\n\n## Two {#two}\n\n#### Four {#four}\n");
    assert_eq!(
        told,
        [
            "1:1 a lesson has no heading of the first level",
            "1:1 this heading has no anchor",
            "5:1 headings are ## for a section and ### within it, no deeper"
        ]
    );
    let anchor = found[1].anchor.clone().unwrap();
    assert_eq!((anchor.value.as_str(), anchor.place.start), ("two", 16));
    assert!(
        matches!(&found[1].kind, BlockKind::Heading { level: 2, text } if plain(text) == "Two")
    );
}

const PREDICT: &str = "```predict\nid = \"a-b\"\nask = \"What *then*?\"\noptions = [{ text = \"x\", trap = \"an-x\" }, { text = \"y\" }]\nanswer = 2\nreveal = \"So.\"\n```\n";

#[test]
fn a_prediction_is_read_with_its_version() {
    let [BlockKind::Predict(predict)] = &kinds(PREDICT)[..] else { panic!() };
    assert_eq!((predict.id.as_str(), predict.answer), ("a-b", 1));
    assert_eq!(written(&predict.ask), ["What /Plain/", "then/Light/", "?/Plain/"]);
    let version = |from: &str, to: &str| match &read(&PREDICT.replace(from, to)).0[..] {
        [Draft { kind: BlockKind::Predict(predict), .. }] => predict.version,
        other => panic!("{other:?}"),
    };
    assert_eq!(version("So.", "Because."), predict.version);
    assert_eq!(version("*then*", "then"), predict.version);
    assert_ne!(version("answer = 2", "answer = 1"), predict.version);
    assert_ne!(version("\"y\"", "\"z\""), predict.version);
    let traps = predict.options.iter().map(|option| option.trap.as_deref());
    assert_eq!(traps.collect::<Vec<_>>(), [Some("an-x"), None]);
    assert_eq!(version("an-x", "another"), predict.version, "it is asked as before");
}

#[test]
fn a_prediction_tells_all_its_mistakes_at_their_lines() {
    let text = PREDICT
        .replace("answer = 2", "answer = 3\nanser = 1")
        .replace("What *then*?", "What <i>then</i>?");
    assert_eq!(
        told(&format!("intro\n\n{text}")),
        [
            "7:10 option 3 does not exist: there are 2",
            "8:1 a predict block has no field `anser`",
            "5:13 HTML is not allowed",
            "5:20 HTML is not allowed",
        ]
    );
    assert_eq!(
        told(&PREDICT.replace(", { text = \"y\" }", "")),
        ["1:1 a prediction has two to four options, and this has 1"]
    );
    assert_eq!(told(&PREDICT.replace("answer = 2", "answer ="))[0].split(' ').next(), Some("5:9"));
}

#[test]
fn every_wrong_option_of_a_prediction_and_no_right_one_has_a_trap() {
    assert_eq!(
        told(&PREDICT.replace(", trap = \"an-x\"", "")),
        ["4:12 this wrong option has no `trap`"]
    );
    assert_eq!(
        told(&PREDICT.replace("\"y\"", "\"y\", trap = \"a-y\"")),
        ["4:64 the right option cannot have a `trap`"]
    );
    assert_eq!(
        told(&PREDICT.replace("answer = 2", "answer = 1")),
        ["4:33 the right option cannot have a `trap`", "4:43 this wrong option has no `trap`"]
    );
    assert_eq!(told(&PREDICT.replace("\"an-x\"", "\"\"")), ["4:33 `trap` is empty"]);
    assert_eq!(
        told(&PREDICT.replace("trap", "tarp")),
        ["4:26 an option has no field `tarp`", "4:12 this wrong option has no `trap`"]
    );
}

const CONTRAST: &str = "```contrast\nbetween = [\"SQS\", \"SNS\"]\ndecides = \"One or all?\"\nwhen = [\n  { phrase = \"one\", pick = \"SQS\" },\n  { phrase = \"all\", pick = \"SNS\" },\n]\n```\n";

#[test]
fn a_contrast_names_its_picks() {
    let [BlockKind::Contrast(contrast)] = &kinds(CONTRAST)[..] else { panic!() };
    assert_eq!(contrast.between, ["SQS", "SNS"]);
    let picks: Vec<_> = contrast.when.iter().map(|(_, pick)| *pick).collect();
    assert_eq!(picks, [0, 1]);
    assert_eq!(
        told(&CONTRAST.replace("pick = \"SNS\"", "pick = \"SES\"")),
        ["6:28 `SES` is not one of the two in `between`"]
    );
    assert_eq!(
        told(&CONTRAST.replace("[\"SQS\", \"SNS\"]", "[\"SQS\"]")),
        [
            "1:1 `between` names exactly two services",
            "6:28 `SNS` is not one of the two in `between`"
        ]
    );
}

const DIAGRAM: &str = "```diagram\ncaption = \"C\"\nalt = \"\"\"\nIn\nwords.\"\"\"\nart = '''\n a ─▸ b\n'''\n\
    [scene]\ndesign = \"d\"\nat = \"5s\"\npart = \"queues.q\"\ntext = \"One\"\nclaim = \"queues.q.visible == 1\"\n```\n";

#[test]
fn a_diagram_keeps_its_lines() {
    let (found, told, uses) = read(DIAGRAM);
    assert_eq!(told, [""; 0]);
    let BlockKind::Diagram(diagram) = &found[0].kind else { panic!() };
    assert_eq!(
        (diagram.alt.as_str(), &diagram.art[..]),
        ("In words.", &[" a ─▸ b".to_owned()][..])
    );
    assert_eq!(uses, [Target::Design("d".to_owned())]);
    let scene = diagram.scene.as_ref().unwrap();
    assert_eq!((scene.at_ms, &*scene.part, &*scene.text), (5_000, "queues.q", "One"));
    let Ok(Given::Experiment(run)) = experiment::read("", &scene.experiment) else { panic!() };
    assert_eq!((&*run.design, run.run), ("d", Duration::from_secs(3_600)));
}

#[test]
fn a_diagram_that_is_too_wide_or_has_emoji_is_refused() {
    let wide = "─".repeat(73);
    assert_eq!(
        told(&DIAGRAM.replace(" a ─▸ b", &format!(" a\n{wide}"))),
        ["8:1 this line of the diagram is 73 columns wide, and 72 fit"]
    );
    assert_eq!(
        told(&DIAGRAM.replace("─▸", "🚚")),
        ["7:1 `\\u{1f69a}` is not one column wide in every terminal"]
    );
    assert_eq!(
        told(&DIAGRAM.replace(" a ─▸ b", &"x\n".repeat(15)))[0],
        "6:7 this diagram has 16 lines; 14 leave room for text"
    );
}
