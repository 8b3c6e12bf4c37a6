/** At least so many times the rate of @stomp/stompjs, with less of the page's thread for each message. */
const GOAL = 1.5;

/** Prints a table of rows { scenario, ours, theirs }, each with messages a second and microseconds of the thread for a message. */
export function report(rows) {
  console.log("\n1 KiB messages received and dispatched in Chromium, beside @stomp/stompjs in the same page and run:\n");
  console.log("| scenario | @wharf/client /s | stompjs /s | rate | thread us/message | stompjs us | thread | goal |");
  console.log("|---|---|---|---|---|---|---|---|");
  for (const { scenario, ours, theirs } of rows) {
    const [rate, thread] = [ours.rate / theirs.rate, ours.thread / theirs.thread];
    const isReached = rate >= GOAL && thread < 1;
    if (!isReached) process.exitCode = 1;
    const cells = [
      scenario,
      Math.round(ours.rate),
      Math.round(theirs.rate),
      `${rate.toFixed(2)} x`,
      ours.thread.toFixed(2),
      theirs.thread.toFixed(2),
      `${thread.toFixed(2)} x`,
      `${isReached ? "reached" : "MISSED"}: ${GOAL} x the rate, less of the thread`,
    ];
    console.log(`| ${cells.join(" | ")} |`);
  }
}
