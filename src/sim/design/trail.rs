//! A trail, which delivers records of the account's calls; in addition, every account has its event history
//! (CT-01 to CT-03).

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::answers::Answers;
use super::api_call::{ApiCall, Change, spelled};
use super::check::Checker;
use super::part::{Part, from_fields};
use super::{Design, REGION, arn};
use crate::assumption::{Assumption, assume};

/// Maximum number of trails in a Region.
const TRAILS_MAX: usize = 5;
/// Types of resource whose data events the model counts (CT-02, CT-03).
const RESOURCES: [&str; 3] = ["AWS::SQS::Queue", "AWS::Lambda::Function", "AWS::SNS::Topic"];

/// A multi-Region trail of the account.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Trail {
    pub title: Option<String>,
    /// Whether it logs management events, that is changes to resources; on by default (CT-01).
    pub management_events: bool,
    /// Whether it logs data events, that is operations in resources such as `SendMessage` and `Invoke`;
    /// billed per event, and off by default (CT-01).
    pub data_events: bool,
}

impl Default for Trail {
    fn default() -> Self {
        Self { title: None, management_events: true, data_events: false }
    }
}

impl Trail {
    /// Model assumptions about trails.
    pub(super) const ASSUMES: &[Assumption] = &[
        assume(
            "MA-trail-1",
            "A record is delivered after exactly five minutes; AWS says about five.",
        ),
        assume("MA-trail-2", "A request that is billed in several chunks counts once for each."),
        assume(
            "MA-trail-3",
            "The role deployment calls for faults, and the role operator otherwise.",
        ),
        assume("MA-trail-4", "A fault that changes a configuration is a single call."),
        assume("MA-trail-5", "Callers have an address that is reserved for documentation."),
    ];
}

impl Part for Trail {
    from_fields!(title);

    fn arn(&self, id: &str, _: &Design) -> Option<String> {
        Some(arn("cloudtrail", &format!("trail/{id}")))
    }

    fn check(&self, id: &str, checker: &mut Checker<'_>) {
        let path = format!("trails.{id}.management_events");
        checker.must(self.management_events || self.data_events, &path, || {
            "InvalidEventSelectorsException: a trail logs management events, data events or both."
                .into()
        });
        let trails = checker.design.trails.len();
        checker.must(trails <= TRAILS_MAX, "trails", || {
            format!(
                "MaximumNumberOfTrailsExceededException: a Region has at most {TRAILS_MAX} trails."
            )
        });
    }

    fn configuration(&self, id: &str, answers: &mut Answers<'_>) {
        let own = self.arn(id, answers.design);
        answers.add(
            "aws cloudtrail get-trail",
            json!({ "Trail": {
                "Name": id,
                "TrailARN": own,
                "S3BucketName": format!("{id}-records"),
                "HomeRegion": REGION,
                "IncludeGlobalServiceEvents": true,
                "IsMultiRegionTrail": true,
                "LogFileValidationEnabled": true,
            } }),
        );
        answers.add(
            "aws cloudtrail get-event-selectors",
            json!({ "TrailARN": own, "AdvancedEventSelectors": self.selectors() }),
        );
    }

    fn calls_for(&self, change: &Change<'_>) -> Vec<ApiCall> {
        let selectors = spelled(&change.is["AdvancedEventSelectors"]);
        let parameters =
            json!({ "trailName": change.subject.id(), "advancedEventSelectors": selectors });
        vec![change.subject.call("cloudtrail.amazonaws.com", "PutEventSelectors", parameters)]
    }
}

impl Trail {
    fn selectors(&self) -> Vec<Value> {
        let category = |name: &str| json!({ "Field": "eventCategory", "Equals": [name] });
        let mut selectors = Vec::new();
        if self.management_events {
            selectors.push(json!({ "FieldSelectors": [category("Management")] }));
        }
        if self.data_events {
            selectors.extend(RESOURCES.map(|resource| {
                let resource = json!({ "Field": "resources.type", "Equals": [resource] });
                json!({ "FieldSelectors": [category("Data"), resource] })
            }));
        }
        selectors
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DESIGN: &str = "[load]\norders = [{ weight = 1, detail = '{}' }]\n[intakes.desk]\n\
                          store = 'book'\nrequired = true\n[stores.book]\n";

    fn mistakes(trails: &str) -> Vec<String> {
        let design: Design = toml::from_str(&format!("{DESIGN}{trails}")).unwrap();
        let mistakes = design.mistakes(&[]).into_iter();
        mistakes.map(|mistake| format!("{}: {}", mistake.path, mistake.sentence)).collect()
    }

    #[test]
    fn a_trail_logs_something_and_a_region_has_five_at_most() {
        assert_eq!(mistakes("[trails.a]\n"), [""; 0]);
        assert_eq!(mistakes("[trails.a]\nmanagement_events = false\ndata_events = true"), [""; 0]);
        let none = mistakes("[trails.a]\nmanagement_events = false\n");
        assert!(
            none[0].starts_with("trails.a.management_events: InvalidEventSelectors"),
            "{none:?}"
        );
        let six: String =
            ["a", "b", "c", "d", "e", "f"].map(|id| format!("[trails.{id}]\n")).concat();
        let many = mistakes(&six);
        assert!(many[0].starts_with("trails: MaximumNumberOfTrails"), "{many:?}");
    }

    #[test]
    fn its_selectors_name_what_it_logs() {
        let design: Design = toml::from_str("[trails.a]\n[trails.b]\ndata_events = true").unwrap();
        let selectors = |path: &str| design.configuration(path, &[])[1].answer.to_string();
        assert!(selectors("trails.a").contains("Management"));
        assert!(!selectors("trails.a").contains("Data"));
        assert!(selectors("trails.b").contains("AWS::SQS::Queue"));
    }
}
