//! What the screen knows of each kind of part, in one table: its sign, where the picture draws it, how a
//! sentence names it, its settings, and its bill. The match is exhaustive: a new kind has its row here.

use crate::sim::aws::billing::Item;
use crate::sim::design::PartKind;

/// Where the picture draws a part of a kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// At the beginning of a way in.
    Start,
    /// On a way in, as long as only one part follows; otherwise in a lane.
    Way,
    /// In a lane of its own.
    Lane,
    /// Beside the part that feeds it.
    Branch,
    /// Among the services below the picture.
    Service,
    /// As a sign beside the part it watches.
    Alarm,
    /// Nowhere: the part is a property of others.
    Nowhere,
}

/// The name of a part as a way in shows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NameForm {
    /// `client`
    Bare,
    /// `[intake]`
    Boxed,
    /// `╣bus╠`
    Hub,
}

/// What the screen knows of a kind of part.
#[derive(Debug, Clone, Copy)]
pub struct Profile {
    pub place: Place,
    pub name: NameForm,
    /// Stands before the name in a lane or a list.
    pub sign: &'static str,
    /// The order of lanes under a trunk, smallest first: of parts that an order requires, and of others.
    pub rank: Rank,
    /// Whether a sentence adds the kind to the title: `inventory queue`, but `payment`.
    pub is_named_with_kind: bool,
    /// The position of its settings in the list; `None` if the kind has none that can be turned.
    pub settings: Option<u8>,
    /// The field by which other parts name the part they belong to.
    pub owned_by: Option<&'static str>,
    /// The kind whose parts have no sheet of their own: it stands on this one.
    pub includes: Option<PartKind>,
    /// The prefix of its measures; `None` if they stand under its own path.
    pub measures: Option<&'static str>,
    pub bill: Bill,
}

/// What the sheet of a part shows of the bill.
#[derive(Debug, Clone, Copy)]
pub enum Bill {
    /// The whole of it: whoever hands the orders in pays.
    Whole,
    /// What parts of the kind cause.
    Caused(&'static [Item]),
}

impl Bill {
    /// Whether an item is shown.
    pub fn has(self, item: Item) -> bool {
        match self {
            Self::Whole => true,
            Self::Caused(items) => items.contains(&item),
        }
    }

    /// What stands above the items.
    pub fn heading(self) -> &'static str {
        match self {
            Self::Whole => "What this run has cost so far",
            Self::Caused([]) => "Parts of this kind cause no costs of their own in a run",
            Self::Caused(_) => "What parts of this kind have cost so far in this run, all together",
        }
    }
}

/// The order of a lane: where an order requires the part, and where not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rank {
    pub required: u8,
    pub optional: u8,
}

impl Rank {
    const LAST: Self = Self::both(4);

    const fn both(rank: u8) -> Self {
        Self { required: rank, optional: rank }
    }
}

/// The profile that differs least from all others.
const PLAIN: Profile = Profile {
    place: Place::Lane,
    name: NameForm::Boxed,
    sign: "·",
    rank: Rank::LAST,
    is_named_with_kind: false,
    settings: None,
    owned_by: None,
    includes: None,
    measures: None,
    bill: Bill::Caused(&[]),
};

const CLIENT: Profile = Profile {
    place: Place::Start,
    name: NameForm::Bare,
    measures: Some("ledger."),
    bill: Bill::Whole,
    ..PLAIN
};

// What an intake counts is how it answered.
const INTAKE: Profile = Profile {
    place: Place::Way,
    settings: Some(6),
    measures: Some("ledger.orders_"),
    bill: Bill::Caused(&[Item::ApiGatewayRequests]),
    ..PLAIN
};

const STORE: Profile = Profile {
    place: Place::Way,
    is_named_with_kind: true,
    settings: Some(5),
    bill: Bill::Caused(&[Item::DynamoDbWrites, Item::DynamoDbHalfReads]),
    ..PLAIN
};

const BUCKET: Profile = Profile {
    sign: "▥",
    is_named_with_kind: true,
    settings: Some(14),
    bill: Bill::Caused(&[Item::S3Puts, Item::S3Gets, Item::S3KilobyteMinutes]),
    ..PLAIN
};

const BUS: Profile = Profile {
    place: Place::Way,
    name: NameForm::Hub,
    sign: "╬",
    settings: Some(13),
    owned_by: Some("bus"),
    includes: Some(PartKind::Rule),
    bill: Bill::Caused(&[Item::EventBridgeEvents]),
    ..PLAIN
};

const RULE: Profile =
    Profile { place: Place::Nowhere, is_named_with_kind: true, settings: Some(4), ..PLAIN };

const QUEUE: Profile = Profile {
    sign: "▤",
    rank: Rank { required: 1, optional: 3 },
    is_named_with_kind: true,
    settings: Some(0),
    owned_by: Some("queue"),
    bill: Bill::Caused(&[Item::SqsRequests, Item::SqsFifoRequests]),
    ..PLAIN
};

const FUNCTION: Profile = Profile {
    place: Place::Branch,
    sign: "λ",
    rank: Rank::both(2),
    settings: Some(1),
    bill: Bill::Caused(&[
        Item::SqsRequests,
        Item::SqsFifoRequests,
        Item::LambdaRequests,
        Item::LambdaDuration,
        Item::DynamoDbWrites,
    ]),
    ..PLAIN
};

const WORKER: Profile = Profile {
    place: Place::Branch,
    sign: "▦",
    rank: Rank::both(2),
    settings: Some(2),
    bill: Bill::Caused(&[
        Item::SqsRequests,
        Item::SqsFifoRequests,
        Item::DynamoDbWrites,
        Item::ContainerMinutes,
    ]),
    ..PLAIN
};

const PIPE: Profile = Profile {
    place: Place::Way,
    sign: "↦",
    rank: Rank::both(2),
    is_named_with_kind: true,
    settings: Some(12),
    bill: Bill::Caused(&[Item::PipesRequests, Item::SqsRequests, Item::SqsFifoRequests]),
    ..PLAIN
};

const TOPIC: Profile = Profile {
    sign: "◇",
    is_named_with_kind: true,
    settings: Some(7),
    owned_by: Some("topic"),
    bill: Bill::Caused(&[Item::SnsPublishes, Item::SnsFifoPublishes]),
    ..PLAIN
};

const SUBSCRIPTION: Profile = Profile {
    place: Place::Branch,
    settings: Some(8),
    bill: Bill::Caused(&[
        Item::SnsHttpDeliveries,
        Item::SnsEmailDeliveries,
        Item::SnsPushDeliveries,
        Item::SnsSmsDeliveries,
    ]),
    ..PLAIN
};

const WORKFLOW: Profile = Profile {
    sign: "▣",
    rank: Rank::both(0),
    settings: Some(3),
    bill: Bill::Caused(&[
        Item::LambdaRequests,
        Item::LambdaDuration,
        Item::StateTransitions,
        Item::ExpressRequests,
        Item::ExpressDuration,
        Item::DynamoDbWrites,
        Item::DynamoDbHalfReads,
        Item::EventBridgeEvents,
    ]),
    ..PLAIN
};

const LOG_GROUP: Profile = Profile {
    sign: "≡",
    is_named_with_kind: true,
    settings: Some(15),
    bill: Bill::Caused(&[Item::LogIngestion, Item::LogStorage, Item::LogScans]),
    ..PLAIN
};

const SERVICE: Profile = Profile { place: Place::Service, settings: Some(9), ..PLAIN };

const ALARM: Profile = Profile {
    place: Place::Alarm,
    settings: Some(10),
    bill: Bill::Caused(&[Item::AlarmMinutes, Item::CompositeAlarmMinutes]),
    ..PLAIN
};

const KEY: Profile = Profile {
    place: Place::Nowhere,
    is_named_with_kind: true,
    settings: Some(11),
    bill: Bill::Caused(&[Item::KmsRequests, Item::KmsKeyMinutes]),
    ..PLAIN
};

const TRAIL: Profile = Profile {
    sign: "≣",
    is_named_with_kind: true,
    settings: Some(16),
    bill: Bill::Caused(&[Item::CloudTrailDataEvents, Item::CloudTrailCopies]),
    ..PLAIN
};

const ARCHIVE: Profile = Profile {
    sign: "▧",
    is_named_with_kind: true,
    settings: Some(17),
    bill: Bill::Caused(&[Item::ArchivedBytes, Item::ArchiveKilobyteMinutes, Item::ReplayedEvents]),
    ..PLAIN
};

/// The profile of a kind.
pub const fn profile(kind: PartKind) -> Profile {
    match kind {
        PartKind::Client => CLIENT,
        PartKind::Intake => INTAKE,
        PartKind::Store => STORE,
        PartKind::Bucket => BUCKET,
        PartKind::Bus => BUS,
        PartKind::Rule => RULE,
        PartKind::Queue => QUEUE,
        PartKind::Function => FUNCTION,
        PartKind::Worker => WORKER,
        PartKind::Pipe => PIPE,
        PartKind::Topic => TOPIC,
        PartKind::Subscription => SUBSCRIPTION,
        PartKind::Workflow => WORKFLOW,
        PartKind::LogGroup => LOG_GROUP,
        PartKind::Service => SERVICE,
        PartKind::Alarm => ALARM,
        PartKind::Key => KEY,
        PartKind::Trail => TRAIL,
        PartKind::Archive => ARCHIVE,
    }
}

/// The kinds with a sign of their own: the sign and the noun of each.
#[must_use]
pub fn signs() -> Vec<(&'static str, &'static str)> {
    let kinds = PartKind::ALL.iter().map(|kind| (profile(*kind).sign, kind.noun()));
    kinds.filter(|(sign, _)| *sign != PLAIN.sign).collect()
}

/// Measures that say how things are; all others count what happened.
const STATES: [&str; 24] = [
    "items",
    "stored_bytes",
    "in_clear",
    "masked",
    "waiting",
    "visible",
    "in_flight",
    "delayed",
    "age_of_oldest",
    "running",
    "batches",
    "concurrency_limit",
    "under_way",
    "outbox",
    "retrying",
    "on",
    "value",
    "events_waiting",
    "stored",
    "orders_in_progress",
    "orders_dead_lettered",
    "tasks",
    "desired_tasks",
    "busy",
];

/// Whether a measure of a part is a state, not a count of what happened.
pub fn is_state(measure: &str) -> bool {
    STATES.contains(&measure)
}

/// The kinds whose settings can be turned, in the order of the list.
pub fn with_settings() -> Vec<PartKind> {
    let mut kinds: Vec<(u8, PartKind)> =
        PartKind::ALL.iter().filter_map(|kind| Some((profile(*kind).settings?, *kind))).collect();
    kinds.sort_unstable();
    kinds.into_iter().map(|(_, kind)| kind).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_settings_of_each_kind_have_a_position_of_their_own() {
        let positions: Vec<u8> =
            with_settings().into_iter().filter_map(|kind| profile(kind).settings).collect();
        assert!(positions.is_sorted_by(|a, b| a < b), "{positions:?}");
        assert_eq!(with_settings().first(), Some(&PartKind::Queue));
    }

    #[test]
    fn every_priced_item_is_on_the_bill_of_some_kind() {
        for (item, name, _) in crate::sim::aws::billing::PRICES {
            let causes = |kind: &PartKind| match profile(*kind).bill {
                Bill::Whole => false,
                Bill::Caused(items) => items.contains(item),
            };
            assert!(PartKind::ALL.iter().any(causes), "{name}");
        }
    }
}
