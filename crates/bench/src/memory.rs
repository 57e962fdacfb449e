//! Resident memory of a process and all that it started.

use std::collections::HashMap;
use std::fs;

/// Bytes resident in `root` and its descendants; pages they share count once for each.
pub(crate) fn resident_bytes(root: u32) -> Result<u64, String> {
    let mut processes: HashMap<u32, (u32, u64)> = HashMap::new();
    let entries = fs::read_dir("/proc").map_err(|error| format!("no /proc: {error}"))?;
    for entry in entries.flatten() {
        let Some(id) = entry.file_name().to_str().and_then(|name| name.parse().ok()) else {
            continue;
        };
        // A process that ended meanwhile has no status any more.
        if let Ok(status) = fs::read_to_string(entry.path().join("status")) {
            let parent = field(&status, "PPid:").unwrap_or(0);
            let resident_kib = field(&status, "VmRSS:").unwrap_or(0);
            processes.insert(id, (u32::try_from(parent).unwrap_or(0), resident_kib * 1024));
        }
    }
    if !processes.contains_key(&root) {
        return Err(format!("the server has ended: process={root}"));
    }
    let inside = |mut id: u32| {
        while id != root {
            match processes.get(&id) {
                Some(&(parent, _)) => id = parent,
                None => return false,
            }
        }
        true
    };
    let members = processes.iter().filter(|&(&id, _)| inside(id));
    Ok(members.map(|(_, &(_, bytes))| bytes).sum())
}

/// The number after `name` in a status file.
fn field(status: &str, name: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix(name))?;
    line.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_process_has_memory() {
        assert!(resident_bytes(std::process::id()).unwrap() > 100_000);
        assert!(resident_bytes(u32::MAX).is_err());
    }
}
