import { InputField } from "../../parts/input-field.tsx";

interface Props {
  testId: string;
  /** Whether there may be none, and what then. */
  note?: string;
  required: boolean;
}

/** A new password, twice: nobody sees what was typed. */
export function PasswordFields({ testId, note, required }: Props) {
  return (
    <div class="argument-grid">
      <InputField testId={testId} name="password" type="password" label="Password" required={required} note={note} />
      <InputField testId={testId} name="repeated" type="password" label="Password, repeated" required={required} />
    </div>
  );
}

/** The password, "" for none; throws when the two are not the same. */
export function passwordOf(given: (field: string) => string): string {
  if (given("password") !== given("repeated")) throw new Error("The two passwords are not the same: type them again.");
  return given("password");
}
