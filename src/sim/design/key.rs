//! A KMS key.

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::answers::Answers;
use super::api_call::{ApiCall, Change};
use super::check::Checker;
use super::part::{Part, from_fields};
use super::policy::{NONE, document, root};
use super::{Design, arn_in};
use crate::assumption::Assumption;

/// A KMS key.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Key {
    pub title: Option<String>,
    /// Account that owns the key; the design's own by default.
    pub account: Option<String>,
    /// Key policy in JSON; the default names only the account, so no service may use the key (SEC-09).
    pub policy: Option<String>,
}

impl Key {
    /// Model assumptions about keys: there are none.
    pub(super) const ASSUMES: &[Assumption] = &[];
}

impl Part for Key {
    from_fields!(title, account);

    fn is_drawn(&self) -> bool {
        false
    }

    fn arn(&self, id: &str, design: &Design) -> Option<String> {
        Some(arn_in(self.account(design), "kms", &format!("key/{id}")))
    }

    fn check(&self, id: &str, checker: &mut Checker<'_>) {
        let path = format!("keys.{id}.policy");
        checker.account(&format!("keys.{id}.account"), self.account.as_deref());
        checker.must(self.policy.as_deref() != Some(NONE), &path, || {
            "MalformedPolicyDocumentException: a KMS key always has a key policy. When omitted, \
             it is the default, which leaves the decision to the account's roles."
                .into()
        });
        checker.policy(&path, self.policy.as_deref(), true);
    }

    fn configuration(&self, _: &str, answers: &mut Answers<'_>) {
        answers.policy("aws kms get-key-policy", self.policy.as_deref());
    }

    fn calls_for(&self, change: &Change<'_>) -> Vec<ApiCall> {
        let parameters = json!({
            "keyId": change.subject.arn(), "policyName": "default", "policy": change.is.to_string(),
        });
        vec![change.subject.call("kms.amazonaws.com", "PutKeyPolicy", parameters)]
    }

    fn policies(&mut self) -> Vec<(&'static str, &mut Option<String>)> {
        vec![("policy", &mut self.policy)]
    }

    /// Names only the account: the identity policies of its roles decide, and no service is allowed (SEC-01,
    /// SEC-09).
    fn console_policy(&self, _: &str, _: &str, design: &Design) -> Option<String> {
        Some(document(&[format!(
            r#"{{"Sid": "Enable IAM User Permissions", "Effect": "Allow", "Principal": {{"AWS": "{}"}}, "Action": "kms:*", "Resource": "*"}}"#,
            root(self.account(design))
        )]))
    }
}
