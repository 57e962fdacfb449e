//! What a program may do.

use crate::memory::{check, fresh, run, shown};

const DENIED: &str = "!! not authorized: SQLITE_AUTH";

fn denied(database: &steadfast_sqlite::Database, texts: &[&str]) {
    for sql in texts {
        assert_eq!(shown(database, sql), DENIED, "{sql}");
    }
}

#[test]
fn names_of_the_runtime_are_reserved() {
    let database = fresh();
    run(&database, "create table t(a integer primary key, b)").unwrap();
    denied(
        &database,
        &[
            "create table _cf_x(a)",
            "create table _CF_x(a)",
            "create table \"_Cf_x\"(a)",
            "create index _cf_i on t(b)",
            "create view _cf_v as select 1",
            "create trigger _cf_t after insert on t begin select 1; end",
            "create virtual table _cf_f using fts5(a)",
            "alter table t rename to _cf_t",
            "alter table t rename to _CF_t",
            "pragma table_info(_cf_KV)",
            "pragma index_list('_CF_KV')",
            "select * from pragma_table_info('_cf_KV')",
        ],
    );
    check(
        &database,
        &[
            ("select name from sqlite_master", "t"),
            ("select * from _cf_KV", "!! no such table: _cf_KV: SQLITE_ERROR"),
            ("create table _cf(a); create table _cfx(a); create table a_cf_(a)", ""),
            ("alter table t rename column b to _cf_b", ""),
            ("select _cf_b from t", ""),
            ("alter table t add column c default 7", ""),
            ("insert into t(a) values(1)", ""),
            ("alter table t rename to t2; select c from t2", "7"),
            ("explain query plan alter table t2 drop column c", ""),
            ("alter table t2 drop column c", ""),
        ],
    );
}

#[test]
fn only_the_modules_for_search_make_virtual_tables() {
    let database = fresh();
    check(
        &database,
        &[
            ("create virtual table f using fts5(a)", ""),
            ("create virtual table g using FTS5(a)", ""),
            ("create virtual table r using rtree(id,a,b)", ""),
            ("create virtual table r3 using RTREE_i32(id,a,b)", ""),
            ("create virtual table v using fts5vocab(f,row)", ""),
            ("insert into f values('hello world')", ""),
            (
                "select highlight(f,0,'<','>'), snippet(f,0,'a','b','c',5), bm25(f) from f where f match 'hello'",
                "<hello> world|ahellob world|-0.000001",
            ),
            ("select * from f('hello')", "hello world"),
            ("select term from v order by 1", "hello world"),
            ("insert into f(f) values('optimize')", ""),
            ("insert into f(f) values('rebuild')", ""),
            ("insert into f(f) values('integrity-check')", ""),
            ("insert into f(f, rank) values('automerge', 8)", ""),
            ("insert into f_data values(100,x'00')", "!! table f_data may not be modified: SQLITE_ERROR"),
            ("drop table f_data", "!! table f_data may not be dropped: SQLITE_ERROR"),
            ("insert into r values(1,2,3)", ""),
            ("select id from r where a >= 2 and b <= 3", "1"),
            ("select rtreecheck('r')", "ok"),
        ],
    );
    check(&database, &[("drop table g", ""), ("drop table r3", "")]);
    denied(
        &database,
        &[
            "create virtual table x using fts3(a)",
            "create virtual table x using fts4(a)",
            "create virtual table x using nope(a)",
            "create virtual table x using dbstat",
        ],
    );
    for name in ["dbstat", "fts3tokenize", "sqlite_stmt", "generate_series", "pragma_nope"] {
        let message = format!("!! no such table: {name}: SQLITE_ERROR");
        assert_eq!(shown(&database, &format!("select * from {name}")), message);
    }
}

#[test]
fn nothing_temporary_or_attached() {
    let database = fresh();
    run(&database, "create table t(a)").unwrap();
    denied(
        &database,
        &[
            "create temp table tt(a)",
            "create table temp.tt(a)",
            "create temporary view tv as select 1",
            "create temp trigger tr after insert on t begin select 1; end",
            "insert into sqlite_temp_master values(1,1,1,1,1)",
            "attach 'x' as y",
            "attach ':memory:' as y",
            "detach main",
            "detach y",
        ],
    );
    check(&database, &[("select * from temp.sqlite_master", ""), ("select * from sqlite_temp_master", "")]);
}

#[test]
fn transactions_have_an_interface_of_their_own() {
    let database = fresh();
    let refused = "!! To execute a transaction, please use the state.storage.transaction() or \
                   state.storage.transactionSync() APIs instead of the SQL BEGIN TRANSACTION or SAVEPOINT statements. \
                   The JavaScript API is safer because it will automatically roll back on exceptions, and because it \
                   interacts correctly with Durable Objects' automatic atomic write coalescing.";
    for sql in [
        "begin",
        "BEGIN TRANSACTION",
        "commit",
        "end",
        "rollback",
        "savepoint a",
        "release a",
        "rollback to a",
        "explain begin",
    ] {
        assert_eq!(shown(&database, sql), refused, "{sql}");
    }
    denied(&database, &["attach 'x' as y"]);
}

#[test]
fn functions_of_the_list_can_be_called_and_no_others() {
    let database = fresh();
    let refused = |name: &str| format!("!! not authorized to use function: {name} at offset 7: SQLITE_ERROR");
    for call in [
        "sqlite_version()",
        "sqlite_source_id()",
        "sqlite_compileoption_get(1)",
        "json_pretty('{}')",
        "json_error_position('{')",
        "fts5_source_id()",
        "rtreenode(2, x'00')",
        "sqlite_log(1,'x')",
        "unistr('a')",
        "subtype(1)",
        "log10(3)",
        "ceiling(2)",
        "power(2,3)",
    ] {
        let name = call.split('(').next().unwrap();
        assert_eq!(shown(&database, &format!("select {call}")), refused(name));
    }
    for call in
        ["offsets(1)", "matchinfo(1)", "optimize(1)", "regexp('a','b')", "median(1)", "soundex('abc')"]
    {
        let name = call.split('(').next().unwrap();
        let message = format!("!! no such function: {name} at offset 7: SQLITE_ERROR");
        assert_eq!(shown(&database, &format!("select {call}")), message);
    }
    check(
        &database,
        &[
            ("create table gen(a, b as (sqlite_version()))", &refused("sqlite_version").replace("7:", "26:")),
            ("select json_each.value from json_each('[1,2]')", "1 2"),
            ("select '{\"a\":[5]}' -> 'a' ->> 0, json_array(1,'x'), json_group_array(3)", "5|[1,\"x\"]|[3]"),
            ("select concat('a',1), format('%d',1), iif(1,2), unhex('41'), char(65)", "a1|1|2|x'41'|A"),
            (
                "select likely(1), unlikely(1), likelihood(1,0.5), typeof(random()), length(randomblob(3))",
                "1|1|1|integer|3",
            ),
            (
                "select date(0,'unixepoch'), timediff('2020-01-02','2020-01-01')",
                "1970-01-01|+0000-00-01 00:00:00.000",
            ),
            (
                "select row_number() over w, rank() over w, ntile(1) over w, lag(v) over w, sum(v) over w \
                 from (select 5 as v union all select 6) window w as (order by v)",
                "1|1|1|NULL|5 2|2|1|5|11",
            ),
            (
                "with recursive c(n) as (select 1 union all select n+1 from c where n<5) select sum(n) from c",
                "15",
            ),
            (
                "select glob('a*','ab'), like('a%','ab'), instr('abc','b'), nullif(1,1), octet_length('é')",
                "1|1|2|NULL|2",
            ),
            (
                "select group_concat(x, ',' order by x desc), string_agg(x,'-') from (select 1 x union select 2)",
                "2,1|1-2",
            ),
        ],
    );
}

#[test]
fn mathematics() {
    let database = fresh();
    check(
        &database,
        &[
            ("select acos()", "!! wrong number of arguments to function acos() at offset 7: SQLITE_ERROR"),
            ("select log(1,2,3)", "!! wrong number of arguments to function log() at offset 7: SQLITE_ERROR"),
            (
                "select log(100), log(2,8), ln(1), log2(8), mod(7,3), pi(), trunc(2.7), trunc(-2.7)",
                "2|3|0|3|1|3.141592653589793|2|-2",
            ),
            (
                "select ceil(1.2), floor(-1.2), degrees(pi()), radians(180), pow(2,3), atan2(1,1)",
                "2|-2|180|3.141592653589793|8|0.7853981633974483",
            ),
            (
                "select acos(2), sqrt(-1), ln(0), log(0), floor(null), exp(1)",
                "NULL|NULL|NULL|NULL|NULL|2.718281828459045",
            ),
            (
                "select typeof(ceil(5)), typeof(ceil('5')), typeof(ceil('x')), typeof(trunc(9223372036854775807))",
                "integer|integer|null|integer",
            ),
            (
                "select ceil(x'00'), log('100'), log('x'), mod(5,0), mod(-7,3), typeof(mod(7,3)), pow('2',3)",
                "NULL|2|NULL|NULL|-1|real|8",
            ),
            (
                "select log(-1), log(1,5), log(0,5), log(2,0), log2(0), acosh(0.5), atanh(2)",
                "NULL|NULL|NULL|NULL|NULL|NULL|NULL",
            ),
            (
                "select sin(0), cos(0), tan(0), asin(0), atan(0), sinh(0), cosh(0), tanh(0), asinh(0), acosh(1), atanh(0)",
                "0|1|0|0|0|0|1|0|0|0|0",
            ),
            ("create table t(a, b as (floor(a)) stored); create index i on t(sqrt(a))", ""),
            ("insert into t(a) values(9.5); select b from t", "9"),
        ],
    );
}

#[test]
fn generated_columns_with_mathematics_survive_reopening() {
    let memory = crate::memory::Memory::default();
    let database = memory.open();
    run(
        &database,
        "create table t(a, b as (floor(a)) stored, check (sqrt(a) < 9)); create index i on t(sqrt(a))",
    )
    .unwrap();
    memory.keep(database.commit().unwrap());
    check(
        &memory.open(),
        &[("insert into t(a) values(4.5); select b, sqrt(a) from t", "4|2.1213203435596424")],
    );
    let check_failed =
        "!! CHECK constraint failed: sqrt(a) < 9: SQLITE_CONSTRAINT (extended: SQLITE_CONSTRAINT_CHECK)";
    check(&memory.open(), &[("insert into t(a) values(100)", check_failed)]);
}

#[test]
fn pragmas_of_the_list_only() {
    let database = fresh();
    run(&database, "create table t(a integer primary key, b); create index i on t(b)").unwrap();
    let info = "0|a|INTEGER|0|NULL|1 1|b||0|NULL|0";
    let table = "main|t|table|2|0|0";
    check(
        &database,
        &[
            ("pragma table_list(t)", table),
            ("pragma table_list(_cf_KV)", ""),
            ("select * from pragma_table_list('t')", table),
            ("pragma table_info(t)", info),
            ("pragma table_info('t')", info),
            ("pragma TABLE_INFO=t", info),
            ("pragma main.table_info(t)", info),
            ("select * from pragma_table_info('t')", info),
            ("pragma index_info(i)", "0|1|b"),
            ("pragma index_list(t)", "0|i|0|c|0"),
            ("select p.name from sqlite_master m, pragma_index_list(m.name) p", "i"),
            ("pragma foreign_key_list(t)", ""),
            ("pragma foreign_key_check", ""),
            ("pragma foreign_key_check(t)", ""),
            ("pragma page_size", "4096"),
            ("pragma quick_check", "ok"),
            ("pragma quick_check(5)", "ok"),
            ("pragma quick_check('t')", "ok"),
            ("select * from pragma_quick_check", "ok"),
            ("pragma optimize", ""),
            ("pragma optimize(0x10002)", ""),
            ("pragma recursive_triggers=on; pragma recursive_triggers", "1"),
            ("pragma foreign_keys=\"on\"; pragma foreign_keys", "1"),
            ("pragma legacy_alter_table='off'; pragma legacy_alter_table", "0"),
            ("pragma case_sensitive_like=on; select 'a' like 'A'", "0"),
            ("pragma ignore_check_constraints", "0"),
            ("pragma reverse_unordered_selects", "0"),
        ],
    );
    let refused = [
        "table_info",
        "foreign_keys=2",
        "foreign_keys=o",
        "foreign_keys=''",
        "data_version=1",
        "page_size=1024",
        "optimize(t)",
        "user_version",
        "user_version=5",
        "journal_mode",
        "journal_mode=delete",
        "page_count",
        "freelist_count",
        "integrity_check",
        "nope",
        "writable_schema=1",
        "cache_size",
        "cache_spill=on",
        "encoding",
        "database_list",
        "function_list",
        "module_list",
        "compile_options",
        "schema_version",
        "max_page_count",
        "locking_mode=normal",
        "synchronous=full",
        "temp_store",
        "mmap_size",
        "wal_checkpoint",
        "auto_vacuum=full",
        "shrink_memory",
        "temp.table_info(t)",
        "trusted_schema",
    ];
    for pragma in refused {
        assert_eq!(shown(&database, &format!("pragma {pragma}")), DENIED, "{pragma}");
    }
    denied(&database, &["select * from pragma_user_version", "select * from pragma_function_list"]);
}

#[test]
fn the_schema_itself_is_read_only() {
    let refused = "!! table sqlite_master may not be modified: SQLITE_ERROR";
    check(
        &fresh(),
        &[
            ("create table t(a)", ""),
            ("insert into sqlite_master values(1,1,1,1,1)", refused),
            ("update sqlite_master set sql=1", refused),
            ("delete from sqlite_master", refused),
            ("create table sqlite_x(a)", "!! object name reserved for internal use: sqlite_x: SQLITE_ERROR"),
            ("analyze; reindex; reindex t; analyze t", ""),
            ("explain query plan select * from t", "2|0|216|SCAN t"),
        ],
    );
}
