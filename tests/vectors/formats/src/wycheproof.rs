//! Signature vectors of Wycheproof, one by one.
use cretula_crypto::{
    HashAlgorithm, Message, SignatureCheck, SignatureEncoding, SignatureScheme, VerificationKey,
};
use serde::Deserialize;

use crate::FormatCase;
use crate::read::{self, Hex};
use crate::verdict::{Judgement, Tally};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct File {
    test_groups: Vec<Group>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Group {
    #[serde(rename = "type")]
    group_type: String,
    public_key_der: Hex,
    sha: Option<String>,
    tests: Vec<Vector>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Vector {
    tc_id: u64,
    msg: Hex,
    sig: Hex,
    result: String,
}

#[derive(Deserialize)]
struct Counts {
    valid: u64,
    invalid: u64,
    acceptable: u64,
}

#[derive(Deserialize)]
struct Expectation {
    counts: Counts,
}

pub(crate) fn groups(case: &FormatCase) -> Judgement {
    let file: File = read::json(&case.file)?;
    let Expectation { counts } = read::expects(case)?;
    let mut tally = Tally::default();
    for group in &file.test_groups {
        let (scheme, encoding) = scheme(group)?;
        let key = VerificationKey::parse_spki(&group.public_key_der.0);
        for vector in &group.tests {
            let result = match &key {
                Ok(key) => check(vector, key, scheme, encoding),
                Err(error) => Err(format!("{error:?}")),
            };
            tally.count(vector.tc_id, expected(&vector.result)?, result);
        }
    }
    tally.expect(
        counts.valid.checked_add(counts.invalid).and_then(|sum| sum.checked_add(counts.acceptable)),
    )?;
    tally.verdict()
}

fn scheme(group: &Group) -> Result<(SignatureScheme, SignatureEncoding), String> {
    let hash = || match group.sha.as_deref() {
        Some("SHA-256") => Ok(HashAlgorithm::Sha256),
        Some("SHA-384") => Ok(HashAlgorithm::Sha384),
        Some("SHA-512") => Ok(HashAlgorithm::Sha512),
        other => Err(format!("hash {other:?}")),
    };
    Ok(match group.group_type.as_str() {
        "EcdsaVerify" => (SignatureScheme::Ecdsa(hash()?), SignatureEncoding::Der),
        "EcdsaP1363Verify" => (SignatureScheme::Ecdsa(hash()?), SignatureEncoding::P1363),
        "EddsaVerify" => (SignatureScheme::Ed25519, SignatureEncoding::Der),
        "RsassaPkcs1Verify" => (SignatureScheme::RsaPkcs1(hash()?), SignatureEncoding::Der),
        "RsassaPssVerify" => (SignatureScheme::RsaPss(hash()?), SignatureEncoding::Der),
        other => return Err(format!("group type {other}")),
    })
}

fn check(
    vector: &Vector,
    key: &VerificationKey,
    scheme: SignatureScheme,
    encoding: SignatureEncoding,
) -> Result<(), String> {
    let parts = [vector.msg.0.as_slice()];
    let message = Message::Parts(&parts);
    let check = SignatureCheck { key, scheme, encoding, message, signature: &vector.sig.0 };
    read::checker().verify(&check).map_err(|error| format!("{error:?}"))
}

/// `acceptable` may go either way.
fn expected(result: &str) -> Result<Option<bool>, String> {
    match result {
        "valid" => Ok(Some(true)),
        "invalid" => Ok(Some(false)),
        "acceptable" => Ok(None),
        other => Err(format!("result {other}")),
    }
}
