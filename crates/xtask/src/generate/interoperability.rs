//! The page that says which client verifies which bundle.

use std::{collections::BTreeMap, fs};

use anyhow::{Context, Result};
use serde::Deserialize;

use super::{Generated, docs::NOTICE};
use crate::root::Root;

/// The table of the tests; `cargo xtask test --slow` compares it with what the clients say.
const TABLE: &str = "tests/interoperability/clients.json";

#[derive(Deserialize)]
struct Table {
    cases: Vec<Row>,
}

#[derive(Deserialize)]
struct Row {
    what: String,
    clients: BTreeMap<String, Expected>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Expected {
    Accepts,
    Refuses { because: String },
}

/// Rows are bundles, columns clients; reasons stand below.
#[expect(clippy::disallowed_methods, reason = "the project's own file, outside of the module")]
pub(super) fn page(root: &Root) -> Result<Vec<Generated>> {
    let text = fs::read_to_string(root.join(TABLE)).context(TABLE)?;
    let table: Table = serde_json::from_str(&text).context(TABLE)?;
    Ok(vec![("docs/interoperability.md".to_owned(), written(&table).into_bytes())])
}

fn written(table: &Table) -> String {
    let clients: Vec<&str> =
        table.cases.first().map(|row| row.clients.keys().map(String::as_str).collect()).unwrap_or_default();
    let mut page = format!(
        "{NOTICE}\n# Other clients\n\nEach row is a bundle that Cretula signs with real services and verifies itself: Fulcio, a CT \
         log, Rekor v2, a timestamp authority and OpenBao, all on loopback. The columns are other clients. A number is a \
         reason for which a client refuses the bundle; the tests fail if it accepts it, and if it refuses for another reason.\n\n\
         Rekor v1 is not among the services: its server needs a database and a Trillian log. Bundles for it are made and \
         verified with the virtual services of the testkit only.\n\n| bundle | {} |\n|---|{}\n",
        clients.join(" | "),
        "---|".repeat(clients.len())
    );
    let mut reasons: Vec<&str> = Vec::new();
    for row in &table.cases {
        let cells: Vec<String> = row.clients.values().map(|said| cell(said, &mut reasons)).collect();
        page.push_str(&format!("| {} | {} |\n", row.what, cells.join(" | ")));
    }
    page.push('\n');
    for (index, reason) in reasons.iter().enumerate() {
        page.push_str(&format!("{}. {reason}\n", index.saturating_add(1)));
    }
    page
}

fn cell<'a>(said: &'a Expected, reasons: &mut Vec<&'a str>) -> String {
    let Expected::Refuses { because } = said else { return "verified".to_owned() };
    let known = reasons.iter().position(|reason| reason == because);
    let index = known.unwrap_or_else(|| {
        reasons.push(because);
        reasons.len().saturating_sub(1)
    });
    format!("refused ({})", index.saturating_add(1))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::{Expected, Row, Table, written};

    #[test]
    fn equal_reasons_have_one_number() {
        let refuses = |because: &str| Expected::Refuses { because: because.to_owned() };
        let row = |what: &str, one, other| Row {
            what: what.to_owned(),
            clients: BTreeMap::from([("a".to_owned(), one), ("b".to_owned(), other)]),
        };
        let table = Table {
            cases: vec![
                row("x", Expected::Accepts, refuses("no log")),
                row("y", refuses("no key"), refuses("no log")),
            ],
        };
        let page = written(&table);
        assert!(page.contains("| bundle | a | b |\n|---|---|---|\n| x | verified | refused (1) |\n"));
        assert!(page.contains("| y | refused (2) | refused (1) |\n\n1. no log\n2. no key\n"));
    }
}
