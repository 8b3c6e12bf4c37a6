//! Who may ask to send events here (HTTP web hooks for event delivery, "Abuse protection").

/// Names that may be listed.
const ORIGINS: usize = 100;

/// The allowed senders, by their DNS names.
#[derive(Debug, Default)]
pub(super) struct Origins(Vec<String>);

impl Origins {
    /// Reads names such as `eventgrid.azure.net` and `*.example.com`; `*` allows all.
    pub(super) fn parse(names: &[String]) -> Result<Self, String> {
        if names.len() > ORIGINS {
            return Err(format!("allowed_origins: {ORIGINS} are enough"));
        }
        match names.iter().find(|name| !is_pattern(name)) {
            Some(bad) => Err(format!("allowed_origins: {bad:?} is no DNS name such as example.com or *.example.com")),
            None => Ok(Origins(names.iter().map(|name| normal(name)).collect())),
        }
    }

    /// Whether a sender of this name is allowed: whole names are compared, never parts of labels.
    pub(super) fn allow(&self, origin: &str) -> bool {
        let origin = normal(origin);
        is_name(&origin) && self.0.iter().any(|allowed| allowed == "*" || matches(allowed, &origin))
    }

    /// Whether none is.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

fn matches(pattern: &str, origin: &str) -> bool {
    match pattern.strip_prefix("*.") {
        Some(domain) => origin.strip_suffix(domain).is_some_and(|labels| labels.len() > 1 && labels.ends_with('.')),
        None => pattern == origin,
    }
}

/// Lower case, without the dot of the root, and without the scheme that an `Origin` has.
fn normal(name: &str) -> String {
    let name = name.trim();
    let name = name.strip_prefix("https://").or_else(|| name.strip_prefix("http://")).unwrap_or(name);
    name.strip_suffix('.').unwrap_or(name).to_ascii_lowercase()
}

fn is_pattern(name: &str) -> bool {
    name == "*" || is_name(name.strip_prefix("*.").unwrap_or(name))
}

/// Labels of letters, digits, hyphens and underscores.
fn is_name(name: &str) -> bool {
    let is_label = |label: &str| {
        let fits = |octet: u8| octet.is_ascii_alphanumeric() || octet == b'-' || octet == b'_';
        (1..=63).contains(&label.len()) && label.bytes().all(fits)
    };
    name.len() <= 253 && name.split('.').all(is_label)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allow(names: &[&str], origin: &str) -> bool {
        Origins::parse(&names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>()).unwrap().allow(origin)
    }

    #[test]
    fn whole_names_are_compared() {
        let names = ["trusted.example.com"];
        assert!(allow(&names, "Trusted.Example.COM"));
        assert!(allow(&names, "trusted.example.com."));
        assert!(allow(&names, "https://trusted.example.com"));
        for other in [
            "trusted.example.com.evil.tld",
            "eviltrusted.example.com",
            "example.com",
            "a.trusted.example.com",
            "trusted-example.com",
            "",
            "*",
            "trusted.example.com/x",
            "trusted.example.com, evil.tld",
        ] {
            assert!(!allow(&names, other), "{other:?}");
        }
    }

    #[test]
    fn a_star_stands_for_whole_labels() {
        let names = ["*.example.com"];
        assert!(allow(&names, "a.example.com"));
        assert!(allow(&names, "a.b.EXAMPLE.com"));
        for other in ["example.com", ".example.com", "notexample.com", "a.example.com.evil.tld"] {
            assert!(!allow(&names, other), "{other:?}");
        }
        assert!(allow(&["*"], "anything.tld"));
        assert!(!allow(&[], "anything.tld"));
    }

    #[test]
    fn what_is_no_name_is_refused() {
        for bad in ["", "a..b", "exa*mple.com", "*.*.com", "https://a.com", "a.com/x", "*."] {
            assert!(Origins::parse(&[bad.to_owned()]).is_err(), "{bad:?}");
        }
    }
}
