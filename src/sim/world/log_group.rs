//! Log groups in a run: the events that invocations, records and execution histories write, their
//! expiry, and the sensitive fields that they show (COST-09, SEC-15).
//!
//! AWS's own lines are as long as the examples below: a *model assumption* (MA-log-group-1).

use std::collections::{BTreeMap, VecDeque};

use super::exposure::Place;
use super::function::BatchId;
use super::id::{FunctionId, Id, IdOf, Numbered, WorkflowId};
use super::part::{Measure, Part};
use super::sensitive::{self, Fields};
use super::workflow::ThreadId;
use super::{PartId, PartKind, World};
use crate::aws::billing::Item;
use crate::aws::workflow::NodeId;
use crate::design::{self, CUSTOMER, Logged, ORDER};
use crate::kernel::time::{Span, Time};
use crate::snapshot::{LogView, PartView};

pub(crate) type LogGroupId = Id<design::LogGroup>;

/// A log group in a run.
#[derive(Debug, Clone)]
pub(crate) struct LogGroup {
    pub part: PartId,
    pub settings: Settings,
    pub state: State,
}

/// Settings of a log group in the design, with the sensitive fields that its policy masks.
#[derive(Debug, Clone)]
pub(crate) struct Settings {
    pub source: Source,
    pub logged: Logged,
    /// `None`: events never expire.
    pub retention: Option<Span>,
    /// Whether it has a data protection policy.
    pub scans: bool,
    /// By kind of order: the sensitive fields that the policy masks.
    pub masks: Vec<Fields>,
}

/// The part that writes to a log group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Source {
    Function(FunctionId),
    Workflow(WorkflowId),
}

/// State of a log group during a run.
#[derive(Debug, Clone, Default)]
pub(crate) struct State {
    pub ingested: Sums,
    pub expired: Sums,
    /// Stored events, by the hour of their ingestion.
    pub kept: VecDeque<(u64, Sums)>,
    /// Cache by node and kind of order: size of the data in bytes, and the sensitive fields in them.
    data: BTreeMap<(NodeId, usize), (u64, Fields)>,
}

/// Sums over log events.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Sums {
    pub events: u64,
    pub bytes: u64,
    /// Events that show a sensitive field.
    pub shown: u64,
    /// Events with a sensitive field that is masked.
    pub masked: u64,
}

impl Sums {
    fn add(&mut self, other: Self) {
        self.events += other.events;
        self.bytes += other.bytes;
        self.shown += other.shown;
        self.masked += other.masked;
    }
}

/// Lambda's lines about each invocation, in its text format.
const OF_INVOCATION: [&str; 3] = [
    "START RequestId: 5f1c2a3e-8d4b-4b7e-9a61-0c2d3e4f5a6b Version: $LATEST\n",
    "END RequestId: 5f1c2a3e-8d4b-4b7e-9a61-0c2d3e4f5a6b\n",
    "REPORT RequestId: 5f1c2a3e-8d4b-4b7e-9a61-0c2d3e4f5a6b\tDuration: 102.25 ms\tBilled Duration: 103 ms\t\
     Memory Size: 128 MB\tMax Memory Used: 40 MB\t\n",
];
/// A handler's line about a record, without the record itself.
const OF_RECORD: &str = r#"{"timestamp":"2026-01-01T00:00:00.000Z","level":"INFO","requestId":"5f1c2a3e-8d4b-4b7e-9a61-0c2d3e4f5a6b","id":"1234567"}"#;
/// Step Functions' line about an event, without its data.
const OF_EVENT: &str = r#"{"id":"12","type":"TaskStateEntered","details":{"name":"SomeState"},"previous_event_id":"11","event_timestamp":"1767225600000","execution_arn":"arn:aws:states:eu-west-1:111122223333:execution:machine:5f1c2a3e-8d4b-4b7e-9a61-0c2d3e4f5a6b"}"#;
/// Bytes that `PutLogEvents` adds to the text of each event; that they are billed is a *model assumption*
/// (MA-log-group-2).
const OVERHEAD: u64 = 26;
/// Compression ratio of stored events: a *model assumption* (MA-log-group-3).
const COMPRESSED_TO: u64 = 5;
const HOUR: u64 = 3_600_000_000;
const KB: u64 = 1_024;

impl LogGroup {
    fn now(&self) -> Sums {
        let mut sums = Sums::default();
        for (_, hour) in &self.state.kept {
            sums.add(*hour);
        }
        sums
    }

    /// Number of stored bytes, compressed.
    pub fn stored(&self) -> u64 {
        self.now().bytes / COMPRESSED_TO
    }

    /// Ingests events of a size in bytes; `fields` are the sensitive fields in each of them.
    fn take(
        &mut self,
        now: Time,
        (events, bytes): (u64, u64),
        class: usize,
        fields: Fields,
    ) -> Sums {
        let masks = self.settings.masks.get(class).copied().unwrap_or(0);
        let shown = fields & !masks != 0;
        let sums = Sums {
            events,
            bytes: events * (bytes + OVERHEAD),
            shown: if shown { events } else { 0 },
            masked: if fields & masks != 0 { events } else { 0 },
        };
        self.state.ingested.add(sums);
        let hour = now.0 / HOUR;
        match self.state.kept.back_mut() {
            Some((last, kept)) if *last == hour => kept.add(sums),
            _ => self.state.kept.push_back((hour, sums)),
        }
        sums
    }

    /// Deletes the events of every hour that ended at least one retention period ago. AWS may take up to
    /// three days longer; that the model does not is a *model assumption* (MA-log-group-4).
    fn expire(&mut self, now: Time) {
        let Some(retention) = self.settings.retention else { return };
        while let Some((hour, sums)) = self.state.kept.front().copied() {
            if Time((hour + 1) * HOUR) + retention > now {
                return;
            }
            self.state.kept.pop_front();
            self.state.expired.add(sums);
        }
    }
}

impl Numbered for LogGroup {
    type Design = design::LogGroup;
}

impl Part for LogGroup {
    const KIND: PartKind = PartKind::LogGroup;

    const COLUMNS: &[&str] =
        &["log_events", "ingested_bytes", "stored_bytes", "expired_events", "in_clear", "masked"];

    const MEASURES: &'static [Measure<Self>] = &[
        ("log_events", |_, l| l.state.ingested.events as f64),
        ("ingested_bytes", |_, l| l.state.ingested.bytes as f64),
        ("stored_bytes", |_, l| l.stored() as f64),
        ("expired_events", |_, l| l.state.expired.events as f64),
        ("in_clear", |_, l| l.now().shown as f64),
        ("masked", |_, l| l.now().masked as f64),
    ];

    fn part(&self) -> Option<PartId> {
        Some(self.part)
    }

    fn view(&self, _: &World, _: IdOf<Self>) -> Option<PartView> {
        let now = self.now();
        Some(PartView::LogGroup(LogView {
            events: self.state.ingested.events,
            ingested: self.state.ingested.bytes,
            stored: self.stored(),
            expired: self.state.expired.events,
            in_clear: now.shown,
            masked: now.masked,
            retention: self.settings.retention,
        }))
    }

    fn exposes(&self, _: &World) -> Option<(Place, u64)> {
        Some((Place::Logs, self.now().shown))
    }

    fn broken_invariant(&self, world: &World) -> Option<String> {
        let mut sums = self.now();
        sums.add(self.state.expired);
        (sums != self.state.ingested)
            .then(|| format!("{} has lost track of some log events", self.path(world)))
    }

    fn retune(&mut self, new: Self, _: &mut World) {
        self.settings = new.settings;
        // Other fields may be sensitive now.
        self.state.data.clear();
    }
}

impl World {
    /// Finds the log group of a source.
    fn log_of(&self, source: Source) -> Option<LogGroupId> {
        self.logs.position(|log| log.settings.source == source)
    }

    /// Writes events to a log group and counts them for the bill.
    fn log(&mut self, id: LogGroupId, what: (u64, u64), class: usize, fields: Fields) {
        let now = self.now;
        let log = &mut self.logs[id];
        let scans = log.settings.scans;
        let sums = log.take(now, what, class, fields);
        self.bill.count(Item::LogIngestion, sums.bytes);
        if scans {
            self.bill.count(Item::LogScans, sums.bytes);
        }
    }

    /// Writes Lambda's own lines about an invocation and the handler's line about each record. The handler
    /// logs all records before it works on the first one: a *model assumption* (MA-log-group-5).
    pub(super) fn log_invocation(&mut self, index: FunctionId, id: BatchId) {
        let Some(log) = self.log_of(Source::Function(index)) else { return };
        for line in OF_INVOCATION {
            self.log(log, (1, line.len() as u64), 0, 0);
        }
        let logged = self.logs[log].settings.logged;
        let count = self.batch(index, id).map_or(0, |batch| batch.records.len());
        for place in 0..count {
            let record = self.batch(index, id).and_then(|batch| batch.records.get(place).copied());
            let Some(record) = record else { continue };
            let message = record.message.and_then(|(ticket, _)| self.messages.of(ticket));
            let shape = message.map_or(record.shape, |message| message.shape);
            let class = self.class(record.order);
            let line = OF_RECORD.len() as u64;
            match logged {
                Logged::Nothing => {}
                Logged::Id => self.log(log, (1, line), class, 0),
                Logged::Event => {
                    let fields = self.sensitive.of(shape, class);
                    let bytes = line + self.bytes_of(shape, class) as u64;
                    self.log(log, (1, bytes), class, fields);
                }
            }
        }
    }

    /// Writes events of the execution of a thread.
    pub(super) fn log_history(&mut self, id: ThreadId, events: u32) {
        let Some((index, _, order)) = self.workflow_of(id) else { return };
        let Some(log) = self.log_of(Source::Workflow(index)) else { return };
        let class = self.class(order);
        let (bytes, fields) = match self.logs[log].settings.logged {
            Logged::Nothing => return,
            Logged::Id => (0, 0),
            Logged::Event => {
                let Some(node) = self.thread(id).map(|thread| thread.node) else { return };
                self.data_of(log, index, node, class)
            }
        };
        self.log(log, (u64::from(events), OF_EVENT.len() as u64 + bytes), class, fields);
    }

    /// Writes the last event of an execution, without its output: a *model assumption* (MA-log-group-6).
    pub(super) fn log_end(&mut self, index: WorkflowId, order: u32) {
        let Some(log) = self.log_of(Source::Workflow(index)) else { return };
        if self.logs[log].settings.logged != Logged::Nothing {
            let class = self.class(order);
            self.log(log, (1, OF_EVENT.len() as u64), class, 0);
        }
    }

    /// Returns the size of a node's data in bytes and the sensitive fields in them, computed once. Each event
    /// of a state carries the state's input: a *model assumption* (MA-log-group-6).
    fn data_of(
        &mut self,
        log: LogGroupId,
        index: WorkflowId,
        node: NodeId,
        class: usize,
    ) -> (u64, Fields) {
        if let Some(known) = self.logs[log].state.data.get(&(node, class)) {
            return *known;
        }
        let data = self.workflows[index].machine.program.borrow().input(node);
        let data = data.to_string();
        let texts = self.sensitive.texts.get(class).map_or(&[][..], Vec::as_slice);
        // A workflow's data come from an example order of each kind, with the number 1.
        let first = texts.iter().map(|text| text.replace(ORDER, "1").replace(CUSTOMER, "1"));
        let fields = sensitive::found(&first.collect::<Vec<_>>(), &data);
        let found = (data.len() as u64, fields);
        self.logs[log].state.data.insert((node, class), found);
        found
    }

    /// Deletes expired events and counts a minute of storage for the bill.
    pub(super) fn keep_logs(&mut self) {
        let now = self.now;
        for log in &mut self.logs {
            log.expire(now);
            self.bill.count(Item::LogStorage, log.stored().div_ceil(KB));
        }
    }
}

#[cfg(test)]
mod tests;
