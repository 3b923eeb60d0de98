//! Bytes that nobody else may see.

use zeroize::Zeroizing;

/// A passphrase or an access token: zeroed when dropped, neither copied nor printed.
///
/// ```compile_fail
/// let secret = cretula::keys::Secret::new(b"hunter2".to_vec());
/// println!("{secret:?}");
/// ```
/// ```compile_fail
/// let secret = cretula::keys::Secret::new(b"hunter2".to_vec());
/// let copy = secret.clone();
/// ```
pub struct Secret(Zeroizing<Vec<u8>>);

impl Secret {
    /// Takes the bytes over.
    #[must_use]
    pub fn new(bytes: Vec<u8>) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// For the one call that needs them.
    pub(crate) fn expose(&self) -> &[u8] {
        &self.0
    }
}
