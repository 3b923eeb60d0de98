//! How a token names its signer's certificate (T05).

use crate::asn1::int;
use crate::bundle_builder::BundleBuilder;
use crate::json::Json;
use crate::token::{signing_certificate_v1, signing_certificate_v2};

use super::defect::{Defect, accepts, refuses};
use super::good::{TSA_FROM_TOKEN, TSA_REFUSING};
use super::token_form::{no_evidence, token};

/// Makes a signing-certificate attribute from the signer's certificate, issuer and serial number.
type CertIdOf = fn(&[u8], &[u8], &[u8]) -> Vec<u8>;

fn cert_id(builder: &mut BundleBuilder, make: CertIdOf) {
    let authority = &builder.instance.timestamp_authorities[0];
    let (der, spec) = (authority.signer_certificate(), authority.signer().certificate.clone());
    builder
        .timestamp(0)
        .edit_token(move |token| token.attributes = vec![make(&der, &spec.issuer, &spec.serial)]);
}

pub(super) fn rows() -> Vec<Defect> {
    let bad = |id, sentence, bend| no_evidence("T05", id, "time/token-cert-id", sentence, bend);
    let strict: fn(&mut BundleBuilder) = |b| b.demand("/evidence/time/certId", Json::text("strict"));
    vec![
        bad("missing", "no signing-certificate attribute", |b| token(b, |token| token.attributes.clear())),
        bad("other-serial", "another serial number", |b| {
            cert_id(b, |der, issuer, _| signing_certificate_v2(der, Some((issuer, &int(9)))))
        }),
        bad("other-issuer", "another issuer", |b| {
            cert_id(b, |der, _, serial| {
                signing_certificate_v2(der, Some((&crate::asn1::name("other"), serial)))
            });
        }),
        bad("other-hash-strict", "the hash of another certificate, where the policy is strict", |b| {
            cert_id(b, |_, issuer, serial| {
                signing_certificate_v2(b"another certificate", Some((issuer, serial)))
            });
        })
        .arranged(strict),
        accepts(
            "T05",
            "other-hash-pinned",
            &TSA_REFUSING,
            "the hash of another certificate of the pinned signer is a remark",
            |b| {
                cert_id(b, |_, issuer, serial| {
                    signing_certificate_v2(b"another certificate", Some((issuer, serial)))
                });
            },
        ),
        accepts("T05", "without-serial", &TSA_REFUSING, "a hash without issuer and serial number", |b| {
            cert_id(b, |der, _, _| signing_certificate_v2(der, None));
        }),
        accepts(
            "T05",
            "version-1",
            &TSA_REFUSING,
            "the older attribute with SHA-1, issuer and serial number",
            |b| {
                cert_id(b, |der, issuer, serial| signing_certificate_v1(der, Some((issuer, serial))));
                b.demand("/evidence/time/certId", Json::text("strict"));
            },
        ),
        accepts(
            "T05",
            "both-versions",
            &TSA_REFUSING,
            "SHA-1 alone beside the newer attribute, where the policy is strict",
            |b| {
                b.demand("/evidence/time/certId", Json::text("strict"));
                let der = b.instance.timestamp_authorities[0].signer_certificate();
                b.timestamp(0)
                    .edit_token(move |token| token.attributes.push(signing_certificate_v1(&der, None)));
            },
        ),
        bad("version-1-beside-other", "SHA-1 of another certificate beside the newer attribute", |b| {
            b.timestamp(0)
                .edit_token(|token| token.attributes.push(signing_certificate_v1(b"another", None)));
        })
        .arranged(strict),
        bad("version-1-without-serial", "SHA-1 alone, where the policy is strict", |b| {
            cert_id(b, |der, _, _| signing_certificate_v1(der, None))
        })
        .arranged(|b| {
            b.demand("/evidence/time/certId", Json::text("strict"));
            cert_id(b, |der, issuer, serial| signing_certificate_v1(der, Some((issuer, serial))));
        }),
        refuses(
            "T05",
            "from-token",
            "time/token-cert-id",
            &TSA_FROM_TOKEN,
            "the hash of another certificate, where the signer comes from the token",
            |b| {
                cert_id(b, |_, issuer, serial| {
                    signing_certificate_v2(b"another certificate", Some((issuer, serial)))
                });
            },
        )
        .arranged(|b| b.demand("/evidence/time/onInvalidToken", Json::text("refuse"))),
    ]
}
