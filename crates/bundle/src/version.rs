//! Media types of bundles (P04).

/// Version of the bundle format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum BundleVersion {
    /// 0.1: log entries are proved by a promise, a proof is optional.
    V01,
    /// 0.2: log entries are proved by an inclusion proof with checkpoint.
    V02,
    /// 0.3: as 0.2, with one certificate instead of a chain.
    V03,
}

impl BundleVersion {
    /// All versions, oldest first.
    pub const ALL: [Self; 3] = [Self::V01, Self::V02, Self::V03];

    /// The version that a media type names; compared exactly, as Sigstore protobuf-specs `Bundle.media_type` asks.
    #[must_use]
    pub fn from_media_type(media_type: &str) -> Option<Self> {
        match media_type {
            "application/vnd.dev.sigstore.bundle+json;version=0.1" => Some(Self::V01),
            "application/vnd.dev.sigstore.bundle+json;version=0.2" => Some(Self::V02),
            "application/vnd.dev.sigstore.bundle+json;version=0.3"
            | "application/vnd.dev.sigstore.bundle.v0.3+json" => Some(Self::V03),
            _ => None,
        }
    }

    /// `0.1`, `0.2`, `0.3`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::V01 => "0.1",
            Self::V02 => "0.2",
            Self::V03 => "0.3",
        }
    }

    /// From [`Self::name`].
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|version| version.name() == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_four_media_types_are_known() {
        let prefix = "application/vnd.dev.sigstore.bundle";
        for (suffix, version) in [
            ("+json;version=0.1", BundleVersion::V01),
            ("+json;version=0.2", BundleVersion::V02),
            ("+json;version=0.3", BundleVersion::V03),
            (".v0.3+json", BundleVersion::V03),
        ] {
            let media_type = alloc::format!("{prefix}{suffix}");
            assert_eq!(BundleVersion::from_media_type(&media_type), Some(version));
        }
        for suffix in [
            "",
            "+json",
            ".v0.1+json",
            ".v0.2+json",
            ".v0.4+json",
            ".v9.9+json",
            ".v0.3+json ",
            ".v0.3+json;x=y",
            ".v0.3.1+json",
            "+json; version=0.1",
            "+json;version=0.10",
            "+JSON;version=0.1",
        ] {
            let media_type = alloc::format!("{prefix}{suffix}");
            assert_eq!(BundleVersion::from_media_type(&media_type), None, "{media_type}");
        }
        assert_eq!(BundleVersion::from_media_type(""), None);
    }

    #[test]
    fn names_read_back() {
        for version in BundleVersion::ALL {
            assert_eq!(BundleVersion::from_name(version.name()), Some(version));
        }
        assert_eq!(BundleVersion::from_name("0.4"), None);
    }
}
