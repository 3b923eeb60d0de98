//! Certificate chains, envelopes and hints (P07–P10).

use crate::bundle_builder::{BundleBuilder, CertificateForm, ContentSpec};
use crate::json::Json;

use super::defect::{Defect, accepts, refuses};
use super::document::CHAIN;
use super::good::{KEYLESS_V1_DSSE, KEYLESS_V2, MANAGED_ENVELOPE, V02_CHAIN, V02_ROOT};

pub(super) fn rows() -> Vec<Defect> {
    [chains(), envelopes()].concat()
}

fn chains() -> Vec<Defect> {
    vec![
        refuses(
            "P07",
            "in-version-0-3",
            "bundle-shape/chain-not-allowed",
            &KEYLESS_V2,
            "a chain in version 0.3",
            |b| {
                b.form = CertificateForm::Chain;
            },
        ),
        accepts(
            "P07",
            "admitted-in-version-0-3",
            &KEYLESS_V2,
            "a chain in version 0.3 that the policy admits",
            |b| {
                b.form = CertificateForm::ChainWithIssuers;
                b.demand("/bundle/allowChainInV03", Json::bool(true));
            },
        ),
        refuses(
            "P07",
            "root-in-version-0-3",
            "bundle-shape/chain-root",
            &KEYLESS_V2,
            "a root in a chain of version 0.3",
            |b| {
                b.form = CertificateForm::ChainWithRoot;
            },
        )
        .arranged(|b| {
            b.form = CertificateForm::ChainWithIssuers;
            b.demand("/bundle/allowChainInV03", Json::bool(true));
        }),
        refuses("P07", "empty", "bundle-shape/chain-empty", &V02_CHAIN, "an empty chain", |b| {
            b.edit_bundle(|bundle| bundle.list(CHAIN).clear());
        }),
        refuses(
            "P07",
            "order",
            "bundle-shape/chain-order",
            &V02_ROOT,
            "intermediate and root exchanged",
            |b| {
                b.edit_bundle(|bundle| bundle.list(CHAIN).swap(1, 2));
            },
        ),
        refuses(
            "P07",
            "root-refused",
            "bundle-shape/chain-root",
            &V02_ROOT,
            "a root where the policy refuses one",
            |b| {
                b.demand("/bundle/refuseRootInChain", Json::bool(true));
            },
        ),
        refuses(
            "P07",
            "root-not-last",
            "bundle-shape/chain-root",
            &V02_ROOT,
            "the root twice, hence not only at the end",
            |b| {
                b.edit_bundle(|bundle| {
                    let root = bundle.at(CHAIN).clone();
                    if let Json::List(certificates) = root {
                        bundle.list(CHAIN).push(certificates[2].clone());
                    }
                });
            },
        ),
        refuses(
            "P08",
            "chain-is-no-anchor",
            "chain/no-path",
            &V02_ROOT,
            "the only path ends at a root that the bundle brought",
            |b| {
                b.edit_root(|root| {
                    root.remove("/certificateAuthorities/0");
                });
            },
        )
        .arranged(|b| b.demand("/bundle/useIntermediates", Json::bool(true)))
        .reported_by("C08"),
    ]
}

fn envelopes() -> Vec<Defect> {
    let member = |id, sentence, bend| {
        refuses("P09", id, "bundle-shape/envelope-member", &KEYLESS_V1_DSSE, sentence, bend)
    };
    vec![
        refuses(
            "P09",
            "no-signature",
            "bundle-shape/signature-count",
            &KEYLESS_V1_DSSE,
            "no signature",
            |b| {
                b.edit_bundle(|bundle| bundle.list("/dsseEnvelope/signatures").clear());
            },
        ),
        refuses(
            "P09",
            "second-signature-bad",
            "bundle-shape/signature-count",
            &KEYLESS_V1_DSSE,
            "a second signature, which does not verify",
            |b| {
                b.edit_bundle(|bundle| {
                    let signature = Json::object([("sig", Json::bytes(b"not a signature"))]);
                    bundle.list("/dsseEnvelope/signatures").push(signature);
                });
            },
        ),
        refuses(
            "P09",
            "first-signature-bad",
            "bundle-shape/signature-count",
            &KEYLESS_V1_DSSE,
            "a bad signature before the good one",
            |b| {
                b.edit_bundle(|bundle| {
                    let signature = Json::object([("sig", Json::bytes(b"not a signature"))]);
                    bundle.list("/dsseEnvelope/signatures").insert(0, signature);
                });
            },
        ),
        refuses(
            "P09",
            "same-signature-twice",
            "bundle-shape/signature-count",
            &KEYLESS_V1_DSSE,
            "the same signature twice",
            |b| {
                b.edit_bundle(|bundle| {
                    let signatures = bundle.list("/dsseEnvelope/signatures");
                    signatures.push(signatures[0].clone());
                });
            },
        ),
        member("signature-empty", "an empty signature", |b| {
            b.edit_bundle(|bundle| {
                bundle.set("/dsseEnvelope/signatures/0/sig", Json::text(""));
            });
        }),
        member("payload-type-empty", "an empty payload type", |b| {
            b.edit_bundle(|bundle| {
                bundle.set("/dsseEnvelope/payloadType", Json::text(""));
            });
        }),
        member("payload-missing", "no payload", |b| {
            b.edit_bundle(|bundle| {
                bundle.remove("/dsseEnvelope/payload");
            });
        }),
        refuses(
            "P10",
            "hint-differs",
            "bundle-shape/key-hint",
            &MANAGED_ENVELOPE,
            "a key id that is not the hint",
            |b| set_keyid(b, "other"),
        ),
        accepts("P10", "hint-equal", &MANAGED_ENVELOPE, "a key id that is the hint", |b| {
            set_keyid(b, "release")
        }),
        accepts(
            "P10",
            "with-certificate",
            &KEYLESS_V1_DSSE,
            "a key id beside a certificate is ignored",
            |b| set_keyid(b, "other"),
        ),
        refuses(
            "P10",
            "key-id-demanded",
            "bundle-shape/key-hint",
            &MANAGED_ENVELOPE,
            "no key id where the policy demands one",
            |b| set_keyid(b, ""),
        )
        .arranged(|b| {
            set_keyid(b, "release");
            b.demand("/bundle/requireKeyid", Json::bool(true));
        }),
    ]
}

fn set_keyid(builder: &mut BundleBuilder, text: &str) {
    if let ContentSpec::Envelope { keyid, .. } = &mut builder.content {
        *keyid = text.into();
    }
}
