//! Published advisories as cases, made by the virtual Sigstore.

use anyhow::Result;
use cretula_testkit::advisories::{advisories, document};

use super::Generated;
use crate::root::Root;

/// A folder for each advisory, the trusted roots, and an index.
///
/// # Errors
/// None.
pub(super) fn files(_: &Root) -> Result<Vec<Generated>> {
    let files = document::files(&advisories());
    Ok(files.into_iter().map(|(path, content)| (format!("tests/advisories/{path}"), content)).collect())
}
