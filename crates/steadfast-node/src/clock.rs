//! A clock that JavaScript moves, and timers that follow it.

use std::sync::Arc;
use std::time::Duration;

use napi::{Error, Result, Status};
use napi_derive::napi;
use steadfast::clock::{Clock, ManualClock};
use steadfast::runtime::Rest;

use crate::lanes::{context, with_lane, with_lane_if_any};

/// Stands at a time of day until it is moved.
#[napi]
pub struct NativeClock {
    pub(crate) clock: Arc<ManualClock>,
}

#[napi]
impl NativeClock {
    /// A clock that shows this time, in milliseconds since the Unix epoch.
    #[napi(constructor)]
    pub fn new(now_ms: f64) -> Result<Self> {
        if !now_ms.is_finite() {
            return Err(Error::new(Status::InvalidArg, format!("the clock cannot show this time: {now_ms}")));
        }
        Ok(Self { clock: Arc::new(ManualClock::new(now_ms as i64)) })
    }

    /// The time of day, in milliseconds since the Unix epoch.
    #[napi]
    pub fn now(&self) -> f64 {
        self.clock.now_ms() as f64
    }

    /// Milliseconds since the clock was made.
    #[napi]
    pub fn elapsed(&self) -> f64 {
        self.clock.now().since_zero().as_secs_f64() * 1000.0
    }

    /// Moves to the next deadline and has what is due there happen; to `elapsed_ms` when there is none
    /// by then, and returns `false`.
    #[napi]
    pub fn step(&self, elapsed_ms: f64) -> bool {
        let elapsed = Duration::try_from_secs_f64(elapsed_ms / 1000.0).unwrap_or(Duration::MAX);
        let now = self.clock.now();
        self.clock.step(now + elapsed.saturating_sub(now.since_zero()))
    }
}

/// What the lane, which has nothing to do, waits for: 0 something that comes by itself, 1 something
/// outside, 2 nothing but time and requests.
#[napi]
pub fn rest(lane: u32) -> Result<u32> {
    with_lane(lane, |open| match open.lane.rest() {
        Rest::Busy => 0,
        Rest::Outside => 1,
        Rest::Resting => 2,
    })
}

/// How many events of objects have not ended.
#[napi]
pub fn open_events(lane: u32) -> Result<u32> {
    with_lane(lane, |open| u32::try_from(open.lane.open_events()).unwrap_or(u32::MAX))
}

/// Delivers `token` to the context when this much time has passed on the lane's clock.
#[napi]
pub fn start_timer(lane: u32, activation: f64, section: u32, delay_ms: f64, token: f64) {
    let delay = Duration::try_from_secs_f64(delay_ms / 1000.0).unwrap_or(Duration::ZERO);
    let context = context(activation, section);
    with_lane_if_any(lane, |open| open.lane.start_timer(context, delay, token as u64));
}

/// Stops a timer that has not fired.
#[napi]
pub fn stop_timer(lane: u32, token: f64) {
    with_lane_if_any(lane, |open| open.lane.stop_timer(token as u64));
}
