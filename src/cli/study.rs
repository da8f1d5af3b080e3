//! Opens the app: at a terminal, or on scripted keys without one.

use std::process::ExitCode;
use std::rc::Rc;

use std::path::Path;

use super::course::{self, Courses};
use super::{Failure, Script, Shared, Verb, print, simulate};
use crate::clock::Clock;
use crate::content::course::ScenarioEntry;
use crate::content::experiment::{self, Given};
use crate::sim::design::Experiment;
use crate::store::Store;
use crate::study::catalog::CourseCatalog;
use crate::study::next;
use crate::tui::app::{Open, Start};
use crate::tui::ctx::Subject;
use crate::tui::effects::Effects;
use crate::tui::runtime::{self, Runtime};
use crate::tui::theme::{Palette, Signs, Theme};
use crate::tui::{script, terminal};

pub(super) fn run(
    verb: Option<&Verb>,
    shared: &Shared,
    script: &Script,
) -> Result<ExitCode, Failure> {
    match &script.keys {
        Some(keys) => scripted(verb, shared, script, keys),
        None if script.print || script.plain => scripted(verb, shared, script, ""),
        None => interactive(verb, shared),
    }
}

/// Resolves a verb to what it opens and the courses it can open it in.
fn start(verb: Option<&Verb>, courses: &Courses) -> Result<Start, Failure> {
    let (open, design) = match verb {
        Some(Verb::Read { lesson }) => (Open::Read(lesson.clone()), None),
        Some(Verb::Quiz) => (Open::Traps, None),
        Some(Verb::Live { what: None }) => (Open::Live(Subject::First), None),
        Some(Verb::Live { what: Some(what) }) => {
            let (subject, design) = subject(what, courses)?;
            (Open::Live(subject), design)
        }
        Some(Verb::Lab { id: Some(id) }) => (Open::Live(Subject::Lab(id.clone())), None),
        Some(Verb::Lab { id: None }) => (Open::Labs, None),
        None
        | Some(
            Verb::Check(_)
            | Verb::History(_)
            | Verb::Plan(_)
            | Verb::Export(_)
            | Verb::Import(_)
            | Verb::Simulate(_)
            | Verb::TestEventPattern(_)
            | Verb::RunWorkflow(_),
        ) => (Open::Home, None),
    };
    let holds = |scenario: &&ScenarioEntry| {
        let has_design = |id: &String| course::design_of(scenario, id).is_some();
        holds(scenario, &open) && design.as_ref().is_none_or(has_design)
    };
    let holders: Vec<String> =
        courses.all().filter(holds).map(|scenario| scenario.id.clone()).collect();
    if holders.is_empty() {
        return Err(missing(&open, courses));
    }
    Ok(Start { open, courses: holders })
}

/// Whether a scenario has what is to be opened.
fn holds(scenario: &ScenarioEntry, open: &Open) -> bool {
    match open {
        Open::Live(Subject::Lab(id)) => course::lab_of(scenario, id).is_some(),
        Open::Live(Subject::Design(id)) => course::design_of(scenario, id).is_some(),
        Open::Read(Some(name)) => next::lesson_named(scenario, name).is_some(),
        Open::Home | Open::Read(None) | Open::Traps | Open::Labs | Open::Live(_) => true,
    }
}

/// Reports what no course has.
fn missing(open: &Open, courses: &Courses) -> Failure {
    match open {
        Open::Live(Subject::Lab(id)) => {
            courses.without("lab", id, &course::ids(courses.all(), |scenario| &scenario.labs))
        }
        Open::Live(Subject::Design(id)) => {
            courses.without("design", id, &course::ids(courses.all(), |scenario| &scenario.designs))
        }
        Open::Read(Some(lesson)) => Failure::usage(format!(
            "There is no lesson {lesson}: give a lesson's name, or its number from 1."
        )),
        Open::Home | Open::Read(None) | Open::Traps | Open::Labs | Open::Live(_) => {
            Failure { sentence: "The course has no scenario.".to_owned(), status: 1 }
        }
    }
}

/// Resolves a design by name, or an experiment by file with the id of its design.
fn subject(what: &str, courses: &Courses) -> Result<(Subject, Option<String>), Failure> {
    let is_file = what.contains(['/', '.']);
    if !is_file {
        return Ok((Subject::Design(what.to_owned()), None));
    }
    let text = super::read(Path::new(what), "file")?;
    let given = experiment::read(what, &text).map_err(|problem| simulate::told(&[*problem]))?;
    Ok(match given {
        Given::Experiment(experiment) => {
            simulate::can_run_in_course(what, &text, &experiment, courses)?;
            (Subject::Experiment(text), Some(experiment.design_id().to_owned()))
        }
        Given::Design(design) => {
            let path = Path::new(what);
            let name =
                path.file_stem().map_or(what.to_owned(), |n| n.to_string_lossy().into_owned());
            let documents = simulate::documents(path, &design)?;
            simulate::can_run(what, &text, &Experiment::hour(&name, &design), &design, &documents)?;
            (Subject::Own { name, text, documents }, None)
        }
    })
}

fn interactive(verb: Option<&Verb>, shared: &Shared) -> Result<ExitCode, Failure> {
    if !terminal::is_there() {
        return Err(Failure::usage(
            "Redrive needs a terminal for its screen. Without one, use redrive --keys '…' --print, \
             redrive history or redrive check.",
        ));
    }
    if std::env::var_os("TERM").is_some_and(|term| term == "dumb") {
        return Err(Failure::usage(
            "This is a dumb terminal (TERM=dumb), which cannot show Redrive's screen. Use \
             redrive --keys '…' --plain, redrive history or redrive check.",
        ));
    }
    let size = terminal::dimensions()?;
    let mut runtime = runtime(verb, shared, Clock::system(), size)?;
    let status = terminal::run(&mut runtime)?;
    match runtime.unsaved() {
        // Unsaved records are lost now, so report them.
        Some(sentence) => Err(Failure { sentence, status: status.max(1) }),
        None => Ok(ExitCode::from(status)),
    }
}

fn scripted(
    verb: Option<&Verb>,
    shared: &Shared,
    script: &Script,
    keys: &str,
) -> Result<ExitCode, Failure> {
    let steps = script::parse(keys).map_err(|wrong| Failure::usage(wrong.to_string()))?;
    let size = dimensions(&script.size)?;
    let clock = Clock::scripted(script.wall()?);
    let mut runtime = runtime(verb, shared, clock, size)?;
    runtime.play(&steps);
    if script.plain {
        print::text(&runtime.app().page().to_string())?;
    } else if script.print {
        print::text(&runtime::text(&runtime.frame(runtime.app().size())))?;
    }
    match runtime.unsaved() {
        Some(sentence) => Err(Failure { sentence, status: 1 }),
        None => Ok(ExitCode::SUCCESS),
    }
}

fn dimensions(text: &str) -> Result<(u16, u16), Failure> {
    let size = text.split_once('x').and_then(|(columns, rows)| {
        let columns: u16 = columns.parse().ok()?;
        let rows: u16 = rows.parse().ok()?;
        script::is_size(columns, rows).then_some((columns, rows))
    });
    size.ok_or_else(|| {
        Failure::usage(format!("--size {text} is not a size: write columns and rows as 120x36."))
    })
}

fn runtime(
    verb: Option<&Verb>,
    shared: &Shared,
    clock: Clock,
    size: (u16, u16),
) -> Result<Runtime, Failure> {
    let courses = Courses::load(shared)?;
    let start = start(verb, &courses)?;
    let directory = shared.data_directory()?;
    let library = Rc::new(courses.into_library());
    let store = Store::open_with(&directory, Rc::new(CourseCatalog::new(library.clone())))?;
    let effects = Effects::new(store, &directory);
    let look = (theme(), shared.motion);
    Runtime::new(library, effects, clock, &start, look, size)
        .ok_or_else(|| Failure { sentence: "The course has no scenario.".to_owned(), status: 1 })
}

/// Chooses a theme: `NO_COLOR` keeps weight and symbols only; a locale without UTF-8 gets ASCII.
fn theme() -> Theme {
    let set = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    let palette = if set("NO_COLOR").is_some() { Palette::Plain } else { Palette::Terminal };
    let locale = set("LC_ALL").or_else(|| set("LC_CTYPE")).or_else(|| set("LANG"));
    let utf8 = locale.is_none_or(|locale| {
        let locale = locale.to_ascii_lowercase();
        locale.contains("utf-8") || locale.contains("utf8")
    });
    Theme { palette, signs: if utf8 { Signs::Unicode } else { Signs::Ascii } }
}
