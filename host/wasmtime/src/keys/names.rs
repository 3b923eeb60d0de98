//! How a command line names a key.

use std::path::PathBuf;

use super::{KeyError, TransitKeyName};

/// Mount of OpenBao's transit engine where nothing else is said.
const DEFAULT_MOUNT: &str = "transit";

/// What stands before other keys in cosign's names, and what it is.
const ELSEWHERE: &[(&str, &str)] = &[
    ("awskms://", "keys of AWS KMS"),
    ("azurekms://", "keys of Azure Key Vault"),
    ("gcpkms://", "keys of Google Cloud KMS"),
    ("pkcs11:", "keys of PKCS#11 tokens"),
    ("k8s://", "keys in Kubernetes secrets"),
    ("env://", "keys in environment variables"),
    ("gitlab://", "keys in variables of GitLab"),
    ("github://", "keys in secrets of GitHub"),
];

/// A key as the option `--key` names it. Requests never name keys in this way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyReference {
    /// A file.
    File(PathBuf),
    /// A key of OpenBao's or Vault's transit engine.
    Transit(TransitKeyName),
}

impl KeyReference {
    /// Reads `FILE`, `transit:MOUNT[/NAMESPACE]/KEY`, or cosign's `hashivault://KEY` and `openbao://KEY`.
    ///
    /// # Errors
    /// [`KeyError::Unsupported`] for cosign's names of other backends, saying what there is.
    pub fn parse(text: &str) -> Result<Self, KeyError> {
        for scheme in ["hashivault://", "openbao://"] {
            if let Some(key) = text.strip_prefix(scheme) {
                return TransitKeyName::new(DEFAULT_MOUNT, None, key).map(Self::Transit);
            }
        }
        if let Some(path) = text.strip_prefix("transit:") {
            return parse_transit(path).map(Self::Transit);
        }
        match ELSEWHERE.iter().find(|(scheme, _)| text.starts_with(scheme)) {
            Some((_, what)) => Err(unsupported(what)),
            None if text.contains("://") => Err(unsupported("keys of this kind")),
            None => Ok(Self::File(PathBuf::from(text))),
        }
    }
}

fn unsupported(what: &str) -> KeyError {
    KeyError::unsupported(format!(
        "{what}; there are: a file, transit:MOUNT/KEY, openbao://KEY, hashivault://KEY"
    ))
}

/// The mount is the first part, the key the last one, the namespace what is between.
fn parse_transit(path: &str) -> Result<TransitKeyName, KeyError> {
    let (mount, rest) = path.split_once('/').ok_or(KeyError::unsupported("transit: without MOUNT/KEY"))?;
    match rest.rsplit_once('/') {
        Some((namespace, key)) => TransitKeyName::new(mount, Some(namespace), key),
        None => TransitKeyName::new(mount, None, rest),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_cosign_and_ours() {
        let transit =
            |mount, namespace, key| TransitKeyName::new(mount, namespace, key).map(KeyReference::Transit);
        let cases = [
            ("cosign.key", Ok(KeyReference::File("cosign.key".into()))),
            ("/run/keys/a", Ok(KeyReference::File("/run/keys/a".into()))),
            ("hashivault://slsa", transit("transit", None, "slsa")),
            ("openbao://slsa", transit("transit", None, "slsa")),
            ("transit:ci/slsa", transit("ci", None, "slsa")),
            ("transit:ci/prod/slsa", transit("ci", Some("prod"), "slsa")),
            ("transit:ci/org/team/slsa", transit("ci", Some("org/team"), "slsa")),
        ];
        for (text, expected) in cases {
            assert!(expected.is_ok());
            assert_eq!(KeyReference::parse(text), expected, "{text}");
        }
    }

    #[test]
    fn everything_else_names_what_there_is() {
        for text in
            ["awskms:///alias/a", "gcpkms://p", "azurekms://v", "pkcs11:token=a", "k8s://n/s", "env://A"]
        {
            let error = KeyReference::parse(text).unwrap_err();
            assert_eq!(error.kind(), "unsupported");
            assert!(error.to_string().contains("openbao://KEY"), "{error}");
        }
        for text in ["x://y", "transit:slsa", "transit:", "openbao://", "openbao://a/b", "transit:a/../b"] {
            assert_eq!(KeyReference::parse(text).unwrap_err().kind(), "unsupported", "{text}");
        }
    }
}
