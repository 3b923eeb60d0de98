//! Every stable code: which check gives it, and what it means.

/// One code.
#[derive(Debug, Clone, Copy)]
pub struct CodeDoc {
    /// `area/name`.
    pub code: &'static str,
    /// Check that gives it; `-` outside of checks.
    pub check: &'static str,
    /// What was found.
    pub meaning: &'static str,
}

const fn code(code: &'static str, check: &'static str, meaning: &'static str) -> CodeDoc {
    CodeDoc { code, check, meaning }
}

/// All codes by area in stage order.
pub const CODES: &[CodeDoc] = &[
    code("input/base64", "-", "a member is not canonical padded standard base64"),
    code("input/depth", "-", "the document is nested too deeply"),
    code(
        "input/digest",
        "-",
        "a digest is not lower-case hex of its algorithm's length, or the algorithm is not known",
    ),
    code("input/duplicate-key", "-", "two members of one object have the same name"),
    code("input/key", "-", "a managed key is not a supported public key in strict DER"),
    code("input/limit-cap", "-", "a limit was raised above its hard cap"),
    code("input/missing", "-", "a required member is missing"),
    code("input/number", "-", "a number is outside its range"),
    code("input/state", "-", "the hash state is not one that hash returned"),
    code("input/syntax", "-", "the document is not one JSON value"),
    code("input/too-large", "-", "the document is longer than any acceptable one"),
    code("input/type", "-", "a member has another type or form"),
    code("input/unknown-member", "-", "the document has no such member"),
    code("input/unsupported", "-", "this version does not read that kind of input"),
    code("input/utf8", "-", "the document is not UTF-8, or holds half a surrogate pair"),
    code("policy/conflict", "I07", "a policy member contradicts another or cannot take effect"),
    code("policy/malformed", "I07", "the policy is not of its format"),
    code("policy/now-required", "M04", "the policy needs the present time and the caller gave none"),
    code("policy/pattern", "I07", "a pattern does not compile, is too large, or matches the empty text"),
    code("policy/unbound", "I05", "the policy does not say who may sign"),
    code("policy/unknown-member", "I07", "the policy has a member that this version does not know"),
    code(
        "host/sandbox",
        "-",
        "the module trapped or ran out of time or memory, or its reply could not be read: never a success",
    ),
    code("limits/artifact-bytes", "-", "artifact bytes exceed the limit: pass digests"),
    code("limits/artifacts", "-", "more artifacts than the limit"),
    code("limits/bundle-bytes", "P01", "the bundle is longer than the limit"),
    code("limits/certificate-bytes", "P16", "a certificate is longer than the limit"),
    code("limits/chain", "C08", "a certificate chain is longer than the limit"),
    code("limits/checkpoint-bytes", "L08", "a checkpoint is longer than the limit"),
    code("limits/checkpoint-lines", "L08", "a checkpoint has more signature lines than the limit"),
    code("limits/claim-bytes", "I04", "a certificate claim is longer than the limit"),
    code("limits/digests-per-subject", "A05", "a subject has more digests than the limit"),
    code("limits/extensions", "C01", "a certificate has more extensions than the limit"),
    code("limits/json-depth", "P01", "JSON is nested deeper than the limit"),
    code("limits/json-members", "P01", "a JSON object has more members than the limit"),
    code("limits/json-string-bytes", "P01", "a JSON string is longer than the limit"),
    code("limits/log-entries", "P11", "more log entries than the limit"),
    code("limits/managed-keys", "-", "more managed keys than the limit"),
    code("limits/name-comparisons", "C08", "the path search compared more names than the limit"),
    code("limits/path-steps", "C08", "the path search tried more issuers than the limit"),
    code("limits/policy-bytes", "I07", "the policy is longer than the limit"),
    code("limits/policy-depth", "I07", "signers are nested deeper than the limit"),
    code("limits/policy-nodes", "I07", "the policy has more signer nodes than the limit"),
    code("limits/predicate-depth", "A05", "the statement is nested deeper than the limit"),
    code("limits/proof-hashes", "P11", "an inclusion proof has more hashes than the limit"),
    code("limits/san-entries", "C01", "a certificate has more names than the limit"),
    code("limits/scts", "S01", "a certificate has more SCTs than the limit"),
    code("limits/signature-checks", "C08", "the path search checked more signatures than the limit"),
    code("limits/signature-total", "-", "the bundle needs more signature checks than the limit"),
    code("limits/subjects", "A05", "the statement has more subjects than the limit"),
    code("limits/timestamps", "P11", "more timestamps than the limit"),
    code("limits/token-bytes", "T02", "a timestamp token is longer than the limit"),
    code("limits/token-certificates", "T02", "a timestamp token has more certificates than the limit"),
    code("limits/trusted-root-bytes", "R01", "the trusted root is longer than the limit"),
    code(
        "limits/trusted-root-instances",
        "R01",
        "the trusted root has more instances of a kind than the limit",
    ),
    code("limits/trusted-roots", "-", "more trusted roots than the limit"),
    code("limits/witnesses", "I07", "the policy lists more witnesses than the limit"),
    code("bundle-shape/json", "P02", "the bundle is not one strict JSON value"),
    code("bundle-shape/duplicate-member", "P02", "two members of one object have the same name"),
    code("bundle-shape/unknown-member", "P02", "the bundle has a member that the format does not know"),
    code("bundle-shape/type", "P03", "a member has another type than proto3 JSON gives it"),
    code("bundle-shape/media-type", "P04", "the media type is not one of the known versions"),
    code("bundle-shape/content-choice", "P05", "not exactly one of message signature and envelope"),
    code("bundle-shape/material-choice", "P06", "not exactly one of key, chain and certificate"),
    code("bundle-shape/chain-not-allowed", "P07", "a bundle of version 0.3 has a certificate chain"),
    code("bundle-shape/chain-empty", "P07", "the certificate chain is empty"),
    code("bundle-shape/chain-order", "P07", "the certificate chain is not in order"),
    code("bundle-shape/chain-root", "P07", "the certificate chain contains a root certificate"),
    code("bundle-shape/signature-count", "P09", "the envelope has not exactly one signature"),
    code("bundle-shape/envelope-member", "P09", "a member of the envelope is missing or empty"),
    code("bundle-shape/key-hint", "P10", "hint and key id of the envelope differ"),
    code("bundle-shape/promise-missing", "P12", "a log entry of a bundle of version 0.1 has no promise"),
    code("bundle-shape/proof-missing", "P12", "a log entry has no inclusion proof"),
    code("bundle-shape/checkpoint-missing", "P12", "an inclusion proof has no checkpoint"),
    code("bundle-shape/entry-member", "P13", "a member of a log entry is missing or out of range"),
    code("bundle-shape/duplicate-evidence", "P14", "the same evidence stands there twice"),
    code("bundle-shape/base64", "P15", "bytes are not canonical base64"),
    code("bundle-shape/der", "P16", "a certificate is not strict DER"),
    code("trusted-root/json", "R01", "the trusted root is not a strict JSON document of its format"),
    code("trusted-root/media-type", "R01", "the media type of the trusted root is not known"),
    code("trusted-root/unknown-member", "R01", "a member was skipped (a remark)"),
    code("trusted-root/window", "R02", "a validity window is missing or malformed"),
    code("trusted-root/chain-empty", "R03", "an authority has no certificate"),
    code(
        "trusted-root/certificate",
        "R03",
        "a certificate cannot be parsed; its authority is set aside (a remark)",
    ),
    code("trusted-root/key", "R05", "a key does not fit its details; its log is set aside (a remark)"),
    code("trusted-root/log-id", "R06", "a log id does not fit its key; the log is set aside (a remark)"),
    code("trusted-root/tree-hash", "R07", "a log does not hash with SHA-256; it is set aside (a remark)"),
    code("trusted-root/no-ca", "R09", "the trusted root has no certificate authority"),
    code("trusted-root/no-log", "R09", "the trusted root has no transparency log"),
    code("trusted-root/no-ct-log", "R09", "the trusted root has no certificate transparency log"),
    code("trusted-root/no-tsa", "T15", "the trusted root has no timestamp authority"),
    code("time/set", "L05", "the log's promise does not verify"),
    code("time/set-key-window", "L05", "the log's key was not in use at the time of the promise"),
    code("time/set-on-v2", "L06", "an entry of a log of generation 2 has a promise"),
    code(
        "time/log-time-outside-certificate",
        "L07",
        "the certificate was not valid when the log saw the entry",
    ),
    code("time/token-status", "T01", "the timestamp was not granted"),
    code("time/token", "T02", "the timestamp token is malformed"),
    code("time/token-signer", "T03", "the token has not exactly one signer"),
    code("time/token-digest", "T03", "the token's digest algorithm is not SHA-2"),
    code("time/token-attributes", "T04", "the token's signed attributes are wrong"),
    code("time/token-cert-id", "T05", "the token names another signing certificate"),
    code("time/token-authority", "T06", "the token is of no trusted timestamp authority"),
    code("time/token-signature", "T07", "the token's signature does not verify"),
    code("time/token-profile", "T08", "the token's signer may not make timestamps"),
    code("time/token-chain", "T09", "the token's signer does not chain to its authority"),
    code("time/token-window", "T10", "the timestamp authority was not in use at that time"),
    code("time/token-imprint", "T11", "the token dates another signature"),
    code("time/token-request", "T12", "the token does not answer the caller's request"),
    code(
        "time/outside-certificate",
        "T13",
        "the certificate was not valid when the authority saw the signature",
    ),
    code("time/missing", "M01", "no time was verified"),
    code("time/threshold", "M01", "fewer times were verified than the policy demands"),
    code("time/in-future", "M03", "a verified time is later than the present"),
    code("time/mode", "M04", "the times are not of the kind that the policy demands"),
    code("time/key-window", "M05", "the managed key was not in use when it signed"),
    code("chain/leaf", "C01", "the signing certificate is malformed"),
    code("chain/ca-window", "C02", "the certificate authority was not in use at that time"),
    code("chain/not-valid", "C02", "a certificate was not valid at that time"),
    code("chain/lifetime", "C02", "the signing certificate lives longer than the policy admits"),
    code("chain/signature", "C03", "a certificate's signature does not verify"),
    code("chain/algorithm", "C03", "a certificate's key or signature algorithm is not supported"),
    code("chain/issuer-profile", "C04", "an issuer may not issue certificates"),
    code("chain/leaf-profile", "C05", "the leaf may not sign code"),
    code("chain/critical-extension", "C06", "a critical extension is not processed here"),
    code("chain/name-constraints", "C07", "name constraints are not met"),
    code("chain/no-path", "C08", "no path leads to a trusted authority"),
    code("sct/list", "S01", "the SCT list is malformed"),
    code("sct/signature", "S03", "an SCT does not verify under its log's key"),
    code("sct/log-window", "S05", "the CT log was not in use at the time of the SCT"),
    code("sct/missing", "S06", "the certificate has no SCT"),
    code("sct/threshold", "S06", "fewer CT logs vouch for the certificate than the policy demands"),
    code("log-inclusion/generation", "L03", "entry and checkpoint are of different generations of log"),
    code("log-inclusion/unknown-log", "L04", "the trusted root does not know the log (a remark)"),
    code("log-inclusion/checkpoint", "L08", "the checkpoint is malformed"),
    code("log-inclusion/checkpoint-unsigned", "L09", "the checkpoint has no signature of the log"),
    code(
        "log-inclusion/checkpoint-signature",
        "L09",
        "the log's signature on the checkpoint does not verify",
    ),
    code("log-inclusion/checkpoint-log", "L10", "the checkpoint is of another log than the entry"),
    code("log-inclusion/origin", "L11", "the checkpoint's origin is not the name of the log"),
    code("log-inclusion/root-hash", "L12", "root hashes of proof and checkpoint differ"),
    code("log-inclusion/tree-size", "L12", "tree sizes of proof and checkpoint differ"),
    code("log-inclusion/index", "L12", "the index lies outside of the tree"),
    code("log-inclusion/proof", "L14", "the inclusion proof does not verify"),
    code("log-inclusion/cosignature", "L20", "a witness cosignature does not verify"),
    code("log-inclusion/witness-threshold", "L20", "fewer witnesses cosigned than the policy demands"),
    code("log-inclusion/threshold", "L21", "fewer logs hold the entry than the policy demands"),
    code("log-inclusion/key-window", "L22", "the log's key was not in use at any verified time"),
    code("log-binding/body", "L01", "the entry body is malformed"),
    code("log-binding/kind-mismatch", "L01", "body and entry name different kinds"),
    code("log-binding/kind-unsupported", "L01", "this kind of entry is not read"),
    code("log-binding/kind-content", "L02", "this kind of entry does not hold such a signature"),
    code("log-binding/body-differs", "L15", "the entry is not the one that this bundle and artifact give"),
    code("log-binding/digest", "L17", "the entry is about another digest"),
    code("log-binding/no-prehash", "L16", "a scheme without prehash cannot be in a log of generation 2"),
    code("log-binding/signature", "L17", "the entry is about another signature"),
    code("log-binding/key", "L17", "the entry is about another key or certificate"),
    code("log-binding/payload-type", "L19", "the entry is about another payload type"),
    code("signature/invalid", "A02", "the signature does not verify"),
    code("signature/algorithm", "A01", "the key or its algorithm is not supported"),
    code("signature/key-missing", "A01", "no given key is the one that the bundle names"),
    code("signature/not-allowed", "A01", "the policy does not admit the algorithm"),
    code("signature/compat-algorithm", "A01", "a deprecated algorithm was used (a remark)"),
    code("signature/message-required", "A02", "the scheme signs the artifact itself: its bytes are needed"),
    code("artifact/digest-algorithm", "A02", "a digest of another algorithm is needed"),
    code("artifact/message-digest", "A03", "the stated message digest is not that of the artifact"),
    code("artifact/required", "A08", "no artifact was given"),
    code("artifact/payload-type", "A05", "the payload type is not admitted"),
    code("artifact/statement", "A05", "the payload is not an in-toto statement"),
    code("artifact/statement-type", "A05", "the statement type is not admitted"),
    code("artifact/no-subject", "A05", "the statement has no subject with a digest"),
    code("artifact/mismatch", "A06", "the artifact is none of the subjects"),
    code("artifact/subject-digest", "A06", "a subject has one equal digest and another that differs"),
    code("artifact/subject-count", "A06", "the statement has more subjects than the policy admits"),
    code("identity/san-count", "I01", "the certificate has not exactly one name"),
    code("identity/san-type", "I01", "the certificate's name is of another type"),
    code("identity/san", "I02", "the certificate names another identity"),
    code("identity/key", "I02", "another managed key signed"),
    code("identity/no-match", "I02", "the signer is none of those that the policy admits"),
    code("identity/denied", "I02", "the policy denies this signer"),
    code("identity/issuer", "I03", "the identity was issued by another provider"),
    code("identity/issuer-missing", "I03", "the certificate names no issuer"),
    code("identity/issuer-conflict", "I03", "the certificate names two issuers"),
    code("identity/issuer-malformed", "I03", "the certificate's issuer is malformed"),
    code("identity/claim", "I04", "a claim of the certificate differs"),
    code("identity/claim-missing", "I04", "the certificate lacks a claim"),
    code("identity/claim-malformed", "I04", "a claim of the certificate cannot be compared"),
    code("identity/claim-conflict", "I04", "current and deprecated form of a claim differ"),
    code("identity/instance", "I08", "another authority was used than the policy pins"),
    code("predicate/missing", "A05", "the policy demands a statement and there is none"),
    code("predicate/type", "I06", "the predicate type is not admitted"),
];

#[cfg(test)]
mod tests {
    extern crate std;
    use super::*;
    use crate::tables::CHECKS;
    use alloc::{collections::BTreeSet, string::String};
    use std::{fs, path::Path};

    /// Areas of our codes; `host/…` and `input/…` come from other documents too.
    const AREAS: [&str; 15] = [
        "input",
        "policy",
        "limits",
        "bundle-shape",
        "trusted-root",
        "time",
        "chain",
        "sct",
        "log-inclusion",
        "log-binding",
        "signature",
        "artifact",
        "identity",
        "predicate",
        "host",
    ];

    #[test]
    fn codes_are_unique_and_name_known_checks() {
        let codes: BTreeSet<_> = CODES.iter().map(|row| row.code).collect();
        assert_eq!(codes.len(), CODES.len());
        for row in CODES {
            let known = row.check == "-" || CHECKS.iter().any(|check| check.id == row.check);
            assert!(known, "{} names {}", row.code, row.check);
        }
    }

    #[test]
    fn the_table_holds_exactly_the_codes_of_the_sources() {
        let mut found = BTreeSet::new();
        let crates = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        for name in ["encoding", "crypto", "pki", "tlog", "attestation", "bundle", "verify"] {
            collect(&crates.join(name).join("src"), &mut found);
        }
        let table: BTreeSet<String> = CODES.iter().map(|row| row.code.into()).collect();
        // Made by hosts and by documents of other interfaces.
        let elsewhere: BTreeSet<String> = ["host/sandbox"].map(String::from).into();
        // Documents that only signing reads: signing configurations, and provenance as a typed predicate.
        let of_signing = ["limits/config-bytes", "limits/resolved-dependencies", "predicate/malformed"];
        let of_signing: BTreeSet<String> = of_signing.map(String::from).into();
        assert!(of_signing.is_subset(&found), "not in the sources any more");
        found.retain(|code| !of_signing.contains(code));
        let missing: std::vec::Vec<_> = found.difference(&table).collect();
        let unused: std::vec::Vec<_> =
            table.difference(&found).filter(|code| !elsewhere.contains(*code)).collect();
        assert!(missing.is_empty(), "not in the table: {missing:?}");
        assert!(unused.is_empty(), "in the table and nowhere else: {unused:?}");
    }

    fn collect(folder: &Path, found: &mut BTreeSet<String>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                if !path.ends_with("tables") {
                    collect(&path, found);
                }
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = fs::read_to_string(&path).unwrap();
                found.extend(text.split('"').filter(|literal| is_code(literal)).map(String::from));
            }
        }
    }

    fn is_code(literal: &str) -> bool {
        let Some((area, name)) = literal.split_once('/') else { return false };
        let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        AREAS.contains(&area) && !name.is_empty() && name.bytes().all(plain)
    }
}
