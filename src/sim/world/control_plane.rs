//! The control plane of the account: the calls that change parts during the run (CT-01).
//!
//! The calls that parts make to handle messages belong to the data plane, and are not recorded here (CT-02).

use std::rc::Rc;

use super::World;
use crate::design::{self, ApiCall, Caller, Design, PartPath, Replay};
use crate::fault::FaultKind;
use crate::kernel::time::Time;

/// A call of the control plane.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Called {
    pub at: Time,
    pub caller: Caller,
    pub call: Rc<ApiCall>,
}

/// The account's event history, and the design with its current settings.
#[derive(Debug, Clone, Default)]
pub(crate) struct ControlPlane {
    /// Current design, with its policies written out.
    design: Rc<Design>,
    documents: Rc<[(String, String)]>,
    /// In order of time, and complete: a trail delivers to a bucket, so its records outlast the 90 days of the
    /// event history (CT-01).
    pub history: Vec<Called>,
}

impl ControlPlane {
    /// Why a part cannot have a fault, by the design as its parts are set.
    pub fn fault_refusal(&self, kind: FaultKind, part: &PartPath) -> Option<String> {
        self.design.fault_refusal(kind, part)
    }

    /// Creates a control plane with an empty history.
    pub fn new(design: Design, documents: &[(String, String)]) -> Self {
        Self { design: Rc::new(design), documents: documents.into(), history: Vec::new() }
    }

    /// Orders a second, as the design sets them.
    pub fn rate(&self) -> f64 {
        self.design.load.rate
    }

    /// Takes the settings of another world, and returns the calls that lead to them.
    fn turn_into(&mut self, fresh: &Self) -> Vec<ApiCall> {
        let documents = std::mem::replace(&mut self.documents, Rc::clone(&fresh.documents));
        let design = std::mem::replace(&mut self.design, Rc::clone(&fresh.design));
        design::calls_between((&design, &documents), (&fresh.design, &fresh.documents))
    }
}

impl World {
    /// Records the calls that change the settings into those of a newly built world.
    pub(super) fn call_for_settings(&mut self, fresh: &World) {
        let calls = self.control_plane.turn_into(&fresh.control_plane);
        self.called(Caller::Operator, calls);
    }

    /// Records the call that a fault stands for, if it is a change of configuration.
    pub(super) fn call_for_fault(&mut self, kind: FaultKind, path: &PartPath, begins: bool) {
        let call = design::fault_call(&self.control_plane.design, kind, path, begins);
        self.called(Caller::Deployment, call);
    }

    /// Records the call that starts a redrive.
    pub(super) fn call_for_redrive(&mut self, dlq: &PartPath) {
        let call = design::redrive_call(&self.control_plane.design, dlq);
        self.called(Caller::Operator, [call]);
    }

    /// Writes down that a replay was started.
    pub(super) fn call_for_replay(&mut self, replay: &Replay, name: &str) {
        let call = design::replay_call(&self.control_plane.design, replay, name);
        self.called(Caller::Operator, call);
    }

    fn called(&mut self, caller: Caller, calls: impl IntoIterator<Item = ApiCall>) {
        for call in calls {
            let history = &mut self.control_plane.history;
            let index = history.len();
            history.push(Called { at: self.now, caller, call: Rc::new(call) });
            self.log_call(self.now, index);
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::world::tests::{HAND, LINE, retune, world_of};

    /// CT-01, CT-02.
    #[test]
    fn a_setting_that_is_turned_is_a_call_and_turning_nothing_is_none() {
        let mut world = world_of(&format!("{LINE}{HAND}"));
        retune(&mut world, &format!("{LINE}{HAND}")).unwrap();
        assert_eq!(world.control_plane.history, []);
        retune(&mut world, &format!("{LINE}{HAND}timeout = '7s'\n")).unwrap();
        let [called] = &world.control_plane.history[..] else { panic!("one call") };
        assert!(called.call.event_name.starts_with("UpdateFunctionConfiguration"), "{called:?}");
        assert_eq!(called.at, world.now);
    }
}
