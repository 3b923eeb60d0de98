//! The project's own cases, made by the virtual Sigstore.

use anyhow::Result;
use cretula_testkit::cases;

use super::Generated;
use crate::root::Root;

/// One file per check, and the trusted roots.
///
/// # Errors
/// None.
pub(super) fn checks(_: &Root) -> Result<Vec<Generated>> {
    let files = cases::data::files(&cases::cases());
    Ok(files.into_iter().map(|(path, content)| (format!("tests/vectors/checks/{path}"), content)).collect())
}
