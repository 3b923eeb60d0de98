//! A bundle and everything that its verification needs, described before it is made.
//!
//! What a description says is made consistently: whoever signs something signs what stands there after the edits that
//! come before. Edits after a signature are lies that nobody signed.

mod assemble;
mod evidence;

use cretula_crypto::{KeyDetails, SignatureScheme};

use crate::ca::{ISSUER, Identity, WORKFLOW};
use crate::certificate::CertificateSpec;
use crate::inputs::{GivenArtifact, GivenKey, GivenOptions, Inputs};
use crate::instance::Instance;
use crate::json::Json;
use crate::signing_key::SigningKey;

pub use evidence::{EntryKind, EntryLog, EntrySpec, SctSpec, SetInput, TimestampSpec};

/// A change of something that is about to be made.
pub type Edit<T> = Box<dyn FnOnce(&mut T)>;

pub(crate) fn apply<T>(edits: Vec<Edit<T>>, value: &mut T) {
    for edit in edits {
        edit(value);
    }
}

/// Media types of bundles.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Version {
    /// `…bundle+json;version=0.1`
    V01,
    /// `…bundle+json;version=0.2`
    V02,
    /// `…bundle.v0.3+json`
    V03,
    /// `…bundle+json;version=0.3`
    V03Long,
}

impl Version {
    /// The media type.
    #[must_use]
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::V01 => "application/vnd.dev.sigstore.bundle+json;version=0.1",
            Self::V02 => "application/vnd.dev.sigstore.bundle+json;version=0.2",
            Self::V03 => "application/vnd.dev.sigstore.bundle.v0.3+json",
            Self::V03Long => "application/vnd.dev.sigstore.bundle+json;version=0.3",
        }
    }
}

/// How a certificate stands in a bundle.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CertificateForm {
    /// `certificate`.
    Leaf,
    /// `x509CertificateChain` of the leaf.
    Chain,
    /// `x509CertificateChain` with the intermediates.
    ChainWithIssuers,
    /// `x509CertificateChain` with intermediates and root.
    ChainWithRoot,
}

/// What is signed.
#[derive(Debug, Clone)]
pub enum ContentSpec {
    /// The artifact; whether the bundle states its digest.
    Message(bool),
    /// A statement in an envelope.
    Envelope {
        /// Type of the payload.
        payload_type: String,
        /// The payload.
        payload: Json,
        /// Key id of the signature.
        keyid: String,
    },
}

/// Who signs.
#[derive(Debug, Clone)]
pub enum SignerSpec {
    /// The owner of a certificate of the instance's authority `ca`.
    Certificate {
        /// Index of the authority.
        ca: usize,
        /// Who it is for.
        identity: Identity,
    },
    /// The owner of a managed key.
    Managed {
        /// What the bundle names it.
        hint: String,
    },
}

/// The description. Fields are the tool's own; [`BundleBuilder::build`] makes the inputs.
pub struct BundleBuilder {
    /// The services.
    pub instance: Instance,
    /// The artifact.
    pub artifact: Vec<u8>,
    /// Media type.
    pub version: Version,
    /// How the certificate stands there.
    pub form: CertificateForm,
    /// What is signed.
    pub content: ContentSpec,
    /// Who signs.
    pub signer: SignerSpec,
    /// With what.
    pub key: SigningKey,
    /// How.
    pub scheme: SignatureScheme,
    /// Seconds since 1970.
    pub signed_at: u64,
    /// Promises in the certificate.
    pub scts: Vec<SctSpec>,
    /// A promise beside the certificate, which the caller has.
    pub detached_sct: Option<SctSpec>,
    /// Entries of logs.
    pub entries: Vec<EntrySpec>,
    /// RFC 3161 timestamps.
    pub timestamps: Vec<TimestampSpec>,
    /// What the caller has; `None`: the artifact's bytes.
    pub artifacts: Option<Vec<GivenArtifact>>,
    /// Managed keys of the caller.
    pub keys: Vec<GivenKey>,
    /// Other inputs.
    pub options: GivenOptions,
    /// Policy.
    pub policy: Json,
    /// Whether a trusted root is given.
    pub has_root: bool,
    pub(crate) edits: Edits,
}

impl core::fmt::Debug for BundleBuilder {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("BundleBuilder").finish_non_exhaustive()
    }
}

/// Changes on the way.
#[derive(Default)]
pub(crate) struct Edits {
    /// Leaf before its promises and signature.
    pub(crate) leaf: Vec<Edit<CertificateSpec>>,
    /// Value of the SCT list before the leaf is signed.
    pub(crate) sct_list: Vec<Edit<Vec<u8>>>,
    /// Signs the leaf in place of the issuer.
    pub(crate) leaf_signer: Option<SigningKey>,
    /// Leaf, DER.
    pub(crate) leaf_der: Vec<Edit<Vec<u8>>>,
    /// The bytes that are signed.
    pub(crate) message: Vec<Edit<Vec<u8>>>,
    /// Signature, before anything is said about it.
    pub(crate) signature: Vec<Edit<Vec<u8>>>,
    pub(crate) bundle: Vec<Edit<Json>>,
    pub(crate) bundle_bytes: Vec<Edit<Vec<u8>>>,
    pub(crate) root: Vec<Edit<Json>>,
    pub(crate) root_bytes: Vec<Edit<Vec<u8>>>,
    /// The inputs as they are given.
    pub(crate) inputs: Vec<Edit<Inputs>>,
}

/// Media type of in-toto payloads.
pub(crate) const IN_TOTO: &str = "application/vnd.in-toto+json";

impl BundleBuilder {
    /// A message signed by a workflow with a certificate, in a bundle of version 0.3, with one promise of a CT log and
    /// no other evidence yet. The policy demands this identity.
    #[must_use]
    pub fn keyless(instance: &Instance) -> Self {
        let instance = instance.clone();
        let key = SigningKey::derive(&instance.seed, "signer", crate::Algorithm::P256);
        let signed_at = instance.now - 3600;
        let signer = Json::object([("san", Json::text(WORKFLOW)), ("issuer", Json::text(ISSUER))]);
        Self {
            artifact: b"an artifact\n".to_vec(),
            version: Version::V03,
            form: CertificateForm::Leaf,
            content: ContentSpec::Message(true),
            signer: SignerSpec::Certificate { ca: 0, identity: Identity::workflow() },
            scheme: key.scheme(),
            key,
            signed_at,
            scts: vec![SctSpec::new(0, signed_at - 4)],
            detached_sct: None,
            entries: Vec::new(),
            timestamps: Vec::new(),
            artifacts: None,
            keys: Vec::new(),
            options: GivenOptions::default(),
            policy: Json::object([
                ("schema", Json::text("cretula/policy/v1")),
                ("preset", Json::text("public-good")),
                ("signers", Json::object([("certificate", signer)])),
            ]),
            has_root: true,
            edits: Edits::default(),
            instance,
        }
    }

    /// A message signed by a managed key named `release`, which the policy demands.
    ///
    /// # Panics
    /// If the scheme is not one of the key.
    #[must_use]
    pub fn managed(instance: &Instance, key: SigningKey, scheme: SignatureScheme) -> Self {
        let details =
            KeyDetails::for_key(key.verification_key().kind(), scheme).expect("a registered combination");
        let given = GivenKey {
            id: "release".into(),
            key: key.spki(),
            key_details: Some(details.name().into()),
            ..GivenKey::default()
        };
        let ids = Json::object([("ids", Json::List(vec![Json::text("release")]))]);
        let mut builder = Self::keyless(instance);
        builder.signer = SignerSpec::Managed { hint: "release".into() };
        builder.key = key;
        builder.scheme = scheme;
        builder.scts = Vec::new();
        builder.keys = vec![given];
        builder.policy.set("/preset", Json::text("managed-key"));
        builder.policy.set("/signers", Json::object([("key", ids)]));
        builder
    }

    /// Signs with another key of the same person.
    #[must_use]
    pub fn with_key(mut self, key: SigningKey, scheme: SignatureScheme) -> Self {
        self.key = key;
        self.scheme = scheme;
        self
    }

    /// An in-toto statement about the artifact in place of the artifact.
    #[must_use]
    pub fn envelope(mut self) -> Self {
        let payload = self.statement();
        self.content = ContentSpec::Envelope { payload_type: IN_TOTO.into(), payload, keyid: String::new() };
        self
    }

    /// Another version.
    #[must_use]
    pub fn version(mut self, version: Version, form: CertificateForm) -> Self {
        self.version = version;
        self.form = form;
        self
    }

    /// An entry of a log, made when the signature was.
    #[must_use]
    pub fn logged(mut self, log: EntryLog, kind: EntryKind) -> Self {
        self.entries.push(EntrySpec::new(log, kind, self.signed_at));
        self
    }

    /// A timestamp of the authority with this index.
    #[must_use]
    pub fn timestamped(mut self, authority: usize) -> Self {
        self.timestamps.push(TimestampSpec::new(authority, self.signed_at + 1));
        self
    }

    /// Sets a member of the policy.
    #[must_use]
    pub fn demanding(mut self, pointer: &str, value: Json) -> Self {
        self.policy.set(pointer, value);
        self
    }

    /// A statement about the artifact, by SHA-256.
    #[must_use]
    pub fn statement(&self) -> Json {
        let digest = cretula_crypto::HashAlgorithm::Sha256.digest(&[&self.artifact]).to_hex();
        let subject = Json::object([
            ("name", Json::text("artifact.txt")),
            ("digest", Json::object([("sha256", Json::text(digest))])),
        ]);
        Json::object([
            ("_type", Json::text("https://in-toto.io/Statement/v1")),
            ("subject", Json::List(vec![subject])),
            ("predicateType", Json::text("https://example.com/reviewed/v1")),
            ("predicate", Json::object([("reviewer", Json::text("somebody"))])),
        ])
    }

    /// Makes the bundle and the inputs of its verification.
    #[must_use]
    pub fn build(self) -> Inputs {
        self.assemble().0
    }

    /// As [`Self::build`], and the bundle before it became bytes.
    #[must_use]
    pub fn build_with_json(self) -> (Inputs, Json) {
        self.assemble()
    }
}

/// Short names for what cases change.
impl BundleBuilder {
    pub(crate) fn entry(&mut self, index: usize) -> &mut EntrySpec {
        &mut self.entries[index]
    }

    pub(crate) fn timestamp(&mut self, index: usize) -> &mut TimestampSpec {
        &mut self.timestamps[index]
    }

    pub(crate) fn edit_bundle(&mut self, edit: impl FnOnce(&mut Json) + 'static) {
        self.edits.bundle.push(Box::new(edit));
    }

    pub(crate) fn edit_bundle_text(&mut self, edit: impl FnOnce(String) -> String + 'static) {
        self.edits.bundle_bytes.push(Box::new(|bytes| {
            let text = String::from_utf8(std::mem::take(bytes)).expect("UTF-8");
            *bytes = edit(text).into_bytes();
        }));
    }

    pub(crate) fn edit_root(&mut self, edit: impl FnOnce(&mut Json) + 'static) {
        self.edits.root.push(Box::new(edit));
    }

    pub(crate) fn edit_leaf(&mut self, edit: impl FnOnce(&mut CertificateSpec) + 'static) {
        self.edits.leaf.push(Box::new(edit));
    }

    pub(crate) fn demand(&mut self, pointer: &str, value: Json) {
        self.policy.set(pointer, value);
    }

    /// The payload, before it is signed.
    pub(crate) fn payload(&mut self) -> &mut Json {
        match &mut self.content {
            ContentSpec::Envelope { payload, .. } => payload,
            ContentSpec::Message(_) => panic!("a message has no payload"),
        }
    }
}
