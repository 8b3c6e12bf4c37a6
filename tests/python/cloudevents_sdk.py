"""Sends events with the CloudEvents SDK to a server at ORIGIN, reads what became of them, and prints "all well"."""

import base64
import json
import sys
import urllib.request
from datetime import datetime, timezone

from cloudevents.core.bindings.http import HTTPMessage, from_binary_event, to_binary_event, to_structured_event
from cloudevents.core.v1.event import CloudEvent

ORIGIN = sys.argv[1]
CREDENTIALS = "Basic " + base64.b64encode(b"guest:guest").decode()


def request(method, path, headers, body):
    headers = {**headers, "Authorization": CREDENTIALS}
    asked = urllib.request.Request(ORIGIN + path, data=body, headers=headers, method=method)
    with urllib.request.urlopen(asked, timeout=20) as answer:
        return answer.status, json.load(answer)


def read(queue):
    """The message at the head of a queue, as the SDK would get it over HTTP in binary mode."""
    look = {"count": 1, "ackmode": "ack_requeue_false", "encoding": "base64"}
    path = f"/api/queues/%2F/{queue}/get"
    _, [message] = request("POST", path, {"Content-Type": "application/json"}, json.dumps(look).encode())
    properties = message["properties"]
    headers = {**properties["headers"]}
    if "content_type" in properties:
        headers["content-type"] = properties["content_type"]
    return from_binary_event(HTTPMessage(headers, base64.b64decode(message["payload"])))


def check(event, write):
    message = write(event)
    status, receipt = request("POST", "/events/queue/sdk", message.headers, message.body)
    assert (status, receipt["routed"], receipt["id"]) == (202, 1, event.get_id()), (status, receipt)
    back = read("sdk")
    assert back.get_attributes() == event.get_attributes(), (back.get_attributes(), event.get_attributes())
    assert back.get_data() == event.get_data(), (back.get_data(), event.get_data())


REQUIRED = {"type": "order.placed", "source": "/shop", "specversion": "1.0"}
TIME = datetime(2018, 4, 26, 14, 48, 9, 120000, tzinfo=timezone.utc)

for number, write in enumerate([to_binary_event, to_structured_event]):
    for attributes, data in [
        ({"datacontenttype": "application/json", "subject": "a b%€😀", "time": TIME}, {"item": "rope", "n": 1.5}),
        ({"datacontenttype": "text/plain"}, "plain text"),
        ({"datacontenttype": "image/png", "partitionkey": '"quoted"'}, b"\x00\xff\n"),
    ]:
        check(CloudEvent({**REQUIRED, "id": f"{number}-{len(attributes)}", **attributes}, data), write)

print("all well")
