//! The pieces that policies are made of. Where a design leaves a policy out, the one that AWS's console
//! writes is filled in; from then on it is seen, edited and obeyed like any other. A policy that says
//! `none` is none, and lets nobody in.

use serde_json::Value;

use super::{Design, PartPath, iam_arn};

/// The value that stands for a missing policy.
pub const NONE: &str = "none";

pub(crate) const EVENTS: &str = "events.amazonaws.com";
pub(crate) const SNS: &str = "sns.amazonaws.com";
pub(crate) const CLOUDWATCH: &str = "cloudwatch.amazonaws.com";

impl Design {
    /// What a role needs to hand something to a part: the part's own action, and those on its key (SEC-03,
    /// SEC-11); `None` if the part receives nothing.
    pub(super) fn sending_statements(&self, to: &PartPath) -> Option<Vec<String>> {
        let reception = self.part(to)?.receives()?;
        let mut statements =
            vec![may(&format!(r#"["{}"]"#, reception.action), &self.target_arn(to))];
        let encrypts = r#"["kms:GenerateDataKey", "kms:Decrypt"]"#;
        let encrypt = |key| may(encrypts, &self.key_arn(key, self.account_of(to)));
        statements.extend(reception.key.map(encrypt));
        Some(statements)
    }
}

/// Whether a path is a policy's; there, `none` means no policy rather than the console's.
#[must_use]
pub(super) fn is_policy(path: &str) -> bool {
    let field = path.rsplit('.').next().unwrap_or_default();
    matches!(field, "policy" | "role_policy")
}

/// Whether two policies are the same document.
#[must_use]
pub(super) fn is_same(one: &str, other: &str) -> bool {
    let read = |text: &str| serde_json::from_str::<Value>(text).ok();
    one == other || read(one).is_some_and(|one| Some(one) == read(other))
}

/// An account itself as a principal.
pub(crate) fn root(account: &str) -> String {
    iam_arn(account, "root")
}

/// A role's statement: it may do these actions, a JSON list, to a resource.
pub(crate) fn may(actions: &str, resource: &str) -> String {
    format!(r#"{{"Effect": "Allow", "Action": {actions}, "Resource": "{resource}"}}"#)
}

/// A statement that lets a service act on behalf of these sources, if there are any (SEC-05).
pub(crate) fn grant(
    service: &str,
    action: &str,
    resource: &str,
    operator: &str,
    mut sources: Vec<String>,
) -> Option<String> {
    sources.dedup();
    (!sources.is_empty()).then(|| {
        let sources = list(&sources);
        format!(
            r#"{{"Effect": "Allow", "Principal": {{"Service": "{service}"}}, "Action": "{action}", "Resource": "{resource}", "Condition": {{"{operator}": {{"aws:SourceArn": {sources}}}}}}}"#
        )
    })
}

/// One as a text, several as a list.
pub(crate) fn list(arns: &[String]) -> String {
    match arns {
        [one] => format!("\"{one}\""),
        all => format!("[\"{}\"]", all.join("\", \"")),
    }
}

pub(crate) fn document(statements: &[String]) -> String {
    format!(r#"{{"Version": "2012-10-17", "Statement": [{}]}}"#, statements.join(", "))
}
