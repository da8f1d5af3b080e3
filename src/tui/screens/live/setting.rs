//! The settings of a design, each with values worth trying.

use std::borrow::Cow;

use serde_json::{Value, json};

use super::kind::{self, Place};
use super::menu::Entry;
use crate::sim::aws::data_protection::Identifier;
use crate::sim::design::{Design, Duration, NONE, PartKind, PartPath, RETENTIONS};
use crate::sim::world::Topology;
use crate::tui::list::{Named, Row};
use crate::tui::piece::Piece;

/// The table of the incoming orders, which belongs to no part.
const LOAD: &str = "load";
/// Fields that are no settings: titles, connections, and what a part is.
const FIXED: [&str; 20] = [
    "claim_check",
    "title",
    "account",
    "required",
    "calls",
    "results",
    "definition",
    "cancelled_in",
    "bus",
    "targets",
    "topic",
    "queue",
    "function",
    "protocol",
    "source",
    "detail_type",
    "store",
    "side_effect",
    "orders",
    "input_paths_map",
];
/// What a composite alarm has no use for.
const OF_METRICS: [&str; 8] = [
    "part",
    "metric",
    "threshold",
    "comparison_operator",
    "period",
    "evaluation_periods",
    "datapoints_to_alarm",
    "treat_missing_data",
];
/// Lists that are turned as a whole.
const LISTS: [&str; 1] = ["data_identifiers"];
/// Steps of a duration, in milliseconds.
const TIMES: [u64; 26] = [
    0,
    100,
    250,
    500,
    1_000,
    2_000,
    5_000,
    8_000,
    10_000,
    20_000,
    30_000,
    45_000,
    60_000,
    90_000,
    120_000,
    180_000,
    300_000,
    360_000,
    600_000,
    900_000,
    1_800_000,
    3_600_000,
    21_600_000,
    43_200_000,
    345_600_000,
    1_209_600_000,
];
const COUNTS: [u64; 18] =
    [0, 1, 2, 3, 4, 5, 8, 10, 15, 20, 50, 100, 128, 185, 250, 500, 1_000, 10_000];

/// A setting with its current and its new value.
#[derive(Debug, Clone, PartialEq)]
pub struct Setting {
    /// `queues.inventory.visibility_timeout`.
    pub path: String,
    /// `visibility_timeout`.
    pub name: String,
    now: Value,
    values: Vec<Value>,
    at: usize,
}

impl Setting {
    /// The setting of a part, or of the load without one.
    fn new(owner: Option<&PartPath>, name: &str, now: &Value, design: &Design) -> Self {
        let path = match owner {
            Some(owner) => format!("{owner}.{name}"),
            None => format!("{LOAD}.{name}"),
        };
        // A policy is none, the console's, or one of its own; the console's stays available. A key always has
        // a policy.
        let is_key = owner.is_some_and(|owner| owner.kind == PartKind::Key);
        let mut values = match design.console_policy(&path) {
            Some(console) if is_key => vec![json!(console)],
            Some(console) => vec![json!(NONE), json!(console)],
            None => values(name, now, design),
        };
        let same =
            |value: &Value| *value == *now || millis(value).is_some_and(|m| Some(m) == millis(now));
        let at = values.iter().position(same).unwrap_or_else(|| {
            let place = values.iter().position(|value| is_less(now, value)).unwrap_or(values.len());
            values.insert(place, now.clone());
            place
        });
        Self { path, name: name.to_owned(), now: now.clone(), values, at }
    }

    fn turned(&mut self, more: bool) {
        let last = self.values.len().saturating_sub(1);
        self.at = if more { (self.at + 1).min(last) } else { self.at.saturating_sub(1) };
        // A switch has two values and wraps around.
        if self.values.len() == 2 && !self.is_turned() {
            self.at = usize::from(self.at == 0);
        }
    }

    /// The new value as experiments write it: an omitted one is `none`.
    pub fn value(&self) -> Value {
        match self.values.get(self.at) {
            None | Some(Value::Null) => json!("none"),
            Some(value) => value.clone(),
        }
    }

    /// Parses typed text as its value. A bare number means seconds where a duration is asked for, as in AWS's
    /// own settings.
    pub fn typed(&self, text: &str) -> Value {
        let is_span = self.now.as_str().is_some_and(|now| Duration::parse(now).is_some());
        match typed(text).as_u64() {
            Some(seconds) if is_span => json!(format!("{seconds}s")),
            _ => typed(text),
        }
    }

    /// Whether the new value differs from the current one.
    pub fn is_turned(&self) -> bool {
        self.values.get(self.at) != Some(&self.now)
    }

    /// The new value in words.
    pub fn words(&self) -> Cow<'_, str> {
        self.values.get(self.at).map(words).unwrap_or_default()
    }

    /// The current value in words.
    pub fn now_words(&self) -> Cow<'_, str> {
        words(&self.now)
    }
}

impl Named for Setting {
    fn names(&self) -> Cow<'_, str> {
        (self.name.replace('_', " ") + " " + &self.path).into()
    }
}

impl Entry for Setting {
    fn name(&self) -> &str {
        &self.name
    }

    fn value(&self) -> Option<Vec<Piece>> {
        if !self.is_turned() {
            return Some(vec![Piece::strong(format!("  {}", self.words()))]);
        }
        Some(vec![
            Piece::prediction(format!("  {}", self.words())),
            Piece::faint(format!("  ◆ now {}", self.now_words())),
        ])
    }

    fn turn(&mut self, more: bool) {
        self.turned(more);
    }

    fn asked(&self) -> Option<(String, String)> {
        Some((self.path.clone(), self.words().into_owned()))
    }
}

/// Formats a value in words.
pub fn words(value: &Value) -> Cow<'_, str> {
    match (millis(value), value) {
        (Some(0), _) => "0 s".into(),
        (Some(millis), _) => crate::sim::kernel::time::Span::from_millis(millis).to_string().into(),
        (None, Value::Bool(true)) => "yes".into(),
        (None, Value::Bool(false)) => "no".into(),
        (None, Value::Null) => "none".into(),
        (None, Value::Array(list)) if list.is_empty() => "none".into(),
        (None, Value::Array(list)) => list.iter().map(words).collect::<Vec<_>>().join(", ").into(),
        (None, Value::String(text)) if text.is_empty() => "\"\"".into(),
        (None, Value::String(text)) => text.into(),
        (None, other) => other.to_string().into(),
    }
}

fn millis(value: &Value) -> Option<u64> {
    let text = value.as_str()?;
    Duration::parse(text).map(|duration| duration.0.as_millis())
}

fn is_less(a: &Value, b: &Value) -> bool {
    match (millis(a), millis(b)) {
        (Some(a), Some(b)) => a < b,
        _ => a.as_f64().unwrap_or(-1.0) < b.as_f64().unwrap_or(-1.0),
    }
}

/// The values worth trying for a field.
fn values(name: &str, now: &Value, design: &Design) -> Vec<Value> {
    let counts = || COUNTS.iter().map(|count| json!(count)).collect::<Vec<_>>();
    let words = |words: &[&str]| words.iter().map(|word| json!(word)).collect::<Vec<_>>();
    let or_none = |mut values: Vec<Value>| {
        values.insert(0, Value::Null);
        values
    };
    match name {
        "type" => words(&["STANDARD", "EXPRESS"]),
        "batch_response" => words(&["failures", "nothing", "malformed"]),
        "filter_policy_scope" => words(&["MessageAttributes", "MessageBody"]),
        "treat_missing_data" => words(&["missing", "ignore", "breaching", "notBreaching"]),
        "kms_master_key_id" => {
            let mut keys = vec![Value::Null, json!("alias/aws/sqs")];
            keys.extend(design.keys.keys().map(|key| json!(format!("keys.{key}"))));
            keys
        }
        "dlq" => or_none(design.queues.keys().map(|queue| json!(queue)).collect()),
        "on_success" | "on_failure" => or_none(destinations(design)),
        "max_receive_count"
        | "maximum_concurrency"
        | "reserved_concurrent_executions"
        | "num_retries"
        | "datapoints_to_alarm" => {
            let mut values = counts();
            values.retain(|value| *value != json!(0) || name.starts_with("reserved"));
            or_none(values)
        }
        "heartbeat" => or_none(TIMES.iter().skip(4).map(|ms| json!(format!("{ms}ms"))).collect()),
        "logs" => words(&["nothing", "id", "event"]),
        "retention_in_days" => or_none(RETENTIONS.iter().map(|days| json!(days)).collect()),
        "data_identifiers" => {
            let each = Identifier::ALL.map(|identifier| json!([identifier.name()]));
            [json!([])].into_iter().chain(each).collect()
        }
        // A lifecycle rule counts days.
        "expires_after" => or_none([1, 2, 4, 7, 14, 30].map(|d| json!(format!("{d}d"))).to_vec()),
        "invocation_type" => or_none(words(&["REQUEST_RESPONSE", "FIRE_AND_FORGET"])),
        "fifo_throughput_limit" => or_none(words(&["perQueue", "perMessageGroupId"])),
        "deduplication_scope" => or_none(words(&["queue", "messageGroup"])),
        _ if now.is_boolean() => vec![json!(false), json!(true)],
        _ if millis(now).is_some() => TIMES.iter().map(|ms| json!(format!("{ms}ms"))).collect(),
        _ if now.is_number() => counts(),
        _ => vec![now.clone()],
    }
}

/// The parts that take records of a function's invocations.
fn destinations(design: &Design) -> Vec<Value> {
    let kinds = [PartKind::Queue, PartKind::Topic, PartKind::Function, PartKind::Bus];
    let paths = kinds.map(|kind| design.ids(kind).into_iter().map(move |id| kind.path(id)));
    paths.into_iter().flatten().map(|path| json!(path)).collect()
}

/// Which settings a list holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    All,
    /// One's own configuration: neither the load nor services of other teams.
    Own,
}

/// Lists the settings of a design: first those of the selected part, then of the parts that belong to it.
pub fn list(
    design: &Design,
    topology: &Topology,
    first: Option<&PartPath>,
    scope: Scope,
) -> Vec<Row<Setting>> {
    // Defaults that the console fills in are listed as the console writes them.
    let Ok(tree) = serde_json::to_value(design.written_out()) else { return Vec::new() };
    let mut parts: Vec<(PartPath, Vec<Row<Setting>>)> = Vec::new();
    for kind in kind::with_settings() {
        let is_own = kind::profile(kind).place != Place::Service;
        let Some(of_kind) = tree.get(kind.table()).and_then(Value::as_object) else { continue };
        for (id, part) in of_kind.iter().filter(|_| is_own || scope == Scope::All) {
            let path = kind.path(id);
            let settings = part.as_object().into_iter().flatten();
            let found: Vec<Row<Setting>> = settings
                .filter(|(name, value)| {
                    let is_list = value.is_array() && !LISTS.contains(&name.as_str());
                    let is_idle = match part.get("alarm_rule") {
                        Some(Value::Null) => name.as_str() == "alarm_rule",
                        Some(_) => OF_METRICS.contains(&name.as_str()),
                        None => false,
                    };
                    !FIXED.contains(&name.as_str()) && !value.is_object() && !is_list && !is_idle
                })
                .map(|(name, value)| Row::Item(Setting::new(Some(&path), name, value, design)))
                .collect();
            if !found.is_empty() {
                parts.push((path, found));
            }
        }
    }
    parts.sort_by_key(|(path, _)| match first {
        Some(first) if path == first => 0,
        Some(first) if belongs(&tree, path, first) => 1,
        Some(_) | None => 2,
    });
    let mut items = Vec::new();
    for (path, found) in parts {
        items.push(Row::Heading(heading(topology, &path).into()));
        items.extend(found);
    }
    if scope == Scope::All {
        let rate = Setting::new(None, "rate", &tree[LOAD]["rate"], design);
        items.extend([Row::Heading(LOAD.into()), Row::Item(rate)]);
    }
    items
}

/// The title of a part and its path.
fn heading(topology: &Topology, path: &PartPath) -> String {
    let part = topology.number(path).and_then(|id| topology.part(id));
    match part {
        Some(part) => format!("{} · {path}", part.title),
        // A part that the picture does not show has no title.
        None if kind::profile(path.kind).is_named_with_kind => {
            format!("{} {} · {path}", path.id, path.kind.noun())
        }
        None => path.to_string(),
    }
}

/// Whether a part belongs to another: a rule to its bus, a function to its queue, an alarm to what it
/// watches.
fn belongs(tree: &Value, path: &PartPath, to: &PartPath) -> bool {
    let part = &tree[path.kind.table()][&path.id];
    let is_named = |field: &str| part[field] == to.id.as_str();
    kind::profile(to.kind).owned_by.is_some_and(is_named) || part["part"] == to.to_string()
}

/// The paths of the settings in which two designs differ.
pub fn differences(before: &Design, after: &Design) -> Vec<String> {
    let tree = |design: &Design| serde_json::to_value(design).unwrap_or_default();
    let (before, after) = (tree(before), tree(after));
    let mut found = Vec::new();
    for (table, parts) in after.as_object().into_iter().flatten() {
        for (id, part) in parts.as_object().into_iter().flatten() {
            for (name, value) in part.as_object().into_iter().flatten() {
                if before[table][id].get(name) != Some(value) {
                    found.push(format!("{table}.{id}.{name}"));
                }
            }
        }
    }
    found
}

/// Parses typed text: a switch, a number, or text.
fn typed(text: &str) -> Value {
    match text.trim() {
        "yes" | "true" => json!(true),
        "no" | "false" => json!(false),
        _ => {
            let text = joined(text);
            text.parse::<u64>().map_or_else(|_| json!(text), |count| json!(count))
        }
    }
}

/// Parses a typed duration; a bare number means seconds.
pub fn duration(text: &str) -> Option<Duration> {
    let text = joined(text);
    Duration::parse(&text).or_else(|| Duration::parse(&format!("{text}s")))
}

/// Turns a displayed duration (`5 min`) into the form of the files (`5m`).
fn joined(text: &str) -> String {
    let text = text.trim();
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic() || c == ' ');
    let unit = text[digits.len()..].trim();
    match digits.parse::<u64>() {
        Ok(count) if unit == "min" => format!("{count}m"),
        Ok(count) => format!("{count}{unit}"),
        Err(_) => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn setting(path: &str) -> Setting {
        let design: Design = toml::from_str(
            "[queues.work]\nvisibility_timeout = '33s'\n[queues.dead]\n[workflows.w]\n[logs.l]\n",
        )
        .unwrap();
        let items = list(&design, &Topology::default(), None, Scope::All);
        let found = items.into_iter().find_map(|item| match item {
            Row::Item(setting) if setting.path == path => Some(setting),
            _ => None,
        });
        found.unwrap()
    }

    #[test]
    fn a_setting_is_turned_through_values_and_its_own_is_among_them() {
        let mut timeout = setting("queues.work.visibility_timeout");
        assert_eq!((&*timeout.words(), timeout.is_turned()), ("33 s", false));
        timeout.turn(true);
        assert_eq!((timeout.value(), timeout.is_turned()), (json!("45000ms"), true));
        timeout.turn(false);
        timeout.turn(false);
        assert_eq!(timeout.words(), "30 s");
        for _ in 0..99 {
            timeout.turn(false);
        }
        assert_eq!(timeout.words(), "0 s");
    }

    #[test]
    fn the_identifiers_of_a_log_groups_policy_are_turned_one_by_one() {
        let mut masks = setting("logs.l.data_identifiers");
        assert_eq!((&*masks.words(), masks.value()), ("none", json!([])));
        masks.turn(true);
        assert_eq!(masks.words(), "CreditCardNumber");
        assert_eq!(masks.value(), json!(["CreditCardNumber"]));
        let mut logged = setting("logs.l.logs");
        logged.turn(true);
        assert_eq!(logged.words(), "id");
        let mut days = setting("logs.l.retention_in_days");
        days.turn(true);
        assert_eq!(days.value(), json!(1));
    }

    #[test]
    fn what_may_be_left_out_can_be_none_and_a_switch_goes_round() {
        let mut count = setting("queues.work.max_receive_count");
        assert_eq!(count.words(), "none");
        count.turn(true);
        assert_eq!(count.value(), json!(1));
        count.turn(false);
        assert_eq!(count.value(), json!("none"));
        let mut fifo = setting("queues.work.fifo_queue");
        fifo.turn(false);
        assert_eq!(fifo.value(), json!(true));
        let mut kind = setting("workflows.w.type");
        kind.turn(true);
        assert_eq!(kind.value(), json!("EXPRESS"));
        let mut policy = setting("queues.work.policy");
        assert!(policy.words().contains("arn:aws:iam::111122223333:root"), "the console's");
        policy.turn(false);
        assert_eq!(policy.value(), json!("none"));
        let mut dlq = setting("queues.work.dlq");
        dlq.turn(true);
        assert_eq!(dlq.value(), json!("dead"));
    }

    #[test]
    fn a_bare_number_is_seconds_where_a_span_is_asked_for() {
        let visibility = setting("queues.work.visibility_timeout");
        assert_eq!(visibility.typed("45"), json!("45s"));
        assert_eq!(visibility.typed("2 min"), json!("2m"));
        assert_eq!(visibility.typed("banana"), json!("banana"));
        assert_eq!(setting("queues.work.max_receive_count").typed("3"), json!(3));
        assert_eq!(duration("90"), Some(Duration::from_secs(90)));
        assert_eq!(duration("banana"), None);
    }
}
