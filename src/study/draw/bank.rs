//! Chooses the questions of the modes that are not timed traps: practice, drills, the scenario exam and the review.

use std::collections::{BTreeMap, BTreeSet};

use super::spread;
use crate::content::course::{ItemTraps, QuestionEntry};
use crate::study::day::StudyDay;
use crate::study::evidence::Subject;
use crate::study::id::{ConceptId, ItemId, LessonId, MisconceptionId, Seed};
use crate::study::progress::{Aside, ItemProgress};
use crate::study::schedule::Scheduled;
use crate::study::shuffle::keyed;

/// The questions of the course, and what the learner did with them.
#[derive(Debug, Clone, Copy)]
pub struct Bank<'a> {
    pub entries: &'a [QuestionEntry],
    /// The misconceptions behind the options of each question.
    pub traps: &'a [ItemTraps],
    /// Questions answered before, by id.
    pub items: &'a BTreeMap<String, ItemProgress>,
    /// Questions put aside.
    pub aside: &'a BTreeMap<ItemId, Aside>,
    pub today: StudyDay,
    /// Decides what the history leaves open.
    pub seed: Seed,
}

/// What practice is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Topic {
    Lesson(LessonId),
    Concept(ConceptId),
    /// An exam task statement, such as `2.1`.
    Task(String),
    Misconception(MisconceptionId),
}

/// Parts of a drill: missed questions, unseen ones, and those known already.
const DRILL: [usize; 3] = [9, 4, 2];

impl Bank<'_> {
    /// Questions on one topic: unseen and missed ones first, then those answered longest ago.
    #[must_use]
    pub fn practice(&self, topic: &Topic, count: usize) -> Vec<ItemId> {
        let on_topic = self.asked().filter(|entry| self.is_on(entry, topic));
        let mut found: Vec<&QuestionEntry> = on_topic.collect();
        found.sort_by_key(|entry| self.latest(entry));
        found.truncate(count);
        self.in_order_of_asking(found)
    }

    /// Missed, unseen and known questions, nine to four to two; where one kind has too few, the others fill in.
    #[must_use]
    pub fn drill(&self, count: usize) -> Vec<ItemId> {
        let mut kinds: [Vec<&QuestionEntry>; 3] = Default::default();
        for entry in self.asked() {
            let kind = match self.items.get(&entry.id) {
                Some(item) if !item.right => 0,
                None => 1,
                Some(_) => 2,
            };
            kinds[kind].push(entry);
        }
        for kind in &mut kinds {
            kind.sort_by_key(|entry| self.latest(entry));
        }
        let whole: usize = DRILL.iter().sum();
        let mut drawn = Vec::new();
        let mut rest = Vec::new();
        for (kind, part) in kinds.into_iter().zip(DRILL) {
            let quota = (count * part + whole / 2) / whole;
            let (now, later) = kind.split_at(quota.min(kind.len()));
            drawn.extend_from_slice(now);
            rest.extend_from_slice(later);
        }
        drawn.extend(rest);
        drawn.truncate(count);
        self.in_order_of_asking(drawn)
    }

    /// Only missed questions.
    #[must_use]
    pub fn missed(&self, count: usize) -> Vec<ItemId> {
        let is_missed =
            |entry: &&QuestionEntry| self.items.get(&entry.id).is_some_and(|item| !item.right);
        let mut found: Vec<&QuestionEntry> = self.asked().filter(is_missed).collect();
        found.sort_by_key(|entry| self.latest(entry));
        found.truncate(count);
        self.in_order_of_asking(found)
    }

    /// An exam: as many from each task statement as can be, whatever the learner knows. Only what is put aside for good
    /// is left out.
    #[must_use]
    pub fn exam(&self, count: usize) -> Vec<ItemId> {
        let mut tasks: BTreeMap<&str, Vec<&QuestionEntry>> = BTreeMap::new();
        for entry in self.entries.iter().filter(|entry| !self.aside_of(entry).is_suspended) {
            tasks.entry(&entry.task).or_default().push(entry);
        }
        for entries in tasks.values_mut() {
            entries.sort_by_key(|entry| keyed(self.seed.0, "exam", &entry.id));
        }
        let longest = tasks.values().map(Vec::len).max().unwrap_or(0);
        let rounds = (0..longest).flat_map(|round| {
            let mut turn: Vec<&QuestionEntry> =
                tasks.values().filter_map(|entries| entries.get(round)).copied().collect();
            // Where the last round has more tasks than places, chance decides.
            turn.sort_by_key(|entry| keyed(self.seed.0, "turn", &entry.id));
            turn
        });
        self.in_order_of_asking(rounds.take(count).collect())
    }

    /// A review of what is due, most forgotten first: for each subject the question on it that was not seen for longest.
    /// A question on several due subjects serves them all, so none is asked twice.
    #[must_use]
    pub fn review(
        &self,
        subjects: &BTreeMap<Subject, Scheduled>,
        exam: Option<StudyDay>,
        count: usize,
    ) -> Vec<ItemId> {
        let mut due: Vec<(&Subject, f64)> = subjects
            .iter()
            .filter(|(_, is)| is.due(exam).is_some_and(|day| day <= self.today))
            .map(|(subject, is)| (subject, is.recall(self.today)))
            .collect();
        due.sort_by(|a, b| a.1.total_cmp(&b.1));
        let mut served: BTreeSet<Subject> = BTreeSet::new();
        let mut drawn: Vec<&QuestionEntry> = Vec::new();
        for (subject, _) in due {
            if drawn.len() == count {
                break;
            }
            if served.contains(subject) {
                continue;
            }
            let siblings = self.asked().filter(|entry| self.serves(entry, subject));
            let unused = siblings.filter(|entry| !drawn.iter().any(|used| used.id == entry.id));
            let Some(entry) = unused.min_by_key(|entry| self.latest(entry)) else { continue };
            served.extend(self.subjects_of(entry));
            drawn.push(entry);
        }
        self.in_order_of_asking(drawn)
    }

    /// The questions that are not put aside today.
    fn asked(&self) -> impl Iterator<Item = &QuestionEntry> {
        self.entries.iter().filter(|entry| !self.aside_of(entry).rests_on(self.today))
    }

    fn aside_of(&self, entry: &QuestionEntry) -> Aside {
        self.aside.get(entry.id.as_str()).copied().unwrap_or_default()
    }

    /// When it was answered last; unseen ones first, and chance among equals.
    fn latest(&self, entry: &QuestionEntry) -> (i64, u64) {
        let latest = self.items.get(&entry.id).map_or(i64::MIN, |item| item.latest);
        (latest, keyed(self.seed.0, "draw", &entry.id))
    }

    fn traps_of(&self, entry: &QuestionEntry) -> impl Iterator<Item = &String> {
        let traps = self.traps.iter().find(|traps| traps.id == entry.id);
        traps.into_iter().flat_map(|traps| traps.options.iter().flatten())
    }

    fn is_on(&self, entry: &QuestionEntry, topic: &Topic) -> bool {
        match topic {
            Topic::Lesson(lesson) => *lesson == entry.lesson,
            Topic::Concept(concept) => entry.concepts.iter().any(|id| *concept == *id),
            Topic::Task(task) => *task == entry.task,
            Topic::Misconception(held) => self.traps_of(entry).any(|trap| *held == *trap),
        }
    }

    fn serves(&self, entry: &QuestionEntry, subject: &Subject) -> bool {
        match subject {
            Subject::Concept(concept) => self.is_on(entry, &Topic::Concept(concept.clone())),
            Subject::Misconception(held) => self.is_on(entry, &Topic::Misconception(held.clone())),
        }
    }

    fn subjects_of(&self, entry: &QuestionEntry) -> Vec<Subject> {
        let concepts = entry.concepts.iter().map(|id| Subject::Concept(id.as_str().into()));
        let traps = self.traps_of(entry).map(|id| Subject::Misconception(id.as_str().into()));
        concepts.chain(traps).collect()
    }

    /// In random order, with questions of one lesson apart where possible.
    fn in_order_of_asking(&self, mut drawn: Vec<&QuestionEntry>) -> Vec<ItemId> {
        drawn.sort_by_key(|entry| keyed(self.seed.0, "ask", &entry.id));
        spread(drawn).into_iter().map(|entry| entry.id.as_str().into()).collect()
    }
}

#[cfg(test)]
mod tests;
