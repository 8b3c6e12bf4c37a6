// Examples of receivers that verify what a webhook posts, ready to be run.

import type { Signature } from "../../api/webhooks.ts";

export interface Receiver {
  name: "node" | "python" | "shell";
  label: string;
  /** The file that it is for. */
  file: string;
  text: string;
}

export interface ReceiverOptions {
  signature: Signature;
  /** Of `v1a`. */
  publicKey: string | null;
  /** Whether the endpoint is asked before it is called. */
  asked: boolean;
}

export function receiversFor(options: ReceiverOptions): Receiver[] {
  return [
    { name: "node", label: "Node", file: "receiver.mjs", text: nodeReceiver(options) },
    { name: "python", label: "Python", file: "receiver.py", text: pythonReceiver(options) },
    { name: "shell", label: "Shell: openssl, curl", file: "receiver.sh", text: shellReceiver(options) },
  ];
}

function nodeReceiver({ signature, publicKey, asked }: ReceiverOptions): string {
  const key = signature === "v1" ? 'process.env.WEBHOOK_SECRET; // whsec_...' : `"${publicKey ?? "whpk_..."}";`;
  const head = {
    v1: [
      'import { createHmac, timingSafeEqual } from "node:crypto";',
      'import { createServer } from "node:http";',
      `\nconst SECRET = ${key}`,
      `\n${NODE_V1}\n\n`,
    ],
    v1a: [
      'import { createPublicKey, verify as verifyBytes } from "node:crypto";',
      'import { createServer } from "node:http";',
      `\nconst PUBLIC_KEY = ${key}`,
      `\n${NODE_V1A}\n\n`,
    ],
    none: ['import { createServer } from "node:http";\n\n'],
  }[signature].join("\n");
  const run = signature === "v1" ? "// WEBHOOK_SECRET=whsec_... node receiver.mjs" : "// node receiver.mjs";
  return `${run}\n${head}${nodeServer(signature !== "none", asked)}`;
}

/** The verification alone, so that it can be tried by itself. */
export const NODE_V1 = `/** \`body\` are the octets as they came: parse them only afterwards. */
function verify(headers, body) {
  const { "webhook-id": id, "webhook-timestamp": timestamp, "webhook-signature": signatures = "" } = headers;
  const age = Math.abs(Date.now() / 1000 - Number(timestamp));
  if (!(age <= 300)) return false; // an old request, sent once more by somebody else
  const key = Buffer.from(SECRET.replace(/^whsec_/, ""), "base64");
  const expected = createHmac("sha256", key).update(\`\${id}.\${timestamp}.\`).update(body).digest();
  return signatures.split(" ").some((one) => {
    const [version, signature = ""] = one.split(",");
    const given = Buffer.from(signature, "base64");
    return version === "v1" && given.length === expected.length && timingSafeEqual(given, expected);
  });
}`;

export const NODE_V1A = `/** \`body\` are the octets as they came: parse them only afterwards. */
function verify(headers, body) {
  const { "webhook-id": id, "webhook-timestamp": timestamp, "webhook-signature": signatures = "" } = headers;
  const age = Math.abs(Date.now() / 1000 - Number(timestamp));
  if (!(age <= 300)) return false; // an old request, sent once more by somebody else
  const prefix = Buffer.from("302a300506032b6570032100", "hex"); // says that an ed25519 key follows
  const der = Buffer.concat([prefix, Buffer.from(PUBLIC_KEY.replace(/^whpk_/, ""), "base64")]);
  const key = createPublicKey({ key: der, format: "der", type: "spki" });
  const signed = Buffer.concat([Buffer.from(\`\${id}.\${timestamp}.\`), body]);
  return signatures.split(" ").some((one) => {
    const [version, signature = ""] = one.split(",");
    return version === "v1a" && verifyBytes(null, signed, key, Buffer.from(signature, "base64"));
  });
}`;

function nodeServer(signed: boolean, asked: boolean): string {
  const consent = `  if (request.method === "OPTIONS") {
    // The handshake: consent to be called by this sender.
    const headers = { allow: "POST", "webhook-allowed-origin": request.headers["webhook-request-origin"] ?? "*", "webhook-allowed-rate": "*" };
    return response.writeHead(200, headers).end();
  }
`;
  const check = `  if (!verify(request.headers, body)) return response.writeHead(401).end();\n`;
  return `createServer(async (request, response) => {
${asked ? consent : ""}  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  const body = Buffer.concat(chunks);
${signed ? check : ""}  // The same webhook-id may come again: do what it asks for once.
  console.log(request.headers["webhook-id"], body.toString());
  response.writeHead(204).end();
}).listen(9000);
`;
}

function pythonReceiver({ signature, publicKey, asked }: ReceiverOptions): string {
  const server = "from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer";
  const head = {
    v1: [
      "# WEBHOOK_SECRET=whsec_... python3 receiver.py",
      "import base64, hashlib, hmac, os, time",
      server,
      '\nKEY = base64.b64decode(os.environ["WEBHOOK_SECRET"].removeprefix("whsec_"))\n',
      `\n${PYTHON_V1}\n\n\n`,
    ],
    v1a: [
      "# pip install cryptography; python3 receiver.py",
      "import base64, time",
      server,
      "from cryptography.exceptions import InvalidSignature",
      "from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey",
      `\nPUBLIC_KEY = "${publicKey ?? "whpk_..."}"`,
      'KEY = Ed25519PublicKey.from_public_bytes(base64.b64decode(PUBLIC_KEY.removeprefix("whpk_")))\n',
      `\n${PYTHON_V1A}\n\n\n`,
    ],
    none: ["# python3 receiver.py", `${server}\n\n\n`],
  }[signature].join("\n");
  return head + pythonServer(signature !== "none", asked);
}

const PYTHON_RECENT = `    id, timestamp = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    if not timestamp.isdecimal() or abs(time.time() - int(timestamp)) > 300:
        return False  # an old request, sent once more by somebody else
    signed = f"{id}.{timestamp}.".encode() + body`;

const PYTHON_V1 = `def verify(headers, body):
    """body are the octets as they came: parse them only afterwards."""
${PYTHON_RECENT}
    expected = b"v1," + base64.b64encode(hmac.new(KEY, signed, hashlib.sha256).digest())
    signatures = headers.get("webhook-signature", "").split()
    return any(hmac.compare_digest(one.encode(), expected) for one in signatures)`;

const PYTHON_V1A = `def verify(headers, body):
    """body are the octets as they came: parse them only afterwards."""
${PYTHON_RECENT}
    for one in headers.get("webhook-signature", "").split():
        version, _, signature = one.partition(",")
        try:
            if version == "v1a":
                KEY.verify(base64.b64decode(signature), signed)
                return True
        except (InvalidSignature, ValueError):
            pass
    return False`;

function pythonServer(signed: boolean, asked: boolean): string {
  const consent = `    def do_OPTIONS(self):  # the handshake: consent to be called by this sender
        self.send_response(200)
        self.send_header("Allow", "POST")
        self.send_header("WebHook-Allowed-Origin", self.headers.get("WebHook-Request-Origin", "*"))
        self.send_header("WebHook-Allowed-Rate", "*")
        self.end_headers()

`;
  const checked = `        verified = verify(self.headers, body)
        if verified:
            # The same webhook-id may come again: do what it asks for once.
            print(self.headers["webhook-id"], body.decode())
        self.send_response(204 if verified else 401)
`;
  const unchecked = `        print(self.headers["webhook-id"], body.decode())
        self.send_response(204)
`;
  return `class Receiver(BaseHTTPRequestHandler):
${asked ? consent : ""}    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
${signed ? checked : unchecked}        self.end_headers()


ThreadingHTTPServer(("", 9000), Receiver).serve_forever()
`;
}

function shellReceiver({ signature, publicKey }: ReceiverOptions): string {
  if (signature === "v1") return SHELL_V1;
  if (signature === "v1a") return SHELL_V1A.replace("whpk_...", publicKey ?? "whpk_...");
  return `#!/bin/sh\n# Nothing is signed. What a receiver answers to an event:\n${CURL("http://127.0.0.1:9000/", "")}`;
}

const CURL = (url: string, headers: string) => `curl -i ${url} -H 'content-type: application/cloudevents+json'${headers} \\
  --data-binary '{"specversion":"1.0","id":"1","source":"/try","type":"try"}'
`;

const SHELL_V1 = `#!/bin/sh
# Two things to do by hand. First: verify a request whose headers and body were kept.
# WEBHOOK_SECRET=whsec_... sh receiver.sh ID TIMESTAMP 'SIGNATURES' BODY-FILE
key=$(printf %s "\${WEBHOOK_SECRET#whsec_}" | base64 -d | od -An -v -tx1 | tr -d ' \\n')
sign() { # id timestamp body-file
  { printf '%s.%s.' "$1" "$2"; cat "$3"; } |
    openssl dgst -sha256 -mac HMAC -macopt "hexkey:$key" -binary | base64
}
if [ $# -eq 4 ]; then
  case " $3 " in
    *" v1,$(sign "$1" "$2" "$4") "*) echo 'The signature is right.'; exit 0 ;;
    *) echo 'The signature is WRONG.'; exit 1 ;;
  esac
fi

# Second, without arguments: send a signed event to a receiver of your own, to see that it verifies.
printf %s '{"specversion":"1.0","id":"1","source":"/try","type":"try"}' > event.json
now=$(date +%s)
curl -i http://127.0.0.1:9000/ -H 'content-type: application/cloudevents+json' \\
  -H 'webhook-id: msg_try' -H "webhook-timestamp: $now" \\
  -H "webhook-signature: v1,$(sign msg_try "$now" event.json)" --data-binary @event.json
`;

const SHELL_V1A = `#!/bin/sh
# Verifies a request whose headers and body were kept.
# sh receiver.sh ID TIMESTAMP v1a,SIGNATURE BODY-FILE
PUBLIC_KEY=whpk_...
{ # twelve octets that say that an ed25519 key follows, and the key
  printf '\\060\\052\\060\\005\\006\\003\\053\\145\\160\\003\\041\\000'
  printf %s "\${PUBLIC_KEY#whpk_}" | base64 -d
} > key.der
printf %s "\${3#v1a,}" | base64 -d > signature.bin
{ printf '%s.%s.' "$1" "$2"; cat "$4"; } > signed.bin
openssl pkeyutl -verify -pubin -keyform DER -inkey key.der -rawin -in signed.bin -sigfile signature.bin
`;
