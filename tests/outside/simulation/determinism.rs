//! The same experiment is the same run, however it is driven, and a change is felt only where it is.

use redrive::sim::design::Experiment;
use redrive::sim::fault::FaultKind;
use redrive::sim::kernel::time::Time;
use redrive::sim::run::{Advance, Run};
use redrive::sim::world::OccurrenceKind;

use super::{at, inject, run_of};

/// Occurrences and trace of ten calm minutes and of twenty with faults, for each design.
///
/// Change these only together with the behaviour of the model or of a design.
const PINNED: [(&str, u64, u64, u64, u64); 3] = [
    ("all-branches", 19_602, 12_369_796_078_631_290_557, 43_779, 14_159_882_731_094_538_239),
    ("one-tray", 5_670, 371_525_421_499_553_987, 13_056, 7_498_380_596_392_256_901),
    ("clerk-does-all", 3_240, 16_435_829_848_183_867_672, 7_646, 17_872_057_840_405_504_056),
];

/// Number of occurrences and hash of the trace of an experiment's run.
pub fn traced((mut run, experiment): (Run, Experiment)) -> (u64, u64) {
    run.advance_to(Time::ZERO + experiment.run.0);
    (run.trace().count(), run.trace().hash())
}

#[test]
fn traces_are_pinned() {
    let mut found = Vec::new();
    for (design, ..) in PINNED {
        let calm = traced(run_of(&format!("design = \"{design}\"\nrun = \"10m\"")));
        let broken = traced(run_of(&format!(
            "design = \"{design}\"\nrun = \"20m\"\nfaults = [\n\
             {{ at = \"2m\", kind = \"outage\", part = \"services.post\", for = \"3m\" }},\n\
             {{ at = \"6m\", kind = \"errors\", part = \"services.ladder\", for = \"2m\", rate = 0.5 }},\n\
             {{ at = \"9m\", kind = \"slow\", part = \"services.ladder\", for = \"2m\" }}]"
        )));
        found.push((design, calm.0, calm.1, broken.0, broken.1));
    }
    assert_eq!(found, PINNED);
}

#[test]
fn the_same_seed_is_the_same_run_however_it_is_driven() {
    let text = "design = \"all-branches\"\nseed = 11\nrun = \"4m\"\nfaults = [{ at = \"1m\", \
                kind = \"errors\", part = \"services.ladder\", for = \"1m\" }]";
    let (mut whole, _) = run_of(text);
    whole.advance_to(at(240));
    let (mut pieces, _) = run_of(text);
    for part in 1..=2_400_u64 {
        while pieces.advance(Time(part * 100_000), 7) == Advance::Busy {}
        let _ = (pieces.snapshot(), pieces.report());
    }
    assert_eq!(whole.trace().hash(), pieces.trace().hash());
    let (mut other, _) = run_of(&text.replace("seed = 11", "seed = 12"));
    other.advance_to(at(240));
    assert_ne!(whole.trace().hash(), other.trace().hash());
}

#[test]
fn a_snapshot_resumed_is_the_run_gone_on() {
    for design in ["all-branches", "one-tray", "clerk-does-all"] {
        let (mut run, _) = run_of(&format!(
            "design = \"{design}\"\nrun = \"20m\"\nfaults = [{{ at = \"3m\", kind = \"outage\", \
             part = \"services.post\", for = \"4m\" }}]"
        ));
        let mut resumed: Vec<Run> = Vec::new();
        for minute in 1..10 {
            run.advance_to(at(minute * 60 + 7));
            resumed.push(run.clone());
        }
        run.advance_to(at(1_200));
        for (index, mut copy) in resumed.into_iter().enumerate().rev() {
            copy.advance_to(at(1_200));
            assert_eq!(copy.trace().hash(), run.trace().hash(), "{design}, copy {index}");
            assert_eq!(copy.report(), run.report(), "{design}, copy {index}");
        }
    }
}

/// What is seen of orders at a part: when, which, what.
fn seen(mut run: Run, part: &str, seconds: u64) -> Vec<(Time, Option<u32>, OccurrenceKind)> {
    let part = run.topology().find(part).unwrap();
    run.record();
    run.advance_to(at(seconds));
    let all = run.take_occurrences().into_iter().filter(|occurrence| occurrence.part == part);
    all.map(|occurrence| (occurrence.at, occurrence.order, occurrence.kind())).collect()
}

#[test]
fn a_changed_setting_leaves_arrivals_and_other_parts_alone() {
    let plain = || run_of("design = \"all-branches\"\nrun = \"10m\"").0;
    let changed = || {
        run_of(
            "design = \"all-branches\"\nrun = \"10m\"\n[changes]\n\
             \"queues.shelf.max_receive_count\" = 9\n\
             \"functions.shelf-keeper.batch_size\" = 1\n\
             \"functions.shelf-keeper.report_batch_item_failures\" = false\n",
        )
        .0
    };
    for part in
        ["intakes.desk", "buses.bell", "queues.count", "workflows.writing", "subscriptions.phones"]
    {
        let (one, other) = (seen(plain(), part, 600), seen(changed(), part, 600));
        assert!(one.len() > 500, "{part}");
        assert_eq!(one, other, "{part}");
    }
    let at_door = |design: &str| {
        let run = run_of(&format!("design = \"{design}\"\nrun = \"10m\"")).0;
        let accepted = seen(run, "intakes.desk", 600);
        accepted.into_iter().map(|(_, order, _)| order).collect::<Vec<_>>().len()
    };
    assert_eq!(at_door("all-branches"), at_door("one-tray"), "the same orders come");
}

#[test]
fn a_fault_in_one_place_is_not_felt_in_another() {
    let broken = |kind, part: &str| {
        let (mut run, _) = run_of("design = \"all-branches\"\nrun = \"10m\"");
        inject(&mut run, kind, part, 300);
        seen(run, "queues.count", 600)
    };
    let calm = seen(run_of("design = \"all-branches\"\nrun = \"10m\"").0, "queues.count", 600);
    assert_eq!(broken(FaultKind::Outage, "services.post"), calm);
    assert_eq!(broken(FaultKind::Outage, "services.stamps"), calm);
    assert_ne!(broken(FaultKind::Outage, "services.tally"), calm);
}
