//! Wycheproof's JSON Web Signatures and Keys, judged by the verifier of ID tokens of the host library.
use std::collections::BTreeSet;

use anyhow::{Context as _, Result, bail};
use cretula::id_token::Jwks;
use cretula_vector_formats::{VectorMismatch, Verdict};
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::folder::read_json;

/// Kind of the entries.
pub(crate) const KIND: &str = "wycheproof-jose";

/// The valid vectors that are accepted, by algorithm of the file: ES256 and RS256 with keys that say the same. The other
/// valid ones are HMAC, PSS, RS384, RS512 and P-521, which tokens may not use.
const ACCEPTED: [(&str, &[u64]); 2] =
    [("JWS", &[18, 33, 259, 260, 261, 262, 263, 345, 349, 378]), ("JWK", &[5])];

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct File<'a> {
    #[serde(borrow)]
    test_groups: Vec<Group<'a>>,
}

/// `private` is all there is of symmetric keys.
#[derive(Deserialize)]
struct Group<'a> {
    #[serde(borrow)]
    public: Option<&'a RawValue>,
    #[serde(borrow)]
    private: Option<&'a RawValue>,
    #[serde(borrow)]
    tests: Vec<Vector<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Vector<'a> {
    tc_id: u64,
    #[serde(borrow)]
    jws: &'a RawValue,
    result: String,
}

#[derive(Deserialize)]
struct Expectation {
    algorithm: String,
    counts: Counts,
}

#[derive(Deserialize)]
struct Counts {
    valid: u64,
    invalid: u64,
    acceptable: u64,
}

/// Judges a file; `expects` is the member of its entry.
///
/// # Errors
/// The file or its expectations cannot be read, or they do not fit each other.
pub(crate) fn judge(file: &[u8], expects: &[u8]) -> Result<Verdict> {
    let file: File<'_> = read_json(file)?;
    let expectation: Expectation = read_json(expects)?;
    let pinned = ACCEPTED.iter().find(|(algorithm, _)| *algorithm == expectation.algorithm);
    let (_, accepted) = pinned.with_context(|| format!("no list for {}", expectation.algorithm))?;
    let mut open: BTreeSet<u64> = accepted.iter().copied().collect();
    let (mut counts, mut mismatches) = (Counts { valid: 0, invalid: 0, acceptable: 0 }, Vec::new());
    for group in &file.test_groups {
        let keys = keys(group)?;
        for vector in &group.tests {
            let count = match vector.result.as_str() {
                "valid" => &mut counts.valid,
                "invalid" => &mut counts.invalid,
                "acceptable" => &mut counts.acceptable,
                other => bail!("result {other}"),
            };
            *count = count.saturating_add(1);
            let expected = open.remove(&vector.tc_id) && vector.result == "valid";
            let got = verify(&keys, vector);
            if expected != got.is_ok() {
                let got = got.map_or_else(|reason| format!("reject: {reason}"), |()| "accept".to_owned());
                mismatches.push(VectorMismatch { vector: vector.tc_id.to_string(), got });
            }
        }
    }
    let stated = [expectation.counts.valid, expectation.counts.invalid, expectation.counts.acceptable];
    let found = [counts.valid, counts.invalid, counts.acceptable];
    if stated != found || !open.is_empty() {
        bail!("the manifest states {stated:?} vectors, the file holds {found:?}; not there: {open:?}");
    }
    Ok(Verdict::PerVector { ran: found.iter().sum(), mismatches })
}

/// One key or a set of keys, as a set.
fn keys(group: &Group<'_>) -> Result<Result<Jwks, String>> {
    let text = group.public.or(group.private).context("a group without a key")?.get();
    let is_set = text.contains("\"keys\"");
    let set = if is_set { text.to_owned() } else { format!("{{\"keys\":[{text}]}}") };
    Ok(Jwks::parse(set.as_bytes()).map_err(|error| error.to_string()))
}

/// A vector that is no text, such as a JSON serialisation, is given as it stands.
fn verify(keys: &Result<Jwks, String>, vector: &Vector<'_>) -> Result<(), String> {
    let source = vector.jws.get();
    let text = read_json::<String>(source.as_bytes()).unwrap_or_else(|_| source.to_owned());
    let keys = keys.as_ref().map_err(Clone::clone)?;
    keys.verify_jws(&text).map(drop).map_err(|error| format!("{} {}", error.rule().id(), error.detail()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const EXPECTS: &[u8] = br#"{"algorithm":"JWK","counts":{"valid":1,"invalid":0,"acceptable":0}}"#;

    fn file(number: u64) -> String {
        format!(
            r#"{{"testGroups":[{{"public":{{"keys":[]}},"tests":[{{"tcId":{number},"jws":"a.b.c","result":"valid"}}]}}]}}"#
        )
    }

    #[test]
    fn a_valid_vector_of_the_list_has_to_be_accepted() {
        let verdict = judge(file(5).as_bytes(), EXPECTS).unwrap();
        let Verdict::PerVector { ran: 1, mismatches } = verdict else { panic!("{verdict:?}") };
        assert!(mismatches[0].got.starts_with("reject: J2 "));
    }

    #[test]
    fn a_file_without_the_vectors_of_the_list_is_not_judged() {
        assert!(judge(file(6).as_bytes(), EXPECTS).is_err());
        assert!(judge(b"{}", EXPECTS).is_err());
        let other = br#"{"algorithm":"JWE","counts":{"valid":1,"invalid":0,"acceptable":0}}"#;
        assert!(judge(file(5).as_bytes(), other).is_err());
    }
}
