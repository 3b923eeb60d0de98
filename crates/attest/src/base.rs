//! The one place that knows the project's documentation URL.

/// The URL as a literal, for texts that are put together at compile time.
macro_rules! base {
    () => {
        "https://cretula.example"
    };
}
pub(crate) use base;

/// Documentation URL of the project: every URI of our own begins with it.
pub const BASE: &str = base!();
