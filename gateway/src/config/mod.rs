//! Configuration: command line over environment over a TOML file over the defaults.
//!
//! The defaults are `wharf.toml` beside this crate, the commented file that is shipped as documentation: there is no
//! second list of them that could differ.

mod auth;
mod http;
mod limits;
mod log;
mod metrics;
mod secret;
mod stomp;
mod store;
mod tls;
mod webhooks;

pub use auth::{Auth, Issuer, Jwt};
pub use http::Http;
pub(crate) use http::is_origin;
pub use limits::Limits;
pub use log::{Log, LogFormat};
pub use metrics::Metrics;
pub use secret::Secret;
pub use stomp::{Stomp, WsFrame};
pub use store::Store;
pub use tls::Tls;
pub use webhooks::Webhooks;

use figment::Figment;
use figment::providers::{Env, Format, Serialized, Toml};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
use thiserror::Error;

/// The commented default configuration.
pub const DEFAULT_FILE: &str = include_str!("../../wharf.toml");

/// Where nothing is kept: the value of `data_dir` for a server that lives in memory.
pub const MEMORY: &str = ":memory:";

/// All settings of a server.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// HTTP and WebSocket.
    pub http: Http,
    /// Who is let in.
    pub auth: Auth,
    /// STOMP over plain TCP.
    pub stomp: Stomp,
    /// Certificates.
    pub tls: Tls,
    /// The files that messages are kept in.
    pub store: Store,
    /// Where events may be pushed to.
    pub webhooks: Webhooks,
    /// What clients may cost.
    pub limits: Limits,
    /// Logs.
    pub log: Log,
    /// Figures.
    pub metrics: Metrics,
    /// Where data is kept.
    pub data_dir: PathBuf,
    /// Which engine carries the messages.
    pub engine: String,
}

/// What the command line sets; `None` leaves it to the other sources.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Overrides {
    /// `--data-dir`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub data_dir: Option<PathBuf>,
    /// `--engine`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub engine: Option<String>,
    /// `--listen`.
    #[serde(skip)]
    pub listen: Option<String>,
    /// `--stomp-listen`.
    #[serde(skip)]
    pub stomp_listen: Option<String>,
}

/// Why a configuration cannot be used: one line that says what to change.
#[derive(Debug, Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("cannot read the configuration file {0}: {1}", .path.display(), .source)]
    Unreadable {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A value is missing, unknown or of the wrong type.
    #[error("{0}")]
    Invalid(String),
    /// The data directory cannot be used.
    #[error("data_dir {0}: {1}", .path.display(), .reason)]
    DataDir {
        /// Which.
        path: PathBuf,
        /// Why.
        reason: String,
    },
}

impl Config {
    /// Reads all sources, and checks what can be checked before anything is started.
    pub fn load(file: Option<&Path>, overrides: &Overrides) -> Result<Config, ConfigError> {
        let mut sources = Figment::from(Toml::string(DEFAULT_FILE));
        if let Some(path) = file {
            std::fs::read(path).map_err(|source| ConfigError::Unreadable { path: path.to_owned(), source })?;
            sources = sources.merge(Toml::file_exact(path)); // read again, so that errors name the file
            // What is wrong in it is said even if something else overrides it.
            read(&sources)?;
        }
        sources = sources.merge(Env::prefixed("WHARF_").ignore(&TOOL_VARIABLES).split("__"));
        read(&sources)?;
        sources = sources.merge(Serialized::defaults(overrides));
        if let Some(listen) = &overrides.listen {
            sources = sources.merge(("http.listen", listen));
        }
        if let Some(listen) = &overrides.stomp_listen {
            sources = sources.merge(("stomp.listen", listen));
        }
        read(&sources)
    }

    fn check(&self) -> Result<(), ConfigError> {
        if self.engine != "embedded" {
            let message = format!("engine: this release has only \"embedded\", not {:?}", self.engine);
            return Err(ConfigError::Invalid(message));
        }
        self.http.check()?;
        self.auth.check()?;
        if !self.auth.cookie.is_empty() && self.http.allowed_origins.iter().any(|origin| origin == "*") {
            let reason = "auth.cookie: a browser sends a cookie whoever asks, so http.allowed_origins must name the sites, and not be \"*\"";
            return Err(ConfigError::Invalid(reason.into()));
        }
        self.stomp.check()?;
        self.tls.check()?;
        if self.stomp.tls && !self.tls.is_on() {
            return Err(ConfigError::Invalid("stomp.tls: name a certificate in tls.cert and tls.key".into()));
        }
        if self.stomp.proxy_protocol && self.http.trusted_proxies.is_empty() {
            let reason = "stomp.proxy_protocol: say in http.trusted_proxies which networks the proxies are in";
            return Err(ConfigError::Invalid(reason.into()));
        }
        self.store.check()?;
        self.webhooks.check()?;
        self.limits.check()?;
        check_data_dir(&self.data_dir)
    }

    /// Whether the server keeps nothing by wish.
    pub fn is_in_memory(&self) -> bool {
        self.data_dir == Path::new(MEMORY)
    }
}

/// Variables that begin like ours but are for `wharf ctl`, or for the project's own scripts and tests.
const TOOL_VARIABLES: [&str; 7] = ["url", "user", "password", "ca_file", "bin", "python", "chromium"];

/// A directory that exists must be usable; one that does not exist is made by who first writes to it.
fn check_data_dir(path: &Path) -> Result<(), ConfigError> {
    let wrong = |reason: String| Err(ConfigError::DataDir { path: path.to_owned(), reason });
    if path == Path::new(MEMORY) || !path.exists() {
        return Ok(());
    }
    if !path.is_dir() {
        return wrong("is not a directory: name another, or :memory:".into());
    }
    let access = rustix::fs::Access::READ_OK | rustix::fs::Access::WRITE_OK | rustix::fs::Access::EXEC_OK;
    match rustix::fs::access(path, access) {
        Ok(()) => Ok(()),
        Err(error) => wrong(format!("cannot be read and written ({error}): change its owner, or name another")),
    }
}

fn read(sources: &Figment) -> Result<Config, ConfigError> {
    let config: Config = sources.extract().map_err(|error| ConfigError::Invalid(one_line(&error)))?;
    config.check().map(|()| config)
}

/// `key: what is wrong (where it stands)`, on one line.
fn one_line(error: &figment::Error) -> String {
    let key = if error.path.is_empty() { String::new() } else { format!("{}: ", error.path.join(".")) };
    let place = error.metadata.as_ref().map(|metadata| match &metadata.source {
        Some(source) => format!(" (in {source})"),
        None => format!(" (in {})", metadata.name),
    });
    let line = format!("{key}{}{}", error.kind, place.unwrap_or_default());
    line.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load(toml: &str) -> Result<Config, String> {
        let sources = Figment::from(Toml::string(DEFAULT_FILE)).merge(Toml::string(toml));
        read(&sources).map_err(|error| error.to_string())
    }

    #[test]
    fn the_shipped_file_holds_the_defaults_of_the_contract() {
        let config = load("").unwrap();
        assert_eq!(config.http.listen, "127.0.0.1:8080");
        assert_eq!(config.stomp.listen, "127.0.0.1:61613");
        assert_eq!(config.data_dir, Path::new("wharf-data"));
        assert_eq!(config.engine, "embedded");
        assert!(config.http.allowed_origins.is_empty());
    }

    #[test]
    fn the_shipped_limits_are_those_of_the_protocol_and_the_broker() {
        let limits = load("").unwrap().limits;
        assert_eq!(limits.frame(), wire::limits::FrameLimits::default());
        assert_eq!(limits.vhost(), broker::Limits::default());
        assert_eq!(limits.vhosts, crate::engine::EngineLimits::default().vhosts);
        assert_eq!(u128::from(wire::limits::LOGIN_TIME), limits.login_time().as_millis());
    }

    #[test]
    fn what_is_wrong_is_named() {
        assert!(load("http.listne = \"x\"").unwrap_err().contains("listne"));
        assert!(load("http.listen = 8080").unwrap_err().contains("http.listen"));
        assert!(load("http.listen = \"nowhere\"").unwrap_err().contains("http.listen"));
        assert!(load("engine = \"nats://localhost\"").unwrap_err().contains("embedded"));
        assert!(load("data_dir = \"/dev/null\"").unwrap_err().contains("not a directory"));
        assert!(load("store.segment = 1000").unwrap_err().contains("store.segment"));
        assert!(load("store.window = 1000").unwrap_err().contains("store.window"));
        assert!(load("auth.cookie = \"a\"\nhttp.allowed_origins = [\"*\"]").unwrap_err().contains("auth.cookie"));
        assert!(load("tls.cert = \"a.pem\"").unwrap_err().contains("tls.key"));
        assert!(load("stomp.tls = true").unwrap_err().contains("stomp.tls"));
        assert!(load("http.proxy_protocol = true").unwrap_err().contains("http.trusted_proxies"));
        assert!(load("stomp.proxy_protocol = true").unwrap_err().contains("http.trusted_proxies"));
        assert!(load("http.trusted_proxies = [\"nowhere\"]").unwrap_err().contains("trusted_proxies"));
        assert!(load("limits.pending = 0").unwrap_err().contains("limits.pending"));
        assert!(load("limits.header_time = 0").unwrap_err().contains("limits.header_time"));
        assert!(load("limits.login_octets = 10").unwrap_err().contains("limits.login_octets"));
        for path in ["wharf", "/", "/wharf/", "/a//b", "/..", "/a?b", "/%61"] {
            assert!(load(&format!("http.base_path = {path:?}")).unwrap_err().contains("http.base_path"), "{path}");
        }
        assert!(load("http.base_path = \"/mq/wharf-1\"").is_ok());
        assert!(load("limits.body = 1024\nlimits.frame = 1024").unwrap_err().contains("limits.frame"));
    }

    #[test]
    fn settings_of_tokens_that_do_not_fit_together_say_what_to_set() {
        let refused = |toml: &str| load(toml).unwrap_err();
        let secret = format!("auth.jwt.secret = \"{}\"\n", "s".repeat(32));
        assert!(refused("auth.jwt.secret = \"short\"").contains("at least 32"));
        assert!(!refused("auth.jwt.secret = \"hushhush\"").contains("hush"));
        assert!(refused("auth.jwt.audience = \"wharf\"").contains("auth.jwt.secret"));
        assert!(refused("auth.jwt.leeway = 6").contains("at most 5"));
        assert!(refused(&format!("{secret}auth.jwt.algorithms = [\"none\"]")).contains("algorithms"));
        assert!(refused("auth.jwt.jwks_url = \"http://id.example/jwks\"").contains("https"));
        assert!(refused("auth.jwt.jwks_url = \"file:///etc/passwd\"").contains("https"));
        assert!(load("auth.jwt.jwks_url = \"http://127.0.0.1:9/jwks\"").is_ok());
        assert!(load("auth.jwt.jwks_url = \"http://id/jwks\"\nauth.jwt.jwks_over_http = true").is_ok());
        let other = format!("[[auth.jwt.issuers]]\nsecret = \"{}\"\n", "t".repeat(32));
        assert!(refused(&format!("{secret}{other}")).contains("auth.jwt.issuer"));
        assert!(refused(&format!("{secret}auth.jwt.issuer = \"a\"\n{other}issuer = \"a\"")).contains("twice"));
        assert!(refused("[[auth.jwt.issuers]]\nissuer = \"a\"").contains("no key"));
        let both = load(&format!("{secret}auth.jwt.issuer = \"a\"\n{other}issuer = \"b\"")).unwrap();
        assert_eq!(both.auth.jwt.all_issuers().len(), 2);
        assert!(!format!("{both:?}").contains("ssss"));
    }
}
