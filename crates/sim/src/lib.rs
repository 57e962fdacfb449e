//! The commit log on a disk that loses power, with one seed that decides everything.
//!
//! [`disk`] is the disk, [`workload`] makes up turns of objects, [`world`] says what an engine must hold after
//! them, and [`run`] puts them together: lives of an engine, each ended by a crash. [`broken`] are engines it must
//! catch. [`fuzz`] throws bytes at everything that reads them from outside. `tests/crashes.rs` is the one to start
//! with; a seed it prints is replayed by `STEADFAST_SIM_SEED=<seed> cargo test -p steadfast-sim --test crashes`.

pub mod broken;
pub mod disk;
pub mod fuzz;
mod random;
pub mod run;
pub mod workload;
pub mod world;

pub use random::Random;
