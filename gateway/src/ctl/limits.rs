//! Limits of a vhost.

use super::api::Api;
use super::error::CtlError;
use super::options::Options;
use super::output::{Column, done, list};
use clap::Subcommand;
use serde_json::{Map, Value, json};

/// Columns with names of their own.
const COLUMNS: [Column; 2] = [("vhost", "vhost"), ("limits", "value")];

/// What is done with limits.
#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Set limits of the vhost.
    #[command(name = "set_vhost_limits")]
    Set {
        /// An object such as {"max-connections": 256, "max-queues": 1000}; a negative number is no limit.
        limits: String,
    },
    /// Clear all limits of the vhost.
    #[command(name = "clear_vhost_limits")]
    Clear,
    /// List the limits of the vhost.
    #[command(name = "list_vhost_limits")]
    List {
        /// Those of all vhosts.
        #[arg(long)]
        global: bool,
    },
}

impl Command {
    pub(super) async fn run(self, api: &Api, options: &Options) -> Result<(), CtlError> {
        let vhost = options.vhost();
        match self {
            Command::Set { limits } => {
                for (name, value) in parse(&limits)? {
                    api.put(&["vhost-limits", vhost, &name], json!({ "value": value })).await?;
                }
                done(options, &format!("the limits of vhost {vhost:?} are set"));
                Ok(())
            }
            Command::Clear => {
                for name in names(&api.get(&["vhost-limits", vhost]).await?) {
                    api.delete(&["vhost-limits", vhost, &name]).await?;
                }
                done(options, &format!("vhost {vhost:?} has no limits"));
                Ok(())
            }
            Command::List { global } => {
                let path: &[&str] = if global { &["vhost-limits"] } else { &["vhost-limits", vhost] };
                list(options, &api.get(path).await?, &COLUMNS, 2, &[])
            }
        }
    }
}

/// All are read before the first is set.
fn parse(text: &str) -> Result<Map<String, Value>, CtlError> {
    let object: Map<String, Value> = serde_json::from_str(text).unwrap_or_default();
    if object.is_empty() || !object.values().all(Value::is_i64) {
        return Err(CtlError::Usage(format!(
            "{text:?} is no object of limits, such as '{{\"max-connections\": 256}}'"
        )));
    }
    Ok(object)
}

/// The limits that are set, of `[{"vhost", "value": {NAME: LIMIT}}]`.
fn names(rows: &Value) -> Vec<String> {
    let rows = rows.as_array().into_iter().flatten();
    rows.filter_map(|row| row["value"].as_object()).flat_map(Map::keys).cloned().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_an_object_of_whole_numbers() {
        assert_eq!(parse(r#"{"max-connections": 256, "max-queues": -1}"#).unwrap().len(), 2);
        for bad in ["", "{}", "[]", "256", r#"{"max-connections": "256"}"#, r#"{"max-connections": 1.5}"#] {
            assert!(matches!(parse(bad), Err(CtlError::Usage(_))), "{bad}");
        }
        assert_eq!(names(&json!([{ "vhost": "/", "value": { "max-queues": 1 } }])), ["max-queues"]);
    }
}
