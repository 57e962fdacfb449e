use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags, OptionalExtension, params};

use super::checkpoint::{Checkpointer, move_pages};
use super::facts::LogFacts;
use super::history;
use super::object_row::{ObjectRow, renew_sums};
use super::open::connect;
use super::rows::{kv_sum, pack_page, page_sum};
use super::{Checkpoint, CheckpointStore, GroupStore, sql_no};
use crate::engine::group::GroupEffect;
use crate::engine::queue::Submitted;
use crate::engine::{EngineError, Identity, ObjectNo, Position, lock};
use crate::limits::SQL_PAGE_BYTES;

/// Commits groups to the base, each as one transaction.
pub(in crate::engine) struct SqliteStore {
    path: PathBuf,
    /// Locked for a whole group; contended only when the base is in memory and readers share it.
    connection: Arc<Mutex<Connection>>,
    namespaces: HashMap<Arc<str>, i64>,
    moves: Moves,
}

/// How pages get from the write-ahead file to the base file.
enum Moves {
    /// There is no file at all.
    Never,
    /// After each checkpoint of the log, by the same thread.
    AfterCheckpoints,
    /// Between groups, mostly by a thread of its own.
    InBackground(Checkpointer),
}

impl SqliteStore {
    pub(super) fn in_memory(path: PathBuf, connection: Arc<Mutex<Connection>>) -> Self {
        lock(&connection).set_prepared_statement_cache_capacity(STATEMENTS);
        Self { path, connection, namespaces: HashMap::new(), moves: Moves::Never }
    }

    pub(super) fn on_disk(path: PathBuf, connection: Arc<Mutex<Connection>>) -> Self {
        Self { moves: Moves::AfterCheckpoints, ..Self::in_memory(path, connection) }
    }

    /// Gets ready for many small groups instead of a few large checkpoints.
    pub(in crate::engine) fn for_groups(mut self) -> Result<Self, EngineError> {
        if let Moves::AfterCheckpoints = self.moves {
            let connection = connect(&self.path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
            self.moves = Moves::InBackground(Checkpointer::start(connection, self.path.clone())?);
        }
        Ok(self)
    }

    /// Bounds the file, so that a full disk can be had without one.
    #[cfg(feature = "testing")]
    pub(in crate::engine) fn bound_pages(&self, pages_max: u32) -> Result<(), EngineError> {
        lock(&self.connection)
            .pragma_update_and_check(None, "max_page_count", pages_max, |_| Ok(()))
            .map_err(|source| EngineError::sqlite(&self.path, source))
    }
}

impl GroupStore for SqliteStore {
    fn commit(&mut self, group: &[Submitted]) -> Result<(), EngineError> {
        let effect = GroupEffect::of(group);
        self.write(&effect, None)
    }

    fn maintain(&mut self) -> Result<(), EngineError> {
        match &mut self.moves {
            Moves::InBackground(checkpointer) => checkpointer.after_group(&lock(&self.connection)),
            Moves::AfterCheckpoints | Moves::Never => Ok(()),
        }
    }

    fn close(self: Box<Self>, failed: bool) -> Result<(), EngineError> {
        let checkpointed = match self.moves {
            Moves::Never => return Ok(()),
            Moves::AfterCheckpoints => Ok(()),
            Moves::InBackground(checkpointer) => checkpointer.stop(),
        };
        let connection = lock(&self.connection);
        let tidied = if failed || checkpointed.is_err() {
            // Closing would move pages; after a failure the files stay as they are.
            connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true).map(|_| ())
        } else {
            connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", (), |_| Ok(()))
        };
        tidied.map_err(|source| EngineError::sqlite(&self.path, source))?;
        checkpointed
    }
}

impl CheckpointStore for SqliteStore {
    fn checkpoint(&mut self, checkpoint: &Checkpoint<'_>) -> Result<(), EngineError> {
        self.write(&checkpoint.effect, Some(checkpoint.upto))?;
        match self.moves {
            Moves::AfterCheckpoints => {
                move_pages(&lock(&self.connection)).map_err(|source| EngineError::sqlite(&self.path, source))
            }
            Moves::InBackground(_) | Moves::Never => Ok(()),
        }
    }

    fn close(self: Box<Self>, failed: bool) -> Result<(), EngineError> {
        GroupStore::close(self, failed)
    }
}

impl SqliteStore {
    /// Reads what the base knows of the log, and draws a salt if it knows of none yet.
    pub(in crate::engine) fn log_facts(&self) -> Result<LogFacts, EngineError> {
        let connection = lock(&self.connection);
        LogFacts::read(&connection).map_err(|source| EngineError::sqlite(&self.path, source))
    }

    /// Notes a boot epoch, durably, before it is used, and the last position there is.
    pub(in crate::engine) fn begin_epoch(&mut self, epoch: u64, behind: Position) -> Result<(), EngineError> {
        let connection = lock(&self.connection);
        LogFacts::write_epoch(&connection, epoch, behind)
            .map_err(|source| EngineError::sqlite(&self.path, source))
    }

    fn write(&mut self, effect: &GroupEffect<'_>, upto: Option<Position>) -> Result<(), EngineError> {
        let connection = lock(&self.connection);
        apply(&connection, &mut self.namespaces, effect, upto)
            .map_err(|source| EngineError::sqlite(&self.path, source))
    }
}

fn apply(
    connection: &Connection,
    namespaces: &mut HashMap<Arc<str>, i64>,
    effect: &GroupEffect<'_>,
    upto: Option<Position>,
) -> rusqlite::Result<()> {
    connection.prepare_cached("BEGIN IMMEDIATE")?.execute(())?;
    for (object, identity) in &effect.created {
        insert_object(connection, namespaces, *object, identity)?;
    }
    for (object, incarnation) in &effect.wiped {
        connection.prepare_cached("DELETE FROM kv WHERE obj = ?1")?.execute([sql_no(*object)])?;
        connection
            .prepare_cached("UPDATE object SET incarnation = ?2 WHERE no = ?1")?
            .execute([sql_no(*object), i64::from(*incarnation)])?;
    }
    write_keys(connection, effect)?;
    write_pages(connection, effect)?;
    for (object, due_ms) in &effect.alarms {
        connection
            .prepare_cached("UPDATE object SET alarm_ms = ?2 WHERE no = ?1")?
            .execute(params![sql_no(*object), due_ms])?;
    }
    history::write(connection, effect)?;
    renew_sums(connection, effect)?;
    if let Some(upto) = upto {
        LogFacts::write_watermark(connection, upto)?;
    }
    connection.prepare_cached("COMMIT")?.execute(())?;
    Ok(())
}

fn write_keys(connection: &Connection, effect: &GroupEffect<'_>) -> rusqlite::Result<()> {
    let mut put = connection.prepare_cached(
        "INSERT INTO kv (obj, key, val, sum) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (obj, key) DO UPDATE SET val = excluded.val, sum = excluded.sum",
    )?;
    let mut delete = connection.prepare_cached("DELETE FROM kv WHERE obj = ?1 AND key = ?2")?;
    for (object, key, value) in &effect.written {
        match value {
            Some(value) => {
                put.execute(params![sql_no(*object), &key[..], &value[..], kv_sum(*object, key, value)])?
            }
            None => delete.execute(params![sql_no(*object), &key[..]])?,
        };
    }
    Ok(())
}

fn write_pages(connection: &Connection, effect: &GroupEffect<'_>) -> rusqlite::Result<()> {
    for (object, size) in &effect.sized {
        connection
            .prepare_cached("DELETE FROM page WHERE obj = ?1 AND no > ?2")?
            .execute(params![sql_no(*object), size.kept])?;
        let (page_size, pages) = match size.pages {
            0 => (None, None),
            pages => (Some(SQL_PAGE_BYTES as i64), Some(pages)),
        };
        connection
            .prepare_cached("UPDATE object SET page_size = ?2, pages = ?3 WHERE no = ?1")?
            .execute(params![sql_no(*object), page_size, pages])?;
    }
    if effect.pages.is_empty() {
        return Ok(());
    }
    let mut put = connection.prepare_cached(
        "INSERT INTO page (obj, no, data, sum) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (obj, no) DO UPDATE SET data = excluded.data, sum = excluded.sum",
    )?;
    for ((object, no), image) in &effect.pages {
        let stored = pack_page(image);
        let sum = page_sum(*object, *no, &stored);
        put.execute(params![sql_no(*object), no.0, stored, sum])?;
    }
    Ok(())
}

fn insert_object(
    connection: &Connection,
    namespaces: &mut HashMap<Arc<str>, i64>,
    object: ObjectNo,
    identity: &Identity,
) -> rusqlite::Result<()> {
    let namespace = match namespaces.get(&identity.namespace) {
        Some(no) => *no,
        None => {
            let no = intern_namespace(connection, &identity.namespace)?;
            namespaces.insert(identity.namespace.clone(), no);
            no
        }
    };
    ObjectRow::created(object, namespace, identity).insert(connection)
}

fn intern_namespace(connection: &Connection, key: &str) -> rusqlite::Result<i64> {
    let known = connection
        .query_row("SELECT no FROM namespace WHERE key = ?1", [key], |row| row.get(0))
        .optional()?;
    match known {
        Some(no) => Ok(no),
        None => connection.query_row(
            "INSERT INTO namespace SELECT coalesce(max(no), 0) + 1, ?1 FROM namespace RETURNING no",
            [key],
            |row| row.get(0),
        ),
    }
}

/// Statements kept prepared: all there are.
const STATEMENTS: usize = 32;
