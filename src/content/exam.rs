//! `exam.toml`: the blueprint of the exam that a course prepares for.
//!
//! It stands in the scenario's folder, or beside the scenarios, which share it then.

use super::course::{Domain, Exam};
use super::form::{Document, Form};
use super::loader::{Loader, Located, SourceSpan};
use super::source::{EXAM, SHARED_EXAM};

/// Weight of all domains together, in percent.
const WHOLE: u32 = 100;

/// Reads the blueprint. `None` if the file is missing or damaged, which is reported at the file.
pub fn read(loader: &mut Loader<'_>) -> Option<Exam> {
    let folder = loader.folder;
    let Some((file, source)) = folder.find(EXAM).or_else(|| folder.find(SHARED_EXAM)) else {
        loader.missing(EXAM).help(
            "it holds the exam's code, title, seconds for a question and [[domain]]s; it may \
             stand beside the scenarios, which share it then",
        );
        return None;
    };
    let document = Document::parse(&source.text, file, 0, loader)?;
    let mut form = document.form("exam");
    let exam = Exam {
        code: form.text("code", loader).value,
        title: form.text("title", loader).value,
        seconds: form.number("seconds", 20..=u8::MAX, loader).value,
        domains: domains(&mut form, loader),
    };
    form.end(loader);
    Some(exam)
}

fn domains(form: &mut Form<'_, '_>, loader: &mut Loader<'_>) -> Vec<Domain> {
    let mut domains = Vec::new();
    let mut last: Option<SourceSpan> = None;
    for mut table in form.tables("domain", "domain", loader) {
        let title = table.text("title", loader);
        let weight = table.number("weight", 1..=WHOLE as u8, loader);
        let tasks = table.texts("tasks", loader);
        if tasks.is_empty() && table.has("tasks") {
            loader
                .error(table.place_of("tasks"), "this domain's `tasks` names nothing")
                .help("the first is task statement 1 of the domain, and so on");
        }
        twice(&tasks, loader);
        table.end(loader);
        last = Some(weight.place);
        let tasks = tasks.into_iter().map(|task| task.value).collect();
        domains.push(Domain { title: title.value, weight: weight.value, tasks });
    }
    match last {
        None => {
            loader
                .error(form.place, "this exam names no [[domain]]")
                .help("a domain has a title, a weight in percent and a list of tasks");
        }
        Some(place) => {
            let sum: u32 = domains.iter().map(|domain| u32::from(domain.weight)).sum();
            if sum != WHOLE {
                loader.error(
                    place,
                    format!("the weights of the domains add up to {sum} %, and must be {WHOLE} %"),
                );
            }
        }
    }
    domains
}

/// Reports a task statement that is named twice.
fn twice(tasks: &[Located<String>], loader: &mut Loader<'_>) {
    for (index, task) in tasks.iter().enumerate() {
        if tasks.iter().take(index).any(|before| before.value == task.value) {
            loader.error(task.place, format!("this domain names `{}` twice", task.value));
        }
    }
}

/// Checks that the scenario's level is the exam of this blueprint.
pub fn check_level(level: &Located<String>, loader: &mut Loader<'_>) {
    let Some(exam) = &loader.exam else { return };
    if exam.code != level.value && !exam.code.is_empty() && !level.value.is_empty() {
        let code = exam.code.clone();
        loader
            .error(
                level.place,
                format!(
                    "this scenario prepares for `{}`, and {EXAM} describes `{code}`",
                    level.value
                ),
            )
            .help("write the exam's code, or give the scenario an exam.toml of its own");
    }
}

/// Checks that a task statement is one of the exam's.
pub fn check_task(task: &Located<String>, loader: &mut Loader<'_>) {
    let Some(exam) = &loader.exam else { return };
    if task.value.is_empty() || exam.task(&task.value).is_some() {
        return;
    }
    let message = format!("{} has no task statement `{}`", exam.code, task.value);
    let known = exam.domains.iter().enumerate().map(|(index, domain)| {
        let number = index + 1;
        match domain.tasks.len() {
            1 => format!("{number}.1"),
            last => format!("{number}.1 to {number}.{last}"),
        }
    });
    let known = known.collect::<Vec<_>>().join(", ");
    loader.error(task.place, message).help(format!("they are {known}"));
}

#[cfg(test)]
mod tests {
    use crate::sample::{folder, one, read, told, without_file};

    #[test]
    fn a_course_has_the_blueprint_of_its_exam() {
        let (scenario, problems) = read(&folder(&[]));
        assert!(!problems.iter().any(crate::Problem::is_error), "{problems:?}");
        let exam = scenario.exam.unwrap();
        assert_eq!((exam.code.as_str(), exam.seconds), ("CLERK-1", 120));
        let task = exam.task("2.1").map(|(domain, task)| (domain.title.as_str(), task));
        assert_eq!(task, Some(("The back room", "Letters that wait for somebody")));
        for unknown in ["", "2", "2.0", "2.3", "0.1", "3.1", "2.1.1", "x.y"] {
            assert_eq!(exam.task(unknown), None, "{unknown}");
        }
    }

    #[test]
    fn a_blueprint_is_checked_at_its_place() {
        one(
            "exam.toml",
            "weight = 40",
            "weight = 41",
            "error exam.toml:12 the weights of the domains add up to 101 %, and must be 100 %",
        );
        one(
            "exam.toml",
            "seconds = 120",
            "seconds = 5",
            "error exam.toml:3 `seconds` must be between 20 and 255",
        );
        one(
            "exam.toml",
            "code =",
            "level = \"a\"\ncode =",
            "error exam.toml:1 an exam has no field `level`",
        );
        one(
            "exam.toml",
            "\"Letters that are written twice\"",
            "\"Letters that wait for somebody\"",
            "error exam.toml:13 this domain names `Letters that wait for somebody` twice",
        );
        one(
            "scenario.toml",
            "level = \"CLERK-1\"",
            "level = \"CLERK-2\"",
            "error scenario.toml:4 this scenario prepares for `CLERK-2`, and exam.toml describes \
             `CLERK-1`",
        );
    }

    #[test]
    fn a_missing_blueprint_is_reported_once_and_not_at_every_question() {
        assert_eq!(told(&without_file("exam.toml")), ["error exam.toml:0 this file is missing"]);
    }

    #[test]
    fn a_blueprint_beside_the_scenarios_is_shared_unless_a_scenario_has_its_own() {
        let mut shared = folder(&[]);
        shared.shown = "courses/reminder-letters/".to_owned();
        let place = shared.sources.iter().position(|source| source.path == "exam.toml").unwrap();
        shared.sources[place].path = "../exam.toml".to_owned();
        assert_eq!(read(&shared).0.exam, read(&folder(&[])).0.exam);
        let weight = shared.sources[place].text.replace("weight = 40", "weight = 41");
        shared.sources[place].text = weight;
        let (_, problems) = read(&shared);
        let files: Vec<&str> = problems.iter().map(|problem| problem.file.as_str()).collect();
        assert!(files.contains(&"courses/exam.toml"), "{files:?}");
    }
}
