//! The trusted root (R01–R09).

use crate::bundle_builder::BundleBuilder;
use crate::json::Json;
use crate::window::rfc3339;

use super::defect::{Defect, accepts, refuses};
use super::good::{CT_RSA, KEYLESS_V1, KEYLESS_V2, REKOR_V2_RSA, TSA_ONLY};

/// Members of the first instances of each kind.
const V2_LOG: &str = "/tlogs/2";
const CA: &str = "/certificateAuthorities/0";
const TSA: &str = "/timestampAuthorities/0";

pub(super) fn rows() -> Vec<Defect> {
    [document(), windows(), retired(), keys(), missing()].concat()
}

fn document() -> Vec<Defect> {
    let media =
        |id, sentence, bend| refuses("R01", id, "trusted-root/media-type", &KEYLESS_V2, sentence, bend);
    let json = |id, sentence, bend| refuses("R01", id, "trusted-root/json", &KEYLESS_V2, sentence, bend);
    vec![
        media("missing", "no media type", |b| remove(b, "/mediaType")),
        media("version-0-3", "version 0.3", |b| {
            set(b, "/mediaType", || Json::text("application/vnd.dev.sigstore.trustedroot.v0.3+json"));
        }),
        media("suffix", "something after the version", |b| {
            set(b, "/mediaType", || {
                Json::text("application/vnd.dev.sigstore.trustedroot+json;version=0.1;x=y")
            });
        }),
        media("bundle", "the media type of a bundle", |b| {
            set(b, "/mediaType", || Json::text("application/vnd.dev.sigstore.bundle.v0.3+json"));
        }),
        json("not-json", "no JSON", |b| b.edits.root_bytes.push(Box::new(|bytes| bytes.truncate(100)))),
        json("trailing", "something after the value", |b| {
            b.edits.root_bytes.push(Box::new(|bytes| bytes.push(b'x')))
        }),
        json("duplicate", "a member twice", |b| {
            b.edit_root(|root| {
                let again = root.at("/tlogs").clone();
                root.members("").push(("tlogs".into(), again));
            });
        }),
        json("duplicate-in-skipped", "a member twice inside of a member that is skipped", |b| {
            b.edit_root(|root| {
                root.set("/more", Json::Raw("{\"a\":1,\"a\":2}".into()));
            });
        }),
        json("type", "text in place of a list", |b| set(b, "/tlogs", || Json::text("none"))),
        accepts("R01", "unknown-member", &KEYLESS_V2, "an unknown member is skipped", |b| {
            set(b, "/more", || Json::object([("a", Json::number(1))]));
        })
        .noting("trusted-root/unknown-member"),
        accepts("R01", "numeric-enum", &KEYLESS_V2, "enums as numbers", |b| {
            set(b, "/tlogs/2/hashAlgorithm", || Json::number(1));
            set(b, "/tlogs/2/publicKey/keyDetails", || Json::number(7));
        }),
    ]
}

fn windows() -> Vec<Defect> {
    let window = |id, base, sentence, bend| refuses("R02", id, "trusted-root/window", base, sentence, bend);
    let demand: fn(&mut BundleBuilder) = |b| b.demand("/evidence/trust/requireWindows", Json::bool(true));
    vec![
        window("end-before-start", &KEYLESS_V2, "a window that ends before it starts", |b| {
            set(b, "/tlogs/0/publicKey/validFor/end", || Json::text("2020-01-01T00:00:00Z"));
        }),
        window("log-without-start", &KEYLESS_V2, "a log key whose window has no start", |b| {
            remove(b, "/tlogs/0/publicKey/validFor/start");
        }),
        window("ct-log-without-start", &KEYLESS_V2, "a CT log key whose window has no start", |b| {
            remove(b, "/ctlogs/1/publicKey/validFor/start");
        }),
        window("malformed", &KEYLESS_V2, "a date without time", |b| {
            set(b, "/certificateAuthorities/1/validFor/start", || Json::text("2025-01-01"));
        }),
        accepts("R02", "log-without-window", &KEYLESS_V1, "a log key without window", |b| {
            remove(b, "/tlogs/0/publicKey/validFor")
        }),
        accepts("R02", "ca-without-window", &KEYLESS_V2, "a certificate authority without window", |b| {
            remove(b, "/certificateAuthorities/0/validFor");
        }),
        accepts(
            "R02",
            "tsa-without-start",
            &KEYLESS_V2,
            "a timestamp authority whose window has no start",
            |b| {
                remove(b, "/timestampAuthorities/0/validFor/start");
            },
        ),
        window(
            "log-window-demanded",
            &KEYLESS_V2,
            "a log key without window where the policy demands windows",
            |b| {
                remove(b, "/tlogs/0/publicKey/validFor");
            },
        )
        .arranged(demand),
        window(
            "ca-window-demanded",
            &KEYLESS_V2,
            "an authority without window where the policy demands windows",
            |b| {
                remove(b, "/certificateAuthorities/1/validFor");
            },
        )
        .arranged(demand),
        window(
            "tsa-start-demanded",
            &KEYLESS_V2,
            "a window without start where the policy demands windows",
            |b| {
                remove(b, "/timestampAuthorities/0/validFor/start");
            },
        )
        .arranged(demand),
        refuses(
            "R03",
            "empty",
            "trusted-root/chain-empty",
            &KEYLESS_V2,
            "an authority with an empty chain",
            |b| {
                set(b, "/certificateAuthorities/0/certChain/certificates", || Json::List(vec![]));
            },
        ),
        refuses(
            "R03",
            "missing",
            "trusted-root/chain-empty",
            &KEYLESS_V2,
            "a timestamp authority without chain",
            |b| {
                remove(b, "/timestampAuthorities/1/certChain");
            },
        ),
        accepts(
            "R03",
            "unreadable",
            &KEYLESS_V2,
            "another authority with a certificate that cannot be read is set aside",
            |b| {
                b.edit_root(|root| {
                    let pointer = "/certificateAuthorities/1/certChain/certificates/0/rawBytes";
                    root.set(pointer, Json::bytes(&[0x30, 3, 2, 1, 1]));
                });
            },
        )
        .noting("trusted-root/certificate"),
        accepts("R03", "root-first", &KEYLESS_V2, "the intermediate is listed last: it is the anchor", |b| {
            b.edit_root(|root| root.list("/certificateAuthorities/0/certChain/certificates").reverse());
        }),
    ]
}

fn retired() -> Vec<Defect> {
    vec![
        accepts(
            "R04",
            "all-retired",
            &KEYLESS_V2,
            "every window has ended since, and one begins in the future",
            |b| {
                let (end, later) = (b.signed_at + 60, b.instance.now + 1_000_000);
                b.options.now = Some(b.instance.now);
                b.edit_root(move |root| {
                    for pointer in [V2_LOG, "/ctlogs/0"] {
                        root.set(&format!("{pointer}/publicKey/validFor/end"), Json::text(rfc3339(end)));
                    }
                    for pointer in [CA, TSA] {
                        root.set(&format!("{pointer}/validFor/end"), Json::text(rfc3339(end)));
                    }
                    root.set("/certificateAuthorities/1/validFor/start", Json::text(rfc3339(later)));
                });
            },
        ),
        refuses(
            "R04",
            "retired-before",
            "chain/ca-window",
            &KEYLESS_V2,
            "the authority was retired before it issued the certificate",
            |b| {
                let end = b.signed_at - 60;
                b.edit_root(move |root| {
                    root.set("/certificateAuthorities/0/validFor/end", Json::text(rfc3339(end)));
                });
            },
        )
        .reported_by("C02"),
    ]
}

fn keys() -> Vec<Defect> {
    let aside = |check, id, code, sentence, bend| {
        refuses(check, id, "log-inclusion/threshold", &KEYLESS_V2, sentence, bend)
            .reported_by("L21")
            .noting(code)
    };
    vec![
        aside("R05", "other-kind", "trusted-root/key", "key details of another kind of key", |b| {
            set(b, "/tlogs/2/publicKey/keyDetails", || Json::text("PKIX_ECDSA_P256_SHA_256"));
        }),
        aside("R05", "unknown", "trusted-root/key", "key details that nobody knows", |b| {
            set(b, "/tlogs/2/publicKey/keyDetails", || Json::text("PKIX_ED25519_NEXT"));
        }),
        aside("R05", "no-key", "trusted-root/key", "a log without key", |b| remove(b, "/tlogs/2/publicKey")),
        accepts("R05", "pkcs1-log", &REKOR_V2_RSA, "an RSA key delivered as RSAPublicKey", |b| {
            let key = b.instance.rekor_v2[0].log.key.pkcs1();
            pkcs1(b, V2_LOG, key);
        }),
        accepts("R05", "pkcs1-ct-log", &CT_RSA, "an RSA key of a CT log delivered as RSAPublicKey", |b| {
            let key = b.instance.ct_logs[0].log.key.pkcs1();
            pkcs1(b, "/ctlogs/0", key);
        }),
        refuses("R06", "log-id", "time/missing", &KEYLESS_V1, "a log id that is not that of the key", |b| {
            b.edit_root(|root| root.edit_bytes("/tlogs/0/logId/keyId", |id| id[0] ^= 1));
        })
        .reported_by("M01")
        .noting("trusted-root/log-id"),
        refuses(
            "R06",
            "checkpoint-key-id",
            "time/missing",
            &KEYLESS_V1,
            "a checkpoint key id that is not that of the key",
            |b| {
                b.edit_root(|root| {
                    root.set("/tlogs/0/checkpointKeyId/keyId", Json::bytes(b"1234"));
                });
            },
        )
        .reported_by("M01")
        .noting("trusted-root/log-id"),
        refuses(
            "R06",
            "ct-log-id",
            "sct/threshold",
            &KEYLESS_V2,
            "a CT log id that is not that of the key",
            |b| {
                b.edit_root(|root| root.edit_bytes("/ctlogs/0/logId/keyId", |id| id[0] ^= 1));
            },
        )
        .reported_by("S06")
        .noting("trusted-root/log-id"),
        accepts(
            "R06",
            "checkpoint-key-id-short",
            &KEYLESS_V1,
            "the first four bytes of the id as checkpoint key id",
            |b| {
                let id = b.instance.rekor_v1[0].log.id[..4].to_vec();
                b.edit_root(move |root| {
                    root.set("/tlogs/0/checkpointKeyId/keyId", Json::bytes(&id));
                });
            },
        ),
        accepts(
            "R06",
            "name-proved",
            &KEYLESS_V2,
            "an id that contains a name which the URL does not show",
            |b| {
                set(b, "/tlogs/2/baseUrl", || Json::text("https://internal.example:8443/rekor"));
            },
        ),
        aside("R07", "tree-hash", "trusted-root/tree-hash", "a tree with another hash", |b| {
            set(b, "/tlogs/2/hashAlgorithm", || Json::text("SHA2_512"));
        }),
        accepts("R08", "trailing-slash", &KEYLESS_V1, "a URL with a slash at its end", |b| {
            set(b, "/tlogs/0/baseUrl", || Json::text("https://rekor.north.example/"));
        }),
        refuses(
            "R08",
            "other-name",
            "log-inclusion/checkpoint-unsigned",
            &KEYLESS_V1,
            "the URL of another log",
            |b| {
                set(b, "/tlogs/0/baseUrl", || Json::text("https://rekor.north.example.evil"));
            },
        )
        .reported_by("L09"),
        refuses(
            "R08",
            "other-port",
            "log-inclusion/checkpoint-unsigned",
            &KEYLESS_V1,
            "the URL with another port",
            |b| {
                set(b, "/tlogs/0/baseUrl", || Json::text("https://rekor.north.example:8443"));
            },
        )
        .reported_by("L09"),
    ]
}

fn missing() -> Vec<Defect> {
    vec![
        refuses("R09", "no-ca", "trusted-root/no-ca", &KEYLESS_V2, "no certificate authority", |b| {
            remove(b, "/certificateAuthorities");
        }),
        refuses("R09", "no-log", "trusted-root/no-log", &KEYLESS_V2, "no log", |b| {
            set(b, "/tlogs", || Json::List(vec![]))
        }),
        refuses("R09", "no-ct-log", "trusted-root/no-ct-log", &KEYLESS_V2, "no CT log", |b| {
            remove(b, "/ctlogs")
        }),
        refuses("R09", "no-tsa", "trusted-root/no-tsa", &TSA_ONLY, "no timestamp authority", |b| {
            remove(b, "/timestampAuthorities")
        }),
        refuses("R09", "no-root", "trusted-root/no-ca", &KEYLESS_V1, "no trusted root is given", |b| {
            b.has_root = false
        }),
    ]
}

fn set(builder: &mut BundleBuilder, pointer: &'static str, value: fn() -> Json) {
    builder.edit_root(move |root| {
        root.set(pointer, value());
    });
}

fn remove(builder: &mut BundleBuilder, pointer: &'static str) {
    builder.edit_root(move |root| {
        root.remove(pointer);
    });
}

fn pkcs1(builder: &mut BundleBuilder, pointer: &'static str, key: Vec<u8>) {
    builder.edit_root(move |root| {
        root.set(&format!("{pointer}/publicKey/keyDetails"), Json::text("PKCS1_RSA_PKCS1V5"));
        root.set(&format!("{pointer}/publicKey/rawBytes"), Json::bytes(&key));
    });
}
