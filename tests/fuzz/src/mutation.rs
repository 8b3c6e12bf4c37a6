//! Random changes of inputs that are known to be interesting: what a fuzzer does, but for looking which of them lead somewhere new.

/// Changes of one input, at most.
const CHANGES: usize = 6;

/// Octets of an input, at most.
const LENGTH: usize = 4096;

/// What means something to some parser.
const WORDS: [&[u8]; 24] = [
    b"\0",
    b"\n",
    b"\n\n",
    b"\r\n",
    b"\\c",
    b"\\n",
    b":",
    b",",
    b"\"",
    b"{",
    b"}",
    b"[",
    b"]",
    b"*",
    b"/",
    b"%2F",
    b"{sub}",
    b"content-length:",
    b"999999999999999999999",
    b"-1",
    b"null",
    b"\xff",
    b"\xf0\x9f\x98\x80",
    b"()",
];

/// Changes inputs, always in the same way for the same seed.
#[derive(Debug)]
pub struct Mutator(u64);

impl Mutator {
    /// One that goes its own way.
    pub fn new(seed: u64) -> Self {
        Mutator(seed)
    }

    /// One of these, changed in some places.
    ///
    /// # Panics
    /// When there is none.
    pub fn changed(&mut self, seeds: &[Vec<u8>]) -> Vec<u8> {
        let mut input = seeds[self.below(seeds.len())].clone();
        for _ in 0..=self.below(CHANGES) {
            let other = &seeds[self.below(seeds.len())];
            self.change(&mut input, other);
            input.truncate(LENGTH);
        }
        input
    }

    fn change(&mut self, input: &mut Vec<u8>, other: &[u8]) {
        let at = self.below(input.len() + 1);
        let end = (at + 1 + self.below(16)).min(input.len());
        match self.below(7) {
            0 if at < input.len() => input[at] ^= 1 << self.below(8),
            1 if at < input.len() => input[at] = self.octet(),
            2 => input.insert(at, self.octet()),
            3 => drop(input.drain(at..end)),
            4 => {
                let repeated = input[at..end].repeat(1 + self.below(40));
                input.splice(at..at, repeated);
            }
            5 => {
                let from = self.below(other.len() + 1);
                input.splice(at.., other[from..].iter().copied());
            }
            _ => {
                let word = WORDS[self.below(WORDS.len())];
                input.splice(at..at, word.iter().copied());
            }
        }
    }

    fn octet(&mut self) -> u8 {
        self.next().to_le_bytes()[0]
    }

    /// A number below this one, which is not zero.
    fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % end as u64).unwrap_or_default()
    }

    /// SplitMix64: a library's generator may give other numbers in its next release, and a seed has to stay what it is.
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}
