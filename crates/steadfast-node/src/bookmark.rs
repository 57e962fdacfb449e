//! Points in the time of an object, as texts.

use napi::Result;
use napi_derive::napi;
use steadfast::storage::Bookmark;

use crate::kv::with_store;

/// The bookmark of this moment.
#[napi]
pub fn bookmark_current(lane: u32, activation: f64) -> Result<String, String> {
    with_store(lane, activation, |store| Ok(store.current_bookmark().to_string()))
}

/// The bookmark of a time, in milliseconds since the Unix epoch.
#[napi]
pub fn bookmark_for_time(lane: u32, activation: f64, time_ms: f64) -> Result<String, String> {
    with_store(lane, activation, |store| Ok(store.bookmark_for_time(time_ms as i64)?.to_string()))
}

/// Asks for the object to go back when it is next opened: the bookmark that undoes it.
#[napi]
pub fn bookmark_restore(lane: u32, activation: f64, bookmark: String) -> Result<String, String> {
    with_store(lane, activation, |store| {
        store.requires_history()?;
        let to: Bookmark = bookmark.parse()?;
        Ok(store.restore_at_next_open(to)?.to_string())
    })
}
