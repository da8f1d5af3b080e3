//! The kinds of part, and the paths that name a part of a design: `queues.inventory`.
//!
//! Every match over kinds is exhaustive, so the compiler lists the places that a new kind has to answer.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::Design;

/// The kind of a part.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PartKind {
    Client,
    Intake,
    Store,
    Bus,
    Rule,
    Queue,
    Function,
    Worker,
    Topic,
    Subscription,
    Workflow,
    Service,
    Alarm,
    Key,
}

impl PartKind {
    /// Every kind, in the order of a design's tables.
    pub const ALL: [Self; 14] = [
        Self::Client,
        Self::Intake,
        Self::Store,
        Self::Bus,
        Self::Rule,
        Self::Queue,
        Self::Function,
        Self::Worker,
        Self::Topic,
        Self::Subscription,
        Self::Workflow,
        Self::Service,
        Self::Alarm,
        Self::Key,
    ];

    /// The name of the design's table for this kind.
    #[must_use]
    pub fn table(self) -> &'static str {
        match self {
            Self::Client => "clients",
            Self::Intake => "intakes",
            Self::Store => "stores",
            Self::Bus => "buses",
            Self::Rule => "rules",
            Self::Queue => "queues",
            Self::Function => "functions",
            Self::Worker => "workers",
            Self::Topic => "topics",
            Self::Subscription => "subscriptions",
            Self::Workflow => "workflows",
            Self::Service => "services",
            Self::Alarm => "alarms",
            Self::Key => "keys",
        }
    }

    /// The kind of a table's parts.
    #[must_use]
    pub fn of_table(table: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.table() == table)
    }

    /// The noun for one part of this kind.
    #[must_use]
    pub fn noun(self) -> &'static str {
        match self {
            Self::Client => "client",
            Self::Intake => "intake",
            Self::Store => "store",
            Self::Bus => "bus",
            Self::Rule => "rule",
            Self::Queue => "queue",
            Self::Function => "function",
            Self::Worker => "worker",
            Self::Topic => "topic",
            Self::Subscription => "subscription",
            Self::Workflow => "workflow",
            Self::Service => "service",
            Self::Alarm => "alarm",
            Self::Key => "key",
        }
    }

    /// Whether a rule can target a part of this kind. Buses as targets are not modelled.
    #[must_use]
    pub fn can_be_target(self) -> bool {
        match self {
            Self::Queue | Self::Topic | Self::Workflow | Self::Function => true,
            Self::Client
            | Self::Intake
            | Self::Store
            | Self::Bus
            | Self::Rule
            | Self::Worker
            | Self::Subscription
            | Self::Service
            | Self::Alarm
            | Self::Key => false,
        }
    }

    /// The path of the part of this kind with the given id.
    #[must_use]
    pub fn path(self, id: &str) -> PartPath {
        PartPath { kind: self, id: id.to_owned() }
    }
}

/// A table and an id in it, written `queues.inventory`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PartPath {
    pub kind: PartKind,
    pub id: String,
}

/// The text is not the path of a part.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} names no part: a path is a table and a name in it, such as \"queues.work\"")]
pub struct PathError {
    text: String,
}

impl FromStr for PartPath {
    type Err = PathError;

    fn from_str(text: &str) -> Result<Self, PathError> {
        let found = text.split_once('.').filter(|(_, id)| !id.is_empty());
        let found = found.and_then(|(table, id)| Some(PartKind::of_table(table)?.path(id)));
        found.ok_or_else(|| PathError { text: text.to_owned() })
    }
}

impl TryFrom<String> for PartPath {
    type Error = PathError;

    fn try_from(text: String) -> Result<Self, PathError> {
        text.parse()
    }
}

impl fmt::Display for PartPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.kind.table(), self.id)
    }
}

impl From<PartPath> for String {
    fn from(path: PartPath) -> Self {
        path.to_string()
    }
}

impl Design {
    /// Whether the design has this part.
    #[must_use]
    pub fn contains(&self, path: &PartPath) -> bool {
        let id = &path.id;
        match path.kind {
            // Whoever hands orders in is in every design.
            PartKind::Client => id == "client",
            PartKind::Intake => self.intakes.contains_key(id),
            PartKind::Store => self.stores.contains_key(id),
            PartKind::Bus => self.buses.contains_key(id),
            PartKind::Rule => self.rules.contains_key(id),
            PartKind::Queue => self.queues.contains_key(id),
            PartKind::Function => self.functions.contains_key(id),
            PartKind::Worker => self.workers.contains_key(id),
            PartKind::Topic => self.topics.contains_key(id),
            PartKind::Subscription => self.subscriptions.contains_key(id),
            PartKind::Workflow => self.workflows.contains_key(id),
            PartKind::Service => self.services.contains_key(id),
            PartKind::Alarm => self.alarms.contains_key(id),
            PartKind::Key => self.keys.contains_key(id),
        }
    }

    /// The ids of all parts of a kind, sorted.
    #[must_use]
    pub fn ids(&self, kind: PartKind) -> Vec<&str> {
        fn of<T>(table: &std::collections::BTreeMap<String, T>) -> Vec<&str> {
            table.keys().map(String::as_str).collect()
        }
        match kind {
            PartKind::Client => vec!["client"],
            PartKind::Intake => of(&self.intakes),
            PartKind::Store => of(&self.stores),
            PartKind::Bus => of(&self.buses),
            PartKind::Rule => of(&self.rules),
            PartKind::Queue => of(&self.queues),
            PartKind::Function => of(&self.functions),
            PartKind::Worker => of(&self.workers),
            PartKind::Topic => of(&self.topics),
            PartKind::Subscription => of(&self.subscriptions),
            PartKind::Workflow => of(&self.workflows),
            PartKind::Service => of(&self.services),
            PartKind::Alarm => of(&self.alarms),
            PartKind::Key => of(&self.keys),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_read_as_it_is_written() {
        for kind in PartKind::ALL {
            let path = kind.path("a.b");
            assert_eq!(path.to_string().parse(), Ok(path), "{kind:?}");
        }
        for text in ["", "queues", "queues.", "queue.a", ".a", "load.rate"] {
            let error = text.parse::<PartPath>().unwrap_err().to_string();
            assert!(error.contains(&format!("{text:?} names no part")), "{error}");
        }
    }

    #[test]
    fn each_kind_is_a_table_of_a_design_but_for_the_clients() {
        for kind in PartKind::ALL.into_iter().filter(|kind| *kind != PartKind::Client) {
            let design: Design = toml::from_str(&format!("[{}.x]\n", kind.table())).unwrap();
            assert!(design.contains(&kind.path("x")), "{kind:?}");
            assert_eq!(design.ids(kind), ["x"], "{kind:?}");
            assert!(!design.contains(&kind.path("y")), "{kind:?}");
        }
        assert!(Design::default().contains(&PartKind::Client.path("client")));
    }
}
