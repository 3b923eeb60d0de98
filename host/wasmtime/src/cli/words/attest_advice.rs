//! What to try when nothing was sealed, by code.

/// One or two sentences, for codes where there is something to try.
pub(crate) fn advice(code: &str) -> Option<&'static str> {
    Some(match code {
        "mode/unknown" => "name one of the modes of the configuration with --mode",
        "mode/predicate-not-allowed" => "add the kind to the predicates of the mode, or choose another mode",
        "builder/not-allowed" => {
            "the workflow that signs has to be listed under signers of the mode, with the ref or the commit that runs"
        }
        "claims/missing" => {
            "the ID token lacks a claim that the mode needs; for GitLab the configuration has to lie in a repository"
        }
        "claims/token-mismatch" => "get both ID tokens in the same job",
        "claims/runner-environment" => {
            "run the job on a runner of the platform, or choose a mode without requireHosted"
        }
        "facts/origin" => "the mode takes facts of another origin or issuer",
        "facts/missing" => "the control plane has to say what is missing, in facts.record",
        "tenant/forbidden-field" => {
            "a tenant may only give subjects, dependencies, by-products and declared extensions"
        }
        "config/selection" => {
            "the trust configuration has no service that fits the profile at this time; give a current one with --trust-config"
        }
        "config/media-type" | "config/format" => {
            "--trust-config wants a ClientTrustConfig v0.1 with a SigningConfig v0.2"
        }
        "profile/visibility" => {
            "a public log would disclose a project that is not public: choose another profile, or set publishPrivate in the mode"
        }
        "profile/algorithm" => "choose a key of another algorithm, or another profile",
        "profile/evidence" => {
            "nothing would prove when it was signed: add a timestamp authority to the trust configuration"
        }
        "fulcio/refused" => "check audience and age of the ID token",
        "fulcio/chain" | "rekor/checkpoint" | "tsa/chain" => {
            "the trusted root does not know this service; give the trust configuration of the instance with --trust-config"
        }
        "key/denied" => "check the name of the key, and that the host may use it",
        "secret/name" | "secret/value" | "secret/masked" => {
            "mask the value, or list a harmless name under allowNames of the mode"
        }
        "audit/unavailable" => "nothing is signed without an audit line: check the file of --audit-log",
        _ => return None,
    })
}
