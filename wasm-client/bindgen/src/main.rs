//! Writes the JavaScript glue of the browser client.
//!
//! Takes the module that cargo linked and leaves in the output directory `NAME_bg.wasm`, `NAME.js` and their type
//! declarations. It does what `wasm-bindgen --target web` does; as a library it builds in a fraction of the time
//! of the command-line tool, and the lock file keeps it at the release that the client was compiled with.
#![allow(clippy::print_stdout, reason = "a command-line tool")]

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use wasm_bindgen_cli_support::Bindgen;

const USAGE: &str = "usage: wharf-bindgen MODULE.wasm OUT_DIR OUT_NAME";

/// What the command line asks for.
struct Request {
    module: PathBuf,
    out_dir: PathBuf,
    out_name: String,
}

fn main() -> ExitCode {
    let Some(request) = parse(std::env::args().skip(1)) else {
        eprintln!("{USAGE}");
        return ExitCode::from(2);
    };
    match generate(&request) {
        Ok(()) => {
            println!("{}", glue_path(&request).display());
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("wharf-bindgen: {}: {error}", request.module.display());
            ExitCode::FAILURE
        }
    }
}

fn parse(mut arguments: impl Iterator<Item = String>) -> Option<Request> {
    let request =
        Request { module: arguments.next()?.into(), out_dir: arguments.next()?.into(), out_name: arguments.next()? };
    arguments.next().is_none().then_some(request)
}

fn generate(request: &Request) -> Result<(), impl std::fmt::Display + use<>> {
    let mut bindgen = Bindgen::new();
    bindgen
        .input_path(&request.module)
        .out_name(&request.out_name)
        .typescript(true)
        // Names and producers are for debuggers: they would be half of what a page downloads.
        .remove_name_section(true)
        .remove_producers_section(true)
        // The glue finds the module beside itself, so that a page need not know where it is.
        .omit_default_module_path(false);
    bindgen.web(true)?.generate(&request.out_dir)
}

fn glue_path(request: &Request) -> PathBuf {
    Path::new(&request.out_dir).join(format!("{}.js", request.out_name))
}

#[cfg(test)]
mod tests {
    use super::parse;

    fn parse_words(line: &str) -> Option<(String, String)> {
        let request = parse(line.split_whitespace().map(String::from))?;
        Some((request.module.display().to_string(), request.out_name))
    }

    #[test]
    fn takes_exactly_three_arguments() {
        assert_eq!(parse_words("a.wasm pkg client"), Some(("a.wasm".into(), "client".into())));
        assert_eq!(parse_words("a.wasm pkg"), None);
        assert_eq!(parse_words("a.wasm pkg client more"), None);
    }
}
