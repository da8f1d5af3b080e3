//! An event bus.

use serde::{Deserialize, Serialize};

use super::answers::Answers;
use super::check::Checker;
use super::part::{Part, Reception};
use super::{Design, arn};

/// A bus: rules decide where its events go (EB-01).
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Bus {
    pub title: Option<String>,
    pub at: Option<[u8; 2]>,
}

impl Part for Bus {
    fn title(&self) -> Option<&str> {
        self.title.as_deref()
    }

    fn at(&self) -> Option<[u8; 2]> {
        self.at
    }

    fn arn(&self, id: &str, _: &Design) -> Option<String> {
        Some(arn("events", &format!("event-bus/{id}")))
    }

    fn check(&self, _: &str, _: &mut Checker<'_>) {}

    fn configuration(&self, id: &str, answers: &mut Answers<'_>) {
        let design = answers.design;
        for (rule, spec) in design.rules.iter().filter(|(_, rule)| rule.bus == id) {
            spec.configuration(rule, answers);
        }
    }

    /// What a bus takes is for the request as a whole (EB-05), and its store's checks say so.
    fn receives(&self) -> Option<Reception<'_>> {
        Some(Reception { action: "events:PutEvents", policy: None, key: None, limit: None })
    }
}
