// Users, vhosts and tokens for tests of who may do what.

import { createHmac } from "node:crypto";

/** The secret of `tokenOf`, for the configuration of a server. */
const SECRET = "a secret of the tests, long enough for HS256";

/** Lets a server take the tokens of `tokenOf`. */
export const TOKENS = `[auth.jwt]\nsecret = "${SECRET}"\n`;

/** A signed token for `sub` that ends after so many seconds. */
export function tokenOf(sub, scope, seconds) {
  const now = Math.floor(Date.now() / 1000);
  const [head, claims] = [{ alg: "HS256", typ: "JWT" }, { sub, scope, iat: now, exp: now + seconds }].map(encode);
  return `${head}.${claims}.${createHmac("sha256", SECRET).update(`${head}.${claims}`).digest("base64url")}`;
}

const encode = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");

/** A user, and what it may do: `{ "/": ".*" }` is everything in that vhost. */
export async function addUser(server, name, { password = `${name}-password`, tags = "", vhosts = {} } = {}) {
  await expectDone(server.api("PUT", path("users", name), { password, tags }));
  for (const [vhost, pattern] of Object.entries(vhosts)) await allow(server, name, vhost, { configure: pattern, write: pattern, read: pattern });
}

export const allow = (server, user, vhost, patterns) => expectDone(server.api("PUT", path("permissions", vhost, user), patterns));

export const addVhost = (server, name, description = "") => expectDone(server.api("PUT", path("vhosts", name), { description, tags: "" }));

/** What the API answers, as guest. */
export const read = async (server, ...segments) => (await server.api("GET", path(...segments))).json();

export const path = (...segments) => `/api/${segments.map(encodeURIComponent).join("/")}`;

async function expectDone(answer) {
  const { status, url, ok } = await answer;
  if (!ok) throw new Error(`${url}: ${status}`);
}

/** Fills the form of the page and sends it. */
export async function signIn(page, user, password = `${user}-password`) {
  await page.getByTestId("sign-in-user").fill(user);
  await page.getByTestId("sign-in-password").fill(password);
  await page.getByTestId("sign-in-submit").click();
}

export async function signInWithToken(page, token) {
  await page.getByTestId("tab-token").click();
  await page.getByTestId("sign-in-token").fill(token);
  await page.getByTestId("sign-in-submit").click();
}

/** Who is signed in leaves, and somebody else comes. */
export async function signInInstead(page, user) {
  await page.getByTestId("sign-out").click();
  await signIn(page, user);
}

/** The names of the entries of the navigation. */
export const navigation = (page) =>
  page.locator("nav.rail a").evaluateAll((links) => links.map(({ dataset }) => dataset.testid.replace("nav-", "")));
