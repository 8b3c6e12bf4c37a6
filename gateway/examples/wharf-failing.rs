//! The `wharf` program with its failpoints armed: what tests start to let it die where they want. It is an example, so that it is
//! built beside the tests, from what is compiled for them anyway, and never takes the place of the program itself.

use std::process::ExitCode;

#[path = "../src/main.rs"]
mod program;

fn main() -> ExitCode {
    store::failpoint::arm();
    program::main()
}
