// Builds @wharf/client into wasm-client/pkg: the wasm module, its glue, the TypeScript layer and a package.json,
// so that the folder can be served as it is and packed with `npm pack`.

import { copyFileSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { BUDGET, kib, measureClient } from "./lib/client-size.mjs";
import { asCommand } from "./lib/main.mjs";
import * as paths from "./lib/paths.mjs";
import { capture, run } from "./lib/run.mjs";
import { Failure, say } from "./lib/say.mjs";
import { fingerprint, unlessDone } from "./lib/stamp.mjs";
import { npmPackages } from "./set-up/npm-packages.mjs";

const TARGET = "wasm32-unknown-unknown";
const NAME = "wharf_client";
const { clientDir, clientPackage, root } = paths;
const wasm = join(clientPackage, `${NAME}_bg.wasm`);

/** What can be imported: each entry's own name, and the file it is compiled to. What several share is in a file of its own. */
const ENTRIES = { index: "index.js", stompjs: "stompjs/index.js", inspector: "inspector/index.js" };

const INPUTS = [
  "Cargo.toml",
  "Cargo.lock",
  "LICENSE",
  "package.json",
  "package-lock.json",
  "gateway/wire",
  "wasm-client",
  "scripts/build-client.mjs",
  "scripts/wasm-rustc.sh",
].map((path) => join(root, path));

export async function buildClient() {
  npmPackages();
  await unlessDone("client", {
    digest: fingerprint(INPUTS),
    outputs: [...Object.keys(ENTRIES).map((name) => `${name}.js`), "index.d.ts", `${NAME}_bg.wasm`, "package.json"]
      .map((file) => join(clientPackage, file)),
    skipped: () => say("the browser client is up to date"),
  }, build);
}

async function build() {
  const linked = compile();
  rmSync(clientPackage, { recursive: true, force: true });
  mkdirSync(clientPackage, { recursive: true });
  writeGlue(linked);
  optimise();
  validate();
  compileTypeScript();
  await bundle();
  writePackage();
  checkSize();
}

function compile() {
  say("looking for a Rust compiler with the wasm target");
  const rustc = capture("sh", [join(root, "scripts", "wasm-rustc.sh")]);
  say("building the browser client (wasm)");
  run("cargo", ["build", "--locked", "-p", "wharf-client", "--profile", "wasm", "--target", TARGET, "--target-dir", paths.wasmTargetDir], {
    env: {
      RUSTC: rustc,
      RUSTFLAGS: undefined,
      CARGO_ENCODED_RUSTFLAGS: pathRemaps(rustc).join("\x1f"),
    },
  });
  return join(paths.wasmTargetDir, TARGET, "wasm", `${NAME}.wasm`);
}

// Panic messages name source files; without this the module tells every page the builder's home directory.
function pathRemaps(rustc) {
  const sysroot = capture(rustc, ["--print", "sysroot"]);
  const cargoHome = process.env.CARGO_HOME || join(homedir(), ".cargo");
  return [`${cargoHome}=/cargo`, `${root}=/src`, `${sysroot}=/rust`].map((remap) => `--remap-path-prefix=${remap}`);
}

function writeGlue(linked) {
  say("writing the JavaScript glue");
  // The tool runs once: compiling it without optimisation is far quicker than what optimising it would save.
  run("cargo", [
    "build", "--locked", "--quiet", "-p", "wharf-bindgen", "--target-dir", paths.bindgenTargetDir,
    "--config", 'profile.dev.package."*".opt-level=0', "--config", "profile.dev.debug=0",
  ]);
  run(join(paths.bindgenTargetDir, "debug", "wharf-bindgen"), [linked, clientPackage, NAME]);
  const glue = join(clientPackage, `${NAME}.js`);
  writeFileSync(glue, readFileSync(glue, "utf8").replace(DISPOSAL, ""));
}

// For `using`, which nobody writes with these inner classes. A statement about a class keeps all of it in the bundle of a page
// that uses nothing of it.
const DISPOSAL = /^if \(Symbol\.dispose\) .*;$/gm;

function optimise() {
  say("shrinking the module");
  const smaller = `${wasm}.opt`;
  const options = ["-Oz", "--strip-target-features", "--minify-imports-and-exports-and-modules"];
  const names = capture(paths.npmBin("wasm-opt"), [...options, wasm, "-o", smaller]);
  renameSync(smaller, wasm);
  shortenNames(JSON.parse(names));
}

// The names by which the module and its glue know each other hold digests, which nothing compresses.
function shortenNames({ imports, exports }) {
  const called = new Map(exports.map(([name, short]) => [`wasm.${name}`, `wasm.${short}`]));
  const given = new Map(imports.flatMap(([module, name, short]) => [[`${name}: `, `${short}: `], [`"${module}": `, `"${MODULE}": `]]));
  const declared = new Map(exports.map(([name, short]) => [`export const ${name}:`, `export const ${short}:`]));
  rewrite(join(clientPackage, `${NAME}.js`), /\bwasm\.\w+|\b__wb\w+: |"\.\/\w+\.js": /g, new Map([...called, ...given]));
  rewrite(`${wasm}.d.ts`, /^export const \w+:/gm, declared);
}

// What wasm-opt calls every module that something is imported from.
const MODULE = "a";

function rewrite(file, pattern, names) {
  writeFileSync(file, readFileSync(file, "utf8").replace(pattern, (name) => names.get(name) ?? name));
}

// Some releases of wasm-opt exit with 0 after writing a module that no engine takes.
function validate() {
  if (!WebAssembly.validate(readFileSync(wasm))) throw new Failure(`${wasm} is not a valid WebAssembly module`);
}

// Twice: the declarations keep the documentation comments, the code that a page downloads does not.
function compileTypeScript() {
  say("compiling the client's TypeScript");
  run(paths.npmBin("tsc"), ["-p", clientDir, "--emitDeclarationOnly"]);
  run(paths.npmBin("tsc"), ["-p", clientDir, "--declaration", "false", "--removeComments"]);
}

// One file for what always comes together, and short names: a page downloads half as much as of the modules.
async function bundle() {
  say("bundling the modules");
  const { rolldown } = await import("rolldown"); // not there before the packages are installed, which this script does
  const input = Object.fromEntries(Object.entries(ENTRIES).map(([name, file]) => [name, join(clientPackage, file)]));
  const modules = await rolldown({ input, platform: "neutral", preserveEntrySignatures: "allow-extension" });
  const { output } = await modules.generate({ format: "esm", minify: true, entryFileNames: "[name].js", chunkFileNames: "[name].js" });
  await modules.close();
  for (const chunk of output) for (const module of chunk.moduleIds) rmSync(module, { force: true });
  for (const { fileName, code } of output) writeFileSync(join(clientPackage, fileName), code);
}

function writePackage() {
  const { version, license } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  const manifest = {
    name: "@wharf/client",
    version,
    description: "Browser client of the Wharf messaging gateway",
    license,
    type: "module",
    main: "./index.js",
    types: "./index.d.ts",
    exports: {
      ...exportsOf(ENTRIES),
      [`./${NAME}_bg.wasm`]: `./${NAME}_bg.wasm`,
      "./package.json": "./package.json",
    },
    files: ["**/*.js", "**/*.d.ts", "*.wasm"],
    sideEffects: ["./inspector.js"], // it registers its element
    engines: { node: ">=20.16" },
  };
  writeFileSync(join(clientPackage, "package.json"), `${JSON.stringify(manifest, null, 2)}\n`);
  copyFileSync(join(root, "LICENSE"), join(clientPackage, "LICENSE"));
  const readme = join(clientDir, "README.md");
  if (existsSync(readme)) copyFileSync(readme, join(clientPackage, "README.md"));
}

function exportsOf(entries) {
  return Object.fromEntries(Object.entries(entries).map(([name, file]) => [
    name === "index" ? "." : `./${name}`,
    { types: `./${file.replace(/\.js$/, ".d.ts")}`, default: `./${name}.js` },
  ]));
}

function checkSize() {
  const { files, others, total } = measureClient();
  for (const file of files) sayFile(file);
  say(`the browser client is ${kib(total.raw)} raw, ${kib(total.gzip)} gzip (budget ${kib(BUDGET)} gzip); apart from it`);
  for (const file of others) sayFile(file);
  if (total.gzip > BUDGET) throw new Failure("the browser client is over its budget");
}

function sayFile({ name, raw, gzip }) {
  say(`  ${name.padEnd(24)} ${kib(raw)} raw, ${kib(gzip)} gzip`);
}

await asCommand(import.meta.url, buildClient);
