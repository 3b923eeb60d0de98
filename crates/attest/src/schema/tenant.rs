//! The member `tenant` of requests, and resource descriptors.

use cretula_verify::shape::{Key, Member, ObjectShape, Shape};

use super::{ANY, DIGESTS, HEX, TEXTS};

/// Most entries of a list of descriptors.
const MAX_DESCRIPTORS: usize = 4096;
/// Most subjects.
pub(super) const MAX_SUBJECTS: usize = 1024;

/// Claims of the tenant.
pub(super) const TENANT: Shape = Shape::Object(&TENANT_OBJECT);

static TENANT_OBJECT: ObjectShape = ObjectShape {
    name: "tenant",
    doc: "What the tenant says; no member of the control plane may stand here.",
    members: &[
        Member::required(
            "subjects",
            Shape::List { of: &SUBJECT, min: 1, max: MAX_SUBJECTS },
            "What the statement is about; no name stands twice.",
        ),
        Member::required(
            "resolvedDependencies",
            DESCRIPTORS,
            "Further dependencies, marked as the tenant's in the statement.",
        ),
        Member::required("byproducts", DESCRIPTORS, "By-products, marked as the tenant's."),
        Member::required(
            "declared",
            Shape::Map { key: Key::Text, of: &ANY, min: 0 },
            "Values of extensions and of parameters of class T, by the names that the build type declares.",
        ),
    ],
};

static SUBJECT: Shape = Shape::Object(&SUBJECT_OBJECT);
static SUBJECT_OBJECT: ObjectShape = ObjectShape {
    name: "subject",
    doc: "One artifact, or one revision of a source repository.",
    members: &[
        Member::optional("name", Shape::TEXT, "For people; at most 1024 bytes."),
        Member::required(
            "digest",
            DIGESTS,
            "At most 16 digests in lower-case hex: sha256, sha384, sha512; gitCommit for a source summary \
             or a test result.",
        ),
        Member::optional(
            "mediaType",
            Shape::TEXT,
            "Media type, which must not be that of an image configuration; not part of the statement.",
        ),
        Member::optional("annotations", Shape::Object(&ANNOTATIONS), "Only in a source summary."),
    ],
};
static ANNOTATIONS: ObjectShape = ObjectShape {
    name: "subjectAnnotations",
    doc: "What a source summary says about a revision.",
    members: &[Member::required("sourceRefs", TEXTS, "Full git refs that point to the revision.")],
};

/// Descriptors of dependencies and by-products.
const DESCRIPTORS: Shape = Shape::List { of: &DESCRIPTOR, min: 0, max: MAX_DESCRIPTORS };
pub(super) static DESCRIPTOR: Shape = Shape::Object(&DESCRIPTOR_OBJECT);
static DESCRIPTOR_OBJECT: ObjectShape = ObjectShape {
    name: "resourceDescriptor",
    doc: "A resource (in-toto attestation v1); with at least one of uri, digest and content.",
    members: &[
        Member::optional("uri", Shape::TEXT, "URI."),
        Member::optional("name", Shape::TEXT, "Name within the list."),
        Member::optional(
            "digest",
            Shape::Map { key: Key::Text, of: &HEX, min: 0 },
            "Digests by algorithm of the in-toto digest set, in lower-case hex.",
        ),
        Member::optional("content", Shape::BASE64, "The resource itself."),
        Member::optional("downloadLocation", Shape::TEXT, "Where it can be fetched."),
        Member::optional("mediaType", Shape::TEXT, "Media type."),
        Member::optional(
            "annotations",
            Shape::Map { key: Key::Text, of: &ANY, min: 0 },
            "Anything by name, except cretula_origin.",
        ),
    ],
};
