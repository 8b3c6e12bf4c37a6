import { invalid } from "./error.js";

/** RFC 3986: at most one fragment; a scheme, or no colon in the first segment; and nothing but what may stand in one. */
const REFERENCE = /^(?!.*#.*#)(?:[a-z][a-z\d+.-]*:|(?![^/?#]*:))(?:[\w.~!$&'()*+,;=:@/?#-]|%[\da-f]{2})*$/i;
const SCHEME = /^[a-z][a-z\d+.-]*:/i;
const BASE64 = /^(?:[a-z\d+/]{4})*(?:[a-z\d+/]{2}==|[a-z\d+/]{3}=)?$/i;
const TIME = /^(\d{4}-\d\d-\d\d)T(?:[01]\d|2[0-3]):[0-5]\d:(?:[0-5]\d|60)(?:\.\d+)?(?:Z|[+-](?:[01]\d|2[0-3]):[0-5]\d)$/i;

/** Control characters, noncharacters and lone surrogates. */
const FORBIDDEN = /[\p{Cc}\p{Cs}\p{NChar}]/u;

const CORE = /^(?:id|source|specversion|type|subject|datacontenttype|dataschema|time)$/;

/** The attributes that JSON has as numbers and as Booleans; these are extensions that the CloudEvents project documents. */
const NATIVE = /^(?:sampledrate|severitynumber|opcua(?:metadatam(?:aj|in)orversion|status)|deprecated|bamptxcompleted)$/;

/** The attributes whose text is not any text: their names, what is right, and what to say of what is not. */
const FORMS: readonly (readonly [names: RegExp, isRight: (text: string) => boolean, what: string])[] = [
  [/^(?:deprecated|bamptxcompleted)$/, (text) => text === "true" || text === "false", "true or false"],
  [NATIVE, isInteger, "a whole number of 32 bits"],
  [/^(?:(?:expiry|recorded)?time|deprecation(?:from|sunset))$/, isTime, "a time such as 2026-01-31T12:00:00Z"],
  [/^(?:dataschema|deprecationmigration)$/, (text) => SCHEME.test(text) && isReference(text), "a URI with a scheme"],
  [/^(?:source|dataref)$/, isReference, "a URI-reference"],
  [/^dssematerial$/, isBase64, "base64"],
];

/** The canonical text of an attribute's value. Throws `invalid-argument`, which names the attribute, where there is none. */
export function attributeText(name: string, value: unknown): string {
  if (!/^[a-z\d]+$/.test(name)) throw wrong(name, "has a name of other characters than a-z and 0-9");
  const text = canonical(value);
  if (text === undefined || (CORE.test(name) && typeof value !== "string" && !(value instanceof Date))) {
    throw wrong(name, `cannot be ${String(value)}`);
  }
  if (FORBIDDEN.test(text)) throw wrong(name, "has a character that no attribute may have");
  const form = FORMS.find(([names]) => names.test(name));
  if (text === "" && (form || CORE.test(name))) throw wrong(name, "is empty");
  if (form && !form[1](text)) throw wrong(name, `must be ${form[2]}, not ${JSON.stringify(text)}`);
  return text;
}

/** Whether the name alone tells that the attribute is a number or a Boolean. */
export function isNative(name: string): boolean {
  return NATIVE.test(name);
}

/** The value of an attribute as JSON has it. */
export function nativeValue(name: string, text: string): string | number | boolean {
  return isNative(name) && FORMS.find(([names]) => names.test(name))![1](text) ? (JSON.parse(text) as number | boolean) : text;
}

export function wrong(name: string, reason: string) {
  return invalid(`the event's ${JSON.stringify(name)} ${reason}`);
}

export function isBase64(text: string): boolean {
  return BASE64.test(text);
}

function canonical(value: unknown): string | undefined {
  if (value instanceof Date) return Number.isNaN(Number(value)) ? undefined : value.toISOString();
  if (value instanceof Uint8Array) return btoa(String.fromCharCode(...value));
  if (typeof value === "string" || typeof value === "boolean" || isInteger(String(value))) return String(value);
  return undefined;
}

function isInteger(text: string): boolean {
  return String(Number(text) | 0) === text;
}

/** Whether there is such a day too, which `Date` alone does not say: it takes the 30th of February for a day in March. */
function isTime(text: string): boolean {
  const day = TIME.exec(text)?.[1];
  return day !== undefined && JSON.stringify(new Date(day)).includes(day);
}

/** An address in brackets may stand only where a host does. */
function isReference(text: string): boolean {
  return REFERENCE.test(text.replace(/(\/\/|@)\[[\da-f:.]+\]/i, "$1"));
}
