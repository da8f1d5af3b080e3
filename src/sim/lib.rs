//! A deterministic model of AWS services, and of designs built from them.
//!
//! ```text
//! kernel/    time, agenda, timers, chance; independent of AWS
//! aws/       the rules of each service in isolation, tested against other implementations' cases
//! design/    the schema of designs and experiments, and their validation
//! fault      kinds of fault, and the parts that can have them
//! world/     a running design: intake, store and outbox, bus, queues, consumers, topic, workflow
//! ledger     counts of orders and side effects
//! run        advance, step, inject, measure
//! timeline   a run that can be rewound, changed and undone
//! claim      comparisons over a run's measures
//! snapshot   everything an observer may see at an instant
//! ```
//!
//! A run is a function of design, seed and faults: nothing here reads a terminal, disk, clock or
//! thread, and no result depends on the order of a hash table or on the platform's math library.
//! Behaviour follows the facts whose ids are cited beside it; where AWS documents nothing, the
//! comment says *model assumption* and names it by its id ([`assumption`]).

pub mod assumption;
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
