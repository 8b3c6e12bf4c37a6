// An office on a message broker: people chat and see who is there, workers do jobs and try again what fails, and a
// service answers questions. Written for RabbitMQ Web STOMP. Usage: node application.mjs URL LOGIN PASSCODE VHOST

import { Client } from "@stomp/stompjs";
import { WebSocket } from "ws";

Object.assign(globalThis, { WebSocket }); // what stompjs looks for, and older Nodes lack
const [url, login, passcode, host] = process.argv.slice(2);
const say = (line) => console.log(line);

/** A person or a program, with a connection of its own. */
class Participant {
  #waiting = [];
  #receipts = 0;

  constructor(name) {
    this.name = name;
    this.client = new Client({ brokerURL: url, connectHeaders: { login, passcode, host }, reconnectDelay: 0 });
    this.client.onStompError = ({ headers, body }) => {
      console.error(`${name}: ${headers.message}: ${body}`);
      process.exit(1);
    };
  }

  connect() {
    return new Promise((resolve) => {
      this.client.onConnect = resolve;
      this.client.activate();
    });
  }

  disconnect() {
    return this.client.deactivate();
  }

  /** Does something that takes headers, and resolves when the broker has confirmed it. */
  confirmed(act) {
    const receipt = `${this.name}-${(this.#receipts += 1)}`;
    return new Promise((resolve) => {
      this.client.watchForReceipt(receipt, resolve);
      act({ receipt });
    });
  }

  async subscribe(destination, handle, headers = {}) {
    let subscription;
    const receive = async (message) => {
      await handle(message);
      this.changed();
    };
    await this.confirmed((receipt) => (subscription = this.client.subscribe(destination, receive, { ...headers, ...receipt })));
    return () => this.confirmed((receipt) => subscription.unsubscribe(receipt));
  }

  publish(destination, content, headers = {}) {
    const body = JSON.stringify(content);
    const json = { "content-type": "application/json", ...headers };
    return this.confirmed((receipt) => this.client.publish({ destination, body, headers: { ...json, ...receipt } }));
  }

  /** Resolves when the condition holds. It is looked at again after each message. */
  until(condition) {
    return new Promise((resolve) => {
      this.#waiting.push({ condition, resolve });
      this.changed();
    });
  }

  changed() {
    this.#waiting = this.#waiting.filter(({ condition, resolve }) => !condition() || resolve());
  }
}

/** Somebody in a chat room. */
class Member extends Participant {
  present = new Set();
  typing = new Set();
  heard = [];

  async enter(room) {
    this.room = room;
    const leavePresence = await this.subscribe(`/topic/presence.${room}.*`, (message) => this.#notice(JSON.parse(message.body)));
    const leaveChat = await this.subscribe(`/topic/chat.${room}`, (message) => this.#hear(JSON.parse(message.body)));
    this.leave = async () => {
      await this.announce("leave");
      await Promise.all([leavePresence(), leaveChat()]);
    };
    await this.announce("join");
  }

  announce(what) {
    return this.publish(`/topic/presence.${this.room}.${this.name}`, { who: this.name, what });
  }

  write(text) {
    return this.publish(`/topic/chat.${this.room}`, { who: this.name, text });
  }

  async #notice({ who, what }) {
    if (what === "typing") this.typing.add(who);
    else if (what === "leave") this.present.delete(who);
    else this.present.add(who);
    // Whoever comes is told by each who is there already.
    if (what === "join" && who !== this.name) await this.announce("here");
  }

  #hear({ who, text }) {
    this.typing.delete(who);
    this.heard.push(`${who}: ${text}`);
  }

  get roster() {
    return [...this.present].sort().join(", ");
  }
}

async function chat() {
  const members = ["ann", "bob", "cat", "dan"].map((name) => new Member(name));
  const [ann, bob, cat, dan] = members;
  await Promise.all(members.map((member) => member.connect()));
  const heardBy = (listeners, count) => Promise.all(listeners.map((one) => one.until(() => one.heard.length >= count)));

  for (const member of [ann, bob, cat]) await member.enter("lobby");
  await dan.enter("kitchen");
  for (const member of [ann, bob, cat]) await member.until(() => member.present.size === 3);
  await dan.until(() => dan.present.size === 1);
  for (const { name, room, roster } of members) say(`${name} sees in the ${room}: ${roster}`);

  await ann.announce("typing");
  await bob.until(() => bob.typing.has("ann"));
  say("bob sees that ann is typing");
  await ann.write("Grüße: 100 % \\ “日本” \u{1f44b}\nsecond line");
  await heardBy([ann, bob, cat], 1);
  await bob.write("hello, ann");
  await heardBy([ann, bob, cat], 2);
  for (const { name, heard } of [ann, bob, cat]) say(`${name} heard ${JSON.stringify(heard)}`);
  say(`bob sees typing: ${[...bob.typing].join() || "nobody"}`);

  await bob.leave();
  await cat.until(() => !cat.present.has("bob"));
  say(`cat sees in the lobby, after bob left: ${cat.roster}`);
  const many = Array.from({ length: 100 }, (_, number) => `line ${number}`);
  await Promise.all(many.map((line) => ann.write(line)));
  await heardBy([ann, cat], 102);
  say(`cat heard 100 lines in order: ${cat.heard.slice(2).join() === many.map((line) => `ann: ${line}`).join()}`);
  say(`bob heard ${bob.heard.length} lines in all, dan ${dan.heard.length}`);
  await Promise.all(members.map((member) => member.disconnect()));
}

const TRIES = 3;

/** Declares a queue of the default exchange: a subscription does it, and need not stay. */
async function declare(participant, name, headers = {}) {
  const unsubscribe = await participant.subscribe(`/queue/${name}`, () => {}, { "x-expires": 60_000, ...headers });
  await unsubscribe();
}

/** What is rejected in one queue, or expires there, goes on to another. */
const deadLettersTo = (name) => ({ "x-dead-letter-exchange": "", "x-dead-letter-routing-key": name });

async function jobs() {
  const boss = new Participant("boss");
  const workers = [new Participant("worker-1"), new Participant("worker-2")];
  await Promise.all([boss, ...workers].map((participant) => participant.connect()));

  // work -> rejected -> retry, where it waits -> expired -> work; after the last try the worker parks it.
  await declare(boss, "office.work", deadLettersTo("office.retry"));
  await declare(boss, "office.retry", { "x-message-ttl": 50, ...deadLettersTo("office.work") });
  const ended = [];
  await boss.subscribe("/queue/office.done", ({ headers }) => ended.push(`${headers.job} done in try ${headers.tries}`));
  await boss.subscribe("/queue/office.parked", ({ headers }) => ended.push(`${headers.job} parked after try ${headers.tries}`));

  // STOMP shows of x-death only where a message died first, not how often: tries are counted here.
  const histories = new Map();
  for (const worker of workers) {
    const attempt = async (message) => {
      const { job, failures } = JSON.parse(message.body);
      const history = histories.get(job) ?? [];
      histories.set(job, history);
      const { "x-first-death-reason": reason, "x-first-death-queue": queue } = message.headers;
      history.push(reason ? `again, first ${reason} in ${queue}` : "new");
      const fails = history.length <= failures;
      if (fails && history.length < TRIES) return worker.confirmed((receipt) => message.nack({ requeue: "false", ...receipt }));
      // The outcome is told and the job taken off the queue, or neither.
      const transaction = worker.client.begin();
      const headers = { transaction: transaction.id, job, tries: String(history.length) };
      worker.client.publish({ destination: fails ? "/queue/office.parked" : "/queue/office.done", headers });
      message.ack({ transaction: transaction.id });
      transaction.commit();
    };
    await worker.subscribe("/amq/queue/office.work", attempt, { ack: "client-individual", "prefetch-count": 1 });
  }

  const order = (transaction, list) => {
    for (const [job, failures] of Object.entries(list)) {
      const headers = { transaction: transaction.id, persistent: "true" };
      boss.client.publish({ destination: "/amq/queue/office.work", body: JSON.stringify({ job, failures }), headers });
    }
  };
  const cancelled = boss.client.begin();
  order(cancelled, { "a mistake": 0 });
  cancelled.abort();
  const placed = boss.client.begin();
  order(placed, { crop: 0, print: 2, "a bad one": TRIES, scan: 1 });
  placed.commit();
  await boss.until(() => ended.length === 4);
  for (const line of ended.sort()) say(line);
  for (const [job, history] of [...histories].sort()) say(`${job}: ${history.join("; ")}`);
  await Promise.all([boss, ...workers].map((participant) => participant.disconnect()));
}

/** Asks questions, and gets the answers in a queue of its own that the broker makes for it. */
class Asker extends Participant {
  #answers = new Map();

  ask(question) {
    const id = String(this.#answers.size);
    this.client.onUnhandledMessage = ({ headers, body }) => this.#answers.get(headers["correlation-id"])(JSON.parse(body));
    const headers = { "reply-to": "/temp-queue/answers", "correlation-id": id };
    return new Promise((resolve) => {
      this.#answers.set(id, (answer) => resolve(`${this.name} asked for ${question}: ${answer}`));
      this.publish("/queue/office.prices", question, headers);
    });
  }
}

async function prices() {
  const service = new Participant("service");
  const askers = [new Asker("eve"), new Asker("fay")];
  await Promise.all([service, ...askers].map((participant) => participant.connect()));
  const list = { pen: 2, paper: 5, ink: 20 };
  await service.subscribe("/queue/office.prices", ({ body, headers }) => {
    const answer = list[JSON.parse(body)] ?? "not sold here";
    return service.publish(headers["reply-to"], answer, { "correlation-id": headers["correlation-id"] });
  });
  const questions = ["pen", "ink", "desk", "paper"];
  const answers = await Promise.all(askers.flatMap((asker) => questions.map((question) => asker.ask(question))));
  for (const answer of answers) say(answer);
  await Promise.all([service, ...askers].map((participant) => participant.disconnect()));
}

await chat();
await jobs();
await prices();
say("everybody went home");
