interface Props {
  label: string;
  /** Both in the same unit; null while they are not known. */
  used: number | null;
  limit: number | null;
  format: (value: number) => string;
  /** Part of the limit from which on it needs attention. */
  highFrom?: number;
  testId?: string;
}

/** How much of a limit is used: a bar, and the same in words. */
export function Meter({ label, used, limit, format, highFrom = 0.8, testId }: Props) {
  const part = used !== null && limit ? Math.min(1, used / limit) : 0;
  const level = part >= 1 ? "full" : part >= highFrom ? "high" : "fine";
  const text = used === null ? "not known" : limit ? `${format(used)} of ${format(limit)}` : format(used);
  return (
    <div class="meter" data-level={level} data-testid={testId}>
      <p>
        <span>{label}</span>
        <span class="numbers">{text}</span>
      </p>
      <svg viewBox="0 0 100 4" preserveAspectRatio="none" aria-hidden="true">
        <rect class="track" width="100" height="4" />
        <rect class="fill" width={part * 100} height="4" />
      </svg>
    </div>
  );
}
