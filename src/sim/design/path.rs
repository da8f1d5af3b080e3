//! Kinds of part, and the paths that name a part of a design: `queues.inventory`.
//!
//! Every match over kinds is exhaustive, so the compiler lists the places that a new kind must handle.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize};

use super::Design;

/// Single list of kinds: calls a macro with each kind, its table in the design and its noun, in the order of
/// the tables. Clients have no table.
macro_rules! every_table {
    ($each:ident) => {
        $each! {
            Intake intakes "intake",
            Store stores "store",
            Bucket objects "bucket",
            Bus buses "bus",
            Rule rules "rule",
            Queue queues "queue",
            Function functions "function",
            Worker workers "worker",
            Pipe pipes "pipe",
            Topic topics "topic",
            Subscription subscriptions "subscription",
            Workflow workflows "workflow",
            LogGroup logs "log group",
            Service services "service",
            Alarm alarms "alarm",
            Key keys "key",
            Trail trails "trail",
            Archive archives "archive",
        }
    };
}
pub(super) use every_table;

macro_rules! kinds {
    ($($kind:ident $table:ident $noun:literal,)+) => {
        /// The kind of a part.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum PartKind {
            Client,
            $($kind,)+
        }

        impl PartKind {
            /// Every kind, in the order of a design's tables.
            pub const ALL: &[Self] = &[Self::Client, $(Self::$kind,)+];

            /// The name of the design's table for this kind.
            #[must_use]
            pub fn table(self) -> &'static str {
                match self {
                    Self::Client => "clients",
                    $(Self::$kind => stringify!($table),)+
                }
            }

            /// The noun for one part of this kind.
            #[must_use]
            pub fn noun(self) -> &'static str {
                match self {
                    Self::Client => "client",
                    $(Self::$kind => $noun,)+
                }
            }
        }

        impl Design {
            /// The ids of all parts of a kind, sorted.
            #[must_use]
            pub fn ids(&self, kind: PartKind) -> Vec<&str> {
                match kind {
                    PartKind::Client => vec![CLIENT],
                    $(PartKind::$kind => self.$table.keys().map(String::as_str).collect(),)+
                }
            }
        }
    };
}
every_table!(kinds);

/// Id of the clients, the same in every design.
const CLIENT: &str = "client";

impl PartKind {
    /// Kind of the parts in a table; `None` for an unknown table.
    #[must_use]
    pub fn of_table(table: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.table() == table)
    }

    /// Path of the part of this kind with an id.
    #[must_use]
    pub fn path(self, id: &str) -> PartPath {
        PartPath { kind: self, id: id.to_owned() }
    }
}

/// Path of a part: a table and an id in it, written `queues.inventory`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PartPath {
    pub kind: PartKind,
    pub id: String,
}

/// Error for a text that is not the path of a part.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} names no part: a path is a table and a name in it, such as \"queues.work\"")]
pub struct PathError {
    text: String,
}

/// Reads the path of a part, or the bare name of a part of `kind`.
///
/// # Errors
///
/// A path that names no kind of part.
pub(super) fn read_or<'de, D: Deserializer<'de>>(
    kind: PartKind,
    from: D,
) -> Result<Option<PartPath>, D::Error> {
    let text = Option::<String>::deserialize(from)?;
    let path = |text: String| {
        if text.contains('.') {
            text.parse().map_err(serde::de::Error::custom)
        } else {
            Ok(kind.path(&text))
        }
    };
    text.map(path).transpose()
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
        self.ids(path.kind).contains(&path.id.as_str())
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
        for kind in PartKind::ALL.iter().copied().filter(|kind| *kind != PartKind::Client) {
            let design: Design = toml::from_str(&format!("[{}.x]\n", kind.table())).unwrap();
            assert!(design.contains(&kind.path("x")), "{kind:?}");
            assert_eq!(design.ids(kind), ["x"], "{kind:?}");
            assert!(!design.contains(&kind.path("y")), "{kind:?}");
        }
        assert!(Design::default().contains(&PartKind::Client.path("client")));
    }
}
