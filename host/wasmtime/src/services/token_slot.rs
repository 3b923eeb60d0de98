//! The one place where the token for the certificate authority waits.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use crate::id_token::IdToken;

/// Holds the token until the certificate authority has answered.
#[derive(Clone, Default)]
pub struct TokenSlot(Arc<Mutex<Option<Arc<IdToken>>>>);

impl TokenSlot {
    /// A slot with a token.
    #[must_use]
    pub fn new(token: IdToken) -> Self {
        let slot = Self::default();
        slot.put(token);
        slot
    }

    /// Puts a token there, in place of the one before: for a run that needs another certificate.
    pub fn put(&self, token: IdToken) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(Arc::new(token));
    }

    /// Drops the token. Its memory is zeroed when no request uses it any more.
    pub fn clear(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// Whether there is one.
    #[must_use]
    pub fn is_filled(&self) -> bool {
        self.token().is_some()
    }

    pub(super) fn token(&self) -> Option<Arc<IdToken>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl fmt::Debug for TokenSlot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TokenSlot(..)")
    }
}
