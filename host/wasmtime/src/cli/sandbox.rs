//! The sandbox of one command.

use cretula::{InstanceMode, Runtime, RuntimeOptions, SandboxCause, SandboxError, Verifier};

use super::{outcome::Trouble, report, show::text::foreign};

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

/// A reply that the command cannot read is a failure of the sandbox.
pub(crate) fn unreadable(what: &str) -> Trouble {
    let detail = format!("{what} of the module cannot be read");
    Trouble::from(SandboxError { cause: SandboxCause::Reply, detail })
}

/// The trouble of an error document.
pub(crate) fn trouble_of(failure: &report::FailureBody, whose: &str) -> Trouble {
    let place = failure.path.as_deref().map(|path| format!(" at {}", foreign(path))).unwrap_or_default();
    let detail = failure.detail.as_deref().map(|detail| format!(": {}", foreign(detail))).unwrap_or_default();
    Trouble::usage(format!("the {whose} is not acceptable{place}{detail}"))
        .coded(failure.code.clone())
        .try_this(super::words::advice::advice(&failure.code))
}
