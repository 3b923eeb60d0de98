//! Why a key did not do what it was asked.

use std::fmt;

use cretula_encoding::text;

/// Why a key could not be opened, read or used. Never holds key material, a passphrase or a service's token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyError {
    /// No such key, or not for this request: both look the same.
    Denied,
    /// The key, its lease or its certificate is no longer usable.
    Expired,
    /// Such a key, name or algorithm cannot be used for signing.
    Unsupported {
        /// What is not supported.
        what: String,
    },
    /// The backend does not take so long a message.
    TooLarge {
        /// The longest message, in bytes.
        max_bytes: u32,
    },
    /// The backend has another version of the key than the one that was read (K6).
    WrongVersion,
    /// Not now: the backend asks to come back later.
    Throttled {
        /// After this time, in milliseconds, if it said so.
        retry_after_ms: Option<u32>,
    },
    /// Not reached, no answer in time, or broken off.
    Unavailable {
        /// For people.
        detail: String,
    },
    /// Anything else; final.
    Other {
        /// For people.
        detail: String,
    },
}

impl KeyError {
    /// Kind, as replies to the module name it: `denied`, `expired`, `unsupported`, `too-large`, `wrong-version`,
    /// `throttled`, `unavailable` or `other`.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Denied => "denied",
            Self::Expired => "expired",
            Self::Unsupported { .. } => "unsupported",
            Self::TooLarge { .. } => "too-large",
            Self::WrongVersion => "wrong-version",
            Self::Throttled { .. } => "throttled",
            Self::Unavailable { .. } => "unavailable",
            Self::Other { .. } => "other",
        }
    }

    /// Whether the same call may succeed later.
    #[must_use]
    pub const fn is_retryable(&self) -> bool {
        matches!(self, Self::Throttled { .. } | Self::Unavailable { .. })
    }

    /// After how many milliseconds the backend wants to be asked again.
    #[must_use]
    pub const fn retry_after_ms(&self) -> Option<u32> {
        match self {
            Self::Throttled { retry_after_ms } => *retry_after_ms,
            Self::Denied
            | Self::Expired
            | Self::Unsupported { .. }
            | Self::TooLarge { .. }
            | Self::WrongVersion
            | Self::Unavailable { .. }
            | Self::Other { .. } => None,
        }
    }

    /// [`Self::Unsupported`] with a text that is cut to 256 bytes.
    pub fn unsupported(what: impl Into<String>) -> Self {
        Self::Unsupported { what: text::clip(what.into()) }
    }

    /// [`Self::Unavailable`] with a text that is cut to 256 bytes.
    pub fn unavailable(detail: impl Into<String>) -> Self {
        Self::Unavailable { detail: text::clip(detail.into()) }
    }

    /// [`Self::Other`] with a text that is cut to 256 bytes.
    pub fn other(detail: impl Into<String>) -> Self {
        Self::Other { detail: text::clip(detail.into()) }
    }
}

impl fmt::Display for KeyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Denied => f.write_str("no such key, or not for this request"),
            Self::Expired => f.write_str("the key is no longer usable"),
            Self::Unsupported { what } => write!(f, "not usable for signing: {what}"),
            Self::TooLarge { max_bytes } => write!(f, "the key signs at most {max_bytes} bytes"),
            Self::WrongVersion => f.write_str("the key has another version than the one that was read"),
            Self::Throttled { retry_after_ms: None } => {
                f.write_str("the key service asks to come back later")
            }
            Self::Throttled { retry_after_ms: Some(after) } => {
                write!(f, "the key service asks to come back in {after} ms")
            }
            Self::Unavailable { detail } => write!(f, "the key service is not available: {detail}"),
            Self::Other { detail } => write!(f, "the key cannot be used: {detail}"),
        }
    }
}

impl std::error::Error for KeyError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_kinds_may_be_tried_again() {
        let errors = [
            (KeyError::Denied, "denied", false),
            (KeyError::Expired, "expired", false),
            (KeyError::unsupported("x"), "unsupported", false),
            (KeyError::TooLarge { max_bytes: 4096 }, "too-large", false),
            (KeyError::WrongVersion, "wrong-version", false),
            (KeyError::Throttled { retry_after_ms: Some(7) }, "throttled", true),
            (KeyError::unavailable("x"), "unavailable", true),
            (KeyError::other("x"), "other", false),
        ];
        for (error, kind, retryable) in errors {
            assert_eq!((error.kind(), error.is_retryable()), (kind, retryable));
            assert_eq!(error.retry_after_ms(), (kind == "throttled").then_some(7));
            assert!(!error.to_string().is_empty());
        }
    }

    #[test]
    fn details_are_cut() {
        let KeyError::Other { detail } = KeyError::other("x".repeat(300)) else { panic!("another kind") };
        assert_eq!(detail.len(), 256);
    }
}
