// The filters of a webhook, as JSON that people write: what is wrong with them, and what they let through in words.

/** Filters in filters. */
const DEEPEST = 16;
/** Filters in all. */
const MOST = 256;
/** Octets of one text. */
const LONGEST = 4_096;

const COMPARISONS: Record<string, string> = { exact: "is", prefix: "begins with", suffix: "ends with" };
const EXPRESSIONS: readonly string[] = ["sql", "cesql"];
const LISTS: Record<string, string> = { all: "and", any: "or" };
const DIALECTS = [...Object.keys(COMPARISONS), "all", "any", "not", "sql"];

/** The filters that a text says; nothing at all lets everything through. Throws with where, and what is wrong. */
export function parseFilters(text: string): unknown[] {
  if (text.trim() === "") return [];
  const filters = parsed(text);
  if (!Array.isArray(filters)) throw new Error("Filters are a list: write [ … ] around them.");
  const budget = { left: MOST };
  filters.forEach((filter, index) => check(filter, `filters[${index}]`, 1, budget));
  return filters;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Error(`This is no JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function check(filter: unknown, where: string, depth: number, budget: { left: number }): void {
  budget.left -= 1;
  if (budget.left < 0) throw new Error(`There are more than ${MOST} filters.`);
  if (depth > DEEPEST) throw new Error(`${where} is deeper than ${DEEPEST} filters in filters.`);
  if (!isObject(filter)) throw new Error(`${where} is no filter: write {"dialect": …}.`);
  const [dialect, ...others] = Object.keys(filter);
  if (dialect === undefined || others.length > 0) throw new Error(`${where} has to name one dialect, not ${dialect === undefined ? "none" : others.length + 1}.`);
  checkBody(dialect, filter[dialect], `${where}.${dialect}`, depth, budget);
}

function checkBody(dialect: string, body: unknown, where: string, depth: number, budget: { left: number }): void {
  if (dialect in COMPARISONS) checkAttributes(body, where);
  else if (dialect in LISTS) checkList(body, where, depth, budget);
  else if (dialect === "not") check(body, where, depth + 1, budget);
  else if (EXPRESSIONS.includes(dialect)) checkText(body, where);
  else throw new Error(`${where}: there is no such dialect. There are ${DIALECTS.join(", ")}.`);
}

function checkAttributes(body: unknown, where: string): void {
  if (!isObject(body) || Object.keys(body).length === 0) throw new Error(`${where} has to hold attributes: {"type": "order.placed"}.`);
  for (const [name, value] of Object.entries(body)) {
    if (!/^[a-z0-9]+$/.test(name)) throw new Error(`${where}: “${name}” is no attribute; those are of a–z and 0–9.`);
    checkText(value, `${where}.${name}`);
  }
}

function checkList(body: unknown, where: string, depth: number, budget: { left: number }): void {
  if (!Array.isArray(body) || body.length === 0) throw new Error(`${where} has to be a list of at least one filter.`);
  body.forEach((filter, index) => check(filter, `${where}[${index}]`, depth + 1, budget));
}

function checkText(value: unknown, where: string): void {
  if (typeof value !== "string" || value === "") throw new Error(`${where} has to be a text that is not empty.`);
  if (new TextEncoder().encode(value).length > LONGEST) throw new Error(`${where} is longer than ${LONGEST} octets.`);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** What passes, as a sentence. `filters` are those that `parseFilters` found right. */
export function filtersInWords(filters: readonly unknown[], types: readonly string[] = []): string {
  const parts = [
    ...(types.length > 0 ? [`type is ${types.map(quoted).join(" or ")}`] : []),
    ...filters.map((filter) => inWords(filter, filters.length + types.length > 1)),
  ];
  return parts.length === 0 ? "Every event passes." : `Events pass whose ${parts.join(", and ")}.`;
}

function inWords(filter: unknown, inner: boolean): string {
  const [dialect = "", body] = Object.entries(filter as Record<string, unknown>)[0] ?? [];
  if (dialect in COMPARISONS) {
    const entries = Object.entries(body as Record<string, string>);
    return grouped(entries.map(([name, value]) => `${name} ${COMPARISONS[dialect]} ${quoted(value)}`), "and", inner);
  }
  if (dialect in LISTS) return grouped((body as unknown[]).map((one) => inWords(one, true)), LISTS[dialect]!, inner);
  if (dialect === "not") return `not (${inWords(body, false)})`;
  return `expression ${String(body)} is true`;
}

function grouped(parts: readonly string[], word: string, inner: boolean): string {
  const text = parts.join(` ${word} `);
  return inner && parts.length > 1 ? `(${text})` : text;
}

function quoted(text: string): string {
  return `“${text}”`;
}
