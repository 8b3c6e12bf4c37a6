//! Moments as text.

use time::OffsetDateTime;

/// Seconds of a time stamp that could still be meant as seconds: the end of the year 9999.
const LAST_SECOND: i64 = 253_402_300_799;

/// RFC 3339, UTC, with milliseconds, of milliseconds since 1970.
pub(super) fn rfc3339(milliseconds: u64) -> String {
    let nanoseconds = i128::from(milliseconds) * 1_000_000;
    let at = OffsetDateTime::from_unix_timestamp_nanos(nanoseconds).unwrap_or(OffsetDateTime::UNIX_EPOCH);
    let (year, month, day) = (at.year(), u8::from(at.month()), at.day());
    let (hour, minute, second, milliseconds) = at.to_hms_milli();
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{milliseconds:03}Z")
}

/// A time as a service wrote it: seconds since 1970 are turned into RFC 3339, anything else is left as it is.
pub(super) fn normalised(text: String) -> String {
    let seconds = text.parse::<i64>().ok().filter(|seconds| (0..=LAST_SECOND).contains(seconds));
    match seconds.and_then(|seconds| u64::try_from(seconds).ok()) {
        Some(seconds) => rfc3339(seconds * 1_000),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_has_milliseconds() {
        assert_eq!(rfc3339(0), "1970-01-01T00:00:00.000Z");
        assert_eq!(rfc3339(1_700_000_000_012), "2023-11-14T22:13:20.012Z");
        assert_eq!(rfc3339(u64::MAX), "1970-01-01T00:00:00.000Z");
    }

    #[test]
    fn seconds_become_a_time() {
        assert_eq!(normalised("1700000000".into()), "2023-11-14T22:13:20.000Z");
        assert_eq!(normalised("2023-11-14T22:13:20+01:00".into()), "2023-11-14T22:13:20+01:00");
        assert_eq!(normalised("-1".into()), "-1");
    }
}
