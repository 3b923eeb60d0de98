//! Who signed (I01–I05, I08): facts from the verified path or the managed key, compared with the policy.

use super::case::{Case, KeyEntries};
use super::chain::{AuthorityPath, PathFacts};
use super::signature::SignatureFacts;
use crate::identity::{
    CaFacts, CertificateFacts, GivenKey, IdentityError, KeyFacts, SatisfiedLeaf, SignerFacts, match_denied,
    match_signers,
};
use crate::policy::Node;
use crate::report::{CertificateSigner, Checks, Signer};
use crate::request::ManagedKey;
use alloc::{
    boxed::Box,
    collections::BTreeMap,
    format,
    string::{String, ToString},
    vec::Vec,
};
use cretula_encoding::text::quote;
use cretula_pki::{Certificate, Claim, FulcioClaims, IssuerClaim, signing_san};

/// What this step established.
#[derive(Default)]
pub(super) struct IdentityFacts {
    pub(super) signer: Option<Signer>,
}

/// Compares the signer with `signers` and `deny`. Without a verified path or signature nobody is known to have signed.
pub(super) fn verify_identity(
    case: &Case<'_>,
    path: Option<&PathFacts<'_>>,
    signature: Option<&SignatureFacts<'_>>,
    keys: &KeyEntries<'_>,
    checks: &mut Checks,
) -> IdentityFacts {
    let mut facts = match (case.leaf(), path, signature) {
        (Some(leaf), Some(path), _) => verify_certificate(case, leaf, path, checks),
        (None, _, Some(facts)) => verify_key(case, facts, keys, checks),
        _ => {
            checks.not_applicable("I02", "no signer was established that the policy could be compared with");
            IdentityFacts::default()
        }
    };
    // Of a certificate whose key did not sign this, the report says nothing.
    facts.signer = facts.signer.filter(|_| signature.is_some());
    facts
}

/// A rule about the authority must hold at every verified time, for one of the authorities that vouch for the leaf then;
/// one that `deny` names refuses wherever it vouches.
fn verify_certificate(
    case: &Case<'_>,
    leaf: &Certificate,
    path: &PathFacts<'_>,
    checks: &mut Checks,
) -> IdentityFacts {
    let claims = match FulcioClaims::parse(leaf, case.limits()) {
        Ok(claims) => claims,
        Err(error) => {
            checks.fail("I04", "limits/claim-bytes", None, error.to_string());
            return IdentityFacts::default();
        }
    };
    let mut judged = Judged { case, leaf, claims: &claims, verdicts: Vec::new() };
    let mut chosen: Option<&AuthorityPath<'_>> = None;
    let mut verdict = Ok(Vec::new());
    let mut denied = None;
    for instant in path.instants() {
        let mut best = None;
        for found in instant {
            let (signers, denial) = judged.under(found);
            denied = denied.or(Some(denial).filter(Result::is_err));
            if matches!(best, Some(Ok(_))) {
                continue;
            }
            match signers {
                Ok(leaves) => {
                    best = Some(Ok(leaves));
                    chosen = chosen.or(Some(found));
                }
                Err(error) => best = best.or(Some(Err(error))),
            }
        }
        match best {
            Some(Ok(leaves)) => verdict = verdict.map(|_| leaves),
            Some(Err(error)) => verdict = verdict.and(Err(error)),
            None => {}
        }
    }
    let Some(shown) = chosen.or_else(|| path.instants().first()?.first()) else {
        return IdentityFacts::default();
    };
    let signer = certificate_signer(leaf, &claims, shown);
    report_match(case, verdict, &signer_text(&signer), true, checks);
    report_denied(denied, checks);
    IdentityFacts { signer: Some(Signer::Certificate(Box::new(signer))) }
}

/// What the policy says about the leaf under an authority. It looks at nothing of an authority but what [`CaFacts`] holds,
/// so that each of these is judged once, however many times and instances there are.
struct Judged<'a> {
    case: &'a Case<'a>,
    leaf: &'a Certificate,
    claims: &'a FulcioClaims,
    verdicts: Vec<(CaFacts<'a>, Judgement)>,
}

/// Outcome of `signers`, and of `deny`.
type Judgement = (Result<Vec<SatisfiedLeaf>, IdentityError>, Result<(), IdentityError>);

impl<'a> Judged<'a> {
    fn under(&mut self, found: &AuthorityPath<'a>) -> Judgement {
        let facts = certificate_facts(self.leaf, self.claims, found);
        let ca = facts.ca;
        if let Some((_, judgement)) = self.verdicts.iter().find(|(known, _)| *known == ca) {
            return judgement.clone();
        }
        let facts = SignerFacts::Certificate(facts);
        let judgement =
            (match_signers(self.case.policy, &facts), match_denied(self.case.policy, &facts, &[]));
        self.verdicts.push((ca, judgement.clone()));
        judgement
    }
}

fn certificate_facts<'a>(
    leaf: &'a Certificate,
    claims: &'a FulcioClaims,
    found: &AuthorityPath<'a>,
) -> CertificateFacts<'a> {
    let uri = found.authority.uri.as_str();
    let ca = CaFacts { sha256: found.path.anchor().sha256(), uri: Some(uri).filter(|uri| !uri.is_empty()) };
    CertificateFacts { certificate: leaf, claims, ca }
}

/// Signers are satisfied by the entries of the key that may have signed then; `deny` sees every entry.
fn verify_key(
    case: &Case<'_>,
    facts: &SignatureFacts<'_>,
    keys: &KeyEntries<'_>,
    checks: &mut Checks,
) -> IdentityFacts {
    let verdict = match_signers(case.policy, &key_facts(&keys.in_window));
    report_match(case, verdict, "managed key", false, checks);
    report_denied(Some(match_denied(case.policy, &key_facts(&keys.all), &[])), checks);
    let id = facts.managed.map(|managed| managed.id.clone()).unwrap_or_default();
    IdentityFacts { signer: Some(Signer::Key { id, sha256: facts.key.spki_sha256() }) }
}

fn key_facts<'a>(entries: &[&'a ManagedKey]) -> SignerFacts<'a> {
    let given = entries.iter().map(|given| GivenKey { id: &given.id, usage: given.usage.as_deref() });
    SignerFacts::Key(KeyFacts { given: given.collect() })
}

fn report_match(
    case: &Case<'_>,
    verdict: Result<Vec<SatisfiedLeaf>, IdentityError>,
    text: &str,
    is_certificate: bool,
    checks: &mut Checks,
) {
    if case.policy.dangerous.any_signer {
        checks.off("I05", None);
    } else {
        checks.pass("I05", None);
    }
    match verdict {
        Ok(satisfied) if satisfied.is_empty() => checks.off("I02", None),
        Ok(_) => {
            if is_certificate {
                for check in ["I01", "I03", "I04"] {
                    checks.pass(check, None);
                }
            }
            checks.pass_with("I02", None, text);
            if pins_instances(case) {
                checks.pass("I08", None);
            }
        }
        Err(error) => checks.fail(error.check, error.code(), None, error.detail),
    }
}

fn report_denied(denied: Option<Result<(), IdentityError>>, checks: &mut Checks) {
    if let Some(Err(error)) = denied {
        checks.fail(error.check, error.code(), None, error.detail);
    }
}

/// Whether the policy pins a certificate authority, a log or a timestamp authority.
fn pins_instances(case: &Case<'_>) -> bool {
    let evidence = &case.policy.evidence;
    let leaves = case.policy.signers.as_ref().map(Node::leaves).unwrap_or_default();
    let mut rules = leaves.iter().filter_map(|(leaf, _)| leaf.certificate());
    let pins_ca = rules.any(|rule| rule.ca_sha256.is_some() || rule.ca_uri.is_some());
    pins_ca || evidence.log.only.is_some() || evidence.time.only.is_some()
}

fn signer_text(signer: &CertificateSigner) -> String {
    format!("{} from {}", quote(&signer.san), quote(&signer.issuer))
}

fn certificate_signer(
    leaf: &Certificate,
    claims: &FulcioClaims,
    found: &AuthorityPath<'_>,
) -> CertificateSigner {
    let (san_type, san) = match signing_san(leaf) {
        Ok(san) => (san.san_type.name(), san.value.to_string()),
        Err(_) => ("other", String::new()),
    };
    let (not_before, not_after) = leaf.validity();
    CertificateSigner {
        sha256: leaf.sha256(),
        san_type,
        san,
        issuer: match claims.issuer() {
            IssuerClaim::Value(issuer) => issuer.to_string(),
            IssuerClaim::Conflict { .. } | IssuerClaim::Malformed(_) | IssuerClaim::Missing => String::new(),
        },
        claims: claim_values(claims),
        extensions: leaf
            .extensions()
            .map(|extension| (extension.oid.to_dotted(), extension.value.to_vec()))
            .collect(),
        not_before,
        not_after,
        path: found.path.certificates().map(Certificate::sha256).collect(),
        ca: found.path.anchor().sha256(),
    }
}

/// Claims that have one value; the issuer stands beside them.
fn claim_values(claims: &FulcioClaims) -> BTreeMap<String, String> {
    let mut values = BTreeMap::new();
    for (name, claim) in claims.claims() {
        if let Claim::Value(value) = claim {
            values.insert(name.to_string(), value);
        }
    }
    values
}
