//! Statements kept compiled, by their exact text; the least recently used go first.

use std::collections::HashMap;
use std::rc::Rc;

use crate::limits;
use crate::statement::Statement;

/// Idle statements only: one that runs is taken out, so equal text compiles again meanwhile.
#[derive(Default)]
pub(crate) struct StatementCache {
    idle: HashMap<Rc<str>, Idle>,
    /// Bytes of all texts.
    bytes: usize,
    /// Counts uses, to tell which was longest ago.
    uses: u64,
}

struct Idle {
    statement: Statement,
    used: u64,
}

impl StatementCache {
    pub(crate) fn take(&mut self, text: &str) -> Option<Statement> {
        let statement = self.idle.remove(text)?.statement;
        self.bytes -= text.len();
        Some(statement)
    }

    /// Keeps a statement that is ready to run again.
    pub(crate) fn put(&mut self, statement: Statement) {
        self.uses += 1;
        let (text, used) = (statement.text.clone(), self.uses);
        self.bytes += text.len();
        if let Some(old) = self.idle.insert(text, Idle { statement, used }) {
            self.bytes -= old.statement.text.len();
        }
        while self.bytes > limits::CACHED_SQL_BYTES_MAX || self.idle.len() > limits::CACHED_STATEMENTS_MAX {
            self.drop_oldest();
        }
    }

    pub(crate) fn clear(&mut self) {
        *self = Self::default();
    }

    fn drop_oldest(&mut self) {
        let oldest = self.idle.iter().min_by_key(|(_, idle)| idle.used).map(|(text, _)| text.clone());
        if let Some(text) = oldest {
            self.take(&text);
        }
    }
}
