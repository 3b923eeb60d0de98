//! A transparency log or CT log of a trusted root (Sigstore protobuf-specs `TransparencyLogInstance`).
use alloc::{string::String, vec::Vec};

use cretula_encoding::fields::Field;

use crate::reader::{self, Reader};
use crate::{Error, HashAlgorithmRef, KeyDetailsRef, Window};

/// One log with one key. Key, ids and hash algorithm are as written: the verifier resolves them and sets the instance
/// aside if they do not fit (R05 to R07).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogInstance {
    /// URL of the log; empty if absent. Its name is [`log_name`].
    pub base_url: String,
    /// Key id on checkpoint lines, if given.
    pub checkpoint_key_id: Option<Vec<u8>>,
    /// Hash function of the Merkle tree.
    pub hash_algorithm: HashAlgorithmRef,
    /// Id of the log; empty if absent.
    pub log_id: Vec<u8>,
    /// Who runs the log, if said.
    pub operator: Option<String>,
    /// Key of the log.
    pub public_key: LogKey,
}

/// The public key of a log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogKey {
    /// Kind of key and scheme.
    pub key_details: KeyDetailsRef,
    /// SubjectPublicKeyInfo, or RSAPublicKey where `key_details` says so; empty if absent.
    pub raw_bytes: Vec<u8>,
    /// When the key was in use.
    pub valid_for: Window,
}

/// The name of a log: its URL without scheme and without trailing `/` (R08).
///
/// ```
/// assert_eq!(cretula_bundle::log_name("https://log.example:8443/shard/"), "log.example:8443/shard");
/// ```
#[must_use]
pub fn log_name(base_url: &str) -> &str {
    let name = match base_url.split_once("://") {
        Some((scheme, rest)) if is_scheme(scheme) => rest,
        Some(_) | None => base_url,
    };
    name.strip_suffix('/').unwrap_or(name)
}

/// RFC 3986 §3.1.
fn is_scheme(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_alphabetic())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte))
}

impl LogInstance {
    /// The name of the log (R08).
    #[must_use]
    pub fn name(&self) -> &str {
        log_name(&self.base_url)
    }

    pub(crate) fn read(reader: &mut Reader<'_>, field: Field<'_>) -> Result<Self, Error> {
        let mut object = field.object()?;
        let base_url = reader::text_or_empty(&mut object, "baseUrl")?;
        let hash_algorithm = HashAlgorithmRef::read_any(object.take("hashAlgorithm"))?;
        let public_key = LogKey::read(reader, object.take("publicKey"))?;
        let log_id = reader.log_id(object.take("logId"))?;
        let checkpoint_key_id = reader.log_id(object.take("checkpointKeyId"))?;
        let operator = reader::text_or_empty(&mut object, "operator")?;
        reader.finish(object)?;
        Ok(Self {
            base_url,
            checkpoint_key_id: Some(checkpoint_key_id).filter(|id| !id.is_empty()),
            hash_algorithm,
            log_id,
            operator: Some(operator).filter(|operator| !operator.is_empty()),
            public_key,
        })
    }
}

impl LogKey {
    fn read(reader: &mut Reader<'_>, field: Option<Field<'_>>) -> Result<Self, Error> {
        let Some(field) = field else { return Ok(Self::absent()) };
        let mut object = field.object()?;
        let raw_bytes = reader::bytes_or_empty(&mut object, "rawBytes")?;
        let key_details = KeyDetailsRef::read_any(object.take("keyDetails"))?;
        let valid_for = Window::read_for_key(reader, &mut object)?;
        reader.finish(object)?;
        Ok(Self { key_details, raw_bytes, valid_for })
    }

    /// No key at all: the instance will be set aside.
    const fn absent() -> Self {
        Self {
            key_details: KeyDetailsRef::Unknown(String::new()),
            raw_bytes: Vec::new(),
            valid_for: Window::NotDeclared,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::log_name;

    #[test]
    fn a_name_is_the_url_without_scheme_and_slash() {
        for (base_url, name) in [
            ("https://rekor.sigstore.dev", "rekor.sigstore.dev"),
            ("https://log2025-1.rekor.sigstore.dev/", "log2025-1.rekor.sigstore.dev"),
            ("http://localhost:8000", "localhost:8000"),
            ("https://log.example/a/b/", "log.example/a/b"),
            ("log.example", "log.example"),
            ("a name://x", "a name://x"),
            ("://x", "://x"),
            ("https://", ""),
            ("", ""),
        ] {
            assert_eq!(log_name(base_url), name, "{base_url}");
        }
    }
}
