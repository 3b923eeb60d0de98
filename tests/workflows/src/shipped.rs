//! The files that users copy or call.

use std::io;
use std::path::Path;

use crate::Kind;

/// Paths in the repository, and what each file is for.
pub const SHIPPED: [(&str, Kind); 3] = [
    (".github/workflows/slsa-sign.yml", Kind::SignDigests),
    (".github/workflows/slsa-build-image.yml", Kind::BuildImage),
    ("templates/slsa-sign.yml", Kind::Component),
];

/// The text of one of them, in the repository that this was built from.
///
/// # Errors
/// The file cannot be read.
pub fn read_shipped(path: &str) -> io::Result<String> {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    std::fs::read_to_string(package.ancestors().nth(2).unwrap_or(package).join(path))
}
