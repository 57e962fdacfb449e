//! Engines that hold back or fail durability, for tests of everything above.

pub use super::base::GroupStore;
pub use super::queue::Submitted;
