//! An experiment: a design, changes to it, a load, a duration and faults. Proofs, labs, incidents,
//! comparisons, saved runs and `simulate` are all experiments.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Design, Duration, Mistake, NONE, PartKind, PartPath, Replay, policy};
use crate::assumption::{Assumption, assume};
use crate::fault::{Fault, FaultKind};
use crate::kernel::time::{Span, Time};

/// Description of a run: a design, changes to it, a load, a duration and faults.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Experiment {
    /// Id of the design.
    pub design: String,
    /// Seed of the random numbers.
    pub seed: u64,
    pub load: LoadSpec,
    /// Simulated duration.
    pub run: Duration,
    pub faults: Vec<FaultSpec>,
    /// New values of settings by their path in the design. `"none"` unsets an optional setting; for a policy,
    /// it means no policy.
    pub changes: BTreeMap<String, Value>,
    /// What is done on the way: settings that change while it runs, dead letters that are redriven, events
    /// that are replayed.
    pub then: Vec<Later>,
}

/// An action during a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Later {
    pub at: Duration,
    /// New values of settings by their path, as in `changes`.
    #[serde(default)]
    pub set: BTreeMap<String, Value>,
    /// Path of the DLQ to redrive.
    #[serde(default)]
    pub redrive: Option<String>,
    #[serde(default)]
    pub replay: Option<Replay>,
}

impl Default for Experiment {
    fn default() -> Self {
        Self {
            design: String::new(),
            seed: 7,
            load: LoadSpec::default(),
            run: Duration::from_secs(600),
            faults: Vec::new(),
            changes: BTreeMap::new(),
            then: Vec::new(),
        }
    }
}

impl Experiment {
    /// Model assumptions about every run.
    pub const ASSUMES: &[Assumption] = &[
        assume("MA-run-1", "Each hop takes a typical time of its own, long enough to be seen."),
        assume("MA-run-2", "Every latency lies between 0.6 and 3 times its typical value."),
        assume("MA-run-3", "A run begins at midnight UTC on 1 January 2026."),
    ];

    /// Default duration of a run.
    pub const HOUR: Duration = Duration::from_secs(3_600);

    /// Creates the default experiment, for commands that name only a design: an hour of the design's own
    /// load.
    #[must_use]
    pub fn hour(id: &str, design: &Design) -> Self {
        Self {
            design: id.to_owned(),
            load: LoadSpec { rate: Some(design.load.rate), orders: None },
            run: Self::HOUR,
            ..Self::default()
        }
    }
}

/// Load of an experiment; replaces the design's own.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LoadSpec {
    /// Orders per second, until the end of the run. When omitted, orders arrive during the first nine tenths:
    /// `orders`, evenly spread, or as many as the design's own rate yields.
    pub rate: Option<f64>,
    /// Exact number of orders.
    pub orders: Option<u32>,
}

/// A fault as files and the command line specify it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FaultSpec {
    pub at: Duration,
    pub kind: FaultKind,
    /// Path of the part (`services.shipping`), or its id if that is unique.
    pub part: String,
    /// Duration of the fault.
    #[serde(rename = "for", default)]
    pub span: Duration,
    /// For `slow`: factor by which calls take longer.
    #[serde(default)]
    pub factor: Option<u32>,
    /// For `errors` and `throttle`: share of affected calls, from 0 to 1.
    #[serde(default)]
    pub rate: Option<f64>,
    /// For `poison`: number of orders.
    #[serde(default)]
    pub orders: Option<u32>,
}

/// Syntax of a fault on the command line.
const FORM: &str = "KIND:PART@START+DURATION, such as outage:shipping@5m+20m";

impl FaultSpec {
    /// Parses `KIND:PART@START+DURATION[,k=v]`.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut pieces = text.split(',');
        let head = pieces.next().unwrap_or_default();
        let wrong = |why: String| format!("The fault {text:?} cannot be read: {why}.");
        let form = || wrong(format!("it is not {FORM}"));
        let (kind, rest) = head.split_once(':').ok_or_else(form)?;
        let kind = FaultKind::from_word(kind).ok_or_else(|| {
            let words: Vec<&str> = FaultKind::ALL.iter().map(|kind| kind.word()).collect();
            wrong(format!("there is no kind {kind:?}; there are {}", words.join(", ")))
        })?;
        let (part, times) = rest.rsplit_once('@').ok_or_else(form)?;
        let (at, span) = times.split_once('+').unwrap_or((times, "0s"));
        let time = |text: &str| {
            Duration::parse(text).ok_or_else(|| wrong(format!("{text:?} is no time such as 5m")))
        };
        let mut fault = Self {
            at: time(at)?,
            kind,
            part: part.to_owned(),
            span: time(span)?,
            factor: None,
            rate: None,
            orders: None,
        };
        for piece in pieces {
            let (name, value) = piece.split_once('=').ok_or_else(form)?;
            let bad = || wrong(format!("{name} cannot be {value:?}"));
            match name {
                "factor" => fault.factor = Some(value.parse().map_err(|_| bad())?),
                "rate" => fault.rate = Some(value.parse().map_err(|_| bad())?),
                "orders" => fault.orders = Some(value.parse().map_err(|_| bad())?),
                _ => return Err(wrong(format!("{name} is not known: factor, rate or orders"))),
            }
        }
        Ok(fault)
    }

    /// Builds the fault and resolves its part in the design.
    pub fn resolve(&self, design: &Design) -> Result<Fault, String> {
        let part = find_part(design, &self.part, self.kind)?;
        if self.rate.is_some_and(|rate| !(0.0..=1.0).contains(&rate)) {
            return Err("The rate of a fault is from 0 to 1.".to_owned());
        }
        let per_million = self.rate.map(|rate| (rate * 1e6) as u32);
        Ok(Fault {
            kind: self.kind,
            part,
            at: Time::ZERO + self.at.0,
            span: self.span.0,
            factor: self.factor,
            per_million,
            orders: self.orders,
        })
    }
}

/// Parts of a design that can have a kind of fault.
fn breakable(design: &Design, kind: FaultKind) -> Vec<PartPath> {
    let of =
        |part: &PartKind| design.ids(*part).into_iter().map(|id| part.path(id)).collect::<Vec<_>>();
    let can = |path: &PartPath| design.fault_refusal(kind, path).is_none();
    kind.breaks().iter().flat_map(of).filter(can).collect()
}

/// Finds a part by its path, or by its id among the parts that can have a kind of fault.
fn find_part(design: &Design, name: &str, kind: FaultKind) -> Result<PartPath, String> {
    let joined = |paths: &[PartPath], with: &str| {
        paths.iter().map(ToString::to_string).collect::<Vec<_>>().join(with)
    };
    let path = name.parse::<PartPath>().ok().filter(|path| design.contains(path));
    if let Some(path) = path {
        if kind.fits(path.kind) {
            return design.fault_refusal(kind, &path).map_or(Ok(path), Err);
        }
        let tables: Vec<&str> = kind.breaks().iter().map(|part| part.table()).collect();
        return Err(format!(
            "{path} cannot have the fault {}: that is for {}.",
            kind.word(),
            tables.join(", ")
        ));
    }
    let could = breakable(design, kind);
    let fitting: Vec<PartPath> = could.iter().filter(|path| path.id == name).cloned().collect();
    match fitting.as_slice() {
        [one] => Ok(one.clone()),
        [] => Err(format!(
            "Nothing called {name:?} in this design can have the fault {}; {} can.",
            kind.word(),
            if could.is_empty() { "nothing".to_owned() } else { joined(&could, ", ") }
        )),
        more => Err(format!("{name:?} could be {}: write the path.", joined(more, " or "))),
    }
}

impl Experiment {
    /// Applies the changes to a design. A mistake names the path of the change in the experiment.
    pub fn changed(&self, design: &Design) -> Result<Design, Mistake> {
        let mut design = design.clone();
        for (path, value) in self.changes.iter().filter(|(path, _)| *path != "design") {
            design = design
                .with(path, value)
                .map_err(|sentence| Mistake { path: format!("changes.{path}"), sentence })?;
        }
        Ok(design)
    }

    /// Actions during the run in order of time, each with its index in `then`.
    #[must_use]
    pub fn done_later(&self) -> Vec<(usize, &Later)> {
        let mut later: Vec<(usize, &Later)> = self.then.iter().enumerate().collect();
        later.sort_by_key(|(index, later)| (later.at, *index));
        later
    }

    /// Id of the design to run: that of the change to `design`, if there is one.
    #[must_use]
    pub fn design_id(&self) -> &str {
        self.changes.get("design").and_then(Value::as_str).unwrap_or(&self.design)
    }

    /// Resolves the parts of all faults, or reports every mistake.
    pub fn resolved_faults(&self, design: &Design) -> Result<Vec<Fault>, Vec<Mistake>> {
        let (mut faults, mut mistakes) = (Vec::new(), Vec::new());
        for (index, fault) in self.faults.iter().enumerate() {
            match fault.resolve(design) {
                Ok(fault) => faults.push(fault),
                Err(sentence) => {
                    mistakes.push(Mistake { path: format!("faults.{index}.part"), sentence });
                }
            }
        }
        if mistakes.is_empty() { Ok(faults) } else { Err(mistakes) }
    }

    /// Number of orders in a run, and the interval between them.
    #[must_use]
    pub fn arrivals(&self, design: &Design) -> Arrivals {
        let nine_tenths = self.run.0.thousandths(900);
        let rate = self.load.rate.unwrap_or(design.load.rate).max(1e-9);
        let per_order = |rate: f64| Span(((1_000_000.0 / rate) as u64).max(1));
        match (self.load.orders, self.load.rate) {
            (Some(count), None) => {
                Arrivals { interval: Span((nine_tenths.0 / u64::from(count.max(1))).max(1)), count }
            }
            (Some(count), Some(rate)) => Arrivals { interval: per_order(rate.max(1e-9)), count },
            (None, _) => {
                let interval = per_order(rate);
                // An explicit rate lasts until the end of the run.
                let span = if self.load.rate.is_some() { self.run.0 } else { nine_tenths };
                let count = span.0 / interval.0;
                Arrivals { interval, count: count.min(u64::from(u32::MAX)) as u32 }
            }
        }
    }
}

/// Maximum duration of a run, in days. Even idle minutes take time to simulate, and SQS retains no message
/// for longer than fourteen days (SQS-08).
pub const RUN_DAYS_MAX: u64 = 366;
/// Maximum number of orders in a run: more would not fit into the memory of a small machine.
pub const ORDERS_MAX: u32 = 20_000_000;

impl Experiment {
    /// Checks the duration and the number of orders against their maximums.
    #[must_use]
    pub fn beyond(&self, design: &Design) -> Option<Mistake> {
        let days = self.run.0.0 / (86_400 * 1_000_000);
        if days > RUN_DAYS_MAX {
            return Some(Mistake {
                path: "run".to_owned(),
                sentence: format!(
                    "The run lasts {days} days, and a run lasts at most {RUN_DAYS_MAX}."
                ),
            });
        }
        let (count, many) = (self.arrivals(design).count, &design.load.noun.many);
        (count > ORDERS_MAX).then(|| Mistake {
            path: "load".to_owned(),
            sentence: format!(
                "That would be {count} {many}, and a run has at most {ORDERS_MAX}: lower the rate or \
                 shorten the run."
            ),
        })
    }
}

/// Arrivals of orders during a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Arrivals {
    /// Length of an order's slot, within which it arrives.
    pub interval: Span,
    pub count: u32,
}

impl Design {
    /// Returns the design with the setting at a path changed, or a sentence that says why it cannot be.
    pub fn with(&self, path: &str, value: &Value) -> Result<Self, String> {
        let mut tree = serde_json::to_value(self).map_err(|cause| cause.to_string())?;
        let mut place = &mut tree;
        let steps: Vec<&str> = path.split('.').collect();
        for (index, step) in steps.iter().enumerate() {
            let here = steps.get(..index).unwrap_or_default().join(".");
            let here = if here.is_empty() { "a design".to_owned() } else { here };
            let known =
                place.as_object_mut().ok_or_else(|| format!("{here} has no settings in it."))?;
            if !known.contains_key(*step) {
                let names: Vec<&str> = known.keys().map(String::as_str).collect();
                let names = if names.is_empty() { "nothing".to_owned() } else { names.join(", ") };
                return Err(format!("There is no {step} in {here}; there is {names}."));
            }
            place = known.get_mut(*step).ok_or_else(|| format!("There is no {step} in {here}."))?;
        }
        *place = Value::Null;
        if policy::is_policy(path)
            && let Some(text) = value.as_str()
        {
            // `none` differs from an omitted policy, which becomes the console's.
            let left_out: Self =
                serde_json::from_value(tree.clone()).map_err(|cause| cause.to_string())?;
            let console = left_out.console_policy(path);
            let is_console = match console {
                Some(console) => policy::is_same(&console, text),
                None => text == NONE,
            };
            if is_console {
                return Ok(left_out);
            }
        } else if value == "none"
            && let Ok(design) = serde_json::from_value(tree.clone())
        {
            // The setting is optional. For any other, null does not parse, and `none` is an ordinary value.
            return Ok(design);
        }
        if let Some(place) = tree.pointer_mut(&format!("/{}", steps.join("/"))) {
            *place = value.clone();
        }
        serde_json::from_value(tree).map_err(|cause| {
            let cause = cause.to_string();
            format!("{path} cannot be {value}: {}.", cause.trim_end_matches('.'))
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn design() -> Design {
        toml::from_str(
            "[services.shipping]\n[services.mail]\n[queues.mail]\n[queues.work]\n\
             visibility_timeout = \"30s\"\n",
        )
        .unwrap()
    }

    fn fault(text: &str) -> Result<Fault, String> {
        FaultSpec::parse(text)?.resolve(&design())
    }

    #[test]
    fn a_fault_of_the_command_line_is_read() {
        let read = fault("outage:shipping@5m+20m").unwrap();
        assert_eq!(
            (read.kind, read.part.to_string().as_str()),
            (FaultKind::Outage, "services.shipping")
        );
        assert_eq!(
            (read.at, read.span),
            (Time::ZERO + Span::from_secs(300), Span::from_secs(1_200))
        );
        assert_eq!(fault("slow:services.shipping@0s+1m,factor=3").unwrap().factor, Some(3));
        assert_eq!(fault("errors:shipping@0s+1m,rate=0.25").unwrap().per_million, Some(250_000));
        assert_eq!(
            fault("duplicate:mail@1s+1s").unwrap().part,
            PartKind::Queue.path("mail"),
            "services make none"
        );
    }

    #[test]
    fn a_wrong_fault_is_told_in_a_sentence() {
        for (text, word) in [
            ("outage", "KIND:PART@START"),
            ("flood:shipping@1s", "there are outage"),
            ("outage:shipping@soon", "no time"),
            ("outage:nobody@1s", "services.shipping"),
            ("poison:work@1s", "nothing can"),
            ("poison:queues.work@1s", "functions"),
            ("slow:shipping@1s,speed=2", "factor, rate or orders"),
            ("errors:shipping@1s,rate=7", "from 0 to 1"),
        ] {
            let told = fault(text).unwrap_err();
            assert!(told.contains(word), "{text}: {told}");
        }
    }

    #[test]
    fn a_setting_is_changed_by_its_path() {
        let mut experiment = Experiment::default();
        experiment.changes.insert("queues.work.visibility_timeout".to_owned(), json!("5s"));
        let changed = experiment.changed(&design()).unwrap();
        assert_eq!(changed.queues["work"].visibility_timeout, Duration::from_secs(5));
        for (path, value, word) in [
            ("queues.work.visibility", json!("5s"), "visibility_timeout"),
            ("queues.other.visibility_timeout", json!("5s"), "mail, work"),
            ("queues.work.visibility_timeout", json!("soon"), "not a duration"),
            ("queues.work.visibility_timeout.x", json!(1), "no settings"),
        ] {
            let experiment = Experiment {
                changes: BTreeMap::from([(path.to_owned(), value)]),
                ..Experiment::default()
            };
            let told = experiment.changed(&design()).unwrap_err();
            assert!(told.sentence.contains(word), "{path}: {told:?}");
        }
    }

    #[test]
    fn a_number_of_orders_is_spread_over_nine_tenths() {
        let mut experiment = Experiment { run: Duration::from_secs(100), ..Experiment::default() };
        experiment.load.orders = Some(90);
        let arrivals = experiment.arrivals(&design());
        assert_eq!((arrivals.count, arrivals.interval), (90, Span::from_secs(1)));
        experiment.load.rate = Some(10.0);
        assert_eq!(experiment.arrivals(&design()).interval, Span::from_millis(100));
        experiment.load.orders = None;
        assert_eq!(experiment.arrivals(&design()).count, 1_000);
        experiment.load.rate = None;
        assert_eq!(experiment.arrivals(&design()).count, 90, "the design's own");
    }
}
