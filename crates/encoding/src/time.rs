//! Points in time: seconds since 1970 with nanoseconds, years 1970..=9999, UTC only.
use crate::{Error, ErrorKind};
use alloc::{format, string::String};

/// 9999-12-31T23:59:59Z.
const LAST_SECOND: u64 = 253_402_300_799;
const DAY: u64 = 86_400;

/// A point in time. Ordered; compared without rounding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Time {
    secs: u64,
    nanos: u32,
}

impl Time {
    /// From Unix seconds; `None` after year 9999.
    #[must_use]
    pub fn from_secs(secs: u64) -> Option<Self> {
        (secs <= LAST_SECOND).then_some(Self { secs, nanos: 0 })
    }

    /// From Unix milliseconds (SCT); `None` after year 9999.
    #[must_use]
    pub fn from_millis(millis: u64) -> Option<Self> {
        let nanos = u32::try_from(millis % 1000).ok()?.checked_mul(1_000_000)?;
        Self::from_secs(millis / 1000).map(|time| Self { nanos, ..time })
    }

    /// RFC 3339 with `Z` or a numeric offset; fraction of 1..=9 digits kept.
    ///
    /// `Stricter:` than RFC 3339: `T` and `Z` in upper case, no leap second.
    ///
    /// # Errors
    /// [`ErrorKind::Time`] for any other text, an impossible date, or a year outside 1970..=9999.
    pub fn parse_rfc3339(text: &str) -> Result<Self, Error> {
        rfc3339(text.as_bytes()).ok_or(Error::new(ErrorKind::Time, 0))
    }

    /// From calendar fields; `None` if there is no such date or time of day, or the year is outside 1970..=9999.
    #[must_use]
    pub fn from_calendar(
        year: u16,
        month: u8,
        day: u8,
        hour: u8,
        minute: u8,
        second: u8,
        nanos: u32,
    ) -> Option<Self> {
        let in_range = (1970..=9999).contains(&year) && (1..=days_of_month(year, month)).contains(&day);
        if !in_range || hour > 23 || minute > 59 || second > 59 || nanos > 999_999_999 {
            return None;
        }
        let hours = days_since_1970(year, month, day).checked_mul(24)?.checked_add(u64::from(hour))?;
        let minutes = hours.checked_mul(60)?.checked_add(u64::from(minute))?;
        let secs = minutes.checked_mul(60)?.checked_add(u64::from(second))?;
        Some(Self { secs, nanos })
    }

    /// UTCTime content, as RFC 5280 §4.1.2.5.1 demands: `YYMMDDHHMMSSZ`, 50..=99 meaning 19YY.
    pub(crate) fn from_utc_time(content: &[u8]) -> Option<Self> {
        let (two_digits, rest) = content.split_at_checked(2)?;
        let year = digits(two_digits)?;
        let century = if year < 50 { 2000 } else { 1900 };
        let (fields, rest) = rest.split_first_chunk::<10>()?;
        if rest == b"Z" { compact(year.checked_add(century)?, fields, 0) } else { None }
    }

    /// GeneralizedTime content in DER (X.690 §11.7): `YYYYMMDDHHMMSS[.f]Z`, fraction without trailing zero.
    pub(crate) fn from_generalized_time(content: &[u8]) -> Option<Self> {
        let (year, rest) = content.split_at_checked(4)?;
        let (fields, rest) = rest.split_first_chunk::<10>()?;
        let nanos = match rest.strip_suffix(b"Z")? {
            [] => 0,
            [b'.', .., b'0'] => return None,
            [b'.', fraction @ ..] => nanos(fraction)?,
            _ => return None,
        };
        compact(digits(year)?, fields, nanos)
    }

    /// Whole seconds since 1970.
    #[must_use]
    pub const fn secs(self) -> u64 {
        self.secs
    }

    /// Nanoseconds within the second.
    #[must_use]
    pub const fn nanos(self) -> u32 {
        self.nanos
    }

    /// RFC 3339 `Z`, fraction only if not zero and without trailing zeros.
    #[must_use]
    pub fn to_rfc3339(self) -> String {
        let (year, month, day) = date_of(self.secs / DAY);
        let second_of_day = self.secs % DAY;
        let (hour, minute, second) = (second_of_day / 3600, second_of_day / 60 % 60, second_of_day % 60);
        let seconds = format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}");
        if self.nanos == 0 {
            return format!("{seconds}Z");
        }
        let fraction = format!("{:09}", self.nanos);
        format!("{seconds}.{}Z", fraction.trim_end_matches('0'))
    }
}

/// Month to second as ten digits.
fn compact(year: u16, fields: &[u8; 10], nanos: u32) -> Option<Time> {
    let [month, day, hour, minute, second] = pairs(fields)?;
    Time::from_calendar(year, month, day, hour, minute, second, nanos)
}

fn pairs(fields: &[u8; 10]) -> Option<[u8; 5]> {
    let mut values = [0_u8; 5];
    let (pairs, _) = fields.as_chunks::<2>();
    for (value, pair) in values.iter_mut().zip(pairs) {
        *value = two_digits(*pair)?;
    }
    Some(values)
}

fn rfc3339(text: &[u8]) -> Option<Time> {
    let (fields, rest) = text.split_first_chunk::<19>()?;
    let [y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2, b'T', h1, h2, b':', i1, i2, b':', s1, s2] = *fields
    else {
        return None;
    };
    let (nanos, offset) = match rest {
        [b'.', rest @ ..] => {
            let length = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
            let (fraction, offset) = rest.split_at_checked(length)?;
            (nanos(fraction)?, offset)
        }
        offset => (0, offset),
    };
    let local = compact(digits(&[y1, y2, y3, y4])?, &[m1, m2, d1, d2, h1, h2, i1, i2, s1, s2], nanos)?;
    apply_offset(local, offset)
}

/// Local time to UTC.
fn apply_offset(local: Time, offset: &[u8]) -> Option<Time> {
    let (sign, hour, minute) = match *offset {
        [b'Z'] => return Some(local),
        [sign, h1, h2, b':', m1, m2] => (sign, two_digits([h1, h2])?, two_digits([m1, m2])?),
        _ => return None,
    };
    if hour > 23 || minute > 59 {
        return None;
    }
    let distance = u64::from(hour).checked_mul(3600)?.checked_add(u64::from(minute).checked_mul(60)?)?;
    let secs = match sign {
        b'+' => local.secs.checked_sub(distance)?,
        b'-' => local.secs.checked_add(distance)?,
        _ => return None,
    };
    Time::from_secs(secs).map(|time| Time { nanos: local.nanos, ..time })
}

/// Nanoseconds of 1..=9 fraction digits.
fn nanos(fraction: &[u8]) -> Option<u32> {
    if !(1..=9).contains(&fraction.len()) {
        return None;
    }
    let padded = fraction.iter().chain(b"000000000").take(9);
    padded.copied().try_fold(0_u32, |sum, byte| sum.checked_mul(10)?.checked_add(u32::from(digit(byte)?)))
}

/// Value of up to four digits.
fn digits(text: &[u8]) -> Option<u16> {
    text.iter()
        .copied()
        .try_fold(0_u16, |sum, byte| sum.checked_mul(10)?.checked_add(u16::from(digit(byte)?)))
}

fn two_digits([tens, ones]: [u8; 2]) -> Option<u8> {
    digit(tens)?.checked_mul(10)?.checked_add(digit(ones)?)
}

fn digit(byte: u8) -> Option<u8> {
    byte.is_ascii_digit().then(|| byte.wrapping_sub(b'0'))
}

const fn is_leap(year: u16) -> bool {
    year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400))
}

const fn days_of_month(year: u16, month: u8) -> u8 {
    match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 if is_leap(year) => 29,
        2 => 28,
        _ => 0,
    }
}

/// Days from 1970-01-01 to a date that exists.
fn days_since_1970(year: u16, month: u8, day: u8) -> u64 {
    let years_before = (1970..year).map(|year| if is_leap(year) { 366 } else { 365 });
    let months_before = (1..month).map(|month| u64::from(days_of_month(year, month)));
    let days_before = u64::from(day.saturating_sub(1));
    years_before.chain(months_before).fold(days_before, u64::saturating_add)
}

/// Year, month and day of a day number: days are counted from March 1 of year 0, in eras of 400 years.
fn date_of(days_since_1970: u64) -> (u64, u64, u64) {
    let days = days_since_1970.saturating_add(719_468);
    let (era, day_of_era) = (days / 146_097, days % 146_097);
    let leap_days = (day_of_era / 36_524).wrapping_sub(day_of_era / 1_460).wrapping_sub(day_of_era / 146_096);
    let year_of_era = day_of_era.wrapping_add(leap_days) / 365;
    let days_before_year =
        (year_of_era.wrapping_mul(365)).wrapping_add(year_of_era / 4).wrapping_sub(year_of_era / 100);
    let day_of_year = day_of_era.wrapping_sub(days_before_year);
    let month_from_march = day_of_year.wrapping_mul(5).wrapping_add(2) / 153;
    let day =
        day_of_year.wrapping_sub(month_from_march.wrapping_mul(153).wrapping_add(2) / 5).wrapping_add(1);
    let year = era.wrapping_mul(400).wrapping_add(year_of_era);
    if month_from_march < 10 {
        (year, month_from_march.wrapping_add(3), day)
    } else {
        (year.wrapping_add(1), month_from_march.wrapping_sub(9), day)
    }
}

/// A closed interval `[start, end]`; a missing bound is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct TimeRange {
    /// First instant inside.
    pub start: Option<Time>,
    /// Last instant inside.
    pub end: Option<Time>,
}

impl TimeRange {
    /// Whether `time` lies inside, ends included.
    #[must_use]
    pub fn contains(&self, time: Time) -> bool {
        self.start.is_none_or(|start| start <= time) && self.end.is_none_or(|end| time <= end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn time(text: &str) -> Time {
        Time::parse_rfc3339(text).expect("a time")
    }

    #[test]
    fn parts_of_a_second_are_less_than_one() {
        let with = |nanos| Time::from_calendar(2026, 1, 1, 0, 0, 0, nanos).map(|time| time.nanos);
        assert_eq!(with(999_999_999), Some(999_999_999));
        assert_eq!(with(1_000_000_000), None);
        assert_eq!(with(u32::MAX), None);
    }

    #[test]
    fn offsets_are_less_than_a_day() {
        assert_eq!(time("2026-01-02T00:00:00+23:59"), time("2026-01-01T00:01:00Z"));
        assert_eq!(time("2026-01-01T00:01:00-23:59"), time("2026-01-02T00:00:00Z"));
        assert!(Time::parse_rfc3339("2026-01-02T00:00:00+24:00").is_err());
        assert!(Time::parse_rfc3339("2026-01-02T00:00:00+00:60").is_err());
    }

    #[test]
    fn calendar_and_seconds_agree() {
        for (text, secs) in [
            ("1970-01-01T00:00:00Z", 0),
            ("2000-02-29T23:59:59Z", 951_868_799),
            ("2000-03-01T00:00:00Z", 951_868_800),
            ("2100-02-28T00:00:00Z", 4_107_456_000),
            ("2100-03-01T00:00:00Z", 4_107_542_400),
            ("9999-12-31T23:59:59Z", LAST_SECOND),
        ] {
            assert_eq!(time(text).secs(), secs);
            assert_eq!(time(text).to_rfc3339(), text);
        }
    }

    #[test]
    fn fractions_and_offsets() {
        assert_eq!(time("2024-01-01T00:00:00.123456789Z").nanos(), 123_456_789);
        assert_eq!(time("2024-01-01T00:00:00.120Z").to_rfc3339(), "2024-01-01T00:00:00.12Z");
        assert_eq!(time("2024-01-01T02:30:00+02:30"), time("2024-01-01T00:00:00Z"));
        assert_eq!(time("2023-12-31T23:00:00.5-01:00"), time("2024-01-01T00:00:00.5Z"));
        assert_eq!(time("2024-01-01T00:00:00-00:00"), time("2024-01-01T00:00:00Z"));
        assert_eq!(Time::from_millis(1_500).map(Time::to_rfc3339).as_deref(), Some("1970-01-01T00:00:01.5Z"));
    }

    #[test]
    fn refuses_other_texts() {
        for text in [
            "",
            "2024-01-01",
            "2024-01-01T00:00:00",
            "2024-01-01t00:00:00Z",
            "2024-01-01 00:00:00Z",
            "2024-01-01T00:00:00z",
            "2024-01-01T00:00:00.Z",
            "2024-01-01T00:00:00.1234567890Z",
            "2024-01-01T00:00:60Z",
            "2024-01-01T24:00:00Z",
            "2023-02-29T00:00:00Z",
            "2024-00-01T00:00:00Z",
            "2024-13-01T00:00:00Z",
            "2024-01-00T00:00:00Z",
            "1969-12-31T23:59:59Z",
            "1970-01-01T00:00:00+00:01",
            "9999-12-31T23:59:59-00:01",
            "2024-01-01T00:00:00+24:00",
            "2024-01-01T00:00:00+00:60",
            "2024-01-01T00:00:00+0000",
            "2024-01-01T00:00:00ZZ",
            "+024-01-01T00:00:00Z",
        ] {
            assert_eq!(Time::parse_rfc3339(text), Err(Error::new(ErrorKind::Time, 0)), "{text}");
        }
    }

    #[test]
    fn ends_of_the_range() {
        assert!(Time::from_secs(LAST_SECOND).is_some());
        assert!(Time::from_secs(LAST_SECOND + 1).is_none());
        assert!(Time::from_millis(u64::MAX).is_none());
        let range = TimeRange { start: Time::from_secs(10), end: Time::from_secs(20) };
        let inside = |secs| Time::from_secs(secs).is_some_and(|time| range.contains(time));
        assert_eq!([9, 10, 20, 21].map(inside), [false, true, true, false]);
        assert!(!range.contains(time("1970-01-01T00:00:20.000000001Z")));
        assert!(TimeRange::default().contains(time("1970-01-01T00:00:00Z")));
    }

    proptest! {
        #![proptest_config(crate::repeatable())]

        #[test]
        fn texts_come_back(secs in 0..=LAST_SECOND, nanos in 0_u32..1_000_000_000) {
            let time = Time { secs, nanos };
            prop_assert_eq!(Time::parse_rfc3339(&time.to_rfc3339()), Ok(time));
        }

        #[test]
        fn never_panics(text: String) {
            let parsed = Time::parse_rfc3339(&text);
            prop_assert!(parsed.is_ok() || parsed.is_err());
        }
    }
}
