//! A client's WebSocket message in which numbers change from one copy to the next.

use crate::websocket::{MASK, push_client_message};

/// Masked once. Only the digits that differ are masked again, so that numbering costs the load next to nothing.
#[derive(Debug)]
pub(crate) struct Template {
    octets: Vec<u8>,
    /// Where the payload begins.
    payload: usize,
}

impl Template {
    /// A message with this payload.
    pub(crate) fn new(payload: &[u8]) -> Self {
        let mut octets = Vec::new();
        push_client_message(&mut octets, payload);
        Self { payload: octets.len() - payload.len(), octets }
    }

    /// Writes a number with so many digits over the payload, from `at` on.
    pub(crate) fn put(&mut self, at: usize, digits: usize, number: u64) {
        let mut rest = number;
        for index in (at..at + digits).rev() {
            let digit = b'0' + (rest % 10).to_le_bytes()[0];
            rest /= 10;
            self.octets[self.payload + index] = digit ^ MASK[index % MASK.len()];
        }
    }

    /// The message as it stands.
    pub(crate) fn octets(&self) -> &[u8] {
        &self.octets
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_masked_where_it_stands() {
        for filler in [0, 200, 70_000] {
            let payload = |number: &str| format!("SEND {number} {}", "x".repeat(filler));
            let mut template = Template::new(payload("#######").as_bytes());
            for (number, digits) in [(1_234_567, "1234567"), (89, "0000089"), (0, "0000000"), (300, "0000300")] {
                template.put(5, 7, number);
                let mut expected = Vec::new();
                push_client_message(&mut expected, payload(digits).as_bytes());
                assert_eq!(template.octets(), expected);
            }
        }
    }
}
