//! Trusted roots: the caller's, or the embedded ones.

use std::path::Path;

use super::{
    files::{self, Kind},
    outcome::Trouble,
};

/// Version and date of the crate that the embedded roots come from; see `data/README.md`.
pub(crate) const EMBEDDED: &str = "sigstore-trust-root 0.15.1 of 2026-10-23";

/// Root of the public-good instance.
const PUBLIC_GOOD: &[u8] = include_bytes!("../../data/trusted_root.json");
/// Root of the staging instance.
const STAGING: &[u8] = include_bytes!("../../data/trusted_root_staging.json");

/// Roots and where they come from, for people.
#[derive(Debug)]
pub(crate) struct Roots {
    pub(crate) documents: Vec<Vec<u8>>,
    pub(crate) origin: String,
}

/// The roots of a command.
///
/// # Errors
/// The file cannot be read or is empty.
pub(crate) fn roots(file: Option<&Path>, staging: bool) -> Result<Roots, Trouble> {
    let Some(path) = file else {
        let (document, name) = if staging { (STAGING, "staging") } else { (PUBLIC_GOOD, "public-good") };
        return Ok(Roots {
            documents: vec![document.to_vec()],
            origin: format!("{name}, embedded, {EMBEDDED}"),
        });
    };
    let bytes = files::read(path, Kind::TrustedRoot)?;
    if bytes.trim_ascii().is_empty() {
        return Err(Trouble::usage(format!("the trusted root {} is empty", files::shown(path)))
            .try_this("give a Sigstore trusted root, or leave --trusted-root out for the embedded one"));
    }
    let documents = lines(&bytes).unwrap_or_else(|| vec![bytes.clone()]);
    Ok(Roots { documents, origin: files::name(path) })
}

/// JSON lines: every line is an object of its own.
fn lines(bytes: &[u8]) -> Option<Vec<Vec<u8>>> {
    let lines: Vec<&[u8]> =
        bytes.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii).filter(|line| !line.is_empty()).collect();
    let objects = lines.iter().all(|line| line.starts_with(b"{") && line.ends_with(b"}"));
    (lines.len() > 1 && objects).then(|| lines.into_iter().map(<[u8]>::to_vec).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn several_roots_stand_on_lines_of_their_own() {
        assert_eq!(lines(b"{\"a\":1}\n{\"b\":2}\n").map(|lines| lines.len()), Some(2));
        assert_eq!(lines(b"{\n\"a\":1\n}"), None);
        assert_eq!(lines(b"{\"a\":1}"), None);
    }
}
