//! A deterministic model of AWS services, and of designs built from them.
//!
//! ```text
//! kernel/    time, agenda, timers, chance: knows no AWS
//! aws/       the rules of each service on its own, tested against other implementations' cases
//! design/    the schema of designs and experiments, and their validation
//! fault      what can be broken
//! world/     a running design: intake, store and outbox, bus, queues, consumers, topic, workflow
//! ledger     what happened to the orders
//! run        advance, step, inject, measure
//! timeline   a run you can rewind, change and undo
//! claim      comparisons over a run's measures
//! snapshot   everything an observer may see at an instant
//! ```
//!
//! A run is a function of design, seed and faults: nothing here reads a terminal, disk, clock or
//! thread, and no result depends on the order of a hash table or on the platform's mathematics.
//! Behaviour follows the facts whose ids are cited beside it; where AWS documents nothing, the
//! comment says *model assumption*.

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
