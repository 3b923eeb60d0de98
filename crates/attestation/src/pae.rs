//! Pre-authentication encoding (DSSE v1.0 protocol): what an envelope's signature covers.
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

/// The encoding in parts, so that the payload is not copied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PreAuthEncoding<'a> {
    header: String,
    payload: &'a [u8],
}

impl<'a> PreAuthEncoding<'a> {
    /// For a payload as it is after base64 decoding. Lengths count bytes, also those of the type.
    #[must_use]
    pub fn new(payload_type: &str, payload: &'a [u8]) -> Self {
        let header = format!("DSSEv1 {} {payload_type} {} ", payload_type.len(), payload.len());
        Self { header, payload }
    }

    /// The signed bytes are the concatenation of these.
    #[must_use]
    pub const fn parts(&self) -> [&[u8]; 2] {
        [self.header.as_bytes(), self.payload]
    }
}

/// The encoding as one piece (A04): `DSSEv1 SP len(type) SP type SP len(payload) SP payload`.
#[must_use]
pub fn pae(payload_type: &str, payload: &[u8]) -> Vec<u8> {
    PreAuthEncoding::new(payload_type, payload).parts().concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn example_of_the_protocol() {
        let expected = b"DSSEv1 29 http://example.com/HelloWorld 11 hello world";
        assert_eq!(pae("http://example.com/HelloWorld", b"hello world"), expected);
    }

    #[test]
    fn lengths_count_bytes() {
        assert_eq!(pae("\u{e4}", "\u{20ac}".as_bytes()), "DSSEv1 2 \u{e4} 3 \u{20ac}".as_bytes());
        assert_eq!(pae("", b""), b"DSSEv1 0  0 ");
    }
}
