//! Access to the parts of a design regardless of their kind: mistakes, policies, configuration and ARNs.

use super::answers::{Answers, Configuration};
use super::check::Checker;
use super::message::uuid;
use super::part::Part;
use super::path::every_table;
use super::policy::is_policy;
use super::{ACCOUNT, Design, Experiment, Mistake, PartKind, PartPath, REGION};
use crate::assumption::Assumption;
use crate::fault::FaultKind;
use serde_json::{Value, json};

macro_rules! tables {
    ($($kind:ident $table:ident $noun:literal,)+) => {
        impl Design {
            /// The part at a path; `None` for clients, which have no settings of their own.
            pub(crate) fn part(&self, path: &PartPath) -> Option<&dyn Part> {
                match path.kind {
                    PartKind::Client => None,
                    $(PartKind::$kind => self.$table.get(&path.id).map(|part| part as &dyn Part),)+
                }
            }

            /// Every part, table by table, sorted by id within each table.
            pub(crate) fn parts(&self) -> Vec<(PartPath, &dyn Part)> {
                let mut parts: Vec<(PartPath, &dyn Part)> = Vec::new();
                $(for (id, part) in &self.$table {
                    parts.push((PartKind::$kind.path(id), part));
                })+
                parts
            }

            fn parts_mut(&mut self) -> Vec<(PartPath, &mut dyn Part)> {
                let mut parts: Vec<(PartPath, &mut dyn Part)> = Vec::new();
                $(for (id, part) in &mut self.$table {
                    parts.push((PartKind::$kind.path(id), part));
                })+
                parts
            }
        }

        impl PartKind {
            /// Model assumptions about parts of this kind; about clients, those about every run.
            #[must_use]
            pub fn assumptions(self) -> &'static [Assumption] {
                match self {
                    Self::Client => Experiment::ASSUMES,
                    $(Self::$kind => super::$kind::ASSUMES,)+
                }
            }
        }
    };
}
every_table!(tables);

impl Design {
    /// Every mistake in the design. `documents` holds the workflow definitions by file name.
    #[must_use]
    pub fn mistakes(&self, documents: &[(String, String)]) -> Vec<Mistake> {
        let mut checker = Checker::new(self, documents);
        checker.load();
        checker.intakes();
        checker.organization();
        checker.sizes();
        checker.effects();
        for (path, part) in self.parts() {
            part.check(&path.id, &mut checker);
        }
        checker.required();
        checker.into_mistakes()
    }

    /// The design with the console's policies in place of omitted ones.
    #[must_use]
    pub fn written_out(&self) -> Self {
        let mut written = self.clone();
        for (path, part) in written.parts_mut() {
            let Some(original) = self.part(&path) else { continue };
            for (field, policy) in part.policies() {
                if policy.is_none() {
                    *policy = original.console_policy(field, &path.id, self);
                }
            }
        }
        written
    }

    /// Policy that the console writes at a path such as `queues.inventory.policy`; `None` if it writes none,
    /// or if the path is not that of a policy.
    #[must_use]
    pub fn console_policy(&self, path: &str) -> Option<String> {
        let (part, field) = path.rsplit_once('.').filter(|_| is_policy(path))?;
        let path: PartPath = part.parse().ok()?;
        self.part(&path)?.console_policy(field, &path.id, self)
    }

    /// Configuration of the part at a path, as AWS's commands return it; empty if the design has no such
    /// part. `documents` holds the workflow definitions by file name.
    #[must_use]
    pub fn configuration(&self, path: &str, documents: &[(String, String)]) -> Vec<Configuration> {
        let Ok(path) = path.parse::<PartPath>() else { return Vec::new() };
        let design = self.written_out();
        let mut answers = Answers::new(&design, documents);
        if path.kind == PartKind::Client {
            answers.ours(&json!({ "rate": design.load.rate, "customers": design.load.customers }));
        } else if let Some(part) = design.part(&path) {
            part.configuration(&path.id, &mut answers);
        }
        answers.into_all()
    }

    /// Event that a bus delivers for an order's detail (EB-09). The model supports one publisher per bus;
    /// without a publisher, the event has no source.
    #[must_use]
    pub fn event(&self, bus: &str, detail: &Value) -> Value {
        let path = PartKind::Bus.path(bus);
        let parts = self.parts();
        let mut publishers = parts.iter().filter(|(_, part)| part.hands_to().contains(&path));
        // Rules forward an event unchanged, so the first bus decides. In a cycle, no bus is the first.
        let before = self.buses_before(bus);
        let first = before.iter().find(|before| self.buses_before(before).is_empty());
        if let Some(first) = first {
            return self.event(first, detail);
        }
        let publisher =
            publishers.find_map(|(from, part)| Some((from, part, part.publishes_to(&path)?)));
        let (source, detail_type) = publisher.map_or(("", ""), |(_, _, publication)| publication);
        let sent =
            publisher.and_then(|(from, part, _)| part.sends_to(&from.id, &path, detail, self));
        json!({ "version": "0", "id": uuid("e7e7"), "detail-type": detail_type, "source": source,
                "account": ACCOUNT, "time": "2026-01-01T00:00:00Z", "region": REGION,
                "resources": [], "detail": sent.unwrap_or_else(|| detail.clone()) })
    }

    /// Why the part at a path cannot have a fault, in a sentence; `None` if it can.
    #[must_use]
    pub fn fault_refusal(&self, kind: FaultKind, path: &PartPath) -> Option<String> {
        if !kind.fits(path.kind) {
            return Some(format!("{path} cannot have the fault {}.", kind.word()));
        }
        let reason = self.part(path)?.fault_refusal(kind, &path.id, self)?;
        Some(format!("{path} cannot have the fault {}: {reason}.", kind.word()))
    }

    /// ARN of a part; `None` if the design does not have it, or if it is not an AWS resource.
    #[must_use]
    pub fn part_arn(&self, path: &PartPath) -> Option<String> {
        self.part(path)?.arn(&path.id, self)
    }

    /// ARN of a part that is an AWS resource, as all recipients of messages are; empty for any other part.
    #[must_use]
    pub fn target_arn(&self, path: &PartPath) -> String {
        self.part_arn(path).unwrap_or_default()
    }
}
