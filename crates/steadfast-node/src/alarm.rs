//! The alarm of an activation, and the runs of its handler.

use napi::Result;
use napi_derive::napi;
use steadfast::runtime::AlarmOutcome;
use steadfast::storage::WriteOptions;

use crate::error::of_napi;
use crate::kv::with_store;
use crate::lanes::{activation_no, with_lane, with_lane_if_any};

/// Lets alarms run: the classes are there.
#[napi]
pub fn start_alarms(lane: u32) {
    with_lane_if_any(lane, |open| open.lane.start_alarms());
}

/// When the alarm is due, in milliseconds since the Unix epoch.
#[napi]
pub fn alarm_get(lane: u32, activation: f64) -> Result<Option<f64>, String> {
    with_store(lane, activation, |store| Ok(store.alarm().map(|due_ms| due_ms as f64)))
}

/// Sets the alarm to a time in milliseconds since the Unix epoch.
#[napi]
pub fn alarm_set(lane: u32, activation: f64, time_ms: f64, allow_unconfirmed: bool) -> Result<(), String> {
    let now_ms = with_lane(lane, |open| open.lane.runtime().clock().now_ms()).map_err(of_napi)?;
    with_store(lane, activation, |store| store.set_alarm(time_ms, now_ms, WriteOptions { allow_unconfirmed }))
}

/// Deletes the alarm.
#[napi]
pub fn alarm_delete(lane: u32, activation: f64, allow_unconfirmed: bool) -> Result<(), String> {
    with_store(lane, activation, |store| {
        store.delete_alarm(WriteOptions { allow_unconfirmed });
        Ok(())
    })
}

/// The handler has returned.
#[napi]
pub fn alarm_succeeded(lane: u32, activation: f64) {
    ended(lane, activation, AlarmOutcome::Succeeded);
}

/// The handler has thrown.
#[napi]
pub fn alarm_threw(lane: u32, activation: f64) {
    ended(lane, activation, AlarmOutcome::Threw);
}

/// The class has no handler.
#[napi]
pub fn alarm_unhandled(lane: u32, activation: f64) {
    ended(lane, activation, AlarmOutcome::NoHandler);
}

fn ended(lane: u32, activation: f64, outcome: AlarmOutcome) {
    with_lane_if_any(lane, |open| open.lane.alarm_ended(activation_no(activation), outcome));
}
