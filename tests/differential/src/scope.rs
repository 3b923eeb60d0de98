//! What a peer does not claim to do: such a question is not asked.
use cretula_peers::Question;

/// A rule: these peers are not asked such questions.
pub struct Rule {
    /// Names of peers.
    pub peers: &'static [&'static str],
    /// Why.
    pub reason: &'static str,
    /// The questions.
    pub applies: fn(&Question) -> bool,
}

/// A part of our verdict that a peer does not look at: a refusal by us for nothing else is out of its scope.
pub struct Blind {
    /// Names of peers.
    pub peers: &'static [&'static str],
    /// Why.
    pub reason: &'static str,
    /// The questions.
    pub applies: fn(&Question) -> bool,
    /// Beginnings of our codes.
    pub codes: &'static [&'static str],
}

const CRATE: &str = "sigstore-verify";
const PYPI: &str = "sigstore-python";
const NPM: &str = "sigstore-js";
const GO: &str = "sigstore-go";
const COSIGN: &str = "cosign";

/// All rules.
pub const RULES: &[Rule] = &[
    Rule {
        peers: &[PYPI],
        reason: "only bundles with a certificate",
        applies: |q| q.key.is_some() || q.facts.is_key,
    },
    Rule { peers: &[PYPI], reason: "the log is always required", applies: |q| q.log == 0 },
    Rule { peers: &[PYPI], reason: "the SCT is always required", applies: |q| q.sct == 0 },
    Rule { peers: &[PYPI], reason: "exactly one log entry", applies: |q| q.facts.entries > 1 },
    Rule {
        peers: &[PYPI],
        reason: "no entry of kind intoto",
        applies: |q| q.facts.kinds.iter().any(|kind| kind.starts_with("intoto")),
    },
    Rule {
        peers: &[PYPI],
        reason: "an inclusion proof is always required",
        applies: |q| q.facts.lacks_proof,
    },
    Rule {
        peers: &[PYPI],
        reason: "message signatures need an artifact or its SHA-256",
        applies: |q| q.facts.is_message && q.artifact.is_none() && q.digest.is_none(),
    },
    Rule {
        peers: &[CRATE],
        reason: "an artifact is always required",
        applies: |q| q.artifact.is_none() && q.digest.is_none(),
    },
    Rule {
        peers: &[CRATE, PYPI],
        reason: "no thresholds above one",
        applies: |q| q.log > 1 || q.sct > 1 || q.times > 1 || q.signed_times > 1,
    },
    Rule {
        peers: &[CRATE, PYPI, NPM],
        reason: "any source of time counts",
        applies: |q| q.signed_times > 0 || q.mode == "tsa" || q.mode == "log",
    },
    Rule {
        peers: &[CRATE, PYPI],
        reason: "digests are SHA-256",
        applies: |q| q.digest.as_ref().is_some_and(|digest| digest.algorithm != "sha256"),
    },
    Rule {
        peers: &[CRATE],
        reason: "keys have no window",
        applies: |q| q.key.as_ref().is_some_and(|key| key.start.is_some() || key.end.is_some()),
    },
    Rule { peers: &[CRATE], reason: "a trusted root is always required", applies: |q| q.root.is_none() },
    Rule { peers: &[CRATE], reason: "keys need no time", applies: |q| q.key.is_some() && q.mode != "none" },
    Rule { peers: &[PYPI], reason: "a trusted root is always required", applies: |q| q.root.is_none() },
    Rule {
        peers: &[NPM, COSIGN],
        reason: "without an identity the bundle chooses between key and certificate",
        applies: |q| q.key.is_some() != q.facts.is_key,
    },
    Rule {
        peers: &[NPM],
        reason: "message signatures need the artifact itself",
        applies: |q| q.facts.is_message && q.artifact.is_none(),
    },
    Rule {
        peers: &[GO],
        reason: "one artifact digest is given in the algorithm that was signed",
        applies: |q| q.facts.is_message && q.artifact.is_none() && q.digest.is_none(),
    },
    Rule {
        peers: &[COSIGN],
        reason: "which times count follows from the bundle",
        applies: |q| q.mode == "log",
    },
    Rule {
        peers: &[COSIGN],
        reason: "a predicate type is always required",
        applies: |q| !q.facts.is_message && q.facts.predicate_type.is_empty(),
    },
    Rule { peers: &[COSIGN], reason: "an artifact is always required", applies: |q| q.artifact.is_none() },
    Rule {
        peers: &[COSIGN],
        reason: "no thresholds above one",
        applies: |q| q.log > 1 || q.sct > 1 || q.times > 1 || q.signed_times > 1,
    },
    Rule {
        peers: &[COSIGN],
        reason: "keys have no window and no algorithm of their own",
        applies: |q| {
            q.key
                .as_ref()
                .is_some_and(|key| key.start.is_some() || key.end.is_some() || key.details.is_some())
        },
    },
    Rule { peers: &[COSIGN], reason: "a trusted root is always required", applies: |q| q.root.is_none() },
];

/// All blind spots.
pub const BLIND: &[Blind] = &[
    Blind {
        peers: &[NPM],
        reason: "the artifact of an envelope is left to the caller",
        applies: |q| !q.facts.is_message,
        codes: &["artifact/"],
    },
    Blind {
        peers: &[CRATE, COSIGN],
        reason: "the key is given, its hint is not looked at",
        applies: |q| q.key.is_some(),
        codes: &["signature/key-missing", "bundle-shape/key-hint"],
    },
];

/// Why a peer is not asked a question.
pub fn out_of_scope(peer: &str, question: &Question) -> Option<&'static str> {
    RULES.iter().find(|rule| rule.peers.contains(&peer) && (rule.applies)(question)).map(|rule| rule.reason)
}

/// Why our refusal for these codes is nothing that the peer looks at.
pub fn blind_to(peer: &str, question: &Question, codes: &[String]) -> Option<&'static str> {
    let all = |known: &[&str]| codes.iter().all(|code| known.iter().any(|start| code.starts_with(start)));
    if !question.loosened.is_empty() && all(&question.loosened) {
        return Some("our policy demands what no peer can be told");
    }
    let applies = |blind: &&Blind| blind.peers.contains(&peer) && (blind.applies)(question);
    BLIND.iter().filter(applies).find(|blind| all(blind.codes)).map(|blind| blind.reason)
}
