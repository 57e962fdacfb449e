//! One life of an engine: random steps until the process ends.

use steadfast::engine::log::{CommitStep, MoveStep, Stepwise};
use steadfast::engine::{CommitSink, ObjectReader, Poisoned};

use super::{End, Run};
use crate::disk::Fault;

/// Lets an engine work until the fault strikes, or for some steps.
pub(super) fn live(run: &mut Run, mut engine: Stepwise) -> Result<End, String> {
    for _ in 0..run.random.within(10..STEPS_MAX) {
        let stepped = match run.random.index(20) {
            0..10 => {
                submit(run, &engine)?;
                Ok(())
            }
            10..16 => commit(run, &mut engine)?,
            16..18 => move_on(run, &mut engine)?,
            18 => engine.committer.mark(),
            _ => {
                run.compare(&engine, "between steps")?;
                Ok(())
            }
        };
        if let Err(cause) = stepped {
            return end_with(run, engine, &cause);
        }
    }
    match run.random.index(3) {
        0 => {
            run.close(engine)?;
            Ok(if run.disk.struck().is_some() { run.end_of_fault() } else { End::Closed })
        }
        1 => Ok(End::Killed),
        _ => Ok(End::Dark),
    }
}

fn submit(run: &mut Run, engine: &Stepwise) -> Result<(), String> {
    let mut world = run.states.back().expect("never empty").1.clone();
    let record = run.workload.next(&world, || engine.engine.allocate());
    if record.created.is_some() && world.object(record.object).is_some() {
        return Err(format!("a number is used again: object={}", record.object.0));
    }
    world.apply(&record);
    let record = run.machine.submits(record);
    let position = engine.engine.submit(record).map_err(|cause| format!("it refuses a record: {cause}"))?;
    if position.0 != run.last().0 + 1 {
        return Err(format!("a position is out of order: position={} last={}", position.0, run.last().0));
    }
    run.states.push_back((position, world));
    run.tally.submitted += 1;
    Ok(())
}

/// Makes everything submitted durable, and proves it in the log.
pub(super) fn settle(run: &mut Run, engine: &mut Stepwise) -> Result<(), String> {
    while run.must() < run.last() {
        commit(run, engine)?.map_err(|cause| format!("it failed without a reason: {cause}"))?;
    }
    engine.committer.mark().map_err(|cause| format!("it failed without a reason: {cause}"))
}

/// Some steps without a fault.
pub(super) fn work(run: &mut Run, engine: &mut Stepwise) -> Result<(), String> {
    for _ in 0..run.random.within(5..STEPS_MAX) {
        let stepped = match run.random.index(20) {
            0..10 => {
                submit(run, engine)?;
                Ok(())
            }
            10..18 => commit(run, engine)?,
            _ => move_on(run, engine)?,
        };
        stepped.map_err(|cause| format!("it failed without a reason: {cause}"))?;
    }
    Ok(())
}

/// One group; when the log is too long, a checkpoint first.
fn commit(run: &mut Run, engine: &mut Stepwise) -> Result<Result<(), Poisoned>, String> {
    for _ in 0..4 {
        match engine.committer.step() {
            Err(cause) => return Ok(Err(cause)),
            Ok(CommitStep::Idle) => return Ok(Ok(())),
            Ok(CommitStep::Committed(position)) => {
                if engine.engine.durable_position() != position || position > run.last() {
                    return Err(format!("a wrong position was reported: position={}", position.0));
                }
                run.acknowledge(position);
                return Ok(Ok(()));
            }
            Ok(CommitStep::Overfull) => {
                if let Err(cause) = move_on(run, engine)? {
                    return Ok(Err(cause));
                }
            }
        }
    }
    Err(String::from("checkpoints do not help against a log that is too long"))
}

fn move_on(run: &mut Run, engine: &mut Stepwise) -> Result<Result<(), Poisoned>, String> {
    match engine.mover.step() {
        Err(cause) => Ok(Err(cause)),
        Ok(MoveStep::Idle | MoveStep::WaitsFor(_)) => Ok(Ok(())),
        Ok(MoveStep::Moved(position)) => {
            run.tally.checkpoints += 1;
            run.trace(position.0);
            if position > run.must() {
                return Err(format!("records went to the base undurable: position={}", position.0));
            }
            Ok(Ok(()))
        }
    }
}

/// A step failed: that has a reason, is final, and is told to everybody.
fn end_with(run: &mut Run, mut engine: Stepwise, cause: &Poisoned) -> Result<End, String> {
    if run.disk.struck().is_none() {
        return Err(format!("it failed without a reason: {cause}"));
    }
    if matches!(run.disk.struck(), Some(Fault::Error { .. })) {
        let record = run.workload.next(&run.states[0].1.clone(), || engine.engine.allocate());
        let told = engine.engine.submit(record).is_err()
            && engine.engine.namespaces().is_err()
            && engine.committer.step().is_err()
            && engine.mover.step().is_err()
            && engine.engine.durable_position() <= run.last();
        if !told {
            return Err(String::from("it goes on after a failure"));
        }
        if run.disk.asked_after_error() > 0 {
            return Err(String::from("it uses the disk after a failure"));
        }
    }
    let durable = engine.engine.durable_position();
    if durable != run.must() {
        let (durable, must) = (durable.0, run.must().0);
        return Err(format!("a failure changed what is durable: durable={durable} acknowledged={must}"));
    }
    Ok(run.end_of_fault())
}

const STEPS_MAX: u64 = 80;
