//! What is wrong with a design: names that lead nowhere, values AWS refuses, combinations that
//! cannot work. All of it, not the first, and with AWS's words where it has some.

mod consumer;
mod delivery;
mod effect;
mod size;
mod source;
mod worker;
mod workflow;

use super::{Design, Mistake, NONE, PartKind};
use crate::aws::iam::Policy;

struct Checker<'a> {
    design: &'a Design,
    mistakes: Vec<Mistake>,
}

/// Parts that an order must have been through: one bit each.
const REQUIRED_MAX: usize = 32;

impl Design {
    /// Every mistake, given the workflow documents by file name.
    #[must_use]
    pub fn mistakes(&self, workflows: &[(String, String)]) -> Vec<Mistake> {
        let mut checker = Checker { design: self, mistakes: Vec::new() };
        checker.load();
        checker.sizes();
        checker.effects();
        checker.intakes();
        checker.stores();
        checker.rules();
        for (id, queue) in &self.queues {
            checker.queue(id, queue);
        }
        for (id, function) in &self.functions {
            checker.function(id, function);
        }
        checker.reservations();
        for (id, worker) in &self.workers {
            checker.worker(id, worker);
        }
        checker.topics();
        for (id, subscription) in &self.subscriptions {
            checker.subscription(id, subscription);
        }
        checker.workflows(workflows);
        checker.alarms();
        for (id, key) in &self.keys {
            let path = format!("keys.{id}.policy");
            checker.must(key.policy.as_deref() != Some(NONE), &path, || {
                "MalformedPolicyDocumentException: a KMS key is never without a key policy. Left out, \
                 it is the default, which leaves the key to the account's roles."
                    .into()
            });
            checker.policy(&path, key.policy.as_deref(), true);
        }
        checker.required();
        checker.mistakes
    }
}

impl Design {
    /// What AWS takes and no one wants.
    #[must_use]
    pub fn remarks(&self) -> Vec<Mistake> {
        let mut remarks = Vec::new();
        for (id, rule) in &self.rules {
            for target in &rule.targets {
                let queue = self.queues.get(&target.id).filter(|_| target.kind == PartKind::Queue);
                if queue.is_some_and(|q| q.fifo_queue && !q.content_based_deduplication) {
                    let sentence = format!(
                        "{target} takes nothing from this rule: it does not deduplicate by content, \
                         and a rule has no deduplication id to give. Each delivery fails (EB-52)."
                    );
                    remarks.push(Mistake { path: format!("rules.{id}.targets"), sentence });
                }
            }
        }
        remarks
    }
}

fn no(kind: &str, id: &str) -> String {
    format!("There is no {kind} {id:?} in this design.")
}

impl Checker<'_> {
    fn must(&mut self, holds: bool, path: &str, sentence: impl FnOnce() -> String) {
        if !holds {
            self.mistakes.push(Mistake { path: path.to_owned(), sentence: sentence() });
        }
    }

    fn required(&mut self) {
        let design = self.design;
        let count = design.queues.values().filter(|queue| queue.required).count()
            + design.functions.values().filter(|function| function.required).count()
            + design.workers.values().filter(|worker| worker.required).count()
            + design.workflows.values().filter(|workflow| workflow.required).count()
            + design.intakes.values().filter(|intake| intake.required).count();
        self.must(count > 0, "intakes", || {
            let one = &design.load.noun.one;
            format!(
                "Nothing in this design is required: every {one} would be done before anything \
                 happened. Mark with required = true what must be done."
            )
        });
        self.must(count <= REQUIRED_MAX, "intakes", || {
            format!("At most {REQUIRED_MAX} parts can be required, not {count}.")
        });
    }

    /// A policy that can be read, and is of the kind that stands there (SEC-02).
    fn policy(&mut self, path: &str, text: Option<&str>, on_resource: bool) {
        let Some(text) = text.filter(|text| *text != NONE) else { return };
        match Policy::parse(text) {
            Err(sentence) => self.must(false, path, || sentence),
            Ok(policy) => {
                self.must(!on_resource || policy.names_principals(), path, || {
                    "MalformedPolicy: a policy on a resource names a Principal in every statement."
                        .into()
                });
                self.must(on_resource || policy.names_nobody(), path, || {
                    "MalformedPolicyDocument: Policy document should not specify a principal. A \
                     role's own policy says what the role may do."
                        .into()
                });
            }
        }
    }

    /// The queue that takes what could not be delivered: a standard one for everything but a FIFO
    /// topic's subscription (EB-42, SNS-14, LAM-34).
    fn dlq(&mut self, path: &str, dlq: Option<&String>, fifo: bool) {
        let Some(dlq) = dlq else { return };
        match self.design.queues.get(dlq) {
            None => self.must(false, path, || no("queue", dlq)),
            Some(queue) => self.must(queue.fifo_queue == fifo, path, || {
                let (wanted, other) =
                    if fifo { ("FIFO", "standard") } else { ("standard", "FIFO") };
                format!("This dead-letter queue must be a {wanted} queue, and {dlq} is {other}.")
            }),
        }
    }

    fn key(&mut self, path: &str, key: Option<&String>, managed: &str) {
        let Some(key) = key else { return };
        let known = key == managed
            || key.strip_prefix("keys.").is_some_and(|id| self.design.keys.contains_key(id));
        self.must(known, path, || {
            format!("There is no key {key:?}: write {managed}, or keys.… of a key in this design.")
        });
    }
}

#[cfg(test)]
mod tests;
