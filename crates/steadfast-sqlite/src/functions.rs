//! The functions a program may call.

/// Whether a program may call the function with this name, as SQLite registered it.
pub(crate) fn is_allowed(name: &[u8]) -> bool {
    std::str::from_utf8(name).is_ok_and(|name| ALLOWED.binary_search(&name).is_ok())
}

/// Whether the real runtime does not even know a function that the bundled SQLite has.
pub(crate) fn is_unknown(name: &str) -> bool {
    ["fts3_tokenizer", "matchinfo", "offsets", "optimize", "soundex"].contains(&name)
}

/// Sorted. Cloudflare.
#[rustfmt::skip]
const ALLOWED: [&str; 137] = [
    "->", "->>",
    "abs", "acos", "acosh", "asin", "asinh", "atan", "atan2", "atanh", "avg",
    "bm25",
    "ceil", "changes", "char", "coalesce", "concat", "concat_ws", "cos", "cosh", "count",
    "cume_dist", "current_date", "current_time", "current_timestamp",
    "date", "datetime", "degrees", "dense_rank",
    "exp",
    "first_value", "floor", "format",
    "glob", "group_concat",
    "hex", "highlight",
    "ifnull", "iif", "instr",
    "json", "json_array", "json_array_length", "json_each", "json_extract", "json_group_array",
    "json_group_object", "json_insert", "json_object", "json_patch", "json_quote", "json_remove",
    "json_replace", "json_set", "json_tree", "json_type", "json_valid",
    "jsonb", "jsonb_array", "jsonb_extract", "jsonb_group_array", "jsonb_group_object",
    "jsonb_insert", "jsonb_object", "jsonb_patch", "jsonb_remove", "jsonb_replace", "jsonb_set",
    "julianday",
    "lag", "last_insert_rowid", "last_value", "lead", "length", "like", "likelihood", "likely", "ln",
    "load_extension", "log", "log2", "lower", "ltrim",
    "match", "max", "max_scalar", "min", "min_scalar", "mod",
    "nth_value", "ntile", "nullif",
    "octet_length",
    "percent_rank", "pi", "pow", "printf",
    "quote",
    "radians", "random", "randomblob", "rank", "replace", "round", "row_number", "rtreecheck", "rtrim",
    "sign", "sin", "sinh", "snippet", "sqlite_drop_column", "sqlite_rename_column",
    "sqlite_rename_quotefix", "sqlite_rename_table", "sqlite_rename_test", "sqrt", "strftime",
    "string_agg", "substr", "substring", "sum",
    "tan", "tanh", "time", "timediff", "total", "total_changes", "trim", "trunc", "typeof",
    "unhex", "unicode", "unixepoch", "unlikely", "upper",
    "zeroblob",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_sorted() {
        assert!(ALLOWED.is_sorted());
    }

    #[test]
    fn names_are_compared_as_a_whole() {
        assert!(is_allowed(b"abs") && is_allowed(b"zeroblob") && is_allowed(b"->"));
        assert!(!is_allowed(b"log10") && !is_allowed(b"ab") && !is_allowed(b"\xff"));
    }
}
