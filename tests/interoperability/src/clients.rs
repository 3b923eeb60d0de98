//! What other clients are expected to say of the bundle of each case: the data file `clients.json`.

use std::collections::BTreeMap;

use anyhow::{Context, Result, bail};
use cretula_peers::{COSIGN, Opinion, PeerKind, SIGSTORE_GO, SIGSTORE_JS, SIGSTORE_PYTHON};
use serde::Deserialize;

/// Clients that are asked.
pub(crate) const KINDS: [PeerKind; 4] = [COSIGN, SIGSTORE_GO, SIGSTORE_PYTHON, SIGSTORE_JS];

/// The table: case, client, expectation.
#[derive(Debug, Clone, Deserialize)]
pub struct Clients {
    cases: Vec<Row>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    name: String,
    /// For the page that is made of this table.
    #[serde(rename = "what")]
    _what: String,
    clients: BTreeMap<String, Expected>,
}

/// What a client says of a bundle.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Expected {
    /// It is verified.
    Accepts,
    /// It is refused, although nothing is wrong with it: a part of the reason, and why that is so.
    Refuses {
        /// Part of what the client says.
        saying: String,
        /// For people.
        because: String,
    },
}

impl Clients {
    /// The data file of this package.
    ///
    /// # Errors
    /// It is no such table.
    pub fn load() -> Result<Self> {
        serde_json::from_str(include_str!("../clients.json")).context("clients.json")
    }

    /// What is expected of a client.
    ///
    /// # Errors
    /// The table says nothing.
    pub fn expected(&self, case: &str, client: &str) -> Result<&Expected> {
        let row = self.cases.iter().find(|row| row.name == case).and_then(|row| row.clients.get(client));
        row.with_context(|| format!("clients.json says nothing of {client} for {case}"))
    }

    /// Names of the cases.
    pub fn cases(&self) -> impl Iterator<Item = &str> {
        self.cases.iter().map(|row| row.name.as_str())
    }
}

impl Expected {
    /// Compares with what the client said. An acceptance that is not expected is a failure too: the table is out of date.
    ///
    /// # Errors
    /// The difference.
    pub fn compare(&self, opinion: &Opinion) -> Result<()> {
        match (self, opinion) {
            (Self::Accepts, Opinion::Accept) => Ok(()),
            (Self::Refuses { saying, .. }, Opinion::Refuse(reason)) if reason.contains(saying) => Ok(()),
            (Self::Accepts, Opinion::Refuse(reason)) => bail!("refuses: {reason}"),
            (Self::Refuses { .. }, Opinion::Accept) => bail!("accepts, which clients.json does not expect"),
            (Self::Refuses { .. }, Opinion::Refuse(reason)) => bail!("refuses for another reason: {reason}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::case::CASES;

    #[test]
    fn the_table_has_every_case_and_client_and_no_other() {
        let clients = Clients::load().unwrap();
        let with_bundle: Vec<&str> =
            CASES.iter().filter(|case| case.is_asked_about()).map(|case| case.name).collect();
        assert!(clients.cases().all(|name| with_bundle.contains(&name)));
        for case in with_bundle {
            for kind in KINDS {
                clients.expected(case, kind.name).unwrap();
            }
        }
    }

    #[test]
    fn an_unexpected_acceptance_is_a_failure() {
        let refuses = Expected::Refuses { saying: "no log".into(), because: String::new() };
        let refusal = |text: &str| Opinion::Refuse(text.into());
        assert!(Expected::Accepts.compare(&Opinion::Accept).is_ok());
        assert!(Expected::Accepts.compare(&refusal("no log")).is_err());
        assert!(refuses.compare(&refusal("has no log entry")).is_ok());
        assert!(refuses.compare(&refusal("there is no key")).is_err());
        assert!(refuses.compare(&Opinion::Accept).is_err());
    }
}
