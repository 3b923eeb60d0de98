//! Each rule of the trusted root reader: one document that holds it, and documents with one defect each.
#![cfg(test)]
use cretula_bundle::*;
use cretula_crypto::{HashAlgorithm, KeyDetails};
use cretula_encoding::limits::Limits;
use cretula_encoding::time::Time;

const MEDIA_TYPE: &str = "application/vnd.dev.sigstore.trustedroot+json;version=0.1";
const LOG_WINDOW: &str = r#""validFor":{"start":"2023-01-01T00:00:00Z","end":"2024-01-01T00:00:00.5Z"}"#;
const LOG: &str = r#"{"baseUrl":"https://log.example/","hashAlgorithm":"SHA2_256","publicKey":{"rawBytes":"MAA=","keyDetails":"PKIX_ED25519","validFor":{"start":"2023-01-01T00:00:00Z","end":"2024-01-01T00:00:00.5Z"}},"logId":{"keyId":"aWQ="},"checkpointKeyId":{"keyId":"AAAA"},"operator":"log.example"}"#;
const CT_LOG: &str = r#"{"baseUrl":"https://ct.example","hashAlgorithm":1,"publicKey":{"rawBytes":"MAA=","keyDetails":5,"validFor":{"start":"2022-01-01T00:00:00Z"}},"logId":{"keyId":"aWQ="}}"#;
const CA_WINDOW: &str = r#""validFor":{"start":"2021-01-01T00:00:00Z","end":"2029-01-01T00:00:00Z"}"#;
const CA: &str = r#"{"subject":{"organization":"example","commonName":"ca"},"uri":"https://ca.example","certChain":{"certificates":[{"rawBytes":"MAA="}]},"validFor":{"start":"2021-01-01T00:00:00Z","end":"2029-01-01T00:00:00Z"},"operator":"ca.example"}"#;
const TSA: &str = r#"{"uri":"https://tsa.example","certChain":{"certificates":[{"rawBytes":"MAAA"},{"rawBytes":"MAA="}]},"validFor":{"start":"2020-01-01T00:00:00Z"}}"#;

fn document() -> String {
    format!(
        r#"{{"mediaType":"{MEDIA_TYPE}","tlogs":[{LOG}],"certificateAuthorities":[{CA}],"ctlogs":[{CT_LOG}],"timestampAuthorities":[{TSA}]}}"#
    )
}

/// Replaces exactly one occurrence.
fn edit(document: &str, from: &str, to: &str) -> String {
    assert_eq!(document.matches(from).count(), 1, "{from}");
    document.replacen(from, to, 1)
}

fn parse(document: &str) -> Result<TrustedRootDocument, Error> {
    TrustedRootDocument::parse(document.as_bytes(), &Limits::default())
}

#[track_caller]
fn refused<T>(result: Result<T, Error>, check: &str, code: &str) {
    let error = result.err().expect("accepted");
    assert_eq!((error.check_id(), error.code()), (check, code), "{error}");
}

#[track_caller]
fn refused_edit(from: &str, to: &str, check: &str, code: &str) {
    refused(parse(&edit(&document(), from, to)), check, code);
}

#[track_caller]
fn warned_edit(from: &str, to: &str, kind: WarningKind, pointer: &str) -> TrustedRootDocument {
    let root = parse(&edit(&document(), from, to)).unwrap();
    assert_eq!(root.warnings().kept(), [Warning { kind, pointer: pointer.into() }]);
    root
}

#[test]
fn a_complete_root_is_read() {
    let root = parse(&document()).unwrap();
    assert_eq!((root.media_type(), root.warnings().total()), (MEDIA_TYPE, 0));
    let [log] = root.tlogs() else { panic!("one log") };
    assert_eq!((log.base_url.as_str(), log.name()), ("https://log.example/", "log.example"));
    assert_eq!(log.hash_algorithm, HashAlgorithmRef::Known(HashAlgorithm::Sha256));
    assert_eq!(log.public_key.key_details, KeyDetailsRef::Known(KeyDetails::PKIX_ED25519));
    assert_eq!((log.log_id.as_slice(), log.operator.as_deref()), (&b"id"[..], Some("log.example")));
    assert_eq!(log.checkpoint_key_id.as_deref(), Some(&[0, 0, 0][..]));
    let [ct] = root.ctlogs() else { panic!("one CT log") };
    assert_eq!((ct.checkpoint_key_id.as_ref(), ct.operator.as_ref()), (None, None));
    let [ca] = root.certificate_authorities() else { panic!("one CA") };
    assert_eq!((ca.subject.common_name.as_str(), ca.subject.organization.as_str()), ("ca", "example"));
    assert_eq!((ca.uri.as_str(), ca.operator.as_deref()), ("https://ca.example", Some("ca.example")));
    let [tsa] = root.timestamp_authorities() else { panic!("one TSA") };
    assert_eq!((tsa.cert_chain.len(), &tsa.subject), (2, &AuthoritySubject::default()));
}

#[test]
fn r01_media_types_are_exact() {
    for accepted in [
        "application/vnd.dev.sigstore.trustedroot.v0.1+json",
        "application/vnd.dev.sigstore.trustedroot.v0.2+json",
    ] {
        assert!(parse(&edit(&document(), MEDIA_TYPE, accepted)).is_ok());
    }
    for other in [
        "",
        "bad-media-type",
        "application/vnd.dev.sigstore.trustedroot+json;version=0.2",
        "application/vnd.dev.sigstore.trustedroot.v0.3+json",
        "application/vnd.dev.sigstore.trustedroot.v0.1+json;x=y",
    ] {
        refused_edit(MEDIA_TYPE, other, "R01", "trusted-root/media-type");
    }
    refused_edit(&format!(r#""mediaType":"{MEDIA_TYPE}","#), "", "R01", "trusted-root/media-type");
}

#[test]
fn r01_json_is_strict() {
    let code = "trusted-root/json";
    for broken in ["", "[]", "{}{}", "nul"] {
        refused(parse(broken), "R01", code);
    }
    refused_edit(r#""uri":"https://tsa.example""#, r#""uri":"x","uri":"x""#, "R01", code);
    refused_edit(r#""uri":"https://tsa.example""#, r#""uri":"x","y":{"z":1,"z":1}"#, "R01", code);
    refused_edit(r#""uri":"https://tsa.example""#, r#""uri":1"#, "R01", code);
    refused_edit(r#""uri":"https://tsa.example""#, r#""uri":"\ud800""#, "R01", code);
    refused_edit(r#""keyId":"AAAA""#, r#""keyId":"AAA""#, "R01", code);
    refused_edit(r#"{"start":"2020-01-01T00:00:00Z"}"#, r#"{"start":1577836800}"#, "R01", code);
    refused_edit(r#""hashAlgorithm":1"#, r#""hashAlgorithm":-1"#, "R01", code);
    refused_edit(r#""hashAlgorithm":1"#, r#""hashAlgorithm":true"#, "R01", code);
}

#[test]
fn r01_absent_lists_are_empty() {
    let root = parse(&format!(r#"{{"mediaType":"{MEDIA_TYPE}","tlogs":null,"ctlogs":[]}}"#)).unwrap();
    assert!(root.tlogs().is_empty() && root.ctlogs().is_empty());
    assert!(root.certificate_authorities().is_empty() && root.timestamp_authorities().is_empty());
}

#[test]
fn unknown_members_are_skipped_with_a_warning() {
    let unknown = WarningKind::UnknownMember;
    warned_edit(r#"{"mediaType""#, r#"{"x~/y":[{}],"mediaType""#, unknown, "/x~0~1y");
    warned_edit(r#""keyDetails":5"#, r#""keyDetails":5,"x":1"#, unknown, "/ctlogs/0/publicKey/x");
    warned_edit(
        r#"{"start":"2020"#,
        r#"{"x":1,"start":"2020"#,
        unknown,
        "/timestampAuthorities/0/validFor/x",
    );
}

#[test]
fn enum_members_are_names_or_numbers() {
    let root = parse(&document()).unwrap();
    assert_eq!(root.ctlogs()[0].hash_algorithm, HashAlgorithmRef::Known(HashAlgorithm::Sha256));
    let key_details = KeyDetailsRef::Known(KeyDetails::PKIX_ECDSA_P256_SHA_256);
    assert_eq!(root.ctlogs()[0].public_key.key_details, key_details);
    let details = |text: &str| {
        let root = parse(&edit(&document(), r#""keyDetails":5"#, text)).unwrap();
        root.ctlogs()[0].public_key.key_details.clone()
    };
    assert_eq!(details(r#""keyDetails":9999"#), KeyDetailsRef::Unknown("9999".into()));
    assert_eq!(details(r#""keyDetails":"FUTURE""#), KeyDetailsRef::Unknown("FUTURE".into()));
    assert_eq!(details(r#""keyDetails":null"#), KeyDetailsRef::Unknown(String::new()));
    let hash = |text: &str| {
        let root = parse(&edit(&document(), r#""hashAlgorithm":1"#, text)).unwrap();
        root.ctlogs()[0].hash_algorithm.clone()
    };
    assert_eq!(hash(r#""hashAlgorithm":3"#), HashAlgorithmRef::Known(HashAlgorithm::Sha512));
    assert_eq!(hash(r#""hashAlgorithm":4"#), HashAlgorithmRef::Unknown("4".into()));
}

#[test]
fn r02_windows_are_closed_intervals() {
    let root = parse(&document()).unwrap();
    let contains = |text: &str| {
        root.tlogs()[0].public_key.valid_for.range().contains(Time::parse_rfc3339(text).unwrap())
    };
    assert!(contains("2023-01-01T00:00:00Z") && contains("2024-01-01T00:00:00.5Z"));
    assert!(!contains("2022-12-31T23:59:59.999999999Z") && !contains("2024-01-01T00:00:00.500000001Z"));
    let open = root.ctlogs()[0].public_key.valid_for.range();
    assert!(open.contains(Time::parse_rfc3339("9999-01-01T00:00:00Z").unwrap()));
    assert_eq!((open.start.is_some(), open.end), (true, None));
}

#[test]
fn r02_windows_end_after_they_start() {
    let code = "trusted-root/window";
    for window in [LOG_WINDOW, CA_WINDOW] {
        let (start, end) = window.split_once(",\"end\":").unwrap();
        let last = format!("{start},\"end\":\"1999-01-01T00:00:00Z\"}}");
        refused_edit(window, &last, "R02", code);
        refused_edit(window, &window.replace(end, "\"soon\"}"), "R02", code);
        assert!(parse(&edit(&document(), window, &format!("{start},\"end\":null}}"))).is_ok());
    }
    let point = r#""validFor":{"start":"2023-01-01T00:00:00Z","end":"2023-01-01T00:00:00Z"}"#;
    assert!(parse(&edit(&document(), LOG_WINDOW, point)).is_ok());
    refused_edit(r#"{"start":"2020-01-01T00:00:00Z"}"#, r#"{"start":"2020-01-01"}"#, "R02", code);
}

#[test]
fn r02_log_windows_have_a_start() {
    let code = "trusted-root/window";
    let log = format!(",{LOG_WINDOW}");
    let ct = r#","validFor":{"start":"2022-01-01T00:00:00Z"}"#;
    let kind = WarningKind::WindowNotDeclared;
    let root = warned_edit(&log, "", kind, "/tlogs/0/publicKey");
    assert_eq!(root.tlogs()[0].public_key.valid_for, Window::NotDeclared);
    warned_edit(ct, "", kind, "/ctlogs/0/publicKey");
    warned_edit(ct, r#","validFor":null"#, kind, "/ctlogs/0/publicKey");
    for window in [log.as_str(), ct] {
        refused_edit(window, r#","validFor":{}"#, "R02", code);
        refused_edit(window, r#","validFor":{"end":"2030-01-01T00:00:00Z"}"#, "R02", code);
        refused_edit(window, r#","validFor":{"start":null}"#, "R02", code);
    }
}

#[test]
fn r02_authority_windows_may_be_open() {
    let tsa = r#","validFor":{"start":"2020-01-01T00:00:00Z"}"#;
    let pointer = "/timestampAuthorities/0";
    warned_edit(tsa, "", WarningKind::WindowNotDeclared, pointer);
    let root = warned_edit(tsa, r#","validFor":{}"#, WarningKind::WindowStartMissing, pointer);
    assert_eq!(root.timestamp_authorities()[0].valid_for.range().start, None);
    let end = r#","validFor":{"end":"2030-01-01T00:00:00Z"}"#;
    let root = warned_edit(tsa, end, WarningKind::WindowStartMissing, pointer);
    let window = root.timestamp_authorities()[0].valid_for.range();
    assert!(!window.contains(Time::parse_rfc3339("2031-01-01T00:00:00Z").unwrap()));
    let ca = format!(",{CA_WINDOW}");
    warned_edit(&ca, "", WarningKind::WindowNotDeclared, "/certificateAuthorities/0");
}

#[test]
fn r03_chains_are_not_empty() {
    let chain = r#""certChain":{"certificates":[{"rawBytes":"MAA="}]}"#;
    for empty in [r#""certChain":{"certificates":[]}"#, r#""certChain":{}"#, r#""certChain":null"#] {
        refused_edit(chain, empty, "R03", "trusted-root/chain-empty");
    }
    refused_edit(&format!("{chain},"), "", "R03", "trusted-root/chain-empty");
}

#[test]
fn an_instance_without_key_is_read_and_left_to_the_verifier() {
    let key =
        r#""publicKey":{"rawBytes":"MAA=","keyDetails":5,"validFor":{"start":"2022-01-01T00:00:00Z"}},"#;
    let root = parse(&edit(&document(), key, "")).unwrap();
    assert_eq!(root.ctlogs()[0].public_key.key_details, KeyDetailsRef::Unknown(String::new()));
    assert!(root.ctlogs()[0].public_key.raw_bytes.is_empty());
}

#[test]
fn length_has_a_limit() {
    let document = document();
    let with = |bytes: usize| {
        let mut limits = Limits::default();
        limits.set("trusted-root-bytes", u64::try_from(bytes).unwrap()).unwrap();
        TrustedRootDocument::parse(document.as_bytes(), &limits)
    };
    assert!(with(document.len()).is_ok());
    refused(with(document.len() - 1), "R01", "limits/trusted-root-bytes");
}

#[test]
fn instances_have_a_limit() {
    let max = Limits::default().trusted_root_instances;
    for instance in [LOG, CT_LOG, CA, TSA] {
        let with = |count| parse(&edit(&document(), instance, &vec![instance; count].join(",")));
        assert!(with(max).is_ok());
        refused(with(max + 1), "R01", "limits/trusted-root-instances");
    }
}

#[test]
fn chains_have_a_limit() {
    let max = Limits::default().chain;
    let element = r#"{"rawBytes":"MAAA"}"#;
    let with = |count| parse(&edit(&document(), element, &vec![element; count].join(",")));
    assert!(with(max - 1).is_ok());
    refused(with(max), "R01", "limits/chain");
}

#[test]
fn lines_are_read_one_by_one() {
    let lines = |text: &str| parse_trusted_root_lines(text.as_bytes(), &Limits::default());
    let one = document();
    assert_eq!(lines(&one).unwrap().len(), 1);
    assert_eq!(lines(&format!("{one}\n{one}\r\n \n{one}\n")).unwrap().len(), 3);
    for empty in ["", "\n", " \r\n\n"] {
        refused(lines(empty), "R01", "trusted-root/json");
    }
    refused(lines(&format!("{one}{one}")), "R01", "trusted-root/json");
    let error = lines(&format!("{one}\n{}", edit(&one, MEDIA_TYPE, "x"))).unwrap_err();
    assert_eq!(error.place(), &Place::Pointer("/1/mediaType".into()));
    let error = lines(&format!("{one}\n{{")).unwrap_err();
    assert!(matches!(error.place(), Place::Offset(offset) if *offset > one.len()));
    let max = Limits::default().trusted_roots;
    assert!(lines(&vec![one.as_str(); max].join("\n")).is_ok());
    refused(lines(&vec![one.as_str(); max + 1].join("\n")), "R01", "limits/trusted-roots");
}

#[test]
fn a_client_trust_config_holds_a_root() {
    let config = |media_type: &str, root: &str| {
        let text = format!(r#"{{"mediaType":"{media_type}"{root},"signingConfig":{{"mediaType":"x"}}}}"#);
        ClientTrustConfig::parse(text.as_bytes(), &Limits::default())
            .map(|config| config.trusted_root().clone())
    };
    let media_type = "application/vnd.dev.sigstore.clienttrustconfig.v0.1+json";
    let root = format!(r#","trustedRoot":{}"#, document());
    assert_eq!(config(media_type, &root).unwrap().tlogs().len(), 1);
    refused(config(MEDIA_TYPE, &root), "R01", "trusted-root/media-type");
    refused(config(media_type, ""), "R01", "trusted-root/json");
    let error = config(media_type, &edit(&root, MEDIA_TYPE, "x")).unwrap_err();
    assert_eq!(error.place(), &Place::Pointer("/trustedRoot/mediaType".into()));
    refused(Err::<(), _>(error), "R01", "trusted-root/media-type");
}
