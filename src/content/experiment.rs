//! Experiment files: TOML with an `[experiment]` table, or a design on its own.

use super::design::{self, DesignDraft, span_of};
use super::problem::Problem;
use redrive_sim::design::{Design, Experiment, Mistake};

/// Content of a file given to `simulate`.
#[derive(Debug, Clone, PartialEq)]
pub enum Given {
    /// A design, to run as it is.
    Design(Box<Design>),
    /// An experiment that names its design.
    Experiment(Box<Experiment>),
}

/// The `[experiment]` table of a lab or a saved run.
#[derive(serde::Serialize, serde::Deserialize)]
struct Holder {
    experiment: Experiment,
}

/// Parses a file, or reports its mistake at its place.
pub fn read(file: &str, text: &str) -> Result<Given, Box<Problem>> {
    let wrong = |error: &toml::de::Error| {
        let span = error.span().unwrap_or(0..0);
        Box::new(Problem::of_span(file, text, span, error.message().trim()))
    };
    let is_experiment = text.lines().any(|line| line.trim_start().starts_with("[experiment"));
    if is_experiment {
        let holder: Holder = toml::from_str(text).map_err(|error| wrong(&error))?;
        Ok(Given::Experiment(Box::new(holder.experiment)))
    } else {
        let design: Design = toml::from_str(text).map_err(|error| wrong(&error))?;
        Ok(Given::Design(Box::new(design)))
    }
}

/// Writes an experiment as TOML that [`read`] can parse.
pub fn write(experiment: &Experiment) -> Result<String, String> {
    let holder = Holder { experiment: experiment.clone() };
    toml::to_string(&holder).map_err(|cause| {
        format!("The run cannot be written down: {}.", cause.to_string().trim_end_matches('.'))
    })
}

/// Returns the mistakes of an experiment on a design that can be found without a run; none if the
/// design itself is wrong.
#[must_use]
pub fn mistakes(experiment: &Experiment, draft: &DesignDraft) -> Vec<Mistake> {
    let Ok(base) = design::open(&draft.source) else { return Vec::new() };
    let design = match experiment.changed(&base) {
        Ok(design) => design,
        Err(mistake) => return vec![mistake],
    };
    let broken = design.mistakes(&draft.source.workflows).into_iter().map(|mistake| Mistake {
        path: "changes".to_owned(),
        sentence: format!("{}: {}", mistake.path, mistake.sentence),
    });
    broken.chain(experiment.resolved_faults(&design).err().unwrap_or_default()).collect()
}

/// Places a mistake of a design or an experiment at its path in the text.
#[must_use]
pub fn at_path(file: &str, text: &str, mistake: &Mistake) -> Problem {
    let within = format!("experiment.{}", mistake.path);
    let span = span_of(&within, text).or_else(|| span_of(&mistake.path, text)).unwrap_or(0..0);
    Problem::of_span(file, text, span, &mistake.sentence)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_experiment_and_a_design_are_told_apart() {
        let lab = "id = \"a\"\n[experiment]\ndesign = \"shop\"\nseed = 3\n\
            faults = [{ at = \"5m\", kind = \"outage\", part = \"shipping\", for = \"20m\" }]\n\
            [experiment.load]\norders = 600\n[experiment.changes]\n\
            \"queues.work.visibility_timeout\" = \"5s\"\n";
        let Given::Experiment(read_lab) = read("lab.toml", lab).unwrap() else { panic!() };
        assert_eq!(
            (read_lab.design.as_str(), read_lab.seed, read_lab.load.orders),
            ("shop", 3, Some(600))
        );
        assert_eq!(read_lab.faults.len(), 1);
        assert!(matches!(read("d.toml", "title = \"x\"\n"), Ok(Given::Design(_))));
    }

    #[test]
    fn what_is_written_is_read_again() {
        let mut experiment = Experiment { design: "shop".to_owned(), ..Experiment::default() };
        experiment.changes.insert("queues.work.fifo_queue".to_owned(), true.into());
        experiment
            .faults
            .push(redrive_sim::design::FaultSpec::parse("slow:till@1s+5m,factor=3").unwrap());
        let text = write(&experiment).unwrap();
        assert_eq!(read("run.toml", &text).unwrap(), Given::Experiment(Box::new(experiment)));
    }

    #[test]
    fn a_mistake_has_its_place() {
        let wrong = read("d.toml", "title = \"x\"\n\n[queues.a]\ncolour = 1\n").unwrap_err();
        assert_eq!((wrong.line, wrong.column), (4, 1));
        let text = "[experiment]\ndesign = \"shop\"\n[experiment.load]\nspeed = 1\n";
        let wrong = read("l.toml", text).unwrap_err();
        assert_eq!(wrong.line, 4);
        let mistake = Mistake { path: "load.orders".to_owned(), sentence: "no".to_owned() };
        let told = at_path("l.toml", "[experiment.load]\norders = 1\n", &mistake);
        assert_eq!((told.line, told.column), (2, 10));
    }
}
