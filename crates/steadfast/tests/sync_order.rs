//! Seen from the kernel, too, no acknowledgement precedes its sync.
//!
//! A child process commits one turn after another and acknowledges each on its standard output, while
//! this process stops it at every system call. Whenever the child writes an acknowledgement, every
//! write to the write-ahead file, or to the log, must be covered by a sync that has returned.

#![cfg(all(target_os = "linux", target_arch = "x86_64"))]

mod workload;

use std::collections::HashMap;
use std::fs;
use std::io::{BufRead, Write};
use std::path::Path;
use std::process::Child;
use std::sync::Mutex;

use nix::errno::Errno;
use nix::libc::{SYS_fdatasync, SYS_fsync, SYS_pwrite64, SYS_write, user_regs_struct};
use nix::sys::ptrace::{self, Options};
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::Pid;
use steadfast::engine::testing::block_on;
use steadfast::engine::{Engine, LogEngine, SqliteEngine};
use tempfile::TempDir;
use workload::{Loaded, child_directory, hear, spawn_child, tell};

const TURNS: usize = 150;
const OBJECTS: u8 = 3;

#[test]
fn the_kernel_sees_every_sync_before_its_acknowledgement() {
    check("child", "base.sqlite-wal");
}

#[test]
fn the_kernel_sees_every_sync_of_the_log_before_its_acknowledgement() {
    check("child_with_a_log", ".log");
}

/// Runs a child that commits to files whose path ends like this.
fn check(child: &str, file: &'static str) {
    // A tracer hears of every child of its process: one at a time.
    static TRACING: Mutex<()> = Mutex::new(());
    let _tracing = TRACING.lock();
    let directory = TempDir::new().unwrap();
    let (mut child, mut stdout) = spawn_child(child, directory.path());
    assert_eq!(hear(&mut stdout).as_deref(), Some("ready"));
    let mut stdin = child.stdin.take().unwrap();
    match stop_every_thread(&child) {
        // Some sandboxes allow no tracing; the auditor in `acknowledgement.rs` runs everywhere.
        Err(Errno::EPERM | Errno::ENOSYS) => return child.kill().unwrap(),
        stopped => stopped.unwrap(),
    }
    stdin.write_all(b"go\n").unwrap();
    let audit = trace(&child, Audit { file, ..Audit::default() });
    assert_eq!(audit.acknowledged, TURNS);
    assert!(audit.syncs >= TURNS as u64, "syncs={}", audit.syncs);
}

/// Does nothing, unless it is the child.
#[test]
fn child() {
    run_child(|directory| Box::new(SqliteEngine::open(directory).unwrap()));
}

/// Does nothing, unless it is the child.
#[test]
fn child_with_a_log() {
    run_child(|directory| Box::new(LogEngine::open(directory).unwrap()));
}

fn run_child(open: impl FnOnce(&Path) -> Box<dyn Engine>) {
    let Some(directory) = child_directory() else { return };
    tell("ready");
    std::io::stdin().lock().read_line(&mut String::new()).unwrap();
    let engine = open(&directory);
    let mut objects: Vec<Loaded> = (0..OBJECTS).map(|index| Loaded::find(&*engine, index)).collect();
    for n in 0..TURNS {
        let position = objects[n % usize::from(OBJECTS)].turn(&*engine).unwrap();
        block_on(engine.durable(position)).unwrap();
        tell("durable");
    }
}

/// What the child did to the file it commits to and its standard output, in the order of the kernel.
#[derive(Default)]
struct Audit {
    /// How the path of the file ends.
    file: &'static str,
    /// Writes to it that have begun.
    writes: u64,
    /// How many of them a sync that has returned covers.
    synced: u64,
    /// Writes at the last acknowledgement.
    acknowledged_writes: u64,
    acknowledged: usize,
    syncs: u64,
}

impl Audit {
    fn acknowledge(&mut self) {
        // The test harness of the child has its last words after the acknowledgements.
        if self.acknowledged == TURNS {
            return;
        }
        let turn = self.acknowledged;
        assert!(self.writes > self.acknowledged_writes, "turn {turn} was acknowledged before it was written");
        assert_eq!(self.synced, self.writes, "turn {turn} was acknowledged before it was synced");
        self.acknowledged += 1;
        self.acknowledged_writes = self.writes;
    }
}

/// A system call a thread is in.
enum Call {
    /// A sync of the file that covers so many writes.
    Sync {
        covers: u64,
    },
    Other,
}

fn stop_every_thread(child: &Child) -> nix::Result<()> {
    let options = Options::PTRACE_O_TRACESYSGOOD | Options::PTRACE_O_TRACECLONE | Options::PTRACE_O_EXITKILL;
    let threads = fs::read_dir(format!("/proc/{}/task", child.id())).unwrap();
    for thread in threads {
        let thread = Pid::from_raw(thread.unwrap().file_name().to_str().unwrap().parse().unwrap());
        ptrace::seize(thread, options)?;
        ptrace::interrupt(thread)?;
    }
    Ok(())
}

/// Follows the child from system call to system call, to its end.
fn trace(child: &Child, mut audit: Audit) -> Audit {
    let process = Pid::from_raw(child.id() as i32);
    let mut calls: HashMap<Pid, Call> = HashMap::new();
    loop {
        let mut signal = None;
        let thread = match waitpid(None, Some(WaitPidFlag::__WALL)).unwrap() {
            WaitStatus::Exited(thread, status) if thread == process => {
                assert_eq!(status, 0);
                return audit;
            }
            WaitStatus::Exited(thread, _) => {
                calls.remove(&thread);
                continue;
            }
            WaitStatus::PtraceSyscall(thread) => {
                let registers = ptrace::getregs(thread).unwrap();
                match calls.remove(&thread) {
                    None => drop(calls.insert(thread, enter(process, &registers, &mut audit))),
                    Some(call) => leave(&call, &registers, &mut audit),
                }
                thread
            }
            WaitStatus::PtraceEvent(thread, _, _) => thread,
            WaitStatus::Stopped(thread, stopped_by) => {
                signal = Some(stopped_by);
                thread
            }
            other => panic!("the child must run to its end: {other:?}"),
        };
        match ptrace::syscall(thread, signal) {
            // It is ending already.
            Ok(()) | Err(Errno::ESRCH) => {}
            Err(error) => panic!("a stopped thread goes on: {error}"),
        }
    }
}

fn enter(process: Pid, registers: &user_regs_struct, audit: &mut Audit) -> Call {
    let ending = audit.file;
    let is_wal = || {
        let file = fs::read_link(format!("/proc/{process}/fd/{}", registers.rdi));
        file.is_ok_and(|path| path.to_string_lossy().ends_with(ending))
    };
    match registers.orig_rax as i64 {
        // Commits are written at offsets; room made ahead of them is written plainly, and is no data, and nor
        // is the mark of a log that has nothing to do.
        call if call == SYS_pwrite64 && registers.rdx != MARK_BYTES && is_wal() => audit.writes += 1,
        call if (call == SYS_fdatasync || call == SYS_fsync) && is_wal() => {
            return Call::Sync { covers: audit.writes };
        }
        call if call == SYS_write && registers.rdi == STDOUT => audit.acknowledge(),
        _ => {}
    }
    Call::Other
}

fn leave(call: &Call, registers: &user_regs_struct, audit: &mut Audit) {
    if let Call::Sync { covers } = call {
        assert_eq!(registers.rax, 0, "a sync failed");
        audit.synced = audit.synced.max(*covers);
        audit.syncs += 1;
    }
}

const STDOUT: u64 = 1;
const MARK_BYTES: u64 = 48;
