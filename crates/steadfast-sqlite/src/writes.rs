//! How many rows and index entries a statement wrote, from how many rows it changed.
//!
//! The real runtime counts inside SQLite. Stock SQLite only counts rows, so the instructions of the
//! statement tell how many index entries go with one.

use crate::connection::Connection;
use crate::error::SqlError;
use crate::statement::Statement;
use crate::value::{Value, ValueRef};

/// What `changes` rows took. Zero index entries are assumed when the statement no longer compiles.
pub(crate) fn of(connection: &Connection, text: &str, changes: u64) -> u64 {
    if changes == 0 {
        return u64::from(is_definition(text));
    }
    let Ok(program) = connection.trusted(|| Program::explain(connection, text)) else { return changes };
    changes + changes * program.entries / program.rows.max(1)
}

/// Whether a statement changes the schema: it writes one row at least.
fn is_definition(text: &str) -> bool {
    let word = text.trim_start().split(|c: char| !c.is_ascii_alphabetic()).next().unwrap_or_default();
    ["create", "drop", "alter", "reindex", "analyze"].iter().any(|known| word.eq_ignore_ascii_case(known))
}

/// The writing instructions of a statement and its triggers.
#[derive(Default)]
struct Program {
    /// Those that insert a row.
    rows: u64,
    /// Those that insert an entry into an index.
    entries: u64,
}

impl Program {
    fn explain(connection: &Connection, text: &str) -> Result<Self, SqlError> {
        /// The instruction counts as a change of a row.
        const COUNTS: i64 = 1;
        let (statement, _) = Statement::prepare(connection, &format!("EXPLAIN {text}"))?;
        let Some(statement) = statement else { return Ok(Self::default()) };
        let mut program = Self::default();
        let mut tables = Vec::new();
        while statement.step(connection)? {
            let Value::Text(instruction) = statement.column(1).to_value() else { continue };
            let (cursor, flags) = (integer(statement.column(2)), integer(statement.column(6)));
            match instruction.as_str() {
                "OpenWrite" => tables.push(cursor),
                "Insert" | "IdxInsert" if tables.contains(&cursor) && flags & COUNTS != 0 => {
                    program.rows += 1
                }
                "IdxInsert" if tables.contains(&cursor) => program.entries += 1,
                _ => {}
            }
        }
        Ok(program)
    }
}

fn integer(value: ValueRef<'_>) -> i64 {
    match value {
        ValueRef::Integer(value) => value,
        _ => 0,
    }
}
