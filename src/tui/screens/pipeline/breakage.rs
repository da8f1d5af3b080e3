//! What can be broken from the keyboard, found in the design itself: another design offers its own.

use crate::sim::fault::{Fault, FaultKind};
use crate::sim::kernel::time::{Span, Time};
use crate::sim::pipeline::{Part, PartId, PartKind, Topology, WireKind};

/// Keys there are for it.
const MOST: usize = 6;

/// One thing to break.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Breakage {
    pub kind: FaultKind,
    pub part: String,
    pub span: Span,
    /// What the key is called.
    pub label: String,
}

impl Breakage {
    pub fn fault(&self, at: Time) -> Fault {
        Fault::new(self.kind, &self.part, at, self.span)
    }

    /// What is said when it was broken.
    pub fn told(&self) -> String {
        match self.kind {
            FaultKind::Poison => {
                "The next order is poison: no handler will ever manage it.".to_owned()
            }
            _ => format!("{}, for {}.", self.label, self.span),
        }
    }
}

/// The most telling faults of a design: an outage under the workflow, a poison order, and so on.
pub fn list(topology: &Topology) -> Vec<Breakage> {
    let called = |kind: PartKind| -> Vec<&Part> {
        let mut services: Vec<PartId> = topology
            .wires
            .iter()
            .filter(|wire| wire.kind == WireKind::Call)
            .filter(|wire| topology.part(wire.from).is_some_and(|part| part.kind == kind))
            .map(|wire| wire.to)
            .collect();
        services.dedup();
        services.into_iter().filter_map(|id| topology.part(id)).collect()
    };
    let minute = Span::from_secs(60);
    let breakage = |kind, part: &Part, span, label: String| Breakage {
        kind,
        part: part.path.clone(),
        span,
        label,
    };
    let mut found = Vec::new();
    // What the workflow alone calls: an outage there shows what a workflow does about it.
    let by_functions = called(PartKind::Function);
    let mut under_workflow = called(PartKind::Workflow);
    under_workflow.retain(|part| !by_functions.iter().any(|other| other.path == part.path));
    let under_workflow =
        if under_workflow.is_empty() { called(PartKind::Workflow) } else { under_workflow };
    if let Some(first) = under_workflow.first().or(by_functions.first()) {
        found.push(breakage(FaultKind::Outage, first, minute, format!("{} outage", first.title)));
    }
    let handler = required_handler(topology);
    if let Some(handler) = handler {
        found.push(breakage(FaultKind::Poison, handler, Span::ZERO, "poison order".to_owned()));
    }
    // The last service a workflow calls: what was done before it must wait, or be undone.
    if let Some(other) = under_workflow.get(1..).and_then(<[_]>::last) {
        let label = format!("{} outage", other.title);
        found.push(breakage(FaultKind::Outage, other, minute.times(5), label));
    }
    if let Some(notified) = called(PartKind::Subscription).first() {
        let label = format!("{} slow", notified.title);
        found.push(breakage(FaultKind::Slow, notified, minute.times(2), label));
    }
    if let Some(handler) = handler {
        let label = format!("stop {}", handler.title);
        found.push(breakage(FaultKind::Stop, handler, minute, label));
    }
    let queue = topology.parts.iter().find(|part| part.kind == PartKind::Queue && part.required);
    if let Some(queue) = queue {
        let label = format!("{} duplicates", queue.title);
        found.push(breakage(FaultKind::Duplicate, queue, minute, label));
    }
    found.truncate(MOST);
    found
}

/// The function that consumes a required queue, or any.
fn required_handler(topology: &Topology) -> Option<&Part> {
    let polls = || topology.wires.iter().filter(|wire| wire.kind == WireKind::Poll);
    let required = polls().find(|wire| topology.part(wire.from).is_some_and(|part| part.required));
    required.or_else(|| polls().next()).and_then(|wire| topology.part(wire.to))
}
