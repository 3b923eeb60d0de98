//! Honest services.

use cretula_crypto::{HashAlgorithm, SignatureScheme};
use cretula_encoding::{base64, hex, pem};
use cretula_testkit::serve::{HttpRequest, Place, Served, Services, certificate_request};
use cretula_testkit::{Algorithm, Json, Seed, SigningKey};
use cretula_tlog::{NodeHash, RootHash, leaf_hash, verify_inclusion};

use crate::client::{get, post};
use crate::signing::{
    Log, SAN, Signing, certificates, client_key, document, entry_of_v1, instance, text, verdict,
};

#[test]
fn a_bundle_of_replies_verifies_with_each_log() {
    let served = Served::start(instance());
    for log in [Log::V2, Log::V1] {
        assert_eq!(verdict(&Signing::new(&served).run(log)), "verified", "{log:?}");
    }
}

#[test]
fn everything_ages_with_the_clock() {
    let served = Served::start(instance());
    let early = Signing::new(&served).run(Log::V1);
    let old = served.services().github_token();
    served.clock.advance(86_400);
    let late = Signing::new(&served).run(Log::V1);
    assert_eq!((verdict(&early), verdict(&late)), ("verified".into(), "verified".into()));
    assert_ne!(early.bundle, late.bundle);
    let mut signing = Signing::new(&served);
    signing.token = old;
    assert_eq!(signing.post_certificate().unwrap().status, 400, "a token of yesterday");
}

#[test]
fn every_provider_and_key_gets_a_certificate() {
    for algorithm in [Algorithm::P256, Algorithm::Rsa(2048)] {
        let served = Served::serve(Services::new(instance()).with_token_key(algorithm));
        let issuer = served.issuer_url.clone();
        let gitlab = "https://gitlab.example.com/acme/app//.gitlab-ci.yml@refs/heads/main";
        let (github, gitlab_token, email) = {
            let services = served.services();
            (services.github_token(), services.gitlab_token(), services.email_token())
        };
        for (token, name, san) in
            [(github, "github", SAN), (gitlab_token, "gitlab", gitlab), (email, "email", "alice@example.com")]
        {
            let mut signing = Signing::new(&served);
            signing.token = token;
            let leaf = certificates(&signing.post_certificate().unwrap().body).remove(0);
            let timestamp = signing.post_timestamp().unwrap().body;
            let reply = signing.post_entry(Log::V2, &leaf).unwrap();
            let entry = Json::Raw(reply.text().into());
            let inputs = signing.inputs(&leaf, entry, &timestamp, san, &format!("{issuer}/{name}"));
            assert_eq!(verdict(&inputs), "verified", "{name} {algorithm:?}");
        }
    }
}

#[test]
fn the_issuer_publishes_the_key_of_its_tokens() {
    let served = Served::start(instance());
    for name in ["github", "gitlab", "email"] {
        let issuer = format!("{}/{name}", served.issuer_url);
        let found = get(&served.issuer_url, &format!("/{name}/.well-known/openid-configuration")).unwrap();
        let found = document(&found.body);
        assert_eq!(
            (text(&found, "issuer"), text(&found, "jwks_uri")),
            (issuer.clone(), format!("{issuer}/keys"))
        );
        let keys = get(&served.issuer_url, &format!("/{name}/keys")).unwrap();
        let key = document(&keys.body).member("keys").unwrap().elements().unwrap().next().unwrap();
        let point = served.services().github_token().key.spki()[27..].to_vec();
        let half = |name: &str| base64::decode_lenient(&text(&key, name)).unwrap();
        assert_eq!([half("x"), half("y")].concat(), point);
        assert_eq!((text(&key, "kid"), text(&key, "alg")), ("ec1".into(), "ES256".into()));
    }
}

#[test]
fn fulcio_reads_the_token_for_real() {
    let served = Served::start(instance());
    let now = served.clock.now();
    let refused = |bend: fn(&mut Json, u64)| {
        let mut signing = Signing::new(&served);
        bend(&mut signing.token.claims, now);
        let answer = signing.post_certificate().unwrap();
        (answer.status, text(&document(&answer.body), "message"))
    };
    let token = "There was an error processing the identity token";
    let bends: [fn(&mut Json, u64); 7] = [
        |claims, _| *claims.text_at("/aud") = "other".into(),
        |claims, now| *claims.at("/exp") = Json::number(now),
        |claims, now| *claims.at("/nbf") = Json::number(now + 1),
        |claims, now| *claims.at("/iat") = Json::number(now + 1),
        |claims, now| *claims.at("/exp") = Json::text((now + 9).to_string()),
        |claims, _| *claims.text_at("/iss") = "https://issuer.invalid".into(),
        |claims, _| claims.text_at("/iss").push('/'),
    ];
    for bend in bends {
        assert_eq!(refused(bend), (400, token.into()));
    }
    let missing = refused(|claims, _| drop(claims.remove("/job_workflow_ref")));
    assert_eq!(missing, (400, "the token has no claim job_workflow_ref".into()));
    let list =
        |claims: &mut Json, _| *claims.at("/aud") = Json::List(vec![Json::text("a"), Json::text("sigstore")]);
    let mut signing = Signing::new(&served);
    list(&mut signing.token.claims, now);
    assert_eq!(signing.post_certificate().unwrap().status, 200);

    let mut other_key = Signing::new(&served);
    other_key.token.key = other_key.key.clone();
    assert_eq!(other_key.post_certificate().unwrap().status, 400);
    let mut unverified = Signing::new(&served);
    unverified.token = served.services().email_token();
    *unverified.token.claims.at("/email_verified") = Json::bool(false);
    assert_eq!(unverified.post_certificate().unwrap().status, 400);
    let nobody = post(&served.fulcio_url, "/api/v2/signingCert", &[], b"{}").unwrap();
    assert_eq!((nobody.status, text(&document(&nobody.body), "message")), (400, token.into()));
}

#[test]
fn fulcio_takes_requests_and_keys_with_proof() {
    let served = Served::start(instance());
    let signing = Signing::new(&served);
    let request = |proof: &[u8]| {
        let pem = pem::encode("PUBLIC KEY", &signing.key.spki());
        let mut body = Json::object([]);
        body.set("/publicKeyRequest/publicKey/algorithm", Json::text("ECDSA"));
        body.set("/publicKeyRequest/publicKey/content", Json::text(pem));
        body.set("/publicKeyRequest/proofOfPossession", Json::bytes(proof));
        signing.post_to_fulcio(&body).unwrap()
    };
    let subject = b"repo:acme/app:environment:release";
    let answer = request(&signing.key.sign(signing.key.scheme(), subject));
    assert_eq!((answer.status, certificates(&answer.body).len()), (200, 3));
    assert_eq!(request(&signing.key.sign(signing.key.scheme(), b"somebody")).status, 400);

    let wrong = spoiled(&certificate_request(&signing.key, signing.key.scheme()));
    for text in [wrong, "no PEM".into()] {
        let body = Json::object([("certificateSigningRequest", Json::bytes(text.as_bytes()))]);
        assert_eq!(signing.post_to_fulcio(&body).unwrap().status, 400);
    }

    let p384 = SigningKey::derive(&Seed::new([5; 32]), "p384", Algorithm::P384);
    let sha256 = SignatureScheme::Ecdsa(HashAlgorithm::Sha256);
    for (scheme, status) in [(p384.scheme(), 200), (sha256, 400)] {
        let text = certificate_request(&p384, scheme);
        let body = Json::object([("certificateSigningRequest", Json::bytes(text.as_bytes()))]);
        assert_eq!(signing.post_to_fulcio(&body).unwrap().status, status);
    }
    let bundle = get(&served.fulcio_url, "/api/v2/trustBundle").unwrap();
    let chain = document(&bundle.body).member("chains").unwrap().elements().unwrap().next().unwrap();
    assert_eq!(chain.member("certificates").unwrap().elements().unwrap().count(), 2);
}

/// A request whose last byte, one of the signature, is another.
fn spoiled(request: &str) -> String {
    let mut block = pem::parse_block(request.as_bytes(), &["CERTIFICATE REQUEST"]).unwrap();
    *block.der.last_mut().unwrap() ^= 1;
    pem::encode(&block.label, &block.der)
}

#[test]
fn without_ct_logs_certificates_have_no_promise() {
    let mut instance = instance();
    instance.ct_logs.clear();
    let served = Served::start(instance);
    let answer = Signing::new(&served).post_certificate().unwrap();
    let reply = document(&answer.body);
    assert_eq!(text(&reply, "signedCertificateDetachedSct/signedCertificateTimestamp"), "");
}

#[test]
fn rekor_v1_gives_entries_by_name_and_index() {
    let served = Served::start(instance());
    let signing = Signing::new(&served);
    let leaf = certificates(&signing.post_certificate().unwrap().body).remove(0);
    let added = signing.post_entry(Log::V1, &leaf).unwrap();
    let location = added.header("location").unwrap().to_string();
    let again = signing.post_entry(Log::V1, &leaf).unwrap();
    assert_eq!((again.status, again.header("location")), (409, Some(location.as_str())));
    let read = get(&served.rekor_v1_url, &location).unwrap();
    let entry = entry_of_v1(&read.body);
    assert_eq!((read.status, &read.body), (200, &added.body), "nothing was added between");
    let short = format!("/api/v1/log/entries/{}", &location[location.len() - 64..]);
    let index = text_of(&entry, "/logIndex");
    for target in [short, format!("/api/v1/log/entries?logIndex={index}")] {
        assert_eq!(get(&served.rekor_v1_url, &target).unwrap().body, read.body, "{target}");
    }
    for target in ["/api/v1/log/entries/00", "/api/v1/log/entries?logIndex=7", "/api/v1/log/entries/", "/"] {
        assert_eq!(get(&served.rekor_v1_url, target).unwrap().status, 404, "{target}");
    }
    let junk = post(&served.rekor_v1_url, "/api/v1/log/entries", &[], b"{}").unwrap();
    assert_eq!(junk.status, 400);
}

fn text_of(json: &Json, pointer: &str) -> String {
    json.clone().text_at(pointer).clone()
}

#[test]
fn rekor_v2_proves_a_duplicate_by_its_tiles() {
    let served = Served::start(instance());
    let signing = Signing::new(&served);
    let leaf = certificates(&signing.post_certificate().unwrap().body).remove(0);
    let added = signing.post_entry(Log::V2, &leaf).unwrap();
    let size = served.services().log_size(Place::RekorV2(0));
    let again = signing.post_entry(Log::V2, &leaf).unwrap();
    assert_eq!((again.status, again.header("x-log-index"), size), (409, Some("6"), 8));

    let checkpoint = get(&served.rekor_v2_url, "/api/v2/checkpoint").unwrap();
    assert_eq!(checkpoint.text().lines().next(), Some("log2026.north.example"));
    let tile = |path: &str| get(&served.rekor_v2_url, &format!("/api/v2/tile/{path}")).unwrap();
    let hashes = tile("0/000.p/8").body;
    let bundle = tile("entries/000.p/8").body;
    let (entries, mut rest) = (&mut Vec::new(), bundle.as_slice());
    while let [high, low, more @ ..] = rest {
        let (entry, more) = more.split_at(usize::from(u16::from_be_bytes([*high, *low])));
        entries.push(entry.to_vec());
        rest = more;
    }
    assert_eq!(entries.len(), 8);
    for (entry, hash) in entries.iter().zip(hashes.chunks(32)) {
        assert_eq!(leaf_hash(entry).as_bytes(), hash);
    }
    let reply = document(&added.body);
    let proof = reply.member("inclusionProof").unwrap().member("hashes").unwrap().elements().unwrap();
    let bytes = |text: &str| base64::decode(text).unwrap();
    let proof: Vec<NodeHash> =
        proof.map(|hash| NodeHash::from_slice(&bytes(&hash.as_text().unwrap())).unwrap()).collect();
    let root = RootHash::from_slice(&bytes(&text(&reply, "inclusionProof/rootHash"))).unwrap();
    assert_eq!(checkpoint.text().lines().nth(2).map(bytes), Some(root.as_bytes().to_vec()));
    assert!(verify_inclusion(leaf_hash(&entries[6]), 6, 8, &proof, &root).is_ok());
    for path in ["0/000.p/9", "0/000", "1/000.p/1", "0/001.p/1", "0/00.p/1", "entries/000.p/0", "7/000.p/1"] {
        assert_eq!(tile(path).status, 404, "{path}");
    }
}

#[test]
fn rekor_v2_refuses_what_it_does_not_log() {
    let served = Served::start(instance());
    let add = |body: &str| {
        let answer = post(&served.rekor_v2_url, "/api/v2/log/entries", &[], body.as_bytes()).unwrap();
        (answer.status, text(&document(&answer.body), "message"))
    };
    assert_eq!(add(r#"{"dsseRequestV002":{}}"#), (400, "invalid type, must be hashedrekord".into()));
    assert_eq!(add(r#"{"hashedRekordRequestV002":{}}"#), (400, "invalid hashedrekord request".into()));
    let signing = Signing::new(&served);
    let mut stranger = Signing::new(&served);
    stranger.key = SigningKey::derive(&Seed::new([5; 32]), "x", Algorithm::P256);
    let leaf = certificates(&signing.post_certificate().unwrap().body).remove(0);
    assert_eq!(stranger.post_entry(Log::V2, &leaf).unwrap().status, 400, "a signature of somebody else");
}

#[test]
fn the_authority_answers_queries_only() {
    let served = Served::start(instance());
    let url = served.tsa_url.strip_suffix("/api/v1/timestamp").unwrap();
    let send =
        |kind: &str, body: &[u8]| post(url, "/api/v1/timestamp", &[("content-type", kind)], body).unwrap();
    let published = "30390201013031300d060960864801650304020105000420a543997d84f12798350c09bdef2cdb171bf41ed3e4a5f808af2feb0c562630090101ff";
    let answer = send("application/timestamp-query", &hex::decode(published).unwrap());
    assert_eq!((answer.status, answer.header("content-type")), (200, Some("application/timestamp-reply")));
    let again = send("application/timestamp-query", &hex::decode(published).unwrap());
    assert_ne!(answer.body, again.body, "another serial number");
    assert_eq!(send("application/octet-stream", b"").status, 415);
    let sha1 = published.replace("0609608648016503040201", "06092b0e03021a00000000");
    for junk in [hex::decode(&sha1).unwrap(), b"junk".to_vec()] {
        assert_eq!(send("application/timestamp-query", &junk).status, 400);
    }
}

#[test]
fn equal_instances_give_equal_replies() {
    let run = || {
        let mut services = Services::new(instance());
        let token = services.github_token().encode();
        let key = client_key();
        let request = certificate_request(&key, key.scheme());
        let body = Json::object([("certificateSigningRequest", Json::bytes(request.as_bytes()))]).encode();
        let request = HttpRequest::post("/api/v2/signingCert", "application/json", body)
            .with_header("authorization", &format!("Bearer {token}"));
        (services.answer(Place::Fulcio(1), &request), services.signing_config())
    };
    assert_eq!(run(), run());
    assert_eq!(run().0.reply.status, 200);
}

#[test]
fn the_signing_config_names_every_service() {
    let served = Served::start(instance());
    let config = document(&served.signing_config);
    assert_eq!(text(&config, "mediaType"), "application/vnd.dev.sigstore.signingconfig.v0.2+json");
    let urls = |name: &str| -> Vec<String> {
        config.member(name).unwrap().elements().unwrap().map(|entry| text(&entry, "url")).collect()
    };
    assert_eq!(urls("caUrls"), [served.fulcio_url.clone(), served.url(Place::Fulcio(1))]);
    let logs = [Place::RekorV1(0), Place::RekorV1(1), Place::RekorV2(0), Place::RekorV2(1)];
    assert_eq!(urls("rekorTlogUrls"), logs.map(|place| served.url(place)));
    assert_eq!(urls("tsaUrls")[0], served.tsa_url);
    assert_eq!(urls("oidcUrls"), [format!("{}/email", served.issuer_url)]);
    assert!(served.trust_config().encode().len() > served.trusted_root.len());
}
