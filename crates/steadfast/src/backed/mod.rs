//! Decisions of an object's storage that stands on somebody else's: any store that can get, put, delete
//! and list.
//!
//! Owns what is not flushed yet ([`Overlay`]), what a flush does and in which order ([`FlushPlan`]), which
//! transactions run again and which wait for their turn ([`BackedStore`]), and when the timer of an alarm is
//! due ([`Alarms`]). Whoever performs reads and writes the backing, keeps the values, and makes sure that
//! nothing else changes the overlay from a transaction's commit until it is flushed. Never knows a value,
//! the backing, a clock or JavaScript, and never waits.
//!
//! A key is the UTF-8 of a name. Half a surrogate pair, which a name may hold though UTF-8 does not, is the
//! three bytes that its number would be in UTF-8, so that two names are never one key.
//!
//! Start with [`BackedStore`] and `tests/`; the choices are in `docs/decisions/0017-backed-storage.md`.

mod alarms;
mod flush;
mod list;
mod overlay;
mod store;
#[cfg(test)]
mod tests;
mod transaction;
mod turns;

pub use alarms::{Alarms, Timer};
pub use flush::{DeleteSet, DeleteSetNo, Flush, FlushPlan};
pub use list::ListFilter;
pub use overlay::{Known, Overlay};
pub use store::{BackedStore, Deleted};
pub use transaction::{NotRunning, Transaction, Verdict};
pub use turns::{Ticket, Turn, Turns};
