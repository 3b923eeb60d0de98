//! Names of logs and authorities, from the trusted root that was used. They are shown and decide nothing.

use std::collections::BTreeMap;

use sha2::{Digest as _, Sha256};

use cretula_encoding::{
    base64, hex,
    json::{self, Value},
    limits::Limits,
};

/// Name by instance, as reports write instances: log id, or SHA-256 of a certificate; hex.
#[derive(Debug, Default)]
pub(crate) struct Names(BTreeMap<String, String>);

impl Names {
    /// What a trusted root calls its instances; what cannot be read has no name.
    pub(crate) fn of_root(document: &[u8]) -> Self {
        let mut names = Self::default();
        if let Ok(root) = json::parse(document, &Limits::default().json()) {
            elements(&root, "tlogs").for_each(|log| names.add_log(&log));
            elements(&root, "timestampAuthorities").for_each(|authority| names.add_authority(&authority));
        }
        names
    }

    /// The name of an instance, if it has one.
    pub(crate) fn get(&self, instance: &str) -> Option<&str> {
        self.0.get(instance).map(String::as_str)
    }

    fn add_log(&mut self, log: &Value<'_>) {
        let id = log.member("logId").and_then(|id| bytes(&id, "keyId"));
        if let (Some(id), Some(url)) = (id, text(log, "baseUrl")) {
            let name = url.split_once("://").map_or(url.as_str(), |(_, name)| name);
            self.0.insert(hex::encode(&id), name.trim_end_matches('/').to_owned());
        }
    }

    fn add_authority(&mut self, authority: &Value<'_>) {
        let subject = authority.member("subject");
        let name =
            subject.and_then(|subject| text(&subject, "commonName")).or_else(|| text(authority, "uri"));
        let (Some(name), Some(chain)) = (name, authority.member("certChain")) else { return };
        for certificate in elements(&chain, "certificates") {
            if let Some(der) = bytes(&certificate, "rawBytes") {
                self.0.insert(hex::encode(&Sha256::digest(&der)), name.clone());
            }
        }
    }
}

fn elements<'a>(value: &Value<'a>, name: &str) -> impl Iterator<Item = Value<'a>> {
    value.member(name).and_then(|list| list.elements()).into_iter().flatten()
}

fn text(value: &Value<'_>, name: &str) -> Option<String> {
    let text = value.member(name)?.as_text()?.into_owned();
    (!text.is_empty()).then_some(text)
}

fn bytes(value: &Value<'_>, name: &str) -> Option<Vec<u8>> {
    base64::decode(&text(value, name)?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_embedded_root_names_its_logs_and_authorities() {
        let names = Names::of_root(include_bytes!("../../data/trusted_root.json"));
        let rekor = "c0d23d6ad406973f9559f3ba2d1ca01f84147d8ffc5b8445c224f98b9591801d";
        assert_eq!(names.get(rekor), Some("rekor.sigstore.dev"));
        assert!(names.0.values().any(|name| name == "sigstore-tsa-selfsigned" || name == "sigstore-tsa"));
        assert_eq!(names.get(""), None);
    }

    #[test]
    fn what_cannot_be_read_has_no_name() {
        for document in
            ["", "[]", "{\"tlogs\":7}", "{\"tlogs\":[{\"baseUrl\":1,\"logId\":{\"keyId\":\"?\"}}]}"]
        {
            assert!(Names::of_root(document.as_bytes()).0.is_empty(), "{document}");
        }
    }
}
