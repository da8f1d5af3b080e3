//! A service outside the design that handlers call.

use serde::{Deserialize, Serialize};

use super::Duration;
use super::answers::Answers;
use super::check::Checker;
use super::part::Part;

/// What a successful call of a service does in the world; counted in the ledger.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SideEffect {
    #[default]
    None,
    Charge,
    /// Gives back what the order was charged; who was refunded is not charged any more.
    Refund,
    Email,
    Shipment,
    /// Calls a shipment back; what was called back is not shipped any more.
    Recall,
    Reservation,
    /// Gives back what was reserved for the order.
    Release,
}

impl SideEffect {
    /// Whether it only undoes what another did.
    #[must_use]
    pub fn undoes(self) -> bool {
        match self {
            Self::Refund | Self::Recall | Self::Release => true,
            Self::None | Self::Charge | Self::Email | Self::Shipment | Self::Reservation => false,
        }
    }
}

/// Something outside that handlers call.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Service {
    pub title: Option<String>,
    pub at: Option<[u8; 2]>,
    /// A typical call's time.
    pub latency: Duration,
    /// Calls at the same time; more are refused. 0: no limit.
    pub capacity: u32,
    pub side_effect: SideEffect,
    /// Whether a second call with the same key has no second effect (IDM-07).
    pub idempotency_keys: bool,
}

impl Part for Service {
    fn title(&self) -> Option<&str> {
        self.title.as_deref()
    }

    fn at(&self) -> Option<[u8; 2]> {
        self.at
    }

    fn arn(&self, _: &str, _: &super::Design) -> Option<String> {
        None
    }

    fn check(&self, _: &str, _: &mut Checker<'_>) {}

    fn configuration(&self, _: &str, answers: &mut Answers<'_>) {
        answers.ours(self);
    }
}
