//! The order pipeline: a deterministic model of the AWS services of the scenario.
//!
//! ```text
//! kernel/    time, agenda, chance, trace: knows no AWS
//! aws/       the rules of the services: event patterns, queues, States Language
//! spec       what a design file may say, and what is wrong with one
//! fault      what can be broken
//! pipeline/  a design at work: intake, store and outbox, bus, queues, consumers, topic, workflow
//! ledger     what became of the orders
//! run        advance, step, inject
//! snapshot   all that an observer may see at an instant
//! ```
//!
//! A run is a function of (design, seed, faults): no terminal, disk, clock or thread is named here,
//! and nothing is decided by the order of a hash table or by the platform's mathematics. Behaviour
//! follows the facts whose ids stand beside it; what AWS does not document is called a *model
//! assumption*.

pub mod aws;
pub mod fault;
pub mod kernel;
pub mod ledger;
pub mod pipeline;
pub mod run;
pub mod snapshot;
pub mod spec;
