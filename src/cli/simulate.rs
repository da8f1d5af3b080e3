//! `redrive simulate`: runs without a screen and prints everything a run can measure.

mod summary;

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, ValueEnum};
use serde_json::{Value, json};

use super::course::Courses;
use super::progress::Progress;
use super::{Failure, Shared, course, print, read};
use crate::content::course::DesignSource;
use crate::content::experiment::{self, Given};
use crate::content::{design, problem};
use crate::sim::design::{Design, Duration, Experiment, FaultSpec, Mistake};
use crate::sim::kernel::time::Time;
use crate::sim::run::{Advance, Run};

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// A design or lab of the course by name, or a design or experiment file
    #[arg(value_name = "DESIGN|LAB|FILE")]
    what: String,
    /// Seed: the same seed gives the same run [default: 7, or the experiment's]
    #[arg(long)]
    seed: Option<u64>,
    /// Simulated time, such as 30m [default: 10m, or the experiment's]
    #[arg(long = "for", value_name = "DURATION", value_parser = duration)]
    span: Option<Duration>,
    /// Exact number that come in, spread over the first nine tenths of the time
    #[arg(long, value_name = "N")]
    orders: Option<u32>,
    /// Number that come in per second, until the end [default: the design's, for nine tenths of the time]
    #[arg(long, value_name = "R")]
    rate: Option<f64>,
    /// Change a setting of the design: `queues.inventory.visibility_timeout=5s`
    #[arg(long = "set", value_name = "PATH=VALUE")]
    changes: Vec<String>,
    /// Break something: KIND:PART@START+DURATION, such as outage:shipping@5m+20m; then ,factor=N for slow,
    /// ,rate=R for errors and throttle, ,orders=N for poison
    #[arg(long = "fault", value_name = "SPEC")]
    faults: Vec<String>,
    /// Output: a summary, every measure as JSON, or one line of JSON per occurrence
    #[arg(long, value_enum, default_value_t = Format::Summary)]
    format: Format,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Summary,
    Json,
    Trace,
}

/// Agenda entries to process between two updates of the output.
const ENTRIES_AT_ONCE: usize = 20_000;

fn duration(text: &str) -> Result<Duration, String> {
    Duration::parse(text)
        .ok_or_else(|| "write a number and ms, s, m, h or d, such as 30m".to_owned())
}

/// The experiment to run, with its source text.
struct Subject {
    experiment: Experiment,
    design: Design,
    documents: Vec<(String, String)>,
    file: String,
    text: String,
}

pub(super) fn run(arguments: &Arguments, shared: &Shared) -> Result<ExitCode, Failure> {
    let mut subject = subject(&arguments.what, arguments, shared)?;
    let faults = subject.experiment.faults.len();
    for fault in &arguments.faults {
        subject.experiment.faults.push(FaultSpec::parse(fault).map_err(Failure::usage)?);
    }
    if arguments.rate.is_some_and(|rate| !(rate > 0.0 && rate <= 100_000.0)) {
        let many = &subject.design.load.noun.many;
        return Err(Failure::usage(format!(
            "--rate is above 0 and at most 100000 {many} a second."
        )));
    }
    let load = subject.experiment.load;
    if let (Some(orders), Some(rate)) = (load.orders, load.rate) {
        let (needed, given) = (f64::from(orders) / rate, subject.experiment.run.0.0 as f64 / 1e6);
        if needed > given {
            let many = &subject.design.load.noun.many;
            return Err(Failure::usage(format!(
                "{orders} {many} at {rate} a second take {needed:.0} seconds, and the run has \
                 {given:.0}: give it more time with --for, or leave --rate out."
            )));
        }
    }
    let run = Run::experiment(&subject.experiment, &subject.design, &subject.documents);
    let mut run = run.map_err(|mistakes| refused(&subject, arguments, faults, &mistakes))?;
    run.watch(false);
    let until = Time::ZERO + subject.experiment.run.0;
    match arguments.format {
        Format::Summary => {
            advance(&mut run, until);
            print::text(&summary::write(&run, &subject.experiment, &subject.design))?;
        }
        Format::Json => {
            advance(&mut run, until);
            let report = serde_json::to_string_pretty(&run.report())?;
            print::json(&format!("{report}\n"))?;
        }
        Format::Trace => trace(&mut run, until)?,
    }
    Ok(ExitCode::SUCCESS)
}

/// Runs until the end, with a progress bar if that takes long.
fn advance(run: &mut Run, until: Time) {
    let mut progress = Progress::new();
    while run.advance(until, ENTRIES_AT_ONCE) == Advance::Busy {
        progress.show(run.now().0, until.0);
    }
}

/// Prints every occurrence as a line while the run advances.
fn trace(run: &mut Run, until: Time) -> Result<(), Failure> {
    run.record();
    loop {
        let done = run.advance(until, ENTRIES_AT_ONCE);
        let mut lines = String::new();
        for occurrence in run.take_occurrences() {
            let part = run
                .topology()
                .part(occurrence.part)
                .map_or_else(String::new, |part| part.path.to_string());
            let line = json!({
                "at": occurrence.at.0 as f64 / 1e6,
                "part": part,
                "order": occurrence.order,
                "kind": occurrence.kind().name(),
                "number": occurrence.happened.number(),
            });
            let _ = writeln!(lines, "{line}");
        }
        print::json(&lines)?;
        if done == Advance::Reached {
            return Ok(());
        }
    }
}

/// Resolves the command line's subject and applies the changes given beside it.
fn subject(what: &str, arguments: &Arguments, shared: &Shared) -> Result<Subject, Failure> {
    let path = Path::new(what);
    let mut subject = if path.extension().is_some_and(|ending| ending == "toml") || path.is_file() {
        from_file(path, arguments, shared)?
    } else {
        let courses = Courses::load(shared)?;
        if let Some((lab, text, source)) = courses.lab(what)? {
            let file = format!("labs/{what}.toml");
            Subject { file, text, ..of_source(&source, lab.experiment)? }
        } else {
            let source = find(&courses, what)?;
            let design = what.to_owned();
            of_source(&source, Experiment { design, ..Experiment::default() })?
        }
    };
    let experiment = &mut subject.experiment;
    experiment.seed = arguments.seed.unwrap_or(experiment.seed);
    experiment.run = arguments.span.unwrap_or(experiment.run);
    experiment.load.orders = arguments.orders.or(experiment.load.orders);
    experiment.load.rate = arguments.rate.or(experiment.load.rate);
    for change in &arguments.changes {
        let (path, value) = setting(change)?;
        if path == "design" {
            let id = value.as_str().unwrap_or_default().to_owned();
            let source = find(&Courses::load(shared)?, &id)?;
            let experiment = std::mem::take(&mut subject.experiment);
            subject = of_source(&source, Experiment { design: id, ..experiment })?;
        } else {
            subject.experiment.changes.insert(path, value);
        }
    }
    Ok(subject)
}

/// Parses `PATH=VALUE`: the value is JSON if it parses as JSON, else text.
fn setting(text: &str) -> Result<(String, Value), Failure> {
    let (path, value) = text.split_once('=').ok_or_else(|| {
        Failure::usage(format!(
            "--set {text} is not PATH=VALUE, such as queues.work.delay_seconds=5s."
        ))
    })?;
    // JSON documents such as patterns and policies are stored as text.
    let json = serde_json::from_str::<Value>(value).ok().filter(|value| !value.is_object());
    Ok((path.trim().to_owned(), json.unwrap_or_else(|| Value::from(value))))
}

fn from_file(path: &Path, arguments: &Arguments, shared: &Shared) -> Result<Subject, Failure> {
    let file = path.display().to_string();
    let text = read(path, "file")?;
    let given = experiment::read(&file, &text).map_err(|problem| told(&[*problem]))?;
    match given {
        Given::Design(design) => {
            let documents = documents(path, &design)?;
            let experiment = Experiment { design: file.clone(), ..Experiment::default() };
            Ok(Subject { experiment, design: *design, documents, file, text })
        }
        Given::Experiment(experiment) => {
            let changed = arguments.changes.iter().any(|change| change.starts_with("design="));
            let id = experiment.design_id().to_owned();
            let source = match find(&Courses::load(shared)?, &id) {
                // The command line names another design anyway.
                Err(_) if changed => {
                    DesignSource { id: String::new(), text: String::new(), workflows: Vec::new() }
                }
                source => source?,
            };
            let subject = of_source(&source, *experiment)?;
            Ok(Subject { file, text, ..subject })
        }
    }
}

fn of_source(source: &DesignSource, experiment: Experiment) -> Result<Subject, Failure> {
    let design = design::open(source).map_err(Failure::usage)?;
    Ok(Subject {
        experiment,
        design,
        documents: source.workflows.clone(),
        file: format!("designs/{}.toml", source.id),
        text: source.text.clone(),
    })
}

/// Finds a design of a course.
fn find(courses: &Courses, id: &str) -> Result<DesignSource, Failure> {
    if let Some(found) = courses.design(id)? {
        return Ok(found);
    }
    let known = course::ids(courses.all(), |scenario| &scenario.designs).join(", ");
    let (which, whose) = if courses.all().count() == 1 { ("This", "Its") } else { ("No", "Their") };
    let has = if which == "No" { "has a design or lab" } else { "has no design or lab" };
    Err(Failure::usage(format!(
        "{which} course {has} {id:?}, and there is no file of that name. {whose} designs: {known}."
    )))
}

/// Reads the workflows that a design file names, from its own folder or from a `workflows` folder
/// in or beside that one.
pub(super) fn documents(path: &Path, design: &Design) -> Result<Vec<(String, String)>, Failure> {
    let folder = path.parent().map(Path::to_path_buf).unwrap_or_default();
    let mut documents = Vec::new();
    for workflow in design.workflows.values() {
        let name = &workflow.definition;
        let places: [PathBuf; 3] = [
            folder.join(name),
            folder.join("workflows").join(name),
            folder.join("..").join("workflows").join(name),
        ];
        if let Some(found) = places.iter().find(|place| place.is_file()) {
            documents.push((name.clone(), read(found, "file")?));
        }
    }
    Ok(documents)
}

pub(super) fn told(problems: &[problem::Problem]) -> Failure {
    Failure::usage(problem::render(problems).trim_end().to_owned())
}

/// Checks an experiment against the design of the course that it names.
pub(super) fn can_run_in_course(
    file: &str,
    text: &str,
    experiment: &Experiment,
    courses: &Courses,
) -> Result<(), Failure> {
    let source = find(courses, experiment.design_id())?;
    let design = design::open(&source).map_err(Failure::usage)?;
    can_run(file, text, experiment, &design, &source.workflows)
}

/// Checks an experiment against a design, and reports mistakes at their place in either file.
pub(super) fn can_run(
    file: &str,
    text: &str,
    experiment: &Experiment,
    design: &Design,
    documents: &[(String, String)],
) -> Result<(), Failure> {
    match Run::experiment(experiment, design, documents) {
        Ok(_) => Ok(()),
        Err(mistakes) => {
            let placed = mistakes.iter().map(|mistake| experiment::at_path(file, text, mistake));
            Err(told(&placed.collect::<Vec<_>>()))
        }
    }
}

/// Reports mistakes at their place in the file, or at the option that caused them.
fn refused(
    subject: &Subject,
    arguments: &Arguments,
    own_faults: usize,
    mistakes: &[Mistake],
) -> Failure {
    let sentences = mistakes.iter().map(|mistake| {
        let given = mistake
            .path
            .strip_prefix("changes.")
            .and_then(|path| arguments.changes.iter().find(|c| c.starts_with(&format!("{path}="))))
            .map(|change| format!("--set {change}"))
            .or_else(|| {
                let index = mistake.path.strip_prefix("faults.")?.split('.').next()?;
                let index: usize = index.parse().ok()?;
                let fault = arguments.faults.get(index.checked_sub(own_faults)?)?;
                Some(format!("--fault {fault}"))
            })
            .or_else(|| {
                let change = arguments.changes.iter().find(|change| {
                    let path = change.split('=').next().unwrap_or_default();
                    mistake.path == path
                })?;
                Some(format!("--set {change}"))
            })
            .or_else(|| match mistake.path.as_str() {
                "run" => arguments.span.map(|_| "--for".to_owned()),
                // A given number of orders stands; otherwise it follows from rate and duration.
                "load" if subject.experiment.load.orders.is_some() => {
                    arguments.orders.map(|_| "--orders".to_owned())
                }
                "load" => {
                    let rate = arguments.rate.map(|_| "--rate");
                    rate.or(arguments.span.map(|_| "--for")).map(str::to_owned)
                }
                _ => None,
            });
        match given {
            Some(given) => format!("{given}: {}", mistake.sentence),
            None => experiment::at_path(&subject.file, &subject.text, mistake).to_string(),
        }
    });
    Failure::usage(sentences.collect::<Vec<_>>().join("\n").trim_end().to_owned())
}
