//! One bundle under one trusted root and one policy: what every step may read.

use crate::policy::Policy;
use crate::request::{Artifact, Expectations, ManagedKey, Options};
use crate::trust::TrustedRoot;
use alloc::{borrow::ToOwned, string::String, vec::Vec};
use cretula_bundle::{Bundle, Content, Envelope, TransparencyLogEntry};
use cretula_crypto::Checker;
use cretula_encoding::{limits::Limits, time::Time};
use cretula_pki::{Certificate, PathRules, Purpose};
use cretula_tlog::{EntryKind, Generation};

/// Read-only inputs of all steps.
pub(crate) struct Case<'a> {
    pub(crate) bundle: &'a Bundle,
    pub(crate) signer: SignerMaterial<'a>,
    pub(crate) root: &'a TrustedRoot,
    pub(crate) policy: &'a Policy,
    /// Every managed key of the caller; `signer` holds those that the hint selects.
    pub(crate) given_keys: &'a [ManagedKey],
    pub(crate) artifacts: &'a [Artifact],
    pub(crate) options: &'a Options,
    pub(crate) checker: &'a Checker<'a>,
}

/// What the bundle says verifies its signature.
pub(crate) enum SignerMaterial<'a> {
    /// A certificate, and what else stands in its chain (never trusted).
    Certificate {
        /// Signing certificate.
        leaf: &'a Certificate,
        /// Elements after it.
        rest: &'a [Certificate],
    },
    /// The managed keys that the hint selects.
    Keys(Vec<&'a ManagedKey>),
}

/// The entries under which the caller gave the key that verified.
pub(crate) struct KeyEntries<'a> {
    /// All of them, whatever the hint: a key that is denied under one id stays denied under another.
    pub(crate) all: Vec<&'a ManagedKey>,
    /// Those whose own window fits every verified time (M05): only they may satisfy a signer.
    pub(crate) in_window: Vec<&'a ManagedKey>,
}

impl<'a> Case<'a> {
    pub(crate) fn leaf(&self) -> Option<&'a Certificate> {
        match &self.signer {
            SignerMaterial::Certificate { leaf, .. } => Some(leaf),
            SignerMaterial::Keys(_) => None,
        }
    }

    pub(crate) fn keys(&self) -> &[&'a ManagedKey] {
        match &self.signer {
            SignerMaterial::Certificate { .. } => &[],
            SignerMaterial::Keys(keys) => keys,
        }
    }

    pub(crate) fn limits(&self) -> &'a Limits {
        &self.options.limits
    }

    pub(crate) fn now(&self) -> Option<Time> {
        self.options.now
    }

    pub(crate) fn expect(&self) -> &'a Expectations {
        &self.options.expect
    }

    pub(crate) fn envelope(&self) -> Option<&'a Envelope> {
        match self.bundle.content() {
            Content::Envelope(envelope) => Some(envelope),
            Content::MessageSignature(_) => None,
        }
    }

    /// Rules of the paths of signing certificates.
    pub(crate) fn path_rules(&self) -> PathRules {
        PathRules {
            allow_missing_key_ids: self.policy.evidence.certificate.allow_missing_key_ids,
            ..PathRules::new(Purpose::CodeSigning, self.limits())
        }
    }

    /// Indices of the log instances that an entry means (L04); logs outside of `evidence.log.only` are unknown.
    pub(crate) fn logs_of(&self, entry: &TransparencyLogEntry) -> Vec<usize> {
        let allowed = self.policy.evidence.log.only.as_deref();
        let logs = self.root.logs.iter().enumerate();
        logs.filter(|(_, log)| log.has_id(&entry.log_id))
            .filter(|(_, log)| allowed.is_none_or(|only| only.contains(&log.id)))
            // Such a log must prove its name by a checkpoint line (L09); a promise alone proves none (R06).
            .filter(|(_, log)| !log.name_unproved || entry.inclusion_proof.is_some())
            .map(|(index, _)| index)
            .collect()
    }
}

/// Kind and generation of an entry, if they are known.
pub(crate) fn entry_generation(entry: &TransparencyLogEntry) -> Option<Generation> {
    EntryKind::parse(&entry.kind, &entry.version).ok().map(EntryKind::generation)
}

/// Index of an item as reports show it.
pub(crate) fn row_index(index: usize) -> Option<u32> {
    u32::try_from(index).ok()
}

/// A name of an allow-list compared with an optional name.
pub(crate) fn listed(list: Option<&[String]>, names: &[Option<&str>]) -> bool {
    list.is_none_or(|list| names.iter().flatten().any(|name| list.contains(&(*name).to_owned())))
}
