//! Building and checking a certification path (RFC 5280 §6.1; checks C02 to C08).
//!
//! The search is depth first with an explicit stack and a budget of work, so that meshes and cycles of
//! certificates end with a limit.
use alloc::vec::{IntoIter, Vec};

use cretula_crypto::{Checker, Message, SignatureCheck, SignatureEncoding, SignatureError};
use cretula_encoding::der::Oid;
use cretula_encoding::limits::Limits;
use cretula_encoding::time::Time;

use crate::certificate::Certificate;
use crate::constraints::check_constraints;
use crate::oid;
use crate::path_error::PathError;
use crate::profile;

/// What the leaf is to be used for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Purpose {
    /// codeSigning, and a key usage with digitalSignature: the signing-leaf profile (C05).
    CodeSigning,
    /// Another purpose: content octets of its object identifier.
    Other(Vec<u8>),
    /// timeStamping; key usage, if present, has digitalSignature or nonRepudiation.
    TimeStamping,
    /// No purpose is demanded; an empty list of purposes is still refused.
    Unrestricted,
}

/// What a path must satisfy beyond RFC 5280.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PathRules {
    /// Demanded of the leaf, and of every issuer that restricts its purposes.
    pub purpose: Purpose,
    /// Accepts certificates without key identifiers (policy member `evidence.certificate.allowMissingKeyIds`).
    pub allow_missing_key_ids: bool,
    /// Greatest number of certificates, leaf and anchor included.
    pub max_chain: usize,
}

/// Work that is left for path searches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PathBudget {
    /// Signature checks.
    pub signature_checks: u32,
    /// Candidate issuers looked at.
    pub path_steps: u32,
    /// Names compared with names and with constraints.
    pub name_comparisons: u32,
}

/// A path that passed every check, leaf first, anchor last; at least two certificates.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Path<'c> {
    leaf: &'c Certificate,
    issuers: Vec<&'c Certificate>,
    anchor: &'c Certificate,
}

impl Purpose {
    /// Identifier of the purpose; `None` when none is demanded.
    #[must_use]
    pub fn oid(&self) -> Option<Oid<'_>> {
        match self {
            Self::CodeSigning => Some(oid::CODE_SIGNING),
            Self::Other(content) => Some(Oid::from_content(content)),
            Self::TimeStamping => Some(oid::TIME_STAMPING),
            Self::Unrestricted => None,
        }
    }
}

impl PathRules {
    /// Rules with key identifiers demanded and the chain length of the limits.
    #[must_use]
    pub fn new(purpose: Purpose, limits: &Limits) -> Self {
        Self { purpose, allow_missing_key_ids: false, max_chain: limits.chain }
    }
}

impl PathBudget {
    /// The budget of one search: limits `signature-checks`, `path-steps`, `name-comparisons`.
    #[must_use]
    pub fn new(limits: &Limits) -> Self {
        Self {
            signature_checks: limits.signature_checks,
            path_steps: limits.path_steps,
            name_comparisons: limits.name_comparisons,
        }
    }

    fn check_signature(&mut self) -> Result<(), PathError> {
        spend(&mut self.signature_checks, PathError::SignatureChecks)
    }

    fn step(&mut self) -> Result<(), PathError> {
        spend(&mut self.path_steps, PathError::PathSteps)
    }

    pub(crate) fn compare_name(&mut self) -> Result<(), PathError> {
        spend(&mut self.name_comparisons, PathError::NameComparisons)
    }
}

fn spend(left: &mut u32, spent: PathError) -> Result<(), PathError> {
    *left = left.checked_sub(1).ok_or(spent)?;
    Ok(())
}

impl<'c> Path<'c> {
    /// The certificates, leaf first, anchor last.
    pub fn certificates(&self) -> impl Iterator<Item = &'c Certificate> {
        core::iter::once(self.leaf).chain(self.issuers.iter().copied()).chain(core::iter::once(self.anchor))
    }

    /// The leaf.
    #[must_use]
    pub const fn leaf(&self) -> &'c Certificate {
        self.leaf
    }

    /// The certificate under whose key the leaf's signature verified.
    #[must_use]
    pub fn issuer_of_leaf(&self) -> &'c Certificate {
        self.issuers.first().copied().unwrap_or(self.anchor)
    }

    /// The anchor.
    #[must_use]
    pub const fn anchor(&self) -> &'c Certificate {
        self.anchor
    }
}

/// Finds a path from `leaf` over any of `intermediates` to `anchor`, every certificate valid at `at`.
///
/// The anchor's own signature is not checked; its profile and validity are (C04, C02). `budget` is spent also when
/// the search fails; give each search its own unless several must share one.
///
/// # Errors
/// Of several failed candidates the most specific reason, see [`PathError::rank`]; a spent budget ends the search.
pub fn verify_path<'c>(
    leaf: &'c Certificate,
    intermediates: &[&'c Certificate],
    anchor: &'c Certificate,
    at: Time,
    rules: &PathRules,
    checker: &Checker<'_>,
    budget: &mut PathBudget,
) -> Result<Path<'c>, PathError> {
    check_leaf_in_path(leaf, at, rules)?;
    let mut search = Search {
        intermediates,
        anchor,
        at,
        rules,
        checker,
        budget,
        frames: Vec::new(),
        reason: PathError::NoPath,
    };
    search.push(leaf)?;
    search.run(leaf)
}

/// What can be said of the leaf without an issuer.
fn check_leaf_in_path(leaf: &Certificate, at: Time, rules: &PathRules) -> Result<(), PathError> {
    profile::check_end_entity(leaf, &rules.purpose).map_err(PathError::LeafProfile)?;
    profile::check_critical_extensions(leaf, 0)?;
    profile::check_validity(leaf, 0, at)?;
    profile::check_key_identifiers(leaf, 0, false, rules)?;
    if leaf.key().is_err() || leaf.signature_scheme().is_none() {
        return Err(PathError::Algorithm { position: 0 });
    }
    Ok(())
}

/// A certificate of the path under construction, with the issuers still to be tried for it.
struct Frame<'c> {
    certificate: &'c Certificate,
    candidates: IntoIter<&'c Certificate>,
}

struct Search<'c, 's> {
    intermediates: &'s [&'c Certificate],
    anchor: &'c Certificate,
    at: Time,
    rules: &'s PathRules,
    checker: &'s Checker<'s>,
    budget: &'s mut PathBudget,
    frames: Vec<Frame<'c>>,
    reason: PathError,
}

impl<'c> Search<'c, '_> {
    fn run(&mut self, leaf: &'c Certificate) -> Result<Path<'c>, PathError> {
        while let Some(frame) = self.frames.last_mut() {
            let subject = frame.certificate;
            let Some(issuer) = frame.candidates.next() else {
                self.frames.pop();
                continue;
            };
            match self.try_issuer(subject, issuer) {
                Ok(()) if issuer == self.anchor => {
                    let issuers = self.frames.iter().skip(1).map(|frame| frame.certificate).collect();
                    return Ok(Path { leaf, issuers, anchor: self.anchor });
                }
                Ok(()) => self.push(issuer)?,
                Err(reason) if reason.is_fatal() => return Err(reason),
                Err(reason) => self.keep(reason),
            }
        }
        Err(core::mem::replace(&mut self.reason, PathError::NoPath))
    }

    fn keep(&mut self, reason: PathError) {
        let kept = core::mem::replace(&mut self.reason, PathError::NoPath);
        self.reason = kept.more_specific(reason);
    }

    fn push(&mut self, certificate: &'c Certificate) -> Result<(), PathError> {
        let candidates = self.candidates(certificate)?.into_iter();
        self.frames.push(Frame { certificate, candidates });
        Ok(())
    }

    /// Certificates whose subject is the issuer: the anchor first, then those whose key identifier fits. Key
    /// identifiers order the candidates; they do not decide (C03).
    fn candidates(&mut self, certificate: &Certificate) -> Result<Vec<&'c Certificate>, PathError> {
        let mut fitting = Vec::new();
        let mut others = Vec::new();
        if self.may_issue(certificate, self.anchor)? {
            fitting.push(self.anchor);
        }
        let anchor = self.anchor;
        for candidate in self.intermediates.iter().copied().filter(|candidate| *candidate != anchor) {
            if !self.may_issue(certificate, candidate)? {
                continue;
            }
            if key_identifiers_fit(certificate, candidate) {
                fitting.push(candidate);
            } else {
                others.push(candidate);
            }
        }
        fitting.append(&mut others);
        Ok(fitting)
    }

    /// The name fits, and the candidate is not in the path already: a certificate occurs there once (RFC 5280 §6.1).
    fn may_issue(&mut self, certificate: &Certificate, candidate: &Certificate) -> Result<bool, PathError> {
        self.budget.compare_name()?;
        let repeated =
            candidate == certificate || self.frames.iter().any(|frame| frame.certificate == candidate);
        Ok(candidate.subject() == certificate.issuer() && !repeated)
    }

    /// Everything about one issuer that can be said without its own issuer; the signature last, as it costs most.
    fn try_issuer(&mut self, subject: &'c Certificate, issuer: &'c Certificate) -> Result<(), PathError> {
        self.budget.step()?;
        let position = u32::try_from(self.frames.len()).unwrap_or(u32::MAX);
        self.check_length(issuer)?;
        profile::check_critical_extensions(issuer, position)?;
        profile::check_issuer(issuer, self.counted_below(), &self.rules.purpose)
            .map_err(|violation| PathError::IssuerProfile { position, violation })?;
        profile::check_key_identifiers(issuer, position, true, self.rules)?;
        profile::check_validity(issuer, position, self.at)?;
        self.check_names(issuer, position)?;
        self.check_signature(subject, issuer, position)
    }

    /// An issuer that is not the anchor needs room for the anchor too.
    fn check_length(&self, issuer: &Certificate) -> Result<(), PathError> {
        let needed = if issuer == self.anchor { 1_usize } else { 2 };
        if self.frames.len().saturating_add(needed) <= self.rules.max_chain {
            return Ok(());
        }
        Err(PathError::Chain { limit: u32::try_from(self.rules.max_chain).unwrap_or(u32::MAX) })
    }

    /// Certificates between the next issuer and the leaf that are not self-issued (RFC 5280 §4.2.1.9).
    fn counted_below(&self) -> u64 {
        let counted = self.frames.iter().skip(1).filter(|frame| !frame.certificate.is_self_issued()).count();
        u64::try_from(counted).unwrap_or(u64::MAX)
    }

    /// Constraints bind every certificate below, self-issued ones only as leaf (RFC 5280 §4.2.1.10).
    fn check_names(&mut self, issuer: &Certificate, position: u32) -> Result<(), PathError> {
        let Some(constraints) = issuer.name_constraints() else { return Ok(()) };
        for (index, frame) in self.frames.iter().enumerate() {
            if index == 0 || !frame.certificate.is_self_issued() {
                check_constraints(constraints, frame.certificate, position, self.budget)?;
            }
        }
        Ok(())
    }

    fn check_signature(
        &mut self,
        subject: &Certificate,
        issuer: &Certificate,
        position: u32,
    ) -> Result<(), PathError> {
        let signed = position.saturating_sub(1);
        let scheme = subject.signature_scheme().ok_or(PathError::Algorithm { position: signed })?;
        let key = issuer.key().map_err(|_| PathError::Algorithm { position })?;
        self.budget.check_signature()?;
        let check = SignatureCheck {
            key,
            scheme,
            encoding: SignatureEncoding::Der,
            message: Message::Parts(&[subject.tbs()]),
            signature: subject.signature(),
        };
        self.checker.verify(&check).map_err(|error| match error {
            SignatureError::Budget => PathError::SignatureTotal,
            SignatureError::SchemeKey => PathError::Algorithm { position: signed },
            SignatureError::DigestAlgorithm
            | SignatureError::Invalid
            | SignatureError::MessageRequired
            | _ => PathError::Signature { position: signed },
        })
    }
}

/// keyIdentifier of the certificate equals the subjectKeyIdentifier of the candidate.
fn key_identifiers_fit(certificate: &Certificate, candidate: &Certificate) -> bool {
    let wanted = certificate.authority_key_id().and_then(|id| id.key_identifier.as_deref());
    let found = candidate.subject_key_id().map(|id| id.key_identifier.as_slice());
    wanted.is_some() && wanted == found
}
