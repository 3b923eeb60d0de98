//! Whole policies: accepted, as applied, and refused for one reason each.

use alloc::{
    format,
    string::{String, ToString},
    vec::Vec,
};

use cretula_crypto::{HashAlgorithm, VerificationKey};
use cretula_encoding::limits::Limits;
use cretula_tlog::{SignatureType, VerifierKey};

use super::*;

const SIGNER: &str = r#""signers":{"certificate":{"san":"https://a/b","issuer":"https://i"}}"#;
const KEY: &str = r#""signers":{"key":{"ids":["k"]}}"#;

fn parse(text: &str) -> Result<Policy, PolicyError> {
    Policy::parse(text.as_bytes(), &Limits::default())
}

/// A policy with these members besides the schema.
fn with(members: &str) -> Result<Policy, PolicyError> {
    parse(&format!(r#"{{"schema":"cretula/policy/v1",{members}}}"#))
}

fn signers(node: &str) -> Result<Policy, PolicyError> {
    with(&format!(r#""signers":{node}"#))
}

/// Code and pointer of the refusal.
fn refusal(result: Result<Policy, PolicyError>) -> (&'static str, String) {
    let error = result.unwrap_err();
    assert!(!error.detail.is_empty() && error.detail.len() <= 256);
    (error.code(), error.pointer)
}

fn applied(policy: &Policy) -> String {
    String::from_utf8(policy.to_tree().encode()).unwrap()
}

/// Verifier key of the witness `name`; equal seeds give equal keys.
fn vkey(name: &str, signature_type: SignatureType, seed: u8) -> String {
    // About half of all texts of 32 bytes are points of the curve.
    let key = (0..=u8::MAX).find_map(|tail| {
        let mut bytes = [seed; 32];
        bytes[31] = tail & 0x7f;
        VerificationKey::parse_ed25519(&bytes).ok()
    });
    VerifierKey::new(name, signature_type, key.unwrap()).unwrap().encode()
}

fn witness(name: &str, seed: u8, operator: &str) -> String {
    let vkey = vkey(name, SignatureType::CosignatureEd25519, seed);
    format!(r#"{{"vkey":"{vkey}","operator":"{operator}"}}"#)
}

#[test]
fn a_minimal_policy_has_the_defaults() {
    let policy = with(SIGNER).unwrap();
    let text = format!(r#"{{"schema":"cretula/policy/v1",{SIGNER}}}"#);
    assert_eq!(*policy.digest(), HashAlgorithm::Sha256.digest(&[text.as_bytes()]));
    assert_eq!(
        applied(&policy),
        concat!(
            r#"{"bundle":{"allowChainInV03":false,"refuseRootInChain":false,"requireKeyid":false,"#,
            r#""unknownMembers":"refuse","useIntermediates":false,"versions":["0.1","0.2","0.3"]},"#,
            r#""dangerous":{"anySigner":false,"noArtifact":false,"noCrossCheck":false},"#,
            r#""evidence":{"algorithms":{"compat":"warn"},"certificate":{"allowMissingKeyIds":false},"#,
            r#""log":{"legacyDsseV2":false,"requireProof":false,"threshold":1},"#,
            r#""sct":{"detached":false,"threshold":1},"#,
            r#""time":{"certId":"pinned","mode":"observer","onInvalidToken":"ignore","#,
            r#""outsideCertificate":"fail","signedThreshold":0,"threshold":1},"#,
            r#""trust":{"requireWindows":false}},"schema":"cretula/policy/v1","#,
            r#""signers":{"certificate":{"issuer":{"exact":"https://i"},"san":{"exact":"https://a/b"}}},"#,
            r#""subject":{"match":"any"}}"#,
        )
    );
    assert!(!policy.evidence().time.written);
    assert!(policy.dangerous().names().is_empty());
}

/// One policy with every member, so that each member is shown to be read and written back.
fn complete() -> String {
    let witnesses = [witness("w1.example", 1, "o1"), witness("w2.example", 2, "o2")].join(",");
    let hash = "ab".repeat(32);
    let commit = "cd".repeat(20);
    let claims: Vec<String> =
        tables::CLAIMS.members.iter().map(|member| format!(r#""{}":"v""#, member.name)).collect();
    let claims = claims.join(",");
    format!(
        r#"{{"schema":"cretula/policy/v1","preset":"public-good",
"bundle":{{"versions":["0.2","0.3"],"allowChainInV03":true,"useIntermediates":true,"refuseRootInChain":true,
  "requireKeyid":true,"unknownMembers":"ignore"}},
"evidence":{{"log":{{"threshold":1,"requireProof":true,"legacyDsseV2":true,"only":["AAEC"]}},
  "sct":{{"threshold":2,"detached":true}},
  "time":{{"mode":"both","threshold":2,"signedThreshold":1,"onInvalidToken":"refuse","outsideCertificate":"skip",
    "certId":"strict","policyOids":["1.3.6.1.4.1.57264.2"],"names":["n"],"only":["op"]}},
  "witness":{{"threshold":2,"witnesses":[{witnesses}],"logs":["AAEC"],"asTime":true}},
  "trust":{{"requireWindows":true}},
  "algorithms":{{"allow":["PKIX_ED25519","PKIX_ECDSA_P256_SHA_256"],"compat":"refuse"}},
  "certificate":{{"maxLifetimeSeconds":900,"allowMissingKeyIds":true}}}},
"signers":{{"any":[
  {{"certificate":{{"san":{{"type":"uri","match":{{"glob":"https://a/**","ignoreCase":true}}}},
    "issuer":{{"anyOf":["https://i","https://j"],"ignoreCase":true}},"claims":{{{claims}}},
    "extensions":{{"1.2.3":{{"utf8":"t"}},"1.2.4":{{"raw":"AA=="}},"1.2.5":{{"der":"BQA="}}}},
    "ca":{{"uri":"https://ca","sha256":"{hash}"}}}}}},
  {{"all":[{{"key":{{"ids":["k","l"],"usage":"u"}}}},{{"not":{{"certificate":{{"claims":{{"buildTrigger":
    {{"present":true}}}}}}}}}}]}},
  {{"certificate":{{"san":{{"regex":"https://r/.+"}},"issuer":{{"absent":true}},"ca":{{"sha256":"{hash}"}},
    "claims":{{"tokenSubject":{{"absent":true}}}}}}}}]}},
"deny":[{{"certificate":{{"san":{{"type":"email","match":"e@x"}}}}}},{{"key":{{"ids":[""]}}}},
  {{"certificateSha256":"{hash}"}},{{"sourceCommit":"{commit}"}},{{"keyId":"old"}}],
"subject":{{"algorithms":["gitCommit"],"match":"all","name":{{"exact":"n"}},"max":1}},
"statement":{{"predicateTypes":["p"],"types":["https://in-toto.io/Statement/v1"],"payloadTypes":["t"]}},
"dangerous":{{"anySigner":false,"noArtifact":true,"noCrossCheck":false}}}}"#
    )
}

#[test]
fn every_member_is_read() {
    let policy = parse(&complete()).unwrap();
    assert_eq!(policy.preset(), Some(Preset::PublicGood));
    assert_eq!(policy.bundle().versions.len(), 2);
    assert!(policy.evidence().time.written);
    assert_eq!(policy.evidence().time.mode, TimeMode::Both);
    assert_eq!(policy.evidence().witness.as_ref().unwrap().witnesses.len(), 2);
    assert_eq!(policy.signers().unwrap().leaves().len(), 4);
    assert_eq!(policy.deny().len(), 5);
    assert_eq!(policy.dangerous().names(), ["noArtifact"]);
    assert_eq!(policy.statement().unwrap().predicate_types, ["p"]);
    for pattern in [r#"{"glob":"https://a/**","ignoreCase":true}"#, r#"{"regex":"https://r/.+"}"#] {
        assert!(applied(&policy).contains(pattern), "{pattern}");
    }
}

#[test]
fn refusals_are_written_for_people() {
    for (text, expected) in [
        ("{\"schema\":\"cretula/policy/v2\"}", "policy/malformed at /schema: "),
        ("{}", "policy/malformed: "),
    ] {
        let written = parse(text).unwrap_err().to_string();
        assert!(written.starts_with(expected) && written.len() > expected.len(), "{written}");
    }
    for (pattern, expected) in [
        (r#"{"glob":"a**b"}"#, "expected ** only at the end or before /"),
        (r#"{"glob":"a\\"}"#, "expected a character after the last \\"),
        (r#"{"regex":"("}"#, "expected a pattern that compiles within the limits, found: "),
        (r#"{"regex":".*"}"#, "expected a pattern that does not match the empty string"),
    ] {
        let node = format!(r#"{{"certificate":{{"issuer":"i","san":{pattern}}}}}"#);
        let detail = signers(&node).unwrap_err().detail;
        assert!(detail.starts_with(expected), "{detail}");
    }
}

/// What is written about time binds a managed key; defaults do not.
#[test]
fn each_member_of_time_is_written_alone() {
    let time = |members: &str| {
        let text = format!(r#""preset":"managed-key",{KEY},"evidence":{{"time":{{{members}}}}}"#);
        let time = with(&text).unwrap().evidence().time.clone();
        (time.written, time.mode, time.threshold, time.signed_threshold)
    };
    assert_eq!(time(r#""certId":"pinned""#), (true, TimeMode::None, 0, 0), "the preset names a mode");
    assert_eq!(time(r#""mode":"tsa""#), (true, TimeMode::Tsa, 1, 0));
    assert_eq!(time(r#""mode":"none""#), (true, TimeMode::None, 0, 0));
    let written = |members: &str| {
        with(&format!(r#"{KEY},"evidence":{{"time":{{{members}}}}}"#)).unwrap().evidence().time.written
    };
    assert!(written(r#""threshold":1"#) && written(r#""signedThreshold":1"#) && written(r#""mode":"tsa""#));
    assert!(!written(r#""certId":"pinned""#));
}

#[test]
fn the_policy_as_applied_reads_back_to_itself() {
    let presets =
        ["public-good", "private-tsa", "private-ca"].map(|name| format!(r#""preset":"{name}",{SIGNER}"#));
    let keys =
        ["public-good", "managed-key", "private-tsa"].map(|name| format!(r#""preset":"{name}",{KEY}"#));
    let anyone = r#""dangerous":{"anySigner":true}"#.to_string();
    let mut texts: Vec<String> = presets.into_iter().chain(keys).chain([anyone]).collect();
    texts = texts.iter().map(|members| format!(r#"{{"schema":"cretula/policy/v1",{members}}}"#)).collect();
    texts.push(complete());
    for text in texts {
        let first = parse(&text).unwrap();
        let written = applied(&first);
        let second = parse(&written).unwrap_or_else(|error| panic!("{error} in {written}"));
        assert_eq!(applied(&second), written);
        if first
            .signers()
            .is_none_or(|node| node.leaves().iter().any(|(leaf, _)| leaf.certificate().is_none()))
        {
            assert_eq!(first.evidence().time.written, second.evidence().time.written, "{text}");
        }
    }
}

#[test]
fn the_example_without_provenance_is_accepted() {
    let witness = witness("witness.example", 3, "witness.example");
    let text = format!(
        r#"{{"schema":"cretula/policy/v1","preset":"public-good",
 "signers":{{"any":[
   {{"certificate":{{"issuer":"https://token.actions.githubusercontent.com",
     "san":{{"glob":"https://github.com/acme/signing/.github/workflows/slsa-sign.yml@refs/tags/v*"}},
     "claims":{{"sourceRepositoryOwnerId":"77","buildSignerDigest":{{"anyOf":["89abcdef0123456789abcdef0123456789abcdef"]}},"deploymentEnvironment":"release"}}}}}},
   {{"key":{{"ids":["transit:ci/prod/slsa"]}}}}]}},
 "deny":[{{"certificate":{{"claims":{{"runInvocationUri":{{"glob":"https://github.com/acme/app/actions/runs/9001/**"}}}}}}}}],
 "evidence":{{"log":{{"threshold":1}},"time":{{"mode":"tsa","signedThreshold":1}},
   "witness":{{"threshold":1,"witnesses":[{witness}]}}}},
 "statement":{{"predicateTypes":["https://slsa.dev/provenance/v1"]}}}}"#
    );
    parse(&text).unwrap();
}

#[test]
fn unknown_members_are_refused_at_every_object() {
    let text = complete();
    let objects: Vec<usize> = text.match_indices('{').map(|(index, _)| index).collect();
    assert!(objects.len() > 30, "{}", objects.len());
    for index in objects {
        let (before, after) = text.split_at(index + 1);
        let result = |member: &str| parse(&format!("{before}{member},{after}"));
        if after.starts_with("\"1.2.3\"") {
            // A map of free names, which are object identifiers; an absent entry is none.
            let (code, pointer) = refusal(result(r#""zz":1"#));
            assert_eq!(code, "policy/malformed");
            assert!(pointer.ends_with("/extensions/zz"), "{pointer}");
            continue;
        }
        for unknown in [r#""zz":1"#, r#""zz":null"#] {
            let (code, pointer) = refusal(result(unknown));
            assert_eq!(code, "policy/unknown-member", "{pointer}");
            assert!(pointer.ends_with("/zz"), "{pointer}");
        }
    }
}

#[test]
fn members_of_other_versions_are_named_as_such() {
    for member in tables::UNSUPPORTED {
        let error = with(&format!(r#"{SIGNER},"{member}":{{}}"#)).unwrap_err();
        assert_eq!((error.code(), error.pointer), ("policy/unknown-member", format!("/{member}")));
        assert!(error.detail.contains("this version does not support"));
    }
}

#[test]
fn malformed_documents() {
    for (text, code, pointer) in [
        ("", "policy/malformed", ""),
        ("[]", "policy/malformed", ""),
        ("{}", "policy/malformed", ""),
        ("{\"schema\":\"cretula/policy/v1\"} x", "policy/malformed", ""),
        ("\u{feff}{\"schema\":\"cretula/policy/v1\"}", "policy/malformed", ""),
        ("{\"schema\":\"cretula/policy/v1\",\"schema\":\"cretula/policy/v1\"}", "policy/malformed", ""),
        ("{\"schema\":\"cretula/policy/v2\"}", "policy/malformed", "/schema"),
        ("{\"schema\":null}", "policy/malformed", ""),
    ] {
        assert_eq!(refusal(parse(text)), (code, pointer.to_string()), "{text}");
    }
}

#[test]
fn wrong_values() {
    let long_list = (0..65).map(|index| format!("\"{index}\"")).collect::<Vec<_>>().join(",");
    let any_of = format!(r#"{{"certificate":{{"issuer":"i","san":{{"anyOf":[{long_list}]}}}}}}"#);
    for (members, pointer) in [
        (r#""preset":"public""#, "/preset"),
        (r#""bundle":{"versions":[]}"#, "/bundle/versions"),
        (r#""bundle":{"versions":["0.4"]}"#, "/bundle/versions/0"),
        (r#""bundle":{"useIntermediates":"true"}"#, "/bundle/useIntermediates"),
        (r#""bundle":{"unknownMembers":"drop"}"#, "/bundle/unknownMembers"),
        (r#""evidence":{"log":{"threshold":"1"}}"#, "/evidence/log/threshold"),
        (r#""evidence":{"log":{"threshold":-1}}"#, "/evidence/log/threshold"),
        (r#""evidence":{"log":{"threshold":1.0}}"#, "/evidence/log/threshold"),
        (r#""evidence":{"log":{"threshold":1e0}}"#, "/evidence/log/threshold"),
        (r#""evidence":{"log":{"threshold":256}}"#, "/evidence/log/threshold"),
        (r#""evidence":{"log":{"only":["AAE"]}}"#, "/evidence/log/only/0"),
        (r#""evidence":{"log":{"only":["AA-_"]}}"#, "/evidence/log/only/0"),
        (r#""evidence":{"log":{"only":[null]}}"#, "/evidence/log/only/0"),
        (r#""evidence":{"log":{"only":[]}}"#, "/evidence/log/only"),
        (r#""evidence":{"time":{"mode":"any"}}"#, "/evidence/time/mode"),
        (r#""evidence":{"time":{"onInvalidToken":"skip"}}"#, "/evidence/time/onInvalidToken"),
        (r#""evidence":{"time":{"outsideCertificate":"ignore"}}"#, "/evidence/time/outsideCertificate"),
        (r#""evidence":{"time":{"certId":"none"}}"#, "/evidence/time/certId"),
        (r#""evidence":{"time":{"policyOids":["1"]}}"#, "/evidence/time/policyOids/0"),
        (r#""evidence":{"time":{"policyOids":["1.02.3"]}}"#, "/evidence/time/policyOids/0"),
        (r#""evidence":{"time":{"names":[]}}"#, "/evidence/time/names"),
        (r#""evidence":{"witness":{"threshold":1}}"#, "/evidence/witness"),
        (r#""evidence":{"witness":{"threshold":1,"witnesses":[]}}"#, "/evidence/witness/witnesses"),
        (
            r#""evidence":{"witness":{"threshold":1,"witnesses":[{"vkey":"w+00000000+AAA=","operator":"o"}]}}"#,
            "/evidence/witness/witnesses/0/vkey",
        ),
        (r#""evidence":{"algorithms":{"allow":["PKIX_RSA_PSS"]}}"#, "/evidence/algorithms/allow/0"),
        (r#""evidence":{"algorithms":{"compat":"allow"}}"#, "/evidence/algorithms/compat"),
        (
            r#""evidence":{"certificate":{"maxLifetimeSeconds":"9"}}"#,
            "/evidence/certificate/maxLifetimeSeconds",
        ),
        (r#""deny":[]"#, "/deny"),
        (r#""deny":[{}]"#, "/deny/0"),
        (r#""deny":[{"any":[{"keyId":"k"}]}]"#, "/deny/0"),
        (r#""deny":[{"certificate":{}}]"#, "/deny/0/certificate"),
        (r#""deny":[{"certificateSha256":"AB"}]"#, "/deny/0/certificateSha256"),
        (r#""deny":[{"sourceCommit":"abcdef0"}]"#, "/deny/0/sourceCommit"),
        (r#""deny":[{"sourceCommit":"abcdef"}]"#, "/deny/0/sourceCommit"),
        (r#""subject":{"match":"some"}"#, "/subject/match"),
        (r#""subject":{"algorithms":[1]}"#, "/subject/algorithms/0"),
        (r#""statement":{}"#, "/statement"),
        (r#""statement":{"predicateTypes":[]}"#, "/statement/predicateTypes"),
        (r#""dangerous":{"noArtifact":1}"#, "/dangerous/noArtifact"),
    ] {
        let found = refusal(with(&format!("{SIGNER},{members}")));
        assert_eq!(found, ("policy/malformed", pointer.to_string()), "{members}");
    }
    for (node, pointer) in [
        ("{}", "/signers"),
        ("[]", "/signers"),
        (r#"{"any":[]}"#, "/signers/any"),
        (r#"{"all":[]}"#, "/signers/all"),
        (r#"{"not":[]}"#, "/signers/not"),
        (r#"{"key":{}}"#, "/signers/key"),
        (r#"{"key":{"ids":[]}}"#, "/signers/key/ids"),
        (r#"{"certificate":{}}"#, "/signers/certificate"),
        (r#"{"certificate":{"ca":{}}}"#, "/signers/certificate/ca"),
        (r#"{"certificate":{"ca":{"sha256":"00"}}}"#, "/signers/certificate/ca/sha256"),
        (r#"{"certificate":{"claims":{}}}"#, "/signers/certificate/claims"),
        (r#"{"certificate":{"extensions":{}}}"#, "/signers/certificate/extensions"),
        (r#"{"certificate":{"extensions":{"x":{"utf8":"t"}}}}"#, "/signers/certificate/extensions/x"),
        (
            r#"{"certificate":{"extensions":{"1.2":{"der":"AA=="}}}}"#,
            "/signers/certificate/extensions/1.2/der",
        ),
        (r#"{"certificate":{"san":{}}}"#, "/signers/certificate/san"),
        (r#"{"certificate":{"san":1}}"#, "/signers/certificate/san"),
        (r#"{"certificate":{"san":{"type":"dns","match":"a"}}}"#, "/signers/certificate/san/type"),
        (r#"{"certificate":{"san":{"type":"uri"}}}"#, "/signers/certificate/san"),
        (r#"{"certificate":{"issuer":{"absent":false}}}"#, "/signers/certificate/issuer/absent"),
        (
            r#"{"certificate":{"claims":{"buildTrigger":{"present":false}}}}"#,
            "/signers/certificate/claims/buildTrigger/present",
        ),
        (&any_of, "/signers/certificate/san/anyOf"),
    ] {
        assert_eq!(refusal(signers(node)), ("policy/malformed", pointer.to_string()), "{node}");
    }
}

#[test]
fn unknown_members_of_choices() {
    for (node, pointer) in [
        (r#"{"any":[{"key":{"ids":["k"]}}],"all":[]}"#, "/signers/all"),
        (r#"{"certificate":{"san":"a"},"key":{"ids":["k"]}}"#, "/signers/key"),
        (r#"{"key":{"ids":["k"]},"certificate":null}"#, "/signers/certificate"),
        (r#"{"certificate":{"san":{"exact":"a","glob":"b"}}}"#, "/signers/certificate/san/glob"),
        (r#"{"certificate":{"san":{"regex":"a","ignoreCase":true}}}"#, "/signers/certificate/san/ignoreCase"),
        (r#"{"certificate":{"claims":{"issuer":"a"}}}"#, "/signers/certificate/claims/issuer"),
        (r#"{"certificate":{"claims":{"a/b~c":"a"}}}"#, "/signers/certificate/claims/a~1b~0c"),
    ] {
        assert_eq!(refusal(signers(node)), ("policy/unknown-member", pointer.to_string()), "{node}");
    }
}

#[test]
fn contradictions() {
    let one = witness("w.example", 1, "o");
    let twice = format!("{one},{}", witness("x.example", 1, "p"));
    let same = format!("{one},{}", witness("y.example", 2, "o"));
    let plain = vkey("w.example", SignatureType::Ed25519, 1);
    let plain = format!(r#"{{"vkey":"{plain}","operator":"o"}}"#);
    let witnesses = |entries: &str, rest: &str| {
        format!(r#"{SIGNER},"evidence":{{{rest}"witness":{{"threshold":1,"witnesses":[{entries}]}}}}"#)
    };
    let over = |threshold: u32, entries: &str, rest: &str| {
        format!(
            r#"{SIGNER},"evidence":{{"witness":{{"threshold":{threshold},"witnesses":[{entries}]{rest}}}}}"#
        )
    };
    let certificate = |members: &str| format!("{SIGNER},{members}");
    let key = |members: &str| format!("{KEY},{members}");
    let absent = r#""signers":{"certificate":{"san":"s","issuer":{"absent":true}}}"#;
    for (members, pointer) in [
        (certificate(r#""bundle":{"versions":["0.2"],"allowChainInV03":true}"#), "/bundle/allowChainInV03"),
        (
            certificate(r#""bundle":{"versions":["0.3"],"refuseRootInChain":true}"#),
            "/bundle/refuseRootInChain",
        ),
        (certificate(r#""bundle":{"versions":["0.3"],"useIntermediates":true}"#), "/bundle/useIntermediates"),
        (certificate(r#""bundle":{"requireKeyid":true}"#), "/bundle/requireKeyid"),
        (certificate(r#""evidence":{"log":{"threshold":9}}"#), "/evidence/log/threshold"),
        (certificate(r#""evidence":{"log":{"threshold":2,"only":["AAEC"]}}"#), "/evidence/log/threshold"),
        (certificate(r#""evidence":{"sct":{"threshold":17}}"#), "/evidence/sct/threshold"),
        (certificate(r#""evidence":{"sct":{"threshold":0,"detached":true}}"#), "/evidence/sct/detached"),
        (certificate(r#""evidence":{"time":{"threshold":18}}"#), "/evidence/time/threshold"),
        (certificate(r#""evidence":{"time":{"signedThreshold":9}}"#), "/evidence/time/signedThreshold"),
        (
            certificate(r#""evidence":{"time":{"signedThreshold":2,"only":["a"]}}"#),
            "/evidence/time/signedThreshold",
        ),
        (
            certificate(r#""evidence":{"time":{"mode":"log","signedThreshold":1}}"#),
            "/evidence/time/signedThreshold",
        ),
        (
            certificate(r#""preset":"private-tsa","evidence":{"time":{"mode":"log"}}"#),
            "/evidence/time/signedThreshold",
        ),
        (certificate(r#""evidence":{"time":{"mode":"none"}}"#), "/signers"),
        (certificate(r#""preset":"managed-key""#), "/signers"),
        (key(r#""evidence":{"time":{"mode":"none","threshold":1}}"#), "/evidence/time/threshold"),
        (key(r#""preset":"managed-key","evidence":{"time":{"threshold":1}}"#), "/evidence/time/threshold"),
        (key(r#""evidence":{"time":{"mode":"none","signedThreshold":1}}"#), "/evidence/time/signedThreshold"),
        (key(r#""evidence":{"sct":{"threshold":1}}"#), "/evidence/sct/threshold"),
        (key(r#""evidence":{"sct":{"detached":true}}"#), "/evidence/sct/detached"),
        (
            key(r#""evidence":{"certificate":{"maxLifetimeSeconds":9}}"#),
            "/evidence/certificate/maxLifetimeSeconds",
        ),
        (
            key(r#""evidence":{"certificate":{"allowMissingKeyIds":true}}"#),
            "/evidence/certificate/allowMissingKeyIds",
        ),
        (key(r#""bundle":{"allowChainInV03":true}"#), "/bundle/allowChainInV03"),
        (key(r#""bundle":{"useIntermediates":true}"#), "/bundle/useIntermediates"),
        (key(r#""bundle":{"refuseRootInChain":true}"#), "/bundle/refuseRootInChain"),
        (witnesses(&one, r#""log":{"threshold":0},"#), "/evidence/witness"),
        (format!(r#""preset":"private-tsa",{}"#, witnesses(&one, "")), "/evidence/witness"),
        (witnesses(&twice, ""), "/evidence/witness/witnesses/1/vkey"),
        (witnesses(&format!("{one},{one}"), ""), "/evidence/witness/witnesses/1/vkey"),
        (witnesses(&plain, ""), "/evidence/witness/witnesses/0/vkey"),
        (over(0, &one, ""), "/evidence/witness/threshold"),
        (over(2, &one, ""), "/evidence/witness/threshold"),
        (over(2, &same, ""), "/evidence/witness/threshold"),
        (
            format!(
                r#"{SIGNER},"evidence":{{"time":{{"mode":"tsa"}},"witness":{{"threshold":1,"witnesses":[{one}],"asTime":true}}}}"#
            ),
            "/evidence/witness/asTime",
        ),
        (
            format!(
                r#"{SIGNER},"evidence":{{"log":{{"only":["AAEC"]}},"witness":{{"threshold":1,"witnesses":[{one}],"logs":["AAED"]}}}}"#
            ),
            "/evidence/witness/logs",
        ),
        (
            certificate(
                r#""evidence":{"algorithms":{"allow":["PKIX_ECDSA_P384_SHA_256"],"compat":"refuse"}}"#,
            ),
            "/evidence/algorithms/compat",
        ),
        (certificate(r#""subject":{"max":0}"#), "/subject/max"),
        (certificate(r#""subject":{"algorithms":["sha1"]}"#), "/subject/algorithms"),
        (certificate(r#""statement":{"predicateTypes":["p"],"types":["t"]}"#), "/statement/types"),
        (certificate(r#""statement":{"predicateTypes":[""]}"#), "/statement"),
        (certificate(r#""dangerous":{"anySigner":true}"#), "/dangerous/anySigner"),
        (certificate(r#""dangerous":{"noCrossCheck":true}"#), "/dangerous/noCrossCheck"),
        (certificate(r#""preset":"long-lived-ca""#), "/signers"),
        (absent.to_string(), "/signers"),
    ] {
        assert_eq!(refusal(with(&members)), ("policy/conflict", pointer.to_string()), "{members}");
    }
}

#[test]
fn the_twins_of_contradictions_are_accepted() {
    let one = witness("w.example", 1, "o");
    let hash = "00".repeat(32);
    for members in [
        format!(r#"{SIGNER},"bundle":{{"versions":["0.3"],"allowChainInV03":true,"useIntermediates":true}}"#),
        format!(
            r#"{SIGNER},"bundle":{{"versions":["0.2"],"refuseRootInChain":true,"useIntermediates":true}}"#
        ),
        format!(r#"{KEY},"bundle":{{"requireKeyid":true}}"#),
        format!(r#"{SIGNER},"evidence":{{"log":{{"threshold":8}},"sct":{{"threshold":16}}}}"#),
        format!(
            r#"{SIGNER},"evidence":{{"sct":{{"threshold":0}},"time":{{"threshold":17,"signedThreshold":8}}}}"#
        ),
        format!(r#"{KEY},"evidence":{{"time":{{"mode":"none"}}}}"#),
        format!(
            r#"{KEY},"preset":"managed-key","evidence":{{"time":{{"mode":"tsa"}},"sct":{{"threshold":0}}}}"#
        ),
        format!(
            r#"{SIGNER},"preset":"private-tsa","evidence":{{"time":{{"mode":"log","signedThreshold":0}}}}"#
        ),
        format!(r#"{SIGNER},"evidence":{{"witness":{{"threshold":1,"witnesses":[{one}],"asTime":true}}}}"#),
        format!(r#"{SIGNER},"evidence":{{"algorithms":{{"allow":["PKIX_ECDSA_P384_SHA_256"]}}}}"#),
        format!(
            r#""preset":"long-lived-ca","signers":{{"certificate":{{"san":"s","issuer":{{"absent":true}},"ca":{{"sha256":"{hash}"}}}}}}"#
        ),
        r#""dangerous":{"anySigner":true,"noArtifact":true}"#.to_string(),
        r#""signers":{"not":{"key":{"ids":["k"]}}},"dangerous":{"anySigner":true}"#.to_string(),
    ] {
        with(&members).unwrap_or_else(|error| panic!("{error} in {members}"));
    }
}

#[test]
fn signers_must_be_bound() {
    let hash = "00".repeat(32);
    let leaf = |members: &str| format!(r#"{{"certificate":{{{members}}}}}"#);
    let bound = leaf(r#""san":"s","issuer":"i""#);
    let free = leaf(r#""issuer":"i""#);
    let pinned = leaf(&format!(r#""san":"s","ca":{{"sha256":"{hash}"}}"#));
    let key = r#"{"key":{"ids":["k"]}}"#.to_string();
    let claim = |name: &str| leaf(&format!(r#""issuer":"i","claims":{{"{name}":"v"}}"#));
    let mut accepted: Vec<String> = [
        "sourceRepositoryUri",
        "sourceRepositoryId",
        "sourceRepositoryOwnerUri",
        "sourceRepositoryOwnerId",
        "buildSignerUri",
        "tokenSubject",
    ]
    .map(claim)
    .into();
    accepted.extend([
        bound.clone(),
        pinned.clone(),
        key.clone(),
        format!(r#"{{"any":[{bound},{pinned},{key}]}}"#),
        format!(r#"{{"all":[{free},{bound}]}}"#),
        format!(r#"{{"all":[{{"not":{bound}}},{key}]}}"#),
        format!(r#"{{"any":[{{"all":[{key},{free}]}},{bound}]}}"#),
        leaf(r#""san":{"glob":"a**"},"issuer":{"regex":".*i"}"#),
        leaf(r#""san":{"type":"email","match":"s"},"issuer":"i""#),
        leaf(&format!(r#""san":"s","issuer":{{"absent":true}},"ca":{{"sha256":"{hash}"}}"#)),
    ]);
    for node in accepted {
        signers(&node).unwrap_or_else(|error| panic!("{error} in {node}"));
    }
    for node in [
        free.clone(),
        leaf(r#""san":"s""#),
        leaf(r#""san":"s","ca":{"uri":"https://ca"}"#),
        leaf(&format!(r#""ca":{{"sha256":"{hash}"}}"#)),
        leaf(r#""san":{"glob":"**"},"issuer":"i""#),
        leaf(r#""san":{"glob":"*"},"issuer":"i""#),
        leaf(r#""san":{"regex":".+"},"issuer":"i""#),
        leaf(r#""san":{"regex":".+|https://a"},"issuer":"i""#),
        leaf(r#""san":{"regex":"[a-z]+"},"issuer":"i""#),
        leaf(r#""san":"s","issuer":{"regex":".+"}"#),
        leaf(r#""san":"","issuer":"i""#),
        leaf(r#""san":{"anyOf":["a",""]},"issuer":"i""#),
        leaf(r#""issuer":"i","claims":{"sourceRepositoryUri":{"present":true}}"#),
        leaf(r#""issuer":"i","claims":{"sourceRepositoryUri":{"absent":true}}"#),
        leaf(r#""issuer":"i","claims":{"sourceRepositoryUri":{"glob":"**"}}"#),
        leaf(r#""issuer":"i","claims":{"sourceRepositoryRef":"refs/heads/main"}"#),
        leaf(r#""issuer":"i","extensions":{"1.3.6.1.4.1.57264.1.12":{"utf8":"v"}}"#),
        leaf(r#""claims":{"sourceRepositoryUri":"v"}"#),
        format!(r#"{{"any":[{bound},{free}]}}"#),
        format!(r#"{{"all":[{free},{{"not":{bound}}}]}}"#),
        format!(r#"{{"not":{bound}}}"#),
        format!(r#"{{"not":{{"not":{bound}}}}}"#),
    ] {
        assert_eq!(refusal(signers(&node)), ("policy/unbound", "/signers".to_string()), "{node}");
        with(&format!(r#""signers":{node},"dangerous":{{"anySigner":true}}"#)).unwrap();
    }
    assert_eq!(refusal(parse(r#"{"schema":"cretula/policy/v1"}"#)).0, "policy/unbound");
}

#[test]
fn patterns_are_refused_where_they_stand() {
    for pattern in [
        r#"{"regex":"("}"#,
        r#"{"regex":"a)|(b"}"#,
        r#"{"regex":".*"}"#,
        r#"{"regex":"a{60000}"}"#,
        r#"{"glob":"a**b"}"#,
        r#"{"glob":"a\\"}"#,
    ] {
        for (place, pointer) in [
            (
                format!(r#""signers":{{"certificate":{{"issuer":"i","san":{pattern}}}}}"#),
                "/signers/certificate/san/",
            ),
            (format!(r#"{SIGNER},"subject":{{"name":{pattern}}}"#), "/subject/name/"),
            (
                format!(r#"{SIGNER},"deny":[{{"certificate":{{"claims":{{"tokenSubject":{pattern}}}}}}}]"#),
                "/deny/0/certificate/claims/tokenSubject/",
            ),
        ] {
            let (code, found) = refusal(with(&place));
            assert_eq!(code, "policy/pattern", "{place}");
            assert!(found.starts_with(pointer), "{found}");
        }
    }
}

#[test]
fn pattern_limits() {
    for (length, accepted) in [(1024, true), (1025, false)] {
        let node = format!(r#"{{"certificate":{{"issuer":"i","san":{{"glob":"{}"}}}}}}"#, "a".repeat(length));
        assert_eq!(signers(&node).is_ok(), accepted);
    }
    let deny = |count: usize| {
        let entry = r#"{"certificate":{"claims":{"tokenSubject":{"regex":"[a-z]{900}x"}}}}"#;
        let entries = core::iter::repeat_n(entry, count).collect::<Vec<_>>().join(",");
        with(&format!(r#"{SIGNER},"deny":[{entries}]"#))
    };
    deny(2).unwrap();
    assert_eq!(refusal(deny(40)).0, "policy/pattern");
}

#[test]
fn document_limits() {
    let limits = Limits::default();
    let text = format!(r#"{{"schema":"cretula/policy/v1",{SIGNER}}}"#);
    let padded = |length: usize| format!("{text}{}", " ".repeat(length - text.len()));
    parse(&padded(limits.policy_bytes)).unwrap();
    assert_eq!(refusal(parse(&padded(limits.policy_bytes + 1))).0, "limits/policy-bytes");

    let nested = |levels: usize| {
        let (open, close) = (r#"{"all":["#.repeat(levels - 1), "]}".repeat(levels - 1));
        signers(&format!(r#"{open}{{"key":{{"ids":["k"]}}}}{close}"#))
    };
    nested(limits.policy_depth).unwrap();
    assert_eq!(refusal(nested(limits.policy_depth + 1)).0, "limits/policy-depth");
    assert_eq!(refusal(nested(100)).0, "limits/json-depth");

    let nodes = |count: usize| {
        let leaves = (2..=count).map(|_| r#"{"key":{"ids":["k"]}}"#).collect::<Vec<_>>().join(",");
        signers(&format!(r#"{{"any":[{leaves}]}}"#))
    };
    nodes(limits.policy_nodes).unwrap();
    assert_eq!(refusal(nodes(limits.policy_nodes + 1)).0, "limits/policy-nodes");

    let witnesses = |count: u8| {
        let entries = (0..count).map(|seed| witness("w.example", seed, "o")).collect::<Vec<_>>().join(",");
        with(&format!(r#"{SIGNER},"evidence":{{"witness":{{"threshold":1,"witnesses":[{entries}]}}}}"#))
    };
    witnesses(64).unwrap();
    assert_eq!(refusal(witnesses(65)).0, "limits/witnesses");
}

#[test]
fn presets_are_written_out() {
    let hash = "00".repeat(32);
    let pinned = format!(r#""signers":{{"certificate":{{"san":"s","ca":{{"sha256":"{hash}"}}}}}}"#);
    for (preset, members, log, sct, mode, threshold, signed) in [
        ("public-good", SIGNER, 1, 1, TimeMode::Observer, 1, 0),
        ("private-tsa", SIGNER, 0, 0, TimeMode::Tsa, 1, 1),
        ("private-ca", SIGNER, 0, 0, TimeMode::Tsa, 1, 0),
        ("managed-key", KEY, 1, 1, TimeMode::None, 0, 0),
        ("long-lived-ca", &pinned, 0, 0, TimeMode::Current, 1, 0),
    ] {
        let policy = with(&format!(r#""preset":"{preset}",{members}"#)).unwrap();
        let evidence = policy.evidence();
        assert_eq!((evidence.log.threshold, evidence.sct.threshold), (log, sct), "{preset}");
        let time = &evidence.time;
        assert_eq!((time.mode, time.threshold, time.signed_threshold), (mode, threshold, signed), "{preset}");
        let written =
            with(&format!(r#""preset":"{preset}",{members},"evidence":{{"log":{{"threshold":3}}}}"#));
        assert_eq!(written.unwrap().evidence().log.threshold, 3);
    }
}

#[test]
fn null_is_absent() {
    let policy =
        with(&format!(r#"{SIGNER},"deny":null,"bundle":{{"versions":null}},"evidence":{{"time":null}}"#));
    assert_eq!(applied(&policy.unwrap()), applied(&with(SIGNER).unwrap()));
}

#[test]
fn matches_of_long_texts_and_control_characters() {
    let claim = |pattern: &str| {
        let policy = with(&format!(r#"{SIGNER},"subject":{{"name":{pattern}}}"#)).unwrap();
        policy.subject().name.clone().unwrap()
    };
    for pattern in [r#"{"glob":"**"}"#, r#"{"regex":".+"}"#, r#"{"regex":"(?s).+"}"#] {
        let wanted = claim(pattern);
        assert_eq!(wanted.compare(&"a".repeat(2048), 2048), Outcome::Matches);
        assert_eq!(wanted.compare(&"a".repeat(2049), 2048), Outcome::Unmatchable);
        for text in ["a\n", "\na", "a\u{0}b", "a\u{7f}", "a\u{85}"] {
            assert_eq!(wanted.compare(text, 2048), Outcome::Unmatchable, "{text:?}");
        }
    }
    let exact = claim(r#""Ab""#);
    assert_eq!(exact.compare("Ab", 2048), Outcome::Matches);
    assert_eq!(exact.compare("ab", 2048), Outcome::Differs);
    assert_eq!(exact.compare(" Ab", 2048), Outcome::Differs);
    let folded = claim(r#"{"exact":"Ab\u212a","ignoreCase":true}"#);
    assert_eq!(folded.compare("aB\u{212a}", 2048), Outcome::Matches);
    assert_eq!(folded.compare("abk", 2048), Outcome::Differs);
}
