//! The rules of the tree: who may depend on whom, how large a file may be, and what must agree with what.
//!
//! They read manifests and sources as text, so they hold for code that no compiler has looked at yet. A failure says
//! what to do.

use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};

/// Code lines of a file, without comments and tests, from which on there is a second noun in it.
const FILE_LINES: usize = 500;

/// What is generated or foreign.
const NOT_OURS: [&str; 8] = ["node_modules", "target", "pkg", "dist", ".git", ".venv", "wharf-data", ".cache"];

/// Inside the server, arrows go from the server to these, from these to the engine, and from nothing else to them.
const PROTOCOLS: [&str; 8] = ["stomp", "events", "hooks", "webhook", "admin", "dashboard", "demo", "ctl"];

/// Inside the server, what every other module may import and what imports none of them.
const LEAVES: [&str; 8] = ["client", "config", "auth", "error", "metrics", "signature", "transport", "websocket"];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").canonicalize().expect("the repository is there")
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The files below `directory` with one of these extensions, as paths from the root.
fn files(directory: &str, extensions: &[&str]) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut directories = vec![root().join(directory)];
    while let Some(directory) = directories.pop() {
        for entry in fs::read_dir(&directory).into_iter().flatten().flatten() {
            let path = entry.path();
            let name = entry.file_name().to_string_lossy().into_owned();
            let ours = !NOT_OURS.contains(&name.as_str());
            match entry.file_type() {
                Ok(kind) if kind.is_dir() && ours => directories.push(path),
                Ok(kind) if kind.is_file() && has_extension(&path, extensions) => {
                    found.push(path.strip_prefix(root()).expect("it is below the root").to_owned());
                }
                _ => (),
            }
        }
    }
    found.sort();
    found
}

fn has_extension(path: &Path, extensions: &[&str]) -> bool {
    path.extension().is_some_and(|extension| extensions.iter().any(|wanted| extension == *wanted))
}

/// A source without comments, empty lines and the tests at its end.
fn code(path: &Path) -> String {
    let text = read(&root().join(path));
    let text = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
    let mut kept = String::new();
    let mut in_comment = false;
    for line in text.lines() {
        let trimmed = line.trim();
        in_comment |= trimmed.starts_with("/*");
        if !in_comment && !trimmed.is_empty() && !trimmed.starts_with("//") {
            kept += line;
            kept.push('\n');
        }
        in_comment &= !trimmed.contains("*/");
    }
    kept
}

/// Whether a file holds nothing but tests: its parent declares it under `#[cfg(test)]`.
fn is_test(path: &Path) -> bool {
    let name = path.file_stem().unwrap_or_default().to_string_lossy();
    let parent = root().join(path.parent().unwrap_or(Path::new("")));
    let siblings = ["mod.rs", "lib.rs", "main.rs"].map(|name| parent.join(name));
    let declared = siblings.iter().filter_map(|path| fs::read_to_string(path).ok());
    name.ends_with(".test") || declared.into_iter().any(|text| text.contains(&format!("#[cfg(test)]\nmod {name};")))
}

/// Whether `word` stands in `line` as a word of its own.
fn has_word(line: &str, word: &str) -> bool {
    let part_of_name = |character: char| character.is_alphanumeric() || character == '_';
    line.match_indices(word).any(|(start, _)| {
        !line[..start].ends_with(part_of_name) && !line[start + word.len()..].starts_with(part_of_name)
    })
}

/// The first components of all paths in `code` that begin with `prefix::`, also within braces: of
/// `use crate::{a::B, c}` these are `a` and `c`.
fn path_heads(code: &str, prefix: &str) -> Vec<String> {
    let name =
        |text: &str| text.chars().take_while(|character| character.is_alphanumeric() || *character == '_').collect();
    let mut heads = Vec::new();
    for (start, matched) in code.match_indices(&format!("{prefix}::")) {
        let rest = &code[start + matched.len()..];
        let Some(group) = rest.strip_prefix('{') else {
            heads.push(name(rest));
            continue;
        };
        let mut depth = 0_u32;
        let mut at_head = true;
        for (index, character) in group.char_indices() {
            match character {
                '{' => depth += 1,
                '}' if depth == 0 => break,
                '}' => depth -= 1,
                ',' if depth == 0 => at_head = true,
                _ if at_head && !character.is_whitespace() => {
                    heads.push(name(&group[index..]));
                    at_head = false;
                }
                _ => (),
            }
        }
    }
    heads
}

/// The names under `[dependencies]` and its like in a manifest, without those for development.
fn dependencies(manifest: &str) -> Vec<String> {
    let text = read(&root().join(manifest));
    let mut names = Vec::new();
    let mut inside = false;
    for line in text.lines().map(str::trim) {
        if line.starts_with('[') {
            inside = line.ends_with("dependencies]") && !line.contains("dev-dependencies");
        } else if inside && !line.is_empty() && !line.starts_with('#') {
            names.push(line.split(['.', ' ', '=']).next().unwrap_or_default().to_owned());
        }
    }
    names
}

/// Fails with all that was found, and what to do about it.
fn assert_none(found: &[String], what_to_do: &str) {
    assert!(found.is_empty(), "{what_to_do}\n  {}", found.join("\n  "));
}

/// Places in the sources below `directory` that have one of `words`.
fn uses(directory: &str, words: &[&str]) -> Vec<String> {
    let mut found = Vec::new();
    for path in files(directory, &["rs"]).into_iter().filter(|path| !is_test(path)) {
        for line in code(&path).lines() {
            if let Some(word) = words.iter().find(|word| has_word(line, word)) {
                found.push(format!("{} uses {word}: {}", path.display(), line.trim()));
            }
        }
    }
    found
}

const OUR_CRATES: [&str; 6] = ["wire", "broker", "store", "gateway", "wharf-client", "acceptance"];

#[test]
fn wire_broker_and_store_depend_on_nothing_of_ours_and_on_no_runtime() {
    let forbidden = ["tokio", "axum", "hyper", "futures-util", "mio", "socket2", "rand", "tracing"];
    let mut found = Vec::new();
    for name in ["wire", "broker", "store"] {
        let manifest = format!("gateway/{name}/Cargo.toml");
        if !root().join(&manifest).exists() {
            continue;
        }
        let bad =
            |dependency: &String| OUR_CRATES.contains(&dependency.as_str()) || forbidden.contains(&dependency.as_str());
        found.extend(dependencies(&manifest).into_iter().filter(bad).map(|it| format!("{manifest} depends on {it}")));
    }
    assert_none(&found, "the cores are pure: move what needs this into the gateway crate, which joins them");
}

#[test]
fn wire_and_broker_do_no_input_or_output_and_read_no_clock() {
    let words = [
        "std::net",
        "std::fs",
        "std::process",
        "std::thread",
        "std::env",
        "Instant",
        "SystemTime",
        "tokio",
        "async",
        "await",
        "println",
        "eprintln",
    ];
    let mut found = uses("gateway/wire/src", &words);
    found.extend(uses("gateway/broker/src", &words));
    assert_none(&found, "time, ids and octets are arguments of the cores: let the caller pass them in");
}

#[test]
fn the_broker_knows_no_protocol() {
    let found = uses("gateway/broker/src", &["wire", "stomp", "Stomp", "websocket", "WebSocket", "http", "axum"]);
    assert_none(
        &found,
        "the broker has commands and effects only: put what a protocol needs into that protocol's translate file",
    );
}

#[test]
fn the_store_knows_no_broker() {
    let found =
        uses("gateway/store/src", &["queue", "Queue", "message", "Message", "vhost", "exchange", "subscription"]);
    assert_none(&found, "to the store a record is octets: let the engine put what it means into them");
}

#[test]
fn the_client_depends_on_wire_alone_and_alone_on_the_browser() {
    let ours: Vec<_> =
        dependencies("wasm-client/Cargo.toml").into_iter().filter(|it| OUR_CRATES.contains(&it.as_str())).collect();
    assert_eq!(ours, ["wire"], "the client shares the protocol with the server and nothing else");
    let browser = ["web-sys", "js-sys", "wasm-bindgen", "wasm-bindgen-futures"];
    let mut found = Vec::new();
    for manifest in ["gateway/Cargo.toml", "gateway/wire/Cargo.toml", "gateway/broker/Cargo.toml", "tests/Cargo.toml"] {
        let bad = dependencies(manifest).into_iter().filter(|it| browser.contains(&it.as_str()));
        found.extend(bad.map(|it| format!("{manifest} depends on {it}")));
    }
    assert_none(&found, "only wasm-client talks to a browser");
}

#[test]
fn tests_look_from_outside() {
    let ours: Vec<_> =
        dependencies("tests/Cargo.toml").into_iter().filter(|it| OUR_CRATES.contains(&it.as_str())).collect();
    assert_none(&ours, "acceptance tests use what any customer can use: talk to the running server instead");
}

/// The module of gateway/src that a file belongs to.
fn module(path: &Path) -> String {
    let inner = path.strip_prefix("gateway/src").expect("it is in gateway/src");
    let first = inner.components().next().expect("a file has a name").as_os_str().to_string_lossy();
    first.trim_end_matches(".rs").to_owned()
}

/// Imports inside the gateway crate, as (file, its module, the module it imports).
fn imports() -> Vec<(PathBuf, String, String)> {
    let sources = files("gateway/src", &["rs"]).into_iter().filter(|path| !is_test(path));
    let imports = sources.flat_map(|path| {
        let from = module(&path);
        let prefix = if from == "main" { "gateway" } else { "crate" };
        let to = path_heads(&code(&path), prefix);
        to.into_iter().map(move |to| (path.clone(), from.clone(), to))
    });
    imports.filter(|(_, from, to)| from != to).collect()
}

fn forbidden_imports(is_forbidden: impl Fn(&str, &str) -> bool) -> Vec<String> {
    let bad = imports().into_iter().filter(|(_, from, to)| is_forbidden(from, to));
    bad.map(|(path, _, to)| format!("{} imports {to}", path.display())).collect()
}

#[test]
fn protocols_do_not_import_each_other() {
    let found = forbidden_imports(|from, to| PROTOCOLS.contains(&from) && (PROTOCOLS.contains(&to) || to == "server"));
    assert_none(
        &found,
        "what two protocols share belongs into engine, auth, config or error; what joins them into server",
    );
}

#[test]
fn the_engine_imports_leaves_alone() {
    let found = forbidden_imports(|from, to| {
        let above = |to: &str| PROTOCOLS.contains(&to) || to == "server";
        let is_layer = ["translate", "accounts"].contains(&from);
        (is_layer && above(to)) || (from == "engine" && (above(to) || ["translate", "accounts"].contains(&to)))
    });
    assert_none(&found, "arrows go down: let the protocol call the engine");
}

#[test]
fn leaves_import_no_other_module() {
    let above = |to: &str| PROTOCOLS.contains(&to) || ["server", "translate", "accounts", "engine"].contains(&to);
    let found = forbidden_imports(|from, to| LEAVES.contains(&from) && above(to));
    assert_none(&found, "a leaf is imported by all and imports none of them: pass what it needs as an argument");
}

#[test]
fn modules_of_the_gateway_have_a_place_in_the_order() {
    let known = |name: &str| {
        PROTOCOLS.contains(&name)
            || LEAVES.contains(&name)
            || ["main", "lib", "server", "translate", "accounts", "engine"].contains(&name)
    };
    let mut unknown: Vec<_> =
        files("gateway/src", &["rs"]).iter().map(|path| module(path)).filter(|name| !known(name)).collect();
    unknown.dedup();
    assert_none(&unknown, "say in tests/tidy.rs where these modules stand: a protocol, a leaf, or a layer");
}

#[test]
fn only_translate_files_know_frames_and_commands() {
    let mut found = Vec::new();
    for path in files("gateway/src", &["rs"]).into_iter().filter(|path| !is_test(path)) {
        let code = code(&path);
        let allowed = is_translation(&path) || path.ends_with("error/mod.rs") || path.ends_with("config/limits.rs");
        let both =
            code.lines().any(|line| line.contains("broker::")) && code.lines().any(|line| line.contains("wire::"));
        if both && !allowed {
            found.push(path.display().to_string());
        }
    }
    assert_none(
        &found,
        "these know a type of wire and a type of broker: let the translate file of the protocol stand between",
    );
}

/// `translate.rs` of a protocol, or a file of its folder of that name, or of the one that they share.
fn is_translation(path: &Path) -> bool {
    path.ends_with("translate.rs") || path.parent().is_some_and(|folder| folder.ends_with("translate"))
}

#[test]
fn the_page_uses_what_any_page_can_use() {
    let mut found = Vec::new();
    for path in files("web-demo/src", &["ts", "tsx"]) {
        let text = code(&path);
        let inside = root().join("web-demo");
        for line in text.lines().filter(|line| line.contains(" from \"") || line.contains("import(\"")) {
            let target = line.split('"').nth(1).unwrap_or_default();
            let resolved = root().join(&path).parent().expect("a file has a folder").join(target);
            let leaves =
                target.starts_with('.') && resolved.canonicalize().is_ok_and(|path| !path.starts_with(&inside));
            let rooted = target.starts_with('/') && target != "/client/index.js";
            if leaves || rooted {
                found.push(format!("{} imports {target}", path.display()));
            }
        }
    }
    assert_none(&found, "the page is a customer: it imports /client/index.js, packages, and its own files");
}

#[test]
fn files_are_small() {
    let mut found = Vec::new();
    for directory in ["gateway", "wasm-client", "web-demo", "scripts"] {
        for path in files(directory, &["rs", "ts", "tsx", "mjs", "js", "css"]).into_iter().filter(|path| !is_test(path))
        {
            let lines = code(&path).lines().count();
            if lines > FILE_LINES {
                found.push(format!("{} has {lines}", path.display()));
            }
        }
    }
    assert_none(&found, &format!("a file has at most {FILE_LINES} lines of code: look for the second noun in these"));
}

#[test]
fn versions_agree() {
    let version = env!("CARGO_PKG_VERSION");
    let mut found = Vec::new();
    for path in files("", &["json"]).into_iter().filter(|path| path.ends_with("package.json")) {
        let manifest: Value = serde_json::from_str(&read(&root().join(&path))).expect("a manifest is JSON");
        if manifest["version"] != version {
            found.push(format!("{} says {}", path.display(), manifest["version"]));
        }
    }
    for path in files("", &["toml"])
        .into_iter()
        .filter(|path| path.ends_with("Cargo.toml") && path.parent() != Some(Path::new("")))
    {
        let manifest = read(&root().join(&path));
        let is_elsewhere = manifest.contains("\n[workspace]\n"); // the root of a workspace of its own
        if !is_elsewhere && !manifest.contains("\nversion.workspace = true\n") {
            found.push(format!("{} does not take the workspace's", path.display()));
        }
    }
    assert_none(&found, &format!("all packages have the version of the root Cargo.toml, {version}"));
}

#[test]
fn lock_files_name_no_other_registry() {
    let npm = read(&root().join("package-lock.json"));
    let found: Vec<_> = npm.lines().filter(|line| line.contains("\"resolved\": \"http")).map(str::to_owned).collect();
    assert_none(
        &found,
        "package-lock.json holds addresses: run `npm install` in this tree, whose .npmrc leaves them out",
    );
    let cargo = read(&root().join("Cargo.lock"));
    let crates_io = "source = \"registry+https://github.com/rust-lang/crates.io-index\"";
    let found: Vec<_> =
        cargo.lines().filter(|line| line.starts_with("source = ") && *line != crates_io).map(str::to_owned).collect();
    assert_none(&found, "Cargo.lock holds another source than crates.io: depend on a published version");
}

#[test]
fn the_readme_names_the_commands() {
    let readme = read(&root().join("README.md"));
    for command in ["npm start", "npm test"] {
        assert!(readme.contains(command), "README.md tells how to begin: it lacks `{command}`");
    }
}

#[test]
fn path_heads_sees_through_braces() {
    let code = "use crate::a::B; use crate::{c::{D, E}, f}; crate::g::h();";
    assert_eq!(path_heads(code, "crate"), ["a", "c", "f", "g"]);
}
