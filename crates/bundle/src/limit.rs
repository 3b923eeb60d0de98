//! The limits that documents are held to.

/// The limits that are checked here.
#[non_exhaustive]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Limit {
    /// Length of a bundle.
    BundleBytes,
    /// Length of a certificate.
    CertificateBytes,
    /// Certificates in a chain.
    Chain,
    /// Length of a checkpoint.
    CheckpointBytes,
    /// Nesting of JSON.
    JsonDepth,
    /// Members of one JSON object.
    JsonMembers,
    /// Length of one JSON string.
    JsonStringBytes,
    /// Log entries of a bundle.
    LogEntries,
    /// Hashes of an inclusion proof.
    ProofHashes,
    /// Timestamps of a bundle.
    Timestamps,
    /// Length of a timestamp.
    TokenBytes,
    /// Length of a trusted root.
    TrustedRootBytes,
    /// Logs or authorities of one kind in a trusted root.
    TrustedRootInstances,
    /// Trusted roots in one document of JSON lines.
    TrustedRoots,
}

impl Limit {
    /// The stable code.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::BundleBytes => "limits/bundle-bytes",
            Self::CertificateBytes => "limits/certificate-bytes",
            Self::Chain => "limits/chain",
            Self::CheckpointBytes => "limits/checkpoint-bytes",
            Self::JsonDepth => "limits/json-depth",
            Self::JsonMembers => "limits/json-members",
            Self::JsonStringBytes => "limits/json-string-bytes",
            Self::LogEntries => "limits/log-entries",
            Self::ProofHashes => "limits/proof-hashes",
            Self::Timestamps => "limits/timestamps",
            Self::TokenBytes => "limits/token-bytes",
            Self::TrustedRootBytes => "limits/trusted-root-bytes",
            Self::TrustedRootInstances => "limits/trusted-root-instances",
            Self::TrustedRoots => "limits/trusted-roots",
        }
    }

    /// Whether the limit bounds the reading of the text itself (P01), not the number or size of what it holds (P11).
    pub(crate) const fn bounds_text(self) -> bool {
        match self {
            Self::BundleBytes | Self::JsonDepth | Self::JsonMembers | Self::JsonStringBytes => true,
            Self::CertificateBytes
            | Self::Chain
            | Self::CheckpointBytes
            | Self::LogEntries
            | Self::ProofHashes
            | Self::Timestamps
            | Self::TokenBytes
            | Self::TrustedRootBytes
            | Self::TrustedRootInstances
            | Self::TrustedRoots => false,
        }
    }
}
