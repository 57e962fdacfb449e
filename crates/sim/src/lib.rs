//! The commit log on a disk that loses power, with one seed that decides everything.
//!
//! [`disk`] is the disk, [`workload`] makes up turns of objects, [`world`] says what an engine must hold after them.

pub mod broken;
pub mod disk;
pub mod fuzz;
mod random;
pub mod run;
pub mod workload;
pub mod world;

pub use random::Random;
