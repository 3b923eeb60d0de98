//! The request that the module gets.

use std::path::Path;

use cretula_encoding::{base64, json::Tree};

use super::{
    artifact::Artifact,
    demand::{Demand, ManagedKey},
    files::{self, Kind},
    outcome::Trouble,
    surroundings,
    trust::Roots,
};

/// The hard cap of a bundle: the command takes everything that is allowed at all.
const BUNDLE_BYTES: u64 = 16 << 20;

/// Everything of one verification, ready to be asked.
pub(crate) struct Question<'a> {
    pub(crate) bundle: &'a [u8],
    pub(crate) roots: &'a Roots,
    pub(crate) demand: &'a Demand,
    pub(crate) artifact: &'a Artifact,
    pub(crate) short: bool,
}

impl Question<'_> {
    /// By digests, which do for almost every signature.
    pub(crate) fn by_digest(&self) -> Vec<u8> {
        let mut digests = Tree::object();
        for (algorithm, value) in &self.artifact.digests {
            digests.set(algorithm, value.as_str());
        }
        let mut artifact = Tree::object();
        artifact.set("digests", digests);
        self.with(artifact)
    }

    /// By bytes, for schemes that sign the artifact itself.
    ///
    /// # Errors
    /// The file cannot be read, or is longer than the module takes.
    pub(crate) fn by_bytes(&self, path: &Path) -> Result<Vec<u8>, Trouble> {
        let mut artifact = Tree::object();
        artifact.set("bytes", base64::encode(&files::read(path, Kind::Artifact)?));
        Ok(self.with(artifact))
    }

    fn with(&self, artifact: Tree) -> Vec<u8> {
        let mut trust = Tree::object();
        let roots = self.roots.documents.iter().map(|root| Tree::from(base64::encode(root)));
        trust.set("roots", Tree::List(roots.collect()));
        if !self.demand.keys.is_empty() {
            trust.set("keys", Tree::List(self.demand.keys.iter().map(managed_key).collect()));
        }
        let mut limits = Tree::object();
        limits.set("bundle-bytes", BUNDLE_BYTES);
        let mut options = Tree::object();
        options.set("limits", limits).set_some("now", surroundings::now());
        if self.short {
            options.set("report", "short");
        }
        let mut request = Tree::object();
        request
            .set("schema", "cretula/verify-request/v1")
            .set("bundle", base64::encode(self.bundle))
            .set("trust", trust)
            .set("policy", base64::encode(&self.demand.policy))
            .set("artifacts", Tree::List(vec![artifact]))
            .set("options", options);
        request.encode()
    }
}

fn managed_key(key: &ManagedKey) -> Tree {
    let mut tree = Tree::object();
    tree.set("id", key.id.as_str()).set("key", base64::encode(&key.spki));
    tree
}
