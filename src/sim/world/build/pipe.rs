//! Builds pipes.

use super::access::Caller;
use super::template::group_of;
use super::{Builder, number};
use crate::aws::pattern::Pattern;
use crate::design::{self, PartKind, PartPath, START_SYNC};
use crate::kernel::time::Span;
use crate::world::delivery::Access;
use crate::world::pipe::{Enrichment, Pipe, Settings, State};
use crate::world::template::{DETAIL, MessageTemplate};
use crate::world::topology::WireKind;

/// Retention of a stream's records (IDM-11).
const KEPT: Span = Span::from_secs(86_400);
/// Actions on a stream, and on a queue, that a pipe needs (EB-63).
const STREAMS: [&str; 2] = ["dynamodb:GetShardIterator", "dynamodb:GetRecords"];
const READS: [&str; 3] = ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"];

impl Builder<'_> {
    /// Builds all pipes. The subscriptions come later, because they may wrap a pipe's messages to their
    /// topic.
    pub fn pipes(&mut self) -> Vec<Pipe> {
        let pipes = self.design.pipes.iter();
        pipes.filter_map(|(id, spec)| self.pipe_of(id, spec)).collect()
    }

    fn pipe_of(&mut self, id: &str, spec: &design::Pipe) -> Option<Pipe> {
        let design = self.design;
        let part = self.id(PartKind::Pipe, id);
        let (source, target) = (spec.source.as_ref()?, spec.target.as_ref()?);
        let role = Caller::role(design, &PartKind::Pipe.path(id), spec.role_policy.as_deref());
        let reads = match spec.queue() {
            Some(queue) => self.may_consume(queue, &role, &READS),
            None => self.may_act_on(source, spec.source_arn(design), &role, &STREAMS),
        };
        let from = self.path(source);
        let wire = if spec.queue().is_some() { WireKind::Poll } else { WireKind::Send };
        let known = self.topology.wire(from, part);
        let from_source = known.unwrap_or_else(|| self.topology.connect(from, part, wire));
        let asked = spec.enrichment.as_ref().map(|asked| {
            let to = self.path(asked);
            (asked, self.topology.connect(part, to, WireKind::Call))
        });
        let hands = self.may_call(target, spec.waits_for_target(), &role);
        let (to, to_target) = self.sending(part, target)?;
        let dlq = self.dead_letters(part, spec.dlq.as_ref(), &role);
        let upstream = self.shapes.len();
        let accepts = (0..upstream).map(|shape| self.records_taken(spec, shape)).collect();
        let forms = (0..upstream).map(|shape| self.form_of(spec, shape, target)).collect();
        let enrichment =
            asked.and_then(|(asked, wire)| self.enrichment((spec, asked, wire), upstream, &role));
        let matters = [Some(target), spec.enrichment.as_ref()]
            .into_iter()
            .flatten()
            .any(|ahead| self.matters.contains(ahead));
        Some(Pipe {
            part,
            settings: Settings {
                queue: spec.queue().map(|queue| number(&design.queues, queue)),
                from_source,
                reads,
                batch_size: spec.batch_size as usize,
                window: spec.maximum_batching_window.0,
                accepts,
                enrichment,
                target: to,
                to_target,
                waits: spec.waits_for_target(),
                matters,
                hands,
                forms,
                gives_id: spec.message_deduplication_id.is_some(),
                retries_max: spec.maximum_retry_attempts,
                age_max: spec.maximum_record_age.map_or(KEPT, |age| age.0.min(KEPT)),
                dlq,
            },
            state: State::default(),
        })
    }

    /// Returns the records of a message template for an example order of each kind.
    fn records(&self, spec: &design::Pipe, shape: usize) -> Vec<serde_json::Value> {
        let examples = self.shapes.get(shape).map(MessageTemplate::examples).unwrap_or_default();
        examples.iter().map(|body| spec.record(body, self.design)).collect()
    }

    fn records_taken(&self, spec: &design::Pipe, shape: usize) -> Vec<bool> {
        let filters: Vec<Pattern> =
            spec.filters.iter().filter_map(|filter| Pattern::parse(filter).ok()).collect();
        let takes = |record| filters.is_empty() || filters.iter().any(|f| f.matches(&record));
        self.records(spec, shape).into_iter().map(takes).collect()
    }

    /// What enriches its batches; `None` of a part that nothing can be sent to.
    fn enrichment(
        &mut self,
        (spec, asked, wire): (&design::Pipe, &PartPath, u32),
        upstream: usize,
        role: &Caller,
    ) -> Option<Enrichment> {
        if asked.kind == PartKind::Service {
            let service = number(&self.design.services, &asked.id);
            return Some(Enrichment::Service { service, wire });
        }
        let target = self.target(asked)?;
        let access = self.may_call(asked, true, role);
        let forms = (0..upstream).map(|shape| self.form_of(spec, shape, asked)).collect();
        Some(Enrichment::Part { target, wire, access, forms })
    }

    /// Whether its role may send to a part, or start a workflow and wait for its end, which is an action of its
    /// own (SEC-14).
    fn may_call(&self, path: &PartPath, waits: bool, role: &Caller) -> Access {
        if waits && path.kind == PartKind::Workflow {
            self.may_act_on(path, self.design.target_arn(path), role, &[START_SYNC])
        } else {
            self.may_hand_to(path, role)
        }
    }

    /// Returns the template of what a part gets. A bus makes its own events, so its template stays the same.
    fn form_of(&mut self, spec: &design::Pipe, shape: usize, to: &PartPath) -> u16 {
        // A stream holds no messages.
        let never_comes = spec.stream().is_some() && shape != usize::from(DETAIL);
        if to.kind == PartKind::Bus || never_comes {
            return shape as u16;
        }
        let Some(source) = self.shapes.get(shape) else { return shape as u16 };
        let records: Vec<_> =
            source.bodies.iter().map(|body| spec.record(body, self.design)).collect();
        let bodies = records.iter().map(|record| spec.payload(to, record)).collect();
        let group = spec.message_group_id.as_deref();
        let groups = match group {
            Some(group) => records.iter().map(|record| group_of(group, record)).collect(),
            None => source.groups.clone(),
        };
        let id = spec.message_deduplication_id.as_deref();
        let ids = id.map(|id| records.iter().map(|record| group_of(id, record)).collect());
        self.shape(MessageTemplate { ids, ..MessageTemplate::new(bodies, groups) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::tests::{LINE, world_of};

    fn pipe(source: &str, settings: &str) -> Pipe {
        let line = LINE.replace("publishes_to = \"queues.work\"", source);
        let text = format!("{line}[queues.first]\n[buses.main]\n[pipes.relay]\n{settings}\n");
        world_of(&text).pipes[crate::world::id::Id::new(0)].clone()
    }

    const STREAM: &str = "source = 'stores.book'\ntarget = 'queues.work'\n";

    /// IDM-11: a stream keeps its records for a day.
    #[test]
    fn a_record_is_kept_for_a_day_or_as_long_as_the_pipe_is_told() {
        let age =
            |settings: &str| pipe("", &format!("{STREAM}{settings}")).settings.age_max.as_secs();
        assert_eq!([age(""), age("maximum_record_age = '90s'")], [86_400, 90]);
    }

    /// EB-63: a pipe acts with its role alone, by what its source asks for.
    #[test]
    fn a_pipe_needs_other_permissions_for_a_queue_than_for_a_stream() {
        let queue = "source = 'queues.first'\ntarget = 'queues.work'\n";
        let role = |action: &str| {
            format!(
                "role_policy = '{{\"Statement\": {{\"Effect\": \"Allow\", \"Action\": \"{action}\", \"Resource\": \"*\"}}}}'"
            )
        };
        for (hears, from, action, reads, hands) in [
            ("", STREAM, "dynamodb:*", true, false),
            ("", STREAM, "sqs:*", false, true),
            ("publishes_to = 'queues.first'", queue, "sqs:*", true, true),
            ("publishes_to = 'queues.first'", queue, "dynamodb:*", false, false),
        ] {
            let settings = pipe(hears, &format!("{from}{}", role(action))).settings;
            assert_eq!(
                (settings.reads == Access::FULL, settings.hands == Access::FULL),
                (reads, hands),
                "{from}{action}"
            );
            assert_eq!(settings.queue.is_some(), from == queue);
        }
    }

    #[test]
    fn a_queue_gets_the_record_and_a_bus_makes_an_event_of_its_own() {
        assert_ne!(pipe("", STREAM).settings.forms[0], 0);
        let bus = STREAM.replace("queues.work", "buses.main");
        let bus = pipe("", &format!("{bus}event_source = 'desk'\ninput_template = '{{\"n\": 1}}'"));
        assert_eq!(bus.settings.forms[0], 0);
    }
}
