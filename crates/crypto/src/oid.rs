//! Object identifiers of keys, digests and signature algorithms, as content octets.

use cretula_encoding::der::Oid;

/// id-ecPublicKey, 1.2.840.10045.2.1 (RFC 5480 §2.1.1).
pub(crate) const EC_PUBLIC_KEY: Oid<'static> = Oid::from_content(&[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01]);
/// secp256r1, 1.2.840.10045.3.1.7 (RFC 5480 §2.1.1.1).
pub(crate) const SECP256R1: Oid<'static> =
    Oid::from_content(&[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07]);
/// secp384r1, 1.3.132.0.34.
pub(crate) const SECP384R1: Oid<'static> = Oid::from_content(&[0x2b, 0x81, 0x04, 0x00, 0x22]);
/// secp521r1, 1.3.132.0.35.
pub(crate) const SECP521R1: Oid<'static> = Oid::from_content(&[0x2b, 0x81, 0x04, 0x00, 0x23]);

/// ecdsa-with-SHA256, 1.2.840.10045.4.3.2 (RFC 5758 §3.2).
pub(crate) const ECDSA_WITH_SHA256: Oid<'static> =
    Oid::from_content(&[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02]);
/// ecdsa-with-SHA384, 1.2.840.10045.4.3.3.
pub(crate) const ECDSA_WITH_SHA384: Oid<'static> =
    Oid::from_content(&[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x03]);
/// ecdsa-with-SHA512, 1.2.840.10045.4.3.4.
pub(crate) const ECDSA_WITH_SHA512: Oid<'static> =
    Oid::from_content(&[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x04]);

/// id-Ed25519, 1.3.101.112 (RFC 8410 §3): key and signature algorithm.
pub(crate) const ED25519: Oid<'static> = Oid::from_content(&[0x2b, 0x65, 0x70]);

/// rsaEncryption, 1.2.840.113549.1.1.1 (RFC 8017 appendix A.1).
pub(crate) const RSA_ENCRYPTION: Oid<'static> =
    Oid::from_content(&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01]);
/// id-mgf1, 1.2.840.113549.1.1.8 (RFC 8017 appendix A.2.3).
pub(crate) const MGF1: Oid<'static> =
    Oid::from_content(&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x08]);
/// id-RSASSA-PSS, 1.2.840.113549.1.1.10 (RFC 4055 §3.1): key and signature algorithm.
pub(crate) const RSASSA_PSS: Oid<'static> =
    Oid::from_content(&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0a]);
/// sha256WithRSAEncryption, 1.2.840.113549.1.1.11 (RFC 4055 §5).
pub(crate) const SHA256_WITH_RSA: Oid<'static> =
    Oid::from_content(&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0b]);
/// sha384WithRSAEncryption, 1.2.840.113549.1.1.12.
pub(crate) const SHA384_WITH_RSA: Oid<'static> =
    Oid::from_content(&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0c]);
/// sha512WithRSAEncryption, 1.2.840.113549.1.1.13.
pub(crate) const SHA512_WITH_RSA: Oid<'static> =
    Oid::from_content(&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0d]);

/// id-sha256, 2.16.840.1.101.3.4.2.1 (RFC 5754 §2.2).
pub(crate) const SHA256: Oid<'static> =
    Oid::from_content(&[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01]);
/// id-sha384, 2.16.840.1.101.3.4.2.2.
pub(crate) const SHA384: Oid<'static> =
    Oid::from_content(&[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x02]);
/// id-sha512, 2.16.840.1.101.3.4.2.3.
pub(crate) const SHA512: Oid<'static> =
    Oid::from_content(&[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x03]);
