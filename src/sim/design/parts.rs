//! All parts of a design, whatever their kinds: what is wrong with them, their policies, their
//! configuration and their ARNs.

use super::answers::{Answers, Configuration};
use super::check::Checker;
use super::part::Part;
use super::path::every_table;
use super::policy::is_policy;
use super::{Design, Mistake, PartKind, PartPath};
use serde_json::json;

macro_rules! tables {
    ($($kind:ident $table:ident $noun:literal,)+) => {
        impl Design {
            /// The part at a path. Clients have no settings of their own.
            pub(crate) fn part(&self, path: &PartPath) -> Option<&dyn Part> {
                match path.kind {
                    PartKind::Client => None,
                    $(PartKind::$kind => self.$table.get(&path.id).map(|part| part as &dyn Part),)+
                }
            }

            /// Every part in the order of the tables, each table in the order of its names.
            pub(crate) fn parts(&self) -> Vec<(PartPath, &dyn Part)> {
                let mut parts: Vec<(PartPath, &dyn Part)> = Vec::new();
                $(for (id, part) in &self.$table {
                    parts.push((PartKind::$kind.path(id), part));
                })+
                parts
            }

            fn parts_mut(&mut self) -> Vec<(PartPath, &mut dyn Part)> {
                let mut parts: Vec<(PartPath, &mut dyn Part)> = Vec::new();
                $(for (id, part) in &mut self.$table {
                    parts.push((PartKind::$kind.path(id), part));
                })+
                parts
            }
        }
    };
}
every_table!(tables);

impl Design {
    /// Every mistake. `documents` are the workflow definitions by file name.
    #[must_use]
    pub fn mistakes(&self, documents: &[(String, String)]) -> Vec<Mistake> {
        let mut checker = Checker::new(self, documents);
        checker.load();
        checker.intakes();
        checker.sizes();
        for (path, part) in self.parts() {
            part.check(&path.id, &mut checker);
        }
        checker.required();
        checker.into_mistakes()
    }

    /// The design with the console's policies where it leaves them out.
    #[must_use]
    pub fn written_out(&self) -> Self {
        let mut written = self.clone();
        for (path, part) in written.parts_mut() {
            let Some(original) = self.part(&path) else { continue };
            for (field, policy) in part.policies() {
                if policy.is_none() {
                    *policy = original.console_policy(field, &path.id, self);
                }
            }
        }
        written
    }

    /// The policy that the console writes at a path such as `queues.inventory.policy`; `None` where it
    /// writes none, or where no policy belongs.
    #[must_use]
    pub fn console_policy(&self, path: &str) -> Option<String> {
        let (part, field) = path.rsplit_once('.').filter(|_| is_policy(path))?;
        let path: PartPath = part.parse().ok()?;
        self.part(&path)?.console_policy(field, &path.id, self)
    }

    /// The configuration of the part at a path, as AWS's commands give it. `documents` are the workflow
    /// definitions by file name. Empty if the design has no such part.
    #[must_use]
    pub fn configuration(&self, path: &str, documents: &[(String, String)]) -> Vec<Configuration> {
        let Ok(path) = path.parse::<PartPath>() else { return Vec::new() };
        let design = self.written_out();
        let mut answers = Answers::new(&design, documents);
        if path.kind == PartKind::Client {
            answers.ours(&json!({ "rate": design.load.rate, "customers": design.load.customers }));
        } else if let Some(part) = design.part(&path) {
            part.configuration(&path.id, &mut answers);
        }
        answers.into_all()
    }

    /// The ARN of a part; `None` if the design does not have it, or it is not an AWS resource.
    #[must_use]
    pub fn part_arn(&self, path: &PartPath) -> Option<String> {
        self.part(path)?.arn(&path.id, self)
    }

    /// The ARN of a part that receives messages; all of these are AWS resources.
    #[must_use]
    pub fn target_arn(&self, path: &PartPath) -> String {
        self.part_arn(path).unwrap_or_default()
    }
}
