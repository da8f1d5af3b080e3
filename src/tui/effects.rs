//! Performs what the app asked for. The only file of the screen that names the store.

use std::path::{Path, PathBuf};

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
    /// Where runs are written down.
    experiments: PathBuf,
}

impl Effects {
    #[must_use]
    pub fn new(store: Store, data_directory: &Path) -> Self {
        Self { store, experiments: data_directory.join("experiments") }
    }

    /// Performs one effect for the scenario. A history that cannot be read or written becomes a
    /// message, and the session goes on.
    pub fn perform(&mut self, effect: Effect, scenario: &str, now: Now) -> Performed {
        let done = match effect {
            Effect::Append(record) => self.store.append(&record).map(|()| Performed::Nothing),
            Effect::Recall(query) => {
                self.recall(query, scenario, now).map(|found| Performed::Tell(Msg::Recalled(found)))
            }
            Effect::Save { name, text } => return self.save(&name, &text),
            Effect::Suspend => Ok(Performed::Suspend),
            Effect::Quit => Ok(Performed::Quit),
        };
        done.unwrap_or_else(|cause| Performed::Tell(Msg::Failed(cause.to_string())))
    }

    /// Writes a file as a whole or not at all.
    fn save(&self, name: &str, text: &str) -> Performed {
        let (name, path) = self.free(name);
        let written = std::fs::create_dir_all(&self.experiments).and_then(|()| {
            let unfinished = path.with_extension("toml.part");
            std::fs::write(&unfinished, text)?;
            std::fs::rename(&unfinished, &path)
        });
        Performed::Tell(match written {
            Ok(()) => Msg::Saved(format!("experiments/{name}")),
            Err(cause) => {
                let path = path.display();
                Msg::Failed(format!("The run cannot be written to {path}: {cause}."))
            }
        })
    }

    /// A name that no saved run has yet: two may be saved in one second.
    fn free(&self, name: &str) -> (String, std::path::PathBuf) {
        let stem = name.trim_end_matches(".toml");
        let names = (2..).map(|number: u32| format!("{stem}-{number}.toml"));
        let mut names = std::iter::once(name.to_owned()).chain(names);
        loop {
            let name = names.next().unwrap_or_default();
            let path = self.experiments.join(&name);
            if !path.exists() {
                return (name, path);
            }
        }
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
