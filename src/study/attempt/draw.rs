//! A set as it was drawn: what is stored once, at its start.

use std::time::Duration;

use super::item::{Item, OptionId};
use super::mode::{Mode, Pace};
use super::slot::DrawnItem;
use super::timer::{Timer, reading_limit};
use crate::study::id::Seed;
use crate::study::shuffle;

/// The draw of a set: its rules, and its questions in order. All of it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draw {
    pub mode: Mode,
    pub timer: Timer,
    /// Seed of the shuffle of options: another set shuffles them anew.
    pub seed: Seed,
    /// Time limit of the whole set, in whole milliseconds.
    pub limit: Option<Duration>,
    pub items: Vec<DrawnItem>,
}

impl Draw {
    /// Draws a set of these items, each with whether it was never answered before. `item_time` is
    /// the time that the course's exam gives for an item.
    #[must_use]
    pub fn new(
        mode: Mode,
        timer: Timer,
        seed: Seed,
        items: &[(Item, bool)],
        item_time: Duration,
    ) -> Self {
        let all = item_time.saturating_mul(items.len() as u32);
        let limit = match mode.rules().pace {
            Pace::PerSet => timer.stretch(all),
            Pace::Untimed | Pace::Shown | Pace::PerQuestion => None,
        };
        let drawn = |(item, is_first): &_| DrawnItem::new(mode, timer, seed, item, *is_first);
        Self { mode, timer, seed, limit, items: items.iter().map(drawn).collect() }
    }
}

impl DrawnItem {
    /// An item as a set asks it.
    #[must_use]
    pub fn new(mode: Mode, timer: Timer, seed: Seed, item: &Item, is_first: bool) -> Self {
        let order = shuffle::order(seed.0, item.id.as_str(), usize::from(item.options));
        let limit = match mode.rules().pace {
            Pace::PerQuestion => timer.stretch(reading_limit(item.words)),
            Pace::Untimed | Pace::Shown | Pace::PerSet => None,
        };
        Self {
            item: item.id.clone(),
            version: item.version,
            choose: item.choose,
            shown: order.into_iter().map(OptionId).collect(),
            key: item.key.clone(),
            limit,
            is_first,
        }
    }
}
