import { WharfError } from "./error.js";

/** A token, and when it is of no more use. */
export interface ExpiringToken {
  token: string;
  /** In milliseconds since 1970, or a date. */
  expiresAt: number | Date;
}

/** Gets a token to log in with. Of a JWT the client reads when it expires. */
export type TokenProvider = () => string | ExpiringToken | Promise<string | ExpiringToken>;

/** Asks for a token. Rejected with a WharfError, whatever the provider throws. */
export async function askToken(provider: TokenProvider): Promise<{ text: string; expiresAt: number | undefined }> {
  try {
    const given = await provider();
    const text = typeof given === "string" ? given : given?.token;
    if (typeof text !== "string") throw new TypeError("it gave neither a text nor { token, expiresAt }");
    return { text, expiresAt: typeof given === "string" ? expiryOf(text) : Number(given.expiresAt) };
  } catch (error) {
    if (error instanceof WharfError && !error.retryable) throw error;
    throw new WharfError("token-failed", `the token provider failed: ${error instanceof Error ? error.message : String(error)}`, true);
  }
}

/** The `exp` of a JWT, which is not checked here; `undefined`: it is none, or says nothing. */
function expiryOf(token: string): number | undefined {
  try {
    const claims = atob(token.split(".")[1]!.replaceAll("-", "+").replaceAll("_", "/"));
    const { exp } = JSON.parse(claims) as { exp?: unknown };
    return typeof exp === "number" ? exp * 1000 : undefined;
  } catch {
    return undefined;
  }
}
