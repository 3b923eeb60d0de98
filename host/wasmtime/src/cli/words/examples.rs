//! Examples below the help of each command.

/// Below `cretula --help`.
pub(crate) const COMMAND: &str = "Examples:
  cretula verify app.tar.gz --certificate-identity me@example.com \\
    --certificate-oidc-issuer https://accounts.google.com
  cretula inspect app.tar.gz.sigstore.json
  cretula attest app.tar.gz --config cretula.json -o app.tar.gz.sigstore.json

Exit codes: 0 verified or written, 1 refused by a check, 2 wrong use, 3 sandbox or internal failure,
4 signing not finished, to be taken up again.";

/// Below `cretula verify --help`.
pub(crate) const VERIFY: &str = "Examples:
  An identity, as cosign takes it:
    cretula verify app.tar.gz --certificate-identity me@example.com \\
      --certificate-oidc-issuer https://accounts.google.com
  A GitHub repository, as gh takes it:
    cretula verify app.tar.gz --repo acme/app
  A public key:
    cretula verify app.tar.gz --key release.pub
  A policy, and every check with its clause:
    cretula verify app.tar.gz --policy policy.json --explain

A certificate alone admits everybody who can get one: always say who may have signed.";

/// Below `cretula inspect --help`.
pub(crate) const INSPECT: &str = "Example:
  cretula inspect app.tar.gz.sigstore.json

Nothing in the view is verified: anybody can write a bundle that claims anything.";

/// Below `cretula verify-bundle --help`.
pub(crate) const VERIFY_BUNDLE: &str = "Example:
  cretula verify-bundle --bundle app.sigstore.json --certificate-identity me@example.com \\
    --certificate-oidc-issuer https://accounts.google.com app.tar.gz";

/// Below `cretula policy check --help`.
pub(crate) const POLICY_CHECK: &str = "Example:
  cretula policy check policy.json

Exit code 0 with the policy as it takes effect, 2 with the place and the reason if it cannot.";

/// Below `cretula attest --help`.
pub(crate) const ATTEST: &str = "Examples:
  Provenance of a GitHub Actions job, which has the permission id-token: write:
    cretula attest --config cretula.json --subject app@sha256:5430… -o app.sigstore.json
  What a control plane knows, as JSON on standard input:
    cretula attest --config cretula.json --facts - --json < request.json
  An SBOM with a key of your own:
    cretula attest app.tar.gz --key release.key --type spdx --predicate app.spdx.json -o app.sigstore.json

Tokens, passphrases and access tokens are never taken as arguments. Before every signature the message is compared with
what is known, and a line goes to the audit log.";

/// Below `cretula statement --help`.
pub(crate) const STATEMENT: &str = "Example:
  cretula statement --config cretula.json --facts facts.json app.tar.gz

The statement is what attest would sign, byte for byte.";

/// Below `cretula keys generate --help`.
pub(crate) const KEYS_GENERATE: &str = "Example:
  cretula keys generate release
  cretula attest app.tar.gz --key release.key --type spdx --predicate app.spdx.json";

/// Below `cretula config init --help`.
pub(crate) const CONFIG_INIT: &str = "Examples:
  cretula config init github --repo acme/signing -o cretula.json
  cretula config init gitlab --server https://gitlab.example -o cretula.json
  cretula config check cretula.json";
