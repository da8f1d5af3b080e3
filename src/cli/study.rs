//! Opens the app: at a terminal, or on scripted keys without one.

use std::process::ExitCode;

use std::path::Path;

use super::{Failure, Script, Shared, Verb, print, simulate};
use crate::clock::Clock;
use crate::content::Library;
use crate::content::experiment::{self, Given};
use crate::sim::design::Experiment;
use crate::store::Store;
use crate::tui::app::Open;
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
    let open = match verb {
        Some(Verb::Read { lesson }) => Open::Read(lesson.clone()),
        Some(Verb::Quiz) => Open::Traps,
        Some(Verb::Live { what: None }) => Open::Live(Subject::First),
        Some(Verb::Live { what: Some(what) }) => Open::Live(subject(what, shared)?),
        Some(Verb::Lab { id: Some(id) }) => Open::Live(Subject::Lab(id.clone())),
        Some(Verb::Lab { id: None }) => Open::Labs,
        _ => Open::Home,
    };
    match &script.keys {
        Some(keys) => scripted(&open, shared, script, keys),
        None if script.print || script.plain => scripted(&open, shared, script, ""),
        None => interactive(&open, shared),
    }
}

/// Resolves a design by name, or an experiment by file.
fn subject(what: &str, shared: &Shared) -> Result<Subject, Failure> {
    let is_file = what.contains(['/', '.']);
    if !is_file {
        return Ok(Subject::Design(what.to_owned()));
    }
    let text = super::read(Path::new(what), "file")?;
    let given = experiment::read(what, &text).map_err(|problem| simulate::told(&[*problem]))?;
    Ok(match given {
        Given::Experiment(experiment) => {
            simulate::can_run_in_course(what, &text, &experiment, &shared.library()?)?;
            Subject::Experiment(text)
        }
        Given::Design(design) => {
            let path = Path::new(what);
            let name =
                path.file_stem().map_or(what.to_owned(), |n| n.to_string_lossy().into_owned());
            let documents = simulate::documents(path, &design)?;
            simulate::can_run(what, &text, &Experiment::hour(&name, &design), &design, &documents)?;
            Subject::Own { name, text, documents }
        }
    })
}

/// Checks that the course has the subject to open.
fn is_there(library: &Library, subject: &Subject) -> Result<(), Failure> {
    let scenarios = &library.index().scenarios;
    let (what, id, known): (&str, &str, Vec<&str>) = match subject {
        Subject::Lab(id) => {
            let labs = scenarios.iter().flat_map(|scenario| &scenario.labs);
            ("lab", id, labs.map(|lab| lab.id.as_str()).collect())
        }
        Subject::Design(id) => {
            let designs = scenarios.iter().flat_map(|scenario| &scenario.designs);
            ("design", id, designs.map(|design| design.id.as_str()).collect())
        }
        _ => return Ok(()),
    };
    if known.contains(&id) {
        return Ok(());
    }
    Err(Failure::usage(format!("This course has no {what} {id:?}. It has {}.", known.join(", "))))
}

fn interactive(open: &Open, shared: &Shared) -> Result<ExitCode, Failure> {
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
    let mut runtime = runtime(open, shared, Clock::system(), size)?;
    let status = terminal::run(&mut runtime)?;
    match runtime.unsaved() {
        // Unsaved records are lost now, so report them.
        Some(sentence) => Err(Failure { sentence, status: status.max(1) }),
        None => Ok(ExitCode::from(status)),
    }
}

fn scripted(
    open: &Open,
    shared: &Shared,
    script: &Script,
    keys: &str,
) -> Result<ExitCode, Failure> {
    let steps = script::parse(keys).map_err(|wrong| Failure::usage(wrong.to_string()))?;
    let size = dimensions(&script.size)?;
    let clock = Clock::scripted(script.wall()?);
    let mut runtime = runtime(open, shared, clock, size)?;
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
    open: &Open,
    shared: &Shared,
    clock: Clock,
    size: (u16, u16),
) -> Result<Runtime, Failure> {
    let library = shared.library()?;
    if let Open::Live(subject) = open {
        is_there(&library, subject)?;
    }
    let directory = shared.data_directory()?;
    let effects = Effects::new(Store::open(&directory)?, &directory);
    Runtime::new(library, effects, clock, open, (theme(), shared.motion), size).ok_or_else(|| {
        match open {
            Open::Read(Some(lesson)) => Failure::usage(format!(
                "There is no lesson {lesson}: give a lesson's name, or its number from 1."
            )),
            _ => Failure { sentence: "The course has no scenario.".to_owned(), status: 1 },
        }
    })
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
