//! What the files write as paths, claims and values, as a learner reads it.

use serde_json::Value;

use super::knob;
use super::show::Show;
use crate::sim::claim;

/// What a part is called, with what it is where the name does not say it.
pub fn part(show: &Show, path: &str) -> String {
    let (table, id) = path.split_once('.').unwrap_or(("", path));
    let found = show.topology().find(path).map(|part| show.title_of(part));
    let rule = || show.draft.design.rules.get(id).and_then(|rule| rule.title.as_deref());
    let title = found.or_else(rule).filter(|title| !title.is_empty()).unwrap_or(id);
    let kind = match table {
        "queues" if !title.ends_with("DLQ") => "queue",
        "stores" => "store",
        "rules" => "rule",
        "topics" => "topic",
        "keys" => "key",
        _ => return title.to_owned(),
    };
    if title.contains(kind) { title.to_owned() } else { format!("{title} {kind}") }
}

/// `queues.inventory.visibility_timeout` and `25s`: `inventory queue, visibility timeout: 25 s`.
pub fn setting(show: &Show, path: &str, value: &Value) -> String {
    let (owner, name) = path.rsplit_once('.').unwrap_or(("", path));
    let value = match value {
        Value::Object(fields) => {
            let each = fields.iter().map(|(name, to)| {
                let to = to.as_str().map_or_else(|| knob::words(to), |to| service(show, to));
                format!("{} → {to}", name.replace('-', " "))
            });
            each.collect::<Vec<_>>().join(", ")
        }
        Value::String(id) if name == "calls" => service(show, id),
        other => knob::words(other),
    };
    format!("{}, {}: {value}", part(show, owner), name.replace('_', " "))
}

fn service(show: &Show, id: &str) -> String {
    part(show, &format!("services.{id}"))
}

/// A check of a goal.
pub fn check(show: &Show, claim: &str) -> String {
    claim::words(claim, &|path| part(show, path))
}
