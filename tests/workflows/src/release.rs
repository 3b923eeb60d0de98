//! Whether a file names a command that exists.

use std::fmt;

use crate::{File, Kind, Node};

/// The host of placeholders (RFC 2606 reserves its ending).
const PLACEHOLDER_HOST: &str = "cretula.example";

/// What a file says about the command that it fetches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Release {
    /// A digest of zeros at a host that is nobody's: nothing can be fetched, and the workflow stops there.
    NotReleased,
    /// A digest at a host.
    Released,
    /// A digest without a host, or a host without a digest.
    Half,
}

impl Release {
    /// What this file says.
    #[must_use]
    pub fn of(file: &File) -> Self {
        let mut digest_is_placeholder = Vec::new();
        let mut host_is_placeholder = Vec::new();
        let mut judge = |digest: &str, place: &str| {
            digest_is_placeholder.push(is_placeholder_digest(digest));
            host_is_placeholder.push(host(place) == PLACEHOLDER_HOST);
        };
        match file.kind {
            Kind::Component => {
                let image = file.documents[0].at(&["spec", "inputs", "image", "default"]);
                let (name, digest) =
                    image.and_then(Node::text).and_then(|image| image.split_once('@')).unwrap_or_default();
                judge(digest.trim_start_matches("sha256:"), name);
            }
            Kind::SignDigests | Kind::BuildImage => {
                for step in file.jobs().iter().flat_map(crate::file::Job::steps) {
                    if let Some(digest) = step.variable("CRETULA_SHA256") {
                        judge(digest, step.variable("CRETULA_URL").unwrap_or_default());
                    }
                }
            }
        }
        let all = [digest_is_placeholder, host_is_placeholder].concat();
        match (all.iter().any(|is| *is), all.iter().all(|is| *is)) {
            (false, false) => Self::Released,
            (true, true) => Self::NotReleased,
            _ => Self::Half,
        }
    }
}

impl fmt::Display for Release {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::NotReleased => "NOT RELEASED: the command's address and digest are placeholders",
            Self::Released => "released",
            Self::Half => "HALF RELEASED: either the address or the digest is a placeholder",
        })
    }
}

/// Whether a digest in hexadecimal is nothing but zeros.
#[must_use]
pub fn is_placeholder_digest(digest: &str) -> bool {
    digest.bytes().all(|byte| byte == b'0')
}

/// The host of an address or of the name of an image.
fn host(place: &str) -> &str {
    place.trim_start_matches("https://").split('/').next().unwrap_or_default()
}
