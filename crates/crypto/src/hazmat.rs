//! Raw primitives that prove nothing by themselves.

use sha1::{Digest, Sha1};

/// SHA-1 of `bytes`, only for the ESSCertID of RFC 3161 tokens (RFC 2634 §5.4.1; check T05).
#[must_use]
pub fn sha1(bytes: &[u8]) -> [u8; 20] {
    Sha1::digest(bytes).into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use hex_literal::hex;

    #[test]
    fn fips_180_example() {
        assert_eq!(sha1(b"abc"), hex!("a9993e364706816aba3e25717850c26c9cd0d89d"));
    }
}
