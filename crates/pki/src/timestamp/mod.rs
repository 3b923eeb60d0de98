//! RFC 3161 timestamp tokens: parsed from a `TimeStampResp`, verified against one timestamp authority.
//!
//! [`TimestampToken::parse`] covers checks T01 and T02: an error there means that the evidence is malformed.
//! [`verify_token`] covers T03 to T12 for one authority: an error there means that the token is not evidence under
//! this authority. Whether the time lies inside the validity of a signing certificate (T13) and how many authorities
//! are needed (T14) is decided by the caller.

mod cert_id;
mod error;
mod signer_info;
mod token;
mod tsa_name;
mod tst_info;
mod verify;

#[cfg(test)]
mod tests;

pub use error::{
    AttributeFault, CertIdFault, ProfileFault, RequestMember, TokenError, TokenFault, TokenWarning,
};
pub use token::TimestampToken;
pub use tst_info::{Accuracy, TstInfo};
pub use verify::{CertIdRule, TokenAuthority, TokenFacts, TokenRules, verify_token};
