//! Trusted roots: the caller's, or the embedded ones.

use std::path::Path;

use sha2::{Digest as _, Sha256};

use cretula_encoding::hex;

use super::{
    files::{self, Kind},
    names::Names,
    outcome::Trouble,
};

/// Version and date of the crate that the embedded roots come from; see `data/README.md`.
pub(crate) const EMBEDDED: &str = "sigstore-trust-root 0.15.1 of 2026-10-23";

/// Root of the public-good instance.
const PUBLIC_GOOD: &[u8] = include_bytes!("../../data/trusted_root.json");
/// Root of the staging instance.
const STAGING: &[u8] = include_bytes!("../../data/trusted_root_staging.json");

/// Signing configuration of the public-good instance.
const SIGNING_CONFIG: &str = include_str!("../../data/signing_config.json");

/// The embedded trust configuration of the public-good instance: what to trust, and where to sign.
pub(crate) fn embedded_trust_config() -> Vec<u8> {
    const MEDIA_TYPE: &str = "application/vnd.dev.sigstore.clienttrustconfig.v0.1+json";
    let root = String::from_utf8_lossy(PUBLIC_GOOD);
    format!(r#"{{"mediaType":"{MEDIA_TYPE}","trustedRoot":{root},"signingConfig":{SIGNING_CONFIG}}}"#)
        .into_bytes()
}

/// Roots and where they come from, for people.
#[derive(Debug)]
pub(crate) struct Roots {
    pub(crate) documents: Vec<Vec<u8>>,
    pub(crate) origin: String,
    /// Whether it is one that the command carries.
    pub(crate) embedded: bool,
}

impl Roots {
    /// The root that a report names by its SHA-256: where it comes from, and the names in it. Without a report of one
    /// of these roots, all of them.
    pub(crate) fn used(&self, sha256: Option<&str>) -> (String, Names) {
        let found = self
            .documents
            .iter()
            .position(|root| Some(hex::encode(&Sha256::digest(root)).as_str()) == sha256);
        let names = found.and_then(|index| self.documents.get(index));
        let names = names.map(|root| Names::of_root(root)).unwrap_or_default();
        let origin = match found {
            Some(index) if self.documents.len() > 1 => {
                format!("{}, root {} of {}", self.origin, index.saturating_add(1), self.documents.len())
            }
            Some(_) | None => self.origin.clone(),
        };
        (origin, names)
    }
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
            embedded: true,
        });
    };
    let bytes = files::read(path, Kind::TrustedRoot)?;
    if bytes.trim_ascii().is_empty() {
        return Err(Trouble::usage(format!("the trusted root {} is empty", files::shown(path)))
            .try_this("give a Sigstore trusted root, or leave --trusted-root out for the embedded one"));
    }
    let documents = lines(&bytes).unwrap_or_else(|| vec![bytes.clone()]);
    Ok(Roots { documents, origin: files::name(path), embedded: false })
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
    fn the_embedded_roots_are_the_ones_that_are_named() {
        let (origin, names) =
            roots(None, false).unwrap().used(Some(&hex::encode(&Sha256::digest(PUBLIC_GOOD))));
        assert_eq!(origin, format!("public-good, embedded, {EMBEDDED}"));
        assert!(names.get("").is_none());
        let (package, version) = EMBEDDED.split_once(' ').unwrap();
        let readme = include_str!("../../data/README.md");
        assert!(readme.contains(package) && readme.contains(&format!("version {version}")), "{EMBEDDED}");
        for document in [PUBLIC_GOOD, STAGING] {
            assert!(readme.contains(&hex::encode(&Sha256::digest(document))));
        }
    }

    #[test]
    fn the_root_that_was_used_is_named() {
        let roots = Roots {
            documents: vec![b"{}".to_vec(), b"{ }".to_vec()],
            origin: "roots".into(),
            embedded: false,
        };
        assert_eq!(roots.used(Some(&hex::encode(&Sha256::digest(b"{ }")))).0, "roots, root 2 of 2");
        assert_eq!(roots.used(None).0, "roots");
    }

    #[test]
    fn several_roots_stand_on_lines_of_their_own() {
        assert_eq!(lines(b"{\"a\":1}\n{\"b\":2}\n").map(|lines| lines.len()), Some(2));
        assert_eq!(lines(b"{\n\"a\":1\n}"), None);
        assert_eq!(lines(b"{\"a\":1}"), None);
    }
}
