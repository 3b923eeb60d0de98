//! Which services are used: each rule with its bounds.

use cretula_attest::config::{LogVersion, Profile};
use cretula_attest::selection::{Selected, Selection, Wanted, select};
use cretula_attest::trust::{parse_trust, signing_config};
use cretula_bundle::SigningConfig;
use cretula_encoding::limits::Limits;
use cretula_encoding::time::Time;
use serde_json::{Value, json};

/// 2026-08-22T10:00:00Z.
const NOW: u64 = 1_787_392_800;

fn at(secs: u64) -> String {
    Time::from_secs(secs).unwrap().to_rfc3339()
}

/// A service that was there a while before now: greater `age`, earlier start.
fn service(url: &str, version: u64, operator: &str, age: u64) -> Value {
    json!({"url": url, "majorApiVersion": version, "operator": operator, "validFor": {"start": at(NOW.saturating_sub(age))}})
}

fn any() -> Value {
    json!({"selector": "ANY"})
}

/// One authority, logs of both versions, one timestamp authority.
fn config() -> Value {
    json!({
        "mediaType": "application/vnd.dev.sigstore.signingconfig.v0.2+json",
        "caUrls": [service("https://ca.example", 1, "a", 100)],
        "rekorTlogUrls": [service("https://v1.example", 1, "a", 300), service("https://v2.example", 2, "a", 100)],
        "rekorTlogConfig": any(),
        "tsaUrls": [service("https://tsa.example/ts", 1, "a", 100)],
        "tsaConfig": any()
    })
}

fn with(member: &str, value: Value) -> Value {
    let mut config = config();
    config[member] = value;
    config
}

fn parse(config: &Value) -> SigningConfig {
    SigningConfig::parse(config.to_string().as_bytes(), &Limits::default()).unwrap()
}

fn selected(config: &Value, profile: Profile) -> Result<Selected, &'static str> {
    selected_by(config, &Wanted { profile, max_rekor_version: None, excluded: &[] }, NOW)
}

fn selected_by(config: &Value, wanted: &Wanted<'_>, now: u64) -> Result<Selected, &'static str> {
    select(&parse(config), wanted, Time::from_secs(now).unwrap()).map_err(|error| error.code())
}

fn urls(selection: &Selection) -> Vec<&str> {
    selection.chosen.iter().map(|service| service.url.as_str()).collect()
}

/// URLs of logs, for a managed key.
fn logs(config: &Value) -> Result<(Vec<String>, Option<String>), &'static str> {
    let logs = selected(config, Profile::Managed)?.logs;
    Ok((urls(&logs).into_iter().map(String::from).collect(), logs.spare.map(|service| service.url)))
}

#[test]
fn kinds_of_each_profile() {
    let all = config();
    let kinds = |profile| {
        let found = selected(&all, profile).unwrap();
        (found.authority.is_some(), found.log_version(), found.timestamps.chosen.len())
    };
    assert_eq!(kinds(Profile::PublicV1), (true, Some(LogVersion::V1), 1));
    assert_eq!(kinds(Profile::PublicV2), (true, Some(LogVersion::V2), 1));
    assert_eq!(kinds(Profile::Tsa), (true, None, 1));
    assert_eq!(kinds(Profile::Managed), (false, Some(LogVersion::V2), 1));
    assert_eq!(kinds(Profile::ManagedOffline), (false, None, 0));
    assert_eq!(kinds(Profile::PrivateCa), (false, Some(LogVersion::V2), 1));

    let (no_ca, no_log, no_tsa) =
        (with("caUrls", json!([])), with("rekorTlogUrls", json!([])), with("tsaUrls", json!([])));
    for (config, profile, expected) in [
        (&no_ca, Profile::PublicV1, Err("config/selection")),
        (&no_ca, Profile::Tsa, Err("config/selection")),
        (&no_ca, Profile::Managed, Ok((Some(LogVersion::V2), 1))),
        (&no_log, Profile::PublicV1, Err("config/selection")),
        (&no_log, Profile::PublicV2, Err("config/selection")),
        (&no_log, Profile::Managed, Ok((None, 1))),
        (&no_log, Profile::PrivateCa, Ok((None, 1))),
        (&no_tsa, Profile::PublicV1, Ok((Some(LogVersion::V1), 0))),
        (&no_tsa, Profile::PublicV2, Err("config/selection")),
        (&no_tsa, Profile::Tsa, Err("config/selection")),
        (&no_tsa, Profile::PrivateCa, Err("config/selection")),
        (&no_tsa, Profile::Managed, Err("profile/evidence")),
    ] {
        let found = selected(config, profile);
        let found = found.map(|found| (found.log_version(), found.timestamps.chosen.len()));
        assert_eq!(found, expected, "{profile:?}");
    }
    let only_v1 = with("rekorTlogUrls", json!([service("https://v1.example", 1, "a", 300)]));
    let mut only_v1_log = only_v1.clone();
    only_v1_log["tsaUrls"] = json!([]);
    assert_eq!(
        selected(&only_v1_log, Profile::Managed).map(|found| found.log_version()),
        Ok(Some(LogVersion::V1))
    );
    assert_eq!(selected(&only_v1, Profile::PublicV2).err(), Some("config/selection"));
    let nothing = json!({"mediaType": "application/vnd.dev.sigstore.signingconfig.v0.2+json"});
    assert_eq!(selected(&nothing, Profile::ManagedOffline), Ok(Selected::default()));
    assert_eq!(selected(&nothing, Profile::Managed).err(), Some("profile/evidence"));
}

#[test]
fn s1_windows_are_closed() {
    let mut list = json!([service("https://ca.example", 1, "a", 0)]);
    list[0]["validFor"]["end"] = json!(at(NOW + 10));
    let mut config = with("caUrls", list);
    config["tsaUrls"][0]["validFor"]["start"] = json!(at(NOW - 50));
    let wanted = Wanted { profile: Profile::Tsa, max_rekor_version: None, excluded: &[] };
    for (now, is_in_use) in [(NOW - 1, false), (NOW, true), (NOW + 10, true), (NOW + 11, false)] {
        let found =
            selected_by(&config, &wanted, now).map(|found| found.authority.map(|service| service.url));
        let expected =
            if is_in_use { Ok(Some("https://ca.example".into())) } else { Err("config/selection") };
        assert_eq!(found, expected, "{now}");
    }
    config["caUrls"][0]["validFor"] = json!({"start": at(NOW)});
    assert!(selected_by(&config, &wanted, NOW + 1_000_000_000).is_ok());
}

#[test]
fn s1_versions() {
    for (member, versions) in [("caUrls", &[1][..]), ("rekorTlogUrls", &[1, 2][..]), ("tsaUrls", &[1][..])] {
        for version in 0..4 {
            let mut list = json!([service("https://x.example", version, "a", 100)]);
            if version == 0 {
                list[0].as_object_mut().unwrap().remove("majorApiVersion");
            }
            let profile = if member == "caUrls" { Profile::Tsa } else { Profile::Managed };
            let found = selected(&with(member, list), profile);
            assert_eq!(found.is_ok(), versions.contains(&version), "{member} {version}: {found:?}");
        }
    }
}

#[test]
fn s2_the_filter_comes_first() {
    let by = |max_rekor_version, profile| {
        let wanted = Wanted { profile, max_rekor_version, excluded: &[] };
        selected_by(&config(), &wanted, NOW).map(|found| urls(&found.logs).join(" "))
    };
    assert_eq!(by(None, Profile::Managed), Ok("https://v2.example".into()));
    assert_eq!(by(Some(2), Profile::Managed), Ok("https://v2.example".into()));
    assert_eq!(by(Some(1), Profile::Managed), Ok("https://v1.example".into()));
    assert_eq!(by(Some(1), Profile::PublicV1), Ok("https://v1.example".into()));
    assert_eq!(by(Some(1), Profile::PublicV2), Err("config/selection"));
}

#[test]
fn s3_one_authority() {
    let ca = |list: Value| {
        let found = selected(&with("caUrls", list), Profile::Tsa);
        found.map(|found| found.authority.unwrap().url)
    };
    let (old, new, same) = (
        service("https://old.example", 1, "a", 200),
        service("https://new.example", 1, "b", 100),
        service("https://same.example", 1, "c", 100),
    );
    assert_eq!(ca(json!([old, new])), Ok("https://new.example".into()));
    assert_eq!(ca(json!([new, old])), Ok("https://new.example".into()));
    assert_eq!(ca(json!([new, same])), Ok("https://new.example".into()));
    assert_eq!(ca(json!([same, new])), Ok("https://same.example".into()));
    // Another version is no candidate, however new.
    assert_eq!(ca(json!([old, service("https://v2.example", 2, "a", 50)])), Ok("https://old.example".into()));
}

#[test]
fn s4_one_shard_of_each_operator() {
    let shards = json!([
        service("https://a1.example", 2, "a", 300),
        service("https://a2.example", 2, "a", 100),
        service("https://b1.example", 2, "b", 200),
        service("https://b2.example", 2, "b", 200),
        service("https://c.example", 1, "c", 50),
    ]);
    let mut config = with("rekorTlogUrls", shards);
    config["rekorTlogConfig"] = json!({"selector": "ALL"});
    assert_eq!(logs(&config), Ok((vec!["https://a2.example".into(), "https://b1.example".into()], None)));
}

#[test]
fn s5_selectors() {
    let list = json!([
        service("https://a.example", 2, "a", 300),
        service("https://b.example", 2, "b", 100),
        service("https://c.example", 2, "c", 100),
        service("https://d.example", 2, "d", 200),
    ]);
    let chosen = |rule: Value| {
        let mut config = with("rekorTlogUrls", list.clone());
        config["rekorTlogConfig"] = rule;
        logs(&config).map(|(chosen, spare)| {
            let letter = |url: &String| url.chars().nth(8).unwrap();
            (chosen.iter().map(letter).collect::<String>(), spare.as_ref().map(letter))
        })
    };
    assert_eq!(chosen(any()), Ok(("b".into(), Some('c'))));
    assert_eq!(chosen(json!({"selector": "ANY", "count": 3})), Ok(("b".into(), Some('c'))));
    assert_eq!(chosen(json!({"selector": "ALL"})), Ok(("bcda".into(), None)));
    assert_eq!(chosen(json!({"selector": "EXACT", "count": 1})), Ok(("b".into(), None)));
    assert_eq!(chosen(json!({"selector": "EXACT", "count": 3})), Ok(("bcd".into(), None)));
    assert_eq!(chosen(json!({"selector": "EXACT", "count": 4})), Ok(("bcda".into(), None)));
    assert_eq!(logs(&config()).map(|(_, spare)| spare), Ok(None));
}

#[test]
fn s6_what_cannot_be_met() {
    for rule in [
        json!({"selector": "EXACT", "count": 2}),
        json!({"selector": "EXACT", "count": 4_294_967_295_u64}),
        json!({"selector": "EXACT", "count": 0}),
        json!({"selector": "EXACT"}),
        json!({"selector": "SERVICE_SELECTOR_UNDEFINED"}),
        json!({"selector": "SOME"}),
        json!({}),
    ] {
        assert_eq!(logs(&with("rekorTlogConfig", rule.clone())).err(), Some("config/selection"), "{rule}");
        assert_eq!(selected(&with("tsaConfig", rule), Profile::Tsa).err(), Some("config/selection"));
    }
    for rule in [json!({"selector": "ALL"}), any()] {
        let mut config = with("rekorTlogConfig", rule);
        config["rekorTlogUrls"] = json!([service("https://x.example", 3, "a", 100)]);
        assert_eq!(logs(&config).err(), Some("config/selection"), "a list without candidates");
        config["rekorTlogUrls"] = json!([]);
        assert_eq!(logs(&config), Ok((vec![], None)), "no list");
    }
    // Without a list nobody asks for the selector.
    let mut none = with("rekorTlogConfig", json!({}));
    none["rekorTlogUrls"] = json!([]);
    assert_eq!(logs(&none), Ok((vec![], None)));
}

#[test]
fn s7_versions_are_never_mixed() {
    let mut config = config();
    config["rekorTlogUrls"][0]["operator"] = json!("b");
    config["rekorTlogConfig"] = json!({"selector": "EXACT", "count": 2});
    assert_eq!(logs(&config).err(), Some("config/selection"));
    config["rekorTlogUrls"][0]["majorApiVersion"] = json!(2);
    assert_eq!(logs(&config).map(|(chosen, _)| chosen.len()), Ok(2));
}

#[test]
fn s8_paths_are_added_to_bases() {
    for (url, joined) in [
        ("https://ca.example", "https://ca.example/api/v2/x"),
        ("https://ca.example/", "https://ca.example/api/v2/x"),
        ("https://ca.example/fulcio", "https://ca.example/fulcio/api/v2/x"),
        ("https://ca.example/fulcio/", "https://ca.example/fulcio/api/v2/x"),
        ("https://ca.example//", "https://ca.example//api/v2/x"),
        ("http://127.0.0.1:1234", "http://127.0.0.1:1234/api/v2/x"),
    ] {
        let found = selected(&with("caUrls", json!([service(url, 1, "a", 100)])), Profile::Tsa).unwrap();
        let authority = found.authority.unwrap();
        assert_eq!((authority.join("/api/v2/x").as_str(), authority.url.as_str()), (joined, url));
    }
    let tsa =
        |url: &str| selected(&with("tsaUrls", json!([service(url, 1, "a", 100)])), Profile::Tsa).unwrap();
    assert_eq!(urls(&tsa("https://tsa.example/").timestamps), ["https://tsa.example/"]);
}

#[test]
fn s9_an_operator_counts_once() {
    let two = |operator: &str| {
        let list = json!([
            service("https://x.example", 1, "a", 100),
            service("https://y.example", 1, operator, 100)
        ]);
        let mut config = with("tsaUrls", list);
        config["tsaConfig"] = json!({"selector": "EXACT", "count": 2});
        selected(&config, Profile::Tsa).map(|found| found.timestamps.chosen.len())
    };
    assert_eq!(two("b"), Ok(2));
    assert_eq!(two("a"), Err("config/selection"));
}

#[test]
fn services_of_a_kind_are_bounded() {
    let list = |count: u64| -> Vec<Value> {
        (0..count)
            .map(|number| service(&format!("https://t{number}.example"), 1, &format!("o{number}"), 9))
            .collect()
    };
    let all = |count| {
        let mut config = with("tsaUrls", json!(list(count)));
        config["tsaConfig"] = json!({"selector": "ALL"});
        selected(&config, Profile::Tsa).map(|found| found.timestamps.chosen.len())
    };
    assert_eq!((all(4), all(5)), (Ok(4), Err("limits/services")));
    let five = selected(&with("tsaUrls", json!(list(5))), Profile::Tsa).unwrap();
    assert_eq!(five.timestamps.chosen.len(), 1);
}

#[test]
fn frozen_logs_are_left_out() {
    let by = |config: &Value, excluded: &[&str]| {
        let excluded: Vec<String> = excluded.iter().map(|url| (*url).into()).collect();
        let wanted = Wanted { profile: Profile::PublicV2, max_rekor_version: None, excluded: &excluded };
        selected_by(config, &wanted, NOW).map(|found| urls(&found.logs).join(" "))
    };
    let shards = with(
        "rekorTlogUrls",
        json!([service("https://new.example/", 2, "a", 100), service("https://old.example", 2, "a", 200)]),
    );
    assert_eq!(by(&shards, &[]), Ok("https://new.example/".into()));
    assert_eq!(by(&shards, &["https://new.example"]), Ok("https://old.example".into()));
    assert_eq!(by(&shards, &["https://new.example/", "https://old.example/"]), Err("rekor/frozen"));
    assert_eq!(by(&shards, &["https://other.example"]), Ok("https://new.example/".into()));
    // A refreshed configuration without any log that fits: nothing was excluded from it.
    let none = with("rekorTlogUrls", json!([]));
    assert_eq!(by(&none, &["https://new.example"]), Err("config/selection"));
    let managed = |config: &Value, excluded: &[String]| {
        let wanted = Wanted { profile: Profile::Managed, max_rekor_version: None, excluded };
        selected_by(config, &wanted, NOW).map(|found| found.logs.chosen.len())
    };
    assert_eq!(managed(&none, &[]), Ok(0));
    assert_eq!(managed(&none, &["https://new.example".into()]), Err("config/selection"));
}

#[test]
fn equal_arguments_select_equally() {
    let config = with("rekorTlogConfig", json!({"selector": "ALL"}));
    assert_eq!(selected(&config, Profile::Managed), selected(&config, Profile::Managed));
}

#[test]
fn a_public_profile_has_a_public_log() {
    let public: Vec<_> = Profile::ALL.into_iter().filter(|profile| profile.has_public_log()).collect();
    assert_eq!(public, [Profile::PublicV1, Profile::PublicV2]);
}

#[test]
fn trust_configurations() {
    let trust = |root: &str, signing: &str| {
        format!(
            r#"{{"mediaType":"application/vnd.dev.sigstore.clienttrustconfig.v0.1+json","trustedRoot":{{"mediaType":"{root}"}}{signing}}}"#
        )
    };
    let root = "application/vnd.dev.sigstore.trustedroot.v0.2+json";
    let read = |text: &str| {
        let config = parse_trust(text.as_bytes())
            .and_then(|trust| signing_config(&trust))
            .map_err(|error| (error.code(), error.path.unwrap_or_default()));
        config.map(|config| config.ca_urls().len())
    };
    let good = trust(root, &format!(r#","signingConfig":{}"#, config()));
    assert_eq!(read(&good), Ok(1));
    for (text, code, path) in [
        (trust("x", ""), "config/media-type", "/trust/trustedRoot/mediaType"),
        (trust(root, ""), "config/format", "/trust/signingConfig"),
        (
            good.replace("signingconfig.v0.2", "signingconfig.v0.1"),
            "config/media-type",
            "/trust/signingConfig/mediaType",
        ),
        (
            good.replace("clienttrustconfig.v0.1", "clienttrustconfig.v0.2"),
            "config/media-type",
            "/trust/mediaType",
        ),
        (
            good.replace("https://ca.example", "http://ca.example"),
            "config/format",
            "/trust/signingConfig/caUrls/0/url",
        ),
        ("{".into(), "config/format", "/trust"),
        (format!("{good}{}", " ".repeat(1 << 20)), "limits/config-bytes", "/trust"),
    ] {
        assert_eq!(read(&text), Err((code, path.into())), "{code}");
    }
}
