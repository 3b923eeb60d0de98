//! Names of keys in a transit engine.

use std::fmt;

use crate::keys::KeyError;

/// Where a key is: mount of the engine, namespace, name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TransitKeyName {
    mount: String,
    namespace: Option<String>,
    key: String,
}

impl TransitKeyName {
    /// `mount` and `namespace` may have several parts, separated by `/`; `key` has one.
    ///
    /// # Errors
    /// [`KeyError::Unsupported`] unless all parts consist of letters, digits, `-`, `_` and `.`, and none is `.` or `..`.
    pub fn new(mount: &str, namespace: Option<&str>, key: &str) -> Result<Self, KeyError> {
        let plain = is_path(mount) && namespace.is_none_or(is_path) && is_part(key);
        if !plain {
            return Err(KeyError::unsupported("a mount, namespace or key name with other characters"));
        }
        Ok(Self { mount: mount.to_owned(), namespace: namespace.map(str::to_owned), key: key.to_owned() })
    }

    /// Path of a request: `MOUNT/keys/KEY` or `MOUNT/sign/KEY`.
    pub(super) fn path(&self, endpoint: &str) -> String {
        format!("{}/{endpoint}/{}", self.mount, self.key)
    }

    /// Mount of the engine.
    #[must_use]
    pub fn mount(&self) -> &str {
        &self.mount
    }

    /// Name of the key in the engine.
    #[must_use]
    pub fn key(&self) -> &str {
        &self.key
    }

    /// Namespace, if there is one.
    #[must_use]
    pub fn namespace(&self) -> Option<&str> {
        self.namespace.as_deref()
    }
}

/// `transit:MOUNT[/NAMESPACE]/KEY`
impl fmt::Display for TransitKeyName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "transit:{}/", self.mount)?;
        if let Some(namespace) = &self.namespace {
            write!(f, "{namespace}/")?;
        }
        f.write_str(&self.key)
    }
}

fn is_path(text: &str) -> bool {
    text.split('/').all(is_part)
}

/// Such a part means itself in a URL and in a header.
fn is_part(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    !text.is_empty() && text.bytes().all(plain) && text != "." && text != ".."
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_plain() {
        let name = TransitKeyName::new("ci/transit", Some("org/team"), "slsa-1.key_2").unwrap();
        assert_eq!(name.path("sign"), "ci/transit/sign/slsa-1.key_2");
        assert_eq!(name.to_string(), "transit:ci/transit/org/team/slsa-1.key_2");
        assert_eq!(TransitKeyName::new("m", None, "k").unwrap().to_string(), "transit:m/k");
        let bent = [
            ("", None, "k"),
            ("m/", None, "k"),
            ("m", Some(""), "k"),
            ("m", Some("a//b"), "k"),
            ("m", None, ""),
            ("m", None, "a/b"),
            ("m", None, ".."),
            ("..", None, "k"),
            ("m", None, "a?b"),
            ("m", None, "a%2fb"),
            ("m", Some("a\r\nX-Vault-Token: b"), "k"),
        ];
        for (mount, namespace, key) in bent {
            assert!(TransitKeyName::new(mount, namespace, key).is_err(), "{mount} {namespace:?} {key}");
        }
    }
}
