//! What is signed, and with what.

/// Where a case can run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// OpenBao and virtual services are enough.
    OpenBao,
    /// Needs the real services.
    Services,
}

/// Who signs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signer {
    /// A fresh key that Fulcio certifies for a GitHub-like job.
    GitHub(Curve),
    /// The same for a GitLab-like job.
    GitLab(Curve),
    /// A key of OpenBao.
    Managed(&'static str),
    /// A P-256 key of OpenBao whose id is its fingerprint as OpenSSH writes it.
    Named(&'static str),
    /// A fresh key that the private authority certifies.
    PrivateAuthority,
}

/// Curve of a fresh key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Curve {
    /// P-256.
    P256,
    /// P-384.
    P384,
}

/// What has to come of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// A bundle.
    Bundle,
    /// A bundle; the same statement once more gives a bundle with the same log entry (409, then tiles).
    BundleTwice,
    /// A bundle that cosign signs as trusted root and signing configuration say, and that Cretula verifies.
    BundleOfCosign,
    /// A refusal of Fulcio, whose token is for another audience.
    WrongAudience,
}

/// One run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Case {
    /// Name in tables and reports.
    pub name: &'static str,
    /// Where it can run.
    pub part: Part,
    /// Who signs.
    pub signer: Signer,
    /// Whether there is a log.
    pub log: bool,
    /// Whether there is a timestamp authority.
    pub timestamp: bool,
    /// What has to come of it.
    pub ending: Ending,
}

const fn case(name: &'static str, part: Part, signer: Signer, log: bool, timestamp: bool) -> Case {
    Case { name, part, signer, log, timestamp, ending: Ending::Bundle }
}

const fn ending(ending: Ending, case: Case) -> Case {
    Case { ending, ..case }
}

/// Every run, in its order.
pub const CASES: &[Case] = &[
    // The log is empty before: this proof has no hashes.
    case("public-v2-first-entry", Part::Services, Signer::GitHub(Curve::P256), true, true),
    case("public-v2-github", Part::Services, Signer::GitHub(Curve::P256), true, true),
    case("public-v2-github-p384", Part::Services, Signer::GitHub(Curve::P384), true, true),
    case("public-v2-gitlab", Part::Services, Signer::GitLab(Curve::P256), true, true),
    case("tsa-github", Part::Services, Signer::GitHub(Curve::P256), false, true),
    case("managed-p256", Part::OpenBao, Signer::Managed("p256"), true, true),
    case("managed-p256-fingerprint", Part::OpenBao, Signer::Named("p256"), true, true),
    case("managed-p384", Part::OpenBao, Signer::Managed("p384"), true, true),
    ending(
        Ending::BundleTwice,
        case("managed-rsa3072", Part::OpenBao, Signer::Managed("rsa3072"), true, true),
    ),
    case("managed-tsa-p256", Part::OpenBao, Signer::Managed("p256"), false, true),
    case("managed-tsa-rsa3072", Part::OpenBao, Signer::Managed("rsa3072"), false, true),
    case("managed-tsa-ed25519", Part::OpenBao, Signer::Managed("ed25519"), false, true),
    case("managed-offline-p256", Part::OpenBao, Signer::Managed("p256"), false, false),
    case("managed-offline-ed25519", Part::OpenBao, Signer::Managed("ed25519"), false, false),
    case("private-ca", Part::OpenBao, Signer::PrivateAuthority, false, true),
    ending(
        Ending::BundleOfCosign,
        case("cosign-signs", Part::Services, Signer::GitHub(Curve::P256), true, true),
    ),
    ending(
        Ending::WrongAudience,
        case("fulcio-wrong-audience", Part::Services, Signer::GitHub(Curve::P256), true, true),
    ),
];

impl Case {
    /// The profile.
    #[must_use]
    pub const fn profile(&self) -> &'static str {
        match (self.signer, self.log, self.timestamp) {
            (Signer::GitHub(_) | Signer::GitLab(_), true, _) => "public-v2",
            (Signer::GitHub(_) | Signer::GitLab(_), false, _) => "tsa",
            (Signer::Managed(_) | Signer::Named(_), false, false) => "managed-offline",
            (Signer::Managed(_) | Signer::Named(_), _, _) => "managed",
            (Signer::PrivateAuthority, _, _) => "private-ca",
        }
    }

    /// Whether other clients are asked about its bundle.
    #[must_use]
    pub const fn is_asked_about(&self) -> bool {
        matches!(self.ending, Ending::Bundle | Ending::BundleTwice)
    }
}
