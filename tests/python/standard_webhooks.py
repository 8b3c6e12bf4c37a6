"""Signs requests with the Standard Webhooks library, sends them to a server at ORIGIN, and prints "all well"."""

import base64
import json
import sys
import urllib.error
import urllib.request
from datetime import datetime, timedelta, timezone

from standardwebhooks.webhooks import Webhook

ORIGIN = sys.argv[1]
CREDENTIALS = "Basic " + base64.b64encode(b"guest:guest").decode()
SECRET = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"
BODY = json.dumps({"type": "contact.created", "data": {"name": "Zoë €"}}, ensure_ascii=False)


def request(method, path, headers, body):
    asked = urllib.request.Request(ORIGIN + path, data=body.encode(), headers=headers, method=method)
    try:
        with urllib.request.urlopen(asked, timeout=20) as answer:
            return answer.status, json.loads(answer.read() or b"null")
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)


def deliver(message, time, secret=SECRET):
    headers = {
        "webhook-id": message,
        "webhook-timestamp": str(int(time.timestamp())),
        "webhook-signature": Webhook(secret).sign(msg_id=message, timestamp=time, data=BODY),
        "Content-Type": "application/json",
    }
    return request("POST", "/hooks/%2F/python", headers, BODY)


definition = {
    "destination": "/queue/python",
    "verification": {"scheme": "standard", "secret": SECRET},
    "mapping": {"type": "{body:/type}"},
}
admin = {"Authorization": CREDENTIALS, "Content-Type": "application/json"}
status, _ = request("PUT", "/api/hooks/%2F/python", admin, json.dumps(definition))
assert status == 201, status

now = datetime.now(tz=timezone.utc)
assert deliver("msg_1", now) == (202, {"id": "msg_1", "duplicate": False})
assert deliver("msg_1", now) == (202, {"id": "msg_1", "duplicate": True})
assert deliver("msg_2", now - timedelta(minutes=6))[0] == 401
assert deliver("msg_3", now, "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=")[0] == 401

look = {"count": 5, "ackmode": "ack_requeue_false", "encoding": "auto"}
_, messages = request("POST", "/api/queues/%2F/python/get", admin, json.dumps(look))
assert [message["payload"] for message in messages] == [BODY], messages
assert messages[0]["properties"]["headers"]["ce-type"] == "contact.created", messages

print("all well")
