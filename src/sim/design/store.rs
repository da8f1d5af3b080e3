//! A store: the table that orders are kept in, and what it publishes.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::answers::Answers;
use super::check::Checker;
use super::part::Part;
use super::{Design, PartKind, PartPath, arn, spelled_out};
use crate::aws::put_events::{Entry, Refused, put_events};

/// Where orders are kept.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Store {
    pub title: Option<String>,
    pub at: Option<[u8; 2]>,
    /// The bus, the queue or the topic that hears of every order: `buses.orders`.
    pub publishes_to: Option<PartPath>,
    /// Whether order and outbox row are one transaction, so that what is stored is published
    /// (IDM-10). Without it the intake writes first and publishes then, and may die in between.
    pub outbox: bool,
    pub source: String,
    pub detail_type: String,
    /// For a FIFO queue or topic: a constant, or a path into the order's detail; the order itself when
    /// left out.
    pub message_group_id: Option<String>,
}

impl Default for Store {
    fn default() -> Self {
        Self {
            title: None,
            at: None,
            publishes_to: None,
            outbox: true,
            source: String::new(),
            detail_type: String::new(),
            message_group_id: None,
        }
    }
}

impl Part for Store {
    fn title(&self) -> Option<&str> {
        self.title.as_deref()
    }

    fn at(&self) -> Option<[u8; 2]> {
        self.at
    }

    fn arn(&self, id: &str, _: &Design) -> Option<String> {
        Some(arn("dynamodb", &format!("table/{id}")))
    }

    fn check(&self, id: &str, checker: &mut Checker<'_>) {
        let path = |field: &str| format!("stores.{id}.{field}");
        let Some(to) = &self.publishes_to else { return };
        let hears = matches!(to.kind, PartKind::Bus | PartKind::Queue | PartKind::Topic);
        checker.must(hears && checker.design.contains(to), &path("publishes_to"), || {
            format!("\"{to}\" is no bus, queue or topic of this design, such as \"buses.main\".")
        });
        if to.kind == PartKind::Bus {
            self.check_entries(&path("source"), checker);
        }
    }

    fn hands_to(&self) -> Vec<PartPath> {
        self.publishes_to.iter().cloned().collect()
    }

    fn sends(&self, detail: &Value, _: &Design) -> Option<Value> {
        Some(detail.clone())
    }

    fn publication(&self) -> Option<(&str, &str)> {
        Some((&self.source, &self.detail_type))
    }

    fn configuration(&self, _: &str, answers: &mut Answers<'_>) {
        answers.ours(self);
    }
}

impl Store {
    /// What a bus takes (EB-05).
    fn check_entries(&self, path: &str, checker: &mut Checker<'_>) {
        let details = checker.design.load.orders.iter().map(|class| class.detail.as_str());
        for detail in details.chain(["{}"]) {
            let detail = &spelled_out(detail);
            let entry = Entry { source: &self.source, detail_type: &self.detail_type, detail };
            let refused = entry.check().err().filter(|r| r.code != "MalformedDetail");
            if let Some(Refused { code, message }) = refused {
                checker.must(false, path, || format!("PutEvents: {code}: {message}"));
                break;
            }
            if let Err(Refused { code, message }) = put_events(&[entry]) {
                checker.must(false, "load.orders", || format!("PutEvents: {code}: {message}"));
            }
        }
    }
}
