//! Header escapes (STOMP 1.2, "Value Encoding"): none in 1.0, `\n` `\c` `\\` in 1.1, and `\r` too in 1.2.

use super::Version;

/// Appends `text` with its escapes resolved. `Err` holds the character after the backslash that `version` does not
/// know (`None`: the text ends in a lone backslash); the specification makes that fatal.
pub fn unescape(text: &str, version: Version, out: &mut String) -> Result<(), Option<char>> {
    if version == Version::V1_0 || !text.contains('\\') {
        out.push_str(text);
        return Ok(());
    }
    let mut rest = text.chars();
    while let Some(character) = rest.next() {
        if character != '\\' {
            out.push(character);
            continue;
        }
        out.push(match rest.next() {
            Some('n') => '\n',
            Some('c') => ':',
            Some('\\') => '\\',
            Some('r') if version == Version::V1_2 => '\r',
            unknown => return Err(unknown),
        });
    }
    Ok(())
}

/// Appends a header value (or name) so that a peer of `version` reads it back.
///
/// What a version cannot express must not break out of its line: LF in 1.0 and CR before 1.2 are written as a space.
pub fn escape(text: &str, version: Version, out: &mut Vec<u8>) {
    let special = |octet: &u8| matches!(octet, b'\\' | b':' | b'\n' | b'\r');
    if !text.as_bytes().iter().any(special) {
        out.extend_from_slice(text.as_bytes());
        return;
    }
    for &octet in text.as_bytes() {
        match (octet, version) {
            (b'\n', Version::V1_0) | (b'\r', Version::V1_0 | Version::V1_1) => out.push(b' '),
            (_, Version::V1_0) => out.push(octet),
            (b'\n', _) => out.extend_from_slice(b"\\n"),
            (b'\r', _) => out.extend_from_slice(b"\\r"),
            (b':', _) => out.extend_from_slice(b"\\c"),
            (b'\\', _) => out.extend_from_slice(b"\\\\"),
            _ => out.push(octet),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn unescaped(text: &str, version: Version) -> Result<String, Option<char>> {
        let mut out = String::new();
        unescape(text, version, &mut out).map(|()| out)
    }

    #[test]
    fn each_version_knows_its_own_escapes() {
        assert_eq!(unescaped(r"a\nb\cc\\d", Version::V1_1), Ok("a\nb:c\\d".into()));
        assert_eq!(unescaped(r"a\rb", Version::V1_2), Ok("a\rb".into()));
        assert_eq!(unescaped(r"a\rb", Version::V1_1), Err(Some('r')));
        assert_eq!(unescaped(r"a\tb", Version::V1_2), Err(Some('t')));
        assert_eq!(unescaped("a\\", Version::V1_2), Err(None));
        assert_eq!(unescaped(r"a\tb\", Version::V1_0), Ok(r"a\tb\".into()));
    }

    proptest! {
        #[test]
        fn what_is_escaped_reads_back(text in "\\PC*|[\\\\:\r\na-c]*") {
            let mut wire = Vec::new();
            escape(&text, Version::V1_2, &mut wire);
            let wire = String::from_utf8(wire).unwrap();
            prop_assert!(!wire.contains(['\n', '\r', ':']));
            prop_assert_eq!(unescaped(&wire, Version::V1_2), Ok(text));
        }

        #[test]
        fn no_version_lets_a_value_end_its_line(text in "[\\\\:\r\na-c]*") {
            for version in Version::ALL {
                let mut wire = Vec::new();
                escape(&text, version, &mut wire);
                prop_assert!(!wire.contains(&b'\n') && !wire.contains(&b'\r'));
            }
        }
    }
}
