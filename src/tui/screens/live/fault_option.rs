//! The faults that the keyboard can inject, derived from the design.

use std::borrow::Cow;

use serde_json::Value;

use super::menu::Entry;
use super::setting;
use crate::sim::design::{Design, Noun, PartPath, SideEffect};
use crate::sim::fault::{Fault, FaultKind};
use crate::sim::kernel::time::{Span, Time};
use crate::sim::timeline::Intervention;
use crate::sim::world::{Part, PartId, PartKind, Topology, WireKind};
use crate::tui::list::{Named, Row};
use crate::tui::piece::Piece;

/// Number of keys that inject a fault at once.
const MOST: usize = 6;

/// Durations to choose from, in seconds.
const SPANS: [u64; 9] = [5, 10, 30, 60, 120, 300, 600, 1_200, 3_600];

/// A fault to inject.
#[derive(Debug, Clone, PartialEq)]
pub struct FaultOption {
    pub what: What,
    pub part: PartPath,
    pub span: Span,
    /// The label of its key.
    pub label: Cow<'static, str>,
    /// Its strength: a factor, a percentage of calls, or a number of orders.
    pub strength: u32,
}

/// What happens to the part.
#[derive(Debug, Clone, PartialEq)]
pub enum What {
    Fault(FaultKind),
    /// A misspelled event pattern: a change, not a fault.
    Pattern(String),
}

impl FaultOption {
    fn new(kind: FaultKind, part: &Part, span: Span, label: impl Into<Cow<'static, str>>) -> Self {
        let label = label.into();
        let strength = match kind {
            FaultKind::Slow => 10,
            FaultKind::Errors => 40,
            FaultKind::Throttle => 100,
            FaultKind::Outage
            | FaultKind::Poison
            | FaultKind::Duplicate
            | FaultKind::Crash
            | FaultKind::Deny
            | FaultKind::WrongKey
            | FaultKind::Stop => 1,
        };
        Self { what: What::Fault(kind), part: part.path.clone(), span, label, strength }
    }

    /// The intervention that injects it.
    pub fn intervention(&self, at: Time) -> Intervention {
        let kind = match &self.what {
            What::Pattern(pattern) => {
                let path = format!("{}.event_pattern", self.part);
                return Intervention::Change(path, Value::String(pattern.clone()));
            }
            What::Fault(kind) => *kind,
        };
        let mut fault = Fault::new(kind, self.part.clone(), at, self.span);
        match kind {
            FaultKind::Slow => fault.factor = Some(self.strength),
            FaultKind::Errors | FaultKind::Throttle => {
                fault.per_million = Some(self.strength * 10_000);
            }
            FaultKind::Poison => fault.orders = Some(self.strength),
            FaultKind::Outage
            | FaultKind::Duplicate
            | FaultKind::Crash
            | FaultKind::Deny
            | FaultKind::WrongKey
            | FaultKind::Stop => {}
        }
        Intervention::Break(fault)
    }

    /// Makes it longer or shorter, or changes the number of orders.
    fn turned(&mut self, more: bool) {
        if matches!(self.what, What::Pattern(_)) {
            return;
        }
        if self.what == What::Fault(FaultKind::Poison) {
            self.strength = if more { self.strength + 1 } else { self.strength.max(2) - 1 };
            return;
        }
        let place = SPANS.iter().position(|seconds| *seconds >= self.span.as_secs());
        let place = place.unwrap_or(SPANS.len() - 1);
        let place = if more { place + 1 } else { place.saturating_sub(1) };
        self.span = Span::from_secs(SPANS.get(place).copied().unwrap_or(3_600));
    }

    /// Whether it has a duration.
    pub fn has_span(&self) -> bool {
        matches!(self.what, What::Fault(kind) if kind != FaultKind::Poison)
    }

    /// Sets the duration from typed text, or returns a sentence that says what is wrong.
    pub fn last_for(&mut self, text: &str) -> Result<(), String> {
        let span = setting::duration(text).filter(|span| span.0.0 > 0);
        let span = span.ok_or_else(|| {
            format!("{text:?} is not a duration: write a number and ms, s, m, h or d, such as 5m.")
        })?;
        self.span = span.0;
        Ok(())
    }

    /// Strength and duration in words.
    pub fn strength_words(&self) -> Cow<'static, str> {
        match &self.what {
            What::Pattern(_) => "from now on".into(),
            What::Fault(FaultKind::Poison) if self.strength == 1 => "the next one".into(),
            What::Fault(FaultKind::Poison) => format!("the next {}", self.strength).into(),
            What::Fault(FaultKind::Slow) => {
                format!("{}× as slow, {}", self.strength, self.span).into()
            }
            What::Fault(FaultKind::Errors | FaultKind::Throttle) => {
                format!("{} % of calls, {}", self.strength, self.span).into()
            }
            What::Fault(
                FaultKind::Outage
                | FaultKind::Duplicate
                | FaultKind::Crash
                | FaultKind::Deny
                | FaultKind::WrongKey
                | FaultKind::Stop,
            ) => self.span.to_string().into(),
        }
    }

    /// The notice after injecting it into the part with this title.
    pub fn told(&self, title: &str, noun: &Noun) -> String {
        match &self.what {
            What::Fault(FaultKind::Poison) if self.strength == 1 => {
                format!("The next {} is poison: no handler can ever process it.", noun.one)
            }
            _ => {
                let part =
                    if self.label.contains(title) { String::new() } else { format!("{title}, ") };
                format!("{part}{}: {}. u undoes it.", self.label, self.strength_words())
            }
        }
    }
}

impl Named for FaultOption {
    fn names(&self) -> Cow<'_, str> {
        Cow::Borrowed(&self.label)
    }
}

impl Entry for FaultOption {
    fn name(&self) -> &str {
        &self.label
    }

    fn value(&self) -> Option<Vec<Piece>> {
        Some(vec![Piece::retrying(format!("  {}", self.strength_words()))])
    }

    fn turn(&mut self, more: bool) {
        self.turned(more);
    }

    fn asked(&self) -> Option<(String, String)> {
        let now = self.has_span().then(|| self.span.to_string())?;
        Some((format!("{} for", self.label), now))
    }
}

/// Every fault of the design, those of the selected part first.
pub fn all(
    design: &Design,
    topology: &Topology,
    first: Option<&PartPath>,
) -> Vec<Row<FaultOption>> {
    let mut parts: Vec<(&Part, Vec<Row<FaultOption>>)> = Vec::new();
    for part in &topology.parts {
        let can = |kind: &FaultKind| design.fault_refusal(*kind, &part.path).is_none();
        let kinds = FaultKind::ALL.into_iter().filter(|kind| kind.fits(part.kind()) && can(kind));
        let items: Vec<Row<FaultOption>> = kinds
            .map(|kind| {
                let span = Span::from_secs(60);
                let label = match (kind, part.kind()) {
                    (FaultKind::Errors, PartKind::Worker) => "some tries fail".into(),
                    (FaultKind::Duplicate, PartKind::Function) => "events come twice".into(),
                    (FaultKind::Duplicate, PartKind::Workflow) => "executions run twice".into(),
                    (FaultKind::Poison, _) => format!("poison {}", design.load.noun.many).into(),
                    _ => Cow::from(kind_words(kind)),
                };
                Row::Item(FaultOption::new(kind, part, span, label))
            })
            .collect();
        if !items.is_empty() {
            parts.push((part, items));
        }
    }
    parts.sort_by_key(|(part, _)| Some(&part.path) != first);
    let mut rows = Vec::new();
    for (part, found) in parts {
        rows.push(Row::Heading(format!("{} · {}", part.title, part.path).into()));
        rows.extend(found);
    }
    for (id, rule) in &design.rules {
        let Some(pattern) = misspelled(&rule.event_pattern) else { continue };
        let part = PartKind::Rule.path(id);
        rows.push(Row::Heading(part.to_string().into()));
        rows.push(Row::Item(FaultOption {
            what: What::Pattern(pattern),
            part,
            span: Span::ZERO,
            label: "wrong event pattern".into(),
            strength: 1,
        }));
    }
    rows
}

fn kind_words(kind: FaultKind) -> &'static str {
    match kind {
        FaultKind::Outage => "outage",
        FaultKind::Slow => "slow",
        FaultKind::Errors => "some calls fail",
        FaultKind::Poison => "poison",
        FaultKind::Duplicate => "delivers duplicates",
        FaultKind::Crash => "dies after its side effects",
        FaultKind::Throttle => "throttles",
        FaultKind::Deny => "permission missing",
        FaultKind::WrongKey => "wrong KMS key",
        FaultKind::Stop => "stopped",
    }
}

/// The pattern with its first letter in the other case: patterns are case-sensitive, so it matches nothing
/// (EB-21).
fn misspelled(pattern: &str) -> Option<String> {
    let mut tree: Value = serde_json::from_str(pattern).ok()?;
    let text = first_text(&mut tree)?;
    let mut characters = text.chars();
    let first = characters.next()?;
    let other: String = if first.is_uppercase() {
        first.to_lowercase().collect()
    } else {
        first.to_uppercase().collect()
    };
    *text = format!("{other}{}", characters.as_str());
    Some(tree.to_string())
}

fn first_text(tree: &mut Value) -> Option<&mut String> {
    match tree {
        Value::String(text) => Some(text).filter(|text| !text.is_empty()),
        Value::Array(items) => items.iter_mut().find_map(first_text),
        Value::Object(fields) => fields.iter_mut().map(|(_, value)| value).find_map(first_text),
        _ => None,
    }
}

/// The most instructive faults of a design: an outage below the workflow, a poison order, and so on.
pub fn list(design: &Design, topology: &Topology) -> Vec<FaultOption> {
    let called = |kind: PartKind| called_by(topology, kind);
    let minute = Span::from_secs(60);
    let fault_option = FaultOption::new;
    let mut found = Vec::new();
    // A service that only the workflow calls: its outage shows how a workflow copes.
    let by_functions = [called(PartKind::Function), called(PartKind::Worker)].concat();
    let under_workflow = under_workflow(design, topology, &by_functions);
    let at_the_door = called(PartKind::Intake);
    if under_workflow.is_empty() && by_functions.is_empty() {
        // A synchronous chain: any service it calls stops everything.
        for service in at_the_door.iter().take(MOST) {
            let label = format!("{} outage", service.title);
            found.push(fault_option(FaultKind::Outage, service, minute, label));
        }
    }
    if let Some(first) = under_workflow.first().or(by_functions.first()) {
        found.push(fault_option(
            FaultKind::Outage,
            first,
            minute,
            format!("{} outage", first.title),
        ));
    }
    let handler = required_handler(topology);
    if let Some(handler) = handler {
        let label = format!("poison {}", design.load.noun.one);
        found.push(fault_option(FaultKind::Poison, handler, Span::ZERO, label));
    }
    // The last service a workflow calls: the steps before it must wait or be undone.
    if let Some(other) = under_workflow.get(1..).and_then(<[_]>::last) {
        let label = format!("{} outage", other.title);
        found.push(fault_option(FaultKind::Outage, other, minute.times(5), label));
    }
    if let Some(notified) = called(PartKind::Subscription).first() {
        let label = format!("{} slow", notified.title);
        found.push(fault_option(FaultKind::Slow, notified, minute.times(2), label));
    }
    if let Some(handler) = handler {
        let label = format!("stop {}", handler.title);
        found.push(fault_option(FaultKind::Stop, handler, minute, label));
    }
    let queue = topology.parts.iter().find(|part| part.kind() == PartKind::Queue && part.required);
    if let Some(queue) = queue {
        let label = format!("{} duplicates", queue.title);
        found.push(fault_option(FaultKind::Duplicate, queue, minute, label));
    }
    found.truncate(MOST);
    found
}

/// The services that parts of a kind call.
fn called_by(topology: &Topology, kind: PartKind) -> Vec<&Part> {
    let mut services: Vec<PartId> = topology
        .wires
        .iter()
        .filter(|wire| wire.kind == WireKind::Call)
        .filter(|wire| topology.part(wire.from).is_some_and(|part| part.kind() == kind))
        .map(|wire| wire.to)
        .collect();
    services.dedup();
    services.into_iter().filter_map(|id| topology.part(id)).collect()
}

/// The services that only a workflow calls, or else all that it calls.
fn under_workflow<'a>(
    design: &Design,
    topology: &'a Topology,
    by_functions: &[&Part],
) -> Vec<&'a Part> {
    let all = called_by(topology, PartKind::Workflow);
    let mut alone = all.clone();
    alone.retain(|part| !by_functions.iter().any(|other| other.path == part.path));
    let effects = design.all_effects();
    // A service that only undoes is idle until something else has failed.
    alone.retain(|part| {
        let named = design.services.get(part.id()).and_then(|it| it.side_effect.as_deref());
        !matches!(effects.of(named), SideEffect::Undoes(_))
    });
    if alone.is_empty() { all } else { alone }
}

/// The consumer of a required queue, or else of any queue.
fn required_handler(topology: &Topology) -> Option<&Part> {
    let polls = || topology.wires.iter().filter(|wire| wire.kind == WireKind::Poll);
    let required = polls().find(|wire| topology.part(wire.from).is_some_and(|part| part.required));
    required.or_else(|| polls().next()).and_then(|wire| topology.part(wire.to))
}

#[cfg(test)]
mod tests {
    use crate::tui::keymap::Intent;
    use crate::tui::screens::live::tests::{LETTERS, panel};

    #[test]
    fn a_fault_is_turned_typed_and_done() {
        let stage = panel(LETTERS).at("20s").press(&[Intent::Faults, Intent::Search]);
        let mut stage = stage.typed("printer outage").press(&[Intent::GoOn]);
        assert!(stage.line("▸ outage").ends_with("60 s"), "{}", stage.line("▸ outage"));
        stage = stage.press(&[Intent::More]);
        assert!(stage.line("▸ outage").ends_with("2 min"), "{}", stage.line("▸ outage"));
        stage = stage.press(&[Intent::TypeValue]).typed("90s").press(&[Intent::GoOn]);
        assert!(stage.line("▸ outage").ends_with("90 s"), "{}", stage.line("▸ outage"));
        let notice = stage.pressed(Intent::GoOn).notice;
        assert_eq!(notice.as_deref(), Some("printer, outage: 90 s. u undoes it."));
        assert!(stage.does(Intent::Undo));
    }

    #[test]
    fn keys_break_what_tells_most_and_there_are_no_more_than_six() {
        let keys = panel(LETTERS).size(170, 40).line("break ");
        assert!(keys.contains("1 printer outage") && !keys.contains('7'), "{keys}");
    }
}
