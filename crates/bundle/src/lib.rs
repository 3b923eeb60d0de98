#![doc = include_str!("../README.md")]
#![no_std]

extern crate alloc;

mod bundle;
mod certificate_authority;
mod check;
mod client_trust_config;
mod content;
mod error;
mod limit;
mod log_entry;
mod log_instance;
mod material;
mod named;
mod reader;
mod rules;
mod service_url;
mod signing_config;
mod trusted_root;
mod version;
mod warning;
mod window;

pub use bundle::{Bundle, BundleParts};
pub use certificate_authority::{AuthoritySubject, CertificateAuthorityInstance};
pub use client_trust_config::ClientTrustConfig;
pub use content::{Content, Envelope, MessageDigest, MessageSignature};
pub use error::{Error, ErrorKind, Place};
pub use limit::Limit;
pub use log_entry::{InclusionProof, StatedTree, TransparencyLogEntry};
pub use log_instance::{LogInstance, LogKey, log_name};
pub use material::Material;
pub use named::{HashAlgorithmRef, KeyDetailsRef, ServiceSelector};
pub use rules::{BundleRules, UnknownMembers};
pub use signing_config::{ServiceConfiguration, SigningConfig, SigningService};
pub use trusted_root::{TrustedRootDocument, parse_trusted_root_lines};
pub use version::BundleVersion;
pub use warning::{Warning, WarningKind, Warnings};
pub use window::Window;
