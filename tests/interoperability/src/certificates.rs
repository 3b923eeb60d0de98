//! Keys and certificates of one instance, in the files that the services read.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Result;
use cretula_encoding::pem;
use cretula_testkit::{
    Algorithm, CertificateAuthority, CtLog, Instance, OPERATORS, RekorV2, RootVersion, Seed, SigningKey,
    TimestampAuthority,
};

use crate::clock::{nanos, now};

/// The files.
#[derive(Debug)]
pub(crate) struct Files {
    pub(crate) fulcio_chain: PathBuf,
    pub(crate) fulcio_key: PathBuf,
    pub(crate) fulcio_root: PathBuf,
    pub(crate) ct_key: PathBuf,
    pub(crate) ct_public_key: PathBuf,
    pub(crate) rekor_key: PathBuf,
    pub(crate) tsa_chain: PathBuf,
    pub(crate) tsa_key: PathBuf,
}

/// An instance with one service of each kind, whose keys no other run has.
pub(crate) fn instance() -> Instance {
    let seed = Seed::new([0x5a; 32]).derive(&format!("interoperability {}", nanos()));
    let mut instance = Instance::new(seed, now());
    let (operator, from) = (OPERATORS[0], instance.start());
    instance.certificate_authorities =
        vec![CertificateAuthority::new(&seed, operator, Algorithm::P384, from)];
    instance.ct_logs = vec![CtLog::new(&seed, operator, Algorithm::P256, from)];
    instance.rekor_v1.truncate(1);
    instance.rekor_v2 = vec![RekorV2::new(&seed, operator, Algorithm::Ed25519, from)];
    instance.timestamp_authorities = vec![TimestampAuthority::new(&seed, operator, Algorithm::P256, from)];
    // The name that every client knows.
    instance.root_version = RootVersion::V01;
    instance
}

impl Files {
    /// Writes the files of an instance.
    pub(crate) fn write(instance: &Instance, folder: &Path) -> Result<Self> {
        fs::create_dir_all(folder)?;
        let authority = &instance.certificate_authorities[0];
        let tsa = &instance.timestamp_authorities[0];
        let ct = &instance.ct_logs[0].log.key;
        let root = authority.chain().pop().unwrap_or_default();
        let file = |name: &str, text: String| -> Result<PathBuf> {
            let path = folder.join(name);
            fs::write(&path, text)?;
            Ok(path)
        };
        Ok(Self {
            fulcio_chain: file("fulcio-chain.pem", certificates(&authority.chain()))?,
            fulcio_key: file("fulcio.key", private_key(&authority.issuer().key))?,
            fulcio_root: file("fulcio-root.pem", certificates(&[root]))?,
            ct_key: file("ct.key", pem::encode("EC PRIVATE KEY", &ct.sec1()))?,
            ct_public_key: file("ct.pub", pem::encode("PUBLIC KEY", &ct.spki()))?,
            rekor_key: file("rekor.key", private_key(&instance.rekor_v2[0].log.key))?,
            tsa_chain: file("tsa-chain.pem", certificates(&tsa.chain()))?,
            tsa_key: file("tsa.key", private_key(&tsa.signer().key))?,
        })
    }
}

fn private_key(key: &SigningKey) -> String {
    pem::encode("PRIVATE KEY", &key.pkcs8())
}

fn certificates(chain: &[Vec<u8>]) -> String {
    chain.iter().map(|der| pem::encode("CERTIFICATE", der)).collect()
}
