//! Where the trust configuration comes from.

use async_trait::async_trait;

/// Brings a `ClientTrustConfig` v0.1: what to trust, and where to sign.
#[async_trait]
pub trait TrustSource: Send + Sync {
    /// The current one. `after` is one that turned out to be out of date: a log in it takes no more entries.
    ///
    /// # Errors
    /// None that is current can be had; the text is for people.
    async fn current(&self, after: Option<&[u8]>) -> Result<Vec<u8>, String>;
}

/// One document that never changes, for hosts that are given it from outside.
#[derive(Debug, Clone)]
pub struct FixedTrust(Vec<u8>);

impl FixedTrust {
    /// This document.
    #[must_use]
    pub fn new(document: &[u8]) -> Self {
        Self(document.to_vec())
    }
}

#[async_trait]
impl TrustSource for FixedTrust {
    async fn current(&self, after: Option<&[u8]>) -> Result<Vec<u8>, String> {
        match after {
            None => Ok(self.0.clone()),
            Some(_) => Err("the trust configuration of this host is fixed".to_owned()),
        }
    }
}
