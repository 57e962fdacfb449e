//! When the timers of alarms are due.
//!
//! Alarms may lie far ahead, so a timer is started only for those that are due soon, and a scan from time to
//! time starts the others. Times are milliseconds since the Unix epoch, fractions allowed.

use std::collections::{BTreeMap, HashMap};

use crate::engine::Key;
use crate::limits::{BACKED_ALARM_SCAN, BACKED_ALARM_SET_WINDOW};

/// The alarms of many objects, by their keys.
#[derive(Debug, Default)]
pub struct Alarms {
    entries: BTreeMap<u64, Alarm>,
    places: HashMap<Key, u64>,
    last_place: u64,
}

#[derive(Debug)]
struct Alarm {
    key: Key,
    time_ms: f64,
}

/// A timer to start, in place of one that may run for its key.
#[derive(Clone, PartialEq, Debug)]
pub struct Timer {
    /// Whose alarm it is.
    pub key: Key,
    /// Milliseconds until it is due, 0 for an alarm in the past.
    pub delay_ms: f64,
}

impl Alarms {
    /// None.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// An alarm was stored. Its timer is for the next scan.
    pub fn load(&mut self, key: Key, time_ms: f64) {
        if let Some(place) = self.places.get(&key) {
            self.entries.get_mut(place).expect("a place has an alarm").time_ms = time_ms;
            return;
        }
        self.last_place += 1;
        self.places.insert(key.clone(), self.last_place);
        self.entries.insert(self.last_place, Alarm { key, time_ms });
    }

    /// An alarm is set, or moved. Milliseconds until its timer is due; none when a later scan starts it. A
    /// timer that runs for this key is over either way.
    pub fn set(&mut self, key: Key, time_ms: f64, now_ms: f64) -> Option<f64> {
        self.load(key, time_ms);
        let is_soon = time_ms < now_ms + BACKED_ALARM_SET_WINDOW.as_millis() as f64;
        is_soon.then(|| delay_ms(time_ms, now_ms))
    }

    /// Forgets an alarm; whether there was one.
    pub fn delete(&mut self, key: &[u8]) -> bool {
        self.places.remove(key).is_some_and(|place| self.entries.remove(&place).is_some())
    }

    /// Forgets all.
    pub fn clear(&mut self) {
        self.entries.clear();
        self.places.clear();
    }

    /// The timers to start before the next scan, which comes [`BACKED_ALARM_SCAN`] later.
    #[must_use]
    pub fn scan(&self, now_ms: f64) -> Vec<Timer> {
        let until_ms = now_ms + BACKED_ALARM_SCAN.as_millis() as f64;
        let soon = self.entries.values().filter(|alarm| alarm.time_ms < until_ms);
        let timer =
            |alarm: &Alarm| Timer { key: alarm.key.clone(), delay_ms: delay_ms(alarm.time_ms, now_ms) };
        soon.map(timer).collect()
    }
}

fn delay_ms(time_ms: f64, now_ms: f64) -> f64 {
    (time_ms - now_ms).max(0.0)
}
