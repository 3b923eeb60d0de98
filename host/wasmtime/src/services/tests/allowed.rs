//! Which URLs are called.

use super::bench::{Bench, get, request};
use crate::services::{
    AllowList, AllowListError, Endpoint, ExchangeRequest, HostError, Insecure, Method, Service,
};

fn endpoint(service: Service, url: &str, version: u64) -> Endpoint {
    Endpoint { service, url: url.into(), major_api_version: version }
}

fn list() -> AllowList {
    let endpoints = vec![
        endpoint(Service::Fulcio, "https://ca.example", 1),
        endpoint(Service::Rekor, "https://log1.example/", 1),
        endpoint(Service::Rekor, "https://log2.example/shard", 2),
        endpoint(Service::Tsa, "https://tsa.example/api/v1/timestamp", 1),
        endpoint(Service::Rekor, "https://log3.example", 3),
        endpoint(Service::Rekor, "https://log4.example/below", 1),
    ];
    AllowList::new(endpoints, Insecure::Never).unwrap_or_else(|error| panic!("{error}"))
}

fn post(service: Service, base: &str, version: u64, url: &str) -> ExchangeRequest {
    request(service, base, version, url)
}

#[test]
fn services_and_their_paths() {
    let id = "0f".repeat(40);
    let log2 = "https://log2.example/shard";
    let read = |path: &str| get(post(Service::Rekor, log2, 2, &format!("{log2}/api/v2/{path}")));
    let entry = |base: &str, url: &str| get(post(Service::Rekor, base, 1, &format!("{url}{id}")));
    for request in [
        post(Service::Fulcio, "https://ca.example", 1, "https://ca.example/api/v2/signingCert"),
        post(Service::Rekor, "https://log1.example/", 1, "https://log1.example/api/v1/log/entries"),
        post(Service::Rekor, log2, 2, "https://log2.example/shard/api/v2/log/entries"),
        post(Service::Tsa, "https://tsa.example/api/v1/timestamp", 1, "https://tsa.example/api/v1/timestamp"),
        entry("https://log1.example/", "https://log1.example/api/v1/log/entries/"),
        entry("https://log4.example/below", "https://log4.example/below/api/v1/log/entries/"),
        entry("https://log4.example/below", "https://log4.example/api/v1/log/entries/"),
        read("checkpoint"),
        read("tile/0/000"),
        read("tile/63/x001/x234/067.p/255"),
        read("tile/entries/x001/067"),
        read("tile/entries/000.p/1"),
    ] {
        assert_eq!(list().check(&request), Ok(()), "{}", request.url);
    }
}

#[test]
fn everything_else_is_denied() {
    let ca = "https://ca.example";
    let log1 = "https://log1.example/";
    let log2 = "https://log2.example/shard";
    let tsa = "https://tsa.example/api/v1/timestamp";
    let certificate = |url: &str| post(Service::Fulcio, ca, 1, url);
    let read = |path: &str| get(post(Service::Rekor, log2, 2, &format!("{log2}/api/v2/{path}")));
    let id = "0f".repeat(40);
    let mut denied = vec![
        certificate("https://attacker.example/api/v2/signingCert"),
        certificate("https://ca.example.attacker.example/api/v2/signingCert"),
        certificate("https://ca.example@attacker.example/api/v2/signingCert"),
        certificate("http://ca.example/api/v2/signingCert"),
        certificate("https://ca.example:8443/api/v2/signingCert"),
        certificate("https://ca.example//api/v2/signingCert"),
        certificate("https://ca.example/api/v2/signingCert/"),
        certificate("https://ca.example/api/v2/signingCert?x"),
        certificate("https://ca.example/api/v2/signingCert#x"),
        certificate("https://ca.example/api/v2/../v2/signingCert"),
        certificate("https://ca.example/api/v1/signingCert"),
        certificate("https://ca.example/api/v2/trustBundle"),
        certificate("https://ca.example"),
        certificate(""),
        get(certificate("https://ca.example/api/v2/signingCert")),
        post(Service::Fulcio, "https://attacker.example", 1, "https://attacker.example/api/v2/signingCert"),
        post(Service::Fulcio, "https://ca.example/", 1, "https://ca.example/api/v2/signingCert"),
        post(Service::Fulcio, ca, 2, "https://ca.example/api/v2/signingCert"),
        post(Service::Rekor, ca, 1, "https://ca.example/api/v2/signingCert"),
        post(Service::Fulcio, log1, 1, "https://log1.example/api/v2/signingCert"),
        post(Service::Rekor, log1, 1, "https://log1.example/api/v2/log/entries"),
        post(Service::Rekor, log1, 2, "https://log1.example/api/v2/log/entries"),
        post(Service::Rekor, log2, 2, "https://log2.example/api/v2/log/entries"),
        post(Service::Rekor, "https://log3.example", 3, "https://log3.example/api/v3/log/entries"),
        post(Service::Tsa, tsa, 1, "https://tsa.example/api/v1/timestamp/certchain"),
        post(Service::Tsa, tsa, 1, "https://tsa.example/"),
        get(post(Service::Tsa, tsa, 1, tsa)),
        ExchangeRequest {
            method: Method::Get,
            ..post(Service::Rekor, log2, 2, &format!("{log2}/api/v2/checkpoint"))
        },
    ];
    for id in [
        "",
        "0f",
        "0F0F",
        &"0f".repeat(31),
        &"0f".repeat(41),
        &"0g".repeat(40),
        &format!("{id}/x"),
        &format!("{id}?x"),
    ] {
        denied.push(get(post(
            Service::Rekor,
            log1,
            1,
            &format!("https://log1.example/api/v1/log/entries/{id}"),
        )));
    }
    for path in [
        "",
        "checkpoint/",
        "tile/0/",
        "tile/64/000",
        "tile/00/000",
        "tile/-1/000",
        "tile/0/00",
        "tile/0/0000",
        "tile/0/001/067",
        "tile/0/x001",
        "tile/0/x001/x067",
        "tile/0/../../log/entries",
        "tile/0/000.p/0",
        "tile/0/000.p/256",
        "tile/0/000.p/01",
        "tile/0/000.p/",
        "tile/names/000",
        "tile/entries/000.p/1/..",
        "tile/0/x000/x000/x000/x000/x000/x000/x000/x000/000",
        "log/entries",
    ] {
        denied.push(read(path));
    }
    for request in denied {
        assert_eq!(
            list().check(&request),
            Err(HostError::Denied),
            "{} {}",
            request.method.name(),
            request.url
        );
    }
}

#[test]
fn nothing_is_sent_where_it_is_denied() {
    let bench = Bench::new();
    let url = format!("{}/keys", bench.served.issuer_url);
    let request = request(Service::Fulcio, &bench.served.issuer_url, 1, &url);
    assert_eq!(bench.send(&request), Err(HostError::Denied));
    assert!(bench.served.services().exchanges().is_empty());
    assert!(bench.pace.0.lock().unwrap().is_empty());
}

#[test]
fn lists_come_from_configurations() {
    let bench = Bench::new();
    let config = &bench.served.signing_config;
    let trust = bench.served.trust_config().encode();
    let list = AllowList::from_config(config, Insecure::LoopbackHttp).unwrap();
    assert_eq!(AllowList::from_config(&trust, Insecure::LoopbackHttp), Ok(list.clone()));
    assert_eq!(list.insecure(), Insecure::LoopbackHttp);
    assert_eq!(AllowList::from_config(config, Insecure::Never), Err(AllowListError::Url));
    let public = include_bytes!("../../../data/signing_config.json");
    assert!(AllowList::from_config(public, Insecure::Never).is_ok());
    for wrong in [
        "",
        "[]",
        "{}",
        r#"{"caUrls":{}}"#,
        r#"{"caUrls":[{"url":"https://a.example"}]}"#,
        r#"{"caUrls":[{"majorApiVersion":1}]}"#,
        r#"{"caUrls":[{"url":"https://a.example","majorApiVersion":"1"}]}"#,
        r#"{"caUrls":[],"caUrls":[]}"#,
    ] {
        assert_eq!(
            AllowList::from_config(wrong.as_bytes(), Insecure::Never),
            Err(AllowListError::Shape),
            "{wrong}"
        );
    }
    for url in
        ["http://a.example", "https://u@a.example", "https://a.example/?x", "https://a.example/#x", "ca"]
    {
        let endpoints = vec![endpoint(Service::Fulcio, url, 1)];
        assert_eq!(AllowList::new(endpoints, Insecure::LoopbackHttp), Err(AllowListError::Url), "{url}");
    }
    let many = |count: usize| {
        AllowList::new(vec![endpoint(Service::Tsa, "https://t.example/x", 1); count], Insecure::Never)
    };
    assert!(many(256).is_ok());
    assert_eq!(many(257), Err(AllowListError::Shape));
}
