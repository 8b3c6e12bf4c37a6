import { invalid, WharfError } from "./error.js";

/** The part of {@link https://standardschema.dev | Standard Schema} that is used here: zod, valibot, arktype and others have it. */
export interface StandardSchema<T = unknown> {
  readonly "~standard": {
    readonly version: 1;
    readonly vendor: string;
    readonly validate: (value: unknown) => StandardResult<T> | Promise<StandardResult<T>>;
  };
}

/** What a schema says of a value. */
export type StandardResult<T> =
  | { readonly value: T; readonly issues?: undefined }
  | { readonly issues: readonly { readonly message: string }[] };

/** Checks a body that was read as JSON: a function that returns it, perhaps changed, or throws; or a schema. */
export type Validator<T> = ((value: unknown) => T) | StandardSchema<T>;

/** The validator as a function. */
export function readValidator<T>(validator: Validator<T> | undefined): ((value: unknown) => T) | undefined {
  return validator === undefined || typeof validator === "function" ? validator : checkWith(validator);
}

function checkWith<T>(schema: StandardSchema<T>): (value: unknown) => T {
  const { validate } = schema["~standard"] ?? {};
  if (typeof validate !== "function") throw invalid("validate must be a function or a Standard Schema");
  return (value) => {
    const result = validate(value);
    if (result instanceof Promise) throw new TypeError("a schema that answers with a promise cannot be used here");
    if (result.issues) throw new TypeError(result.issues.map(({ message }) => message).join("; "));
    return result.value;
  };
}

export function invalidBody(error: unknown): WharfError {
  return new WharfError("invalid-body", `the body is not as expected: ${error instanceof Error ? error.message : String(error)}`);
}
