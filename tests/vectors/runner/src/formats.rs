//! Entries of the format kinds as cases.
use std::collections::BTreeMap;

use anyhow::{Result, anyhow};
use cretula_encoding::json::{self, JsonLimits, Value};
use cretula_vector_formats::FormatCase;

use crate::folder::{Entry, Folder};

/// Bounds of expectations: wide enough for every manifest.
const LIMITS: JsonLimits = JsonLimits { max_depth: 32, max_members: 4096, max_string_bytes: 1 << 20 };

/// The case of an entry: its file, and every file that its expectations name.
pub(crate) fn case_of(folder: &Folder, entry: &Entry) -> Result<FormatCase> {
    let mut others = BTreeMap::new();
    for path in texts(entry.expects_json())?.into_iter().filter(|text| folder.lists(text)) {
        let content = folder.read(&path)?;
        others.insert(path, content);
    }
    Ok(FormatCase {
        kind: entry.kind.clone(),
        file: folder.read(&entry.path)?,
        expects: entry.expects_json().to_vec(),
        others,
    })
}

/// Every text in a document, names of members left out.
fn texts(document: &[u8]) -> Result<Vec<String>> {
    let root = json::parse(document, &LIMITS).map_err(|error| anyhow!("expectations: {error}"))?;
    let mut texts = Vec::new();
    let mut open: Vec<Value<'_>> = vec![root];
    while let Some(value) = open.pop() {
        texts.extend(value.as_text().map(|text| text.into_owned()));
        open.extend(value.elements().into_iter().flatten());
        open.extend(value.members().into_iter().flatten().map(|(_, member)| member));
    }
    Ok(texts)
}

#[cfg(test)]
mod tests {
    use super::texts;

    #[test]
    fn texts_are_found_at_every_depth() {
        let mut found = texts(br#"{"a":"x","b":["y",{"c":"z"}],"d":1}"#).unwrap();
        found.sort();
        assert_eq!(found, ["x", "y", "z"]);
    }
}
