//! Paths, claims and values of the files, in a learner's words.

use serde_json::Value;

use super::kind;
use super::run_view::RunView;
use super::setting;
use crate::sim::claim;
use crate::sim::design::{FaultSpec, PartKind, PartPath};
use crate::sim::fault::FaultKind;
use crate::sim::kernel::time::Span;

/// The name of the part at a path; other text stays as it is.
pub fn part(show: &RunView, path: &str) -> String {
    path.parse().map_or_else(|_| path.to_owned(), |path| name_of(show, &path))
}

/// The name of a part, with its kind where the title does not say it.
pub fn name_of(show: &RunView, path: &PartPath) -> String {
    let found = show.topology().number(path).map(|part| show.title_of(part));
    let rules = || show.draft.design.rules.get(&path.id).filter(|_| path.kind == PartKind::Rule);
    let rule = || rules().and_then(|rule| rule.title.as_deref());
    let title = found.or_else(rule).filter(|title| !title.is_empty()).unwrap_or(&path.id);
    let noun = path.kind.noun();
    let is_said = title.contains(noun) || title.ends_with("DLQ");
    if kind::profile(path.kind).is_named_with_kind && !is_said {
        format!("{title} {noun}")
    } else {
        title.to_owned()
    }
}

/// Maximum length of a document within a sentence.
const DOCUMENT: usize = 90;

/// The name of a setting: `inventory queue, visibility timeout`.
pub fn name(show: &RunView, path: &str) -> String {
    match path.rsplit_once('.') {
        Some(("load", "rate")) => format!("{} a second", show.noun().many),
        Some((owner, name)) => format!("{}, {}", part(show, owner), name.replace('_', " ")),
        None => path.replace('_', " "),
    }
}

/// A sentence of the simulator with names instead of paths.
pub fn without_paths(show: &RunView, sentence: &str) -> String {
    let is_path = |word: &str| {
        let mut steps = word.split('.');
        let (table, id) = (steps.next().unwrap_or_default(), steps.next().unwrap_or_default());
        let path = PartKind::of_table(table).map(|kind| kind.path(id));
        path.is_some_and(|path| show.draft.design.contains(&path))
    };
    let told = |word: &str| {
        let bare = word.trim_end_matches([':', ',', '.', ';', ')']);
        let rest = &word[bare.len()..];
        match bare.matches('.').count() {
            1 if is_path(bare) => format!("{}{rest}", part(show, bare)),
            2.. if is_path(bare) => format!("{}{rest}", name(show, bare)),
            _ => word.to_owned(),
        }
    };
    sentence.split(' ').map(told).collect::<Vec<_>>().join(" ")
}

/// `queues.inventory.visibility_timeout` and `25s`: `inventory queue, visibility timeout: 25 s`.
pub fn setting(show: &RunView, path: &str, value: &Value) -> String {
    let (_, last) = path.rsplit_once('.').unwrap_or(("", path));
    let value = match value {
        Value::Object(fields) => {
            let each = fields.iter().map(|(name, to)| {
                let to =
                    to.as_str().map_or_else(|| setting::words(to), |to| service(show, to).into());
                format!("{} → {to}", name.replace('-', " "))
            });
            each.collect::<Vec<_>>().join(", ").into()
        }
        Value::String(id) if last == "calls" => service(show, id).into(),
        Value::String(text) if text.starts_with('{') && text.chars().count() > DOCUMENT => {
            "a document, shown in the part's configuration".into()
        }
        other => setting::words(other),
    };
    format!("{}: {value}", name(show, path))
}

/// A fault in words: `shipping is down from 5 min to 25 min`.
pub fn breaks(show: &RunView, fault: &FaultSpec) -> String {
    let part = part(show, &fault.part);
    let rate = fault.rate.map_or(100.0, |rate| (rate * 100.0).round());
    let words = match fault.kind {
        FaultKind::Outage => format!("{part} is down"),
        FaultKind::Slow => format!("{part} takes {} times as long", fault.factor.unwrap_or(1)),
        FaultKind::Errors => format!("{rate} % of the calls of {part} fail"),
        FaultKind::Poison => match (fault.orders.unwrap_or(1), show.noun()) {
            (1, noun) => format!("1 {} comes that {part} can never process", noun.one),
            (many, noun) => format!("{many} {} come that {part} can never process", noun.many),
        },
        FaultKind::Duplicate => {
            let kind = fault.part.parse::<PartPath>().ok().map(|path| path.kind);
            if kind == Some(PartKind::Function) {
                format!("events come to {part} twice")
            } else if kind == Some(PartKind::Workflow) {
                format!("{part} runs each execution twice")
            } else {
                format!("{part} delivers messages twice")
            }
        }
        FaultKind::Crash => format!("{part} crashes in the middle of its work"),
        FaultKind::Throttle => format!("{part} throttles {rate} % of its calls"),
        FaultKind::Deny => format!("{part} lacks its permission"),
        FaultKind::WrongKey => format!("{part} is encrypted with the wrong key"),
        FaultKind::Stop => format!("{part} stands still"),
    };
    match fault.span.0.0 {
        0 => format!("{words}, after {}", fault.at.0),
        span => format!("{words}, from {} to {}", fault.at.0, Span(fault.at.0.0 + span)),
    }
}

fn service(show: &RunView, id: &str) -> String {
    name_of(show, &PartKind::Service.path(id))
}

/// A check of a goal in words.
pub fn check(show: &RunView, claim: &str) -> String {
    claim::words(claim, &show.draft.design, &|path| part(show, path))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::screens::live::tests::{LETTERS, panel};
    use serde_json::json;

    #[test]
    fn a_part_is_named_with_its_kind_where_its_title_does_not_say_it() {
        let stage = panel(LETTERS);
        let show = &stage.live().view;
        let named = ["queues.tray", "services.printer", "rules.all", "no path"];
        let named = named.map(|path| part(show, path));
        assert_eq!(named, ["tray queue", "printer", "all rule", "no path"]);
        assert_eq!(name(show, "load.rate"), "orders a second");
    }

    #[test]
    fn a_sentence_keeps_its_punctuation_and_words_that_are_no_paths() {
        let stage = panel(LETTERS);
        let told = without_paths(
            &stage.live().view,
            "queues.tray: 5s is less than functions.sorter.timeout, see example.com (queues.gone).",
        );
        let expected =
            "tray queue: 5s is less than sorter, timeout, see example.com (queues.gone).";
        assert_eq!(told, expected);
    }

    #[test]
    fn a_value_is_told_in_words_and_a_long_document_is_not_told_at_all() {
        let stage = panel(LETTERS);
        let show = &stage.live().view;
        let timeout = setting(show, "queues.tray.visibility_timeout", &json!("25s"));
        assert_eq!(timeout, "tray queue, visibility timeout: 25 s");
        let policy = json!(format!("{{{}}}", " ".repeat(DOCUMENT)));
        let policy = setting(show, "queues.tray.policy", &policy);
        assert!(policy.ends_with(": a document, shown in the part's configuration"), "{policy}");
    }

    #[test]
    fn a_fault_is_told_with_its_strength_and_its_time() {
        let stage = panel(LETTERS);
        let told = |fault: &str| breaks(&stage.live().view, &toml::from_str(fault).unwrap());
        let outage = "at = '5m'\nkind = 'outage'\npart = 'services.printer'\nfor = '20m'";
        assert_eq!(told(outage), "printer is down, from 5 min to 25 min");
        let errors = "at = '5m'\nkind = 'errors'\npart = 'services.printer'\nrate = 0.25";
        assert_eq!(told(errors), "25 % of the calls of printer fail, after 5 min");
        let poison = "at = '5m'\nkind = 'poison'\npart = 'functions.sorter'\norders = 2";
        assert_eq!(told(poison), "2 orders come that sorter can never process, after 5 min");
    }
}
