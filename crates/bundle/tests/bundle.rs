//! Each rule of the bundle reader: one document that holds it, and documents with one defect each.
#![cfg(test)]
use cretula_bundle::*;
use cretula_crypto::HashAlgorithm;
use cretula_encoding::base64;
use cretula_encoding::limits::Limits;

const HASH: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
const LEAF: &str = r#""certificate":{"rawBytes":"MAA="}"#;
const CHAIN: &str =
    r#""x509CertificateChain":{"certificates":[{"rawBytes":"MAA="},{"rawBytes":"MAMBAQA="}]}"#;
const KEY: &str = r#""publicKey":{"hint":"release"}"#;
const PROMISE: &str = r#""inclusionPromise":{"signedEntryTimestamp":"c2V0"},"#;
const BODY: &str = r#","canonicalizedBody":"e30=""#;
const KIND: &str = r#"{"kind":"dsse","version":"0.0.1"}"#;
const TIMESTAMP: &str = r#"{"signedTimestamp":"MAA="}"#;
const SIGNATURE: &str = r#"{"sig":"c2ln","keyid":""}"#;
const V03: &str = "application/vnd.dev.sigstore.bundle.v0.3+json";
const V02: &str = "application/vnd.dev.sigstore.bundle+json;version=0.2";
const V01: &str = "application/vnd.dev.sigstore.bundle+json;version=0.1";

fn proof() -> String {
    format!(
        r#""inclusionProof":{{"logIndex":"5","rootHash":"{HASH}","treeSize":"9","hashes":["{HASH}"],"checkpoint":{{"envelope":"note"}}}}"#
    )
}

fn entry() -> String {
    let proof = proof();
    format!(
        r#"{{"logIndex":"7","logId":{{"keyId":"aWQ="}},"kindVersion":{KIND},"integratedTime":"1700000000",{PROMISE}{proof}{BODY}}}"#
    )
}

/// A 0.3 bundle with an envelope and every kind of evidence.
fn document() -> String {
    let entry = entry();
    format!(
        r#"{{"mediaType":"{V03}","verificationMaterial":{{{LEAF},"tlogEntries":[{entry}],"timestampVerificationData":{{"rfc3161Timestamps":[{TIMESTAMP}]}}}},{ENVELOPE}}}"#
    )
}

const ENVELOPE: &str = r#""dsseEnvelope":{"payload":"e30=","payloadType":"application/vnd.in-toto+json","signatures":[{"sig":"c2ln","keyid":""}]}"#;
const MESSAGE: &str =
    r#""messageSignature":{"messageDigest":{"algorithm":"SHA2_256","digest":"AAAA"},"signature":"c2ln"}"#;

/// Replaces exactly one occurrence.
fn edit(document: &str, from: &str, to: &str) -> String {
    assert_eq!(document.matches(from).count(), 1, "{from}");
    document.replacen(from, to, 1)
}

fn parse(document: &str) -> Result<Bundle, Error> {
    Bundle::parse(document.as_bytes(), &BundleRules::default(), &Limits::default())
}

fn with_rules(document: &str, set: impl Fn(&mut BundleRules)) -> Result<Bundle, Error> {
    let mut rules = BundleRules::default();
    set(&mut rules);
    Bundle::parse(document.as_bytes(), &rules, &Limits::default())
}

fn with_limit(document: &str, name: &str, value: usize) -> Result<Bundle, Error> {
    let mut limits = Limits::default();
    limits.set(name, u64::try_from(value).unwrap()).unwrap();
    Bundle::parse(document.as_bytes(), &BundleRules::default(), &limits)
}

#[track_caller]
fn refused(result: Result<Bundle, Error>, check: &str, code: &str) {
    let error = result.expect_err("accepted");
    assert_eq!((error.check_id(), error.code()), (check, code), "{error}");
}

#[track_caller]
fn refused_edit(from: &str, to: &str, check: &str, code: &str) {
    refused(parse(&edit(&document(), from, to)), check, code);
}

#[test]
fn a_complete_bundle_is_read() {
    let bundle = parse(&document()).unwrap();
    assert_eq!((bundle.version(), bundle.media_type()), (BundleVersion::V03, V03));
    let envelope = bundle.unverified_envelope().unwrap();
    assert_eq!(envelope.payload, b"{}");
    assert_eq!(envelope.payload_type, "application/vnd.in-toto+json");
    assert_eq!((bundle.signature(), envelope.keyid.as_str()), (&b"sig"[..], ""));
    assert_eq!(bundle.material(), &Material::Certificate(vec![0x30, 0]));
    assert_eq!(bundle.timestamps(), [vec![0x30, 0]]);
    assert_eq!(bundle.unverified_integrated_times().collect::<Vec<_>>(), [1_700_000_000]);
    let [entry] = bundle.log_entries() else { panic!("one entry") };
    assert_eq!((entry.log_index, entry.log_id.as_slice()), (7, &b"id"[..]));
    assert_eq!((entry.kind.as_str(), entry.version.as_str(), entry.is_v2()), ("dsse", "0.0.1", false));
    assert_eq!(entry.inclusion_promise.as_deref(), Some(&b"set"[..]));
    assert_eq!(entry.canonicalized_body.as_deref(), Some(&b"{}"[..]));
    let proof = entry.inclusion_proof.as_ref().unwrap();
    assert_eq!(proof.stated, Some(StatedTree { log_index: 5, root_hash: [0; 32], tree_size: 9 }));
    assert_eq!((proof.checkpoint.as_str(), proof.hashes.as_slice()), ("note", &[[0; 32]][..]));
    assert_eq!(bundle.warnings().total(), 0);
}

#[test]
fn p01_length_is_checked_first() {
    let document = document();
    assert!(with_limit(&document, "bundle-bytes", document.len()).is_ok());
    refused(with_limit(&document, "bundle-bytes", document.len() - 1), "P01", "limits/bundle-bytes");
}

#[test]
fn p01_json_is_bounded() {
    let document = document();
    assert!(with_limit(&document, "json-depth", 6).is_ok());
    refused(with_limit(&document, "json-depth", 5), "P01", "limits/json-depth");
    assert!(with_limit(&document, "json-members", 7).is_ok());
    refused(with_limit(&document, "json-members", 6), "P01", "limits/json-members");
    assert!(with_limit(&document, "json-string-bytes", V03.len()).is_ok());
    refused(with_limit(&document, "json-string-bytes", V03.len() - 1), "P01", "limits/json-string-bytes");
}

#[test]
fn p02_json_is_strict() {
    for broken in
        [String::new(), "{}{}".into(), format!("\u{feff}{}", document()), document() + "x", "{".into()]
    {
        refused(parse(&broken), "P02", "bundle-shape/json");
    }
    let mut not_utf8 = document().into_bytes();
    not_utf8.push(0xff);
    let result = Bundle::parse(&not_utf8, &BundleRules::default(), &Limits::default());
    refused(result, "P02", "bundle-shape/json");
    assert!(parse(&(document() + " \r\n\t")).is_ok());
    refused_edit(r#""keyid":"""#, r#""keyid":"\ud800""#, "P02", "bundle-shape/json");
}

#[test]
fn p02_duplicates_are_refused_everywhere() {
    let code = "bundle-shape/duplicate-member";
    refused_edit(r#""payload":"e30=","#, r#""payload":"e30=","payload":"e30=","#, "P02", code);
    refused_edit(r#""payload":"e30=","#, r#""payload":"e30=","p\u0061yload":"e30=","#, "P02", code);
    let skipped = edit(&document(), ENVELOPE, &format!(r#"{ENVELOPE},"x":{{"y":[{{"z":1,"z":1}}]}}"#));
    refused(with_rules(&skipped, |rules| rules.unknown_members = UnknownMembers::Ignore), "P02", code);
}

#[test]
fn p02_unknown_members_are_refused_or_reported() {
    for (from, to) in [
        (r#"{"mediaType""#, r#"{"x":1,"mediaType""#),
        (LEAF, r#""x":1,"certificate":{"rawBytes":"MAA="}"#),
        (LEAF, r#""certificate":{"rawBytes":"MAA=","x":1}"#),
        (r#"{"logIndex":"7""#, r#"{"x":1,"logIndex":"7""#),
        (r#"{"keyId":"aWQ="}"#, r#"{"keyId":"aWQ=","x":1}"#),
        (KIND, r#"{"kind":"dsse","version":"0.0.1","x":1}"#),
        (r#""signedEntryTimestamp":"c2V0""#, r#""signedEntryTimestamp":"c2V0","x":1"#),
        (r#"{"logIndex":"5""#, r#"{"x":1,"logIndex":"5""#),
        (r#"{"envelope":"note"}"#, r#"{"envelope":"note","x":1}"#),
        (r#"{"rfc3161Timestamps""#, r#"{"x":1,"rfc3161Timestamps""#),
        (TIMESTAMP, r#"{"signedTimestamp":"MAA=","x":1}"#),
        (r#"{"payload":"#, r#"{"x":1,"payload":"#),
        (SIGNATURE, r#"{"sig":"c2ln","keyid":"","x":1}"#),
    ] {
        let unknown = edit(&document(), from, to);
        refused(parse(&unknown), "P02", "bundle-shape/unknown-member");
        let ignored = with_rules(&unknown, |rules| rules.unknown_members = UnknownMembers::Ignore).unwrap();
        let [warning] = ignored.warnings().kept() else { panic!("one warning") };
        assert_eq!(warning.kind, WarningKind::UnknownMember);
        assert!(warning.pointer.ends_with("/x"), "{}", warning.pointer);
    }
}

#[test]
fn p02_null_is_absent() {
    for (from, to) in [
        (LEAF, r#""certificate":{"rawBytes":"MAA="},"publicKey":null,"x509CertificateChain":null"#),
        (ENVELOPE, &format!(r#"{ENVELOPE},"messageSignature":null"#)),
        (r#""rfc3161Timestamps":[{"signedTimestamp":"MAA="}]"#, r#""rfc3161Timestamps":null"#),
        (r#"{"rfc3161Timestamps":[{"signedTimestamp":"MAA="}]}"#, "null"),
        (r#"{"rfc3161Timestamps":[{"signedTimestamp":"MAA="}]}"#, "{}"),
        (r#"{"rfc3161Timestamps":[{"signedTimestamp":"MAA="}]}"#, r#"{"rfc3161Timestamps":[]}"#),
        (r#""keyid":"""#, r#""keyid":null"#),
        (r#"{"signedEntryTimestamp":"c2V0"}"#, "null"),
        (r#""logIndex":"7""#, r#""logIndex":null"#),
    ] {
        assert!(parse(&edit(&document(), from, to)).is_ok(), "{to}");
    }
    refused_edit("[{\"sig\":\"c2ln\",\"keyid\":\"\"}]", "[null]", "P03", "bundle-shape/type");
}

#[test]
fn p03_types_are_those_of_proto3_json() {
    let code = "bundle-shape/type";
    for (from, to) in [
        (r#""logIndex":"7""#, r#""logIndex":7"#),
        (r#""logIndex":"7""#, r#""logIndex":"07""#),
        (r#""logIndex":"7""#, r#""logIndex":"+7""#),
        (r#""logIndex":"7""#, r#""logIndex":"-7""#),
        (r#""logIndex":"7""#, r#""logIndex":"9223372036854775808""#),
        (r#""integratedTime":"1700000000""#, r#""integratedTime":"-1""#),
        (r#""treeSize":"9""#, r#""treeSize":9"#),
        (r#""kind":"dsse""#, r#""kind":1"#),
        (r#""payload":"e30=""#, r#""payload":{}"#),
        (r#""signatures":[{"sig":"c2ln","keyid":""}]"#, r#""signatures":{"sig":"c2ln"}"#),
        (r#"{"keyId":"aWQ="}"#, r#""aWQ=""#),
    ] {
        refused_edit(from, to, "P03", code);
    }
    refused(parse("[]"), "P03", code);
    refused(parse(&edit(&document(), &format!("\"{V03}\""), "3")), "P03", code);
    let largest = edit(&document(), r#""logIndex":"7""#, r#""logIndex":"9223372036854775807""#);
    assert_eq!(parse(&largest).unwrap().log_entries()[0].log_index, u64::try_from(i64::MAX).unwrap());
}

#[test]
fn p03_names_are_lower_camel_case() {
    let snake =
        [("logIndex\":\"7", "log_index\":\"7"), ("payloadType", "payload_type"), ("logId\":", "log_id\":")];
    for (from, to) in snake {
        refused_edit(from, to, "P02", "bundle-shape/unknown-member");
    }
    refused_edit("dsseEnvelope", "dsse_envelope", "P05", "bundle-shape/content-choice");
    refused_edit("\"certificate\"", "\"Certificate\"", "P06", "bundle-shape/material-choice");
}

#[test]
fn p03_hash_algorithms_are_named() {
    let message = edit(&document(), ENVELOPE, MESSAGE);
    let with = |to: &str| parse(&edit(&message, r#""algorithm":"SHA2_256","#, to));
    let Content::MessageSignature(signature) = with(r#""algorithm":"SHA3_256","#).unwrap().content().clone()
    else {
        panic!("message")
    };
    assert_eq!(signature.message_digest.unwrap().algorithm, HashAlgorithmRef::Unknown("SHA3_256".into()));
    let others =
        ["", r#""algorithm":"HASH_ALGORITHM_UNSPECIFIED","#, r#""algorithm":"sha256","#, r#""algorithm":1,"#];
    for other in others {
        refused(with(other), "P03", "bundle-shape/type");
    }
}

#[test]
fn p03_absent_scalars_have_their_default() {
    let document = edit(&document(), r#""logIndex":"7","#, "");
    let document = edit(&document, r#""integratedTime":"1700000000","#, "");
    let document = edit(&document, r#""logIndex":"5","#, "");
    let bundle = parse(&edit(&document, r#","keyid":"""#, "")).unwrap();
    let entry = &bundle.log_entries()[0];
    assert_eq!((entry.log_index, entry.integrated_time), (0, 0));
    assert_eq!(entry.inclusion_proof.as_ref().unwrap().stated.unwrap().log_index, 0);
    assert_eq!(bundle.unverified_integrated_times().count(), 0);
}

#[test]
fn p04_media_types_are_exact() {
    for other in [
        "",
        "application/json",
        "application/vnd.dev.sigstore.bundle.v0.4+json",
        "application/vnd.dev.sigstore.bundle.v0.3+json;a=b",
        "application/vnd.dev.sigstore.bundle+json;version=0.4",
    ] {
        refused_edit(V03, other, "P04", "bundle-shape/media-type");
    }
    refused_edit(&format!(r#""mediaType":"{V03}","#), "", "P04", "bundle-shape/media-type");
    refused(parse(r#"{"mediaType":"v9","unknown":1}"#), "P04", "bundle-shape/media-type");
    for (media_type, version) in [
        (V01, BundleVersion::V01),
        (V02, BundleVersion::V02),
        ("application/vnd.dev.sigstore.bundle+json;version=0.3", BundleVersion::V03),
    ] {
        assert_eq!(parse(&edit(&document(), V03, media_type)).unwrap().version(), version);
    }
}

#[test]
fn p04_rules_narrow_the_versions() {
    let only =
        |versions: &[BundleVersion]| with_rules(&document(), |rules| rules.versions = versions.to_vec());
    assert!(only(&[BundleVersion::V03]).is_ok());
    refused(only(&[BundleVersion::V01, BundleVersion::V02]), "P04", "bundle-shape/media-type");
    refused(only(&[]), "P04", "bundle-shape/media-type");
}

#[test]
fn p05_content_is_one_of_two() {
    let code = "bundle-shape/content-choice";
    let message = edit(&document(), ENVELOPE, MESSAGE);
    let bundle = parse(&message).unwrap();
    let Content::MessageSignature(signature) = bundle.content() else { panic!("message") };
    let digest = signature.message_digest.as_ref().unwrap();
    assert_eq!(digest.algorithm, HashAlgorithmRef::Known(HashAlgorithm::Sha256));
    assert_eq!((digest.digest.as_slice(), bundle.signature()), (&[0, 0, 0][..], &b"sig"[..]));
    assert!(bundle.unverified_envelope().is_none());
    refused_edit(ENVELOPE, &format!("{ENVELOPE},{MESSAGE}"), "P05", code);
    refused_edit(&format!(",{ENVELOPE}"), "", "P05", code);
    refused_edit(ENVELOPE, r#""dsseEnvelope":null"#, "P05", code);
}

#[test]
fn p06_material_is_one_of_three() {
    let code = "bundle-shape/material-choice";
    assert!(parse(&edit(&document(), LEAF, KEY)).is_ok());
    assert!(parse(&edit(&document(), LEAF, r#""publicKey":{}"#)).is_ok());
    refused_edit(LEAF, &format!("{LEAF},{KEY}"), "P06", code);
    refused_edit(LEAF, &format!("{LEAF},{CHAIN}"), "P06", code);
    refused_edit(LEAF, &format!("{KEY},{CHAIN}"), "P06", code);
    refused_edit(LEAF, &format!("{KEY},{CHAIN},{LEAF}"), "P06", code);
    refused_edit(LEAF, r#""certificate":null"#, "P06", code);
    refused_edit(&format!("{LEAF},"), "", "P06", code);
    refused(parse(&format!(r#"{{"mediaType":"{V03}",{ENVELOPE}}}"#)), "P06", code);
}

#[test]
fn p07_chains_belong_to_old_versions() {
    let chain = edit(&document(), LEAF, CHAIN);
    refused(parse(&chain), "P07", "bundle-shape/chain-not-allowed");
    assert!(with_rules(&chain, |rules| rules.allow_chain_in_v03 = true).is_ok());
    for version in [V01, V02] {
        let bundle = parse(&edit(&chain, V03, version)).unwrap();
        assert_eq!(bundle.unverified_leaf_certificate(), Some(&[0x30, 0][..]));
        assert_eq!(bundle.material().unverified_intermediates().len(), 1);
    }
}

#[test]
fn p07_chains_are_not_empty() {
    let old = edit(&document(), V03, V02);
    for empty in [r#""x509CertificateChain":{}"#, r#""x509CertificateChain":{"certificates":[]}"#] {
        refused(parse(&edit(&old, LEAF, empty)), "P07", "bundle-shape/chain-empty");
    }
}

#[test]
fn p09_there_is_one_signature() {
    let code = "bundle-shape/signature-count";
    for (to, present) in [("", 0), (&*format!("{SIGNATURE},{SIGNATURE}"), 2)] {
        let error = parse(&edit(&document(), SIGNATURE, to)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::SignatureCount { present });
        refused(Err(error), "P09", code);
    }
    refused_edit(&format!(r#","signatures":[{SIGNATURE}]"#), "", "P09", code);
}

#[test]
fn p09_envelope_members_are_there() {
    let code = "bundle-shape/envelope-member";
    for (from, to) in [
        (r#""sig":"c2ln","#, ""),
        (r#""sig":"c2ln""#, r#""sig":"""#),
        (r#""payloadType":"application/vnd.in-toto+json","#, ""),
        (r#""payloadType":"application/vnd.in-toto+json""#, r#""payloadType":"""#),
        (r#""payload":"e30=","#, ""),
        (r#""payload":"e30=""#, r#""payload":null"#),
    ] {
        refused_edit(from, to, "P09", code);
    }
    assert!(parse(&edit(&document(), r#""payload":"e30=""#, r#""payload":"""#)).is_ok());
}

#[test]
fn p10_hint_and_key_id_agree() {
    let with = |hint: &str, keyid: &str| {
        let document = edit(&document(), LEAF, &format!(r#""publicKey":{{"hint":"{hint}"}}"#));
        edit(&document, r#""keyid":"""#, &format!(r#""keyid":"{keyid}""#))
    };
    for (hint, keyid) in [("a", "a"), ("a", ""), ("", "a"), ("", "")] {
        assert!(parse(&with(hint, keyid)).is_ok(), "{hint} {keyid}");
    }
    refused(parse(&with("a", "b")), "P10", "bundle-shape/key-hint");
    let demanded = |document: &str| with_rules(document, |rules| rules.require_keyid = true);
    assert!(demanded(&with("a", "a")).is_ok());
    refused(demanded(&with("a", "")), "P10", "bundle-shape/key-hint");
    let certificate = edit(&document(), r#""keyid":"""#, r#""keyid":"b""#);
    assert!(parse(&certificate).is_ok());
    assert!(demanded(&document()).is_ok());
}

fn entries(count: usize) -> String {
    let entry = |index| edit(&entry(), r#""logIndex":"7""#, &format!(r#""logIndex":"{index}""#));
    let entries: Vec<_> = (0..count).map(entry).collect();
    edit(&document(), &self::entry(), &entries.join(","))
}

fn timestamps(count: usize) -> String {
    let bytes = |index: usize| base64::encode(&[u8::try_from(index).unwrap()]);
    let timestamp = |index| format!(r#"{{"signedTimestamp":"{}"}}"#, bytes(index));
    let timestamps: Vec<_> = (0..count).map(timestamp).collect();
    edit(&document(), TIMESTAMP, &timestamps.join(","))
}

fn certificates(count: usize) -> String {
    let chain = vec![r#"{"rawBytes":"MAA="}"#; count].join(",");
    let chain = format!(r#""x509CertificateChain":{{"certificates":[{chain}]}}"#);
    edit(&edit(&document(), LEAF, &chain), V03, V01)
}

fn hashes(count: usize) -> String {
    let list = vec![format!("\"{HASH}\""); count].join(",");
    edit(&document(), &format!(r#"["{HASH}"]"#), &format!("[{list}]"))
}

#[test]
fn p11_counts_have_limits() {
    let default = Limits::default();
    let makers: [fn(usize) -> String; 4] = [entries, timestamps, certificates, hashes];
    let limits = [
        (default.log_entries, "limits/log-entries"),
        (default.timestamps, "limits/timestamps"),
        (default.chain, "limits/chain"),
        (default.proof_hashes, "limits/proof-hashes"),
    ];
    for (make, (max, code)) in makers.into_iter().zip(limits) {
        assert!(parse(&make(max)).is_ok(), "{code}");
        refused(parse(&make(max + 1)), "P11", code);
    }
}

#[test]
fn p11_sizes_have_limits() {
    let mut certificate = vec![0x30, 0x82, 0x3f, 0xfc, 0x04, 0x82, 0x3f, 0xf8];
    certificate.resize(16 * 1024, 0);
    let whole = base64::encode(&certificate);
    assert!(parse(&edit(&document(), LEAF, &LEAF.replace("MAA=", &whole))).is_ok());
    certificate.push(0);
    let longer = base64::encode(&certificate);
    let code = "limits/certificate-bytes";
    refused(parse(&edit(&document(), LEAF, &LEAF.replace("MAA=", &longer))), "P11", code);

    assert!(with_limit(&document(), "token-bytes", 2).is_ok());
    refused(with_limit(&document(), "token-bytes", 1), "P11", "limits/token-bytes");
    assert!(with_limit(&document(), "checkpoint-bytes", 4).is_ok());
    refused(with_limit(&document(), "checkpoint-bytes", 3), "P11", "limits/checkpoint-bytes");
}

#[test]
fn p12_evidence_by_version() {
    let proof = proof();
    let no_promise = edit(&document(), PROMISE, "");
    let no_proof = edit(&document(), &format!("{PROMISE}{proof}"), PROMISE.trim_end_matches(','));
    let no_checkpoint = edit(&document(), r#","checkpoint":{"envelope":"note"}"#, "");
    let empty_checkpoint = edit(&document(), r#"{"envelope":"note"}"#, r#"{"envelope":""}"#);
    let empty_promise = edit(&document(), r#""signedEntryTimestamp":"c2V0""#, "");
    for version in [V01, V02, V03] {
        let as_version = |document: &str| parse(&document.replacen(V03, version, 1));
        assert!(as_version(&document()).is_ok());
        refused(as_version(&no_checkpoint), "P12", "bundle-shape/checkpoint-missing");
        refused(as_version(&empty_checkpoint), "P12", "bundle-shape/checkpoint-missing");
        refused(as_version(&empty_promise), "P12", "bundle-shape/promise-missing");
        if version == V01 {
            assert!(as_version(&no_proof).is_ok());
            refused(as_version(&no_promise), "P12", "bundle-shape/promise-missing");
        } else {
            assert!(as_version(&no_promise).is_ok());
            refused(as_version(&no_proof), "P12", "bundle-shape/proof-missing");
        }
    }
}

#[test]
fn p12_no_entry_is_no_fault_of_the_shape() {
    let none = edit(&document(), &format!(r#","tlogEntries":[{}]"#, entry()), "");
    assert!(parse(&none).unwrap().log_entries().is_empty());
    assert!(parse(&edit(&document(), &entry(), "")).is_ok());
}

#[test]
fn p13_entry_members_are_there() {
    let root = format!(r#""rootHash":"{HASH}""#);
    for (from, to) in [
        (r#""logId":{"keyId":"aWQ="},"#, ""),
        (r#"{"keyId":"aWQ="}"#, r#"{"keyId":""}"#),
        (r#""kind":"dsse","#, ""),
        (r#","version":"0.0.1""#, ""),
        (BODY, ""),
        (BODY, r#","canonicalizedBody":"""#),
        (r#""treeSize":"9","#, ""),
        (r#""treeSize":"9""#, r#""treeSize":"0""#),
        (root.as_str(), r#""rootHash":"AAAA""#),
        (root.as_str(), r#""rootHash":"""#),
        (&*format!(r#"["{HASH}"]"#), r#"["AAAA"]"#),
        (&*format!(r#"["{HASH}"]"#), r#"[""]"#),
    ] {
        refused_edit(from, to, "P13", "bundle-shape/entry-member");
    }
    assert!(parse(&edit(&document(), &format!(r#"["{HASH}"]"#), "[]")).is_ok());
}

#[test]
fn p13_entries_of_rekor_v2_state_no_tree() {
    let stated = format!(r#""logIndex":"5","rootHash":"{HASH}","treeSize":"9","#);
    for kind in ["hashedrekord", "dsse"] {
        let v2 = edit(&document(), KIND, &format!(r#"{{"kind":"{kind}","version":"0.0.2"}}"#));
        for other in ["", r#""rootHash":"AAAA","treeSize":"0","#, stated.as_str()] {
            let bundle = parse(&edit(&v2, &stated, other)).unwrap();
            assert!(bundle.log_entries()[0].is_v2());
            assert_eq!(bundle.log_entries()[0].inclusion_proof.as_ref().unwrap().stated, None);
        }
        let no_body = parse(&edit(&v2, BODY, ""));
        if kind == "hashedrekord" {
            assert_eq!(no_body.unwrap().log_entries()[0].canonicalized_body, None);
        } else {
            refused(no_body, "P13", "bundle-shape/entry-member");
        }
    }
    let intoto = edit(&document(), KIND, r#"{"kind":"intoto","version":"0.0.2"}"#);
    assert!(!parse(&intoto).unwrap().log_entries()[0].is_v2());
}

#[test]
fn p14_evidence_is_not_repeated() {
    let code = "bundle-shape/duplicate-evidence";
    let two = |other: &str| edit(&document(), &entry(), &format!("{},{other}", entry()));
    refused(parse(&two(&entry())), "P14", code);
    refused(parse(&two(&edit(&entry(), "1700000000", "1700000001"))), "P14", code);
    assert!(parse(&two(&edit(&entry(), r#""logIndex":"7""#, r#""logIndex":"8""#))).is_ok());
    assert!(parse(&two(&edit(&entry(), "aWQ=", "aWUK"))).is_ok());
    refused_edit(TIMESTAMP, &format!("{TIMESTAMP},{TIMESTAMP}"), "P14", code);
    assert!(
        parse(&edit(&document(), TIMESTAMP, r#"{"signedTimestamp":"MAA="},{"signedTimestamp":"MAE="}"#))
            .is_ok()
    );
}

#[test]
fn p15_base64_is_canonical() {
    let payload = |text: &str| edit(&document(), r#""payload":"e30=""#, &format!(r#""payload":"{text}""#));
    for broken in ["e30", "e30==", "e31=", "e3_0", "e30=\\n", "e3 0", "e30=e30=", "{}"] {
        refused(parse(&payload(broken)), "P15", "bundle-shape/base64");
    }
    assert!(parse(&payload("+/+/")).is_ok());
    refused_edit(r#""sig":"c2ln""#, r#""sig":"c2l""#, "P15", "bundle-shape/base64");
}

#[test]
fn p16_certificates_are_strict_der() {
    let pem = base64::encode(b"-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n");
    let trailing = base64::encode(&[0x30, 0, 0]);
    let indefinite = base64::encode(&[0x30, 0x80, 0, 0]);
    let long_length = base64::encode(&[0x30, 0x81, 0]);
    let cut = base64::encode(&[0x30, 3, 1]);
    let inner = base64::encode(&[0x30, 4, 0x30, 0x81, 1, 0]);
    let set = base64::encode(&[0x31, 0]);
    for broken in [&*pem, &trailing, &indefinite, &long_length, &cut, &inner, &set, ""] {
        refused_edit(LEAF, &LEAF.replace("MAA=", broken), "P16", "bundle-shape/der");
        let chain = edit(&edit(&document(), V03, V01), LEAF, &CHAIN.replace("MAMBAQA=", broken));
        let error = parse(&chain).unwrap_err();
        let place = "/verificationMaterial/x509CertificateChain/certificates/1/rawBytes";
        assert_eq!(error.place(), &Place::Pointer(place.into()));
    }
}

#[test]
fn p16_nesting_is_bounded() {
    let nest = |levels: usize| {
        let mut der = vec![];
        for _ in 0..levels {
            der = cretula_encoding::der::encode(cretula_encoding::der::Tag::SEQUENCE, &[&der]);
        }
        LEAF.replace("MAA=", &base64::encode(&der))
    };
    assert!(parse(&edit(&document(), LEAF, &nest(30))).is_ok());
    refused_edit(LEAF, &nest(40), "P16", "bundle-shape/der");
}

#[test]
fn parts_of_other_containers_obey_the_same_rules() {
    let bundle = parse(&document()).unwrap();
    let parts = BundleParts {
        content: bundle.content().clone(),
        log_entries: bundle.log_entries().to_vec(),
        material: bundle.material().clone(),
        timestamps: bundle.timestamps().to_vec(),
        version: bundle.version(),
    };
    let build = |edit: &dyn Fn(&mut BundleParts)| {
        let mut parts = parts.clone();
        edit(&mut parts);
        Bundle::from_parts(parts, &BundleRules::default(), &Limits::default())
    };
    assert_eq!(build(&|_| ()).unwrap().log_entries(), bundle.log_entries());
    refused(build(&|p| p.log_entries[0].inclusion_proof = None), "P12", "bundle-shape/proof-missing");
    refused(build(&|p| p.log_entries[0].kind.clear()), "P13", "bundle-shape/entry-member");
    refused(build(&|p| p.log_entries[0].log_index = u64::MAX), "P13", "bundle-shape/entry-member");
    refused(build(&|p| p.timestamps.push(vec![0x30, 0])), "P14", "bundle-shape/duplicate-evidence");
    refused(
        build(&|p| p.material = Material::CertificateChain(vec![])),
        "P07",
        "bundle-shape/chain-not-allowed",
    );
    let none = BundleRules { versions: vec![], ..BundleRules::default() };
    let result = Bundle::from_parts(parts.clone(), &none, &Limits::default());
    refused(result, "P04", "bundle-shape/media-type");
}

#[test]
fn entries_of_other_containers_are_read_alone() {
    let text = format!("[{}]", entry());
    let limits = Limits::default();
    let value = cretula_encoding::json::parse(text.as_bytes(), &limits.json()).unwrap();
    let field = cretula_encoding::fields::Field::root(value);
    let (entries, warnings) =
        TransparencyLogEntry::read_list(field, UnknownMembers::Refuse, &limits).unwrap();
    assert_eq!((entries.len(), entries[0].log_index, warnings.total()), (1, 7, 0));
}

#[test]
fn every_prefix_is_refused() {
    let document = document();
    for end in 0..document.len() {
        assert!(parse(document.get(..end).unwrap()).is_err(), "{end}");
    }
}

#[test]
fn no_changed_byte_panics() {
    let document = document().into_bytes();
    for index in 0..document.len() {
        for byte in [0, b'"', b'{', b'\\', 0xff, document[index] ^ 1] {
            let mut changed = document.clone();
            changed[index] = byte;
            drop(Bundle::parse(&changed, &BundleRules::default(), &Limits::default()));
        }
    }
}

#[test]
fn earlier_rules_win() {
    let old = edit(&edit(&document(), V03, V01), LEAF, r#""x509CertificateChain":{}"#);
    let no_checkpoint = edit(&old, r#","checkpoint":{"envelope":"note"}"#, "");
    refused(parse(&no_checkpoint), "P07", "bundle-shape/chain-empty");
    let two_signatures = edit(&no_checkpoint, SIGNATURE, &format!("{SIGNATURE},{SIGNATURE}"));
    refused(parse(&two_signatures), "P07", "bundle-shape/chain-empty");
    refused(parse(&edit(&two_signatures, V01, "x")), "P04", "bundle-shape/media-type");
}
