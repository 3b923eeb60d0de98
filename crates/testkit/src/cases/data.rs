//! Cases as files: one document per check, and the trusted roots that they name.

use std::collections::{BTreeMap, BTreeSet};

use cretula_crypto::HashAlgorithm;
use cretula_verify::tables::CHECKS;

use super::{Case, Expected};
use crate::inputs::Inputs;
use crate::json::Json;

/// Schema of a document of cases.
const SCHEMA: &str = "cretula/cases/v1";

/// Files by their path below the folder of the cases: `ID.json` for each check, `roots/NAME.json` for each trusted root.
#[must_use]
pub fn files(cases: &[Case]) -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::new();
    for check in CHECKS {
        let about: Vec<&Case> = cases.iter().filter(|case| case.check == check.id).collect();
        if !about.is_empty() {
            files.insert(format!("{}.json", check.id), document(check.title, check.clause, &about));
        }
    }
    let roots: BTreeSet<&Vec<u8>> = cases.iter().flat_map(|case| &case.inputs.roots).collect();
    files.extend(roots.into_iter().map(|root| (format!("roots/{}", root_name(root)), root.clone())));
    files
}

/// One document: what its cases are about, a public clause, and the cases, each on a line of its own.
#[must_use]
pub fn document(title: &str, clause: &str, cases: &[&Case]) -> Vec<u8> {
    let head = Json::object([
        ("schema", Json::text(SCHEMA)),
        ("title", Json::text(title)),
        ("clause", Json::text(clause)),
    ]);
    let mut text = head.encode();
    text.pop();
    text.extend_from_slice(b",\"cases\":[\n");
    for (index, case) in cases.iter().enumerate() {
        if index > 0 {
            text.extend_from_slice(b",\n");
        }
        text.extend_from_slice(&case.to_json().encode());
    }
    text.extend_from_slice(b"\n]}\n");
    text
}

/// Name of the file of a trusted root: the first twelve digits of its SHA-256.
#[must_use]
pub fn root_name(root: &[u8]) -> String {
    let digits = HashAlgorithm::Sha256.digest(&[root]).to_hex();
    format!("{}.json", digits.get(..12).unwrap_or(&digits))
}

impl Case {
    /// The case: the request of `cretula/verify-request/v1`, in which bundle and policy stand as text where they are
    /// text, and roots by name.
    fn to_json(&self) -> Json {
        let mut case = Json::object([
            ("name", Json::text(&self.name)),
            ("check", Json::text(self.check)),
            ("sentence", Json::text(&self.sentence)),
            ("expected", self.expected_json()),
        ]);
        if let Some((check, code)) = self.noted {
            case.set("/noted", Json::object([("checkId", Json::text(check)), ("code", Json::text(code))]));
        }
        if let Some(twin) = &self.twin {
            case.set("/twin", Json::text(twin));
        }
        case.set("/request", request(&self.inputs));
        case
    }

    fn expected_json(&self) -> Json {
        match self.expected {
            Expected::Verified => Json::object([("outcome", Json::text("verified"))]),
            Expected::Refused { code, check } => Json::object([
                ("outcome", Json::text("refused")),
                ("code", Json::text(code)),
                ("stage", Json::text(self.stage().map_or("", |stage| stage.area()))),
                ("checkId", Json::text(check)),
            ]),
            Expected::Failed { code } => {
                Json::object([("outcome", Json::text("failed")), ("code", Json::text(code))])
            }
        }
    }
}

fn request(inputs: &Inputs) -> Json {
    let mut request = inputs.to_json();
    request.set("/bundle", text_or_bytes(&inputs.bundle));
    request.set("/policy", text_or_bytes(&inputs.policy));
    if !inputs.roots.is_empty() {
        let names = inputs.roots.iter().map(|root| Json::text(root_name(root)));
        request.set("/trust/roots", Json::List(names.collect()));
    }
    request
}

/// Text, or an object with the bytes as base64.
fn text_or_bytes(bytes: &[u8]) -> Json {
    std::str::from_utf8(bytes).map_or_else(|_| Json::object([("base64", Json::bytes(bytes))]), Json::text)
}
