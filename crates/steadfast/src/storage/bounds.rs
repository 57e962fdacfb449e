//! How large what an object stores may be.

use super::StorageError;
use crate::limits;

/// Whose limits on stored data hold.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Limits {
    /// Those of workerd on a local disk, where every class is stored in SQLite.
    #[default]
    Local,
    /// Those of Cloudflare's servers, which are narrower, above all for classes not declared to use
    /// SQLite.
    Production,
}

/// Where a class was declared to keep its objects' data.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Backing {
    /// In SQLite: `new_sqlite_classes`, and every class written in Rust.
    #[default]
    Sqlite,
    /// In a key-value store: `new_classes`.
    KeyValue,
}

/// The limits that hold for one store.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Bounds {
    limits: Limits,
    backing: Backing,
}

impl Bounds {
    /// The limits of a class so declared.
    #[must_use]
    pub fn new(limits: Limits, backing: Backing) -> Self {
        Self { limits, backing }
    }

    /// Where the class was declared to keep its data.
    #[must_use]
    pub fn backing(self) -> Backing {
        self.backing
    }

    /// Bytes of key and value together.
    #[must_use]
    pub fn row_bytes_max(self) -> usize {
        match self.limits {
            Limits::Local => limits::LOCAL_ROW_BYTES_MAX,
            Limits::Production => limits::ROW_BYTES_MAX,
        }
    }

    /// Bytes of a row, text or blob in SQL.
    #[must_use]
    pub fn sql_value_bytes_max(self) -> usize {
        match self.limits {
            Limits::Local => limits::LOCAL_SQL_VALUE_BYTES_MAX,
            Limits::Production => limits::ROW_BYTES_MAX,
        }
    }

    /// Arguments of a function in SQL.
    #[must_use]
    pub fn sql_function_arguments_max(self) -> usize {
        match self.limits {
            Limits::Local => limits::LOCAL_SQL_FUNCTION_ARGUMENTS_MAX,
            Limits::Production => limits::SQL_FUNCTION_ARGUMENTS_MAX,
        }
    }

    pub(super) fn check_key(self, key: &[u8]) -> Result<(), StorageError> {
        let key_bytes = key.len();
        if self.is_legacy() && key_bytes > limits::LEGACY_KEY_BYTES_MAX {
            return Err(StorageError::KeyTooLarge { key_bytes });
        }
        if key_bytes > self.row_bytes_max() {
            return Err(StorageError::RowTooLarge);
        }
        Ok(())
    }

    pub(super) fn check_count(self, keys: usize) -> Result<(), StorageError> {
        if self.is_legacy() && keys > limits::LEGACY_BATCH_KEYS_MAX {
            return Err(StorageError::TooManyKeys { keys });
        }
        Ok(())
    }

    /// Whether a key may be stored with this value.
    ///
    /// # Errors
    /// [`StorageError::KeyTooLarge`], [`StorageError::ValueTooLarge`], [`StorageError::RowTooLarge`].
    pub fn check_pair(self, key: &[u8], value: &[u8]) -> Result<(), StorageError> {
        self.check_key(key)?;
        let value_bytes = value.len();
        if self.is_legacy() && value_bytes > limits::LEGACY_VALUE_BYTES_MAX {
            return Err(StorageError::ValueTooLarge { value_bytes });
        }
        if key.len() + value_bytes > self.row_bytes_max() {
            return Err(StorageError::RowTooLarge);
        }
        Ok(())
    }

    fn is_legacy(self) -> bool {
        (self.limits, self.backing) == (Limits::Production, Backing::KeyValue)
    }
}
