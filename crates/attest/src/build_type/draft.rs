//! Provenance while it is being put together.
use alloc::string::String;
use alloc::vec::Vec;

use cretula_encoding::time::Time;

use crate::canonical::{Canonical, Members};
use crate::resource::Resource;

/// Every part that comes from the control plane, and whose word the parameters are.
#[derive(Debug, Default)]
pub(super) struct Draft {
    pub(super) external: Members,
    pub(super) internal: Members,
    /// Pointer into the build definition → `event`, `record` or `tenant`.
    pub(super) origins: Members,
    /// In the order of the schema.
    pub(super) dependencies: Vec<Resource>,
    pub(super) builder_version: Members,
    pub(super) invocation_id: String,
    pub(super) started: Option<Time>,
    pub(super) finished: Option<Time>,
}

/// Whose word a parameter is, where it is not the control plane's own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Word {
    Event,
    Record,
    Tenant,
}

impl Draft {
    /// Sets an external parameter that has content and records whose word it is.
    pub(super) fn set_external(&mut self, name: &str, value: Canonical, word: Word) {
        if value.is_empty() {
            return;
        }
        self.external.set(name, value);
        let origin = match word {
            Word::Event => "event",
            Word::Record => "record",
            Word::Tenant => "tenant",
        };
        self.origins.set_text(&["/externalParameters/", &escape(name)].concat(), origin);
    }
}

/// RFC 6901 §3.
fn escape(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}
