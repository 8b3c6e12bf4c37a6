"""Receives webhooks of a server at ORIGIN with other people's libraries, in every mode, and prints "all well"."""

import base64
import json
import queue
import sys
import threading
import urllib.request
from datetime import datetime, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from cloudevents.core.bindings.http import HTTPMessage, from_binary_event, from_http_event, from_structured_event
from standardwebhooks import Webhook, WebhookVerificationError

ORIGIN = sys.argv[1]
CREDENTIALS = "Basic " + base64.b64encode(b"guest:guest").decode()
PATIENCE = 20  # seconds

deliveries = queue.Queue()


class Sink(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.send_response(204)
        self.end_headers()
        deliveries.put((headers, body))

    def log_message(self, *arguments):
        pass


def request(method, path, content_type, document):
    headers = {"Content-Type": content_type, "Authorization": CREDENTIALS}
    asked = urllib.request.Request(ORIGIN + path, data=json.dumps(document).encode(), headers=headers, method=method)
    with urllib.request.urlopen(asked, timeout=PATIENCE) as answer:
        return json.load(answer)


def create(sink, topic, **config):
    subscription = {"source": f"/topic/{topic}", "sink": sink, "protocol": "HTTP", "config": config}
    return request("POST", "/api/subscriptions", "application/json", subscription)


def publish(topic, *events):
    request("POST", f"/events/topic/{topic}", "application/cloudevents-batch+json", events)


def refused(secret, headers, body):
    try:
        Webhook(secret).verify(body, headers)
    except WebhookVerificationError:
        return True
    return False


REQUIRED = {"specversion": "1.0", "source": "/shop", "type": "order.placed", "time": "2018-04-26T14:48:09.12Z"}
TIME = datetime(2018, 4, 26, 14, 48, 9, 120000, tzinfo=timezone.utc)
EVENTS = [
    {**REQUIRED, "id": "0", "datacontenttype": "application/json", "data": {"item": "rope", "n": 1.5}},
    {**REQUIRED, "id": "1", "datacontenttype": "text/plain", "data": "plain ä€😀", "subject": 'a b%"€😀', "partitionkey": "7"},
    {**REQUIRED, "id": "2", "datacontenttype": "image/png", "data_base64": "AP8K", "dataschema": "https://example.com/a"},
]


def same(read, event):
    attributes = {**event, "time": TIME}
    data = attributes.pop("data", None)
    if "data_base64" in event:
        data = base64.b64decode(attributes.pop("data_base64"))
    assert read.get_attributes() == attributes, (read.get_attributes(), attributes)
    assert read.get_data() == data, (read.get_data(), data)


def is_text(headers):
    return headers["content-type"] != "image/png"


def events_of(mode, headers, body):
    if mode == "batch":
        assert headers["content-type"] == "application/cloudevents-batch+json", headers
        single = {"content-type": "application/cloudevents+json"}
        return [from_structured_event(HTTPMessage(single, json.dumps(event).encode())) for event in json.loads(body)]
    message = HTTPMessage(headers, body)
    read = from_binary_event(message) if mode == "binary" else from_structured_event(message)
    assert from_http_event(message).get_attributes() == read.get_attributes()
    return [read]


def check_mode(sink, mode):
    webhook = create(sink, mode, mode=mode, batch={"max": len(EVENTS), "wait": 60})
    publish(mode, *EVENTS)
    read = {}
    while len(read) < len(EVENTS):
        headers, body = deliveries.get(timeout=PATIENCE)
        if is_text(headers):  # the library signs texts, and so knows no other bodies
            Webhook(webhook["config"]["secret"]).verify(body, headers, json_parse=False)
        for event in events_of(mode, headers, body):
            read[event.get_id()] = event
    for event in EVENTS:
        same(read[event["id"]], event)


def check_signatures(sink):
    webhook = create(sink, "signed")
    old = webhook["config"]["secret"]
    new = request("POST", f"/api/subscriptions/{webhook['id']}/rotate-secret", "application/json", {})["secret"]
    publish("signed", EVENTS[0])
    headers, body = deliveries.get(timeout=PATIENCE)
    for secret in (old, new):
        assert Webhook(secret).verify(body, headers)["id"] == "0"
    assert refused("whsec_" + base64.b64encode(bytes(32)).decode(), headers, body)
    assert refused(new, headers, body + b" ")
    assert refused(new, {**headers, "webhook-id": "msg_other"}, body)
    assert refused(new, {**headers, "webhook-timestamp": str(int(headers["webhook-timestamp"]) + 1)}, body)


with ThreadingHTTPServer(("127.0.0.1", 0), Sink) as server:
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{server.server_port}/hook"
    for each in ("structured", "binary", "batch"):
        check_mode(url, each)
    check_signatures(url)
    server.shutdown()

print("all well")
