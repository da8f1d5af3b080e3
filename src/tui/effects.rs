//! Performs what the app asked for. The only file of the screen that names the store.

use super::msg::{Effect, Msg, Query, Recollection};
use crate::clock::Now;
use crate::store::{Store, StoreError};

/// What the loop must do after an effect.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Performed {
    Nothing,
    /// Tell the app.
    Tell(Msg),
    Suspend,
    Quit,
}

/// The way to the history.
#[derive(Debug)]
pub struct Effects {
    store: Store,
}

impl Effects {
    #[must_use]
    pub fn new(store: Store) -> Self {
        Self { store }
    }

    /// Performs one effect for the scenario. A history that cannot be read or written becomes a
    /// message, and the session goes on.
    pub fn perform(&mut self, effect: Effect, scenario: &str, now: Now) -> Performed {
        let done = match effect {
            Effect::Append(record) => self.store.append(&record).map(|()| Performed::Nothing),
            Effect::Recall(query) => {
                self.recall(query, scenario, now).map(|found| Performed::Tell(Msg::Recalled(found)))
            }
            Effect::Suspend => Ok(Performed::Suspend),
            Effect::Quit => Ok(Performed::Quit),
        };
        done.unwrap_or_else(|cause| Performed::Tell(Msg::Failed(cause.to_string())))
    }

    fn recall(&self, query: Query, scenario: &str, now: Now) -> Result<Recollection, StoreError> {
        let today = || self.store.today(scenario, now.wall.date_naive()).map(Box::new);
        Ok(match query {
            Query::Today => Recollection::Today(today()?),
            Query::Lesson { lesson, anchor } => {
                let known = self.store.lesson(scenario, &lesson)?;
                Recollection::Lesson {
                    predictions: self.store.predictions(scenario, &lesson)?,
                    reached: known.as_ref().map_or(0, |known| known.reached),
                    place: known.map(|known| known.place),
                    lesson,
                    anchor,
                }
            }
            Query::Items { request } => {
                Recollection::Items { request, today: today()?, items: self.store.items(scenario)? }
            }
        })
    }
}
