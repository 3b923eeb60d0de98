//! Who signed (I01–I05, I08): facts from the verified path or the managed key, compared with the policy.

use super::case::Case;
use super::chain::PathFacts;
use super::signature::SignatureFacts;
use crate::identity::{
    CaFacts, CertificateFacts, GivenKey, KeyFacts, SignerFacts, match_denied, match_signers,
};
use crate::report::{CertificateSigner, Checks, Signer};
use alloc::{
    boxed::Box,
    collections::BTreeMap,
    format,
    string::{String, ToString},
    vec::Vec,
};
use cretula_encoding::text::quote;
use cretula_pki::{Certificate, Claim, FulcioClaims, IssuerClaim, SanType, signing_san};

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
    checks: &mut Checks,
) -> IdentityFacts {
    match (case.leaf(), path, signature) {
        (Some(leaf), Some(path), _) => verify_certificate(case, leaf, path, checks),
        (None, _, Some(facts)) => verify_key(case, facts, checks),
        _ => {
            checks.not_applicable("I02", "no signer was established that the policy could be compared with");
            IdentityFacts::default()
        }
    }
}

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
    let uri = path.authority.uri.as_str();
    let ca = CaFacts { sha256: path.path.anchor().sha256(), uri: Some(uri).filter(|uri| !uri.is_empty()) };
    let facts = SignerFacts::Certificate(CertificateFacts { certificate: leaf, claims: &claims, ca });
    let signer = certificate_signer(leaf, &claims, path);
    match_policy(case, &facts, &signer_text(&signer), checks);
    IdentityFacts { signer: Some(Signer::Certificate(Box::new(signer))) }
}

/// All ids under which the caller gave the key that verified: a denied key stays denied under another id.
fn verify_key(case: &Case<'_>, facts: &SignatureFacts<'_>, checks: &mut Checks) -> IdentityFacts {
    let same_key = case.keys().iter().filter(|given| given.key.spki() == facts.key.spki());
    let given: Vec<GivenKey<'_>> =
        same_key.map(|given| GivenKey { id: &given.id, usage: given.usage.as_deref() }).collect();
    match_policy(case, &SignerFacts::Key(KeyFacts { given }), "managed key", checks);
    let id = facts.managed.map(|managed| managed.id.clone()).unwrap_or_default();
    IdentityFacts { signer: Some(Signer::Key { id, sha256: facts.key.spki_sha256() }) }
}

fn match_policy(case: &Case<'_>, facts: &SignerFacts<'_>, text: &str, checks: &mut Checks) {
    if case.policy.dangerous.any_signer && case.policy.signers.is_none() {
        checks.off("I05", None);
    }
    match match_signers(case.policy, facts) {
        Ok(satisfied) if satisfied.is_empty() => checks.off("I02", None),
        Ok(_) => {
            if matches!(facts, SignerFacts::Certificate(_)) {
                for check in ["I01", "I03", "I04", "I08"] {
                    checks.pass(check, None);
                }
            }
            checks.pass_with("I02", None, text);
            checks.pass("I05", None);
        }
        Err(error) => checks.fail(error.check, error.code(), None, error.detail),
    }
    if case.policy.deny.is_empty() {
        return;
    }
    if let Err(error) = match_denied(case.policy, facts, &[]) {
        checks.fail(error.check, error.code(), None, error.detail);
    }
}

fn signer_text(signer: &CertificateSigner) -> String {
    format!("{} from {}", quote(&signer.san), quote(&signer.issuer))
}

fn certificate_signer(leaf: &Certificate, claims: &FulcioClaims, path: &PathFacts<'_>) -> CertificateSigner {
    let (san_type, san) = match signing_san(leaf) {
        Ok(san) => (san_type_name(san.san_type), san.value.to_string()),
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
        path: path.path.certificates().map(Certificate::sha256).collect(),
        ca: path.path.anchor().sha256(),
    }
}

fn san_type_name(san_type: SanType) -> &'static str {
    match san_type {
        SanType::Email => "email",
        SanType::Uri => "uri",
        _ => "other",
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
