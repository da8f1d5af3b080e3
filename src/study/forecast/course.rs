//! What is known on a day of the plan, if all goes as expected.

use std::collections::{BTreeMap, BTreeSet};

use super::{Day, Outset, REVIEW_MINUTES, Unread, Work};
use crate::content::course::{QuestionEntry, ScenarioEntry};
use crate::study::day::StudyDay;
use crate::study::evidence::{Outcome, Subject};
use crate::study::id::ConceptId;
use crate::study::progress::Progress;
use crate::study::schedule::{Delivery, RETENTION, Scheduled};
use crate::study::shuffle::keyed;

/// Days before the exam in which everything may be reviewed again.
const NEAR: u32 = 3;
/// Minutes that the two questions after a section take.
const CHECK_MINUTES: f64 = 2.0 * REVIEW_MINUTES;

impl Outset {
    /// What a learner with this progress knows of the course. A section teaches what its questions ask for.
    #[must_use]
    pub fn of(scenario: &ScenarioEntry, questions: &[QuestionEntry], progress: &Progress) -> Self {
        let reached = |id: &str| progress.lessons.get(id).map_or(0, |lesson| lesson.reached);
        let unread = scenario.lessons.iter().filter(|entry| reached(&entry.id) < 1_000);
        let unread = unread.map(|entry| {
            let asked = questions.iter().filter(|question| question.lesson == entry.id);
            let concepts: BTreeSet<&String> =
                asked.flat_map(|question| &question.concepts).collect();
            let left = f64::from(1_000_u16.saturating_sub(reached(&entry.id))) / 1_000.0;
            Unread {
                lesson: entry.id.as_str().into(),
                minutes: f64::from(entry.minutes) * left + CHECK_MINUTES,
                concepts: concepts.into_iter().map(|id| id.as_str().into()).collect(),
            }
        });
        Self {
            unread: unread.collect(),
            subjects: progress.subjects.clone(),
            concepts: scenario.concepts.iter().map(|concept| concept.id.as_str().into()).collect(),
        }
    }
}

const RIGHT: Outcome = Outcome { correct: true, certainty: None, slow: false };
const WRONG: Outcome = Outcome { correct: false, certainty: None, slow: false };

/// The learner on a day of the plan.
#[derive(Debug, Clone)]
pub(super) struct Course {
    subjects: BTreeMap<Subject, Scheduled>,
    unread: Vec<Unread>,
    concepts: Vec<ConceptId>,
}

/// Work that a day may hold.
#[derive(Debug, Clone)]
pub(super) struct Candidate {
    pub work: Work,
    pub minutes: f64,
    /// Expected recall that it adds at the exam, in subjects.
    pub gain: f64,
    /// Days until it is due, negative if it is overdue; sections come after all that is due.
    pub due: i64,
}

impl Course {
    pub(super) fn new(outset: &Outset) -> Self {
        Self {
            subjects: outset.subjects.clone(),
            unread: outset.unread.clone(),
            concepts: outset.concepts.clone(),
        }
    }

    /// Expected number of concepts recalled at the exam.
    pub(super) fn expected(&self, exam: StudyDay) -> f64 {
        let recall = |concept: &ConceptId| {
            let subject = Subject::Concept(concept.clone());
            self.subjects.get(&subject).map_or(0.0, |is| is.recall(exam))
        };
        self.concepts.iter().map(recall).sum()
    }

    /// What may be done on a day: the reviews that are due, what would be forgotten by the exam, and the next section.
    /// The second is for plans alone, and waits for half of its interval unless the exam is near: what is reviewed every
    /// day is not remembered longer.
    pub(super) fn candidates(
        &self,
        day: StudyDay,
        exam: StudyDay,
        is_planned: bool,
    ) -> Vec<Candidate> {
        let mut all: Vec<Candidate> = self
            .subjects
            .iter()
            .filter(|(_, is)| day.since(is.reviewed) > 0 && is.delivery != Delivery::DeadLettered)
            .filter_map(|(subject, is)| {
                let due = is.due(Some(exam))?;
                let is_ripe = day.since(is.reviewed) * 2 >= is.interval;
                let may_be_early = is_planned && (is_ripe || exam.since(day) <= NEAR);
                let is_wanted = due <= day || (may_be_early && is.recall(exam) < RETENTION);
                is_wanted.then(|| Candidate {
                    work: Work::Review(subject.clone()),
                    minutes: REVIEW_MINUTES,
                    gain: gain(subject, *is, day, exam),
                    due: (due.0 - day.0).num_days(),
                })
            })
            .collect();
        all.extend(self.unread.first().map(|section| Candidate {
            work: Work::Read(section.lesson.clone()),
            minutes: section.minutes,
            gain: self.gain_of_reading(section, day, exam),
            due: 0,
        }));
        all
    }

    /// Reading brings the concepts that are not known yet; those that are known gain what a review brings.
    fn gain_of_reading(&self, section: &Unread, day: StudyDay, exam: StudyDay) -> f64 {
        let of = |concept: &ConceptId| {
            let subject = Subject::Concept(concept.clone());
            match self.subjects.get(&subject) {
                Some(is) => gain(&subject, *is, day, exam),
                None => Scheduled::first(&subject, RIGHT, day).recall(exam),
            }
        };
        section.concepts.iter().map(of).sum()
    }

    /// The learner after the work, remembering what was likely remembered.
    pub(super) fn done(&mut self, work: &Work, day: StudyDay) {
        self.done_with(work, day, |_| RIGHT);
    }

    fn done_with(
        &mut self,
        work: &Work,
        day: StudyDay,
        mut outcome: impl FnMut(&Scheduled) -> Outcome,
    ) {
        let mut evidence = |subject: &Subject, subjects: &mut BTreeMap<Subject, Scheduled>| {
            let is = match subjects.get(subject) {
                Some(is) => is.after(subject, outcome(is), day),
                None => Scheduled::first(subject, RIGHT, day),
            };
            subjects.insert(subject.clone(), is);
        };
        match work {
            Work::Review(subject) => evidence(subject, &mut self.subjects),
            Work::Read(lesson) => {
                let read = self.unread.iter().position(|section| section.lesson == *lesson);
                let Some(section) = read.map(|at| self.unread.remove(at)) else { return };
                for concept in section.concepts {
                    evidence(&Subject::Concept(concept), &mut self.subjects);
                }
            }
        }
    }

    /// What is left undone on the day of the exam.
    pub(super) fn dropped(&self, exam: StudyDay) -> Vec<Work> {
        let unread = self.unread.iter().map(|section| Work::Read(section.lesson.clone()));
        let due = self.subjects.iter().filter(|(_, is)| {
            // What would be due on the day itself was reviewed as late as can be.
            is.due(None).is_some_and(|due| due < exam) && is.recall(exam) < RETENTION
        });
        unread.chain(due.map(|(subject, _)| Work::Review(subject.clone()))).collect()
    }
}

/// Recall at the exam that a review adds, whether it is remembered that day or not.
fn gain(subject: &Subject, is: Scheduled, day: StudyDay, exam: StudyDay) -> f64 {
    let recall = is.recall(day);
    let right = is.after(subject, RIGHT, day).recall(exam);
    let wrong = is.after(subject, WRONG, day).recall(exam);
    recall * right + (1.0 - recall) * wrong - is.recall(exam)
}

/// Lets one learner follow a plan, remembering by chance; returns how many concepts are known at the exam.
pub(super) fn follow(outset: &Outset, days: &[Day], exam: StudyDay, learner: u64) -> u32 {
    let mut course = Course::new(outset);
    let mut asked = 0_u64;
    let mut remembers = |chance: f64| {
        asked += 1;
        let drawn = keyed(learner, "follow", &asked.to_string());
        (drawn >> 11) as f64 / (1_u64 << 53) as f64 <= chance
    };
    for day in days {
        for work in &day.work {
            course.done_with(work, day.day, |is| {
                if remembers(is.recall(day.day)) { RIGHT } else { WRONG }
            });
        }
    }
    let known = course.concepts.iter().filter(|concept| {
        let is = course.subjects.get(&Subject::Concept((*concept).clone()));
        is.is_some_and(|is| remembers(is.recall(exam)))
    });
    known.count() as u32
}
