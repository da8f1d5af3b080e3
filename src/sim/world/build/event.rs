//! The events that workflows put on buses. What an entry's detail holds depends on the data of its state, so the
//! definition is walked once for each kind of order, along every way that an execution can take.
//!
//! A *model assumption* (MA-workflow-4): an event is the same however an execution comes to its state. One
//! that no walk comes to has the order's data as its detail.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::Builder;
use super::flow::Programs;
use super::walk::{Details, Place, Walk};
use crate::aws::workflow::{Callee, Program};
use crate::design::{PartKind, arn};

/// An event that a task puts on a bus.
#[derive(Debug, Clone)]
pub struct Publication {
    place: Place,
    /// As the bus has it, by kind of order.
    events: Vec<Value>,
}

impl Builder<'_> {
    /// Finds the events that workflows put on each bus.
    pub fn find_publications(&self, programs: &Programs) -> BTreeMap<String, Vec<Publication>> {
        let mut found: BTreeMap<String, Vec<Publication>> = BTreeMap::new();
        let puts = |program: &Program| {
            program.callees().iter().any(|called| matches!(called.callee, Callee::Events(_)))
        };
        if !programs.values().any(puts) {
            return found;
        }
        let walks: Vec<Details> =
            self.details.iter().map(|detail| self.walk(programs, detail)).collect();
        for (id, program) in programs {
            for (callee, called) in program.callees().iter().enumerate() {
                let Callee::Events(entries) = &called.callee else { continue };
                for (place, entry) in entries.iter().enumerate() {
                    let place: Place = (id.clone(), callee, place);
                    let event = |(detail, walk): (&Value, &Details)| {
                        let mut event = self.design.event(&entry.bus, detail);
                        event["source"] = json!(entry.source);
                        event["detail-type"] = json!(entry.detail_type);
                        event["detail"] = walk.get(&place).unwrap_or(detail).clone();
                        event["resources"] = json!([
                            arn("states", &format!("stateMachine:{id}")),
                            arn("states", &format!("execution:{id}:execution")),
                        ]);
                        event
                    };
                    let events = self.details.iter().zip(&walks).map(event).collect();
                    let publication = Publication { place, events };
                    found.entry(entry.bus.clone()).or_default().push(publication);
                }
            }
        }
        found
    }

    /// Every form of event that comes to a bus, each by kind of order: what its publisher sends, and then those of
    /// workflows.
    pub fn event_forms(&self, bus: &str) -> Vec<Vec<Value>> {
        let mut forms = vec![self.events(bus)];
        forms.extend(self.workflow_events(bus));
        forms
    }

    /// The events of workflows that come to a bus, each by kind of order: those that rules of another bus hand on,
    /// and then its own.
    fn workflow_events(&self, bus: &str) -> Vec<Vec<Value>> {
        let mut all = self.feeder(bus).map_or_else(Vec::new, |bus| self.workflow_events(bus));
        let own = self.publications.get(bus).into_iter().flatten();
        all.extend(own.map(|publication| publication.events.clone()));
        all
    }

    /// Which event of a bus an entry is.
    pub fn form_of_entry(&self, bus: &str, (id, callee, place): (&str, usize, usize)) -> u16 {
        let before = self.feeder(bus).map_or(0, |bus| self.workflow_events(bus).len());
        let own = self.publications.get(bus).map_or(&[][..], Vec::as_slice);
        let wanted = (id.to_owned(), callee, place);
        let found = own.iter().position(|publication| publication.place == wanted);
        found.map_or(0, |found| (before + found) as u16 + 1)
    }

    /// The bus whose rules hand its events to a bus; the model knows one.
    fn feeder(&self, bus: &str) -> Option<&str> {
        let path = PartKind::Bus.path(bus);
        let mut rules = self.design.rules.values();
        rules.find(|rule| rule.targets.contains(&path)).map(|rule| rule.bus.as_str())
    }

    /// Walks through every workflow that something of the design hands an order to.
    fn walk(&self, programs: &Programs, detail: &Value) -> Details {
        let mut walk = Walk::new(self.design, programs.clone(), detail);
        let parts = self.design.parts();
        for id in programs.keys() {
            let path = PartKind::Workflow.path(id);
            for (from, part) in parts.iter().filter(|(_, part)| part.hands_to().contains(&path)) {
                if let Some(input) = part.sends_to(&from.id, &path, detail, self.design) {
                    walk.execution(id, &input);
                }
            }
        }
        walk.into_found()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::World;
    use crate::world::id::Id;
    use crate::world::tests::{accept, bus_line, measure, pass, world_with};

    /// A workflow that tells the bus of each order, in one way where it is paid and in another where it is not.
    fn world(pattern: &str) -> World {
        let tell = |kind: &str, detail: &str| {
            format!(
                r#"{{ "Type": "Task", "Resource": "arn:aws:states:::events:putEvents", "End": true, "Parameters": {{ "Entries":
                   [{{ "Source": "flow", "DetailType": "{kind}", "EventBusName": "main", "Detail": {detail} }}] }} }}"#
            )
        };
        let flow = format!(
            r#"{{ "StartAt": "pay", "States": {{
                "pay": {{ "Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "Parameters": {{ "FunctionName": "pay" }},
                    "ResultPath": "$.payment", "Next": "paid", "Catch": [{{ "ErrorEquals": ["States.ALL"], "Next": "unpaid" }}] }},
                "paid": {}, "unpaid": {} }} }}"#,
            tell("Paid", r#"{ "order.$": "$.detail.id", "code.$": "$.payment.StatusCode" }"#),
            tell("Unpaid", r#"{ "why.$": "$.Error" }"#)
        );
        let text = format!(
            "{}[workflows.flow]\nuses = ['buses.main']\ndefinition = 'flow.json'\ncalls = {{ pay = 'till' }}\n\
             [rules.more]\nbus = 'main'\nevent_pattern = '{pattern}'\ntargets = ['queues.aside']\n[queues.aside]\n",
            bus_line().replace("queues.work']", "workflows.flow']")
        );
        let mut world = world_with(&text, &[("flow.json".to_owned(), flow)]);
        let order = accept(&mut world);
        world.route(Id::new(0), order, false);
        world
    }

    /// EB-01: a rule sees the entry's own source, type and detail.
    #[test]
    fn a_rule_matches_what_the_entry_says_and_not_what_the_publisher_does() {
        for (pattern, taken) in [
            (r#"{"detail-type": ["Paid"]}"#, 1),
            (r#"{"source": ["flow"], "detail": {"code": [200]}}"#, 1),
            (r#"{"detail-type": ["Unpaid"]}"#, 0),
            (r#"{"source": ["desk"]}"#, 1),
            (r#"{"source": ["desk"], "detail-type": ["Paid"]}"#, 0),
            (r#"{"resources": [{"suffix": "stateMachine:flow"}]}"#, 1),
        ] {
            let mut world = world(pattern);
            pass(&mut world, 20_000);
            assert_eq!(measure(&world, "queues.aside.sent"), taken, "{pattern}");
            assert_eq!(measure(&world, "bill.eventbridge_events"), 2);
            assert_eq!(world.check_invariants(), None);
        }
    }

    #[test]
    fn a_walk_takes_the_ways_of_errors_too_and_keeps_the_numbers_of_an_order() {
        let world = world(r#"{"source": ["flow"]}"#);
        let forms = &world.rules.iter().find(|rule| rule.id == "more").unwrap().settings.forms[1..];
        let details: Vec<Value> = forms
            .iter()
            .map(|form| world.shapes[usize::from(form.shape)].bodies[0]["detail"].clone())
            .collect();
        let paid = json!({ "order": crate::design::ORDER, "code": 200 });
        assert!(details.contains(&paid), "{details:?}");
        assert!(details.iter().any(|detail| detail["why"].is_string()), "{details:?}");
    }
}
