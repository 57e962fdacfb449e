//! A bit that changes in what was synced: noticed, or of no consequence.

use super::{Machine, Run, Violation, causes, life};
use crate::world::World;
use steadfast::engine::CommitSink;

/// What became of a changed bit.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Flip {
    /// The engine refused to open, and said why.
    Reported,
    /// It was in nothing that still counts: everything is there.
    Harmless,
}

/// Fills a log, makes everything durable, changes one bit, and opens again.
///
/// # Errors
/// When something else than what was acknowledged is served.
pub fn flip(seed: u64, machine: Machine) -> Result<Flip, Violation> {
    try_flip(seed, machine).map_err(|what| Violation { seed, life: 0, what })
}

fn try_flip(seed: u64, machine: Machine) -> Result<Flip, String> {
    let mut run = Run::new(seed, machine);
    let mut engine = run.open()?.expect("nothing stops it");
    life::work(&mut run, &mut engine)?;
    life::settle(&mut run, &mut engine)?;
    drop(engine);
    let Some((segment, at)) = run.disk.flip_bit() else { return Ok(Flip::Harmless) };
    let place = format!("segment={} at={at}", segment.0);
    let engine = match machine.open(&run.disk, &run.base, run.settings) {
        Ok(engine) => engine,
        Err(_) => return Ok(Flip::Reported),
    };
    let (found, expected) = (engine.engine.durable_position(), run.last());
    if found != expected {
        return Err(format!(
            "a changed bit cost records: {place} found={} acknowledged={}",
            found.0, expected.0
        ));
    }
    let expected = &run.states.back().expect("never empty").1;
    let served = World::read(&engine.engine, expected).map_err(|error| causes(&error))?;
    match expected.difference(&served) {
        None => Ok(Flip::Harmless),
        Some(what) => Err(format!("a changed bit is served: {place} {what}")),
    }
}
