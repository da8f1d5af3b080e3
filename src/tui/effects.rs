//! Performs the app's effects. The only file of `tui` that names the store.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::msg::{Effect, Msg, Query, Recollection};
use crate::clock::Now;
use crate::store::unwritten::{TRY_AGAIN, Unwritten};
use crate::store::{Store, StoreError};
use crate::study::id::ScenarioId;
use crate::study::progress::Predicted;
use crate::study::record::Activity;

/// What the loop does after an effect.
#[derive(Debug, Clone, PartialEq)]
pub enum Performed {
    Nothing,
    /// Send a message to the app.
    Tell(Msg),
    Suspend,
    Quit,
}

/// The connection to the history.
#[derive(Debug)]
pub struct Effects {
    store: Store,
    /// Records not yet written.
    unwritten: Unwritten,
    /// Whether this window must release its set.
    releases: bool,
    /// The last report about unreadable rows.
    skipped: Option<String>,
    /// What the app was last told about unsaved records.
    told: Option<String>,
    /// Whether leaving was already answered with what would be lost.
    has_asked: bool,
    /// The directory for saved runs.
    experiments: PathBuf,
}

impl Effects {
    /// Performs effects on a store; runs are saved in the data directory.
    #[must_use]
    pub fn new(store: Store, data_directory: &Path) -> Self {
        let experiments = data_directory.join("experiments");
        let unwritten = Unwritten::default();
        Self {
            store,
            unwritten,
            releases: false,
            skipped: None,
            told: None,
            has_asked: false,
            experiments,
        }
    }

    /// Performs one effect for the scenario. A read or write error becomes a message, and the session
    /// continues.
    pub fn perform(&mut self, effect: Effect, scenario: &str, now: Now) -> Performed {
        let done = match effect {
            Effect::Append(record) => {
                if let Activity::SessionStarted(start) = &record.activity {
                    self.store.hold(&record.scenario, &start.session);
                }
                self.unwritten.append(&mut self.store, *record);
                Ok(self.news().map_or(Performed::Nothing, Performed::Tell))
            }
            Effect::Recall(Query::Items { .. }) if !self.unwritten.is_empty() => {
                let waits = "A new set waits until the last answers are saved.";
                Ok(Performed::Tell(Msg::Failed(waits.to_owned())))
            }
            Effect::Release => {
                self.releases = true;
                self.let_go();
                Ok(Performed::Nothing)
            }
            Effect::Recall(query) => {
                self.recall(query, scenario, now).map(|found| Performed::Tell(Msg::Recalled(found)))
            }
            Effect::Save { name, text } => return self.save(&name, &text),
            Effect::Suspend => Ok(Performed::Suspend),
            Effect::Quit => return self.quit(),
        };
        done.unwrap_or_else(|cause| Performed::Tell(Msg::Failed(cause.to_string())))
    }

    /// The message to show at the start.
    #[must_use]
    pub fn warning(&self) -> Option<Msg> {
        self.store.is_read_only().then(|| {
            Msg::Failed(format!(
                "The study history {} is read-only: nothing you do now will be saved.",
                self.store.path().display()
            ))
        })
    }

    /// Retries failed writes and reports unreadable rows. Call it before each frame.
    pub fn retry(&mut self) -> Option<Msg> {
        if !self.unwritten.is_empty() {
            self.unwritten.retry(&mut self.store);
            self.let_go();
        }
        self.news().or_else(|| self.skipped())
    }

    /// Another window resumes from what is written: until everything is, this window keeps the set.
    fn let_go(&mut self) {
        if self.releases && self.unwritten.is_empty() {
            self.releases = false;
            self.store.release();
        }
    }

    /// Reports unreadable rows once.
    fn skipped(&mut self) -> Option<Msg> {
        let skipped = self.store.take_skipped()?;
        if self.skipped.as_ref() == Some(&skipped) {
            return None;
        }
        self.skipped = Some(skipped.clone());
        Some(Msg::Failed(skipped))
    }

    /// Time until the next attempt; `None` if everything is written.
    #[must_use]
    pub fn deadline(&self) -> Option<Duration> {
        (!self.unwritten.is_empty()).then_some(TRY_AGAIN)
    }

    /// What would be lost by leaving.
    #[must_use]
    pub fn unsaved(&self) -> Option<String> {
        self.unwritten.sentence()
    }

    /// The change in saved state that the app does not know yet.
    fn news(&mut self) -> Option<Msg> {
        let unsaved = self.unwritten.sentence();
        if unsaved == self.told {
            return None;
        }
        self.has_asked &= unsaved.is_some();
        self.told.clone_from(&unsaved);
        Some(unsaved.map_or(Msg::AllSaved, Msg::Unsaved))
    }

    /// Asks once before leaving with something unsaved.
    fn quit(&mut self) -> Performed {
        self.unwritten.retry(&mut self.store);
        match self.unwritten.sentence() {
            Some(unsaved) if !self.has_asked => {
                self.has_asked = true;
                Performed::Tell(Msg::Failed(format!("{unsaved} Leave again to lose it.")))
            }
            _ => Performed::Quit,
        }
    }

    /// Writes a file as a whole or not at all.
    fn save(&self, name: &str, text: &str) -> Performed {
        let (name, path) = self.free(name);
        let written = std::fs::create_dir_all(&self.experiments).and_then(|()| {
            let unfinished = path.with_extension("toml.part");
            let mut file = std::fs::File::create(&unfinished)?;
            file.write_all(text.as_bytes())?;
            // "Saved" must still be true after a power cut.
            file.sync_all()?;
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

    /// A file name not yet taken: two runs may be saved in one second.
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

    fn recall(
        &mut self,
        query: Query,
        scenario: &str,
        now: Now,
    ) -> Result<Recollection, StoreError> {
        let day = now.wall;
        let scenario = &ScenarioId::from(scenario);
        Ok(match query {
            Query::Progress => {
                Recollection::Progress(Box::new(self.store.progress(scenario, day)?))
            }
            Query::Courses(ids) => {
                let latest = self.store.latest_scenario()?;
                let progress = ids.into_iter().map(|id| {
                    let progress = self.store.progress(&id.as_str().into(), day)?;
                    Ok((id, progress))
                });
                let progress = progress.collect::<Result<_, StoreError>>()?;
                Recollection::Courses { progress, latest: latest.map(|id| id.to_string()) }
            }
            Query::Lesson { lesson, anchor, visit } => {
                let known = self.store.lesson(scenario, &lesson.as_str().into())?;
                let mut reached = known.as_ref().map_or(0, |known| known.reached);
                let mut place = known.map(|known| known.place);
                let mut predictions = self.store.predictions(scenario, &lesson.as_str().into())?;
                // Records that wait to be written count all the same.
                for record in self.unwritten.records().filter(|r| r.scenario == *scenario) {
                    match &record.activity {
                        Activity::Position { lesson: of, place: at, reached: far }
                            if *of == lesson =>
                        {
                            place = Some(at.clone());
                            reached = reached.max(*far);
                        }
                        Activity::Prediction {
                            lesson: of, item, version, choice, correct, ..
                        } if *of == lesson => {
                            let (version, choice, correct) = (*version, *choice, *correct);
                            let made = Predicted { version, choice, correct };
                            predictions.insert(item.to_string(), made);
                        }
                        _ => {}
                    }
                }
                Recollection::Lesson { predictions, reached, place, lesson, anchor, visit }
            }
            Query::Items { request } => {
                self.releases = false;
                let progress = Box::new(self.store.take_set(scenario, day)?);
                Recollection::Items { request, progress, items: self.store.items(scenario)? }
            }
        })
    }
}
