//! Every setting of every part can be changed in a run, or is refused with the reason: a world that is
//! changed before anything happened is the world that is built with the change.

use redrive::sim::design::{Design, PartKind};
use redrive::sim::run::Run;
use serde_json::{Value, json};

use super::{Documents, at, made, town};
use crate::repairs::values;
use crate::support::trials;

/// The paths of all settings of a design: everything that is no table of its own.
pub fn settings(design: &Design) -> Vec<String> {
    fn walk(tree: &Value, path: &str, found: &mut Vec<String>) {
        match tree.as_object() {
            Some(fields) => {
                for (name, value) in fields {
                    walk(value, &format!("{path}.{name}"), found);
                }
            }
            None => found.push(path.to_owned()),
        }
    }
    let tree = serde_json::to_value(design.written_out()).unwrap();
    let mut found = vec!["load.customers".to_owned()];
    for kind in PartKind::ALL.iter().copied().filter(|kind| *kind != PartKind::Client) {
        walk(&tree[kind.table()], kind.table(), &mut found);
    }
    found
}

/// What a refusal says where a setting cannot be changed in a run.
const REASONS: [&str; 5] = [
    "stay as they are during a run",
    "The type of a queue cannot be changed",
    "The type of a topic cannot be changed",
    "The source of an archive cannot be changed",
    "The source of a pipe cannot be changed",
];

/// A design whose settings are turned.
struct Base {
    design: Design,
    documents: Documents,
    /// All its settings, policies written out.
    tree: Value,
    /// What becomes of it without a change.
    calm: Value,
    /// A run of it in which nothing has happened.
    fresh: Run,
    /// A run of it that has begun.
    begun: Run,
    /// How far runs of it go, in seconds: alarms need whole minutes to tell anybody.
    end: u64,
}

impl Base {
    fn new(design: Design, documents: Documents) -> Self {
        let tree = serde_json::to_value(design.written_out()).unwrap();
        let fresh = Run::new(&design, &documents, 5).unwrap();
        let mut alarms = design.alarms.values();
        let end = if alarms.any(|alarm| !alarm.alarm_actions.is_empty()) { 130 } else { 40 };
        let calm = outcome(fresh.clone(), end);
        let mut begun = Run::new(&design, &documents, 6).unwrap();
        begun.advance_to(at(15));
        Self { design, documents, tree, calm, fresh, begun, end }
    }
}

/// Turns a setting in a run that has not begun, and in the design of another; how many values were told
/// apart by what became of the two.
fn compare(path: &str, base: &Base, told: &mut Vec<String>) -> usize {
    let Base { design, documents, calm, fresh, end, .. } = base;
    let now = path.split('.').fold(&base.tree, |tree, step| &tree[step]);
    let mut effects = 0;
    let values: Vec<Value> =
        values(path, now, design).into_iter().filter(|value| value != now).collect();
    // Others for each setting, and all of them in a campaign.
    let first = path.len() % values.len().max(1);
    for value in values.iter().cycle().skip(first).take(values.len().min(trials(1) as usize)) {
        let Ok(changed) = design.with(path, value) else { continue };
        let Ok(built) = Run::new(&changed, documents, 5) else { continue };
        let mut turned = fresh.clone();
        if let Err(reason) = turned.retune(&changed, documents) {
            if !REASONS.iter().any(|known| reason.contains(known)) {
                told.push(format!("{path} = {value}: refused: {reason}"));
            }
            continue;
        }
        if let Some(wrong) = turned_on_the_way(base, &changed) {
            told.push(format!("{path} = {value} on the way: {wrong}"));
        }
        let (built, turned) = (outcome(built, *end), outcome(turned, *end));
        effects += usize::from(built != *calm);
        if built != turned {
            told.push(format!("{path} = {value} is something else in a run"));
        }
    }
    effects
}

/// Turns a design into another in the middle of a run; what does not add up from then on.
fn turned_on_the_way(base: &Base, changed: &Design) -> Option<String> {
    let Base { design, documents, .. } = base;
    let mut run = base.begun.clone();
    run.retune(changed, documents).unwrap();
    for seconds in [15, 20, 35] {
        run.advance_to(at(seconds));
        let wrong = run.check_invariants().or_else(|| run.recount());
        if wrong.is_some() {
            return wrong;
        }
    }
    // And back again.
    run.retune(design, documents).unwrap();
    run.advance_to(at(base.end + 5));
    run.check_invariants().or_else(|| run.recount())
}

/// All that can be measured of some minutes but for the calls that trails log: to turn a setting is one,
/// and to build a design with it is none.
fn outcome(mut run: Run, end: u64) -> Value {
    run.advance_to(at(end));
    let mut report = run.report();
    let Some(trails) = report["trails"].as_object_mut() else { return report };
    for trail in trails.values_mut() {
        trail["events"] = Value::Null;
        trail["delivered"] = Value::Null;
    }
    for dollars in ["cloudtrail_copies", "total_dollars", "dollars_per_million_orders"] {
        report["bill"][dollars] = Value::Null;
    }
    report
}

/// Turns every setting of a design, which has so many at least, and so many that change what becomes of it.
fn turn(mut design: Design, documents: Documents, settings_least: usize, effects_least: usize) {
    design.load.rate = 4.0;
    let base = Base::new(design, documents);
    let (mut told, mut effects) = (Vec::new(), 0);
    let settings = settings(&base.design);
    for path in &settings {
        effects += compare(path, &base, &mut told);
    }
    assert!(told.is_empty(), "{}", told.join("\n"));
    let count = settings.len();
    let enough = count >= settings_least && effects >= effects_least;
    assert!(enough, "{count} settings, {effects} effects");
}

/// A test for each design, because together they are the longest of all: the tests beside them run meanwhile.
macro_rules! a_setting_turned_before_anything_happened_is_the_setting_built {
    ($($design:ident: $settings:literal settings, $effects:literal effects;)*) => {
        mod a_setting_turned_before_anything_happened_is_the_setting_built {
            $(#[test]
            fn $design() {
                let mut designs = super::made().into_iter();
                let (_, design, documents) =
                    designs.find(|(id, ..)| id == stringify!($design)).unwrap();
                super::turn(design, documents, $settings, $effects);
            })*

            #[test]
            fn in_every_design() {
                let made: Vec<String> = super::made().into_iter().map(|(id, ..)| id).collect();
                assert_eq!(made, [$(stringify!($design)),*]);
            }
        }
    };
}

a_setting_turned_before_anything_happened_is_the_setting_built! {
    accounts: 300 settings, 30 effects;
    alarms: 180 settings, 20 effects;
    archives: 150 settings, 15 effects;
    calls: 230 settings, 25 effects;
    everything: 400 settings, 50 effects;
    fifo: 80 settings, 10 effects;
    logs: 150 settings, 15 effects;
    objects: 220 settings, 25 effects;
    pipes: 210 settings, 25 effects;
    tasks: 190 settings, 20 effects;
    trails: 80 settings, 8 effects;
}

#[test]
fn in_a_campaign_the_designs_of_a_course_are_turned_too() {
    if trials(1) > 1 {
        for id in ["all-branches", "one-tray", "clerk-does-all"] {
            let (design, documents) = town(id);
            turn(design, documents, 1, 1);
        }
    }
}

/// Two buses, and a rule with two targets.
const POST: &str = r#"
[load]
rate = 50.0
orders = [{ weight = 1, detail = '{"id": "{order}"}' }]
[services.till]
[intakes.door]
store = "book"
[stores.book]
publishes_to = "buses.main"
source = "shop"
detail_type = "Made"
[buses.main]
[buses.other]
[rules.all]
bus = "main"
event_pattern = '{"source": ["shop"]}'
targets = ["queues.work", "queues.copy"]
[queues.work]
required = true
[queues.copy]
[functions.worker]
queue = "work"
calls = "till"
"#;

#[test]
fn a_rule_that_moves_or_loses_a_target_leaves_nothing_under_way_behind() {
    let design: Design = toml::from_str(POST).unwrap();
    for (path, value) in [("bus", json!("other")), ("targets", json!(["queues.work"]))] {
        let mut run = Run::new(&design, &[], 3).unwrap();
        run.advance_to(at(10));
        assert!(run.value("buses.main.under_way").unwrap() > 0.0, "deliveries are on their way");
        let changed = design.with(&format!("rules.all.{path}"), &value).unwrap();
        run.retune(&changed, &[]).unwrap();
        run.advance_to(at(20));
        assert_eq!(run.check_invariants(), None, "{path}");
        let under_way = ["main", "other"].map(|bus| run.value(&format!("buses.{bus}.under_way")));
        let moved = path == "bus";
        assert_eq!(under_way[0] == Some(0.0), moved, "{path}: {under_way:?}");
        assert_eq!(under_way[1], Some(0.0), "{path}");
    }
}
