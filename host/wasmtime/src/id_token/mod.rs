//! ID tokens of build platforms: verified before their claims are used, and held so that nothing shows them.
//!
//! [`verify_id_token`] is pure: token, issuers, keys and time are arguments. [`KeySource`] brings the keys, from a file or
//! over HTTPS; [`acquire`] brings the token that a certificate authority gets.

mod acquire;
mod algorithm;
mod claims;
mod compact;
mod error;
mod issuer;
mod jwk;
mod key_set;
mod pre_check;
mod roca;
mod secret;
mod source;
mod verify;

pub use acquire::{AcquireError, TokenOrigin, acquire};
pub use error::{Rule, TokenError};
pub use issuer::{IssuerConfig, IssuerConfigError, Provider};
pub use jwk::UnusedKey;
pub use key_set::{Jwks, KeySetError, KeySets, MAX_KEY_SET_BYTES};
pub use pre_check::{AuthorityExpectation, PreCheckError, pre_check};
pub use secret::{Bearer, IdToken, MAX_TOKEN_BYTES};
pub use source::{FileKeys, HttpsKeys, KeySource, KeySourceError, KeySourceOptions, verify_with_source};
pub use verify::{SecondTokenError, UnverifiedSelector, VerifiedToken, unverified_selector, verify_id_token};

#[cfg(test)]
mod tests;
