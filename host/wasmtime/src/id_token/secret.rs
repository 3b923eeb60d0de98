//! The ID token in memory: one buffer, zeroed when it is dropped.

use std::fmt;
use std::io::Read;

use bytes::Bytes;
use zeroize::Zeroizing;

use super::error::{Rule, TokenError};

/// Longest token, in bytes.
pub const MAX_TOKEN_BYTES: usize = 8 << 10;
/// White space at both ends that a file may have besides.
const MAX_SPACE_BYTES: usize = 64;

/// An ID token in its compact form, as it came: nothing in it is verified.
///
/// It is neither cloned nor shown, and its memory is zeroed when it is dropped.
pub struct IdToken(Zeroizing<Vec<u8>>);

impl IdToken {
    /// Takes a token; white space around it is left out.
    ///
    /// # Errors
    /// Rule J1: empty, longer than 8 KiB, or other than printable ASCII.
    pub fn new(text: Vec<u8>) -> Result<Self, TokenError> {
        let text = Zeroizing::new(text);
        let token = text.trim_ascii();
        let is_plain = token.iter().all(u8::is_ascii_graphic);
        if token.is_empty() || token.len() > MAX_TOKEN_BYTES || !is_plain {
            return Err(TokenError::new(Rule::J1, "a token is 1 to 8192 characters of ASCII"));
        }
        Ok(Self(Zeroizing::new(token.to_vec())))
    }

    /// Reads a token from a file, a pipe or standard input, into one buffer that never grows.
    ///
    /// # Errors
    /// Rule J1; also if it cannot be read.
    pub fn read(mut source: impl Read) -> Result<Self, TokenError> {
        let mut buffer = Zeroizing::new(vec![0; MAX_TOKEN_BYTES.saturating_add(MAX_SPACE_BYTES)]);
        let mut filled = 0_usize;
        loop {
            let rest = buffer.get_mut(filled..).unwrap_or_default();
            if rest.is_empty() {
                return Err(TokenError::new(Rule::J1, "a token is 1 to 8192 characters of ASCII"));
            }
            match source.read(rest) {
                Ok(0) => break,
                Ok(read) => filled = filled.saturating_add(read),
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                Err(_) => return Err(TokenError::new(Rule::J1, "the token cannot be read")),
            }
        }
        Self::new(buffer.get(..filled).unwrap_or_default().to_vec())
    }

    /// The token as text.
    pub(crate) fn as_str(&self) -> &str {
        // Only ASCII is taken.
        std::str::from_utf8(&self.0).unwrap_or_default()
    }

    /// Whether bytes hold the part of the token that makes it one: its signature.
    pub(crate) fn is_repeated_in(&self, bytes: &[u8]) -> bool {
        let signature = self.0.rsplit(|byte| *byte == b'.').next().unwrap_or_default();
        !signature.is_empty() && bytes.windows(signature.len()).any(|window| window == signature)
    }

    /// The value of an `Authorization` header.
    pub(crate) fn bearer(&self) -> Bearer {
        Bearer::new(&self.0)
    }
}

impl fmt::Debug for IdToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("IdToken(..)")
    }
}

/// The value of an `Authorization` header with a bearer token (RFC 6750 §2.1), zeroed when it is dropped.
pub struct Bearer(Zeroizing<Vec<u8>>);

impl Bearer {
    pub(crate) fn new(token: &[u8]) -> Self {
        let mut value = Vec::with_capacity(token.len().saturating_add(7));
        value.extend_from_slice(b"Bearer ");
        value.extend_from_slice(token);
        Self(Zeroizing::new(value))
    }

    /// The secret itself, for a transport that sends it.
    #[must_use]
    pub fn dangerous_expose(&self) -> &[u8] {
        &self.0
    }

    /// The secret as bytes that zero themselves.
    pub(crate) fn into_bytes(self) -> Bytes {
        Bytes::from_owner(self)
    }
}

impl AsRef<[u8]> for Bearer {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for Bearer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Bearer(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_has_at_most_8_kib() {
        assert!(IdToken::new(vec![b'a'; MAX_TOKEN_BYTES]).is_ok());
        assert!(IdToken::new(vec![b'a'; MAX_TOKEN_BYTES + 1]).is_err());
        let file = |length: usize, space: usize| [vec![b'a'; length], vec![b'\n'; space]].concat();
        assert!(IdToken::read(&file(MAX_TOKEN_BYTES, 1)[..]).is_ok());
        assert!(IdToken::read(&file(MAX_TOKEN_BYTES + 1, 1)[..]).is_err());
        assert!(IdToken::read(&file(1, MAX_TOKEN_BYTES + 63)[..]).is_err());
        for wrong in ["", " \n", "a b", "é"] {
            assert_eq!(IdToken::read(wrong.as_bytes()).map_err(|error| error.rule()).err(), Some(Rule::J1));
        }
        assert_eq!(IdToken::read(&b" a.b.c\r\n"[..]).unwrap().as_str(), "a.b.c");
    }

    #[test]
    fn a_reader_that_fails_gives_no_token() {
        struct Broken;
        impl Read for Broken {
            fn read(&mut self, _: &mut [u8]) -> std::io::Result<usize> {
                Err(std::io::Error::other("broken"))
            }
        }
        assert!(IdToken::read(Broken).is_err());
    }

    #[test]
    fn a_token_is_found_by_its_signature() {
        let token = IdToken::new(b"head.claims.canary".to_vec()).unwrap();
        assert!(token.is_repeated_in(b"you sent: head.claims.canary!"));
        assert!(token.is_repeated_in(b"canary"));
        assert!(!token.is_repeated_in(b"head.claims."));
        assert!(!IdToken::new(b"head.claims.".to_vec()).unwrap().is_repeated_in(b"anything"));
    }

    #[test]
    fn nothing_of_it_is_shown() {
        let token = IdToken::new(b"canary".to_vec()).unwrap();
        let bearer = token.bearer();
        assert_eq!(bearer.dangerous_expose(), b"Bearer canary");
        assert_eq!(format!("{token:?} {bearer:?}"), "IdToken(..) Bearer(..)");
        assert_eq!(bearer.into_bytes(), b"Bearer canary"[..]);
    }
}
