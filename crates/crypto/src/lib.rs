#![doc = include_str!("../README.md")]
#![no_std]
extern crate alloc;

mod algorithm;
mod check;
mod digest;
mod ecdsa;
mod ed25519;
mod hasher;
pub mod hazmat;
mod key;
mod oid;
mod pss;
mod registry;
mod rsa;

pub use algorithm::SignatureScheme;
pub use check::{
    Checker, Message, RustCrypto, SignatureCheck, SignatureEncoding, SignatureError, SignatureProvider,
};
pub use digest::{Digest, DigestError, HashAlgorithm};
pub use hasher::Hasher;
pub use key::{KeyError, KeyKind, VerificationKey};
pub use registry::KeyDetails;
