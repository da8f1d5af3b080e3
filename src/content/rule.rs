//! Rules over a whole scenario: every name is defined once and used, every fact is taught, and the
//! bank covers what it must.

use std::collections::{BTreeMap, BTreeSet};

use super::problem::Problem;
use super::scenario::{Draft, Located, MentionKind, Origin};
use super::source::Source;

/// Fewer questions than this on a concept, a section, a variant or a trap is worth a note.
const QUESTIONS_MIN: usize = 3;

/// Applies all rules.
#[must_use]
pub fn problems(draft: &Draft, sources: &[Source]) -> Vec<Problem> {
    let mut rules = Rules { draft, sources, problems: Vec::new() };
    rules.whole();
    rules.unique();
    rules.defined();
    rules.taught();
    rules.covered();
    rules.used();
    rules.problems
}

struct Rules<'a> {
    draft: &'a Draft,
    sources: &'a [Source],
    problems: Vec<Problem>,
}

impl Rules<'_> {
    fn at(&self, origin: &Origin, message: String, help: &str) -> Problem {
        match self.sources.iter().find(|source| source.path == origin.file) {
            Some(source) => Problem::at(source, origin.span.clone(), message, help),
            None => Problem::about(&origin.file, message, help),
        }
    }

    fn error(&mut self, origin: &Origin, message: String, help: &str) {
        let problem = self.at(origin, message, help);
        self.problems.push(problem);
    }

    fn note(&mut self, origin: &Origin, message: String, help: &str) {
        let problem = self.at(origin, message, help).note();
        self.problems.push(problem);
    }

    /// The scenario has its page and lessons without gaps.
    fn whole(&mut self) {
        let here = format!("{}/scenario.toml", self.draft.id);
        if self.draft.overview.is_none() && !self.problems_in("scenario.toml") {
            let message = "The scenario has no page of its own.".to_owned();
            self.problems.push(Problem::about(&here, message, "Add scenario.toml."));
        }
        for (index, lesson) in self.draft.lessons.iter().enumerate() {
            let expected = index + 1;
            if usize::from(lesson.value.number) != expected {
                let message = format!(
                    "Lesson {} is number {}, after {} others.",
                    lesson.value.id, lesson.value.number, index
                );
                let help = format!("Lessons are numbered without gaps: this is {expected:02}.");
                let origin = lesson.origin.clone();
                self.error(&origin, message, &help);
            }
        }
    }

    /// Whether the file exists and could not be read: then it was told already.
    fn problems_in(&self, name: &str) -> bool {
        self.sources.iter().any(|source| source.path.ends_with(name))
    }

    fn unique(&mut self) {
        let draft = self.draft;
        self.once("question", draft.questions.iter().map(|q| (&q.value.id, &q.origin)));
        self.once("lesson", draft.lessons.iter().map(|l| (&l.value.id, &l.origin)));
        self.once("prediction", draft.predictions.iter().map(|p| (&p.value.id, &p.origin)));
        self.once("misconception", draft.misconceptions.iter().map(|m| (&m.value.id, &m.origin)));
        self.once("reference", draft.references.iter().map(|r| (&r.value.id, &r.origin)));
        self.once("concept", draft.concepts.iter().map(|c| (&c.value.id, &c.origin)));
        self.once("fact", draft.facts.iter().map(|f| (&f.value.id, &f.origin)));
        self.once("term", draft.glossary.iter().map(|t| (&t.value.term, &t.origin)));
    }

    fn once<'b>(&mut self, what: &str, named: impl Iterator<Item = (&'b String, &'b Origin)>) {
        let mut seen: BTreeMap<&String, &Origin> = BTreeMap::new();
        for (name, origin) in named {
            if let Some(first) = seen.get(name) {
                let message = format!("The {what} {name} stands twice, first in {}.", first.file);
                self.error(origin, message, "Ids are unique and stay for ever.");
            } else {
                seen.insert(name, origin);
            }
        }
    }

    fn defined(&mut self) {
        let draft = self.draft;
        let anchors: BTreeSet<String> = draft
            .lessons
            .iter()
            .chain(&draft.overview)
            .flat_map(|lesson| {
                let headings = lesson.value.headings.iter();
                headings.map(|heading| format!("{}#{}", lesson.value.id, heading.id))
            })
            .collect();
        let ids = |kind: MentionKind| -> BTreeSet<String> {
            match kind {
                MentionKind::Concept => names(&draft.concepts, |c| &c.id),
                MentionKind::Fact => names(&draft.facts, |f| &f.id),
                MentionKind::Reference => names(&draft.references, |r| &r.id),
                MentionKind::Misconception => names(&draft.misconceptions, |m| &m.id),
                MentionKind::Anchor => anchors.clone(),
                MentionKind::Lesson => names(&draft.lessons, |l| &l.id),
                MentionKind::Design => names(&draft.designs, |d| &d.1.id),
            }
        };
        for kind in MentionKind::ALL {
            let known = ids(kind);
            for mention in draft.mentions.iter().filter(|mention| mention.kind == kind) {
                if !known.contains(&mention.name) {
                    let message = format!("There is no {} {}.", kind.title(), mention.name);
                    let help = nearest(&mention.name, &known);
                    self.error(&mention.origin, message, &help);
                }
            }
        }
    }

    /// Every fact is taught by the page or a lesson, and asked or at least noted as not asked.
    fn taught(&mut self) {
        let draft = self.draft;
        let taught: BTreeSet<&String> = draft
            .lessons
            .iter()
            .chain(&draft.overview)
            .flat_map(|lesson| &lesson.value.teaches)
            .collect();
        let asked: BTreeSet<&String> =
            draft.questions.iter().flat_map(|question| &question.value.teaches).collect();
        for fact in &draft.facts {
            let id = &fact.value.id;
            if !taught.contains(id) {
                let message = format!("No lesson teaches {id}: {}", fact.value.text);
                self.error(&fact.origin, message, "Name it in the teaches of a lesson that does.");
            } else if id.starts_with('S') && !asked.contains(id) {
                let message = format!("No question asks about {id}: {}", fact.value.text);
                self.note(&fact.origin, message, "Write one, or let it be.");
            }
        }
    }

    fn covered(&mut self) {
        let draft = self.draft;
        for concept in &draft.concepts {
            let id = &concept.value.id;
            let count = draft.questions.iter().filter(|q| q.value.concepts.contains(id)).count();
            self.few(count, &concept.origin, &format!("the concept {id}"));
        }
        for lesson in &draft.lessons {
            let id = &lesson.value.id;
            let count = draft.questions.iter().filter(|q| q.value.lesson == *id).count();
            self.few(count, &lesson.origin, &format!("the lesson {id}"));
        }
    }

    fn few(&mut self, count: usize, origin: &Origin, what: &str) {
        if count < QUESTIONS_MIN {
            let message = format!("Only {count} questions on {what}.");
            let help = format!("The bank wants {QUESTIONS_MIN} on each.");
            self.note(origin, message, &help);
        }
    }

    fn used(&mut self) {
        let draft = self.draft;
        for misconception in &draft.misconceptions {
            let id = &misconception.value.id;
            let uses = draft
                .questions
                .iter()
                .filter(|question| {
                    question.value.options.iter().any(|option| option.trap.as_ref() == Some(id))
                })
                .count();
            if uses < 2 {
                let message = format!("The misconception {id} tempts in {uses} questions.");
                self.note(&misconception.origin, message, "It wants two at least.");
            }
        }
    }
}

impl MentionKind {
    const ALL: [Self; 7] = [
        Self::Concept,
        Self::Fact,
        Self::Reference,
        Self::Misconception,
        Self::Anchor,
        Self::Lesson,
        Self::Design,
    ];

    fn title(self) -> &'static str {
        match self {
            Self::Concept => "concept",
            Self::Fact => "fact",
            Self::Reference => "reference",
            Self::Misconception => "misconception",
            Self::Anchor => "heading",
            Self::Lesson => "lesson",
            Self::Design => "design",
        }
    }
}

fn names<T>(list: &[Located<T>], name: impl Fn(&T) -> &String) -> BTreeSet<String> {
    list.iter().map(|located| name(&located.value).clone()).collect()
}

/// The known name that is most like the unknown one.
fn nearest(name: &str, known: &BTreeSet<String>) -> String {
    let best = known.iter().min_by_key(|candidate| distance(name, candidate));
    match best {
        Some(best) if distance(name, best) <= name.len() / 2 + 1 => {
            format!("Did you mean {best}?")
        }
        _ => "Define it, or use one that is defined.".to_owned(),
    }
}

/// Edits between two names (Levenshtein).
fn distance(one: &str, two: &str) -> usize {
    let two: Vec<char> = two.chars().collect();
    let mut row: Vec<usize> = (0..=two.len()).collect();
    for (index, a) in one.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = index + 1;
        for (column, b) in two.iter().enumerate() {
            let replaced = diagonal + usize::from(a != *b);
            diagonal = row[column + 1];
            row[column + 1] = replaced.min(diagonal + 1).min(row[column] + 1);
        }
    }
    row[two.len()]
}
