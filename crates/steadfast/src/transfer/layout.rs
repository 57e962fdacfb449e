//! The directory in which workerd keeps objects.
//!
//! ```text
//! <root>/<unique key>/<64 hex digits>.sqlite      an object, with -wal and -shm while it is open
//! <root>/<unique key>/<64 hex digits>.<n>.sqlite  facet n of the object
//! <root>/<unique key>/<64 hex digits>.facets      the names of its facets
//! <root>/<unique key>/metadata.sqlite             the namespace's alarms, an index
//! ```

use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};

use super::TransferError;
use crate::id::ObjectId;
use crate::limits::{ID_BYTES, NAMESPACE_KEY_BYTES_MAX};

/// What a directory of workerd's holds, by name; nothing is opened.
pub(super) struct Source {
    /// Where the namespaces are.
    pub(super) root: PathBuf,
    /// In order of their keys.
    pub(super) namespaces: Vec<NamespaceFiles>,
}

/// The files of one namespace.
pub(super) struct NamespaceFiles {
    /// The unique key, `<worker>-<Class>`.
    pub(super) key: String,
    /// The index of alarms, if there is one.
    pub(super) metadata: Option<PathBuf>,
    /// The objects, in order of their ids.
    pub(super) objects: Vec<([u8; ID_BYTES], PathBuf)>,
    /// Databases of facets.
    pub(super) facets: Vec<PathBuf>,
    /// Files that are nothing workerd writes.
    pub(super) others: Vec<PathBuf>,
}

/// What a file of a namespace's directory is.
#[derive(PartialEq, Eq, Debug)]
enum FileKind {
    Object([u8; ID_BYTES]),
    Facet,
    Metadata,
    /// A write-ahead file, its index, or the index of facets: read with the file it belongs to.
    Beside,
    Other,
}

impl Source {
    /// Finds the namespaces below a directory: that of a project, of its state, or of the objects.
    ///
    /// # Errors
    /// When there is no directory of workerd's, or it cannot be listed.
    pub(super) fn find(given: &Path) -> Result<Self, TransferError> {
        for below in ROOTS {
            let root = if below.is_empty() { given.to_owned() } else { given.join(below) };
            let namespaces = namespaces(&root)?;
            if !namespaces.is_empty() {
                return Ok(Self { root, namespaces });
            }
        }
        Err(TransferError::NoSource { path: given.into() })
    }

    pub(super) fn object_count(&self) -> u64 {
        self.namespaces.iter().map(|namespace| namespace.objects.len() as u64).sum()
    }
}

/// The name of an object's file.
pub(super) fn object_file(id: &[u8; ID_BYTES]) -> String {
    id_text(id) + OBJECT_SUFFIX
}

/// An id as people and workerd write it: 64 hex digits in lower case.
pub(super) fn id_text(id: &[u8; ID_BYTES]) -> String {
    ObjectId::from_bytes(*id, None).to_string()
}

/// The path of the file SQLite keeps beside a database.
pub(super) fn beside(database: &Path, suffix: &str) -> PathBuf {
    let mut path = OsString::from(database);
    path.push(suffix);
    path.into()
}

/// Whether a key can be the name of a directory.
pub(super) fn is_directory_name(key: &str) -> bool {
    let reserved = key.is_empty() || key == "." || key == "..";
    !reserved && key.len() <= NAMESPACE_KEY_BYTES_MAX && !key.contains(['/', '\\', '\0'])
}

fn namespaces(root: &Path) -> Result<Vec<NamespaceFiles>, TransferError> {
    let mut found = Vec::new();
    for path in entries(root)? {
        let key = path.file_name().and_then(|name| name.to_str());
        let Some(key) = key.filter(|_| path.is_dir()) else { continue };
        let namespace = namespace(key, &path)?;
        if namespace.metadata.is_some() || !namespace.objects.is_empty() {
            found.push(namespace);
        }
    }
    found.sort_by(|one, other| one.key.cmp(&other.key));
    Ok(found)
}

fn namespace(key: &str, directory: &Path) -> Result<NamespaceFiles, TransferError> {
    let mut files = NamespaceFiles {
        key: key.to_owned(),
        metadata: None,
        objects: Vec::new(),
        facets: Vec::new(),
        others: Vec::new(),
    };
    for path in entries(directory)? {
        match path.file_name().and_then(|name| name.to_str()).map_or(FileKind::Other, kind) {
            FileKind::Object(id) => files.objects.push((id, path)),
            FileKind::Facet => files.facets.push(path),
            FileKind::Metadata => files.metadata = Some(path),
            FileKind::Beside => {}
            FileKind::Other => files.others.push(path),
        }
    }
    files.objects.sort();
    files.facets.sort();
    files.others.sort();
    Ok(files)
}

/// What is in a directory; nothing if it is none.
fn entries(directory: &Path) -> Result<Vec<PathBuf>, TransferError> {
    let fails = |source| TransferError::io("list the directory", directory, source);
    let entries = match directory.read_dir() {
        Ok(entries) => entries,
        Err(source) if matches!(source.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
            return Ok(Vec::new());
        }
        Err(source) => return Err(fails(source)),
    };
    entries.map(|entry| entry.map(|entry| entry.path()).map_err(fails)).collect()
}

fn kind(name: &str) -> FileKind {
    let database = ["-wal", "-shm"].iter().find_map(|suffix| name.strip_suffix(suffix));
    if database.is_some_and(|database| kind(database) != FileKind::Other) {
        return FileKind::Beside;
    }
    if name == METADATA_FILE {
        return FileKind::Metadata;
    }
    let Some((id, rest)) = name.split_at_checked(2 * ID_BYTES) else { return FileKind::Other };
    let Some(id) = parse_id(id) else { return FileKind::Other };
    match rest {
        OBJECT_SUFFIX => FileKind::Object(id),
        FACETS_SUFFIX => FileKind::Beside,
        _ => {
            let number = rest.strip_prefix('.').and_then(|rest| rest.strip_suffix(OBJECT_SUFFIX));
            let is_number = number.is_some_and(|number| number.parse::<u16>().is_ok());
            if is_number { FileKind::Facet } else { FileKind::Other }
        }
    }
}

/// An id as [`id_text`] writes it.
pub(super) fn parse_id(text: &str) -> Option<[u8; ID_BYTES]> {
    if text.len() != 2 * ID_BYTES {
        return None;
    }
    let mut id = [0; ID_BYTES];
    for (byte, pair) in id.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
        *byte = nibble(pair[0])? << 4 | nibble(pair[1])?;
    }
    Some(id)
}

fn nibble(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        _ => None,
    }
}

/// The namespace's index of alarms.
pub(super) const METADATA_FILE: &str = "metadata.sqlite";
const OBJECT_SUFFIX: &str = ".sqlite";
const FACETS_SUFFIX: &str = ".facets";

/// Where the namespaces are below what people name: the directory itself, `v3`, `state`, `.wrangler`, the
/// project.
const ROOTS: [&str; 5] = ["", "do", "v3/do", "state/v3/do", ".wrangler/state/v3/do"];

/// Every name of a table that is workerd's own begins with it; user code cannot make one.
pub(super) const RESERVED_PREFIX: &str = "_cf_";

/// Keys and values.
pub(super) const KV_TABLE: &str = "CREATE TABLE _cf_KV (key TEXT PRIMARY KEY, value BLOB) WITHOUT ROWID";
/// The object's own facts, by number.
pub(super) const OBJECT_METADATA_TABLE: &str =
    "CREATE TABLE _cf_METADATA (key INTEGER PRIMARY KEY, value BLOB)";
/// The row of [`OBJECT_METADATA_TABLE`] with the alarm: nanoseconds since the Unix epoch, or NULL.
pub(super) const ALARM_KEY: i64 = 1;
/// Its row with the last bookmark that was given, counted from 0.
pub(super) const BOOKMARK_KEY: i64 = 2;
/// The alarms of a namespace; times in nanoseconds.
pub(super) const ALARM_TABLE: &str = "CREATE TABLE _cf_ALARM (
    actor_id TEXT PRIMARY KEY, scheduled_time INTEGER, actor_name TEXT) WITHOUT ROWID";

/// Alarms are in milliseconds here, in nanoseconds there.
pub(super) const NS_PER_MS: i64 = 1_000_000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_known_by_its_name() {
        let id = "0123456789abcdef".repeat(4);
        let bytes = parse_id(&id).unwrap();
        assert_eq!(kind(&format!("{id}.sqlite")), FileKind::Object(bytes));
        assert_eq!(object_file(&bytes), format!("{id}.sqlite"));
        assert_eq!(kind(&format!("{id}.1.sqlite")), FileKind::Facet);
        assert_eq!(kind("metadata.sqlite"), FileKind::Metadata);
        for beside in [".sqlite-wal", ".sqlite-shm", ".1.sqlite-wal", ".facets"] {
            assert_eq!(kind(&format!("{id}{beside}")), FileKind::Beside, "{beside}");
        }
        assert_eq!(kind("metadata.sqlite-wal"), FileKind::Beside);
        let upper = id.to_uppercase();
        let wrong = [&id[1..], &upper, ""].map(|id| format!("{id}.sqlite"));
        let others = wrong.iter().map(String::as_str).chain(["", "a-wal", "é"]);
        for other in others.chain([&*format!("{id}.x.sqlite"), &*format!("{id}.sqlite3")]) {
            assert_eq!(kind(other), FileKind::Other, "{other}");
        }
    }

    #[test]
    fn a_key_with_a_path_in_it_is_no_directory() {
        assert!(is_directory_name("worker-Class") && is_directory_name("-Counter"));
        assert!(!["", ".", "..", "a/b", "a\\b"].into_iter().any(is_directory_name));
    }
}
