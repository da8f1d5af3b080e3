//! A pipe whose batches a service enriches: one call for a batch (EB-61).

use super::{EXECUTION_MAX, Execution, POLL, Step};
use crate::world::id::ServiceId;
use crate::world::service::CallError;
use crate::world::{Scheduled, World};

impl World {
    /// Calls the service with a batch, which then waits for the answer.
    pub(super) fn ask_service(&mut self, execution: Execution, service: ServiceId, wire: u32) {
        let Execution { pipe: index, place, .. } = execution;
        let Some(batch) = self.pipes[index].batch_mut(place) else { return };
        let attempt = batch.attempt;
        let Some(first) = batch.records.first().copied() else { return };
        let tries = first.tries(attempt);
        let turn = tries.saturating_mul(64).saturating_add(32 + u32::from(index.number()));
        let call = self.begin_call(service, first.order, turn);
        // The pipe waits for a service that never answers until the time limit of an execution (EB-62).
        let takes = call.takes.unwrap_or(EXECUTION_MAX);
        let error = call.error.or(call.takes.is_none().then_some(CallError::Timeout));
        self.hop(wire, first.order, tries, takes.max(POLL));
        let step = Step::Enriched { service, error };
        self.agenda.enter(self.now + takes, Scheduled::Pipe(Execution { step, ..execution }));
    }

    /// Ends a batch's call, which may be of a service that no longer is the enrichment, and sends the batch on.
    pub(super) fn enriched(
        &mut self,
        execution: Execution,
        service: ServiceId,
        error: Option<CallError>,
    ) {
        let Execution { pipe: index, place, .. } = execution;
        let batch = self.pipes[index].batch_mut(place);
        let first = batch.and_then(|batch| batch.records.first()).map_or(0, |record| record.order);
        self.end_call(service);
        if let Some(error) = error {
            self.call_failed(service, first, error);
            self.execution_failed(index, place);
        } else {
            self.take_effect(service, first, false);
            self.send_batch(execution);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::id::Id;
    use crate::world::template::DETAIL;
    use crate::world::tests::{LINE, accept, measure, pass, retune, world_of};

    /// EB-61: a call ends at the service that it went to, and its answer counts, whatever the settings are by then.
    #[test]
    fn a_call_ends_where_it_began_although_the_enrichment_has_changed() {
        let design = |enrichment: &str| {
            format!(
                "{LINE}[services.rates]\nlatency = '3s'\n[services.others]\n[queues.yard]\n[pipes.relay]\n\
                 source = 'queues.work'\ntarget = 'queues.yard'\n{enrichment}"
            )
        };
        for enrichment in ["", "enrichment = 'others'\n"] {
            let mut world = world_of(&design("enrichment = 'rates'\n"));
            let order = accept(&mut world);
            world.send(Id::new(0), order, DETAIL);
            pass(&mut world, 1_000);
            let calls =
                |world: &World, name: &str| measure(world, &format!("services.{name}.in_flight"));
            assert_eq!(calls(&world, "rates"), 1);
            retune(&mut world, &design(enrichment)).unwrap();
            pass(&mut world, 20_000);
            assert_eq!((calls(&world, "rates"), calls(&world, "others")), (0, 0), "{enrichment}");
            assert_eq!(measure(&world, "pipes.relay.delivered"), 1, "{enrichment}");
        }
    }
}
