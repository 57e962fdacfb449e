//! Calls to objects and their replies.

use super::super::activation::{Activation, ActivationNo, ObjectKey, Target};
use super::super::call::{Call, CallNo, CallRefused, Context};
use super::super::gate::Entry;
use super::{Delivery, Lane, Step};
use crate::engine::Position;
use crate::limits::{ACTIVATION_QUEUE_EVENTS_MAX, CALL_DEPTH_MAX};

impl<M: Send + 'static> Lane<M> {
    /// Queues an event for an object, finding or making its activation. `depth` is how many calls
    /// are above the caller. `first_call` is what this returned for the stub's first call, `None` for a
    /// stub that was never used: one that was in use when its object was reset is broken for good. The answer comes as [`Step::Reply`].
    ///
    /// # Errors
    /// When the stub is broken, the object's queue is full, calls nest too deeply or the caller or the
    /// lane has ended.
    pub fn call(
        &mut self,
        caller: Context,
        target: Target,
        depth: u32,
        first_call: Option<CallNo>,
    ) -> Result<CallNo, CallRefused> {
        if self.mailbox.is_closed() {
            return Err(CallRefused::CodeReplaced);
        }
        if depth as usize >= CALL_DEPTH_MAX {
            return Err(CallRefused::TooDeep);
        }
        if self.is_gone(caller) {
            return Err(CallRefused::CallerGone);
        }
        let key = ObjectKey::of(&target);
        let broken =
            self.resets.get(&key).zip(first_call).and_then(|(resets, first)| resets.that_broke(first));
        if let Some(reason) = broken {
            return Err(CallRefused::Broken(reason.clone()));
        }
        assert!(self.share.owns(&target.id), "an object lives on one lane");
        let callee = match self.objects.get(&key) {
            Some(activation) => *activation,
            None => self.activate(target),
        };
        let live = self.activations.get_mut(&callee).expect("an object on the list has an activation");
        if live.calls.len() >= ACTIVATION_QUEUE_EVENTS_MAX {
            return Err(CallRefused::Overloaded);
        }
        let call = self.runtime.next_call();
        live.calls.push(call);
        self.begin_life(callee);
        if let Some(activation) = caller.activation() {
            self.begin_activity(activation);
        }
        self.calls
            .insert(call, Call { caller: Some(caller), callee, position: Position::NONE, depth: depth + 1 });
        self.turn.calls.push((call, caller));
        self.push(Delivery::Event(call));
        Ok(call)
    }

    /// The object has answered (or thrown; the host knows). The answer is handed to the caller when
    /// this turn has ended, so after everything the object wrote by then was submitted.
    pub fn reply(&mut self, call: CallNo) {
        self.turn.replies.push(call);
    }

    /// How many calls are above the code that handles this call.
    pub fn depth(&self, call: CallNo) -> u32 {
        self.calls.get(&call).map_or(0, |call| call.depth)
    }

    pub(super) fn activate(&mut self, target: Target) -> ActivationNo {
        self.next_activation += 1;
        let activation = ActivationNo(self.next_activation);
        let key = ObjectKey::of(&target);
        let mut live = Activation::new(target);
        live.inherited = self.departed.remove(&key).unwrap_or(self.inherited);
        self.objects.insert(key, activation);
        let departed = live.inherited;
        self.activations.insert(activation, live);
        self.adopt(activation);
        self.hold_outputs(Context::Object { activation, section: None }, departed);
        self.push(Delivery::Construct(activation));
        activation
    }

    pub(super) fn deliver(&mut self, call: CallNo) -> Option<Step<M>> {
        let Call { callee: activation, caller, position, .. } = *self.calls.get(&call)?;
        if caller.is_none() {
            // Its caller was reset, perhaps with what this call would tell: it is taken back.
            self.hand_over(call);
            return None;
        }
        let live = self.activations.get_mut(&activation)?;
        match live.gate.entry(None) {
            Entry::Wait => {
                live.waiting.push_back(Delivery::Event(call));
                None
            }
            Entry::Enter => {
                self.inherit(Context::Object { activation, section: None }, position);
                Some(Step::Deliver { activation, call })
            }
        }
    }

    /// Notes on the calls made in this turn what their callers had written by its end.
    pub(super) fn place_calls(&mut self) {
        for (call, caller) in std::mem::take(&mut self.turn.calls) {
            let position = self.position(caller);
            if let Some(call) = self.calls.get_mut(&call) {
                call.position = position;
            }
        }
    }

    /// The callee's turn is submitted: the reply may start the caller's next turn.
    pub(super) fn hand_over(&mut self, call: CallNo) {
        let Some(Call { callee, caller, .. }) = self.calls.remove(&call) else { return };
        let Some(live) = self.activations.get_mut(&callee) else { return };
        live.calls.retain(|open| *open != call);
        let position = live.output_position();
        self.end_activity(callee);
        if let Some(caller) = caller {
            self.push(Delivery::Reply { call, caller, position, outcome: Ok(()) });
        }
    }

    /// The reply is about to be delivered: the caller now depends on what the callee had written.
    pub(super) fn finish_call(&mut self, caller: Context, position: Position) {
        self.inherit(caller, position);
        if let Some(activation) = caller.activation() {
            self.end_activity(activation);
        }
    }
}
