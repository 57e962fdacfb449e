//! Steps as JavaScript gets them: an array whose first element says which. `StepKind` in the
//! package's `binding.ts` lists them.

use napi::bindgen_prelude::{Array, BufferSlice, Null};
use napi::{Env, Result};
use steadfast::engine::Poisoned;
use steadfast::runtime::{ActivationNo, CallNo, Ended, ResetReason, SectionNo, Target};
use steadfast_server::Chunk;

use crate::http::Arrived;

/// A step about to cross.
pub(crate) enum Encoded {
    Http(Arrived),
    Construct(ActivationNo, Target),
    Deliver(ActivationNo, CallNo),
    Reply(CallNo),
    ReplyError(CallNo, ResetReason),
    Section(ActivationNo, SectionNo),
    Resume(u64, Option<Poisoned>),
    End(ActivationNo, Ended),
    Body(u64, Chunk),
    Detach,
}

/// Makes the array.
pub(crate) fn encode<'env>(env: &'env Env, step: Encoded) -> Result<Array<'env>> {
    let mut array = env.create_array(0)?;
    match step {
        Encoded::Http(arrived) => {
            array.set(0, 0)?;
            arrived.encode(env, &mut array)?;
        }
        Encoded::Construct(activation, target) => {
            array.set(0, 1)?;
            array.set(1, activation.0 as f64)?;
            array.set(2, target.namespace.0)?;
            array.set(3, BufferSlice::copy_from(env, &target.id)?)?;
            if let Some(name) = &target.name {
                array.set(4, &**name)?;
            }
        }
        Encoded::Deliver(activation, call) => {
            array.set(0, 2)?;
            array.set(1, activation.0 as f64)?;
            array.set(2, call as f64)?;
        }
        Encoded::Reply(call) => {
            array.set(0, 3)?;
            array.set(1, call as f64)?;
        }
        Encoded::ReplyError(call, reason) => {
            array.set(0, 4)?;
            array.set(1, call as f64)?;
            set_reason(&mut array, 2, &reason)?;
        }
        Encoded::Section(activation, section) => {
            array.set(0, 5)?;
            array.set(1, activation.0 as f64)?;
            array.set(2, section.0)?;
        }
        Encoded::Resume(token, failure) => {
            array.set(0, 6)?;
            array.set(1, token as f64)?;
            if let Some(cause) = failure {
                array.set(2, cause.to_string())?;
            }
        }
        Encoded::End(activation, reason) => {
            array.set(0, 7)?;
            array.set(1, activation.0 as f64)?;
            if let Ended::Reset(reason) = reason {
                set_reason(&mut array, 2, &reason)?;
            }
        }
        Encoded::Body(token, chunk) => {
            array.set(0, 8)?;
            array.set(1, token as f64)?;
            match chunk {
                Some(Ok(bytes)) => array.set(2, BufferSlice::copy_from(env, &bytes)?)?,
                Some(Err(error)) => {
                    array.set(2, Null)?;
                    array.set(3, error.to_string())?;
                }
                None => array.set(2, Null)?,
            }
        }
        Encoded::Detach => array.set(0, 9)?,
    }
    Ok(array)
}

fn set_reason(array: &mut Array<'_>, at: u32, reason: &ResetReason) -> Result<()> {
    array.set(at, &*reason.class)?;
    array.set(at + 1, &*reason.message)?;
    array.set(at + 2, reason.overloaded)
}
