//! What the shipped designs come to: their traces are pinned, and all of their parts are wired.

use redrive::sim::run::Run;

use crate::simulation::determinism::traced;
use crate::simulation::scenario::{run_of, shipped};

/// Occurrences and trace of ten calm minutes and of twenty with faults, for each design.
///
/// Change these only together with the behaviour of the model or of a design.
const PINNED: [(&str, u64, u64, u64, u64); 3] = [
    ("event-driven", 29_322, 9_453_099_653_584_767_854, 62_789, 13_259_899_639_471_045_849),
    ("one-shared-queue", 5_508, 2_042_584_744_985_686_515, 11_576, 13_092_158_564_302_674_824),
    ("synchronous-chain", 4_050, 14_520_373_010_399_019_053, 9_512, 14_491_263_827_144_493_345),
];

#[test]
fn the_traces_of_the_shipped_designs_are_pinned() {
    let mut found = Vec::new();
    for (design, ..) in PINNED {
        let calm = traced(run_of(&format!("design = \"{design}\"\nrun = \"10m\"")));
        let broken = traced(run_of(&format!(
            "design = \"{design}\"\nrun = \"20m\"\nfaults = [\n\
             {{ at = \"2m\", kind = \"outage\", part = \"services.shipping\", for = \"3m\" }},\n\
             {{ at = \"6m\", kind = \"errors\", part = \"services.payment\", for = \"2m\", rate = 0.5 }},\n\
             {{ at = \"9m\", kind = \"slow\", part = \"services.warehouse\", for = \"2m\" }}]"
        )));
        found.push((design, calm.0, calm.1, broken.0, broken.1));
    }
    assert_eq!(found, PINNED);
}

#[test]
fn every_part_of_the_shipped_designs_is_wired() {
    for id in ["event-driven", "one-shared-queue", "synchronous-chain"] {
        let (design, documents) = shipped(id);
        let run = Run::new(&design, &documents, 7).unwrap();
        let topology = run.topology();
        for (index, part) in topology.parts.iter().enumerate() {
            let wired = topology
                .wires
                .iter()
                .any(|wire| wire.from.0 as usize == index || wire.to.0 as usize == index);
            assert!(wired, "{id}: {} stands alone", part.path);
        }
        // The same work in each, whatever else hears of an order.
        for service in ["analytics", "email", "payment", "shipping", "warehouse"] {
            assert!(design.services.contains_key(service), "{id} has no {service}");
        }
    }
}
