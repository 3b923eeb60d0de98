//! Selection of services, writing of bundles, and what is verified before anything leaves.
#![expect(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "bends the project's own documents with an independent reader; a test that cannot stops"
)]

mod assembly;
mod material;
mod selection;
mod self_verification;
mod summary;
