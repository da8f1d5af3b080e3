//! The reference design is held to what the lessons advise: every rule that can be read off a design
//! stands here with the words that state it. A lesson that no longer says so fails, a design that does
//! not do so fails, and so does a rule that cannot be broken.

mod faults;
mod rules;
mod saga;

use std::path::{Path, PathBuf};

use redrive::sim::design::Design;
use serde_json::Value;

use self::rules::RULES;

/// A design with its workflow, as the rules see them.
#[derive(Clone)]
struct Reference {
    design: Design,
    flow: Value,
}

/// What the lessons say, and what a design must be to follow it.
struct Advice {
    /// `lesson#anchor`
    lesson: &'static str,
    /// Its words, as they stand there.
    says: &'static str,
    /// The parts that do not follow it.
    offenders: fn(&Reference) -> Vec<String>,
    /// One way to go against it.
    breaks: fn(&mut Reference),
}

fn course() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("content/event-driven-order-processing")
}

fn read(name: &str) -> String {
    std::fs::read_to_string(course().join(name)).unwrap()
}

fn reference() -> Reference {
    let design: Design = toml::from_str(&read("designs/event-driven.toml")).unwrap();
    let flow = serde_json::from_str(&read("workflows/fulfilment.asl.json")).unwrap();
    Reference { design, flow }
}

/// A section of a lesson, its white space single.
fn section(address: &str) -> String {
    let (lesson, anchor) = address.split_once('#').unwrap();
    let mut files: Vec<PathBuf> =
        std::fs::read_dir(course().join("lessons")).unwrap().map(|f| f.unwrap().path()).collect();
    files.sort();
    let file = files.iter().find(|file| file.to_string_lossy().ends_with(&format!("-{lesson}.md")));
    let text =
        std::fs::read_to_string(file.unwrap_or_else(|| panic!("no lesson {lesson}"))).unwrap();
    let start = text.find(&format!("{{#{anchor}}}")).unwrap_or_else(|| panic!("no {address}"));
    let rest = text.get(start..).unwrap();
    let end = rest.find("\n## ").unwrap_or(rest.len());
    rest.get(..end).unwrap().split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn the_reference_design_follows_every_rule_of_the_lessons() {
    let reference = reference();
    let mut against = Vec::new();
    for advice in RULES {
        for offender in (advice.offenders)(&reference) {
            against.push(format!("{}: \"{}\": {offender}", advice.lesson, advice.says));
        }
    }
    assert!(against.is_empty(), "\n{}", against.join("\n"));
}

#[test]
fn every_rule_stands_in_its_lesson_in_these_words() {
    for advice in RULES {
        let text = section(advice.lesson);
        assert!(text.contains(advice.says), "{} does not say {:?}", advice.lesson, advice.says);
    }
}

#[test]
fn every_rule_notices_a_design_that_goes_against_it() {
    for advice in RULES {
        let mut broken = reference();
        (advice.breaks)(&mut broken);
        let found = (advice.offenders)(&broken);
        assert!(!found.is_empty(), "{}: \"{}\" is never broken", advice.lesson, advice.says);
    }
}

// The other designs show other faults: their queues are set up as the lessons advise.
#[test]
fn the_queues_of_the_other_designs_follow_the_advice_about_queues() {
    let about_queues = [
        "AWS advises at least six times that",
        "With Lambda, use at least five",
        "Give the dead-letter queue a longer retention",
        "point the source queue at it",
        "up to the 14 days that SQS allows",
        "anything at all in a dead-letter queue, by its visible messages",
        "A dead-letter queue on the *function* serves asynchronous invocations",
    ];
    for file in std::fs::read_dir(course().join("designs")).unwrap() {
        let text = std::fs::read_to_string(file.unwrap().path()).unwrap();
        let design: Design = toml::from_str(&text).unwrap();
        let title = design.title.clone();
        let reference = Reference { design, flow: Value::Null };
        let mut asked = 0;
        for advice in RULES.iter().filter(|a| about_queues.iter().any(|q| a.says.contains(q))) {
            asked += 1;
            let found = (advice.offenders)(&reference);
            assert!(found.is_empty(), "{title}: \"{}\": {found:?}", advice.says);
        }
        assert_eq!(asked, about_queues.len());
    }
}

// S2.1: one story. The chain of the text, of the picture beside it and of the design are the same six.
#[test]
fn the_chain_of_the_text_is_the_chain_of_the_design() {
    let design: Design = toml::from_str(&read("designs/synchronous-chain.toml")).unwrap();
    let titles: Vec<String> = design
        .intakes
        .values()
        .flat_map(|intake| &intake.calls)
        .map(|call| design.services[call].title.clone().unwrap_or_else(|| call.clone()))
        .collect();
    assert_eq!(titles, ["order", "payment", "inventory", "e-mail", "shipping", "analytics"]);
    let text = section("naive-design#the-chain");
    assert!(text.contains(&format!("to {};", titles.join(", "))), "{text}");
}
