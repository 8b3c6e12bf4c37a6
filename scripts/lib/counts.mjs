// Reads from the output of test programs how many tests passed and failed.

const ansi = /\x1b\[[0-9;]*m/g;

/** cargo-nextest: one line, e.g. "Summary [ 0.5s] 12 tests run: 9 passed (1 slow), 2 failed, 1 timed out, 3 skipped". */
export function countNextest(output) {
  const summary = plain(output).match(/^\s*Summary \[.*?\] .*?tests? run: (.*)$/m);
  if (!summary) return nothing();
  const numbers = summary[1].replace(/\([^)]*\)/g, "").split(",").map((part) => part.trim().match(/^(\d+) (.*)$/));
  const sum = (wanted) => numbers.filter((n) => n && wanted(n[2])).reduce((total, n) => total + Number(n[1]), 0);
  return {
    passed: sum((what) => what === "passed"),
    failed: sum((what) => what !== "passed" && what !== "skipped"),
  };
}

/** cargo test: one line for each program and for the documentation tests of each crate. */
export function countCargoTest(output) {
  return addUp(plain(output).matchAll(/^test result: .*?(\d+) passed; (\d+) failed;/gm));
}

/** node --test: "# pass 3" from its TAP reporter, "ℹ pass 3" from the one that people read. */
export function countNodeTest(output) {
  const number = (word) => [...plain(output).matchAll(new RegExp(`^(?:#|ℹ) ${word} (\\d+)$`, "gm"))]
    .reduce((total, match) => total + Number(match[1]), 0);
  return { passed: number("pass"), failed: number("fail") + number("cancelled") };
}

/** A program that failed without a failing test (it did not compile, it crashed) counts as one failure. */
export function withExitCode({ passed, failed }, code) {
  return { passed, failed: code !== 0 && failed === 0 ? 1 : failed };
}

const plain = (output) => output.replace(ansi, "");
const nothing = () => ({ passed: 0, failed: 0 });
const addUp = (matches) => [...matches].reduce(
  (total, [, passed, failed]) => ({ passed: total.passed + Number(passed), failed: total.failed + Number(failed) }),
  nothing(),
);
