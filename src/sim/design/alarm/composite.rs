//! Composite alarms: their rules name other alarms of the design (CW-07).
//!
//! They stand in the table of the other alarms because AWS gives both one set of names.

use std::collections::BTreeMap;

use crate::aws::alarm::rule::Rule;
use crate::design::check::{Checker, no};
use crate::design::{Design, arn};

/// The alarm that a rule names, by its name or its ARN.
pub(crate) fn alarm_named(name: &str) -> &str {
    name.strip_prefix(&arn("cloudwatch", "alarm:")).unwrap_or(name)
}

/// Reports what is wrong with a rule.
pub(super) fn check(id: &str, text: &str, checker: &mut Checker<'_>) {
    let path = format!("alarms.{id}.alarm_rule");
    let design = checker.design;
    let rule = match Rule::parse(text) {
        Ok(rule) => rule,
        Err(sentence) => {
            checker.must(false, &path, || format!("ValidationError: {sentence}"));
            return;
        }
    };
    for name in rule.names() {
        let known = design.alarms.contains_key(alarm_named(name));
        checker.must(known, &path, || no("alarm", name));
    }
    let is_circle = design.alarm_ranks().get(id).is_some_and(|rank| *rank > design.alarms.len());
    checker.must(!is_circle, &path, || {
        "The rules of composite alarms lead back to where they began: AWS takes them and evaluates none."
            .into()
    });
}

impl Design {
    /// Alarms on the longest way from a rule down to a metric, by id: 0 for an alarm on a metric, and more
    /// than there are alarms where rules lead back to where they began.
    #[must_use]
    pub(crate) fn alarm_ranks(&self) -> BTreeMap<&str, usize> {
        let mut ranks: BTreeMap<&str, usize> =
            self.alarms.keys().map(|id| (id.as_str(), 0)).collect();
        let rules: Vec<(&str, Rule<String>)> = self
            .alarms
            .iter()
            .filter_map(|(id, alarm)| {
                Some((id.as_str(), Rule::parse(alarm.alarm_rule.as_ref()?).ok()?))
            })
            .collect();
        // One more than the longest way without a circle.
        for _ in 0..=self.alarms.len() {
            for (id, rule) in &rules {
                let below =
                    rule.names().into_iter().filter_map(|name| ranks.get(alarm_named(name)));
                let rank = below.max().map_or(1, |below| below + 1);
                ranks.insert(id, rank);
            }
        }
        ranks
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn design(alarms: &str) -> Design {
        toml::from_str(&format!(
            "[intakes.i]\n[queues.q]\n[alarms.a]\npart = 'queues.q'\n[alarms.b]\npart = 'queues.q'\n{alarms}"
        ))
        .unwrap()
    }

    fn told(alarms: &str) -> String {
        let mistakes = design(alarms).mistakes(&[]).into_iter();
        let of_alarms = mistakes.filter(|mistake| mistake.path.starts_with("alarms."));
        of_alarms.map(|m| format!("{}: {}", m.path, m.sentence)).collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn a_rule_names_alarms_of_the_design_by_name_or_arn() {
        let arn = "arn:aws:cloudwatch:eu-west-1:111122223333:alarm:b";
        let rule = format!("[alarms.both]\nalarm_rule = 'ALARM(\"a\") AND NOT ALARM(\"{arn}\")'\n");
        assert_eq!(told(&rule), "");
        assert!(told("[alarms.c]\nalarm_rule = 'ALARM(x)'\n").contains("There is no alarm \"x\""));
        assert!(told("[alarms.c]\nalarm_rule = 'ALARM(a) AND'\n").contains("ValidationError"));
        let both = "[alarms.c]\nalarm_rule = 'ALARM(a)'\npart = 'queues.q'\n";
        assert!(told(both).starts_with("alarms.c.part: "), "{}", told(both));
    }

    #[test]
    fn rules_may_build_on_each_other_and_not_in_circles() {
        let on = |id: &str, of: &str| format!("[alarms.{id}]\nalarm_rule = 'OK({of})'\n");
        let tower = design(&(on("c", "d") + &on("d", "a") + "[alarms.e]\nalarm_rule = 'TRUE'\n"));
        let ranks = tower.alarm_ranks();
        assert_eq!(["a", "c", "d", "e"].map(|id| ranks[id]), [0, 2, 1, 1]);
        assert_eq!(told(&(on("c", "d") + &on("d", "a"))), "");
        for circle in [on("c", "c"), on("c", "d") + &on("d", "c")] {
            assert!(told(&circle).contains("lead back"), "{circle}");
        }
    }

    #[test]
    fn aws_answers_with_the_rule() {
        let design = design("[alarms.c]\nalarm_rule = 'ALARM(a)'\n");
        let answer = design.configuration("alarms.c", &[]).remove(0).answer;
        let expected =
            json!({ "CompositeAlarms": [{ "AlarmName": "c", "AlarmRule": "ALARM(a)" }] });
        assert_eq!(answer, expected);
    }
}
