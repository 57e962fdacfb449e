//! Start with `flush`, then `transactions`; `schedules` has the random ones.

mod alarms;
mod flush;
mod overlay;
mod schedules;
mod transactions;

use super::*;
use crate::engine::Key;

fn key(name: &str) -> Key {
    Key::copy_from_slice(name.as_bytes())
}

fn keys(names: &[&str]) -> Vec<Key> {
    names.iter().map(|name| key(name)).collect()
}

/// Half a surrogate pair in a name.
fn half(last: u8) -> Key {
    Key::copy_from_slice(&[0xed, 0xa0, last])
}
