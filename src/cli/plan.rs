//! `redrive plan`: when the exam is, what the days until then hold, and what to expect of them.

use std::process::ExitCode;
use std::rc::Rc;

use chrono::NaiveDate;
use clap::{Args, ValueEnum};
use serde_json::{Value, json};

use super::course::Courses;
use super::{Failure, Script, Shared, print};
use crate::content::course::{Misconception, ScenarioEntry};
use crate::content::visible;
use crate::store::Store;
use crate::study::catalog::CourseCatalog;
use crate::study::day::{Rollover, StudyDay};
use crate::study::evidence::Subject;
use crate::study::forecast::{Forecast, Outset, Work, forecast};
use crate::study::plan::Plan;
use crate::study::record::{Activity, Record};
use crate::tui::count::counted;

/// Minutes a day of a learner who has not said how many.
const MINUTES: u16 = 25;
/// Days that the table shows; JSON has all.
const DAYS_SHOWN: usize = 14;

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Date of the exam, such as 2026-12-18; `none` forgets it
    #[arg(long, value_name = "DATE", value_parser = date)]
    exam: Option<Exam>,
    /// Minutes of study a day
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=960))]
    minutes: Option<u16>,
    /// Hour of the night at which a study day ends
    #[arg(long, value_name = "HOUR", value_parser = clap::value_parser!(u8).range(0..=23))]
    rollover: Option<u8>,
    /// Output format
    #[arg(long, value_enum, default_value_t = Format::Table)]
    format: Format,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Format {
    Table,
    Json,
}

#[derive(Debug, Clone, Copy)]
enum Exam {
    On(NaiveDate),
    None,
}

fn date(text: &str) -> Result<Exam, String> {
    if text == "none" {
        return Ok(Exam::None);
    }
    let date = text.parse().map(Exam::On);
    date.map_err(|_| "write the date as 2026-12-18, or none".to_owned())
}

pub(super) fn run(
    arguments: &Arguments,
    shared: &Shared,
    script: &Script,
) -> Result<ExitCode, Failure> {
    let now = script.wall()?;
    let courses = Courses::load(shared)?;
    let scenario = only(&courses)?;
    let questions = courses.library().questions(&scenario)?;
    let misconceptions = courses.library().misconceptions(&scenario)?;
    let catalog = Rc::new(CourseCatalog::new(Rc::new(courses.into_library())));
    let mut store = Store::open_with(&shared.data_directory()?, catalog)?;
    let id = scenario.id.as_str().into();
    let progress = store.progress(&id, now)?;
    let plan = changed(progress.plan, arguments);
    let today = StudyDay::of(now, plan.rollover);
    if let (Some(Exam::On(exam)), false) = (arguments.exam, plan.exam > Some(today.0)) {
        return Err(Failure::usage(format!("The exam on {exam} is not ahead: name a later day.")));
    }
    if plan != progress.plan {
        store.append(&Record {
            scenario: id,
            at: now,
            day: today,
            activity: Activity::Planned(plan),
        })?;
    }
    let names = Names { scenario: &scenario, misconceptions: &misconceptions };
    let exam = plan.exam.map(StudyDay);
    let outset = Outset::of(&scenario, &questions, &progress);
    let made =
        exam.and_then(|exam| forecast(&outset, today, exam, plan.minutes.unwrap_or(MINUTES)));
    match arguments.format {
        Format::Table => print::text(&table(&plan, today, made.as_ref(), &names))?,
        Format::Json => {
            print::json(&format!("{:#}\n", as_json(&plan, today, made.as_ref())))?;
        }
    }
    match store.take_skipped() {
        Some(sentence) => Err(Failure { sentence, status: 1 }),
        None => Ok(ExitCode::SUCCESS),
    }
}

/// The course that is planned.
fn only(courses: &Courses) -> Result<ScenarioEntry, Failure> {
    let ids: Vec<&str> = courses.all().map(|scenario| scenario.id.as_str()).collect();
    match courses.all().next() {
        Some(scenario) if ids.len() == 1 => Ok(scenario.clone()),
        _ => Err(Failure::usage(format!(
            "There are several courses: choose one with --course {}.",
            ids.join(" or --course ")
        ))),
    }
}

fn changed(before: Plan, arguments: &Arguments) -> Plan {
    Plan {
        exam: match arguments.exam {
            Some(Exam::On(date)) => Some(date),
            Some(Exam::None) => None,
            None => before.exam,
        },
        minutes: arguments.minutes.or(before.minutes),
        rollover: arguments.rollover.and_then(Rollover::at).unwrap_or(before.rollover),
    }
}

/// Titles of what is planned.
struct Names<'a> {
    scenario: &'a ScenarioEntry,
    misconceptions: &'a [Misconception],
}

impl Names<'_> {
    fn of(&self, work: &Work) -> String {
        let named = match work {
            Work::Read(lesson) => {
                let entry = self.scenario.lessons.iter().find(|entry| *lesson == entry.id);
                entry.map(|entry| format!("read {} {}", entry.number, entry.title))
            }
            Work::Review(Subject::Concept(id)) => {
                let concept = self.scenario.concepts.iter().find(|concept| *id == concept.id);
                concept.map(|concept| concept.title.clone())
            }
            Work::Review(Subject::Misconception(id)) => {
                let known = self.misconceptions.iter().find(|known| *id == known.id);
                known.map(|known| known.name.clone())
            }
        };
        // What the course no longer has goes by its id.
        let id = || match work {
            Work::Read(lesson) => lesson.to_string(),
            Work::Review(subject) => subject.to_string(),
        };
        visible::line(&named.unwrap_or_else(id)).into_owned()
    }

    /// The sections by name, and how much is reviewed.
    fn day(&self, work: &[Work]) -> String {
        let (read, reviews): (Vec<&Work>, Vec<&Work>) =
            work.iter().partition(|work| matches!(work, Work::Read(_)));
        let mut words: Vec<String> = read.into_iter().map(|work| self.of(work)).collect();
        if !reviews.is_empty() {
            words.push(counted(reviews.len(), "review"));
        }
        words.join(", ")
    }
}

fn table(plan: &Plan, today: StudyDay, made: Option<&Forecast>, names: &Names<'_>) -> String {
    let Some(exam) = plan.exam else {
        return "No exam is planned: redrive plan --exam 2026-12-18 --minutes 25 plans one.\n"
            .to_owned();
    };
    let minutes = plan.minutes.unwrap_or(MINUTES);
    let Some(made) = made else {
        return format!(
            "The exam was planned for {exam}. --exam plans another, --exam none none.\n"
        );
    };
    let days = StudyDay(exam).since(today);
    let (least, most) = made.interval;
    let mut lines = vec![
        format!(
            "Exam on {exam}, {} from today. {minutes} minutes a day.",
            counted(days as usize, "day")
        ),
        format!(
            "Expected on the day: {:.1} of {} concepts (in eight of ten cases {least} to {most}).",
            made.expected, made.of
        ),
        String::new(),
    ];
    for day in made.days.iter().take(DAYS_SHOWN) {
        let work =
            if day.work.is_empty() { "nothing is due".to_owned() } else { names.day(&day.work) };
        lines.push(format!("{}  {:>3.0} min  {work}", day.day.0.format("%a %e %b"), day.minutes));
    }
    if let Some(more) = made.days.len().checked_sub(DAYS_SHOWN).filter(|more| *more > 0) {
        lines.push(format!("and {} more", counted(more, "day")));
    }
    lines.push(String::new());
    lines.push(if made.dropped.is_empty() {
        "Everything fits.".to_owned()
    } else {
        let dropped: Vec<String> = made.dropped.iter().map(|work| names.of(work)).collect();
        format!("There is no time for: {}.", dropped.join(", "))
    });
    lines.join("\n") + "\n"
}

fn as_json(plan: &Plan, today: StudyDay, made: Option<&Forecast>) -> Value {
    let work = |work: &Work| match work {
        Work::Read(lesson) => json!({ "read": lesson.as_str() }),
        Work::Review(subject) => json!({ "review": subject.to_string() }),
    };
    let list = |all: &[Work]| all.iter().map(work).collect::<Vec<_>>();
    json!({
        "exam": plan.exam.map(|date| date.to_string()),
        "minutes": plan.minutes,
        "rollover": plan.rollover.hour(),
        "today": today.0.to_string(),
        "forecast": made.map(|made| json!({
            "expected": made.expected,
            "concepts": made.of,
            "interval": [made.interval.0, made.interval.1],
            "days": made.days.iter().map(|day| json!({
                "day": day.day.0.to_string(),
                "minutes": day.minutes,
                "work": list(&day.work),
            })).collect::<Vec<_>>(),
            "dropped": list(&made.dropped),
        })),
    })
}
