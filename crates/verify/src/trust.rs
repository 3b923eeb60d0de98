//! The trusted root, resolved: keys and certificates parsed, ids computed, unusable instances set aside (R01–R08).

use crate::operators::Operator;
use crate::report::Warning;
use alloc::{
    format,
    string::{String, ToString},
    sync::Arc,
    vec::Vec,
};
use cretula_bundle::{
    CertificateAuthorityInstance, HashAlgorithmRef, KeyDetailsRef, LogInstance, TrustedRootDocument,
    WarningKind, Window,
};
use cretula_crypto::{HashAlgorithm, KeyDetails, SignatureScheme, VerificationKey};
use cretula_encoding::{
    hex,
    limits::Limits,
    time::{Time, TimeRange},
};
use cretula_pki::Certificate;
use cretula_tlog::{c2sp_id, spki_id};

/// A trusted root whose instances can be used.
#[derive(Debug)]
pub struct TrustedRoot {
    pub(crate) logs: Vec<TrustedLog>,
    pub(crate) ct_logs: Vec<TrustedLog>,
    pub(crate) certificate_authorities: Vec<TrustedAuthority>,
    pub(crate) timestamp_authorities: Vec<TrustedAuthority>,
    pub(crate) warnings: Vec<Warning>,
    /// Whether an instance lacks the window that `evidence.trust.requireWindows` demands.
    pub(crate) window_missing: bool,
}

/// A transparency log or CT log of a trusted root, with a key that can be used.
#[derive(Debug)]
pub struct TrustedLog {
    /// URL without scheme and trailing slash (R08).
    pub(crate) name: String,
    pub(crate) key: VerificationKey,
    pub(crate) scheme: SignatureScheme,
    pub(crate) id: Vec<u8>,
    pub(crate) checkpoint_key_id: Option<Vec<u8>>,
    pub(crate) window: TimeRange,
    pub(crate) operator: Operator,
    /// The id contains a name, and not the one that the URL shows (R06).
    pub(crate) name_unproved: bool,
}

impl TrustedLog {
    /// Public key.
    #[must_use]
    pub const fn key(&self) -> &VerificationKey {
        &self.key
    }

    /// How the key signs.
    #[must_use]
    pub const fn scheme(&self) -> SignatureScheme {
        self.scheme
    }

    /// `logId` as the trusted root gives it.
    #[must_use]
    pub fn id(&self) -> &[u8] {
        &self.id
    }

    /// When the key is used; a missing bound is open.
    #[must_use]
    pub const fn window(&self) -> &TimeRange {
        &self.window
    }

    /// Whether evidence that names this id means this instance (L04, S05).
    #[must_use]
    pub fn has_id(&self, id: &[u8]) -> bool {
        self.id == id || self.checkpoint_key_id.as_deref().is_some_and(|full| full.len() == 32 && full == id)
    }
}

/// A certificate authority or timestamp authority of a trusted root, with certificates that can be parsed.
#[derive(Debug)]
pub struct TrustedAuthority {
    /// As in the trusted root; the last one is the anchor (R03).
    pub(crate) chain: Vec<Certificate>,
    pub(crate) window: TimeRange,
    pub(crate) uri: String,
    pub(crate) operator: Option<String>,
}

impl TrustedAuthority {
    /// Certificates as in the trusted root: the last one is the anchor (R03).
    #[must_use]
    pub fn chain(&self) -> &[Certificate] {
        &self.chain
    }

    /// When the authority is used; a missing bound is open.
    #[must_use]
    pub const fn window(&self) -> &TimeRange {
        &self.window
    }

    /// The anchor, and the intermediates of this instance.
    #[must_use]
    pub fn anchor(&self) -> Option<(&Certificate, &[Certificate])> {
        self.chain.split_last()
    }
}

impl TrustedRoot {
    /// Parses and resolves one trusted root.
    ///
    /// # Errors
    /// What R01–R03 refuse.
    pub fn parse(bytes: &[u8], limits: &Limits) -> Result<Self, cretula_bundle::Error> {
        let document = TrustedRootDocument::parse(bytes, limits)?;
        let mut resolver = Resolver { limits, warnings: Vec::new() };
        let logs = resolver.logs(document.tlogs(), "tlogs", LogKind::Transparency);
        let ct_logs = resolver.logs(document.ctlogs(), "ctlogs", LogKind::Certificate);
        let certificate_authorities =
            resolver.authorities(document.certificate_authorities(), "certificateAuthorities");
        let timestamp_authorities =
            resolver.authorities(document.timestamp_authorities(), "timestampAuthorities");
        let mut warnings = document_warnings(&document);
        warnings.append(&mut resolver.warnings);
        Ok(Self {
            logs,
            ct_logs,
            certificate_authorities,
            timestamp_authorities,
            warnings,
            window_missing: window_missing(&document),
        })
    }
}

impl TrustedRoot {
    /// Transparency logs, in the order of the document; those that cannot be used are left out.
    #[must_use]
    pub fn logs(&self) -> &[TrustedLog] {
        &self.logs
    }

    /// Certificate transparency logs, likewise.
    #[must_use]
    pub fn ct_logs(&self) -> &[TrustedLog] {
        &self.ct_logs
    }

    /// Certificate authorities, likewise.
    #[must_use]
    pub fn certificate_authorities(&self) -> &[TrustedAuthority] {
        &self.certificate_authorities
    }

    /// Timestamp authorities, likewise.
    #[must_use]
    pub fn timestamp_authorities(&self) -> &[TrustedAuthority] {
        &self.timestamp_authorities
    }

    /// Trusts nobody: for calls with managed keys alone.
    pub(crate) fn empty() -> Self {
        Self {
            logs: Vec::new(),
            ct_logs: Vec::new(),
            certificate_authorities: Vec::new(),
            timestamp_authorities: Vec::new(),
            warnings: Vec::new(),
            window_missing: false,
        }
    }
}

/// What the reader tolerated, one remark per kind and place.
fn document_warnings(document: &TrustedRootDocument) -> Vec<Warning> {
    let kept = document.warnings().kept().iter();
    kept.map(|warning| {
        let code = match warning.kind {
            WarningKind::WindowNotDeclared | WarningKind::WindowStartMissing => "trusted-root/window",
            WarningKind::UnknownMember | _ => "trusted-root/unknown-member",
        };
        Warning { code, detail: Some(warning.pointer.clone()) }
    })
    .collect()
}

/// Whether any instance lacks `validFor` or its start (R02).
fn window_missing(document: &TrustedRootDocument) -> bool {
    let lacks = |window: &Window| match window {
        Window::NotDeclared => true,
        Window::Range(range) => range.start.is_none(),
    };
    let logs = document.tlogs().iter().chain(document.ctlogs()).map(|log| &log.public_key.valid_for);
    let authorities = document.certificate_authorities().iter().chain(document.timestamp_authorities());
    logs.chain(authorities.map(|authority| &authority.valid_for)).any(lacks)
}

/// Which ids a log key may have.
#[derive(Clone, Copy, PartialEq, Eq)]
enum LogKind {
    Transparency,
    Certificate,
}

/// Resolves instances; what cannot be used is set aside with a remark.
struct Resolver<'a> {
    limits: &'a Limits,
    warnings: Vec<Warning>,
}

impl Resolver<'_> {
    fn logs(&mut self, instances: &[LogInstance], list: &str, kind: LogKind) -> Vec<TrustedLog> {
        let mut logs = Vec::new();
        for (index, instance) in instances.iter().enumerate() {
            match resolve_log(instance, kind) {
                Ok(log) => logs.push(log),
                Err(code) => self.set_aside(code, list, index),
            }
        }
        logs
    }

    fn authorities(
        &mut self,
        instances: &[CertificateAuthorityInstance],
        list: &str,
    ) -> Vec<TrustedAuthority> {
        let mut authorities = Vec::new();
        for (index, instance) in instances.iter().enumerate() {
            match self.resolve_authority(instance) {
                Some(authority) => authorities.push(authority),
                None => self.set_aside("trusted-root/certificate", list, index),
            }
        }
        authorities
    }

    fn resolve_authority(&self, instance: &CertificateAuthorityInstance) -> Option<TrustedAuthority> {
        let parsed: Result<Vec<_>, _> =
            instance.cert_chain.iter().map(|der| Certificate::parse(der, self.limits)).collect();
        Some(TrustedAuthority {
            chain: parsed.ok()?,
            window: instance.valid_for.range(),
            uri: instance.uri.clone(),
            operator: instance.operator.clone(),
        })
    }

    fn set_aside(&mut self, code: &'static str, list: &str, index: usize) {
        self.warnings.push(Warning { code, detail: Some(format!("/{list}/{index} is set aside")) });
    }
}

/// R05–R08; the code says why an instance is unusable.
fn resolve_log(instance: &LogInstance, kind: LogKind) -> Result<TrustedLog, &'static str> {
    if instance.hash_algorithm != HashAlgorithmRef::Known(HashAlgorithm::Sha256) {
        return Err("trusted-root/tree-hash");
    }
    let KeyDetailsRef::Known(details) = instance.public_key.key_details else {
        return Err("trusted-root/key");
    };
    let key = log_key(details, &instance.public_key.raw_bytes).ok_or("trusted-root/key")?;
    let name = instance.name().to_string();
    let ids = match kind {
        LogKind::Certificate if instance.log_id == spki_id(&key).full_id() => LogIds::Fit,
        LogKind::Certificate => LogIds::Wrong,
        LogKind::Transparency => log_ids(instance, &name, &key),
    };
    if ids == LogIds::Wrong {
        return Err("trusted-root/log-id");
    }
    let operator = Operator { name: instance.operator.clone(), key: key.spki_sha256() };
    Ok(TrustedLog {
        name,
        scheme: details.scheme(),
        key,
        id: instance.log_id.clone(),
        checkpoint_key_id: instance.checkpoint_key_id.clone(),
        window: instance.public_key.valid_for.range(),
        operator,
        name_unproved: ids == LogIds::NameUnproved,
    })
}

/// Whether the ids of an instance are those of its key.
#[derive(Clone, Copy, PartialEq, Eq)]
enum LogIds {
    Fit,
    NameUnproved,
    Wrong,
}

/// The key, if it is of the kind that its details name (R05).
fn log_key(details: KeyDetails, bytes: &[u8]) -> Option<VerificationKey> {
    let key = match details.is_pkcs1() {
        true => VerificationKey::parse_pkcs1(bytes),
        false => VerificationKey::parse_spki(bytes),
    };
    key.ok().filter(|key| details.fits(key))
}

/// R06. The id of an Ed25519 or RSA key contains the name of the log, which the URL need not show: such an instance is
/// kept, and the checkpoint line must prove the name (L09).
fn log_ids(instance: &LogInstance, name: &str, key: &VerificationKey) -> LogIds {
    let named = c2sp_id(name, key);
    let plain = spki_id(key);
    let is_id = |id: &[u8]| id == plain.full_id() || named.is_some_and(|named| id == named.full_id());
    let is_key_id = |id: &[u8]| id == plain.key_id() || named.is_some_and(|named| id == named.key_id());
    let checkpoint_id_fits =
        instance.checkpoint_key_id.as_deref().is_none_or(|id| is_id(id) || is_key_id(id));
    if is_id(&instance.log_id) && checkpoint_id_fits {
        LogIds::Fit
    } else if named.is_some_and(|named| named.full_id() != plain.full_id()) {
        LogIds::NameUnproved
    } else {
        LogIds::Wrong
    }
}

/// Hex of an id, as reports show it.
pub(crate) fn instance_hex(id: &[u8]) -> String {
    hex::encode(id)
}

/// Whether a window contains a time; for readability at the call.
pub(crate) fn within(window: &TimeRange, time: Time) -> bool {
    window.contains(time)
}

/// Parsed trusted roots, kept by byte equality, so that the pure interface is also the fast one.
///
/// It is the one piece of memory between calls. It changes no answer: a root is found only by its complete bytes, and
/// only under the default limits.
#[derive(Debug, Default)]
pub struct RootMemo {
    kept: Vec<(Vec<u8>, Arc<TrustedRoot>)>,
}

/// Roots that are kept.
const MEMO_ENTRIES: usize = 4;

impl RootMemo {
    /// The root, parsed now or before.
    pub(crate) fn resolve(
        &mut self,
        bytes: &[u8],
        limits: &Limits,
    ) -> Result<Arc<TrustedRoot>, cretula_bundle::Error> {
        if *limits != Limits::default() {
            return TrustedRoot::parse(bytes, limits).map(Arc::new);
        }
        if let Some((_, root)) = self.kept.iter().find(|(kept, _)| kept == bytes) {
            return Ok(Arc::clone(root));
        }
        let root = Arc::new(TrustedRoot::parse(bytes, limits)?);
        if self.kept.len() >= MEMO_ENTRIES {
            self.kept.remove(0);
        }
        self.kept.push((bytes.to_vec(), Arc::clone(&root)));
        Ok(root)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::format;
    use cretula_bundle::LogKey;

    fn root(members: &str) -> Vec<u8> {
        let text = r#"{"mediaType":"application/vnd.dev.sigstore.trustedroot+json;version=0.1""#;
        format!("{text}{members}}}").into_bytes()
    }

    #[test]
    fn roots_are_kept_under_the_default_limits_only() {
        let mut memo = RootMemo::default();
        let first = memo.resolve(&root(""), &Limits::default()).unwrap();
        assert!(Arc::ptr_eq(&first, &memo.resolve(&root(""), &Limits::default()).unwrap()));
        let other = Limits { chain: 3, ..Limits::default() };
        assert!(!Arc::ptr_eq(&first, &memo.resolve(&root(""), &other).unwrap()));
        assert!(memo.resolve(b"{}", &Limits::default()).is_err());
        assert_eq!(memo.kept.len(), 1);
    }

    #[test]
    fn the_oldest_root_makes_room() {
        let mut memo = RootMemo::default();
        for spaces in 0..=MEMO_ENTRIES {
            memo.resolve(&root(&" ".repeat(spaces)), &Limits::default()).unwrap();
        }
        let kept: Vec<_> = memo.kept.iter().map(|(bytes, _)| bytes.clone()).collect();
        let expected: Vec<_> = (1..=MEMO_ENTRIES).map(|spaces| root(&" ".repeat(spaces))).collect();
        assert_eq!(kept, expected);
    }

    /// The id of a log may be the digest of its key or contain its name, in full or as the first four bytes.
    #[test]
    fn ids_with_and_without_a_name_fit() {
        let key = VerificationKey::parse_ed25519(&[1; 32]).unwrap();
        let (plain, named) = (spki_id(&key), c2sp_id("log.example", &key).unwrap());
        let other = c2sp_id("other.example", &key).unwrap();
        let ids = |log_id: &[u8], checkpoint_key_id: Option<&[u8]>| {
            let instance = LogInstance {
                base_url: "https://log.example".into(),
                checkpoint_key_id: checkpoint_key_id.map(<[u8]>::to_vec),
                hash_algorithm: HashAlgorithmRef::Known(HashAlgorithm::Sha256),
                log_id: log_id.to_vec(),
                operator: None,
                public_key: LogKey {
                    key_details: KeyDetailsRef::Known(KeyDetails::PKIX_ED25519),
                    raw_bytes: key.spki().to_vec(),
                    valid_for: Window::NotDeclared,
                },
            };
            log_ids(&instance, "log.example", &key)
        };
        for id in [plain.full_id(), named.full_id()] {
            assert!(ids(id, None) == LogIds::Fit);
            for checkpoint in [&plain.full_id()[..], &named.full_id()[..], &plain.key_id(), &named.key_id()] {
                assert!(ids(id, Some(checkpoint)) == LogIds::Fit);
            }
            assert!(ids(id, Some(&other.key_id())) == LogIds::NameUnproved);
        }
        assert!(ids(other.full_id(), None) == LogIds::NameUnproved);
    }
}
