#![doc = include_str!("../README.md")]
#![expect(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "reads the project's own files, which a test compares with what their generator makes"
)]

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use cretula_encoding::base64;
use serde::Deserialize;
use serde_json::Value;

/// One call and what it must come to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Case {
    /// Unique.
    pub name: String,
    /// Check that it is about.
    pub check: String,
    /// What is wrong, or what is good.
    pub sentence: String,
    /// What it must come to.
    pub expected: Expected,
    /// A row or a warning that the report must have as well.
    pub noted: Option<Noted>,
    /// Name of the accepted case that differs in one thing.
    pub twin: Option<String>,
    /// The document of `cretula/verify-request/v1`.
    pub request: Vec<u8>,
}

/// What a call must come to.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(tag = "outcome", rename_all = "lowercase")]
pub enum Expected {
    /// The bundle is verified.
    Verified,
    /// The bundle is refused.
    Refused {
        /// Code of the primary failure.
        code: String,
        /// Its stage.
        stage: String,
        /// The check that reports it.
        #[serde(rename = "checkId")]
        check: String,
    },
    /// The call is wrong.
    Failed {
        /// Code of the failure.
        code: String,
    },
}

/// A row of the report, or a warning.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Noted {
    /// Check of the row.
    #[serde(rename = "checkId")]
    pub check: String,
    /// Code of the row or of the warning.
    pub code: String,
}

#[derive(Deserialize)]
struct Document {
    schema: String,
    cases: Vec<Entry>,
}

#[derive(Deserialize)]
struct Entry {
    name: String,
    check: String,
    sentence: String,
    expected: Expected,
    noted: Option<Noted>,
    twin: Option<String>,
    request: Value,
}

/// Cases of every check.
///
/// # Errors
/// If a file cannot be read or is no document of cases.
pub fn checks() -> io::Result<Vec<Case>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../checks");
    let mut cases = Vec::new();
    for file in sorted(&folder)? {
        if file.extension().is_some_and(|extension| extension == "json") {
            cases.append(&mut read(&file, &folder.join("roots"))?);
        }
    }
    Ok(cases)
}

/// What a folder holds, in the order of the names.
fn sorted(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let entries = fs::read_dir(folder)?;
    let mut paths = entries.map(|entry| Ok(entry?.path())).collect::<io::Result<Vec<_>>>()?;
    paths.sort();
    Ok(paths)
}

/// Cases of one file, whose trusted roots are in the folder `roots`.
///
/// # Errors
/// If a file cannot be read or is no document of cases.
pub fn read(file: &Path, roots: &Path) -> io::Result<Vec<Case>> {
    let document: Document = serde_json::from_slice(&fs::read(file)?)?;
    if document.schema != "cretula/cases/v1" {
        return Err(malformed(&format!("{}: schema {}", file.display(), document.schema)));
    }
    document.cases.into_iter().map(|entry| case(entry, roots)).collect()
}

fn case(entry: Entry, roots: &Path) -> io::Result<Case> {
    let mut request = entry.request;
    for member in ["bundle", "policy"] {
        let bytes = request.get(member).and_then(bytes).ok_or_else(|| malformed(&entry.name))?;
        set(&mut request, member, Value::String(base64::encode(&bytes)));
    }
    let names = request.pointer("/trust/roots").and_then(Value::as_array).cloned();
    if let (Some(names), Some(trust)) = (names, request.get_mut("trust")) {
        let read = names.iter().map(|name| fs::read(roots.join(name.as_str().unwrap_or_default())));
        let roots = read.collect::<io::Result<Vec<_>>>()?;
        let roots = roots.iter().map(|root| Value::String(base64::encode(root)));
        set(trust, "roots", roots.collect());
    }
    Ok(Case {
        name: entry.name,
        check: entry.check,
        sentence: entry.sentence,
        expected: entry.expected,
        noted: entry.noted,
        twin: entry.twin,
        request: serde_json::to_vec(&request)?,
    })
}

fn set(object: &mut Value, name: &str, value: Value) {
    if let Some(members) = object.as_object_mut() {
        members.insert(name.to_string(), value);
    }
}

/// Text as its bytes, or the bytes of `{"base64": …}`.
fn bytes(value: &Value) -> Option<Vec<u8>> {
    match value.as_str() {
        Some(text) => Some(text.as_bytes().to_vec()),
        None => base64::decode(value.get("base64")?.as_str()?).ok(),
    }
}

fn malformed(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, format!("malformed case: {what}"))
}
