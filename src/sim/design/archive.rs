//! An archive of a bus, and a replay of what is in it (EB-57).

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::answers::Answers;
use super::api_call::{ApiCall, Caller, Change, Subject, event_time};
use super::check::{Checker, no};
use super::part::{Part, from_fields};
use super::policy::{document, may};
use super::{CUSTOMER, Design, Duration, ORDER, PartKind, PartPath, arn_in};
use crate::assumption::{Assumption, LOOKS, WILDCARDS, assume};
use crate::aws::pattern::Pattern;
use crate::kernel::time::{Span, Time};

/// Characters of an archive's name.
const NAME_MAX: usize = 48;
/// What replays are called, as patterns see them: a *model assumption* (MA-archive-4), because whoever starts
/// a replay names it.
const REPLAY_NAME: &str = "replay-1";

/// An archive. It receives the events of one bus, and a replay puts them on the same bus again.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Archive {
    pub title: Option<String>,
    /// Its source.
    pub bus: String,
    /// JSON: the events that it keeps; all of them when left out.
    pub event_pattern: Option<String>,
    /// In days; 0: it keeps events for ever.
    pub retention_days: u32,
    /// JSON: what the role that starts replays may do. Left out, it may start them.
    pub role_policy: Option<String>,
}

impl Archive {
    /// Model assumptions about archives.
    pub(super) const ASSUMES: &[Assumption] = &[
        assume("MA-archive-1", "An event reaches the archive exactly ten minutes after the bus."),
        assume("MA-archive-2", "From one replayed event to the next it takes 10 ms."),
        assume("MA-archive-3", "Expired events are deleted every minute."),
        assume("MA-archive-4", "Patterns see every replay under the name replay-1."),
        LOOKS,
        WILDCARDS,
    ];
}

impl Part for Archive {
    from_fields!(title);

    /// That of its bus.
    fn account<'a>(&'a self, design: &'a Design) -> &'a str {
        design.account_of(&PartKind::Bus.path(&self.bus))
    }

    fn arn(&self, id: &str, design: &Design) -> Option<String> {
        Some(arn_in(self.account(design), "events", &format!("archive/{id}")))
    }

    fn check(&self, id: &str, checker: &mut Checker<'_>) {
        let path = |field: &str| format!("archives.{id}.{field}");
        checker.must(id.chars().count() <= NAME_MAX, &format!("archives.{id}"), || {
            format!(
                "ValidationException: the name of an archive has at most {NAME_MAX} characters."
            )
        });
        let known = checker.design.buses.contains_key(&self.bus);
        checker.must(known, &path("bus"), || no("bus", &self.bus));
        if let Some(text) = &self.event_pattern {
            self.check_pattern(&path("event_pattern"), text, checker);
        }
        checker.policy(&path("role_policy"), self.role_policy.as_deref(), false);
    }

    fn takes_from(&self) -> Option<PartPath> {
        Some(PartKind::Bus.path(&self.bus))
    }

    /// EventBridge makes a rule of its own that fills the archive and leaves replayed events out.
    fn configuration(&self, id: &str, answers: &mut Answers<'_>) {
        let design = answers.design;
        let bus = design.target_arn(&PartKind::Bus.path(&self.bus));
        let mut archive = json!({
            "ArchiveArn": self.arn(id, design),
            "ArchiveName": id,
            "EventSourceArn": bus,
            "State": "ENABLED",
            "RetentionDays": self.retention_days,
        });
        if let Some(pattern) = &self.event_pattern {
            archive["EventPattern"] = json!(pattern);
        }
        answers.add("aws events describe-archive", archive);
        answers.add(
            "aws events describe-rule",
            json!({
                "Name": format!("Events-Archive-{id}"),
                "EventBusName": self.bus,
                "State": "ENABLED",
                "ManagedBy": "prod.vhs.events.aws.internal",
                "EventPattern": self.managed_pattern(),
            }),
        );
        answers.policy("the policy of its operator", self.role_policy.as_deref());
    }

    fn calls_for(&self, change: &Change<'_>) -> Vec<ApiCall> {
        let (subject, was, is) = (change.subject, change.was, change.is);
        if change.is_of_role() {
            return vec![subject.role_policy(Caller::Operator.role(), is)];
        }
        // EventBridge itself changes the rule that fills the archive.
        if change.command != "aws events describe-archive" {
            return Vec::new();
        }
        let mut parameters =
            json!({ "archiveName": subject.id(), "retentionDays": is["RetentionDays"] });
        if was["EventPattern"] != is["EventPattern"] {
            parameters["eventPattern"] = is["EventPattern"].clone();
        }
        vec![subject.call("events.amazonaws.com", "UpdateArchive", parameters)]
    }

    fn policies(&mut self) -> Vec<(&'static str, &mut Option<String>)> {
        vec![("role_policy", &mut self.role_policy)]
    }

    fn console_policy(&self, _: &str, id: &str, design: &Design) -> Option<String> {
        let own = self.arn(id, design)?;
        Some(document(&[may(r#"["events:StartReplay"]"#, &own)]))
    }
}

/// The call that starts a replay (EB-57).
pub(crate) fn replay_call(design: &Design, replay: &Replay, name: &str) -> Option<ApiCall> {
    let archive: PartPath = replay.archive.parse().ok()?;
    let bus = PartKind::Bus.path(&design.archives.get(&archive.id)?.bus);
    let mut destination = json!({ "arn": design.target_arn(&bus) });
    if !replay.rules.is_empty() {
        let rules: Vec<String> = replay.rules.iter().map(|rule| design.rule_arn(rule)).collect();
        destination["filterArns"] = json!(rules);
    }
    let parameters = json!({
        "replayName": name,
        "eventSourceArn": design.target_arn(&archive),
        "eventStartTime": event_time(Time::ZERO + replay.from.0),
        "eventEndTime": event_time(Time::ZERO + replay.to.0),
        "destination": destination,
    });
    let subject = Subject { path: &archive, design };
    Some(subject.call("events.amazonaws.com", "StartReplay", parameters))
}

impl Archive {
    fn check_pattern(&self, path: &str, text: &str, checker: &mut Checker<'_>) {
        let design = checker.design;
        let pattern = match Pattern::parse(text) {
            Ok(pattern) => pattern,
            Err(sentence) => {
                checker.must(false, path, || format!("InvalidEventPatternException: {sentence}"));
                return;
            }
        };
        let matches = |detail: &str, number: &str| {
            let detail = detail.replace(ORDER, number).replace(CUSTOMER, number);
            let detail = serde_json::from_str(&detail).unwrap_or(Value::Null);
            pattern.matches(&design.event(&self.bus, &detail))
        };
        let mut classes = design.load.orders.iter();
        let differs =
            classes.any(|class| matches(&class.detail, "1") != matches(&class.detail, "2"));
        checker.must(!differs, path, || {
            format!(
                "This pattern tells {} of one kind apart by their numbers: make two kinds.",
                design.load.noun.many
            )
        });
    }

    /// The pattern of the rule that fills it: replayed events are not archived again (EB-57).
    fn managed_pattern(&self) -> String {
        let own = self.event_pattern.as_deref().and_then(|text| serde_json::from_str(text).ok());
        let mut pattern: Value = own.unwrap_or_else(|| json!({}));
        pattern["replay-name"] = json!([{ "exists": false }]);
        pattern.to_string()
    }
}

impl Design {
    /// Whether a bus can get replayed events: by an archive of its own, or of a bus whose rules lead to it.
    pub(crate) fn is_replayed_to(&self, bus: &str) -> bool {
        let before = self.buses_before(bus);
        let mut sources = self.archives.values().map(|archive| archive.bus.as_str());
        sources.any(|source| source == bus || before.contains(&source))
    }

    /// The same event as a replay puts it on the bus (EB-57).
    pub(crate) fn replayed(event: &Value) -> Value {
        let mut event = event.clone();
        event["replay-name"] = json!(REPLAY_NAME);
        event
    }
}

/// What a replay takes out of an archive, and for which rules (EB-57).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Replay {
    /// The path of the archive.
    pub archive: String,
    /// Events that the bus received from then on, counted from the start of the run.
    pub from: Duration,
    /// The last of them.
    pub to: Duration,
    /// Rules of the bus, by id; none: all of them.
    #[serde(default)]
    pub rules: Vec<String>,
}

impl Replay {
    /// Why it cannot be started at an instant of a run, whoever starts it.
    #[must_use]
    pub fn mistake(&self, design: &Design, at: Span) -> Option<String> {
        let path = self.archive.parse::<PartPath>().ok();
        let id = path.filter(|path| path.kind == PartKind::Archive).map(|path| path.id);
        let archive = id.and_then(|id| design.archives.get(&id));
        let Some(archive) = archive else {
            return Some(format!("{} is no archive of this design.", self.archive));
        };
        if self.from.0 >= self.to.0 {
            return Some(
                "ValidationException: EventStartTime must be before EventEndTime.".to_owned(),
            );
        }
        if self.to.0 > at {
            return Some("A replay is of time that has passed.".to_owned());
        }
        let on_bus = |rule: &String| design.rules.get(rule).is_some_and(|r| r.bus == archive.bus);
        let strange = self.rules.iter().find(|rule| !on_bus(rule))?;
        Some(format!(
            "ResourceNotFoundException: Rule {strange} does not exist on EventBus {}.",
            archive.bus
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DESIGN: &str = r#"
[load]
orders = [
  { weight = 1, detail = '{"id": "{order}", "n": 1}' },
  { weight = 1, detail = '{"id": "{order}", "n": 2}' },
]
[intakes.door]
store = "book"
[stores.book]
publishes_to = "buses.main"
source = "desk"
detail_type = "Written"
[buses.main]
[buses.other]
[rules.all]
bus = "main"
event_pattern = '{"source": ["desk"]}'
targets = ["queues.work"]
[queues.work]
required = true
[archives.past]
bus = "main"
"#;

    fn design(settings: &str) -> Design {
        toml::from_str(&format!("{DESIGN}{settings}")).unwrap()
    }

    fn told(settings: &str) -> Vec<(String, String)> {
        let mistakes = design(settings).mistakes(&[]).into_iter();
        mistakes.map(|mistake| (mistake.path, mistake.sentence)).collect()
    }

    #[test]
    fn what_aws_would_not_take_is_refused_in_its_words() {
        assert_eq!(told(""), []);
        assert_eq!(told("event_pattern = '{\"detail\": {\"n\": [1]}}'\n"), []);
        for (settings, path, words) in [
            (
                "event_pattern = '{\"source\": \"desk\"}'\n",
                "archives.past.event_pattern",
                "InvalidEventPattern",
            ),
            (
                "event_pattern = '{\"detail\": {\"id\": [\"1\"]}}'\n",
                "archives.past.event_pattern",
                "make two kinds",
            ),
            ("[archives.lost]\nbus = 'nowhere'\n", "archives.lost.bus", "no bus \"nowhere\""),
            ("role_policy = '{'\n", "archives.past.role_policy", "olicy"),
            (
                "[archives.a-name-that-is-longer-than-forty-eight-characters-are]\nbus = 'main'\n",
                "archives.a-name-that-is-longer-than-forty-eight-characters-are",
                "at most 48",
            ),
        ] {
            let told = told(settings);
            assert!(told.iter().any(|(at, s)| at == path && s.contains(words)), "{told:?}");
        }
    }

    /// EB-57: the rule that fills an archive leaves replayed events out.
    #[test]
    fn its_configuration_is_the_archive_and_the_rule_that_fills_it() {
        let design = design("event_pattern = '{\"source\": [\"desk\"]}'\nretention_days = 9\n");
        let [archive, managed, role] = &design.configuration("archives.past", &[])[..] else {
            panic!("three answers")
        };
        assert_eq!(
            archive.answer["ArchiveArn"],
            "arn:aws:events:eu-west-1:111122223333:archive/past"
        );
        assert_eq!(
            archive.answer["EventSourceArn"],
            "arn:aws:events:eu-west-1:111122223333:event-bus/main"
        );
        assert_eq!(archive.answer["RetentionDays"], 9);
        assert_eq!(managed.answer["Name"], "Events-Archive-past");
        let pattern: Value =
            serde_json::from_str(managed.answer["EventPattern"].as_str().unwrap()).unwrap();
        assert_eq!(pattern, json!({ "source": ["desk"], "replay-name": [{ "exists": false }] }));
        assert_eq!(role.answer["Statement"][0]["Action"][0], "events:StartReplay");
    }

    #[test]
    fn a_replay_is_of_an_archive_of_time_that_has_passed_and_of_rules_of_its_bus() {
        let design = design(
            "[rules.strange]\nbus = 'other'\nevent_pattern = '{\"source\": [\"desk\"]}'\ntargets = ['queues.work']\n",
        );
        let replay = |archive: &str, from, to, rule: &str| Replay {
            archive: archive.to_owned(),
            from: Duration::from_secs(from),
            to: Duration::from_secs(to),
            rules: vec![rule.to_owned()],
        };
        let at = Span::from_secs(100);
        assert_eq!(replay("archives.past", 1, 2, "all").mistake(&design, at), None);
        for (replay, words) in [
            (replay("buses.main", 1, 2, "all"), "buses.main is no archive"),
            (replay("archives.none", 1, 2, "all"), "archives.none is no archive"),
            (replay("archives.past", 2, 2, "all"), "EventStartTime must be before"),
            (replay("archives.past", 2, 101, "all"), "has passed"),
            (
                replay("archives.past", 1, 2, "strange"),
                "Rule strange does not exist on EventBus main",
            ),
        ] {
            let told = replay.mistake(&design, at).unwrap_or_default();
            assert!(told.contains(words), "{told}");
        }
    }
}
