"""Receives webhooks of Wharf, with nothing but Python 3.9:

    WEBHOOK_SECRET=whsec_... python3 python.py

It refuses what is not signed with that secret, takes every event once, and prints it. WEBHOOK_SECRET may hold several secrets, separated by blanks:
the new one and the last one while a secret is rotated. Signatures v1a, of ed25519, need a library.
"""

import base64
import hashlib
import hmac
import json
import os
import re
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote

PORT = int(os.environ.get("PORT", "9000"))
PREFIX = "whsec_"
SECRETS = [base64.b64decode(secret[len(PREFIX):]) for secret in os.environ["WEBHOOK_SECRET"].split()]
assert all(SECRETS), "WEBHOOK_SECRET has to be whsec_..."

# Seconds by which the sender's clock may differ. What is older may be a copy that somebody sends again.
TOLERANCE = 5 * 60

# Octets of a request: more is not read.
LARGEST = 32 * 1024 * 1024

# Events that are remembered, so that one that comes twice is taken once.
REMEMBERED = 10_000

seen = {}
lock = threading.Lock()


def handle(event):
    """What is to be done with an event. When it raises, the answer is 500, and the event comes again later."""
    print(json.dumps(event), flush=True)


def is_genuine(headers, body):
    """Whether somebody who knows one of our secrets has sent this, just now (Standard Webhooks 1.0)."""
    identity, timestamp, signatures = (headers.get("webhook-" + name, "") for name in ("id", "timestamp", "signature"))
    if not identity or not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 12):
        return False
    if abs(time.time() - int(timestamp)) > TOLERANCE:
        return False
    # Over exactly the octets that came, so nothing may parse them first.
    signed = f"{identity}.{timestamp}.".encode() + body
    expected = ["v1," + base64.b64encode(hmac.new(secret, signed, hashlib.sha256).digest()).decode() for secret in SECRETS]
    given = signatures.encode().split(b" ")
    return any(hmac.compare_digest(one.encode(), other) for one in expected for other in given)


def events_of(headers, body):
    """The events of a request, in any of the three modes of a webhook."""
    content_type = headers.get("content-type", "")
    if content_type.startswith("application/cloudevents-batch+json"):
        return json.loads(body)
    if content_type.startswith("application/cloudevents+json"):
        return [json.loads(body)]
    # Attributes are headers, which the signature does not cover: believe them only over TLS.
    event = {name[3:].lower(): unquote(value) for name, value in headers.items() if name.lower().startswith("ce-")}
    is_json = re.match(r"[^;]*[/+]json\s*(;|$)", content_type)
    data = {"data": json.loads(body)} if is_json else {"data_base64": base64.b64encode(body).decode()}
    return [{**event, "datacontenttype": content_type, **data}]


def take(events):
    """Source and id together name an event. The header webhook-id names a delivery: of a batch it may be another when it is sent again."""
    for event in events:
        name = (event["source"], event["id"])
        with lock:
            if name not in seen:
                handle(event)
                seen[name] = True
                if len(seen) > REMEMBERED:
                    del seen[next(iter(seen))]


class Receiver(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        length = self.headers.get("content-length", "")
        if not length.isdigit() or int(length) > LARGEST:
            self.close_connection = True  # the body is not read
            return self.answer(413)
        body = self.rfile.read(int(length))
        if not is_genuine(self.headers, body):
            return self.answer(401)
        try:
            take(events_of(self.headers, body))
        except Exception as error:  # whatever it was, the event is not done with
            self.log_error("%r", error)
            return self.answer(500)
        # Wharf takes 2xx for "delivered", and tries again after most others.
        self.answer(204)

    def do_OPTIONS(self):
        """The answer to the question whether events are wanted: only where config.verification is "required"."""
        origin = self.headers.get("webhook-request-origin", "*")
        self.answer(200, {"WebHook-Allowed-Origin": origin, "WebHook-Allowed-Rate": "*"})

    def answer(self, status, headers={}):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        if status != 204:
            self.send_header("Content-Length", "0")
        self.end_headers()


if __name__ == "__main__":
    with ThreadingHTTPServer(("127.0.0.1", PORT), Receiver) as server:
        print(f"listening on http://127.0.0.1:{server.server_port}/", flush=True)
        server.serve_forever()
