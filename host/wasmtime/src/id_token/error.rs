//! Why a token is not accepted: the rule inwards, one code outwards.

use std::fmt;

/// Declares the rules with their sentences.
macro_rules! rules {
    ($($rule:ident = $sentence:literal,)*) => {
        /// Rules about ID tokens. Which one was broken is for the audit log only.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Rule {
            $(#[doc = $sentence] $rule,)*
        }

        impl Rule {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$rule,)*];

            /// Id, such as `J9`.
            #[must_use]
            pub const fn id(self) -> &'static str {
                match self { $(Self::$rule => stringify!($rule),)* }
            }

            /// What the rule demands.
            #[must_use]
            pub const fn sentence(self) -> &'static str {
                match self { $(Self::$rule => $sentence,)* }
            }
        }
    };
}

rules! {
    J1 = "Compact JWS of at most 8 KiB with exactly two dots (RFC 7515 §7.1).",
    J2 = "Strict base64url without padding (RFC 7515 §2).",
    J3 = "Header and claims are strict JSON objects without duplicate names, at most 8 deep.",
    J4 = "The algorithm is the one of the key, never one that the header chooses (RFC 8725 §3.1).",
    J5 = "The algorithm is RS256, ES256, ES384 or EdDSA, spelled so (RFC 7518 §3.1, RFC 8037 §3.1).",
    J6 = "No header brings or names a key, and none is critical.",
    J7 = "The type is absent or JWT.",
    J8 = "The key id is there and has at most 128 bytes.",
    J9 = "The issuer is one of the configured ones, byte for byte.",
    J10 = "The audience is this host, alone.",
    J11 = "Expiry, issue and start are JSON integers.",
    J12 = "The token is valid, with 30 seconds of tolerance.",
    J13 = "The token does not live longer than its issuer may let it.",
    J14 = "The token is not older than its issuer may let it be.",
    J15 = "Times are within the years 2000 to 2100.",
    J16 = "The keys of the issuer are known.",
    J17 = "Discovery and keys come over HTTPS from pinned hosts.",
    J18 = "Keys are fresh.",
    J19 = "A key that is withdrawn is not used.",
    J20 = "A key id stands for one key.",
    J21 = "Keys are for signatures and strong enough.",
    J22 = "The token has an id of its own.",
    J23 = "The subject is there, at most 1 KiB, without control characters.",
    J24 = "The claims that the provider must write are there.",
    J26 = "Claims are shown escaped and cut short.",
    J27 = "The signature verifies with a key of the issuer.",
    J28 = "The token is of the provider that is configured for its issuer.",
}

/// A token that is not accepted. It holds nothing of the token.
///
/// [`fmt::Display`] gives the one code for remote callers; rule, claim and sentence are for the audit log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TokenError {
    rule: Rule,
    claim: Option<&'static str>,
    detail: &'static str,
}

impl TokenError {
    /// The one code for remote callers.
    pub const CODE: &'static str = "auth/invalid";

    pub(crate) const fn new(rule: Rule, detail: &'static str) -> Self {
        Self { rule, claim: None, detail }
    }

    pub(crate) const fn of_claim(rule: Rule, claim: &'static str, detail: &'static str) -> Self {
        Self { rule, claim: Some(claim), detail }
    }

    /// The rule that was broken.
    #[must_use]
    pub const fn rule(&self) -> Rule {
        self.rule
    }

    /// The claim or header that broke it.
    #[must_use]
    pub const fn claim(&self) -> Option<&'static str> {
        self.claim
    }

    /// What was expected.
    #[must_use]
    pub const fn detail(&self) -> &'static str {
        self.detail
    }
}

impl fmt::Display for TokenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(Self::CODE)
    }
}

impl std::error::Error for TokenError {}
