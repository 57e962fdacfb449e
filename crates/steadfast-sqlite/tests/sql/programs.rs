//! Random programs against stock SQLite: what a database over pages does, and what is left of it
//! after crashes, must be what a database in memory does.

use std::fmt::Write as _;

use rusqlite::Connection;
use rusqlite::types::Value as StockValue;
use steadfast_sqlite::{Database, SqlError, Value};

use crate::memory::{Memory, run};

/// More with `STEADFAST_SQL_PROGRAMS`, all of them from another seed with `STEADFAST_SQL_SEED`.
const PROGRAMS: u64 = 120;
const STEPS: u64 = 60;

#[test]
fn random_programs_do_what_stock_sqlite_does() {
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    let first = number("STEADFAST_SQL_SEED").unwrap_or(1);
    let mut totals = Totals::default();
    for seed in first..first + number("STEADFAST_SQL_PROGRAMS").unwrap_or(PROGRAMS) {
        let mut program = Program::new(seed);
        for _ in 0..STEPS {
            program.step();
        }
        program.finish();
        totals.add(&program.totals);
    }
    // What a change of the generator must not lose.
    assert!(
        totals.commits > 0 && totals.crashes > 0 && totals.vacuums > 0 && totals.failures > 0,
        "{totals:?}"
    );
    assert!(
        totals.rollbacks > 0 && totals.marks > 0 && totals.reopenings > 0 && totals.holes > 0,
        "{totals:?}"
    );
}

#[derive(Default, Debug)]
struct Totals {
    commits: u64,
    crashes: u64,
    vacuums: u64,
    failures: u64,
    rollbacks: u64,
    marks: u64,
    reopenings: u64,
    holes: u64,
}

impl Totals {
    fn add(&mut self, other: &Self) {
        self.commits += other.commits;
        self.crashes += other.crashes;
        self.vacuums += other.vacuums;
        self.failures += other.failures;
        self.rollbacks += other.rollbacks;
        self.marks += other.marks;
        self.reopenings += other.reopenings;
        self.holes += other.holes;
    }
}

struct Program {
    seed: u64,
    random: Random,
    memory: Memory,
    database: Option<Database>,
    stock: Connection,
    /// Whether a transaction is open in both.
    open: bool,
    /// How many marks are open in it.
    depth: usize,
    /// What was done, for whom a failure has to be explained.
    log: String,
    totals: Totals,
}

impl Program {
    fn new(seed: u64) -> Self {
        let memory = Memory::default();
        let stock = Connection::open_in_memory().unwrap();
        stock.execute_batch("PRAGMA foreign_keys=ON").unwrap();
        Self {
            seed,
            random: Random(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1),
            database: Some(memory.open()),
            memory,
            stock,
            open: false,
            depth: 0,
            log: String::new(),
            totals: Totals::default(),
        }
    }

    fn step(&mut self) {
        match self.random.below(40) {
            0..4 => self.commit(),
            4 => self.roll_back(),
            5 => self.crash(),
            6 => self.reopen(),
            7 => self.vacuum(),
            8..12 => self.mark(),
            12..14 => self.release(),
            14..16 => self.roll_back_to(),
            _ => {
                let sql = self.statement();
                self.exec(&sql);
            }
        }
    }

    /// Both must show the same: rows, or the message of an error.
    fn exec(&mut self, sql: &str) {
        let ours = run(self.database(), sql);
        if self.database().in_transaction() && !self.open {
            self.open = true;
            self.stock.execute_batch("BEGIN").unwrap();
        }
        let stock = stock_rows(&self.stock, sql);
        let shown = |rows: &Result<Vec<Vec<Value>>, String>| match rows {
            Ok(rows) => format!("{} rows", rows.len()),
            Err(message) => message.clone(),
        };
        let ours = ours.map_err(|error| match error {
            SqlError::Sqlite(failure) => failure.message,
            other => other.to_string(),
        });
        writeln!(self.log, "{:.200} -> {}", sql, shown(&ours)).unwrap();
        self.totals.failures += u64::from(ours.is_err());
        assert!(ours == stock, "seed {}: stock says {}\n{}", self.seed, shown(&stock), self.log);
        assert!(!self.database().is_lost(), "seed {}\n{}", self.seed, self.log);
    }

    fn commit(&mut self) {
        if self.open {
            let commit = self.database().commit().unwrap();
            self.memory.keep(commit);
            self.totals.holes += u64::from(self.memory.has_holes());
            self.stock.execute_batch("COMMIT").unwrap();
            self.totals.commits += 1;
            writeln!(self.log, "COMMIT").unwrap();
        }
        (self.open, self.depth) = (false, 0);
    }

    fn roll_back(&mut self) {
        self.database().rollback().unwrap();
        self.forget();
        self.totals.rollbacks += 1;
        writeln!(self.log, "ROLLBACK").unwrap();
    }

    /// The process ends; what was not committed is gone.
    fn crash(&mut self) {
        self.database = None;
        self.forget();
        self.database = Some(self.memory.open());
        self.totals.crashes += 1;
        writeln!(self.log, "-- crash").unwrap();
    }

    fn forget(&mut self) {
        if self.open {
            self.stock.execute_batch("ROLLBACK").unwrap();
        }
        (self.open, self.depth) = (false, 0);
    }

    fn reopen(&mut self) {
        self.commit();
        self.database = None;
        self.database = Some(self.memory.open());
        self.totals.reopenings += 1;
        writeln!(self.log, "-- reopened").unwrap();
        self.compare();
    }

    fn vacuum(&mut self) {
        self.commit();
        let commit = self.database().vacuum().unwrap();
        self.memory.keep(commit);
        self.totals.vacuums += 1;
        writeln!(self.log, "VACUUM").unwrap();
        self.compare();
    }

    fn mark(&mut self) {
        self.depth += 1;
        self.database().savepoint(self.depth).unwrap();
        if !self.open {
            self.stock.execute_batch("BEGIN").unwrap();
            self.open = true;
        }
        self.stock.execute_batch(&format!("SAVEPOINT m{}", self.depth)).unwrap();
        self.totals.marks += 1;
        writeln!(self.log, "SAVEPOINT {}", self.depth).unwrap();
    }

    fn release(&mut self) {
        if self.depth > 0 {
            self.database().release(self.depth).unwrap();
            self.stock.execute_batch(&format!("RELEASE m{}", self.depth)).unwrap();
            writeln!(self.log, "RELEASE {}", self.depth).unwrap();
            self.depth -= 1;
        }
    }

    fn roll_back_to(&mut self) {
        if self.depth > 0 {
            let depth = 1 + self.random.below(self.depth as u64) as usize;
            self.database().rollback_to(depth).unwrap();
            self.stock.execute_batch(&format!("ROLLBACK TO m{depth}; RELEASE m{depth}")).unwrap();
            writeln!(self.log, "ROLLBACK TO {depth}").unwrap();
            self.depth = depth - 1;
        }
    }

    /// Commits and compares everything, also as a file that stock SQLite opens.
    fn finish(&mut self) {
        self.reopen();
        assert_eq!(self.database().integrity_check().unwrap(), [""; 0], "seed {}\n{}", self.seed, self.log);
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), self.memory.file()).unwrap();
        let stock = Connection::open(file.path()).unwrap();
        let whole: String = stock.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
        assert_eq!(whole, "ok", "seed {}\n{}", self.seed, self.log);
        for (sql, rows) in everything(&self.stock) {
            assert!(stock_rows(&stock, &sql) == Ok(rows), "seed {}: {sql}\n{}", self.seed, self.log);
        }
    }

    fn compare(&self) {
        for (sql, rows) in everything(&self.stock) {
            let ours = run(self.database(), &sql).unwrap();
            assert!(ours == rows, "seed {}: {sql}\n{}", self.seed, self.log);
        }
    }

    fn statement(&mut self) -> String {
        let random = &mut self.random;
        let (table, key, length) = (random.below(3), random.below(40), random.length());
        match random.below(24) {
            0 | 1 => format!("CREATE TABLE t{table}(a INTEGER PRIMARY KEY, b, c UNIQUE, d CHECK (d < 1000))"),
            2 => format!("DROP TABLE t{table}"),
            3 => format!("CREATE INDEX i{table} ON t{table}(b, length(c))"),
            4 => format!("DROP INDEX i{table}"),
            5 => format!("ALTER TABLE t{table} ADD COLUMN e{key} DEFAULT {key}"),
            6 => format!("ALTER TABLE t{table} RENAME TO t{}", key % 3),
            7 => "CREATE VIRTUAL TABLE IF NOT EXISTS f USING fts5(x)".to_owned(),
            8 => format!("INSERT INTO f VALUES ('{} {}')", word(key), word(length)),
            9 => format!("SELECT rowid, highlight(f, 0, '[', ']') FROM f WHERE f MATCH '{}'", word(key)),
            10 => format!("DELETE FROM f WHERE rowid = {key}"),
            11 => format!("INSERT INTO t{table} VALUES ({key}, zeroblob({length}), {key}, 1), (1, 2, 3, 4)"),
            12 => format!("DELETE FROM t{table} WHERE a % 3 = {}", key % 3),
            13 => format!("UPDATE t{table} SET b = zeroblob({length}) WHERE a = {key}"),
            14 => format!("UPDATE t{table} SET d = d + {} WHERE a > {key}", 400 + key),
            15 => format!("SELECT count(*), sum(length(b)), max(c) FROM t{table}"),
            16 => {
                format!("INSERT OR REPLACE INTO t{table}(a, c) SELECT a + 1, c FROM t{} LIMIT {key}", key % 3)
            }
            17 => "SELEC nothing".to_owned(),
            18 => format!("DELETE FROM t{table}"),
            _ => format!(
                "INSERT INTO t{table}(b, c, d) WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE \
                 i < {}) SELECT printf('%.{length}c', 'x'), {key} * 1000 + i, i FROM n",
                1 + key / 2
            ),
        }
    }

    fn database(&self) -> &Database {
        self.database.as_ref().expect("a database is open between steps")
    }
}

/// Queries that show a whole database, with what they show of this one.
fn everything(stock: &Connection) -> Vec<(String, Vec<Vec<Value>>)> {
    let schema = "SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY name";
    let names =
        stock_rows(stock, "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'");
    let mut queries = vec![schema.to_owned()];
    for name in names.unwrap().concat() {
        queries.push(format!("SELECT * FROM \"{name}\" ORDER BY 1"));
    }
    queries.into_iter().map(|sql| (sql.clone(), stock_rows(stock, &sql).unwrap())).collect()
}

fn stock_rows(stock: &Connection, sql: &str) -> Result<Vec<Vec<Value>>, String> {
    let message = |error: rusqlite::Error| match error {
        rusqlite::Error::SqliteFailure(_, Some(message)) => message,
        rusqlite::Error::SqlInputError { msg, .. } => msg,
        other => other.to_string(),
    };
    let mut statement = stock.prepare(sql).map_err(message)?;
    let columns = statement.column_count();
    let mut rows = statement.query([]).map_err(message)?;
    let mut found = Vec::new();
    while let Some(row) = rows.next().map_err(message)? {
        let value = |index| match row.get::<_, StockValue>(index).unwrap() {
            StockValue::Null => Value::Null,
            StockValue::Integer(value) => Value::Integer(value),
            StockValue::Real(value) => Value::Real(value),
            StockValue::Text(value) => Value::Text(value),
            StockValue::Blob(value) => Value::Blob(value),
        };
        found.push((0..columns).map(value).collect());
    }
    Ok(found)
}

fn word(number: u64) -> &'static str {
    ["alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta"][(number % 7) as usize]
}

/// Xorshift: the same numbers for the same seed everywhere.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) % bound
    }

    /// Mostly small; some values take overflow pages.
    fn length(&mut self) -> u64 {
        match self.below(8) {
            0 => self.below(60_000),
            1 => 4000 + self.below(200),
            _ => self.below(300),
        }
    }
}
