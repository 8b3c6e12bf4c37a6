const ROUNDS = 64;

/** The first 32 bits of the fractional parts of a root of the first primes (FIPS 180-4, 4.2.2 and 5.3.3). */
function constants(count: number, root: number): number[] {
  const found: number[] = [];
  for (let number = 2; found.length < count; number += 1) {
    let divisor = 2;
    while (number % divisor) divisor += 1;
    if (divisor === number) found.push((number ** (1 / root) * 2 ** 32) | 0);
  }
  return found;
}

/**
 * SHA-256 of a text, in hexadecimal digits. The browser's own gives a promise, so that publishes would overtake each other,
 * and is not there on pages that were not loaded over https.
 */
export function sha256(text: string): string {
  const octets = new TextEncoder().encode(text);
  const view = new DataView(new ArrayBuffer(((octets.length + 72) >> 6) << 6));
  octets.forEach((octet, index) => view.setUint8(index, octet));
  view.setUint8(octets.length, 0x80);
  view.setUint32(view.byteLength - 4, octets.length * 8);
  const factors = constants(ROUNDS, 3);
  let state = constants(8, 2);
  for (let start = 0; start < view.byteLength; start += 64) state = compress(state, factors, view, start);
  return state.map((word) => (word >>> 0).toString(16).padStart(8, "0")).join("");
}

function compress(state: number[], factors: number[], view: DataView, start: number): number[] {
  const words: number[] = [];
  let [a, b, c, d, e, f, g, h] = state as [number, number, number, number, number, number, number, number];
  for (let round = 0; round < ROUNDS; round += 1) {
    const [old, late] = [words[round - 15]!, words[round - 2]!];
    words[round] =
      round < 16
        ? view.getInt32(start + round * 4)
        : (words[round - 16]! + words[round - 7]! + (turn(old, 7) ^ turn(old, 18) ^ (old >>> 3)) + (turn(late, 17) ^ turn(late, 19) ^ (late >>> 10))) | 0;
    const first = h + (turn(e, 6) ^ turn(e, 11) ^ turn(e, 25)) + ((e & f) ^ (~e & g)) + factors[round]! + words[round]!;
    const second = (turn(a, 2) ^ turn(a, 13) ^ turn(a, 22)) + ((a & b) ^ (a & c) ^ (b & c));
    [a, b, c, d, e, f, g, h] = [(first + second) | 0, a, b, c, (d + first) | 0, e, f, g];
  }
  return [a, b, c, d, e, f, g, h].map((word, index) => (word + state[index]!) | 0);
}

function turn(word: number, count: number): number {
  return (word >>> count) | (word << (32 - count));
}
