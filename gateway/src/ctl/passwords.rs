//! Passwords that are typed, or come from standard input, and not from the command line, which others can see.

use super::error::CtlError;
use crate::config::Secret;
use std::io::{self, IsTerminal, Read};

/// Octets of a password.
const PASSWORD: u64 = 4 * 1024;

/// The password that was given, or else one line of standard input.
pub(super) fn given_or_read(given: Option<Secret>) -> Result<String, CtlError> {
    let failed = |error: io::Error| CtlError::Usage(format!("the password cannot be read: {error}"));
    let password = match given {
        Some(given) => given.reveal().to_owned(),
        None if io::stdin().is_terminal() => rpassword::prompt_password("Password: ").map_err(failed)?,
        None => {
            let mut text = String::new();
            io::stdin().lock().take(PASSWORD).read_to_string(&mut text).map_err(failed)?;
            text.lines().next().unwrap_or_default().to_owned()
        }
    };
    match password.as_str() {
        "" => Err(CtlError::Usage("the password is empty: give one behind the name, or on standard input".to_owned())),
        _ => Ok(password),
    }
}
