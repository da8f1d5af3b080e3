//! A run on the screen: its playback, the layout of its design, and its current snapshot.

use std::collections::BTreeMap;

use super::layout::Plan;
use super::map::Scene;
use super::playback::{Found, Pace, Playback, Played};
use crate::content::course::{DesignEntry, DesignSource};
use crate::content::design;
use crate::sim::design::{Design, Effects, Experiment, Noun, PartKind};
use crate::sim::kernel::time::{Span, Time};
use crate::sim::run::Run;
use crate::sim::snapshot::Snapshot;
use crate::sim::timeline::{Intervention, Timeline};
use crate::sim::world::{Occurrence, PartId, Topology, Travel};
use crate::tui::ctx::Ctx;
use crate::tui::motion::Motion;

/// A design as read from its files.
#[derive(Debug, Clone)]
pub struct Draft {
    pub title: String,
    pub design: Design,
    pub documents: Vec<(String, String)>,
}

impl Draft {
    /// Reads a design of the course.
    pub fn read(entry: &DesignEntry, ctx: Ctx<'_>) -> Result<Self, String> {
        Self::of_source(ctx.library.design(entry).map_err(|cause| cause.to_string())?)
    }

    /// Parses a design.
    pub fn of_source(source: DesignSource) -> Result<Self, String> {
        let design = design::open(&source)?;
        let title = if design.title.is_empty() { source.id } else { design.title.clone() };
        Ok(Self { title, design, documents: source.workflows })
    }

    /// The timeline of an experiment with this design, at its start.
    pub fn timeline(&self, experiment: Experiment) -> Result<Timeline, String> {
        Timeline::new(experiment, self.design.clone(), self.documents.clone()).map_err(|found| {
            let first = found.into_iter().next();
            first.map_or_else(String::new, |first| format!("{}: {}", first.path, first.sentence))
        })
    }

    /// An experiment of one hour at the design's own rate.
    pub fn hour(&self, id: &str) -> Experiment {
        Experiment::hour(id, &self.design)
    }
}

/// A run on the screen.
pub struct RunView {
    pub draft: Draft,
    pub playback: Playback,
    pub plan: Plan,
    /// The names of rules by wire.
    pub labels: BTreeMap<u32, String>,
    pub snapshot: Snapshot,
    /// The selected part, and the order being followed.
    pub selected: Option<PartId>,
    pub followed: Option<u32>,
}

impl RunView {
    /// Shows an experiment with a design. Returns a sentence if it cannot run.
    pub fn new(draft: Draft, experiment: Experiment, pace: Pace) -> Result<Self, String> {
        let timeline = draft.timeline(experiment)?;
        let mut show = Self {
            draft,
            playback: Playback::new(timeline, pace),
            plan: Plan::default(),
            labels: BTreeMap::new(),
            snapshot: Snapshot::default(),
            selected: None,
            followed: None,
        };
        show.lay_out();
        Ok(show)
    }

    /// The run at the playhead.
    pub fn run(&self) -> &Run {
        self.playback.timeline().present()
    }

    /// Its parts and wires.
    pub fn topology(&self) -> &Topology {
        self.run().topology()
    }

    /// What flows through the design, in words.
    pub fn noun(&self) -> &Noun {
        &self.draft.design.load.noun
    }

    /// What calls of services do in the world.
    pub fn effects(&self) -> Effects {
        self.draft.design.all_effects()
    }

    /// The experiment as it began.
    pub fn experiment(&self) -> &Experiment {
        self.playback.timeline().experiment()
    }

    /// Restarts with another experiment.
    pub fn restart(&mut self, experiment: Experiment, pace: Pace) -> Result<(), String> {
        let timeline = self.draft.timeline(experiment)?;
        self.playback.replace(timeline, pace);
        self.lay_out();
        Ok(())
    }

    /// Applies an intervention at the playhead.
    pub fn intervene(&mut self, intervention: Intervention) -> Result<(), String> {
        let is_change = matches!(intervention, Intervention::Change(..));
        self.playback.timeline_mut().intervene(intervention)?;
        if is_change {
            self.lay_out();
        } else {
            self.refresh();
        }
        Ok(())
    }

    /// Lays out the picture again: a setting may have changed a wire.
    pub fn lay_out(&mut self) {
        self.plan = Plan::new(self.topology());
        self.labels = labels(&self.playback.timeline().settings(), self.topology());
        self.refresh();
    }

    /// Takes a new snapshot.
    pub fn refresh(&mut self) {
        self.snapshot = self.run().snapshot();
    }

    /// Plays on. The snapshot is taken at the beginning or the end of a frame's work, not at every piece.
    pub fn play(&mut self, played: Played) -> Option<Found> {
        let found = match played {
            Played::Tick(elapsed, motion) => self.playback.tick(elapsed, motion),
            Played::Work => self.playback.work(),
        };
        let is_due = matches!(played, Played::Tick(..)) || !self.playback.has_work();
        if is_due && self.snapshot.now != self.playback.now() || found.is_some() {
            self.refresh();
        }
        found
    }

    /// How long an occurrence counts as recent: a second, or a few frames at high speed.
    pub fn window(&self) -> Span {
        Span::from_millis(900.max(self.playback.speed() * 240 / 1_000))
    }

    /// The recent occurrences.
    pub fn lately(&self) -> &[Occurrence] {
        let past = self.playback.timeline().past();
        let since = Time(self.snapshot.now.0.saturating_sub(self.window().0));
        let from = past.partition_point(|occurrence| occurrence.at < since);
        past.get(from..).unwrap_or_default()
    }

    /// The scene to draw as a map; `followed` are the travels of the order being followed.
    pub fn scene<'a>(&'a self, motion: Motion, followed: &'a [Travel]) -> Scene<'a> {
        Scene {
            topology: self.topology(),
            plan: &self.plan,
            snapshot: &self.snapshot,
            labels: &self.labels,
            denials: self.run().denials(),
            lately: self.lately(),
            window: self.window(),
            motion,
            selected: self.selected,
            followed,
        }
    }

    /// The title of a part.
    pub fn title_of(&self, part: PartId) -> &str {
        self.topology().part(part).map_or("", |part| part.title.as_str())
    }
}

/// The names of a design's rules by the wires they stand for.
fn labels(design: &Design, topology: &Topology) -> BTreeMap<u32, String> {
    let mut labels: BTreeMap<u32, String> = BTreeMap::new();
    for (id, rule) in &design.rules {
        let name = rule.title.as_ref().unwrap_or(id);
        let bus = topology.number(&PartKind::Bus.path(&rule.bus));
        for target in &rule.targets {
            let wire = bus.zip(topology.number(target)).and_then(|(a, b)| topology.wire(a, b));
            let Some(wire) = wire else { continue };
            labels
                .entry(wire)
                .and_modify(|label| *label = format!("{label} + {name}"))
                .or_insert_with(|| name.clone());
        }
    }
    labels
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::screens::live::tests::{LETTERS, panel};

    fn draft(text: &str) -> Result<Draft, String> {
        let source =
            DesignSource { id: "desk".to_owned(), text: text.to_owned(), workflows: Vec::new() };
        Draft::of_source(source)
    }

    fn run(text: &str) -> RunView {
        let draft = draft(text).unwrap();
        let experiment = draft.hour("desk");
        RunView::new(draft, experiment, Pace::Paused).unwrap()
    }

    #[test]
    fn a_design_without_a_title_goes_by_its_id() {
        assert_eq!(draft(LETTERS).unwrap().title, "Letters");
        assert_eq!(draft(&LETTERS.replace("title = \"Letters\"", "")).unwrap().title, "desk");
        assert!(draft("queues = 3").is_err());
    }

    #[test]
    fn rules_with_the_same_target_share_the_label_of_a_wire() {
        let names = |text: &str| run(text).labels.into_values().collect::<Vec<_>>();
        assert_eq!(names(LETTERS), ["all"]);
        let rule = "[rules.late]\nbus = \"post\"\nevent_pattern = '{\"source\": [\"office\"]}'\n\
                    targets = [\"queues.tray\"]\n[queues.tray]";
        assert_eq!(names(&LETTERS.replace("[queues.tray]", rule)), ["all + late"]);
    }

    #[test]
    fn a_run_that_cannot_begin_leaves_the_old_one_as_it_was() {
        let mut show = run(LETTERS);
        let mut experiment = show.experiment().clone();
        experiment.seed += 1;
        experiment.changes.insert("queues.nowhere.delay_seconds".to_owned(), "5s".into());
        assert!(show.restart(experiment, Pace::Paused).is_err());
        assert_eq!(show.snapshot.seed, show.experiment().seed);
    }

    #[test]
    fn only_the_last_moments_are_recent() {
        let stage = panel(LETTERS).at("20s");
        let show = &stage.live().view;
        let since = show.snapshot.now.0 - show.window().0;
        assert!(show.lately().iter().all(|occurrence| occurrence.at.0 >= since));
        let all = show.playback.timeline().past().len();
        assert!(!show.lately().is_empty() && show.lately().len() < all);
    }
}
