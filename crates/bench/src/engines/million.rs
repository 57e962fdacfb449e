//! A million objects of one key: opening them after a kill, and what they take on disk.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use bytes::Bytes;
use steadfast::storage::WriteOptions;

use super::commits::{KEY, failed, number, open};
use super::options::Options;
use super::{DataDirectory, EngineKind, Number};

/// Lets a child make the objects and go on writing, kills it, and opens what it left.
pub(super) fn reopen(options: &Options, kind: EngineKind) -> Result<Vec<Number>, String> {
    let directory = DataDirectory::new(options, "million")?;
    kill_while_writing(kind, &directory.path, options.objects)?;
    let begin = Instant::now();
    let engine = kind.open(&directory.path)?;
    let mut first = open(&engine, 0)?;
    let value = first.get(KEY).map_err(|error| failed(&error))?;
    let opened = begin.elapsed();
    if value.is_none() {
        return Err(String::from("the first object is gone"));
    }
    drop(first);
    check(&engine, options.objects)?;
    // Closing brings everything to the base.
    engine.close().map_err(|error| format!("the engine failed: {error}"))?;
    drop(engine);
    let objects = options.objects as f64;
    let base = allocated(&directory.path, |name| name.starts_with("base."))?;
    let all = allocated(&directory.path, |_| true)?;
    Ok(vec![
        Number { name: "reopen-after-kill", unit: "ms", value: opened.as_secs_f64() * 1e3, wanted: "<=2000" },
        Number { name: "base-per-object", unit: "bytes", value: base as f64 / objects, wanted: "<=200" },
        Number { name: "disk-per-object", unit: "bytes", value: all as f64 / objects, wanted: "none" },
    ])
}

/// The child: makes the objects, waits until they are durable, says so, and writes until it is killed.
pub(super) fn fill(kind: EngineKind, directory: &Path, objects: u64) -> Result<(), String> {
    let engine = kind.open(directory)?;
    for n in 0_u64.. {
        // After the first round in another order, as traffic would come.
        let object = if n < objects { n } else { n.wrapping_mul(7_368_787) % objects };
        let mut store = open(&engine, object as usize)?;
        let value = Bytes::copy_from_slice(&n.to_be_bytes());
        store.put(Bytes::from_static(KEY), value, WriteOptions::default()).map_err(|error| failed(&error))?;
        let position = store.end_turn().map_err(|error| failed(&error))?.expect("the turn wrote");
        if n + 1 == objects + WRITES_AFTER {
            while engine.durable_position() < position {
                std::thread::yield_now();
            }
            println!("{FILLED}");
            std::io::stdout().flush().map_err(|error| format!("nobody listens: {error}"))?;
        }
    }
    Ok(())
}

fn kill_while_writing(kind: EngineKind, directory: &Path, objects: u64) -> Result<(), String> {
    let program = std::env::current_exe().map_err(|error| format!("no program: {error}"))?;
    let mut child = Command::new(program)
        .args(["core", "--engine", kind.name(), "--objects", &objects.to_string(), "--fill"])
        .arg(directory)
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|error| format!("the child did not start: {error}"))?;
    let stdout = child.stdout.take().expect("it is piped");
    let mut line = String::new();
    let heard = BufReader::new(stdout).read_line(&mut line);
    let killed = child.kill().and_then(|()| child.wait());
    killed.map_err(|error| format!("the child could not be killed: {error}"))?;
    match heard {
        Ok(_) if line.trim() == FILLED => Ok(()),
        _ => Err(String::from("the child ended before it was killed")),
    }
}

/// Every object must be there, with a value it was given.
fn check(engine: &std::sync::Arc<dyn steadfast::engine::Engine>, objects: u64) -> Result<(), String> {
    for n in (0..objects).step_by(CHECK_EVERY) {
        let value = open(engine, n as usize)?.get(KEY).map_err(|error| failed(&error))?;
        let value = value.map(|value| number(&value)).ok_or(format!("an object is gone: object={n}"))?;
        let (round, object) = (value / objects, value.wrapping_mul(7_368_787) % objects);
        if value != n && (round == 0 || object != n) {
            return Err(format!("an object has another's value: object={n} value={value}"));
        }
    }
    Ok(())
}

/// Bytes that files take on the disk, those with such a name.
fn allocated(directory: &Path, named: impl Fn(&str) -> bool + Copy) -> Result<u64, String> {
    let read = |error| format!("the data directory cannot be read: {error}");
    let mut bytes = 0;
    for entry in fs::read_dir(directory).map_err(read)? {
        let entry = entry.map_err(read)?;
        let metadata = entry.metadata().map_err(read)?;
        if metadata.is_dir() {
            bytes += allocated(&entry.path(), named)?;
        } else if named(&entry.file_name().to_string_lossy()) {
            bytes += metadata.blocks() * 512;
        }
    }
    Ok(bytes)
}

const FILLED: &str = "filled";
/// Enough that an engine with a log has one to read.
const WRITES_AFTER: u64 = 200_000;
const CHECK_EVERY: usize = 97;
