//! A run that is shown: the player, what a picture of its design needs, and how it is just now.

use std::collections::BTreeMap;

use super::layout::Plan;
use super::map::Scene;
use super::playback::{Found, Pace, Playback, Played};
use crate::content::course::{DesignEntry, DesignSource};
use crate::content::design;
use crate::sim::design::{Design, Experiment, PartKind};
use crate::sim::kernel::time::{Span, Time};
use crate::sim::run::Run;
use crate::sim::snapshot::Snapshot;
use crate::sim::timeline::{Intervention, Timeline};
use crate::sim::world::{Occurrence, PartId, Topology, Travel};
use crate::tui::ctx::Ctx;
use crate::tui::motion::Motion;

/// A design as its files have it.
#[derive(Debug, Clone)]
pub struct Draft {
    pub title: String,
    pub design: Design,
    pub documents: Vec<(String, String)>,
}

impl Draft {
    pub fn read(entry: &DesignEntry, ctx: Ctx<'_>) -> Result<Self, String> {
        Self::of_source(ctx.library.design(entry).map_err(|cause| cause.to_string())?)
    }

    pub fn of_source(source: DesignSource) -> Result<Self, String> {
        let design = design::open(&source)?;
        let title = if design.title.is_empty() { source.id } else { design.title.clone() };
        Ok(Self { title, design, documents: source.workflows })
    }

    /// The run of an experiment with it, before anything happened.
    pub fn timeline(&self, experiment: Experiment) -> Result<Timeline, String> {
        Timeline::new(experiment, self.design.clone(), self.documents.clone()).map_err(|found| {
            let first = found.into_iter().next();
            first.map_or_else(String::new, |first| format!("{}: {}", first.path, first.sentence))
        })
    }

    /// An hour of it, at its own rate.
    pub fn hour(&self, id: &str) -> Experiment {
        Experiment::hour(id, &self.design)
    }
}

/// A run on the screen.
pub struct RunView {
    pub draft: Draft,
    pub playback: Playback,
    pub plan: Plan,
    /// What rules are called, by the wire of each.
    pub labels: BTreeMap<u32, String>,
    pub snapshot: Snapshot,
    /// The part that is selected in the picture, and the order that is followed.
    pub selected: Option<PartId>,
    pub followed: Option<u32>,
}

impl RunView {
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

    pub fn run(&self) -> &Run {
        self.playback.timeline().present()
    }

    pub fn topology(&self) -> &Topology {
        self.run().topology()
    }

    pub fn experiment(&self) -> &Experiment {
        self.playback.timeline().experiment()
    }

    /// Begins anew with another experiment.
    pub fn restart(&mut self, experiment: Experiment, pace: Pace) -> Result<(), String> {
        let timeline = self.draft.timeline(experiment)?;
        self.playback.replace(timeline, pace);
        self.lay_out();
        Ok(())
    }

    /// Does something to the run where it is.
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

    /// The picture anew: a setting may have changed a wire.
    pub fn lay_out(&mut self) {
        self.plan = Plan::new(self.topology());
        self.labels = labels(&self.playback.timeline().settings(), self.topology());
        self.refresh();
    }

    /// Sees how the run is just now.
    pub fn refresh(&mut self) {
        self.snapshot = self.run().snapshot();
    }

    /// Plays it on. The picture is of the beginning of a frame's work, or of its end, not of every
    /// piece.
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

    /// How long something counts as just now: a second, or some frames where time is quick.
    pub fn window(&self) -> Span {
        Span::from_millis(900.max(self.playback.speed() * 240 / 1_000))
    }

    /// What happened just now.
    pub fn lately(&self) -> &[Occurrence] {
        let past = self.playback.timeline().past();
        let since = Time(self.snapshot.now.0.saturating_sub(self.window().0));
        let from = past.partition_point(|occurrence| occurrence.at < since);
        past.get(from..).unwrap_or_default()
    }

    /// What of it is drawn as a map; `followed` is where the order is that is followed.
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

    pub fn title_of(&self, part: PartId) -> &str {
        self.topology().part(part).map_or("", |part| part.title.as_str())
    }
}

/// The rules of a design, each by the wires it stands for.
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
