//! What of the catalogue concerns parts that do not exist yet.

/// A row, or a part of one, without a folder.
#[derive(Debug, Clone, Copy)]
pub struct Later {
    /// Public id, or the lesson.
    pub id: &'static str,
    /// The part that is left.
    pub what: &'static str,
    /// What it waits for.
    pub reason: &'static str,
}

/// All of them.
pub const LATER: &[Later] = &[
    Later {
        id: "GHSA-r2xv-vpr2-42m9",
        what: "an npm document with a broken publish attestation",
        reason: "npm attestation documents are a container format, which is not read yet",
    },
    Later {
        id: "CVE-2026-23992",
        what: "duplicate key ids of TUF roles",
        reason: "trust is given by the caller; there is no TUF client yet",
    },
    Later {
        id: "CVE-2026-49834",
        what: "the same attestation twice under `require.min` 2",
        reason: "`require` belongs to containers; a policy that has it is refused",
    },
    Later {
        id: "CVE-2024-29902, CVE-2024-29903",
        what: "attestations and layers of an image without end",
        reason: "OCI manifests are a container format, which is not read yet; one call takes exactly one bundle",
    },
    Later {
        id: "CVE-2025-66506",
        what: "identity tokens of many separators",
        reason: "identity tokens are read when signing, which does not exist yet; OIDs and names are covered",
    },
    Later {
        id: "CVE-2026-44310",
        what: "a trap of the module maps to a denial",
        reason: "this concerns hosts: `tests/sandbox` proves it",
    },
    Later {
        id: "lesson-no-attestation",
        what: "an empty set, a filtered-out set, a page limit",
        reason: "sets of attestations are containers, which are not read yet; the lesson's single bundles are covered",
    },
    Later {
        id: "lesson: builder claimed by another signer",
        what: "the whole lesson",
        reason: "the policy members `provenance` and `vsa` do not exist yet; a policy that has them is refused",
    },
    Later {
        id: "lesson: imposter commit",
        what: "the whole lesson: `ref: \"commit\"` without `digests`, `refs/pull/…` against `release-tag`",
        reason: "refs of builders belong to the policy member `provenance`, which does not exist yet",
    },
];
