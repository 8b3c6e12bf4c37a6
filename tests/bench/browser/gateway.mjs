import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A gateway that pages of `origin` may connect to, on a port that the system chooses. */
export async function startGateway(binary, origin) {
  const directory = mkdtempSync(join(tmpdir(), "wharf-bench-"));
  const config = join(directory, "wharf.toml");
  writeFileSync(config, `[http]\nallowed_origins = ["${origin}"]\n`);
  const child = spawn(binary, ["serve", "--config", config, "--listen", "127.0.0.1:0", "--stomp-listen", "", "--data-dir", ":memory:"], {
    stdio: ["ignore", "pipe", "ignore"],
  });
  const ended = once(child, "close").then(([code]) => Promise.reject(new Error(`the gateway ended before it was ready (${code})`)));
  ended.catch(() => {}); // once it is ready, its end is no surprise
  const [line] = await Promise.race([once(child.stdout.setEncoding("utf8"), "data"), ended]);
  const stop = () => {
    child.kill();
    rmSync(directory, { recursive: true, force: true });
  };
  return { ws: `${/http:\S+/.exec(line)[0].replace("http", "ws")}/ws`, stop };
}
