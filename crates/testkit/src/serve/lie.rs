//! What services can be told to do wrong, each by its name.

/// Declares the lies of one kind with their sentences, and the list of all of them.
macro_rules! lies {
    ($(#[$doc:meta])* $name:ident { $($lie:ident = $sentence:literal,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub enum $name {
            $(#[doc = $sentence] $lie,)*
        }

        impl $name {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$lie,)*];

            /// What the service does.
            #[must_use]
            pub const fn sentence(self) -> &'static str {
                match self { $(Self::$lie => $sentence,)* }
            }
        }
    };
}

lies! {
    /// Lies of Fulcio.
    FulcioLie {
        OtherIdentity = "The certificate names another workflow.",
        OtherIssuer = "The certificate names another issuer.",
        OtherClaim = "The certificate names another commit than the token.",
        OtherKey = "The certificate is for another key.",
        ForeignChain = "An authority of equal names and other keys issues the certificate.",
        BrokenSignature = "The certificate is signed by a key that is not the issuer's.",
        NoSct = "The certificate has no promise of a CT log.",
        SctOfOtherCertificate = "The promise is about another certificate.",
        SctOfUnknownLog = "A CT log that nobody knows made the promise.",
        DetachedSct = "The promise stands beside the certificate.",
        Expired = "The certificate expired a second ago.",
        NotYetValid = "The certificate is valid in an hour.",
        LongLived = "The certificate is valid for a year.",
        IsAuthority = "The certificate is one of an authority.",
        OtherPurpose = "The certificate is for timestamps.",
        UnknownCriticalExtension = "The certificate has a critical extension that nobody knows.",
        TwoLeaves = "The chain begins with two leaves.",
        ManyIssuers = "The chain has more issuers than any path needs.",
        EmptyChain = "The chain is empty.",
        OversizeCertificate = "The certificate has more than 16 KiB.",
        NotPem = "The certificate is base64 without its marks.",
    }
}

lies! {
    /// Lies of Rekor v1.
    RekorV1Lie {
        OtherEntry = "The log holds an entry with another signature, and proves that one.",
        OtherVerifier = "The log holds an entry with another key, and proves that one.",
        OtherEnvelope = "The entry has the hash of another envelope.",
        OtherKind = "The log holds an entry of another kind.",
        TwoEntries = "The reply has two entries.",
        PromiseOverOtherEntry = "The promise is about another entry.",
        PromiseByOtherKey = "Another key made the promise.",
        NoPromise = "There is no promise.",
        WrongProof = "A hash of the inclusion proof is another one.",
        CheckpointOfOtherTree = "The log signed the checkpoint of another tree of equal size.",
        CheckpointOfOtherLog = "Another known log signed the checkpoint, under its own name.",
        ForeignCheckpoint = "A log of equal name and other key signed the checkpoint.",
        BrokenCheckpoint = "The signature of the checkpoint does not verify.",
        UnsignedCheckpoint = "The checkpoint has no signature.",
        StaleCheckpoint = "The checkpoint is that of the tree before this entry.",
        FutureTime = "The log says that it saw the entry in an hour.",
        EarlyTime = "The log says that it saw the entry an hour ago.",
        Conflict = "The log says that the entry was there, and names somebody else's.",
        ConflictElsewhere = "The log says that the entry was there, and names another server.",
    }
}

lies! {
    /// Lies of Rekor v2.
    RekorV2Lie {
        OtherEntry = "The log holds an entry with another signature, and proves that one.",
        OtherVerifier = "The log holds an entry with another key, and proves that one.",
        OtherKind = "The log holds an entry of the withdrawn kind.",
        WrongIndex = "The index is that of the entry before.",
        WrongProof = "A hash of the inclusion proof is another one.",
        CheckpointOfOtherTree = "The log signed the checkpoint of another tree of equal size.",
        CheckpointOfOtherLog = "Another known log signed the checkpoint, under its own name.",
        ForeignCheckpoint = "A log of equal name and other key signed the checkpoint.",
        BrokenCheckpoint = "The signature of the checkpoint does not verify.",
        UnsignedCheckpoint = "The checkpoint has no signature.",
        StaleCheckpoint = "The checkpoint is that of the tree before this entry.",
        Frozen = "The log takes no more entries.",
        Conflict = "The log says that the entry was there, and gives somebody else's index.",
        ConflictWithoutIndex = "The log says that the entry was there, and does not say where.",
    }
}

lies! {
    /// Lies of a timestamp authority.
    TsaLie {
        OtherImprint = "The token dates other bytes.",
        OtherHash = "The token has an imprint of another hash algorithm.",
        OtherNonce = "The token has another nonce.",
        NoNonce = "The token has no nonce.",
        ForeignSigner = "An authority of equal names and other keys signs the token.",
        OtherAuthority = "The other known authority signs the token, with its certificate.",
        BrokenSignature = "The signature of the token does not verify.",
        SecondCertificate = "The second certificate in the token signs, and only the first may make timestamps.",
        Rejected = "The status is rejection.",
        RejectedWithToken = "The status is rejection, and there is a token.",
        TrailingByte = "A byte follows the reply.",
        EarlyTime = "The token says that it was made an hour ago.",
        FutureTime = "The token says that it is made in an hour.",
        TimeBeforeWindow = "The token was made before the authority came into use.",
        OtherPolicy = "The token is of another policy.",
    }
}

/// Lies of any service about HTTP itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum TransportLie {
    /// This status and nothing done; `Retry-After` in seconds.
    Status {
        /// Status.
        status: u16,
        /// Seconds.
        retry_after: Option<u32>,
    },
    /// A redirect (307) to the same path of this port.
    Redirect {
        /// Port of 127.0.0.1.
        port: u16,
    },
    /// Never an answer, and nothing done.
    Hang,
    /// The answer after so many milliseconds of real time.
    Slow {
        /// Milliseconds.
        millis: u64,
    },
    /// The answer byte by byte, with so many milliseconds of real time before each.
    Drip {
        /// Milliseconds.
        millis: u64,
    },
    /// The connection is closed, and nothing done.
    Closed,
    /// The request is carried out, and the connection closed.
    LostReply,
    /// Half of the body, and the connection closed.
    Truncated,
    /// The answer in a body of one byte more than 1 MiB.
    Oversize,
    /// The answer under `Content-Encoding: gzip`.
    Compressed,
    /// The answer as `text/html`.
    OtherContentType,
    /// The answer without its last byte, as if it were complete.
    Malformed,
    /// The answer with its first member twice; JSON only, others stay as they are.
    DuplicateMember,
}

impl TransportLie {
    /// One of each, with short waits.
    pub const ALL: &'static [Self] = &[
        Self::Status { status: 503, retry_after: Some(7) },
        Self::Redirect { port: 9 },
        Self::Hang,
        Self::Slow { millis: 200 },
        Self::Drip { millis: 1 },
        Self::Closed,
        Self::LostReply,
        Self::Truncated,
        Self::Oversize,
        Self::Compressed,
        Self::OtherContentType,
        Self::Malformed,
        Self::DuplicateMember,
    ];
}

/// A lie of one service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Lie {
    /// Of Fulcio.
    Fulcio(FulcioLie),
    /// Of Rekor v1.
    RekorV1(RekorV1Lie),
    /// Of Rekor v2.
    RekorV2(RekorV2Lie),
    /// Of any service.
    Transport(TransportLie),
    /// Of a timestamp authority.
    Tsa(TsaLie),
}

macro_rules! from {
    ($($kind:ident($inner:ident),)*) => {
        $(impl From<$inner> for Lie {
            fn from(lie: $inner) -> Self {
                Self::$kind(lie)
            }
        })*
    };
}

from! { Fulcio(FulcioLie), RekorV1(RekorV1Lie), RekorV2(RekorV2Lie), Transport(TransportLie), Tsa(TsaLie), }
