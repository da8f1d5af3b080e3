//! What goes wrong in each shipped lab is what its text names, and nothing else; and where something
//! cures it, that cure leaves nothing of it.
//!
//! A lab that shows another fault than the one it explains passes every bet: of its claims one holds,
//! whatever brought it about. So the table `causes.toml` says for every lab which measures of trouble are
//! above nought at its end, and which are left with the cure.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use redrive::content::lab::Lab;
use redrive::content::{Library, design};
use redrive::sim::kernel::time::Time;
use redrive::sim::run::Run;
use serde::Deserialize;
use serde_json::Value;

use crate::support::labs;

/// What says that something is amiss, by the kind of part it is counted of.
const TROUBLE: [(&str, &[&str]); 11] = [
    (
        "ledger",
        &[
            "orders_rejected",
            "orders_lost",
            "orders_dead_lettered",
            "orders_cancelled",
            "orders_charged_and_rejected",
            "duplicate_charges",
        ],
    ),
    ("services", &["failures"]),
    ("rules", &["retried", "dropped", "sent_to_dlq"]),
    ("queues", &["expired", "moved_out"]),
    (
        "functions",
        &["errors", "timeouts", "throttles", "events_dropped", "destination_delivery_failures"],
    ),
    ("workers", &["failed", "crashes", "late_deletes"]),
    ("pipes", &["retries", "dropped", "sent_to_dlq"]),
    ("logs", &["in_clear"]),
    ("objects", &["missing", "failures"]),
    ("subscriptions", &["dropped", "sent_to_dlq"]),
    ("workflows", &["failed", "timed_out", "retries", "caught"]),
];

/// A lab in the table.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Cause {
    /// The trouble at the end of its run.
    shows: BTreeSet<String>,
    /// Settings that end it; an incident's solution is there already.
    #[serde(default)]
    cure: BTreeMap<String, Value>,
    /// Or another design, on the same orders and with the same faults.
    cured_by: Option<String>,
    /// The trouble that stays with the cure: what the lab's fault still breaks.
    left: Option<BTreeSet<String>>,
}

fn is_trouble(path: &str) -> bool {
    let kind = path.split('.').next().unwrap();
    let name = path.rsplit('.').next().unwrap();
    TROUBLE.iter().any(|(table, names)| *table == kind && names.contains(&name))
}

struct Course {
    library: Library,
}

impl Course {
    /// What is above nought at the end of a lab's experiment, in this design or its own, so changed.
    fn trouble(
        &self,
        lab: &Lab,
        other: Option<&str>,
        more: &BTreeMap<String, Value>,
    ) -> BTreeSet<String> {
        let mut experiment = lab.experiment.clone();
        if let Some(other) = other {
            other.clone_into(&mut experiment.design);
            experiment.changes.clear();
        }
        experiment.changes.extend(more.clone());
        if !more.is_empty() {
            // What is set on the way would take it back.
            experiment.then.clear();
        }
        let scenario = &self.library.index().scenarios[0];
        let entry = scenario.designs.iter().find(|entry| entry.id == experiment.design_id());
        let source = self.library.design(entry.unwrap()).unwrap();
        let base = design::open(&source).unwrap();
        let run = Run::experiment(&experiment, &base, &source.workflows);
        let mut run = run.unwrap_or_else(|mistakes| panic!("{}: {mistakes:#?}", lab.id));
        run.watch(false);
        run.advance_to(Time::ZERO + experiment.run.0);
        let gauges = run.gauges();
        let found = gauges.iter().filter(|g| is_trouble(&g.path) && run.measure(g) > 0.0);
        found.map(|gauge| gauge.path.clone()).collect()
    }
}

#[test]
fn each_lab_shows_the_fault_that_it_names_and_its_cure_leaves_nothing_of_it() {
    let table = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/outside/causes.toml");
    let table = std::fs::read_to_string(table).unwrap();
    let mut causes: BTreeMap<String, Cause> = toml::from_str(&table).unwrap();
    let course = Course { library: redrive::shipped::course().unwrap() };
    let mut wrong = Vec::new();
    for lab in labs(&course.library) {
        let Some(cause) = causes.remove(&lab.id) else {
            let shows = course.trouble(&lab, None, &BTreeMap::new());
            wrong.push(format!("[{}] is not in causes.toml\nshows = {shows:?}", lab.id));
            continue;
        };
        let shows = course.trouble(&lab, None, &BTreeMap::new());
        if shows != cause.shows {
            wrong.push(format!("[{}] shows = {shows:?}, not {:?}", lab.id, cause.shows));
        }
        let mut cure = cause.cure;
        cure.extend(lab.goal.iter().flat_map(|goal| goal.solution.clone()));
        let cures = !cure.is_empty() || cause.cured_by.is_some();
        assert_eq!(cures, cause.left.is_some(), "{}: a cure and what it leaves", lab.id);
        let Some(wanted) = cause.left else { continue };
        let left = course.trouble(&lab, cause.cured_by.as_deref(), &cure);
        if left != wanted {
            wrong.push(format!("[{}] left = {left:?}, not {wanted:?}", lab.id));
        }
        // That an incident's goal is out of reach without its solution is `redrive check`'s to say.
        let changes = lab.goal.is_some() || left != shows;
        assert!(changes, "{}: its cure changes nothing", lab.id);
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
    assert!(causes.is_empty(), "no labs: {:?}", causes.keys());
}
