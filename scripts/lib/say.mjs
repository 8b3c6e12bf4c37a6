// What the scripts tell the person who runs them. All of it goes to stderr: stdout belongs to the programs that
// they start (`npm start` promises that its first line there is the server's).

export function say(text) {
  process.stderr.write(`wharf: ${text}\n`);
}

/** A failure that its message explains: shown without a stack. */
export class Failure extends Error {}
