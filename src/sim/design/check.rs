//! Checks of a design: unresolved names, values that AWS rejects, combinations that cannot work. They report
//! every mistake, not just the first, and use AWS's messages where AWS has one.

mod effect;
mod size;

use serde_json::Value;

use super::payload::is_readable;
use super::{Design, Function, Mistake, NONE, OrderClass, PartKind};
use crate::aws::iam::Policy;
use crate::aws::workflow;

/// Collector of the mistakes in a design.
pub(crate) struct Checker<'a> {
    pub design: &'a Design,
    /// Workflow definitions by file name.
    documents: &'a [(String, String)],
    mistakes: Vec<Mistake>,
}

/// Maximum number of required parts: each takes one bit.
const REQUIRED_MAX: usize = 32;
/// Maximum number of sensitive fields: each takes one bit.
const SENSITIVE_MAX: usize = 32;

impl Design {
    /// Settings that AWS accepts although they cannot work.
    #[must_use]
    pub fn remarks(&self) -> Vec<Mistake> {
        let mut remarks = Vec::new();
        for (id, rule) in &self.rules {
            for target in &rule.targets {
                let queue = self.queues.get(&target.id).filter(|_| target.kind == PartKind::Queue);
                if queue.is_some_and(|q| q.fifo_queue && !q.content_based_deduplication) {
                    let sentence = format!(
                        "{target} accepts nothing from this rule: it does not deduplicate by content, \
                         and a rule cannot supply a deduplication id. Each delivery fails (EB-52)."
                    );
                    remarks.push(Mistake { path: format!("rules.{id}.targets"), sentence });
                }
            }
        }
        let is_idle = |id: &str, function: &Function| {
            let path = PartKind::Function.path(id);
            !(function.is_asynchronous() && self.is_invoked_asynchronously(&path))
        };
        for (id, function) in self.functions.iter().filter(|(id, f)| is_idle(id, f)) {
            let is_set = [
                ("on_success", function.on_success.is_some()),
                ("on_failure", function.on_failure.is_some()),
                ("dlq", function.dlq.is_some()),
            ];
            if let Some((field, _)) = is_set.iter().find(|(_, is_set)| *is_set) {
                let sentence = "Nothing ever comes there: an event source mapping invokes synchronously, as does \
                                a caller that waits for the outcome, and destinations and the dead-letter queue \
                                of a function serve asynchronous invocation alone (LAM-14)."
                    .to_owned();
                remarks.push(Mistake { path: format!("functions.{id}.{field}"), sentence });
            }
        }
        remarks
    }
}

fn is_account(account: &str) -> bool {
    account.len() == 12 && account.bytes().all(|byte| byte.is_ascii_digit())
}

/// Builds the message about a name that does not resolve.
pub(crate) fn no(kind: &str, id: &str) -> String {
    format!("There is no {kind} {id:?} in this design.")
}

impl<'a> Checker<'a> {
    /// Creates a checker without mistakes; `documents` holds the workflow definitions by file name.
    pub fn new(design: &'a Design, documents: &'a [(String, String)]) -> Self {
        Self { design, documents, mistakes: Vec::new() }
    }

    /// Returns all mistakes in the order they were found.
    pub fn into_mistakes(self) -> Vec<Mistake> {
        self.mistakes
    }

    /// Finds a workflow definition by its file name.
    pub fn document(&self, name: &str) -> Option<&'a str> {
        let found = self.documents.iter().find(|(known, _)| known == name);
        found.map(|(_, text)| text.as_str())
    }

    /// Reports a mistake at a path unless a condition holds.
    pub fn must(&mut self, holds: bool, path: &str, sentence: impl FnOnce() -> String) {
        if !holds {
            self.mistakes.push(Mistake { path: path.to_owned(), sentence: sentence() });
        }
    }

    /// Checks the load.
    pub fn load(&mut self) {
        let load = &self.design.load;
        let good = load.rate > 0.0 && load.rate <= 100_000.0;
        let many = &load.noun.many;
        self.must(good, "load.rate", || {
            format!("The rate is above 0 and at most 100000 {many} a second.")
        });
        let is_named = !load.noun.one.trim().is_empty() && !many.trim().is_empty();
        self.must(is_named, "load.noun", || {
            "A noun has two forms: one = \"letter\", many = \"letters\".".into()
        });
        self.must(load.customers > 0, "load.customers", || "There is at least 1 customer.".into());
        let some = load.orders.iter().any(|class| class.weight > 0);
        self.must(some, "load.orders", || format!("No {many} arrive: give one kind a weight."));
        self.must(load.orders.len() < 256, "load.orders", || "There are at most 255 kinds.".into());
        for class in &load.orders {
            let detail = serde_json::from_str::<Value>(&class.detail);
            let good = detail.is_ok_and(|detail| detail.is_object());
            self.must(good, "load.orders", || {
                format!("The detail {} is not a JSON object.", class.detail)
            });
            self.must(is_readable(&class.detail), "load.orders", || {
                "A placeholder for bytes gives their number, up to 16 MiB: {bytes:900000}.".into()
            });
        }
        let most = SENSITIVE_MAX;
        self.must(load.sensitive.len() <= most, "load.sensitive", || {
            format!("At most {most} fields can be sensitive.")
        });
        for path in &load.sensitive {
            let text_of = |class: &OrderClass| {
                let detail = serde_json::from_str::<Value>(&class.detail).ok()?;
                let found = workflow::find(path, &detail).ok()?;
                found.as_str().is_some_and(|text| !text.is_empty()).then_some(())
            };
            let known = path.starts_with("$.") && load.orders.iter().any(|c| text_of(c).is_some());
            self.must(known, "load.sensitive", || {
                format!("No detail has a text at {path:?}: write a path such as \"$.name\".")
            });
        }
    }

    /// Checks that the design has exactly one intake.
    pub fn intakes(&mut self) {
        let one = self.design.intakes.len() == 1;
        self.must(one, "intakes", || "A design has exactly one intake.".into());
    }

    /// Checks the account ids of the organisation.
    pub fn organization(&mut self) {
        for account in &self.design.organization {
            self.account("organization", Some(account));
        }
    }

    /// Checks that some part is required, since the required parts decide when an order is completed.
    pub fn required(&mut self) {
        let parts = self.design.parts();
        let count = parts.iter().filter(|(_, part)| part.required()).count();
        self.must(count > 0, "intakes", || {
            let one = &self.design.load.noun.one;
            format!(
                "Nothing in this design is required: every {one} would be done before anything \
                 happened. Mark with required = true what must be done."
            )
        });
        self.must(count <= REQUIRED_MAX, "intakes", || {
            format!("At most {REQUIRED_MAX} parts can be required, not {count}.")
        });
    }

    /// Checks that an account id has twelve digits.
    pub fn account(&mut self, path: &str, account: Option<&str>) {
        let good = account.is_none_or(is_account);
        self.must(good, path, || "An account is a number of 12 digits, in quotes.".into());
    }

    /// Checks that a policy is valid, and that it names principals if it is a resource policy and none if it
    /// is an identity policy (SEC-02).
    pub fn policy(&mut self, path: &str, text: Option<&str>, on_resource: bool) {
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

    /// Checks a dead-letter queue: that of a FIFO topic's subscription is FIFO, any other standard (EB-42,
    /// SNS-14, LAM-34).
    pub fn dlq(&mut self, path: &str, dlq: Option<&String>, fifo: bool) {
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

    /// Checks that a key is one of the design's, or the service's AWS managed key.
    pub fn key(&mut self, path: &str, key: Option<&String>, managed: &str) {
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
