"""Uses a server at HOST PORT through stomp.py in STOMP VERSION, and prints "all well" at the end."""

import queue
import sys

import stomp

PATIENCE = 20  # seconds that anything may take before it counts as failed


class Listener(stomp.ConnectionListener):
    """Keeps what comes, so that it can be waited for."""

    def __init__(self):
        self.messages = queue.Queue()
        self.receipts = queue.Queue()
        self.errors = queue.Queue()
        self.gone = queue.Queue()
        self.beats = queue.Queue()

    def on_message(self, frame):
        self.messages.put(frame)

    def on_receipt(self, frame):
        self.receipts.put(frame.headers["receipt-id"])

    def on_error(self, frame):
        self.errors.put(frame)

    def on_disconnected(self):
        self.gone.put(True)

    def on_heartbeat(self):
        self.beats.put(True)

    def on_heartbeat_timeout(self):
        self.errors.put("the server's heart-beats stopped")


class Client:
    """One connection, logged in as guest."""

    def __init__(self, host, port, version, passcode="guest"):
        self.version = version
        self.listener = Listener()
        where = [(host, port)]
        if version == "1.0":
            self.connection = stomp.Connection10(where, reconnect_attempts_max=1)
        else:
            kind = {"1.1": stomp.Connection11, "1.2": stomp.Connection12}[version]
            self.connection = kind(where, heartbeats=(1000, 1000), reconnect_attempts_max=1)
        self.connection.set_listener("", self.listener)
        self.connection.connect("guest", passcode, wait=True)

    def message(self):
        return self.listener.messages.get(timeout=PATIENCE)

    def receipt(self, expected):
        got = self.listener.receipts.get(timeout=PATIENCE)
        assert got == expected, f"the receipt {expected} was expected, not {got}"

    def ack_id(self, frame):
        return frame.headers["ack"] if self.version == "1.2" else frame.headers["message-id"]

    def subscribe(self, destination, id, **headers):
        self.connection.subscribe(destination, id=id, receipt=f"subscribed-{id}", **headers)
        self.receipt(f"subscribed-{id}")

    def send(self, destination, body, **headers):
        self.connection.send(destination, body, headers={**headers, "receipt": "sent"})
        self.receipt("sent")

    def ack(self, frame, receipt):
        if self.version == "1.1":
            self.connection.ack(self.ack_id(frame), frame.headers["subscription"], receipt=receipt)
        else:
            self.connection.ack(self.ack_id(frame), receipt=receipt)
        self.receipt(receipt)

    def nack(self, frame, receipt, **headers):
        if self.version == "1.1":
            self.connection.nack(self.ack_id(frame), frame.headers["subscription"], receipt=receipt, **headers)
        else:
            self.connection.nack(self.ack_id(frame), receipt=receipt, **headers)
        self.receipt(receipt)

    def disconnect(self):
        self.connection.disconnect(receipt="bye")
        self.listener.gone.get(timeout=PATIENCE)
        assert self.listener.errors.empty(), self.listener.errors.get()


def exchange_messages(client, prefix):
    connection = client.connection
    connection.subscribe(f"/queue/{prefix}", id="1", ack="client-individual", receipt="subscribed")
    client.receipt("subscribed")
    body = "grüße: \n\t \\ €"
    headers = {"foo": "a:b" if client.version == "1.0" else "a:b\\c\nd"}
    connection.send(f"/queue/{prefix}", body, content_type="text/plain", headers=headers, receipt="sent")
    client.receipt("sent")
    frame = client.message()
    assert frame.body == body, frame.body
    assert frame.headers["content-type"] == "text/plain"
    assert frame.headers["redelivered"] == "false"
    for name, value in headers.items():
        assert frame.headers[name] == value, frame.headers
    if client.version == "1.0":
        client.ack(frame, "acked")
        return
    client.nack(frame, "nacked")
    again = client.message()
    assert (again.body, again.headers["redelivered"], again.headers["delivery-count"]) == (body, "true", "2")
    client.ack(again, "acked")


def hear_a_topic(client, other, prefix):
    client.connection.subscribe(f"/topic/{prefix}.*", id="2", receipt="listening")
    client.receipt("listening")
    for number in range(100):
        other.connection.send(f"/topic/{prefix}.{number}", str(number))
    bodies = [client.message().body for _ in range(100)]
    assert bodies == [str(number) for number in range(100)], bodies
    client.connection.unsubscribe(id="2", receipt="done")
    client.receipt("done")


def commit_and_abort(client, prefix):
    connection, queue = client.connection, f"/queue/{prefix}-ledger"
    client.subscribe(queue, "3", ack="client")
    aborted, committed = connection.begin(), connection.begin("by name")
    connection.send(queue, "never", transaction=aborted)
    connection.send(queue, "one", transaction=committed)
    connection.send(queue, "two", transaction=committed)
    connection.abort(aborted, receipt="aborted")
    client.receipt("aborted")
    client.send(queue, "outside")
    outside = client.message()
    assert outside.body == "outside", outside.body
    if client.version == "1.1":
        connection.ack(client.ack_id(outside), outside.headers["subscription"], transaction=committed)
    else:
        connection.ack(client.ack_id(outside), transaction=committed)
    connection.commit(committed, receipt="committed")
    client.receipt("committed")
    for body in ["one", "two"]:
        frame = client.message()
        assert frame.body == body, frame.body
        client.ack(frame, f"acked-{body}")
    connection.unsubscribe(id="3", receipt="left")
    client.receipt("left")


def expire_and_be_rejected(client, prefix):
    """Both ends of a message lead to the dead-letter exchange."""
    key = f"{prefix}-dead"
    terms = {"x-dead-letter-exchange": "amq.topic", "x-dead-letter-routing-key": key}
    client.subscribe(f"/topic/{key}", "4")
    client.send(f"/queue/{prefix}-short", "too late", expiration="50", **terms)
    assert_dead(client.message(), "too late", f"{prefix}-short", "expired")
    if client.version == "1.0":
        return
    client.subscribe(f"/queue/{prefix}-strict", "5", ack="client-individual", **terms)
    client.connection.send(f"/queue/{prefix}-strict", "refused")
    client.nack(client.message(), "rejected", requeue="false")
    assert_dead(client.message(), "refused", f"{prefix}-strict", "rejected")


def assert_dead(frame, body, queue, reason):
    assert frame.body == body, frame.body
    shown = (frame.headers["x-first-death-queue"], frame.headers["x-first-death-reason"])
    assert shown == (queue, reason), frame.headers


def ask_and_answer(client, other, prefix):
    """Both askers use the same name for their answers, and it is a queue of each alone."""
    questions = f"/queue/{prefix}-questions"
    client.subscribe(questions, "6")
    for asker in [client, other]:
        asker.connection.send(questions, "why?", headers={"reply-to": "/temp-queue/answers", "correlation-id": "7"})
        question = client.message()
        assert question.headers["reply-to"].startswith("/reply-queue/"), question.headers
        client.connection.send(question.headers["reply-to"], "because", headers={"correlation-id": question.headers["correlation-id"]})
        answer = asker.message()
        shown = (answer.body, answer.headers["subscription"], answer.headers["correlation-id"])
        assert shown == ("because", "/temp-queue/answers", "7"), answer.headers


def stay_connected_by_heart_beats(client):
    """Says nothing for as many beats of the server as come in twice the time in which it gives up a silent client."""
    while not client.listener.beats.empty():
        client.listener.beats.get()
    for _ in range(8):
        client.listener.beats.get(timeout=PATIENCE)
    assert client.listener.gone.empty(), "the connection was lost"
    assert client.listener.errors.empty(), client.listener.errors.get()


def be_refused(host, port, version):
    try:
        Client(host, port, version, passcode="wrong")
    except stomp.exception.ConnectFailedException:
        return
    raise AssertionError("a wrong password was let in")


def main():
    host, port, version = sys.argv[1], int(sys.argv[2]), sys.argv[3]
    prefix = f"stomp-py-{version}"
    client = Client(host, port, version)
    other = Client(host, port, version)
    exchange_messages(client, prefix)
    hear_a_topic(client, other, prefix)
    commit_and_abort(client, prefix)
    expire_and_be_rejected(client, prefix)
    ask_and_answer(client, other, prefix)
    if version != "1.0":
        stay_connected_by_heart_beats(client)
    be_refused(host, port, version)
    other.disconnect()
    client.disconnect()
    print("all well")


main()
