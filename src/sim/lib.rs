//! The order pipeline: a deterministic model of the AWS services of the scenario.
//!
//! ```text
//! kernel/    time, agenda, timers, chance: knows no AWS
//! aws/       the rules of the services, each on its own and judged by other implementations' cases
//! design/    what a design and an experiment may say, and what is wrong with one
//! fault      what can be broken
//! world/     a design at work: intake, store and outbox, bus, queues, consumers, topic, workflow
//! ledger     what became of the orders
//! run        advance, step, inject, measure
//! timeline   a run that can be gone back in, with what was done to it
//! claim      comparisons over a run's measures
//! snapshot   all that an observer may see at an instant
//! ```
//!
//! A run is a function of (design, seed, faults): no terminal, disk, clock or thread is named here,
//! and nothing is decided by the order of a hash table or by the platform's mathematics. Behaviour
//! follows the facts whose ids stand beside it; what AWS does not document is called a *model
//! assumption*.

pub mod aws;
pub mod claim;
pub mod design;
pub mod fault;
pub mod kernel;
pub mod ledger;
pub mod run;
pub mod snapshot;
pub mod timeline;
pub mod world;
