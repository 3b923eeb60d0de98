//! The sandbox of one command.

use cretula::{InstanceMode, Runtime, RuntimeOptions, Verifier};

use super::{outcome::Trouble, report};

/// Starts the runtime for a handful of calls.
///
/// # Errors
/// The machine cannot run it.
pub(crate) fn start() -> Result<Verifier, Trouble> {
    let options = RuntimeOptions {
        // A bundle of 16 MiB is hashed, decoded and parsed within it, on slow machines too.
        deadline: std::time::Duration::from_secs(30),
        max_memory_bytes: 512 << 20,
        max_instances: 1,
    };
    Ok(Verifier::new(&Runtime::new(options)?, InstanceMode::Fresh))
}

/// The trouble of an error document.
pub(crate) fn trouble_of(failure: &report::FailureBody, whose: &str) -> Trouble {
    let place = failure.path.as_deref().map(|path| format!(" at {path}")).unwrap_or_default();
    let detail = failure.detail.as_deref().map(|detail| format!(": {detail}")).unwrap_or_default();
    Trouble::usage(format!("the {whose} is not acceptable{place}{detail}"))
        .coded(failure.code.clone())
        .try_this(super::words::advice::advice(&failure.code))
}
