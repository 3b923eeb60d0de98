//! Each lie of each service, as the verifier or the client sees it.

use cretula_encoding::{base64, hex};
use cretula_testkit::serve::{FulcioLie, Lie, Place, RekorV1Lie, RekorV2Lie, Served, TsaLie};
use cretula_testkit::{Instance, Window};

use crate::client::{Answer, get};
use crate::signing::{
    Log, NONCE, Signing, certificates, client_key, document, entry_of_v1, instance, text, verdict,
};

/// How a lie shows.
enum Shows {
    /// A bundle with it is refused with this code.
    Code(&'static str),
    /// The verifier takes the bundle: whoever signs must see it in the reply.
    Reply(fn(&Answer) -> bool),
}
use Shows::{Code, Reply};

/// Tells one service one lie and signs: the code of the bundle must be this, or the reply must be like that.
fn check(place: Place, lie: Lie, log: Log, shows: &Shows) -> Result<(), String> {
    let served = Served::start(instance());
    served.lie(place, lie, 1);
    let signing = Signing::new(&served);
    match shows {
        Code(expected) => {
            let found = verdict(&signing.run(log));
            if found == *expected { Ok(()) } else { Err(format!("{lie:?}: {found}, not {expected}")) }
        }
        Reply(is_seen) => {
            let answer = match place {
                Place::Fulcio(_) => signing.post_certificate(),
                Place::Tsa(_) => signing.post_timestamp(),
                _ => {
                    let leaf = certificates(&signing.post_certificate().unwrap().body).remove(0);
                    signing.post_entry(log, &leaf)
                }
            };
            let answer = answer.unwrap();
            if is_seen(&answer) {
                Ok(())
            } else {
                Err(format!("{lie:?}: {} {:?}", answer.status, answer.headers))
            }
        }
    }
}

fn holds(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

fn check_all(results: impl Iterator<Item = Result<(), String>>) {
    let wrong: Vec<String> = results.filter_map(Result::err).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn fulcio(lie: FulcioLie) -> Shows {
    match lie {
        FulcioLie::OtherIdentity => Code("identity/san"),
        FulcioLie::OtherIssuer => Code("identity/issuer-conflict"),
        FulcioLie::OtherClaim => {
            Reply(|answer| holds(&certificates(&answer.body)[0], "f".repeat(40).as_bytes()))
        }
        FulcioLie::OtherKey => Reply(|answer| !holds(&certificates(&answer.body)[0], &client_key().spki())),
        FulcioLie::ForeignChain => Code("chain/signature"),
        FulcioLie::BrokenSignature => Code("chain/signature"),
        FulcioLie::NoSct | FulcioLie::DetachedSct => Code("sct/missing"),
        FulcioLie::SctOfOtherCertificate => Code("sct/signature"),
        FulcioLie::SctOfUnknownLog => Code("sct/threshold"),
        FulcioLie::Expired | FulcioLie::NotYetValid => Code("time/outside-certificate"),
        FulcioLie::LongLived => Reply(|answer| holds(&certificates(&answer.body)[0], b"270101000000Z")),
        FulcioLie::IsAuthority | FulcioLie::OtherPurpose => Code("chain/leaf-profile"),
        FulcioLie::UnknownCriticalExtension => Code("chain/critical-extension"),
        FulcioLie::TwoLeaves => Reply(|answer| {
            let chain = certificates(&answer.body);
            chain.len() == 4 && chain[0] == chain[1]
        }),
        FulcioLie::ManyIssuers => Reply(|answer| certificates(&answer.body).len() == 7),
        FulcioLie::EmptyChain => Reply(|answer| certificates(&answer.body).is_empty()),
        FulcioLie::OversizeCertificate => Reply(|answer| certificates(&answer.body)[0].len() > 16 << 10),
        FulcioLie::NotPem => Reply(|answer| certificates(&answer.body)[0].is_empty()),
    }
}

#[test]
fn fulcio_lies_as_it_is_told() {
    check_all(
        FulcioLie::ALL.iter().map(|lie| check(Place::Fulcio(0), (*lie).into(), Log::V2, &fulcio(*lie))),
    );
}

#[test]
fn a_detached_promise_is_one_of_the_log() {
    let served = Served::start(instance());
    served.lie(Place::Fulcio(0), FulcioLie::DetachedSct, 1);
    let answer = Signing::new(&served).post_certificate().unwrap();
    let reply = document(&answer.body);
    let promise = text(&reply, "signedCertificateDetachedSct/signedCertificateTimestamp");
    let promise = base64::decode(&promise).unwrap();
    let id = base64::decode(&text(&document(&promise), "id")).unwrap();
    assert_eq!(id, instance().ct_logs[0].log.id);
}

fn rekor_v1(lie: RekorV1Lie) -> Shows {
    match lie {
        RekorV1Lie::OtherEntry => Code("log-binding/signature"),
        RekorV1Lie::OtherVerifier => Code("log-binding/key"),
        RekorV1Lie::OtherEnvelope => Reply(|answer| {
            let entry = entry_of_v1(&answer.body).clone().text_at("/canonicalizedBody").clone();
            let body = base64::decode(&entry).unwrap();
            let other = cretula_crypto::HashAlgorithm::Sha256.digest(&[b"another envelope"]).to_hex();
            text(&document(&body), "spec/envelopeHash/value") == other
        }),
        RekorV1Lie::OtherKind => Code("log-binding/kind-content"),
        RekorV1Lie::TwoEntries => Reply(|answer| document(&answer.body).members().unwrap().count() == 2),
        RekorV1Lie::PromiseOverOtherEntry | RekorV1Lie::PromiseByOtherKey => Code("time/set"),
        RekorV1Lie::NoPromise => Reply(|answer| !answer.text().contains("signedEntryTimestamp")),
        RekorV1Lie::WrongProof => Code("log-inclusion/proof"),
        RekorV1Lie::CheckpointOfOtherTree => Code("log-inclusion/root-hash"),
        RekorV1Lie::CheckpointOfOtherLog => Code("log-inclusion/checkpoint-log"),
        RekorV1Lie::ForeignCheckpoint => Code("log-inclusion/checkpoint-unsigned"),
        RekorV1Lie::UnsignedCheckpoint => Code("log-inclusion/checkpoint"),
        RekorV1Lie::BrokenCheckpoint => Code("log-inclusion/checkpoint-signature"),
        RekorV1Lie::StaleCheckpoint => Code("log-inclusion/root-hash"),
        RekorV1Lie::FutureTime | RekorV1Lie::EarlyTime => Code("time/log-time-outside-certificate"),
        RekorV1Lie::Conflict => Reply(|answer| {
            answer.status == 409 && answer.header("location").unwrap().starts_with("/api/v1/log/entries/")
        }),
        RekorV1Lie::ConflictElsewhere => Reply(|answer| {
            answer.status == 409 && answer.header("location").unwrap().starts_with("http://log.invalid/")
        }),
    }
}

#[test]
fn rekor_v1_lies_as_it_is_told() {
    check_all(
        RekorV1Lie::ALL.iter().map(|lie| check(Place::RekorV1(0), (*lie).into(), Log::V1, &rekor_v1(*lie))),
    );
}

#[test]
fn a_conflict_of_v1_leads_to_the_entry_of_somebody_else() {
    let served = Served::start(instance());
    served.lie(Place::RekorV1(0), RekorV1Lie::Conflict, 1);
    let signing = Signing::new(&served);
    let leaf = certificates(&signing.post_certificate().unwrap().body).remove(0);
    let timestamp = signing.post_timestamp().unwrap().body;
    let conflict = signing.post_entry(Log::V1, &leaf).unwrap();
    let read = get(&served.rekor_v1_url, conflict.header("location").unwrap()).unwrap();
    let inputs = signing.as_workflow(&leaf, entry_of_v1(&read.body), &timestamp);
    assert_eq!((read.status, verdict(&inputs).as_str()), (200, "log-binding/signature"));
}

fn rekor_v2(lie: RekorV2Lie) -> Shows {
    match lie {
        RekorV2Lie::OtherEntry | RekorV2Lie::OtherVerifier => Code("log-binding/body-differs"),
        RekorV2Lie::OtherKind => Code("log-binding/kind-unsupported"),
        RekorV2Lie::WrongIndex | RekorV2Lie::WrongProof => Code("log-inclusion/proof"),
        RekorV2Lie::CheckpointOfOtherTree => Code("log-inclusion/proof"),
        RekorV2Lie::CheckpointOfOtherLog => Code("log-inclusion/checkpoint-log"),
        RekorV2Lie::ForeignCheckpoint => Code("log-inclusion/checkpoint-unsigned"),
        RekorV2Lie::UnsignedCheckpoint => Code("log-inclusion/checkpoint"),
        RekorV2Lie::BrokenCheckpoint => Code("log-inclusion/checkpoint-signature"),
        RekorV2Lie::StaleCheckpoint => Code("log-inclusion/index"),
        RekorV2Lie::Frozen => Reply(|answer| {
            answer.status == 405
                && answer.text() == "This log has been frozen, please switch to the latest log.\n"
        }),
        RekorV2Lie::Conflict => {
            Reply(|answer| answer.status == 409 && answer.header("x-log-index") == Some("6"))
        }
        RekorV2Lie::ConflictWithoutIndex => {
            Reply(|answer| answer.status == 409 && answer.header("x-log-index").is_none())
        }
    }
}

#[test]
fn rekor_v2_lies_as_it_is_told() {
    check_all(
        RekorV2Lie::ALL.iter().map(|lie| check(Place::RekorV2(0), (*lie).into(), Log::V2, &rekor_v2(*lie))),
    );
}

fn tsa(lie: TsaLie) -> Shows {
    match lie {
        TsaLie::OtherImprint | TsaLie::OtherHash => Code("time/token-imprint"),
        TsaLie::OtherNonce | TsaLie::NoNonce => Code("time/token-request"),
        TsaLie::ForeignSigner => Code("time/missing"),
        TsaLie::OtherAuthority => Reply(|answer| {
            let other = instance().timestamp_authorities[1].signer_certificate();
            holds(&answer.body, &other)
        }),
        TsaLie::BrokenSignature => Code("time/token-signature"),
        TsaLie::SecondCertificate => Code("time/missing"),
        TsaLie::Rejected => {
            Reply(|answer| hex::encode(&answer.body) == "30093007020102030207 80".replace(' ', ""))
        }
        TsaLie::RejectedWithToken => Code("time/token-status"),
        TsaLie::TrailingByte => Code("time/token"),
        TsaLie::EarlyTime | TsaLie::FutureTime => Code("time/outside-certificate"),
        TsaLie::TimeBeforeWindow => Code("time/token-chain"),
        TsaLie::OtherPolicy => Reply(|answer| holds(&answer.body, &[6, 3, 0x2a, 3, 4])),
    }
}

#[test]
fn authorities_lie_as_they_are_told() {
    check_all(TsaLie::ALL.iter().map(|lie| check(Place::Tsa(0), (*lie).into(), Log::V2, &tsa(*lie))));
}

/// Windows of use are in the instance: a service that was retired goes on answering.
#[test]
fn retired_services_are_seen_by_their_windows() {
    type Retire = fn(&mut Instance, Window);
    let rows: [(Retire, &str); 4] = [
        (|instance, window| instance.certificate_authorities[0].window = Some(window), "chain/ca-window"),
        (|instance, window| instance.ct_logs[0].log.window = Some(window), "sct/log-window"),
        (|instance, window| instance.rekor_v2[0].log.window = Some(window), "log-inclusion/key-window"),
        (|instance, window| instance.timestamp_authorities[0].window = Some(window), "time/token-window"),
    ];
    for (retire, code) in rows {
        let mut instance = instance();
        let window = Window::between(instance.start(), instance.now - 1);
        retire(&mut instance, window);
        let served = Served::start(instance);
        assert_eq!(verdict(&Signing::new(&served).run(Log::V2)), code);
    }
}

#[test]
fn every_lie_has_a_sentence() {
    let sentences = [
        FulcioLie::ALL.iter().map(|lie| lie.sentence()).collect::<Vec<_>>(),
        RekorV1Lie::ALL.iter().map(|lie| lie.sentence()).collect(),
        RekorV2Lie::ALL.iter().map(|lie| lie.sentence()).collect(),
        TsaLie::ALL.iter().map(|lie| lie.sentence()).collect(),
    ];
    for sentence in sentences.concat() {
        assert!(sentence.ends_with('.') && sentence.starts_with(char::is_uppercase), "{sentence}");
    }
}

#[test]
fn lies_are_told_in_order_and_end() {
    let served = Served::start(instance());
    let place = Place::Tsa(0);
    served.lie(place, TsaLie::Rejected, 2);
    served.lie(place, TsaLie::NoNonce, 1);
    let signing = Signing::new(&served);
    let nonce = |body: &[u8]| holds(body, &NONCE);
    let replies: Vec<Vec<u8>> = (0..4).map(|_| signing.post_timestamp().unwrap().body).collect();
    assert_eq!(replies[0].len(), 11);
    assert_eq!(replies[1], replies[0]);
    assert!(!nonce(&replies[2]) && replies[2].len() > 100 && nonce(&replies[3]));
    served.lie(place, TsaLie::Rejected, 9);
    served.honest(place);
    assert!(nonce(&signing.post_timestamp().unwrap().body));
}

#[test]
#[should_panic(expected = "does not know")]
fn a_service_knows_its_own_lies() {
    Served::start(instance()).lie(Place::Tsa(0), FulcioLie::NoSct, 1);
}

#[test]
fn the_two_operators_are_apart() {
    let served = Served::start(instance());
    served.lie(Place::RekorV2(1), RekorV2Lie::Frozen, 1);
    assert_eq!(verdict(&Signing::new(&served).run(Log::V2)), "verified");
}
