//! Why nothing was built: a stable code, a place, and a sentence for people.
use alloc::string::String;
use core::fmt;

use cretula_encoding::fields::{FieldError, FieldErrorKind};
use cretula_encoding::json::{JsonError, JsonErrorKind};
use cretula_encoding::text;

/// Each row: variant, code, what it says.
macro_rules! kinds {
    ($($kind:ident = $code:literal, $sentence:literal;)*) => {
        /// What was found. Programs match [`ErrorKind::code`] and nothing else.
        #[non_exhaustive]
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub enum ErrorKind {
            $(#[doc = concat!("`", $code, "`: ", $sentence, ".")] $kind,)*
        }

        impl ErrorKind {
            /// Every kind, in the order of the codes.
            pub const ALL: &'static [Self] = &[$(Self::$kind,)*];

            /// Stable code `area/name`.
            #[must_use]
            pub const fn code(self) -> &'static str {
                match self { $(Self::$kind => $code,)* }
            }

            /// One sentence about the code.
            #[must_use]
            pub const fn sentence(self) -> &'static str {
                match self { $(Self::$kind => $sentence,)* }
            }
        }
    };
}

kinds! {
    BuilderNotAllowed = "builder/not-allowed", "signing workflow, ref or digest is not in the mode's allow-list";
    BundleSelfVerify = "bundle/self-verify", "the finished bundle does not pass the verifier";
    CertificateMismatch = "claims/certificate-mismatch", "the certificate says something else than claims or predicate";
    ClaimsMissing = "claims/missing", "a required claim is absent or null";
    PredicateMismatch = "claims/predicate-mismatch", "the predicate says something else than its claim";
    RunnerEnvironment = "claims/runner-environment", "the mode demands a hosted runner";
    TokenMismatch = "claims/token-mismatch", "two tokens of one request differ";
    ClaimsType = "claims/type", "a claim is neither text nor integer, or has no usable form";
    ConfigFormat = "config/format", "trust or signing configuration cannot be read";
    ConfigMediaType = "config/media-type", "a configuration has another media type";
    ConfigSelection = "config/selection", "no services fit what the signing configuration demands";
    FactsMissing = "facts/missing", "a required field of the control plane is absent";
    FactsOrigin = "facts/origin", "the origin of the facts contradicts the mode";
    FulcioChain = "fulcio/chain", "the certificate leads to no authority of the trusted root";
    FulcioExpired = "fulcio/expired", "the certificate ended before everything else was there";
    FulcioFormat = "fulcio/format", "the reply of the certificate authority has another form";
    FulcioKey = "fulcio/key", "the certificate is for another key";
    FulcioProfile = "fulcio/profile", "the certificate is not one for signing code";
    FulcioRefused = "fulcio/refused", "the certificate authority refused the request";
    FulcioSct = "fulcio/sct", "no log of the trusted root promises the certificate";
    FulcioSctDetached = "fulcio/sct-detached", "the promise of the log stands beside the certificate, where no bundle can carry it";
    FulcioUnavailable = "fulcio/unavailable", "the certificate authority did not answer in time";
    FulcioValidity = "fulcio/validity", "the certificate is not valid for long enough, or for too long";
    GithubServer = "github/server", "the server is not the configured one";
    GithubWorkflowRef = "github/workflow-ref", "workflow_ref does not fit repository and ref";
    GitlabRefType = "gitlab/ref-type", "the ref is neither a branch nor a tag";
    GuardCertificate = "guard/certificate", "the certificate to be signed is not the one that belongs to the request";
    GuardClaims = "guard/claims", "the statement says something else than the host knows";
    GuardCount = "guard/count", "more is to be signed than the request allows";
    GuardCsr = "guard/csr", "the certificate request is not the one of the ephemeral key";
    GuardLevel = "guard/level", "the summary says more than the caller may";
    GuardPae = "guard/pae", "not an exact pre-authentication encoding";
    GuardPayloadType = "guard/payload-type", "the payload type is not allowed";
    GuardPredicateType = "guard/predicate-type", "the predicate type is not among those of the caller";
    GuardPurpose = "guard/purpose", "the key is not for this kind of message";
    GuardStatement = "guard/statement", "the payload is not a statement";
    GuardSubject = "guard/subject", "the subjects are not those of the request";
    GuardUnknownMessage = "guard/unknown-message", "the message is of no kind that is ever signed";
    InputBase64 = "input/base64", "a member is not canonical padded standard base64";
    InputDepth = "input/depth", "the document is nested too deeply";
    InputDuplicateKey = "input/duplicate-key", "two members of one object have the same name";
    InputMissing = "input/missing", "a required member is missing";
    InputNumber = "input/number", "a number is outside its range or not an integer";
    InputSyntax = "input/syntax", "the document is not one JSON value";
    InputTooLarge = "input/too-large", "the document is longer than any acceptable one";
    InputType = "input/type", "a member has another type or form";
    InputUnknownMember = "input/unknown-member", "the document has no such member";
    InputUtf8 = "input/utf8", "the document is not UTF-8, or holds half a surrogate pair";
    KeyAlgorithm = "key/algorithm", "the key has an algorithm that is not known";
    KeyChain = "key/chain", "the certificate chain of the key cannot be read or is for another key";
    KeyDenied = "key/denied", "the host denied the key";
    KeyEncoding = "key/encoding", "the signature has another form than its encoding says";
    KeyNonceReuse = "key/nonce-reuse", "two signatures of the key share their nonce";
    KeyPublic = "key/public", "the public key does not fit its algorithm";
    KeySelfCheck = "key/self-check", "the signature does not verify with the public key";
    KeyUnavailable = "key/unavailable", "the key did not answer in time";
    KeyVersion = "key/version", "the key was changed while it was used";
    LimitCertificateBytes = "limits/certificate-bytes", "a certificate is too long";
    LimitChain = "limits/chain", "there are too many certificates";
    LimitCheckpointBytes = "limits/checkpoint-bytes", "a checkpoint is too long";
    LimitClaimsBytes = "limits/claims-bytes", "the claims are too long";
    LimitConfigBytes = "limits/config-bytes", "trust and signing configuration are too long";
    LimitDigestsPerSubject = "limits/digests-per-subject", "a subject has too many digests";
    LimitLogEntries = "limits/log-entries", "there are too many log entries";
    LimitParameterNameBytes = "limits/parameter-name-bytes", "the name of a parameter is too long";
    LimitParameterValueBytes = "limits/parameter-value-bytes", "the value of a parameter is too long";
    LimitParameters = "limits/parameters", "there are too many parameters";
    LimitPredicateDepth = "limits/predicate-depth", "the predicate is nested too deeply";
    LimitReplyBytes = "limits/reply-bytes", "a reply is too long";
    LimitResolvedDependencies = "limits/resolved-dependencies", "there are too many dependencies";
    LimitSchemaBytes = "limits/schema-bytes", "the schema of a build type is too long";
    LimitServices = "limits/services", "more services of one kind are selected than allowed";
    LimitStateBytes = "limits/state-bytes", "the state is too long";
    LimitStatementBytes = "limits/statement-bytes", "the statement is too long";
    LimitSubjectNameBytes = "limits/subject-name-bytes", "the name of a subject is too long";
    LimitSubjects = "limits/subjects", "there are too many subjects";
    LimitTimestamps = "limits/timestamps", "there are too many timestamps";
    LimitTokenBytes = "limits/token-bytes", "a timestamp token is too long";
    PredicateNotAllowed = "mode/predicate-not-allowed", "the mode does not list this predicate type";
    ModeUnknown = "mode/unknown", "the mode is not configured";
    ParamsDuplicateName = "params/duplicate-name", "external and internal parameters share a name";
    ParamsEvent = "params/event", "the event does not fit the build type or its parameters";
    ParamsIncomplete = "params/incomplete", "the event holds a parameter that the predicate lacks";
    ParamsMissing = "params/missing", "a required parameter is absent";
    ParamsType = "params/type", "a parameter has another type or value than the schema says";
    ParamsUnknown = "params/unknown", "the schema has no such parameter";
    PredicateField = "predicate/field", "a member of the predicate breaks its rule";
    PredicateReserved = "predicate/reserved", "a raw predicate may not have this type";
    PredicateType = "predicate/type", "not a URI with lower-case scheme and authority";
    ProfileAlgorithm = "profile/algorithm", "the profile cannot be used with this key algorithm";
    ProfileEvidence = "profile/evidence", "the profile gives no time for a certificate, or lets it live too long";
    ProfileVisibility = "profile/visibility", "a public log would disclose a project that is not public";
    RekorCheckpoint = "rekor/checkpoint", "no log of the trusted root signed the checkpoint";
    RekorDuplicate = "rekor/duplicate", "an equal entry exists and cannot be read";
    RekorFormat = "rekor/format", "the reply of the log has another form";
    RekorFrozen = "rekor/frozen", "the log takes no more entries, and there is no other";
    RekorOrigin = "rekor/origin", "the checkpoint is of another log than the chosen one";
    RekorOtherEntry = "rekor/other-entry", "the log answered with another entry";
    RekorPromise = "rekor/promise", "no log of the trusted root signed the promise";
    RekorProof = "rekor/proof", "the entry is not in the tree of the checkpoint";
    RekorRefused = "rekor/refused", "the log refused the entry";
    RekorThreshold = "rekor/threshold", "fewer logs than demanded took the entry";
    RekorTime = "rekor/time", "the time of the log does not fit the certificate or the call";
    RekorUnavailable = "rekor/unavailable", "the log did not answer in time";
    RekorWindow = "rekor/window", "the log was not in use at the signing time";
    SecretMasked = "secret/masked", "a parameter holds a masked value";
    SecretName = "secret/name", "a parameter with a value is named like a secret";
    SecretValue = "secret/value", "a parameter holds what looks like a credential";
    ServiceBody = "service/body", "a reply was too long or compressed";
    ServiceRedirect = "service/redirect", "a service answered with a redirect";
    StateExpired = "state/expired", "the state is older than 24 hours";
    StateFormat = "state/format", "the state has another form";
    StateVersion = "state/version", "the state is of another version of the format";
    StepStaleReply = "step/stale-reply", "the reply does not belong to the pending action";
    SubjectConfigDigest = "subject/config-digest", "the digest of an image configuration names no image";
    SubjectDigestAlgorithm = "subject/digest-algorithm", "a subject has a digest of another algorithm than allowed";
    SubjectDigestFormat = "subject/digest-format", "a digest is not lower-case hex";
    SubjectDigestLength = "subject/digest-length", "a digest is not as long as its algorithm says";
    SubjectDuplicate = "subject/duplicate", "two subjects have the same name";
    SubjectNoDigest = "subject/no-digest", "a subject has no digest";
    SubjectNone = "subject/none", "there is no subject";
    SubjectWeakDigest = "subject/weak-digest", "a subject has a digest by SHA-1 or MD5";
    TenantForbiddenField = "tenant/forbidden-field", "the tenant names what only the control plane may say";
    TimeBackwards = "time/backwards", "the clock of the host went backwards";
    TimeFormat = "time/format", "not a time in RFC 3339 UTC with Z";
    TimeOrder = "time/order", "something finished before it started";
    TsaChain = "tsa/chain", "the timestamp leads to no authority of the trusted root";
    TsaFormat = "tsa/format", "the reply of the timestamp authority has another form";
    TsaImprint = "tsa/imprint", "the timestamp is over other bytes";
    TsaNonce = "tsa/nonce", "the timestamp has another nonce than the query";
    TsaPolicy = "tsa/policy", "the timestamp was made under another policy";
    TsaProfile = "tsa/profile", "the certificate of the timestamp is not one for timestamps";
    TsaRefused = "tsa/refused", "the timestamp authority refused the query";
    TsaSignature = "tsa/signature", "the signature of the timestamp does not verify";
    TsaStatus = "tsa/status", "the timestamp authority granted nothing";
    TsaThreshold = "tsa/threshold", "fewer timestamp authorities than demanded answered";
    TsaTime = "tsa/time", "the time of the timestamp does not fit the certificate or the call";
    TsaUnavailable = "tsa/unavailable", "the timestamp authority did not answer in time";
    TsaWindow = "tsa/window", "the authority or a certificate of its path was not valid at that time";
    VsaLevelCustom = "vsa/level-custom", "a custom level has another form";
    VsaLevelDuplicate = "vsa/level-duplicate", "two levels of one track";
    VsaLevelForm = "vsa/level-form", "not a level of a known track";
    VsaLevelRaised = "vsa/level-raised", "a level above what was verified";
    VsaLevelReserved = "vsa/level-reserved", "a reserved value of SLSA that is not known";
    VsaReproduced = "vsa/reproduced", "reproduction was not verified by two builders of different signers";
    VsaResult = "vsa/result", "result and levels contradict each other";
    VsaSource = "vsa/source", "a source summary lacks what SLSA demands of it";
    VsaSubject = "vsa/subject", "subjects and verified artifacts are not the same";
}

/// A refusal.
///
/// `detail` never holds a value of the input: no parameter, claim, token or predicate. `path` may hold names of members.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttestError {
    /// What was found.
    pub kind: ErrorKind,
    /// RFC 6901 pointer into the request, or into the document that was given.
    pub path: Option<String>,
    /// What was expected, for people; at most 256 bytes.
    pub detail: Option<String>,
}

impl AttestError {
    /// An error without a place.
    pub(crate) fn new(kind: ErrorKind, detail: impl Into<String>) -> Self {
        Self { kind, path: None, detail: Some(text::clip(detail.into())) }
    }

    /// Adds the place.
    pub(crate) fn at(mut self, path: impl Into<String>) -> Self {
        self.path = Some(text::clip(path.into()));
        self
    }

    /// Stable code `area/name`.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        self.kind.code()
    }
}

impl fmt::Display for AttestError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.code())?;
        if let Some(path) = &self.path {
            write!(out, " at {}", text::quote(path))?;
        }
        match &self.detail {
            Some(detail) => write!(out, ": {detail}"),
            None => Ok(()),
        }
    }
}

impl core::error::Error for AttestError {}

impl From<JsonError> for AttestError {
    fn from(error: JsonError) -> Self {
        let kind = match error.kind {
            JsonErrorKind::Depth => ErrorKind::InputDepth,
            JsonErrorKind::DuplicateMember => ErrorKind::InputDuplicateKey,
            JsonErrorKind::LoneSurrogate | JsonErrorKind::Utf8 => ErrorKind::InputUtf8,
            JsonErrorKind::InputBytes | JsonErrorKind::Members | JsonErrorKind::StringBytes => {
                ErrorKind::InputTooLarge
            }
            JsonErrorKind::Syntax | JsonErrorKind::TrailingBytes | _ => ErrorKind::InputSyntax,
        };
        Self::new(kind, alloc::format!("{} at byte {}", error.kind, error.offset))
    }
}

impl From<FieldError> for AttestError {
    fn from(error: FieldError) -> Self {
        let (kind, detail) = match error.kind {
            FieldErrorKind::Base64 => (ErrorKind::InputBase64, "expected canonical padded standard base64"),
            FieldErrorKind::Missing => (ErrorKind::InputMissing, "this member is required"),
            FieldErrorKind::Type("integer in range") => {
                (ErrorKind::InputNumber, "expected an integer in range")
            }
            FieldErrorKind::Type(expected) => (ErrorKind::InputType, expected),
            FieldErrorKind::UnknownMember => (ErrorKind::InputUnknownMember, "there is no such member"),
            _ => (ErrorKind::InputType, "another shape is expected here"),
        };
        Self::new(kind, detail).at(error.pointer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_sorted_and_unique() {
        let codes: alloc::vec::Vec<_> = ErrorKind::ALL.iter().map(|kind| kind.code()).collect();
        assert!(codes.windows(2).all(|pair| pair[0] < pair[1]), "{codes:?}");
        assert!(ErrorKind::ALL.iter().all(|kind| !kind.sentence().is_empty()));
    }

    #[test]
    fn details_are_short() {
        let error = AttestError::new(ErrorKind::InputType, "x".repeat(300)).at("/a\n".repeat(200));
        assert_eq!(error.detail.as_ref().map(String::len), Some(256));
        assert_eq!(error.path.as_ref().map(String::len), Some(256));
        assert!(!alloc::format!("{error}").contains('\n'));
    }
}
