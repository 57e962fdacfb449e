//! Facets of an activation.

use napi::bindgen_prelude::{Array, Either};
use napi::{Env, Result};
use napi_derive::napi;
use steadfast::runtime::{CallRefused, ResetReason};

use crate::error::{of_napi, of_storage};
use crate::lanes::{activation_no, context, refusal, with_lane, with_lane_if_any};

/// Queues a call to a facet of the activation `parent`: as `call` does to an object.
#[napi]
#[allow(clippy::too_many_arguments, reason = "one wide call instead of several crossings")]
pub fn call_facet<'env>(
    env: &'env Env,
    lane: u32,
    activation: f64,
    section: u32,
    depth: u32,
    parent: f64,
    name: String,
    first_call: f64,
) -> Result<Either<f64, Array<'env>>> {
    let first_call = (first_call > 0.0).then_some(first_call as u64);
    let caller = context(activation, section);
    let made: std::result::Result<u64, CallRefused> = with_lane(lane, |open| {
        open.lane.call_facet(caller, activation_no(parent), &name, depth, first_call)
    })?;
    match made {
        Ok(call) => Ok(Either::A(call as f64)),
        Err(refused) => refusal(env, &refused).map(Either::B),
    }
}

/// Ends a facet, if it runs, with an error of this message.
#[napi]
pub fn abort_facet(lane: u32, parent: f64, name: String, message: String) {
    with_lane_if_any(lane, |open| {
        open.lane.abort_facet(activation_no(parent), &name, &ResetReason::error(message));
    });
}

/// Ends a facet and deletes what it and those below it have stored.
#[napi]
pub fn delete_facet(lane: u32, parent: f64, name: String) -> Result<(), String> {
    let deleted = with_lane(lane, |open| open.lane.delete_facet(activation_no(parent), &name));
    deleted.map_err(of_napi)?.map_err(of_storage)
}

/// Does that to all facets of the activation.
#[napi]
pub fn delete_facets(lane: u32, parent: f64) -> Result<(), String> {
    let deleted = with_lane(lane, |open| open.lane.delete_facets(activation_no(parent)));
    deleted.map_err(of_napi)?.map_err(of_storage)
}

/// Puts copies of what a facet and those below it have stored in the place of another.
#[napi]
pub fn clone_facet(lane: u32, parent: f64, from: String, to: String) -> Result<(), String> {
    let cloned = with_lane(lane, |open| open.lane.clone_facet(activation_no(parent), &from, &to));
    cloned.map_err(of_napi)?.map_err(of_storage)
}
