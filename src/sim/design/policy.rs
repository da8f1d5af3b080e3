//! Building blocks of policies. Where a design omits a policy, the console's takes its place, and is then
//! shown, edited and enforced like any other. The value `none` means no policy, which admits nobody.

use serde_json::Value;

use super::{Design, PartPath, iam_arn};

/// Value that stands for no policy.
pub const NONE: &str = "none";

/// Service principal of EventBridge.
pub(crate) const EVENTS: &str = "events.amazonaws.com";
/// Service principal of SNS.
pub(crate) const SNS: &str = "sns.amazonaws.com";
pub(crate) const CLOUDWATCH: &str = "cloudwatch.amazonaws.com";

impl Design {
    /// Statements that a role needs to send to a part: the part's action, and those on its key (SEC-03,
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

/// Whether a path names a policy; there, `none` means no policy rather than the console's.
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

/// Principal of an account as a whole.
pub(crate) fn root(account: &str) -> String {
    iam_arn(account, "root")
}

/// Builds a statement that allows a role actions, a JSON list, on a resource.
pub(crate) fn may(actions: &str, resource: &str) -> String {
    format!(r#"{{"Effect": "Allow", "Action": {actions}, "Resource": "{resource}"}}"#)
}

/// Builds a statement that lets a service act on behalf of sources; `None` without sources (SEC-05).
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

/// Formats a single ARN as a JSON string, several as a JSON list.
pub(crate) fn list(arns: &[String]) -> String {
    match arns {
        [one] => format!("\"{one}\""),
        all => format!("[\"{}\"]", all.join("\", \"")),
    }
}

/// Builds a policy document from statements.
pub(crate) fn document(statements: &[String]) -> String {
    format!(r#"{{"Version": "2012-10-17", "Statement": [{}]}}"#, statements.join(", "))
}
