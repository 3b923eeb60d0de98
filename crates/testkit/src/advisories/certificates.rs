//! Certificates that libraries misread.

use cretula_encoding::der::{self, Tag};

use crate::asn1::{context, implicit, int, name, octets, oid, seq};
use crate::bundle_builder::BundleBuilder;
use crate::cases::defect::{Change, Defect, accepts, refuses};
use crate::cases::good::{KEYLESS_V2, PERSON, TSA_FROM_TOKEN, TSA_ONLY};
use crate::certificate::{EXTENDED_KEY_USAGE, KEY_USAGE, NAME_CONSTRAINTS, email, name_constraints, uri};

use super::row::{Row, row};

pub(super) fn rows() -> Vec<Row> {
    vec![
        row(
            "RUSTSEC-2026-0104",
            "panic on empty BIT STRING before the signature check",
            "A BIT STRING without its first octet stopped the process, before anything was verified.",
            "chain",
            &[],
        )
        .adding(bit_strings),
        row(
            "RUSTSEC-2026-0098",
            "name constraints accepted wrongly",
            "Constraints on names of forms that were not compared, and wildcards, were taken for met.",
            "chain",
            &["c07-*"],
        )
        .also(&["RUSTSEC-2026-0099"])
        .adding(constraints),
        row(
            "lesson-sct",
            "extensions dropped; issuer not from the verified path",
            "Extensions of an SCT were left out of what its signature covers, or the issuer was taken by name and not \
             from the verified path.",
            "sct",
            &[
                "s03-extensions-dropped",
                "s03-extensions-added",
                "s04-same-name-issuer",
                "s04-other-issuer",
                "good-same-name-intermediates",
                "c08-same-name-only",
                "s03-kind",
            ],
        ),
        row(
            "lesson-der",
            "BER lengths, trailing bytes, indefinite length, negative INTEGER, duplicate extension",
            "Encodings that DER forbids were read, so that one certificate or signature had several forms.",
            "bundle-shape",
            &[
                "p16-*",
                "c01-*",
                "a02-negative",
                "a02-trailing-byte",
                "t01-trailing-byte",
                "t02-long-length",
                "t02-attribute-order",
            ],
        )
        .adding(encodings),
    ]
}

/// Length of the value at the front, with its tag and length octets.
fn length(der: &[u8]) -> usize {
    match usize::from(der[1]) {
        short @ 0..0x80 => 2 + short,
        long => {
            let octets = &der[2..2 + (long & 0x7f)];
            2 + octets.len() + octets.iter().fold(0, |sum, octet| sum << 8 | usize::from(*octet))
        }
    }
}

/// The certificate with other bytes in place of the BIT STRING of its signature.
fn with_signature(certificate: &[u8], bits: &[u8]) -> Vec<u8> {
    let header = certificate.len() - (length(certificate) - certificate_header(certificate));
    let tbs = length(&certificate[header..]);
    let algorithm = length(&certificate[header + tbs..]);
    seq(&[&certificate[header..header + tbs + algorithm], bits])
}

fn certificate_header(certificate: &[u8]) -> usize {
    if certificate[1] < 0x80 { 2 } else { 2 + usize::from(certificate[1] & 0x7f) }
}

fn signature(builder: &mut BundleBuilder, bits: &'static [u8]) {
    builder.edits.leaf_der.push(Box::new(|der| *der = with_signature(der, bits)));
}

/// Every member of BIT STRINGs with odd contents.
fn bit_strings() -> Vec<Defect> {
    let leaf = |check, id, code, sentence, bend: Change| refuses(check, id, code, &TSA_ONLY, sentence, bend);
    let shape = "chain/leaf";
    let key = "chain/algorithm";
    vec![
        leaf("C01", "signature-bits-empty", shape, "a signature BIT STRING without octets", |b| {
            signature(b, &[3, 0])
        }),
        leaf("C01", "signature-bits-none", "chain/signature", "a signature BIT STRING without bits", |b| {
            signature(b, &[3, 1, 0])
        })
        .reported_by("C03"),
        leaf(
            "C01",
            "signature-bits-unused-of-none",
            shape,
            "a signature BIT STRING with unused bits of nothing",
            |b| signature(b, &[3, 1, 7]),
        ),
        leaf(
            "C01",
            "signature-bits-eight-unused",
            shape,
            "a signature BIT STRING with eight unused bits",
            |b| signature(b, &[3, 2, 8, 0]),
        ),
        leaf(
            "C01",
            "signature-bits-unused-set",
            shape,
            "a signature BIT STRING whose unused bits are set",
            |b| signature(b, &[3, 2, 1, 1]),
        ),
        leaf("C01", "signature-bits-odd", shape, "a signature BIT STRING of 15 bits", |b| {
            signature(b, &[3, 3, 1, 2, 2])
        }),
        leaf(
            "P16",
            "signature-bits-constructed",
            "bundle-shape/der",
            "a signature BIT STRING in parts",
            |b| signature(b, &[0x23, 4, 3, 2, 0, 1]),
        ),
        leaf("C03", "key-bits-empty", key, "a key BIT STRING without octets", |b| key_bits(b, &[3, 0])),
        leaf("C03", "key-bits-none", key, "a key BIT STRING without bits", |b| key_bits(b, &[3, 1, 0])),
        leaf("C03", "key-bits-odd", key, "a key BIT STRING of 15 bits", |b| key_bits(b, &[3, 3, 1, 4, 2])),
        leaf("C01", "key-usage-bits-empty", shape, "a key usage BIT STRING without octets", |b| {
            usage_bits(b, &[3, 0])
        }),
        leaf("C01", "key-usage-bits-none", shape, "a key usage BIT STRING without bits", |b| {
            usage_bits(b, &[3, 1, 0])
        }),
        leaf(
            "C01",
            "key-usage-bits-eight-unused",
            shape,
            "a key usage BIT STRING with eight unused bits",
            |b| usage_bits(b, &[3, 2, 8, 0x80]),
        ),
        leaf(
            "C01",
            "key-usage-bits-unused-set",
            shape,
            "a key usage BIT STRING whose unused bits are set",
            |b| usage_bits(b, &[3, 2, 7, 0x81]),
        ),
        refuses(
            "R03",
            "signature-bits-empty",
            "chain/no-path",
            &TSA_ONLY,
            "an intermediate with a signature BIT STRING without octets",
            |b| {
                b.edit_root(|root| {
                    root.edit_bytes("/certificateAuthorities/0/certChain/certificates/0/rawBytes", |der| {
                        *der = with_signature(der, &[3, 0]);
                    });
                });
            },
        )
        .reported_by("C08")
        .noting("trusted-root/certificate"),
        refuses(
            "T06",
            "signature-bits-empty",
            "time/missing",
            &TSA_FROM_TOKEN,
            "a token with a certificate whose signature BIT STRING has no octets",
            |b| {
                b.timestamp(0).edit_token(|token| {
                    token.certificates[0] = with_signature(&token.certificates[0], &[3, 0]);
                });
            },
        )
        .reported_by("M01"),
    ]
}

fn key_bits(builder: &mut BundleBuilder, bits: &'static [u8]) {
    builder.edit_leaf(|leaf| {
        let algorithm = seq(&[&oid("1.2.840.10045.2.1"), &oid("1.2.840.10045.3.1.7")]);
        leaf.spki = seq(&[&algorithm, bits]);
    });
}

fn usage_bits(builder: &mut BundleBuilder, bits: &'static [u8]) {
    builder.edit_leaf(|leaf| leaf.extension(KEY_USAGE).value = bits.to_vec());
}

fn constrain(builder: &mut BundleBuilder, permitted: &[Vec<u8>], excluded: &[Vec<u8>]) {
    constrain_raw(builder, name_constraints(permitted, excluded));
}

fn constrain_raw(builder: &mut BundleBuilder, value: Vec<u8>) {
    builder.instance.certificate_authorities[0].members[1].certificate.set(NAME_CONSTRAINTS, true, value);
}

fn constraints() -> Vec<Defect> {
    let bad =
        |id, sentence, bend: Change| refuses("C07", id, "chain/name-constraints", &TSA_ONLY, sentence, bend);
    let unreadable = |id, sentence, bend: Change| {
        refuses("C07", id, "chain/no-path", &TSA_ONLY, sentence, bend)
            .reported_by("C08")
            .noting_at("R03", "trusted-root/certificate")
    };
    vec![
        bad("uri-wildcard", "a permitted URI with a wildcard", |b| constrain(b, &[uri("*.com")], &[])),
        bad("uri-wildcard-excluded", "an excluded URI with a wildcard", |b| {
            constrain(b, &[], &[uri("*.com")])
        }),
        bad("uri-whole", "a permitted URI that is a URI and no host", |b| {
            constrain(b, &[uri("https://github.com/acme")], &[])
        }),
        bad("uri-port", "a permitted host with a port", |b| constrain(b, &[uri("github.com:443")], &[])),
        bad("uri-suffix", "a permitted host of which the name only ends so", |b| {
            constrain(b, &[uri("hub.com")], &[])
        }),
        bad("uri-empty", "a permitted host that is empty", |b| constrain(b, &[uri("")], &[])),
        bad("other-name", "a constraint on another kind of name", |b| {
            let other = context(0, &[&oid("1.2.3.4"), &context(0, &[&int(1)])]);
            constrain(b, &[], &[other]);
        }),
        unreadable("unknown-form", "a constraint of a form that does not exist", |b| {
            constrain(b, &[], &[implicit(9, b"x")])
        }),
        bad("registered-id", "a constraint on registered identifiers", |b| {
            constrain(b, &[], &[implicit(8, &[0x2a, 3])])
        }),
        unreadable("minimum", "a constraint with a minimum", |b| {
            let subtree = seq(&[&uri("gitlab.com"), &implicit(0, &[1])]);
            constrain_raw(b, seq(&[&context(1, &[&subtree])]));
        }),
        unreadable("neither", "constraints without permitted and excluded names", |b| {
            constrain_raw(b, seq(&[]))
        }),
        bad("directory-name-permitted", "only directory names are permitted", |b| {
            constrain(b, &[context(4, &[&name("nobody")])], &[])
        }),
        refuses(
            "C07",
            "email-local-part",
            "chain/name-constraints",
            &PERSON,
            "another address of the permitted one's host",
            |b| constrain(b, &[email("other@example.com")], &[]),
        ),
        refuses(
            "C07",
            "email-suffix",
            "chain/name-constraints",
            &PERSON,
            "an address of a host that only ends so",
            |b| constrain(b, &[email("ample.com")], &[]),
        ),
        accepts("C07", "uri-subdomain", &TSA_ONLY, "a URI whose host is below a permitted one", |b| {
            constrain(b, &[uri(".com")], &[])
        }),
    ]
}

fn encodings() -> Vec<Defect> {
    let leaf = |id, code, check, sentence, bend: Change| {
        refuses("P16", id, code, &TSA_ONLY, sentence, bend).reported_by(check)
    };
    vec![
        leaf("boolean-one", "chain/leaf", "C01", "a flag that is 1 in place of 255", |b| {
            b.edit_leaf(|leaf| {
                let flag = der::encode(Tag::BOOLEAN, &[&[1]]);
                leaf.set(crate::certificate::BASIC_CONSTRAINTS, true, seq(&[&flag]));
            });
        }),
        leaf("extension-trailing", "chain/leaf", "C01", "a byte after the purposes", |b| {
            b.edit_leaf(|leaf| leaf.extension(EXTENDED_KEY_USAGE).value.push(0));
        }),
        leaf("serial-padded", "chain/leaf", "C01", "a serial number with a zero in front", |b| {
            b.edit_leaf(|leaf| leaf.serial = der::encode(Tag::INTEGER, &[&[0, 1]]));
        }),
        leaf(
            "signature-number-padded",
            "signature/invalid",
            "A02",
            "a signature whose number has a zero in front",
            |b| {
                let signature = der::encode(Tag::INTEGER, &[&[0, 1]]);
                b.edits.signature.push(Box::new(move |bytes| {
                    let second = 4 + usize::from(bytes[3]);
                    *bytes = seq(&[&signature, &bytes[second..]]);
                }));
            },
        ),
        leaf(
            "signature-long-length",
            "signature/invalid",
            "A02",
            "a signature whose length is written with more octets",
            |b| {
                b.edits.signature.push(Box::new(|bytes| {
                    let mut long = vec![bytes[0], 0x81];
                    long.extend_from_slice(&bytes[1..]);
                    *bytes = long;
                }));
            },
        ),
        refuses(
            "T01",
            "indefinite-length",
            "time/token",
            &TSA_ONLY,
            "a response of indefinite length",
            |b| {
                b.timestamp(0).edit_response(|response| {
                    let header = certificate_header(response);
                    *response = [&[0x30, 0x80], &response[header..], &[0, 0]].concat();
                });
            },
        ),
        refuses(
            "S01",
            "long-length",
            "sct/list",
            &KEYLESS_V2,
            "an SCT list whose length is written with more octets",
            |b| {
                b.edits.sct_list.push(Box::new(|list| {
                    let header = certificate_header(list);
                    let inner = list.split_off(header);
                    let length = u16::try_from(inner.len()).expect("a short list").to_be_bytes();
                    *list = [&[4, 0x82], &length[..], &inner].concat();
                }));
            },
        ),
        refuses(
            "R05",
            "key-trailing",
            "log-inclusion/threshold",
            &KEYLESS_V2,
            "a byte after the key of a log",
            |b| {
                b.edit_root(|root| root.edit_bytes("/tlogs/2/publicKey/rawBytes", |key| key.push(0)));
            },
        )
        .reported_by("L21")
        .noting("trusted-root/key"),
        {
            let wrap: Change = |b| {
                b.edit_bundle(|bundle| {
                    bundle.edit_bytes("/verificationMaterial/certificate/rawBytes", |der| *der = octets(der));
                });
            };
            refuses(
                "P16",
                "wrapped",
                "bundle-shape/der",
                &TSA_ONLY,
                "a certificate inside of an OCTET STRING",
                wrap,
            )
        },
        {
            let again: Change = |b| {
                b.edit_bundle(|bundle| {
                    bundle.edit_bytes("/verificationMaterial/certificate/rawBytes", |der| {
                        der.extend(der.clone())
                    });
                });
            };
            refuses("P16", "twice", "bundle-shape/der", &TSA_ONLY, "a certificate twice", again)
        },
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_is_replaced_and_nothing_else() {
        let certificate = seq(&[&seq(&[&[7; 300]]), &seq(&[]), &crate::asn1::bits(&[1; 70])]);
        assert_eq!(with_signature(&certificate, &crate::asn1::bits(&[1; 70])), certificate);
        assert_eq!(length(&seq(&[&[7; 300]])), 304);
    }
}
