//! Signing configurations: what is read, and each refusal beside its accepted twin.

use cretula_bundle::*;
use cretula_encoding::limits::Limits;
use cretula_encoding::time::Time;

const MEDIA_TYPE: &str = "application/vnd.dev.sigstore.signingconfig.v0.2+json";
const SERVICE: &str = r#"{"url":"https://log.example/","majorApiVersion":2,"validFor":{"start":"2026-01-01T00:00:00Z"},"operator":"log.example"}"#;

fn document() -> String {
    let ca = SERVICE.replace("log.example/", "ca.example").replace(":2,", ":1,");
    let tsa = SERVICE
        .replace("log.example/", "tsa.example/ts")
        .replace(r#"00Z"}"#, r#"00Z","end":"2027-01-01T00:00:00Z"}"#);
    format!(
        r#"{{"mediaType":"{MEDIA_TYPE}","caUrls":[{ca}],"oidcUrls":[],"rekorTlogUrls":[{SERVICE}],"rekorTlogConfig":{{"selector":"EXACT","count":1}},"tsaUrls":[{tsa}],"tsaConfig":{{"selector":2}}}}"#
    )
}

fn parse(text: &str) -> Result<SigningConfig, Error> {
    SigningConfig::parse(text.as_bytes(), &Limits::default())
}

/// The document with one text in another form; the text must be there.
fn edited(from: &str, to: &str) -> String {
    let text = document();
    assert!(text.contains(from), "{from}");
    text.replacen(from, to, 1)
}

#[test]
fn every_member_is_read() {
    let config = parse(&document()).unwrap();
    assert_eq!(config.media_type(), MEDIA_TYPE);
    assert_eq!((config.ca_urls().len(), config.oidc_urls().len()), (1, 0));
    let log = &config.rekor_tlog_urls()[0];
    assert_eq!(
        (log.url.as_str(), log.major_api_version, log.operator.as_str()),
        ("https://log.example/", 2, "log.example")
    );
    assert_eq!(log.valid_for.start.map(Time::secs), Some(1_767_225_600));
    assert_eq!((log.valid_for.end, config.tsa_urls()[0].valid_for.end.is_some()), (None, true));
    let exact = ServiceConfiguration { count: 1, selector: ServiceSelector::Exact };
    assert_eq!(config.rekor_tlog_config(), &exact);
    assert_eq!(config.tsa_config(), &ServiceConfiguration { count: 0, selector: ServiceSelector::Any });
    assert_eq!(config.warnings().total(), 0);
}

#[test]
fn what_is_absent_has_its_default() {
    let config = parse(&format!(r#"{{"mediaType":"{MEDIA_TYPE}"}}"#)).unwrap();
    assert!(config.ca_urls().is_empty() && config.tsa_urls().is_empty());
    assert_eq!(config.tsa_config(), &ServiceConfiguration { count: 0, selector: ServiceSelector::Undefined });
    let config = parse(&edited(r#""majorApiVersion":2,"#, "")).unwrap();
    assert_eq!(config.rekor_tlog_urls()[0].major_api_version, 0);
    for (selector, read) in [
        (r#""ALL""#, ServiceSelector::All),
        ("1", ServiceSelector::All),
        (r#""ANY""#, ServiceSelector::Any),
        ("3", ServiceSelector::Exact),
        ("0", ServiceSelector::Undefined),
        ("4", ServiceSelector::Undefined),
        (r#""SERVICE_SELECTOR_UNDEFINED""#, ServiceSelector::Undefined),
        (r#""any""#, ServiceSelector::Undefined),
    ] {
        let config = parse(&edited(r#""selector":2"#, &format!(r#""selector":{selector}"#))).unwrap();
        assert_eq!(config.tsa_config().selector, read, "{selector}");
    }
}

#[test]
fn unknown_members_are_skipped_with_a_warning() {
    let config = parse(&edited(r#""oidcUrls""#, r#""x":{},"oidcUrls""#)).unwrap();
    assert_eq!(config.warnings().kept()[0].pointer, "/x");
    let config = parse(&edited(r#""operator":"log.example""#, r#""operator":"log.example","y":1"#)).unwrap();
    assert_eq!(config.warnings().total(), 1);
}

#[test]
fn what_is_refused() {
    assert!(parse(&document()).is_ok());
    for (from, to, check, code) in [
        (".v0.2+json", ".v0.1+json", "S0", "config/media-type"),
        (".v0.2+json", ".v0.2", "S0", "config/media-type"),
        (MEDIA_TYPE, "", "S0", "config/media-type"),
        (r#""caUrls":["#, r#""caUrls":{},"z":["#, "S0", "config/format"),
        (r#""oidcUrls""#, r#""caUrls""#, "S0", "config/format"),
        (r#""majorApiVersion":2"#, r#""majorApiVersion":"2""#, "S0", "config/format"),
        (r#""majorApiVersion":2"#, r#""majorApiVersion":-2"#, "S0", "config/format"),
        (r#""majorApiVersion":2"#, r#""majorApiVersion":4294967296"#, "S0", "config/format"),
        (r#""count":1"#, r#""count":1.0"#, "S0", "config/format"),
        ("https://log.example/", "http://log.example/", "S8", "config/format"),
        ("https://log.example/", "", "S8", "config/format"),
        ("https://log.example/", "https://log.example/?a", "S8", "config/format"),
        (r#""validFor":{"start":"2026-01-01T00:00:00Z"},"#, "", "S1", "config/format"),
        (r#""start":"2026-01-01T00:00:00Z""#, "", "S1", "config/format"),
        (r#""start":"2026-01-01T00:00:00Z""#, r#""start":"2026-01-01""#, "S1", "config/format"),
        (r#""end":"2027"#, r#""end":"2025"#, "S1", "config/format"),
    ] {
        let error = parse(&edited(from, to)).unwrap_err();
        assert_eq!((error.check_id(), error.code()), (check, code), "{from} -> {to}: {error}");
    }
}

#[test]
fn bounds() {
    let max = Limits::default().trusted_root_instances;
    let with = |count: usize| {
        edited(
            &format!(r#""rekorTlogUrls":[{SERVICE}]"#),
            &format!(r#""rekorTlogUrls":[{}]"#, vec![SERVICE; count].join(",")),
        )
    };
    assert_eq!(parse(&with(max)).unwrap().rekor_tlog_urls().len(), max);
    assert_eq!(parse(&with(max + 1)).unwrap_err().kind(), ErrorKind::Limit(Limit::TrustedRootInstances));
    let text = document();
    let limits = |trusted_root_bytes| Limits { trusted_root_bytes, ..Limits::default() };
    assert!(SigningConfig::parse(text.as_bytes(), &limits(text.len())).is_ok());
    let error = SigningConfig::parse(text.as_bytes(), &limits(text.len() - 1)).unwrap_err();
    assert_eq!(error.code(), "limits/config-bytes");
}

#[test]
fn a_client_trust_config_holds_both_byte_for_byte() {
    let root = r#"{ "mediaType": "application/vnd.dev.sigstore.trustedroot.v0.2+json" }"#;
    let outer = |signing: &str| {
        format!(
            r#"{{"mediaType":"application/vnd.dev.sigstore.clienttrustconfig.v0.1+json","trustedRoot":{root}{signing}}}"#
        )
    };
    let limits = Limits::default();
    let text = outer(&format!(r#", "signingConfig": {}"#, document()));
    let config = ClientTrustConfig::parse(text.as_bytes(), &limits).unwrap();
    assert_eq!(config.trusted_root_bytes(), root.as_bytes());
    assert_eq!(config.signing_config_bytes(), Some(document().as_bytes()));
    assert_eq!(config.signing_config(&limits).unwrap(), Some(parse(&document()).unwrap()));
    let text = outer("");
    let config = ClientTrustConfig::parse(text.as_bytes(), &limits).unwrap();
    assert_eq!((config.signing_config(&limits).unwrap(), config.signing_config_bytes()), (None, None));
    let text = outer(r#","signingConfig":{"mediaType":"x"}"#);
    let config = ClientTrustConfig::parse(text.as_bytes(), &limits).unwrap();
    let error = config.signing_config(&limits).unwrap_err();
    assert_eq!(
        (error.code(), error.place()),
        ("config/media-type", &Place::Pointer("/signingConfig/mediaType".into()))
    );
}
