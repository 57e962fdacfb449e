//! What a program may do: the decision behind the authorizer.

use libsqlite3_sys as ffi;

use crate::functions;

/// What a statement wants, in SQLite's terms. Names are bytes: SQLite does not check their encoding.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Request<'a> {
    pub(crate) action: i32,
    pub(crate) first: Option<&'a [u8]>,
    pub(crate) second: Option<&'a [u8]>,
    /// The schema: `main`, or the one of temporary objects.
    pub(crate) database: Option<&'a [u8]>,
    /// The trigger or view that wants it.
    pub(crate) within: Option<&'a [u8]>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Verdict {
    Allow,
    Deny,
    /// A statement about transactions, which have an error of their own.
    Transaction,
}

/// Whether the request is granted.
pub(crate) fn verdict(request: &Request<'_>) -> Verdict {
    if let ffi::SQLITE_TRANSACTION | ffi::SQLITE_SAVEPOINT = request.action {
        return Verdict::Transaction;
    }
    if request.within.is_some_and(is_reserved) {
        return Verdict::Deny;
    }
    // DROP COLUMN names the column in the place of the schema.
    let database = request.database.filter(|_| request.action != ffi::SQLITE_ALTER_TABLE);
    let allowed = match database {
        None | Some(b"main") => main_allows(request),
        Some(b"temp") => {
            matches!(request.action, ffi::SQLITE_READ | ffi::SQLITE_UPDATE) && is_free(request.first)
        }
        Some(_) => false,
    };
    if allowed { Verdict::Allow } else { Verdict::Deny }
}

/// Whether a name belongs to the runtime.
pub(crate) fn is_reserved(name: &[u8]) -> bool {
    name.get(..4).is_some_and(|start| start.eq_ignore_ascii_case(b"_cf_"))
}

fn is_free(name: Option<&[u8]>) -> bool {
    name.is_none_or(|name| !is_reserved(name))
}

fn main_allows(request: &Request<'_>) -> bool {
    let Request { first, second, .. } = *request;
    match request.action {
        ffi::SQLITE_SELECT | ffi::SQLITE_RECURSIVE | ffi::SQLITE_ANALYZE => true,
        ffi::SQLITE_READ
        | ffi::SQLITE_INSERT
        | ffi::SQLITE_UPDATE
        | ffi::SQLITE_DELETE
        | ffi::SQLITE_CREATE_TABLE
        | ffi::SQLITE_DROP_TABLE
        | ffi::SQLITE_DROP_VTABLE
        | ffi::SQLITE_CREATE_VIEW
        | ffi::SQLITE_DROP_VIEW
        | ffi::SQLITE_REINDEX => is_free(first),
        ffi::SQLITE_CREATE_INDEX
        | ffi::SQLITE_DROP_INDEX
        | ffi::SQLITE_CREATE_TRIGGER
        | ffi::SQLITE_DROP_TRIGGER => is_free(first) && is_free(second),
        ffi::SQLITE_ALTER_TABLE => first == Some(b"main") && is_free(second),
        ffi::SQLITE_CREATE_VTABLE => is_free(first) && second.is_some_and(is_module),
        ffi::SQLITE_PRAGMA => first.is_some_and(|name| pragma_allows(name, second)),
        ffi::SQLITE_FUNCTION => second.is_some_and(functions::is_allowed),
        _ => false,
    }
}

fn is_module(name: &[u8]) -> bool {
    MODULES.iter().any(|module| name.eq_ignore_ascii_case(module.as_bytes()))
}

/// What virtual tables may be made of.
const MODULES: [&str; 4] = ["fts5", "fts5vocab", "rtree", "rtree_i32"];

/// Whether what a statement does or says depends on the connection and not on the database alone.
pub(crate) fn relies_on_connection(request: &Request<'_>) -> bool {
    let is = |name: Option<&[u8]>, known: &[&str]| {
        name.is_some_and(|name| known.iter().any(|known| is_same(name, known)))
    };
    match request.action {
        ffi::SQLITE_PRAGMA => request.second.is_some() && is(request.first, &SETTINGS),
        ffi::SQLITE_FUNCTION => is(request.second, &["changes", "last_insert_rowid", "total_changes"]),
        _ => false,
    }
}

fn pragma_allows(name: &[u8], argument: Option<&[u8]>) -> bool {
    let is = |known: &[&str]| known.iter().any(|known| is_same(name, known));
    if is(&["table_list"]) {
        true
    } else if is(&ABOUT_A_NAME) {
        argument.is_some_and(|argument| !is_reserved(argument))
    } else if is(&["foreign_key_check"]) {
        is_free(argument)
    } else if is(&SETTINGS) {
        argument.is_none_or(is_boolean)
    } else if is(&["data_version", "page_size"]) {
        argument.is_none()
    } else if is(&["quick_check"]) {
        is_free(argument)
    } else if is(&["optimize"]) {
        argument.is_none_or(is_number)
    } else {
        false
    }
}

fn is_same(name: &[u8], known: &str) -> bool {
    name.eq_ignore_ascii_case(known.as_bytes())
}

const ABOUT_A_NAME: [&str; 6] =
    ["table_info", "table_xinfo", "foreign_key_list", "index_info", "index_list", "index_xinfo"];

const SETTINGS: [&str; 7] = [
    "case_sensitive_like",
    "foreign_keys",
    "defer_foreign_keys",
    "ignore_check_constraints",
    "legacy_alter_table",
    "recursive_triggers",
    "reverse_unordered_selects",
];

/// Whether text starts with a word for true or false: the real runtime looks no further.
fn is_boolean(text: &[u8]) -> bool {
    ["true", "false", "yes", "no", "on", "off", "1", "0"]
        .iter()
        .any(|word| text.get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word.as_bytes())))
}

fn is_number(text: &[u8]) -> bool {
    let digits = text.strip_prefix(b"-").unwrap_or(text);
    match digits.strip_prefix(b"0x") {
        Some(digits) => !digits.is_empty() && digits.iter().all(u8::is_ascii_hexdigit),
        None => !digits.is_empty() && digits.iter().all(u8::is_ascii_digit),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allows(action: i32, first: &str, second: &str) -> bool {
        let bytes = |text: &'static str| Some(text.as_bytes()).filter(|text| !text.is_empty());
        let (first, second) = (first.to_owned().leak(), second.to_owned().leak());
        let request = Request {
            action,
            first: bytes(first),
            second: bytes(second),
            database: Some(b"main"),
            within: None,
        };
        verdict(&request) == Verdict::Allow
    }

    #[test]
    fn reserved_names_are_refused_in_any_case_and_place() {
        for name in ["_cf_", "_cf_KV", "_CF_x", "_Cf_x"] {
            assert!(!allows(ffi::SQLITE_READ, name, "a"));
            assert!(
                !allows(ffi::SQLITE_CREATE_INDEX, "i", name) && !allows(ffi::SQLITE_DROP_INDEX, name, "t")
            );
            assert!(!allows(ffi::SQLITE_ALTER_TABLE, "main", name));
            assert!(!allows(ffi::SQLITE_PRAGMA, "table_info", name));
            assert!(!allows(ffi::SQLITE_CREATE_VTABLE, name, "fts5"));
        }
        for name in ["_cf", "_cfx", "a_cf_", "cf_"] {
            assert!(allows(ffi::SQLITE_READ, name, "a") && allows(ffi::SQLITE_CREATE_INDEX, "i", name));
        }
    }

    #[test]
    fn pragmas_take_only_the_arguments_of_their_group() {
        let pragma = |name, argument| allows(ffi::SQLITE_PRAGMA, name, argument);
        for argument in ["on", "TRUE", "Yes", "1", "0", "nope", "on1", "01", "off"] {
            assert!(pragma("foreign_keys", argument), "{argument}");
        }
        for argument in ["2", "o", "of", "t", "x"] {
            assert!(!pragma("foreign_keys", argument), "{argument}");
        }
        assert!(pragma("optimize", "0x10002") && pragma("optimize", "-1") && !pragma("optimize", "t"));
        assert!(!pragma("optimize", "1.5") && !pragma("optimize", "0x") && !pragma("optimize", "-"));
        assert!(pragma("page_size", "") && !pragma("page_size", "1024"));
        assert!(!pragma("table_info", "") && pragma("table_list", "_cf_KV") && pragma("quick_check", "5"));
        assert!(
            !pragma("quick_check", "_cf_KV") && !pragma("user_version", "") && !pragma("journal_mode", "")
        );
        assert!(pragma("FOREIGN_KEYS", "1"));
    }

    #[test]
    fn temporary_and_attached_schemas_are_closed() {
        let request = |database, action| Request {
            action,
            first: Some(b"sqlite_temp_master"),
            second: Some(b"name"),
            database: Some(database),
            within: None,
        };
        assert_eq!(verdict(&request(b"temp", ffi::SQLITE_READ)), Verdict::Allow);
        assert_eq!(verdict(&request(b"temp", ffi::SQLITE_INSERT)), Verdict::Deny);
        assert_eq!(verdict(&request(b"other", ffi::SQLITE_READ)), Verdict::Deny);
        assert!(!allows(ffi::SQLITE_ATTACH, "x", "") && !allows(ffi::SQLITE_CREATE_TEMP_TABLE, "x", ""));
        assert!(
            !allows(ffi::SQLITE_CREATE_VTABLE, "x", "fts3") && allows(ffi::SQLITE_CREATE_VTABLE, "x", "FTS5")
        );
    }
}
