//! The present, and waiting for it: these services run in real time.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Seconds since 1970.
pub(crate) fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |past| past.as_secs())
}

/// Something that no other run has, for seeds and names.
pub(crate) fn nanos() -> u128 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |past| past.as_nanos())
}

/// Asks again and again until the answer is yes; whether it ever was.
pub(crate) fn wait_until(longest: Duration, mut is_so: impl FnMut() -> bool) -> bool {
    const PAUSE: Duration = Duration::from_millis(50);
    let end = SystemTime::now() + longest;
    while SystemTime::now() < end {
        if is_so() {
            return true;
        }
        std::thread::sleep(PAUSE);
    }
    is_so()
}
