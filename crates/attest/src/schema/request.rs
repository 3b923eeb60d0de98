//! `cretula/attest-request/v1`.

use cretula_verify::shape::{Member, ObjectShape, Shape};

use super::{INTEGER, OPEN, config::CONFIG, facts::FACTS, predicate::PREDICATE, schema, tenant::TENANT};
use crate::request::REQUEST_SCHEMA;

/// `cretula/attest-request/v1`: what `statement` and `begin` take.
pub const ATTEST_REQUEST: Shape = Shape::Object(&REQUEST);

static REQUEST: ObjectShape = ObjectShape {
    name: "attestRequest",
    doc: "One statement that is to be built, or one bundle that is to be signed; at most 48 MiB.",
    members: &[
        schema(&[REQUEST_SCHEMA]),
        Member::required("mode", Shape::TEXT, "Name of a mode of the configuration."),
        Member::required(
            "entropy",
            Shape::BASE64,
            "Exactly 32 bytes of the host's random source, drawn afresh for each request.",
        ),
        Member::required("config", CONFIG, "What the host has decided for all its modes."),
        Member::required(
            "trust",
            OPEN,
            "A Sigstore ClientTrustConfig: trusted root and signing configuration; at most 1 MiB.",
        ),
        Member::required("facts", FACTS, "What the control plane says; the host fills it itself."),
        Member::required("tenant", TENANT, "What the tenant says; the host may copy it from its caller."),
        Member::required("predicate", PREDICATE, "What is to be stated."),
        Member::optional("deadline", INTEGER, "Unix seconds after which nothing is begun."),
    ],
};
