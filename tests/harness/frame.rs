//! Reading and writing STOMP frames, as strictly as the specification is written.

/// A frame from the server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame {
    /// The command line.
    pub command: String,
    /// Names and values, escapes resolved.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
    /// The command line and header lines as they came.
    pub head: String,
}

impl Frame {
    /// The value of a header.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(candidate, _)| candidate == name).map(|(_, value)| value.as_str())
    }

    /// The value of a header that must be there.
    pub fn header(&self, name: &str) -> &str {
        self.get(name).unwrap_or_else(|| panic!("no header {name} in {self:?}"))
    }

    /// The body as text.
    pub fn text(&self) -> &str {
        str::from_utf8(&self.body).unwrap_or_else(|_| panic!("the body is not text: {self:?}"))
    }

    /// What ACK and NACK name this delivery by, in `version`.
    pub fn ack_id(&self, version: &str) -> (&'static str, String) {
        match version {
            "1.2" => ("id", self.header("ack").to_owned()),
            _ => ("message-id", self.header("message-id").to_owned()),
        }
    }
}

/// Takes a frame off the front of `input`, after the line feeds before it. `None`: it is not complete.
///
/// # Panics
/// When the server broke the rules that `version` has for frames.
pub fn take_frame(input: &mut Vec<u8>, version: &str) -> Option<Frame> {
    let beats = input.iter().take_while(|octet| **octet == b'\n').count();
    input.drain(..beats);
    let head_length = input.windows(2).position(|pair| pair == b"\n\n")?;
    let head = str::from_utf8(&input[..head_length]).expect("the head of a frame is UTF-8").to_owned();
    assert!(!head.contains('\r'), "lines end with LF alone: {head:?}");
    let mut lines = head.split('\n');
    let command = lines.next().unwrap_or_default().to_owned();
    let headers: Vec<_> = lines.map(|line| take_header(line, raw(&command, version))).collect();
    let mut frame = Frame { command, headers, body: Vec::new(), head: head.clone() };
    assert_each_header_once(&frame);

    let start = head_length + 2;
    let length = match frame.get("content-length") {
        Some(digits) => digits.parse().unwrap_or_else(|_| panic!("content-length is a number: {head:?}")),
        None => input[start..].iter().position(|octet| *octet == 0)?,
    };
    if input.len() <= start + length {
        return None;
    }
    assert_eq!(input[start + length], 0, "a NUL follows the body of {head:?}");
    frame.body = input[start..start + length].to_vec();
    assert!(
        frame.body.is_empty() || frame.get("content-length").is_some(),
        "content-length goes with a body: {head:?}"
    );
    input.drain(..=start + length);
    Some(frame)
}

/// Whether the headers of a frame have no escapes.
fn raw(command: &str, version: &str) -> bool {
    version == "1.0" || command == "CONNECTED"
}

fn take_header(line: &str, raw: bool) -> (String, String) {
    let (name, value) = line.split_once(':').unwrap_or_else(|| panic!("a header has a colon: {line:?}"));
    if raw {
        return (name.to_owned(), value.to_owned());
    }
    assert!(!value.contains(':'), "a colon in a value is escaped: {line:?}");
    (unescape(name), unescape(value))
}

fn unescape(text: &str) -> String {
    let mut plain = String::new();
    let mut rest = text.chars();
    while let Some(character) = rest.next() {
        match (character, character == '\\') {
            (_, false) => plain.push(character),
            (_, true) => plain.push(match rest.next() {
                Some('n') => '\n',
                Some('c') => ':',
                Some('r') => '\r',
                Some('\\') => '\\',
                other => panic!("no such escape: {other:?} in {text:?}"),
            }),
        }
    }
    plain
}

fn assert_each_header_once(frame: &Frame) {
    let mut names: Vec<_> = frame.headers.iter().map(|(name, _)| name).collect();
    names.sort_unstable();
    let count = names.len();
    names.dedup();
    assert_eq!(names.len(), count, "the server writes each header once: {:?}", frame.head);
}

/// Writes a header name or value so that a server of `version` reads it back.
pub fn escape(text: &str, version: &str) -> String {
    if version == "1.0" {
        return text.to_owned();
    }
    let text = text.replace('\\', "\\\\").replace('\n', "\\n").replace(':', "\\c");
    if version == "1.2" { text.replace('\r', "\\r") } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_are_read_one_by_one() {
        let mut input = [b"\n\nMESSAGE\na\\cb:1\\n\ncontent-length:3\n\n".as_slice(), b"\0x\0\0ERROR\nm"].concat();
        let frame = take_frame(&mut input, "1.2").unwrap();
        assert_eq!((frame.get("a:b"), frame.body.as_slice()), (Some("1\n"), b"\0x\0".as_slice()));
        assert_eq!(take_frame(&mut input, "1.2"), None);
        assert_eq!(input, b"ERROR\nm");
    }

    #[test]
    fn what_is_escaped_reads_back() {
        assert_eq!(unescape(&escape("a:\r\n\\b", "1.2")), "a:\r\n\\b");
        assert_eq!(escape("a:b", "1.0"), "a:b");
    }
}
