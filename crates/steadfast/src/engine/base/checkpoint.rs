use std::path::PathBuf;
use std::sync::mpsc::{self, Receiver, Sender, TryRecvError};
use std::thread::{self, JoinHandle};

use rusqlite::Connection;

use super::wal::WalRoom;
use crate::engine::EngineError;
use crate::limits;

/// Moves pages from the write-ahead file to the base file, off the path of commits.
///
/// A thread of its own moves what is there; the file starts over at the next commit, if no commit
/// came in between. Under load one always does: then the commit thread moves the short rest itself.
/// The file is never cut, so commits overwrite blocks it already has, which is cheaper to sync.
pub(super) struct Checkpointer {
    path: PathBuf,
    /// Dropped to end the thread.
    ask: Sender<()>,
    answers: Receiver<Result<(), EngineError>>,
    running: bool,
    thread: JoinHandle<()>,
    room: WalRoom,
}

/// How full the write-ahead file is, in pages.
#[derive(Clone, Copy)]
struct WalFill {
    pages: i64,
    moved: i64,
}

/// What to do about it.
#[derive(PartialEq, Eq, Debug)]
enum Step {
    Nothing,
    MoveInBackground,
    MoveHere,
}

impl Checkpointer {
    pub(super) fn start(connection: Connection, path: PathBuf) -> Result<Self, EngineError> {
        let (ask, asked) = mpsc::channel();
        let (answer, answers) = mpsc::channel();
        let base = path.clone();
        let work = move || {
            for () in asked {
                let moved = move_pages(&connection).map_err(|source| EngineError::sqlite(&base, source));
                if answer.send(moved).is_err() {
                    break;
                }
            }
        };
        let thread = thread::Builder::new()
            .name("steadfast-checkpoint".into())
            .spawn(work)
            .map_err(|source| EngineError::io("start the checkpoint thread", &path, source))?;
        let room = WalRoom::beside(&path);
        Ok(Self { path, ask, answers, running: false, thread, room })
    }

    /// Called by the commit thread between groups.
    ///
    /// # Errors
    /// When pages could not be moved or synced: they may be lost in the base file, and only the
    /// write-ahead file still has them.
    pub(super) fn after_group(&mut self, connection: &Connection) -> Result<(), EngineError> {
        match self.answers.try_recv() {
            Ok(moved) => {
                moved?;
                self.running = false;
            }
            Err(TryRecvError::Empty | TryRecvError::Disconnected) => {}
        }
        let fails = |source| EngineError::sqlite(&self.path, source);
        let fill = wal_fill(connection).map_err(fails)?;
        self.room.keep_ahead_of(fill.pages.max(0).cast_unsigned());
        match next_step(fill, self.running) {
            Step::Nothing => {}
            Step::MoveHere => move_pages(connection).map_err(fails)?,
            Step::MoveInBackground => {
                self.running = true;
                self.ask.send(()).expect("the checkpoint thread runs until its channel is dropped");
            }
        }
        Ok(())
    }

    /// Ends the thread and reports how its last work went.
    pub(super) fn stop(self) -> Result<(), EngineError> {
        drop(self.ask);
        self.thread.join().expect("the checkpoint thread does not panic");
        self.answers.try_iter().collect()
    }
}

fn next_step(fill: WalFill, running: bool) -> Step {
    let rest = fill.pages - fill.moved;
    if rest == 0 || fill.pages < WAL_PAGES_TARGET {
        Step::Nothing
    } else if fill.pages >= WAL_PAGES_MAX || (rest <= WAL_PAGES_REST && !running) {
        Step::MoveHere
    } else if running {
        Step::Nothing
    } else {
        Step::MoveInBackground
    }
}

fn wal_fill(connection: &Connection) -> rusqlite::Result<WalFill> {
    connection
        .prepare_cached("PRAGMA wal_checkpoint(NOOP)")?
        .query_row((), |row| Ok(WalFill { pages: row.get("log")?, moved: row.get("checkpointed")? }))
}

/// Moves what no reader still needs where it is, and syncs it. Waits for nobody.
pub(super) fn move_pages(connection: &Connection) -> rusqlite::Result<()> {
    connection.prepare_cached("PRAGMA wal_checkpoint(PASSIVE)")?.query_row((), |_| Ok(()))
}

/// When to begin.
const WAL_PAGES_TARGET: i64 = (limits::BASE_WAL_BYTES_TARGET / limits::BASE_PAGE_BYTES) as i64;
/// A rest the commit thread moves itself: about a millisecond.
const WAL_PAGES_REST: i64 = WAL_PAGES_TARGET / 8;
/// When latency no longer matters: the file must not grow without end.
const WAL_PAGES_MAX: i64 = 4 * WAL_PAGES_TARGET;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_background_goes_first_and_the_commit_thread_finishes() {
        let target = WAL_PAGES_TARGET;
        let step = |pages, moved, running| next_step(WalFill { pages, moved }, running);
        assert_eq!(step(target - 1, 0, false), Step::Nothing);
        assert_eq!(step(target, 0, false), Step::MoveInBackground);
        assert_eq!(step(target + 9, 0, true), Step::Nothing);
        assert_eq!(step(target + 9, target, false), Step::MoveHere);
        assert_eq!(step(target + 9, target + 9, false), Step::Nothing);
        assert_eq!(step(2 * target, target, false), Step::MoveInBackground);
        assert_eq!(step(4 * target, target, true), Step::MoveHere);
    }
}
