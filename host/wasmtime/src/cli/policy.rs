//! `cretula policy check`.

use std::path::Path;

use super::{
    files::{self, Kind},
    outcome::{Exit, Trouble},
    report::{self, Failure},
    sandbox, show,
    surroundings::Output,
};

/// Prints the policy as it takes effect.
///
/// # Errors
/// The policy cannot be read, or cannot take effect.
pub(crate) fn check(file: &Path, output: &mut Output) -> Result<Exit, Trouble> {
    let policy = files::read(file, Kind::Policy)?;
    let document = sandbox::start()?.check_policy_json(&policy)?;
    if let Some(failure) = report::read::<Failure>(&document) {
        return Err(sandbox::trouble_of(&failure.error, "policy"));
    }
    output.result(&show::text::indented(&document));
    Ok(Exit::Success)
}
