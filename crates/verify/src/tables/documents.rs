//! Shapes of the request, the report and the error document of `portable`.

use crate::policy::POLICY;
use crate::shape::{Choice, Key, Member, ObjectShape, Shape};

static TEXT: Shape = Shape::TEXT;
static HEX32: Shape = Shape::hex_of(32);
static BASE64: Shape = Shape::BASE64;
static UINT: Shape = Shape::uint(9_007_199_254_740_991);
const INDEX: Shape = Shape::uint(4_294_967_295);
const OUTCOMES: &[&str] = &["pass", "fail", "ignored", "off", "not-applicable"];
const STAGES: &[&str] = &[
    "limits",
    "bundle-shape",
    "trusted-root",
    "time",
    "chain",
    "sct",
    "log-inclusion",
    "log-binding",
    "signature",
    "artifact",
    "identity",
    "predicate",
];

/// `cretula/verify-request/v1`.
pub static REQUEST: ObjectShape = ObjectShape {
    name: "verifyRequest",
    doc: "One verification: a bundle, what the caller has, what to trust, and what to demand.",
    members: &[
        Member::required(
            "schema",
            Shape::one_of(&["cretula/verify-request/v1"]),
            "Name and version of this format.",
        ),
        Member::required("bundle", Shape::BASE64, "One Sigstore bundle, JSON."),
        Member::required("trust", Shape::Object(&TRUST), "Trusted roots and managed keys."),
        Member::required("policy", Shape::BASE64, "One policy, cretula/policy/v1."),
        Member::optional("artifacts", Shape::list(&ARTIFACT_SHAPE, 1), "What the caller has."),
        Member::optional("options", Shape::Object(&OPTIONS), "Optional inputs."),
    ],
};

static TRUST: ObjectShape = ObjectShape {
    name: "trust",
    doc: "What may be trusted; nothing in a bundle ever becomes trust.",
    members: &[
        Member::optional(
            "roots",
            Shape::list(&BASE64, 1),
            "Sigstore trusted roots, JSON; each is tried alone.",
        ),
        Member::optional(
            "keys",
            Shape::list(&MANAGED_KEY_SHAPE, 1),
            "The only keys that verify bundles naming a key.",
        ),
    ],
};

static MANAGED_KEY_SHAPE: Shape = Shape::Object(&MANAGED_KEY);
static MANAGED_KEY: ObjectShape = ObjectShape {
    name: "managedKey",
    doc: "A verification key that the caller vouches for.",
    members: &[
        Member::required(
            "id",
            Shape::TEXT,
            "Name under which the caller knows it; empty: any hint of a bundle.",
        ),
        Member::required(
            "key",
            Shape::BASE64,
            "SubjectPublicKeyInfo, DER (RSAPublicKey for PKCS1_RSA_PKCS1V5).",
        ),
        Member::optional("keyDetails", Shape::TEXT, "Name of the Sigstore algorithm registry."),
        Member::optional(
            "encoding",
            Shape::one_of(&["der", "p1363"]),
            "Form of its ECDSA signatures; der by default.",
        ),
        Member::optional("usage", Shape::TEXT, "What the key is for."),
        Member::optional("validFor", Shape::Object(&TIME_RANGE), "When it may have signed; ends included."),
    ],
};

static TIME_RANGE: ObjectShape = ObjectShape {
    name: "timeRange",
    doc: "A closed interval; a missing end is open.",
    members: &[
        Member::optional("start", Shape::TIME, "First instant inside."),
        Member::optional("end", Shape::TIME, "Last instant inside."),
    ],
};

static ARTIFACT_SHAPE: Shape = Shape::Choice(&ARTIFACT);
static ARTIFACT: Choice = Choice {
    name: "artifact",
    doc: "Digests that the caller computed, or the bytes.",
    of: &[Shape::Object(&ARTIFACT_DIGESTS), Shape::Object(&ARTIFACT_BYTES)],
};
static ARTIFACT_DIGESTS: ObjectShape = ObjectShape {
    name: "artifactDigests",
    doc: "Digests that the caller computed.",
    members: &[Member::required("digests", DIGESTS, "Algorithm name and value; SHA-2 in lower-case hex.")],
};
static ARTIFACT_BYTES: ObjectShape = ObjectShape {
    name: "artifactBytes",
    doc: "The artifact itself; needed only where a digest does not do.",
    members: &[Member::required("bytes", Shape::BASE64, "At most 16 MiB in all.")],
};
const DIGESTS: Shape = Shape::Map { key: Key::Text, of: &TEXT, min: 1 };

static OPTIONS: ObjectShape = ObjectShape {
    name: "options",
    doc: "Optional inputs.",
    members: &[
        Member::optional("report", Shape::one_of(&["full", "short"]), "Form of the report; full by default."),
        Member::optional("now", Shape::uint(253_402_300_799), "Present time in Unix seconds."),
        Member::optional("limits", Shape::Map { key: Key::Text, of: &UINT, min: 0 }, "Limits by name."),
        Member::optional("expect", Shape::Object(&EXPECT), "Values that evidence must carry."),
    ],
};

static EXPECT: ObjectShape = ObjectShape {
    name: "expect",
    doc: "Values that evidence must carry if they are given.",
    members: &[
        Member::optional("nonce", Shape::hex(), "Nonce of the timestamp request."),
        Member::optional("tsaPolicy", Shape::OID, "Policy of the timestamp authority."),
        Member::optional("tsaName", Shape::BASE64, "Name of the timestamp authority, DER GeneralName."),
        Member::optional("detachedSct", Shape::BASE64, "TLS-encoded SCT delivered beside the certificate."),
    ],
};

/// `cretula/error/v1`.
pub static FAILURE: ObjectShape = ObjectShape {
    name: "error",
    doc: "The call itself was wrong, or the sandbox ended it; always a denial.",
    members: &[
        Member::required("schema", Shape::one_of(&["cretula/error/v1"]), "Name and version of this format."),
        Member::required("error", Shape::Object(&ERROR), "What was wrong."),
    ],
};
/// What was wrong: the member `error` of a document.
pub static ERROR: ObjectShape = ObjectShape {
    name: "errorBody",
    doc: "What was wrong.",
    members: &[
        Member::required("code", Shape::TEXT, "Stable code; programs match this and nothing else."),
        Member::optional("path", Shape::TEXT, "RFC 6901 pointer into the document at fault."),
        Member::optional("detail", Shape::TEXT, "For people; at most 256 bytes."),
    ],
};

/// `cretula/report/v1`; the short form leaves members out.
pub static REPORT: ObjectShape = ObjectShape {
    name: "report",
    doc: "What a verification came to: one row per check, and the facts that were established.",
    members: &[
        Member::required("schema", Shape::one_of(&["cretula/report/v1"]), "Name and version of this format."),
        Member::required(
            "verdict",
            Shape::one_of(&["verified", "refused"]),
            "Everything but verified is a denial.",
        ),
        Member::optional("code", Shape::TEXT, "Stable code of the first failed check in stage order."),
        Member::optional("stage", Shape::one_of(STAGES), "Stage of that check."),
        Member::optional("checkId", Shape::TEXT, "That check."),
        Member::optional("index", INDEX, "Which of several items it was about."),
        Member::optional(
            "checks",
            Shape::list(&CHECK_SHAPE, 0),
            "One row per check, in the order in which they ran.",
        ),
        Member::optional(
            "signer",
            Shape::Choice(&SIGNER),
            "Who signed, once the path or the key was established.",
        ),
        Member::optional("times", Shape::list(&TIME_SHAPE, 0), "Verified times."),
        Member::optional("logs", Shape::list(&PARTY_SHAPE, 0), "Transparency logs."),
        Member::optional("timestamps", Shape::list(&PARTY_SHAPE, 0), "Timestamp authorities."),
        Member::optional("scts", Shape::list(&PARTY_SHAPE, 0), "Certificate transparency logs."),
        Member::optional("witnesses", Shape::list(&PARTY_SHAPE, 0), "Witnesses."),
        Member::optional("artifacts", Shape::list(&ARTIFACT_REPORT_SHAPE, 0), "The caller's artifacts."),
        Member::optional(
            "statement",
            Shape::Object(&STATEMENT),
            "The statement, once its signature verified.",
        ),
        Member::optional(
            "thresholds",
            Shape::Map { key: Key::Text, of: &THRESHOLD_SHAPE, min: 0 },
            "Demanded and reached numbers.",
        ),
        Member::optional(
            "ignored",
            Shape::list(&TEXT, 0),
            "Members of the bundle that were skipped, as pointers.",
        ),
        Member::optional(
            "warnings",
            Shape::list(&WARNING_SHAPE, 0),
            "Remarks that do not change the verdict.",
        ),
        Member::required(
            "dangerous",
            Shape::list(&TEXT, 0),
            "Members of the policy's dangerous object in effect.",
        ),
        Member::optional("policy", Shape::Object(&POLICY), "The policy as applied, preset written out."),
        Member::required("inputs", Shape::Object(&INPUTS), "What was verified, by digest."),
    ],
};

static CHECK_SHAPE: Shape = Shape::Object(&CHECK);
static CHECK: ObjectShape = ObjectShape {
    name: "check",
    doc: "One row.",
    members: &[
        Member::required("id", Shape::TEXT, "Check ID."),
        Member::required("outcome", Shape::one_of(OUTCOMES), "What it came to."),
        Member::optional("code", Shape::TEXT, "Code of a failure or of the reason for ignoring."),
        Member::optional("index", INDEX, "Which of several items it was about."),
        Member::optional("detail", Shape::TEXT, "For people; at most 256 bytes, input text escaped."),
    ],
};

static SIGNER: Choice = Choice {
    name: "signer",
    doc: "A certificate, or a managed key.",
    of: &[Shape::Object(&CERTIFICATE_SIGNER), Shape::Object(&KEY_SIGNER)],
};
static CERTIFICATE_SIGNER: ObjectShape = ObjectShape {
    name: "certificateSigner",
    doc: "The holder of a certificate signed.",
    members: &[Member::required("certificate", Shape::Object(&CERTIFICATE), "The certificate.")],
};
static KEY_SIGNER: ObjectShape = ObjectShape {
    name: "keySigner",
    doc: "The holder of a managed key signed.",
    members: &[Member::required("key", Shape::Object(&SIGNING_KEY), "The key.")],
};
static SIGNING_KEY: ObjectShape = ObjectShape {
    name: "signingKey",
    doc: "A managed key.",
    members: &[
        Member::required("id", Shape::TEXT, "Id under which the caller gave it."),
        Member::optional("sha256", Shape::hex_of(32), "SHA-256 of its SubjectPublicKeyInfo."),
    ],
};
/// In the short report only `san` and `issuer`.
static CERTIFICATE: ObjectShape = ObjectShape {
    name: "certificate",
    doc: "The signing certificate.",
    members: &[
        Member::optional("sha256", Shape::hex_of(32), "SHA-256 of the DER."),
        Member::required("san", Shape::Object(&SAN), "Subject alternative name."),
        Member::required("issuer", Shape::TEXT, "OIDC issuer; empty if there is none."),
        Member::optional(
            "claims",
            Shape::Map { key: Key::Text, of: &TEXT, min: 0 },
            "Fulcio claims by name.",
        ),
        Member::optional(
            "extensions",
            Shape::Map { key: Key::Oid, of: &BASE64, min: 0 },
            "All extensions, DER values.",
        ),
        Member::optional("notBefore", Shape::TIME, "First second of validity."),
        Member::optional("notAfter", Shape::TIME, "Last second of validity."),
        Member::optional(
            "path",
            Shape::list(&HEX32, 1),
            "SHA-256 of each certificate of the path, leaf first.",
        ),
        Member::optional("ca", Shape::hex_of(32), "SHA-256 of the anchor."),
    ],
};
static SAN: ObjectShape = ObjectShape {
    name: "san",
    doc: "Subject alternative name.",
    members: &[
        Member::required("type", Shape::one_of(&["uri", "email", "other"]), "Its type."),
        Member::required("value", Shape::TEXT, "Its value."),
    ],
};

static TIME_SHAPE: Shape = Shape::Object(&TIME);
static TIME: ObjectShape = ObjectShape {
    name: "time",
    doc: "A verified time.",
    members: &[
        Member::required("time", Shape::TIME, "When."),
        Member::required("source", Shape::one_of(&["log", "tsa", "now"]), "Kind of source."),
        Member::required("authority", Shape::TEXT, "Log id, or SHA-256 of the authority's certificate; hex."),
        Member::optional("operator", Shape::TEXT, "Operator, if the trusted root names one."),
    ],
};

static PARTY_SHAPE: Shape = Shape::Object(&PARTY);
static PARTY: ObjectShape = ObjectShape {
    name: "party",
    doc: "One instance of a kind and what its evidence came to.",
    members: &[
        Member::required("instance", Shape::hex(), "Log id, or SHA-256 of a certificate or key."),
        Member::required("outcome", Shape::one_of(OUTCOMES), "What its evidence came to."),
        Member::optional("index", Shape::TEXT, "Log index, decimal."),
        Member::optional("operator", Shape::TEXT, "Operator, if one is named."),
    ],
};

static ARTIFACT_REPORT_SHAPE: Shape = Shape::Object(&ARTIFACT_REPORT);
static ARTIFACT_REPORT: ObjectShape = ObjectShape {
    name: "artifactReport",
    doc: "An artifact of the caller.",
    members: &[
        Member::required("digests", Shape::Map { key: Key::Text, of: &TEXT, min: 0 }, "Its digests."),
        Member::optional("subject", INDEX, "Index of the subject that matched."),
        Member::optional("algorithm", Shape::TEXT, "Algorithm by which it matched."),
    ],
};

static STATEMENT: ObjectShape = ObjectShape {
    name: "statement",
    doc: "The verified in-toto statement.",
    members: &[
        Member::optional("payload", Shape::BASE64, "Payload bytes exactly as signed."),
        Member::optional("type", Shape::TEXT, "_type."),
        Member::required("predicateType", Shape::TEXT, "predicateType."),
        Member::optional("subjects", Shape::list(&SUBJECT_SHAPE, 0), "Subjects."),
    ],
};
static SUBJECT_SHAPE: Shape = Shape::Object(&SUBJECT);
static SUBJECT: ObjectShape = ObjectShape {
    name: "subjectReport",
    doc: "One subject.",
    members: &[
        Member::optional("name", Shape::TEXT, "For people."),
        Member::required("digest", Shape::Map { key: Key::Text, of: &TEXT, min: 1 }, "Digests."),
    ],
};

static THRESHOLD_SHAPE: Shape = Shape::Object(&THRESHOLD);
static THRESHOLD: ObjectShape = ObjectShape {
    name: "threshold",
    doc: "Demanded and reached number, by distinct operators.",
    members: &[
        Member::required("wanted", INDEX, "Demanded by the policy."),
        Member::required("reached", INDEX, "Reached."),
    ],
};

static WARNING_SHAPE: Shape = Shape::Object(&WARNING);
static WARNING: ObjectShape = ObjectShape {
    name: "warning",
    doc: "A remark.",
    members: &[
        Member::required("code", Shape::TEXT, "Stable code."),
        Member::optional("detail", Shape::TEXT, "For people."),
    ],
};

static INPUTS: ObjectShape = ObjectShape {
    name: "inputs",
    doc: "What was verified, by digest.",
    members: &[
        Member::required("bundle", Shape::hex_of(32), "SHA-256 of the bundle."),
        Member::optional("trustedRoot", Shape::hex_of(32), "SHA-256 of the trusted root that was used."),
        Member::required("policy", Shape::hex_of(32), "SHA-256 of the policy."),
        Member::required("limits", Shape::Map { key: Key::Text, of: &UINT, min: 0 }, "Limits in force."),
    ],
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::documents::parse_request;
    use crate::shape;
    use alloc::{format, string::String, vec::Vec};
    use cretula_encoding::{base64, json, limits::Limits};

    /// A request that has every member of the table.
    fn complete() -> String {
        let key = "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEaxfR8uEsQkf4vOblY6RA8ncDfYEt6zOg9KE5RdiYwpZP40Li/hp/m47n60p8D54WK84zV2sxXs7LtkBoN79R9Q==";
        let sha256 = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        format!(
            r#"{{"schema":"cretula/verify-request/v1","bundle":"e30=","trust":{{"roots":["e30="],"keys":[{{"id":"k","key":"{key}",
            "keyDetails":"PKIX_ECDSA_P256_SHA_256","encoding":"der","usage":"u","validFor":{{"start":"2020-01-01T00:00:00Z",
            "end":"2030-01-01T00:00:00Z"}}}}]}},"policy":"e30=","artifacts":[{{"digests":{{"sha256":"{sha256}"}}}},{{"bytes":""}}],
            "options":{{"report":"full","now":1,"limits":{{"bundle-bytes":1}},"expect":{{"nonce":"00","tsaPolicy":"1.2.3",
            "tsaName":"AA==","detachedSct":"AA=="}}}}}}"#
        )
    }

    fn fits_table(text: &str) -> bool {
        let limits = Limits::default();
        json::parse(text.as_bytes(), &limits.json()).is_ok_and(|value| shape::check(value, &REQUEST).is_ok())
    }

    #[test]
    fn reader_and_table_take_the_same_members() {
        let complete = complete();
        parse_request(complete.as_bytes()).unwrap();
        assert!(fits_table(&complete));
        for name in member_names(&REQUEST) {
            assert!(complete.contains(&format!("\"{name}\"")), "the complete request lacks {name}");
        }
        let mut tried = 0;
        for (at, _) in complete.match_indices('{') {
            let (head, tail) = complete.split_at(at + 1);
            let unknown = format!("{head}\"no-such-member\":1,{tail}");
            assert!(parse_request(unknown.as_bytes()).is_err(), "{unknown}");
            tried += 1;
        }
        assert_eq!(tried, 10);
    }

    #[test]
    fn reader_and_table_demand_the_same_members() {
        let complete = complete();
        for name in ["schema", "bundle", "trust", "policy", "id", "key"] {
            let renamed = complete.replacen(&format!("\"{name}\":"), "\"bundle_\":", 1);
            assert!(parse_request(renamed.as_bytes()).is_err() && !fits_table(&renamed), "{name}");
        }
    }

    /// All names of members, however deep; tables of requests do not contain themselves.
    fn member_names(table: &'static ObjectShape) -> Vec<&'static str> {
        let mut open: Vec<Shape> = alloc::vec![Shape::Object(table)];
        let mut names = Vec::new();
        while let Some(shape) = open.pop() {
            match shape {
                Shape::Object(object) => {
                    names.extend(object.members.iter().map(|member| member.name));
                    open.extend(object.members.iter().map(|member| member.shape));
                }
                Shape::Choice(choice) | Shape::Union(choice) => open.extend(choice.of.iter().copied()),
                Shape::List { of, .. } | Shape::Map { of, .. } => open.push(*of),
                Shape::Scalar(_) => {}
            }
        }
        names
    }

    #[test]
    fn reports_and_errors_fit_their_tables() {
        let mut roots = crate::RootMemo::default();
        let limits = Limits::default();
        let policy = base64::encode(br#"{"schema":"cretula/policy/v1","dangerous":{"anySigner":true}}"#);
        for form in ["full", "short"] {
            let request = format!(
                r#"{{"schema":"cretula/verify-request/v1","bundle":"e30=","trust":{{}},"policy":"{policy}","options":{{"report":"{form}"}}}}"#
            );
            let report = crate::portable::verify(request.as_bytes(), &mut roots);
            let value = json::parse(&report, &limits.json()).unwrap();
            shape::check(value, &REPORT).unwrap();
        }
        let error = crate::portable::verify(b"", &mut roots);
        shape::check(json::parse(&error, &limits.json()).unwrap(), &FAILURE).unwrap();
    }
}
