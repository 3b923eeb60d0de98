//! Who signed, compared with who may sign (checks I01 to I04, I08; codes `identity/…`).

mod error;
mod facts;
mod leaf;
#[cfg(test)]
mod tests;

use alloc::{format, string::String, vec::Vec};

use cretula_encoding::text::quote;
use cretula_pki::{Claim, ClaimState, IssuerClaim, SigningSan};

pub use self::error::IdentityError;
use self::error::IdentityErrorKind;
pub(crate) use self::facts::{CaFacts, CertificateFacts, GivenKey, KeyFacts, SignerFacts};
use self::leaf::{Miss, misses};
use crate::policy::{Denied, Leaf, Node, Outcome, Policy};

/// Fulcio claims that hold a commit: current and deprecated.
const COMMIT_CLAIMS: [u8; 2] = [13, 3];

/// A leaf of the policy that the signer satisfies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SatisfiedLeaf {
    /// RFC 6901 pointer in the policy.
    pub(crate) pointer: String,
    /// Whether it names the signer (I05).
    pub(crate) bound: bool,
}

/// Matches the signer with `signers` and returns every leaf that it satisfies outside of a `not`.
///
/// Facts of a certificate are checked also when the policy has no signers: one subject alternative name (I01), one
/// issuer (I03), agreement of deprecated and current claims (I04).
///
/// # Errors
/// With a single leaf in the policy, why the signer misses it; with several, [`IdentityErrorKind::NoMatch`] with the
/// reason of the leaf that came furthest. A value that no pattern can be compared with refuses below `not`.
pub(crate) fn match_signers(
    policy: &Policy,
    facts: &SignerFacts<'_>,
) -> Result<Vec<SatisfiedLeaf>, IdentityError> {
    if let SignerFacts::Certificate(certificate) = facts {
        check_certificate(certificate)?;
    }
    let satisfied = match &policy.signers {
        Some(signers) => match_tree(policy, signers, facts)?,
        None => Vec::new(),
    };
    check_issuer_presence(facts, &satisfied)?;
    let leaf = |leaf: &Leaf| SatisfiedLeaf { pointer: leaf.pointer.clone(), bound: leaf.is_bound() };
    Ok(satisfied.into_iter().map(leaf).collect())
}

/// Matches the signer with `deny`, after `signers`. `source_commits` are commits of a verified predicate; those of the
/// certificate are compared as well.
///
/// # Errors
/// [`IdentityErrorKind::Denied`] for the first entry that matches, and [`IdentityErrorKind::ClaimMalformed`] for a
/// value that an entry cannot be compared with.
pub(crate) fn match_denied(
    policy: &Policy,
    facts: &SignerFacts<'_>,
    source_commits: &[&str],
) -> Result<(), IdentityError> {
    for (index, entry) in policy.deny.iter().enumerate() {
        let denied = match entry {
            Denied::CertificateSha256(digest) => match facts {
                SignerFacts::Certificate(certificate) => certificate.certificate.sha256() == *digest,
                SignerFacts::Key(_) => false,
            },
            Denied::KeyId(id) => match facts {
                SignerFacts::Certificate(_) => false,
                SignerFacts::Key(key) => key.given.iter().any(|given| given.id == id),
            },
            Denied::Leaf(leaf) => match_leaf(policy, leaf, facts, true)?.is_none(),
            Denied::SourceCommit(commit) => match_commit(policy, commit, facts, source_commits)?,
        };
        if denied {
            let detail = format!("expected no signer of /deny/{index}, found one");
            return Err(IdentityError::new(IdentityErrorKind::Denied, detail));
        }
    }
    Ok(())
}

/// One subject alternative name, one issuer at most, and claims that agree with their deprecated forms.
fn check_certificate<'a>(facts: &CertificateFacts<'a>) -> Result<SigningSan<'a>, IdentityError> {
    let san = cretula_pki::signing_san(facts.certificate).map_err(|error| IdentityError::from_san(&error))?;
    match facts.claims.issuer() {
        IssuerClaim::Conflict { current, deprecated } => {
            let detail = format!("expected one issuer, found {} and {}", quote(current), quote(deprecated));
            return Err(IdentityError::new(IdentityErrorKind::IssuerConflict, detail));
        }
        IssuerClaim::Malformed(_) => {
            let detail = "expected an issuer in its form, found another encoding";
            return Err(IdentityError::new(IdentityErrorKind::IssuerMalformed, detail));
        }
        IssuerClaim::Missing | IssuerClaim::Value(_) => {}
    }
    for (name, claim) in facts.claims.claims() {
        if let Claim::Conflict { current, deprecated } = claim {
            return Err(IdentityError::claim_conflict(name, &current, &deprecated));
        }
    }
    Ok(san)
}

/// A certificate without issuer is accepted only by a leaf that says so and pins the anchor (I03): no other leaf is
/// satisfied by one, and the reader of the policy refuses the former without the latter.
fn check_issuer_presence(facts: &SignerFacts<'_>, satisfied: &[&Leaf]) -> Result<(), IdentityError> {
    let SignerFacts::Certificate(certificate) = facts else { return Ok(()) };
    if certificate.claims.issuer() != IssuerClaim::Missing || !satisfied.is_empty() {
        return Ok(());
    }
    let detail = "expected an issuer, found none, and no leaf with an absent issuer and ca.sha256";
    Err(IdentityError::new(IdentityErrorKind::IssuerMissing, detail))
}

/// What a node came to.
enum Verdict<'p> {
    /// With the leaves that hold outside of a `not`.
    Holds(Vec<&'p Leaf>),
    /// With the reason of the leaf that came furthest.
    Misses(Miss),
}

fn match_tree<'p>(
    policy: &Policy,
    signers: &'p Node,
    facts: &SignerFacts<'_>,
) -> Result<Vec<&'p Leaf>, IdentityError> {
    let miss = match evaluate(policy, signers, facts, false)? {
        Verdict::Holds(leaves) => return Ok(leaves),
        Verdict::Misses(miss) => miss,
    };
    if signers.leaves().len() == 1 {
        return Err(miss.error);
    }
    Err(IdentityError { kind: IdentityErrorKind::NoMatch, ..miss.error })
}

/// Evaluates every leaf, so that the answer does not depend on their order.
///
/// Recursion: as deep as limit `policy-depth`, which the reader of the policy has enforced.
fn evaluate<'p>(
    policy: &Policy,
    node: &'p Node,
    facts: &SignerFacts<'_>,
    negated: bool,
) -> Result<Verdict<'p>, IdentityError> {
    match node {
        Node::All(nodes) => {
            let (held, missed) = evaluate_each(policy, nodes, facts, negated)?;
            Ok(furthest(missed).map_or_else(|| Verdict::Holds(held.concat()), Verdict::Misses))
        }
        Node::Any(nodes) => {
            let (held, missed) = evaluate_each(policy, nodes, facts, negated)?;
            match furthest(missed) {
                Some(miss) if held.is_empty() => Ok(Verdict::Misses(miss)),
                _ => Ok(Verdict::Holds(held.concat())),
            }
        }
        Node::Leaf(leaf) => Ok(match match_leaf(policy, leaf, facts, negated)? {
            Some(miss) => Verdict::Misses(miss),
            None => Verdict::Holds(Vec::from([leaf])),
        }),
        Node::Not(inner) => Ok(match evaluate(policy, inner, facts, true)? {
            Verdict::Holds(_) => Verdict::Misses(Miss::of_negation()),
            Verdict::Misses(_) => Verdict::Holds(Vec::new()),
        }),
    }
}

type Each<'p> = (Vec<Vec<&'p Leaf>>, Vec<Miss>);

fn evaluate_each<'p>(
    policy: &Policy,
    nodes: &'p [Node],
    facts: &SignerFacts<'_>,
    negated: bool,
) -> Result<Each<'p>, IdentityError> {
    let (mut held, mut missed) = (Vec::new(), Vec::new());
    for node in nodes {
        match evaluate(policy, node, facts, negated)? {
            Verdict::Holds(leaves) => held.push(leaves),
            Verdict::Misses(miss) => missed.push(miss),
        }
    }
    Ok((held, missed))
}

/// The first of those that came furthest.
fn furthest(missed: Vec<Miss>) -> Option<Miss> {
    missed.into_iter().reduce(|best, miss| if miss.stage > best.stage { miss } else { best })
}

/// Why the signer misses the leaf; `None` if the leaf holds. All members are compared, so that below a negation a value
/// that cannot be compared refuses whatever the other members say.
fn match_leaf(
    policy: &Policy,
    leaf: &Leaf,
    facts: &SignerFacts<'_>,
    negated: bool,
) -> Result<Option<Miss>, IdentityError> {
    let mut misses = misses(leaf, facts, policy.pattern_input, negated);
    if negated && let Some(index) = misses.iter().position(|miss| miss.undecidable) {
        return Err(misses.swap_remove(index).into_undecidable());
    }
    Ok(misses.into_iter().next())
}

/// Whether the signer's certificate or the predicate names the commit.
fn match_commit(
    policy: &Policy,
    commit: &str,
    facts: &SignerFacts<'_>,
    source_commits: &[&str],
) -> Result<bool, IdentityError> {
    let mut found: Vec<&str> = source_commits.to_vec();
    if let SignerFacts::Certificate(certificate) = facts {
        for number in COMMIT_CLAIMS {
            match certificate.claims.state(number) {
                ClaimState::Absent => {}
                ClaimState::Malformed(_) => return Err(IdentityError::malformed("the commit")),
                ClaimState::Value(text) => found.push(text),
            }
        }
    }
    let unmatchable = |text: &&str| leaf::is_unmatchable(text, policy.pattern_input);
    if found.iter().any(unmatchable) {
        return Err(IdentityError::malformed("the commit"));
    }
    Ok(found.iter().any(|text| text.eq_ignore_ascii_case(commit)))
}

/// What a comparison means for a member.
const fn is_match(outcome: Outcome) -> bool {
    matches!(outcome, Outcome::Matches)
}
