//! Fields of each type of state (SFN-20, SFN-40).

use serde_json::{Map, Value};

use super::data::{Root, is_path};
use super::integration::{missing, unknown};
use super::{Around, Check, Language};
use crate::aws::workflow::choice;

const COMMON: [&str; 3] = ["Type", "Comment", "QueryLanguage"];

/// Fields of a type: in both languages, in JSONPath only, in JSONata only.
type Fields = (&'static [&'static str], &'static [&'static str], &'static [&'static str]);

#[rustfmt::skip]
fn fields(kind: &str) -> Option<Fields> {
    Some(match kind {
        "Pass" => (
            &["Next", "End", "Assign"],
            &["Result", "ResultPath", "Parameters", "InputPath", "OutputPath"],
            &["Output"],
        ),
        "Task" => (
            &["Resource", "Retry", "Catch", "TimeoutSeconds", "HeartbeatSeconds", "Credentials", "Next", "End",
              "Assign"],
            &["Parameters", "ResultSelector", "ResultPath", "InputPath", "OutputPath", "TimeoutSecondsPath",
              "HeartbeatSecondsPath"],
            &["Arguments", "Output"],
        ),
        "Choice" => (&["Choices", "Default", "Assign"], &["InputPath", "OutputPath"], &["Output"]),
        "Wait" => (
            &["Seconds", "Timestamp", "Next", "End", "Assign"],
            &["SecondsPath", "TimestampPath", "InputPath", "OutputPath"],
            &["Output"],
        ),
        "Succeed" => (&[], &["InputPath", "OutputPath"], &["Output"]),
        "Fail" => (&["Error", "Cause"], &["ErrorPath", "CausePath"], &[]),
        "Parallel" => (
            &["Branches", "Retry", "Catch", "Next", "End", "Assign"],
            &["Parameters", "ResultSelector", "ResultPath", "InputPath", "OutputPath"],
            &["Arguments", "Output"],
        ),
        "Map" => (
            &["ItemProcessor", "Iterator", "ItemSelector", "ItemReader", "ItemBatcher", "ResultWriter",
              "MaxConcurrency", "ToleratedFailureCount", "ToleratedFailurePercentage", "Label", "Retry", "Catch",
              "Next", "End", "Assign"],
            &["ItemsPath", "Parameters", "ResultSelector", "ResultPath", "InputPath", "OutputPath",
              "MaxConcurrencyPath", "ToleratedFailureCountPath", "ToleratedFailurePercentagePath"],
            &["Items", "Output"],
        ),
        _ => return None,
    })
}

impl Check {
    pub(super) fn state(
        &mut self,
        name: &str,
        state: &Map<String, Value>,
        place: &str,
        outer: Language,
        around: &Around<'_>,
    ) {
        let kind = state.get("Type").and_then(Value::as_str).unwrap_or_default();
        let Some((both, json_path, jsonata)) = fields(kind) else {
            self.wrong(place, format!("The state {name} has no valid Type: {kind:?}."));
            return;
        };
        let language = self.language(state, place, outer);
        let own = if language == Language::JsonPath { json_path } else { jsonata };
        for field in state.keys() {
            let field = field.as_str();
            if !COMMON.contains(&field) && !both.contains(&field) && !own.contains(&field) {
                let other = json_path.contains(&field) || jsonata.contains(&field);
                let why = if other { " in this QueryLanguage" } else { "" };
                self.wrong(place, format!("{name}: a {kind} state has no {field}{why}."));
            }
        }
        if both.contains(&"Next") {
            self.leads_on(name, state, place, around);
        }
        self.flow(state, place, language);
        self.errors(state, place, around, language);
        match kind {
            "Task" => self.task(name, state, place, language),
            "Choice" => self.choices(name, state, place, around, language),
            "Wait" => self.wait(name, state, place, language),
            "Fail" => {
                self.not_both(state, place, &["Error", "ErrorPath"]);
                self.not_both(state, place, &["Cause", "CausePath"]);
                for field in ["ErrorPath", "CausePath"] {
                    self.path_or_function(state, place, field);
                }
            }
            "Parallel" => self.parallel(name, state, place, language),
            "Map" => self.map(name, state, place, language),
            _ => {}
        }
    }

    /// Checks that the state has `Next` or `End`, and not both.
    fn leads_on(
        &mut self,
        name: &str,
        state: &Map<String, Value>,
        place: &str,
        around: &Around<'_>,
    ) {
        match (state.get("Next"), state.get("End")) {
            (Some(Value::String(next)), None) => self.target(next, "Next", place, around),
            (None, Some(Value::Bool(true))) => {}
            (Some(_), Some(_)) => self.wrong(place, format!("{name} has both Next and End.")),
            _ => self.wrong(place, format!("{name} has neither a Next nor End = true.")),
        }
    }

    /// Checks the paths and templates that several types share.
    fn flow(&mut self, state: &Map<String, Value>, place: &str, language: Language) {
        if language == Language::JsonPath {
            for field in ["InputPath", "OutputPath", "ItemsPath"] {
                self.path(state, place, field, Root::Any);
            }
            self.path(state, place, "ResultPath", Root::Reference);
        }
        for field in
            ["Parameters", "ResultSelector", "Assign", "ItemSelector", "Arguments", "Output"]
        {
            if let Some(template) = state.get(field) {
                self.template(template, &format!("{place}/{field}"), language);
            }
        }
        let assign = state.get("Assign");
        if assign.is_some_and(|assign| !assign.is_object() && language == Language::JsonPath) {
            self.wrong(place, "Assign must be a JSON object with a value for each variable.");
        }
    }

    fn errors(
        &mut self,
        state: &Map<String, Value>,
        place: &str,
        around: &Around<'_>,
        language: Language,
    ) {
        for field in ["Retry", "Catch"] {
            let Some(value) = state.get(field) else { continue };
            let Some(list) = value.as_array() else {
                self.wrong(place, format!("{field} must be a list."));
                continue;
            };
            for (index, entry) in list.iter().enumerate() {
                let place = format!("{place}/{field}/{index}");
                let Some(entry) = entry.as_object() else {
                    self.wrong(&place, format!("{field} holds JSON objects."));
                    continue;
                };
                self.names_errors(entry, &place, index + 1 == list.len());
                if field == "Retry" {
                    self.retrier(entry, &place);
                } else {
                    self.catcher(entry, &place, around, language);
                }
            }
        }
    }

    /// Checks `ErrorEquals`: names; States.ALL only alone, and only in the last entry (SFN-26).
    fn names_errors(&mut self, entry: &Map<String, Value>, place: &str, is_last: bool) {
        let names = entry.get("ErrorEquals").and_then(Value::as_array);
        let names = names.filter(|names| !names.is_empty() && names.iter().all(Value::is_string));
        let Some(names) = names else {
            self.wrong(place, "ErrorEquals must list the name of at least one error.");
            return;
        };
        let all = names.iter().any(|name| name == "States.ALL");
        if all && (names.len() > 1 || !is_last) {
            self.wrong(place, "States.ALL must stand alone, and in the last entry.");
        }
    }

    fn retrier(&mut self, entry: &Map<String, Value>, place: &str) {
        let known = [
            "ErrorEquals",
            "IntervalSeconds",
            "MaxAttempts",
            "BackoffRate",
            "MaxDelaySeconds",
            "JitterStrategy",
            "Comment",
        ];
        self.only(entry, place, &known, &[]);
        self.whole(entry, place, "IntervalSeconds", 1, Language::JsonPath);
        self.whole(entry, place, "MaxAttempts", 0, Language::JsonPath);
        self.whole(entry, place, "MaxDelaySeconds", 1, Language::JsonPath);
        if let Some(rate) = entry.get("BackoffRate")
            && rate.as_f64().is_none_or(|rate| rate < 1.0)
        {
            self.wrong(place, "BackoffRate must be a number of at least 1.");
        }
        if let Some(jitter) = entry.get("JitterStrategy")
            && jitter != "FULL"
            && jitter != "NONE"
        {
            self.wrong(place, "JitterStrategy is FULL or NONE.");
        }
    }

    fn catcher(
        &mut self,
        entry: &Map<String, Value>,
        place: &str,
        around: &Around<'_>,
        language: Language,
    ) {
        let own: &[&str] =
            if language == Language::JsonPath { &["ResultPath"] } else { &["Output"] };
        self.only(entry, place, &["ErrorEquals", "Next", "Assign", "Comment"], own);
        self.path(entry, place, "ResultPath", Root::Reference);
        for field in ["Assign", "Output"] {
            if let Some(template) = entry.get(field) {
                self.template(template, &format!("{place}/{field}"), language);
            }
        }
        match entry.get("Next") {
            Some(Value::String(next)) => self.target(next, "Next", place, around),
            _ => self.wrong(place, "A catcher needs Next, the state to go to."),
        }
    }

    fn task(&mut self, name: &str, state: &Map<String, Value>, place: &str, language: Language) {
        match state.get("Resource").and_then(Value::as_str) {
            Some(resource) if is_resource(resource) => {
                if let Some(why) = unknown(resource) {
                    self.wrong(place, format!("{name}: {why}"));
                }
                let given = state.get("Parameters").or_else(|| state.get("Arguments"));
                for parameter in missing(resource, given) {
                    let why = format!("The field '{parameter}' is required but was missing");
                    self.wrong(&format!("{place}/Parameters"), why);
                }
            }
            _ => self
                .wrong(place, format!("{name}: Resource must be the ARN of what the task calls.")),
        }
        for field in ["TimeoutSeconds", "HeartbeatSeconds"] {
            let path = format!("{field}Path");
            self.not_both(state, place, &[field, &path]);
            self.whole(state, place, field, 1, language);
            self.path(state, place, &path, Root::Any);
        }
        let seconds = |field: &str| state.get(field).and_then(Value::as_i64);
        if let (Some(timeout), Some(beat)) =
            (seconds("TimeoutSeconds"), seconds("HeartbeatSeconds"))
            && beat >= timeout
        {
            self.wrong(place, "HeartbeatSeconds must be less than TimeoutSeconds.");
        }
        if let Some(credentials) = state.get("Credentials") {
            let place = format!("{place}/Credentials");
            let role = credentials.as_object().filter(|object| {
                object.contains_key("RoleArn") || object.contains_key("RoleArn.$")
            });
            match role {
                Some(_) => self.template(credentials, &place, language),
                None => self.wrong(&place, "Credentials must name a RoleArn."),
            }
        }
    }

    fn wait(&mut self, name: &str, state: &Map<String, Value>, place: &str, language: Language) {
        let ways = ["Seconds", "SecondsPath", "Timestamp", "TimestampPath"];
        let given = ways.iter().filter(|way| state.contains_key(**way)).count();
        if given != 1 {
            self.wrong(place, format!("{name}: a Wait needs exactly one of {}.", ways.join(", ")));
        }
        self.whole(state, place, "Seconds", 0, language);
        self.path(state, place, "SecondsPath", Root::Any);
        self.path(state, place, "TimestampPath", Root::Any);
        if let Some(time) = state.get("Timestamp")
            && language == Language::JsonPath
            && choice::time(time).is_none()
        {
            self.wrong(
                place,
                format!("{name}: {time} is not a time such as 2026-11-23T18:00:00Z."),
            );
        }
    }

    fn parallel(
        &mut self,
        name: &str,
        state: &Map<String, Value>,
        place: &str,
        language: Language,
    ) {
        let branches = state.get("Branches").and_then(Value::as_array);
        let Some(branches) = branches.filter(|branches| !branches.is_empty()) else {
            self.wrong(place, format!("{name}: a Parallel needs Branches, with at least one."));
            return;
        };
        for (index, branch) in branches.iter().enumerate() {
            let place = format!("{place}/Branches/{index}");
            match branch.as_object() {
                Some(branch) => self.machine(branch, &place, language, &[]),
                None => self.wrong(&place, "A branch must be a machine: a JSON object."),
            }
        }
    }

    fn choices(
        &mut self,
        name: &str,
        state: &Map<String, Value>,
        place: &str,
        around: &Around<'_>,
        language: Language,
    ) {
        if let Some(default) = state.get("Default") {
            self.target(default.as_str().unwrap_or_default(), "Default", place, around);
        }
        let rules = state.get("Choices").and_then(Value::as_array);
        let Some(rules) = rules.filter(|rules| !rules.is_empty()) else {
            self.wrong(place, format!("{name}: a Choice needs Choices, with at least one."));
            return;
        };
        for (index, rule) in rules.iter().enumerate() {
            let place = format!("{place}/Choices/{index}");
            let Some(rule) = rule.as_object() else {
                self.wrong(&place, "A rule must be a JSON object.");
                continue;
            };
            match rule.get("Next") {
                Some(Value::String(next)) => self.target(next, "Next", &place, around),
                _ => self.wrong(&place, "A rule needs Next, the state to go to."),
            }
            if let Some(template) = rule.get("Assign") {
                self.template(template, &format!("{place}/Assign"), language);
            }
            if language == Language::Jsonata {
                let known = ["Condition", "Next", "Assign", "Output", "Comment"];
                self.only(rule, &place, &known, &[]);
                match rule.get("Condition") {
                    Some(Value::String(text)) => self.jsonata(text, &place),
                    Some(Value::Bool(_)) => {}
                    _ => self.wrong(&place, "A rule in JSONata needs a Condition."),
                }
            } else {
                self.rule(rule, &place, &["Next", "Assign", "Comment"]);
            }
        }
    }

    /// Checks a comparison or a combination of rules; `more` lists the fields that only the
    /// outermost rule has.
    fn rule(&mut self, rule: &Map<String, Value>, place: &str, more: &[&str]) {
        let tests: Vec<(&String, &Value)> = rule
            .iter()
            .filter(|(name, _)| *name != "Variable" && !more.contains(&name.as_str()))
            .collect();
        let [(name, operand)] = tests.as_slice() else {
            self.wrong(place, "A rule needs exactly one comparison, or And, Or or Not.");
            return;
        };
        match name.as_str() {
            "And" | "Or" => match operand.as_array().filter(|rules| !rules.is_empty()) {
                Some(rules) => {
                    for (index, inner) in rules.iter().enumerate() {
                        self.inner_rule(inner, &format!("{place}/{name}/{index}"));
                    }
                }
                None => self.wrong(place, format!("{name} must hold a list of at least one rule.")),
            },
            "Not" => self.inner_rule(operand, &format!("{place}/Not")),
            comparison => {
                let variable = rule.get("Variable").and_then(Value::as_str).unwrap_or_default();
                if !is_path(variable, Root::Any) {
                    self.wrong(place, "A comparison needs a Variable: a JSONPath such as $.total.");
                }
                if let Err(sentence) = comparable(comparison, operand) {
                    self.wrong(place, sentence);
                }
            }
        }
    }

    fn inner_rule(&mut self, rule: &Value, place: &str) {
        match rule.as_object() {
            Some(rule) => self.rule(rule, place, &["Comment"]),
            None => self.wrong(place, "A rule must be a JSON object."),
        }
    }
}

/// Whether a comparison exists and accepts the operand.
fn comparable(comparison: &str, operand: &Value) -> Result<(), String> {
    let wrong = || format!("The comparison {comparison} cannot take {operand}.");
    let fits = |fits: bool| if fits { Ok(()) } else { Err(wrong()) };
    if let Some(kind) = comparison.strip_prefix("Is") {
        let known = ["Null", "Present", "Numeric", "String", "Boolean", "Timestamp"];
        if known.contains(&kind) {
            return fits(operand.is_boolean());
        }
    }
    if comparison == "StringMatches" {
        return fits(operand.is_string());
    }
    let (bare, is_path_form) = match comparison.strip_suffix("Path") {
        Some(bare) => (bare, true),
        None => (comparison, false),
    };
    let kinds = ["String", "Numeric", "Boolean", "Timestamp"];
    let found = kinds.iter().find_map(|kind| Some((*kind, bare.strip_prefix(kind)?)));
    let Some((kind, relation)) = found else {
        return Err(format!("There is no comparison {comparison}."));
    };
    let relations = ["Equals", "LessThan", "LessThanEquals", "GreaterThan", "GreaterThanEquals"];
    if !relations.contains(&relation) || (kind == "Boolean" && relation != "Equals") {
        return Err(format!("There is no comparison {comparison}."));
    }
    fits(match kind {
        _ if is_path_form => operand.as_str().is_some_and(|path| is_path(path, Root::Any)),
        "String" => operand.is_string(),
        "Numeric" => operand.is_number(),
        "Boolean" => operand.is_boolean(),
        _ => choice::time(operand).is_some(),
    })
}

/// Whether a text is an ARN, or a placeholder to be replaced later.
fn is_resource(resource: &str) -> bool {
    if resource.is_empty() || resource.matches("${").count() != resource.matches('}').count() {
        return false;
    }
    // arn:aws:lambda:REGION:ACCOUNT:function:NAME[:ALIAS]
    let parts: Vec<&str> = resource.split(':').collect();
    let alias = (parts.get(2) == Some(&"lambda")).then(|| parts.get(7)).flatten();
    alias.is_none_or(|alias| {
        let plain = alias.chars().all(|c| c.is_ascii_alphanumeric() || "-_".contains(c));
        !alias.is_empty() && (plain || *alias == "$LATEST" || alias.starts_with("${"))
    })
}
