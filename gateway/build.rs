//! Lets a build notice a new page or client: what is embedded has hashed names, so the folders must be watched.

use std::fs;
use std::path::Path;

fn main() {
    for folder in ["../web-demo/dist", "../wasm-client/pkg"] {
        // A watched folder that is missing would make every build a rebuild. Both are build outputs, ignored by git.
        if fs::create_dir_all(Path::new(folder)).is_ok() {
            println!("cargo:rerun-if-changed={folder}");
        }
    }
}
