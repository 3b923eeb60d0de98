//! Examples below the help of each command.

/// Below `cretula --help`.
pub(crate) const COMMAND: &str = "Examples:
  cretula verify app.tar.gz --certificate-identity me@example.com \\
    --certificate-oidc-issuer https://accounts.google.com
  cretula inspect app.tar.gz.sigstore.json

Exit codes: 0 verified or written, 1 refused by a check, 2 wrong use, 3 sandbox or internal failure.";

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
