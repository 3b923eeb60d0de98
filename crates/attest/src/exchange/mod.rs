//! Bodies of requests to services, and what is demanded of the replies. Pure functions: sending and waiting are the
//! host's.
//!
//! Nothing of a reply is used before it has been checked here: each function returns what it established, and that is
//! what goes into the state and into the bundle. Evidence that was stored is checked again by the same code, without
//! the present time.

pub mod fulcio;
mod log_entry;
pub mod rekor_tiles;
pub mod rekor_v1;
pub mod rekor_v2;
pub mod tsa;

use cretula_crypto::{Checker, SignatureProvider};
use cretula_encoding::fields::FieldError;
use cretula_encoding::json::{self, Value};
use cretula_encoding::limits::Limits;
use cretula_encoding::time::Time;
use cretula_verify::TrustedRoot;

use crate::error::{AttestError, ErrorKind};
pub use log_entry::LogEntry;

/// `reply-bytes`: the longest body of a reply that is read, in bytes.
pub const REPLY_BYTES: usize = 1 << 20;

/// How far the clock of a service may be from the host's, in seconds (L6, T5).
const CLOCK_SECS: u64 = 300;

/// With what a log and its readers verify the signature of a bundle.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signer<'a> {
    /// The signing certificate, DER.
    Certificate(&'a [u8]),
    /// SubjectPublicKeyInfo of a managed key, DER.
    PublicKey(&'a [u8]),
}

/// With what replies are checked.
#[derive(Clone, Copy)]
pub struct Means<'a> {
    /// The trusted root of the run.
    pub trusted_root: &'a TrustedRoot,
    /// Arithmetic of signatures.
    pub provider: &'a dyn SignatureProvider,
    /// Limits of documents and evidence. Each check has its own budget of signatures.
    pub limits: &'a Limits,
}

impl core::fmt::Debug for Means<'_> {
    fn fmt(&self, out: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        out.debug_struct("Means").finish_non_exhaustive()
    }
}

impl<'a> Means<'a> {
    fn checker(&self) -> Checker<'a> {
        Checker::new(self.provider, self.limits.signature_total)
    }

    /// The body of a reply as strict JSON; `format` is the code of anything else.
    fn parse_reply<'b>(&self, body: &'b [u8], format: ErrorKind) -> Result<Value<'b>, AttestError> {
        demand_reply_bytes(body)?;
        let refuse = |error| AttestError { kind: format, ..AttestError::from(error) };
        json::parse(body, &self.limits.json()).map_err(refuse)
    }
}

fn demand_reply_bytes(body: &[u8]) -> Result<(), AttestError> {
    if body.len() <= REPLY_BYTES {
        return Ok(());
    }
    Err(AttestError::new(ErrorKind::LimitReplyBytes, alloc::format!("at most {REPLY_BYTES} bytes are read")))
}

/// A member of a reply is missing or has another form.
fn malformed(kind: ErrorKind) -> impl Fn(FieldError) -> AttestError {
    move |error| AttestError { kind, ..AttestError::from(error) }
}

/// Whether a service's time is that of the call.
fn is_about(time: Time, now: Time) -> bool {
    let earliest = Time::from_secs(now.secs().saturating_sub(CLOCK_SECS));
    let latest = Time::from_secs(now.secs().saturating_add(CLOCK_SECS));
    earliest.is_none_or(|earliest| earliest <= time) && latest.is_none_or(|latest| time <= latest)
}

/// Inside the validity of the signing certificate, if there is one, and at the time of the call, if that is known.
fn demand_time(
    kind: ErrorKind,
    time: Time,
    leaf_validity: Option<(Time, Time)>,
    now: Option<Time>,
) -> Result<(), AttestError> {
    if leaf_validity.is_some_and(|(not_before, not_after)| time < not_before || not_after < time) {
        return Err(AttestError::new(kind, "the time lies outside the validity of the signing certificate"));
    }
    if now.is_some_and(|now| !is_about(time, now)) {
        let detail = alloc::format!("the time is more than {CLOCK_SECS} s from that of the call");
        return Err(AttestError::new(kind, detail));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(secs: u64) -> Time {
        Time::from_secs(secs).unwrap()
    }

    #[test]
    fn five_minutes_are_about_now() {
        for (time, is_now) in [(699, false), (700, true), (1000, true), (1300, true), (1301, false)] {
            assert_eq!(is_about(at(time), at(1000)), is_now, "{time}");
        }
        assert!(!is_about(Time::from_millis(1_300_001).unwrap(), at(1000)), "one millisecond late");
        assert!(is_about(at(0), at(0)) && is_about(at(253_402_300_799), at(253_402_300_799)));
    }

    #[test]
    fn the_certificate_bounds_a_time_and_the_call_may_be_unknown() {
        let check =
            |time, now| demand_time(ErrorKind::TsaTime, at(time), Some((at(50), at(60))), now).is_ok();
        for (time, fits) in [(49, false), (50, true), (60, true), (61, false)] {
            assert_eq!((check(time, None), check(time, Some(at(55)))), (fits, fits), "{time}");
        }
        assert!(!check(55, Some(at(356))) && check(55, Some(at(355))));
        assert!(demand_time(ErrorKind::TsaTime, at(1), None, None).is_ok());
    }

    #[test]
    fn the_longest_reply_is_read() {
        let code = |length| demand_reply_bytes(&alloc::vec![0; length]).map_err(|error| error.code());
        assert_eq!((code(REPLY_BYTES), code(REPLY_BYTES + 1)), (Ok(()), Err("limits/reply-bytes")));
    }
}
