//! Texts of errors.

use crate::memory::{check, fresh};

#[test]
fn constraints_name_what_they_are_about() {
    let unique = "!! UNIQUE constraint failed: u.a: SQLITE_CONSTRAINT (extended: SQLITE_CONSTRAINT_UNIQUE)";
    let not_null =
        "!! NOT NULL constraint failed: u.b: SQLITE_CONSTRAINT (extended: SQLITE_CONSTRAINT_NOTNULL)";
    let checked = "!! CHECK constraint failed: c>0: SQLITE_CONSTRAINT (extended: SQLITE_CONSTRAINT_CHECK)";
    let primary =
        "!! UNIQUE constraint failed: u.d: SQLITE_CONSTRAINT (extended: SQLITE_CONSTRAINT_PRIMARYKEY)";
    let foreign =
        "!! FOREIGN KEY constraint failed: SQLITE_CONSTRAINT (extended: SQLITE_CONSTRAINT_FOREIGNKEY)";
    let strict = "!! cannot store TEXT value in INTEGER column st.a: SQLITE_CONSTRAINT (extended: SQLITE_CONSTRAINT_DATATYPE)";
    let trigger = "!! custom: msg: SQLITE_CONSTRAINT (extended: SQLITE_CONSTRAINT_TRIGGER)";
    check(
        &fresh(),
        &[
            ("create table u(a unique, b not null, c check (c>0), d integer primary key)", ""),
            ("insert into u values(1,1,1,1)", ""),
            ("insert into u values(1,1,1,2)", unique),
            ("insert into u values(2,null,1,2)", not_null),
            ("insert into u values(2,1,-1,2)", checked),
            ("insert into u values(2,1,1,1)", primary),
            ("insert into u values(2,1,1,'x')", "!! datatype mismatch: SQLITE_MISMATCH"),
            ("create table p(a primary key) without rowid; create table f(x references p(a))", ""),
            ("insert into f values(1)", foreign),
            ("create table st(a integer) strict", ""),
            ("insert into st values('x')", strict),
            ("create trigger ta before insert on p begin select raise(abort, 'custom: msg'); end", ""),
            ("insert into p values(1)", trigger),
        ],
    );
}

#[test]
fn statements_that_do_not_compile_say_where() {
    check(
        &fresh(),
        &[
            ("selec 1", "!! near \"selec\": syntax error at offset 0: SQLITE_ERROR"),
            ("create table u(a, b)", ""),
            ("create table u(a)", "!! table u already exists at offset 13: SQLITE_ERROR"),
            ("drop table nope", "!! no such table: nope: SQLITE_ERROR"),
            ("insert into nope values(1)", "!! no such table: nope: SQLITE_ERROR"),
            ("insert into u values(1)", "!! table u has 2 columns but 1 values were supplied: SQLITE_ERROR"),
            ("insert into u(zz) values(1)", "!! table u has no column named zz: SQLITE_ERROR"),
            ("select * from u where", "!! incomplete input: SQLITE_ERROR"),
            ("select a, nope from u", "!! no such column: nope at offset 10: SQLITE_ERROR"),
            ("select u.nope from u", "!! no such column: u.nope at offset 7: SQLITE_ERROR"),
            ("select nope.* from u", "!! no such table: nope: SQLITE_ERROR"),
            ("create index dd on u(nope)", "!! no such column: nope at offset 21: SQLITE_ERROR"),
            ("create table dup(a, a)", "!! duplicate column name: a: SQLITE_ERROR"),
            ("select x'0'", "!! unrecognized token: \"x'0'\" at offset 7: SQLITE_ERROR"),
            ("select max()", "!! wrong number of arguments to function max() at offset 7: SQLITE_ERROR"),
            ("select foo(1)", "!! no such function: foo at offset 7: SQLITE_ERROR"),
            (
                "select * from u order by 9",
                "!! 1st ORDER BY term out of range - should be between 1 and 2: SQLITE_ERROR",
            ),
        ],
    );
}

#[test]
fn statements_that_fail_say_why() {
    check(
        &fresh(),
        &[
            ("select abs(-9223372036854775808)", "!! integer overflow: SQLITE_ERROR"),
            ("select json('{')", "!! malformed JSON: SQLITE_ERROR"),
            ("select json_extract('{}','x')", "!! bad JSON path: 'x': SQLITE_ERROR"),
            ("select raise(abort,'x')", "!! RAISE() may only be used within a trigger-program: SQLITE_ERROR"),
            ("select 1 limit 'x'", "!! datatype mismatch: SQLITE_MISMATCH"),
            ("select load_extension('x')", "!! not authorized: SQLITE_ERROR"),
            (
                "select 'a' match 'b'",
                "!! unable to use function MATCH in the requested context: SQLITE_ERROR",
            ),
        ],
    );
}
