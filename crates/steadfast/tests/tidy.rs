//! Rules about the source that a compiler does not know.
//!
//! Layers point one way, files stay short, and no file lies about undeclared. Each rule is a function
//! over text, with a test of its own at the end.

use std::fs;
use std::path::{Path, PathBuf};

/// From the top down: a layer may name those behind it, never one before it.
const LAYERS: [&str; 6] = ["host", "runtime", "transfer", "backed", "storage", "engine"];
/// Modules every layer may name; they name no layer.
const LEAVES: [&str; 5] = ["clock", "error", "id", "limits", "value"];
/// The npm packages that others of the repository stand on, from the top down: as with [`LAYERS`].
const PACKAGES: [(&str, &str); 3] = [
    ("miniflare-durable-objects", "@steadfast/miniflare-durable-objects"),
    ("storage", "@steadfast/storage"),
    ("steadfast", "steadfast"),
];
/// Lines of a file, tests at its end aside.
const LINES_MAX: usize = 600;
/// Files that may be longer. This list only shrinks.
const LONG_FILES: [&str; 0] = [];

#[test]
fn layers_point_down() {
    let root = crates().join("steadfast/src");
    let mut broken = Vec::new();
    for file in sources(&root) {
        let Some(own) = module_of(&root, &file) else { continue };
        let code = fs::read_to_string(&file).unwrap();
        for named in named_modules(&code).filter(|named| is_upward(&own, named)) {
            broken.push(format!("{} is in {own} and names {named}", file.display()));
        }
    }
    assert!(broken.is_empty(), "{broken:#?}");
}

#[test]
fn every_module_has_its_place() {
    let root = crates().join("steadfast/src");
    for file in sources(&root) {
        if let Some(own) = module_of(&root, &file) {
            let known = LAYERS.contains(&&*own) || LEAVES.contains(&&*own);
            assert!(known, "{own} is neither a layer nor a leaf: {}", file.display());
        }
    }
}

#[test]
fn packages_point_down() {
    let mut broken = Vec::new();
    for (rank, (directory, _)) in PACKAGES.iter().enumerate() {
        for file in typescript(&packages().join(directory)) {
            let code = fs::read_to_string(&file).unwrap();
            for (_, above) in &PACKAGES[..rank] {
                if imports(&code, above) {
                    broken.push(format!("{} imports {above}", file.display()));
                }
            }
        }
    }
    assert!(broken.is_empty(), "{broken:#?}");
}

#[test]
fn every_package_has_its_place() {
    for entry in fs::read_dir(packages()).unwrap() {
        let name = entry.unwrap().file_name();
        assert!(PACKAGES.iter().any(|(directory, _)| name == *directory), "{name:?} is in no layer");
    }
}

#[test]
fn files_are_short() {
    let mut long = Vec::new();
    let scripts = PACKAGES.iter().flat_map(|(directory, _)| typescript(&packages().join(directory)));
    for file in all_sources().into_iter().chain(scripts) {
        let name = file.strip_prefix(repository()).unwrap().to_string_lossy().into_owned();
        let lines = lines_without_tests(&fs::read_to_string(&file).unwrap());
        let is_test = file.components().any(|part| part.as_os_str() == "tests");
        if lines > LINES_MAX && !is_test && !LONG_FILES.contains(&&*name) {
            long.push(format!("{name}: lines={lines} lines_max={LINES_MAX}"));
        }
    }
    assert!(long.is_empty(), "split by responsibility: {long:#?}");
}

#[test]
fn every_file_is_declared() {
    let mut undeclared = Vec::new();
    for file in all_sources() {
        let in_src = file.components().any(|part| part.as_os_str() == "src");
        let declared = parents(&file)
            .iter()
            .any(|parent| fs::read_to_string(parent).is_ok_and(|code| declares(&code, &module_name(&file))));
        if in_src && !is_root(&file) && !declared {
            undeclared.push(file);
        }
    }
    assert!(undeclared.is_empty(), "{undeclared:#?}");
}

fn is_upward(own: &str, named: &str) -> bool {
    let rank = |module: &str| LAYERS.iter().position(|layer| *layer == module);
    match (rank(own), rank(named)) {
        (Some(own), Some(named)) => named < own,
        // A leaf that names a layer.
        (None, Some(_)) => LEAVES.contains(&own),
        (_, None) => false,
    }
}

/// The first-level module a file of the library belongs to; none for `lib.rs`.
fn module_of(root: &Path, file: &Path) -> Option<String> {
    let first = file.strip_prefix(root).unwrap().components().next()?;
    let name = first.as_os_str().to_str()?.trim_end_matches(".rs");
    (name != "lib").then(|| name.to_owned())
}

/// What stands behind `crate::`, comments aside. A group names each of its members.
fn named_modules(code: &str) -> impl Iterator<Item = &str> {
    let lines = code.lines().map(|line| line.split("//").next().unwrap_or_default());
    let behind = lines.flat_map(|line| line.split("crate::").skip(1));
    behind
        .flat_map(|rest| match rest.strip_prefix('{') {
            Some(group) => group.split('}').next().unwrap_or_default().split(',').collect::<Vec<_>>(),
            None => vec![rest],
        })
        .map(|path| {
            let path = path.trim();
            let end = path.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(path.len());
            &path[..end]
        })
}

fn lines_without_tests(code: &str) -> usize {
    code.lines().take_while(|line| *line != "mod tests {").count()
}

fn declares(code: &str, module: &str) -> bool {
    let declaration = format!("mod {module};");
    code.lines().any(|line| {
        let line = line.trim();
        line == declaration || (line.starts_with("pub") && line.ends_with(&format!(" {declaration}")))
    })
}

/// A file that no `mod` line declares: the root of a crate, or a build script.
fn is_root(file: &Path) -> bool {
    let name = file.file_name().unwrap().to_str().unwrap();
    matches!(name, "lib.rs" | "main.rs" | "build.rs") || file.parent().is_some_and(|dir| dir.ends_with("bin"))
}

fn module_name(file: &Path) -> String {
    let file = if file.ends_with("mod.rs") { file.parent().unwrap() } else { file };
    file.file_stem().unwrap().to_str().unwrap().to_owned()
}

/// Where a file may be declared.
fn parents(file: &Path) -> [PathBuf; 4] {
    let directory = file.parent().unwrap();
    let directory = if file.ends_with("mod.rs") { directory.parent().unwrap() } else { directory };
    [
        directory.join("mod.rs"),
        directory.join("lib.rs"),
        directory.join("main.rs"),
        directory.with_extension("rs"),
    ]
}

fn all_sources() -> Vec<PathBuf> {
    let members = fs::read_dir(crates()).unwrap().map(|entry| entry.unwrap().path());
    members
        .flat_map(|member| ["src", "tests"].map(|part| member.join(part)))
        .flat_map(|part| sources(&part))
        .collect()
}

/// The Rust files below a directory; none if it does not exist.
fn sources(directory: &Path) -> Vec<PathBuf> {
    files_with(directory, &["rs"])
}

/// The TypeScript files of an npm package.
fn typescript(package: &Path) -> Vec<PathBuf> {
    files_with(&package.join("src"), &["ts", "cts"])
}

/// Whether TypeScript loads an npm package, or a part of it. Examples in comments may.
fn imports(code: &str, package: &str) -> bool {
    let loads = |line: &str| ["from \"", "import", "require("].iter().any(|word| line.contains(word));
    let named = [format!("\"{package}\""), format!("\"{package}/")];
    let comment = |line: &str| ["*", "//", "/*"].iter().any(|mark| line.trim_start().starts_with(mark));
    let mut lines = code.lines().filter(|line| loads(line) && !comment(line));
    lines.any(|line| named.iter().any(|name| line.contains(name)))
}

/// The files below a directory with one of the extensions; none if it does not exist.
fn files_with(directory: &Path, extensions: &[&str]) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(directory) else { return Vec::new() };
    let mut files = Vec::new();
    for path in entries.map(|entry| entry.unwrap().path()) {
        if path.is_dir() {
            files.extend(files_with(&path, extensions));
        } else if path.extension().is_some_and(|own| extensions.iter().any(|wanted| own == *wanted)) {
            files.push(path);
        }
    }
    files
}

fn crates() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

fn repository() -> &'static Path {
    crates().parent().unwrap()
}

fn packages() -> PathBuf {
    repository().join("packages")
}

#[test]
fn the_rules_catch_what_they_should() {
    let named = |code| named_modules(code).map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(named("use crate::engine::Key; // crate::host"), ["engine"]);
    assert_eq!(
        named("pub(in crate::engine) use crate::{limits, storage::Store};"),
        ["engine", "limits", "storage"]
    );
    assert_eq!(named("/// [`Lane`](crate::runtime::Lane)"), [""; 0]);
    assert!(is_upward("engine", "storage") && is_upward("storage", "host") && is_upward("limits", "engine"));
    assert!(
        !is_upward("runtime", "engine") && !is_upward("engine", "engine") && !is_upward("engine", "limits")
    );
    assert!(imports("import { a } from \"steadfast/backed\";", "steadfast"));
    assert!(imports("const a = require(\"@steadfast/storage\");", "@steadfast/storage"));
    assert!(
        !imports("import { a } from \"./steadfast\";", "steadfast")
            && !imports(" * import \"steadfast\"", "steadfast")
    );
    assert_eq!(lines_without_tests("a\n#[cfg(test)]\nmod tests {\nb\n}\n"), 2);
    assert!(declares("pub(crate) mod a;", "a") && declares("mod a;", "a"));
    assert!(!declares("// mod a;", "a") && !declares("mod ab;", "a"));
    assert_eq!(module_of(Path::new("src"), Path::new("src/engine/base/open.rs")).as_deref(), Some("engine"));
    assert_eq!(module_name(Path::new("src/engine/base/mod.rs")), "base");
}
