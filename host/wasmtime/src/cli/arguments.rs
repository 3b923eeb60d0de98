//! The command line as a type; its documentation is what `--help` says.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

use super::words::examples;

/// Seal what a build did, and verify such seals offline, in a sandbox.
///
/// Everything that decides runs in a WebAssembly module without clock, files or network. The command reads the files,
/// passes them in, holds the keys, and says what came out.
#[derive(Debug, Parser)]
#[command(
    name = "cretula",
    disable_version_flag = true,
    disable_help_subcommand = true,
    subcommand_required = false,
    arg_required_else_help = true,
    after_help = examples::COMMAND
)]
pub(crate) struct Arguments {
    /// Print the versions of command, module and engine, and the embedded trusted roots
    #[arg(long, short = 'V')]
    pub(crate) version: bool,
    /// What to do.
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Verify that a bundle is about a file and that the right identity signed it
    #[command(after_help = examples::VERIFY)]
    Verify(Box<VerifyArguments>),
    /// Show what a bundle says of itself, without checking anything
    #[command(after_help = examples::INSPECT)]
    Inspect(InspectArguments),
    /// Work with policies
    #[command(subcommand)]
    Policy(PolicyCommand),
    /// Seal artifacts: state what is known of their build, sign it, and write the bundle
    #[command(after_help = examples::ATTEST)]
    Attest(Box<AttestArguments>),
    /// Build the statement as `attest` would sign it, and sign nothing
    #[command(after_help = examples::STATEMENT)]
    Statement(Box<StatementArguments>),
    /// Make and show signing keys
    #[command(subcommand)]
    Keys(KeysCommand),
    /// Work with the configuration of signing
    #[command(subcommand)]
    Config(ConfigCommand),
    /// Verify as the sigstore-conformance suite asks for it
    #[command(after_help = examples::VERIFY_BUNDLE)]
    VerifyBundle(Box<ConformanceArguments>),
}

/// What to do with a policy.
#[derive(Debug, Subcommand)]
pub(crate) enum PolicyCommand {
    /// Read a policy and print it with its preset written out
    #[command(after_help = examples::POLICY_CHECK)]
    Check {
        /// Policy document (`cretula/policy/v1`)
        file: PathBuf,
    },
}

/// `cretula verify`.
#[derive(Debug, Default, Args)]
pub(crate) struct VerifyArguments {
    /// File to verify
    #[arg(required_unless_present = "digest")]
    pub(crate) artifact: Option<PathBuf>,
    /// Digest of the artifact in place of the file, such as sha256:5430…; several are of the same artifact
    #[arg(long, value_name = "ALGORITHM:HEX", conflicts_with = "artifact", requires = "bundle")]
    pub(crate) digest: Vec<String>,
    /// Bundle [default: ARTIFACT.sigstore.json]
    #[arg(long, value_name = "FILE")]
    pub(crate) bundle: Option<PathBuf>,
    /// Trusted root, or one per line [default: the embedded one of the public-good instance]
    #[arg(long, value_name = "FILE", alias = "custom-trusted-root")]
    pub(crate) trusted_root: Option<PathBuf>,
    /// Trust the embedded root of the staging instance in place of public-good
    #[arg(long, hide = true, conflicts_with = "trusted_root")]
    pub(crate) staging: bool,
    /// Who may have signed.
    #[command(flatten)]
    pub(crate) demand: DemandArguments,
    /// Print the policy that the flags come to, on standard error
    #[arg(long, help_heading = "Output")]
    pub(crate) print_policy: bool,
    /// Show every check with the clause that it implements
    #[arg(long, help_heading = "Output", conflicts_with_all = ["json", "short"])]
    pub(crate) explain: bool,
    /// Print the report as JSON (`cretula/report/v1`)
    #[arg(long, help_heading = "Output")]
    pub(crate) json: bool,
    /// Say it in one line; with --json, the short report for decision logs
    #[arg(long, help_heading = "Output")]
    pub(crate) short: bool,
}

/// Who may have signed: a policy, an identity, a key, or a repository.
#[derive(Debug, Default, Args)]
pub(crate) struct DemandArguments {
    /// Policy document (`cretula/policy/v1`)
    #[arg(long, value_name = "FILE", help_heading = "Who may have signed", conflicts_with_all = ["identity", "repository"])]
    pub(crate) policy: Option<PathBuf>,
    /// Identity and issuer.
    #[command(flatten)]
    pub(crate) identity: IdentityArguments,
    /// Public key (PEM) that signed; no certificate is looked at. With --policy: a key that the policy names
    #[arg(long, value_name = "FILE", help_heading = "Who may have signed", conflicts_with_all = ["identity", "repository"])]
    pub(crate) key: Option<PathBuf>,
    /// Id under which the policy knows the key [default: empty, which answers to any hint]
    #[arg(long, value_name = "ID", help_heading = "Who may have signed", requires = "key")]
    pub(crate) key_id: Option<String>,
    /// GitHub repository.
    #[command(flatten)]
    pub(crate) repository: RepositoryArguments,
    /// Predicate type of the statement, a URI
    #[arg(long, value_name = "URI", help_heading = "Who may have signed", conflicts_with = "policy")]
    pub(crate) predicate_type: Option<String>,
}

/// cosign's flags.
#[derive(Debug, Default, Args)]
#[group(id = "identity", multiple = true)]
pub(crate) struct IdentityArguments {
    /// Name in the signing certificate: an e-mail address, or the URI of a workflow
    #[arg(
        long,
        value_name = "NAME",
        alias = "cert-identity",
        help_heading = "Who may have signed",
        conflicts_with = "certificate_identity_regexp"
    )]
    pub(crate) certificate_identity: Option<String>,
    /// The same as a regular expression, which has to match the whole name
    #[arg(long, value_name = "REGEX", alias = "cert-identity-regex", help_heading = "Who may have signed")]
    pub(crate) certificate_identity_regexp: Option<String>,
    /// Who vouched for that name, such as https://accounts.google.com
    #[arg(
        long,
        value_name = "URL",
        alias = "cert-oidc-issuer",
        help_heading = "Who may have signed",
        conflicts_with = "certificate_oidc_issuer_regexp"
    )]
    pub(crate) certificate_oidc_issuer: Option<String>,
    /// The same as a regular expression, which has to match the whole address
    #[arg(long, value_name = "REGEX", help_heading = "Who may have signed")]
    pub(crate) certificate_oidc_issuer_regexp: Option<String>,
}

/// The flags of `gh attestation verify`.
#[derive(Debug, Default, Clone, Args)]
#[group(id = "repository", multiple = true)]
pub(crate) struct RepositoryArguments {
    /// GitHub user or organisation whose repositories may have built the artifact
    #[arg(long, value_name = "OWNER", help_heading = "Built on GitHub", conflicts_with = "repo")]
    pub(crate) owner: Option<String>,
    /// GitHub repository that built the artifact
    #[arg(long, value_name = "OWNER/NAME", help_heading = "Built on GitHub")]
    pub(crate) repo: Option<String>,
    /// Repository of the workflow that signed, if it is another one
    #[arg(
        long,
        value_name = "OWNER/NAME",
        help_heading = "Built on GitHub",
        conflicts_with_all = ["signer_workflow", "certificate_identity", "certificate_identity_regexp"]
    )]
    pub(crate) signer_repo: Option<String>,
    /// Workflow that signed: OWNER/NAME/.github/workflows/FILE
    #[arg(
        long,
        value_name = "PATH",
        help_heading = "Built on GitHub",
        conflicts_with_all = ["certificate_identity", "certificate_identity_regexp"]
    )]
    pub(crate) signer_workflow: Option<String>,
    /// Commit of the workflow that signed
    #[arg(long, value_name = "SHA", help_heading = "Built on GitHub")]
    pub(crate) signer_digest: Option<String>,
    /// Commit that was built
    #[arg(long, value_name = "SHA", help_heading = "Built on GitHub")]
    pub(crate) source_digest: Option<String>,
    /// Ref that was built, such as refs/heads/main
    #[arg(long, value_name = "REF", help_heading = "Built on GitHub")]
    pub(crate) source_ref: Option<String>,
    /// Admit runners of GitHub only
    #[arg(long, help_heading = "Built on GitHub")]
    pub(crate) deny_self_hosted_runners: bool,
}

/// `cretula inspect`.
#[derive(Debug, Args)]
pub(crate) struct InspectArguments {
    /// Bundle to look into
    pub(crate) bundle: PathBuf,
    /// Print the view as JSON (`cretula/inspect/v1`)
    #[arg(long)]
    pub(crate) json: bool,
}

/// What is sealed, and what is known of it.
#[derive(Debug, Default, Args)]
pub(crate) struct RequestArguments {
    /// Files that the statement is about; each is hashed and named by its file name
    #[arg(value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
    /// Something that the statement is about, by its digest; several may be given
    #[arg(long, value_name = "NAME@sha256:HEX")]
    pub(crate) subject: Vec<String>,
    /// Configuration of signing (`cretula/config/v1`); `cretula config init` writes one
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Mode of the configuration [default: the only one]
    #[arg(long, value_name = "NAME", requires = "config")]
    pub(crate) mode: Option<String>,
    /// Trust configuration: what to trust, and where to sign [default: the embedded one of public-good]
    #[arg(long, value_name = "FILE")]
    pub(crate) trust_config: Option<PathBuf>,
    /// Facts of a control plane, as JSON with the members facts, tenant and predicate; - is standard input
    #[arg(long, value_name = "FILE", help_heading = "What is known", conflicts_with = "token")]
    pub(crate) facts: Option<PathBuf>,
    /// ID token that says what was built; - is standard input [default: that of the GitHub Actions job]
    #[arg(long, value_name = "FILE", help_heading = "What is known")]
    pub(crate) token: Option<PathBuf>,
    /// Keys of the token's issuer [default: fetched from the issuer]
    #[arg(long, value_name = "FILE", help_heading = "What is known")]
    pub(crate) jwks: Option<PathBuf>,
    /// Event that started the build, as JSON with the members name, inputs, release and vars
    #[arg(long, value_name = "FILE", help_heading = "What is known", conflicts_with = "facts")]
    pub(crate) event: Option<PathBuf>,
    /// Kind of predicate, or its type as a URI [default: provenance]
    #[arg(long = "type", value_name = "KIND", help_heading = "What is stated")]
    pub(crate) predicate_type: Option<String>,
    /// The predicate, for every kind but provenance
    #[arg(long, value_name = "FILE", help_heading = "What is stated", requires = "predicate_type")]
    pub(crate) predicate: Option<PathBuf>,
    /// Key to sign with, without a configuration: a file, transit:MOUNT/KEY, openbao://KEY or hashivault://KEY
    #[arg(long, value_name = "KEY", help_heading = "Without a configuration", conflicts_with_all = ["config", "certificate_identity"])]
    pub(crate) key: Option<String>,
    /// Who you are, as the certificate must say it, to sign without a key of your own
    #[arg(
        long,
        value_name = "NAME",
        help_heading = "Without a configuration",
        requires = "certificate_oidc_issuer",
        conflicts_with = "config"
    )]
    pub(crate) certificate_identity: Option<String>,
    /// Who vouches for that name
    #[arg(
        long,
        value_name = "URL",
        help_heading = "Without a configuration",
        requires = "certificate_identity"
    )]
    pub(crate) certificate_oidc_issuer: Option<String>,
    /// Evidence of the bundle: public-v1, public-v2, tsa, managed or managed-offline
    #[arg(long, value_name = "PROFILE", help_heading = "Without a configuration", conflicts_with = "config")]
    pub(crate) profile: Option<String>,
    /// How long it is tried, in seconds [default: 600]
    #[arg(long, value_name = "SECONDS")]
    pub(crate) deadline: Option<u64>,
}

/// `cretula attest`.
#[derive(Debug, Default, Args)]
pub(crate) struct AttestArguments {
    /// What is sealed.
    #[command(flatten)]
    pub(crate) request: RequestArguments,
    /// ID token for the certificate authority; - is standard input [default: that of the job, or SIGSTORE_ID_TOKEN]
    #[arg(long, value_name = "FILE", help_heading = "Signing")]
    pub(crate) fulcio_token: Option<PathBuf>,
    /// Audience of that token, where the job makes it
    #[arg(long, value_name = "NAME", help_heading = "Signing", default_value = "sigstore")]
    pub(crate) fulcio_audience: String,
    /// Descriptor from which the passphrase of a key file is read [default: COSIGN_PASSWORD, or a question]
    #[arg(long, value_name = "N", help_heading = "Signing")]
    pub(crate) passphrase_fd: Option<u32>,
    /// File to which a line is added for every signature [default: standard error]
    #[arg(long, value_name = "FILE", help_heading = "Signing")]
    pub(crate) audit_log: Option<PathBuf>,
    /// Keep the run in this file, so that it can be taken up again
    #[arg(long, value_name = "FILE", help_heading = "Signing")]
    pub(crate) state: Option<PathBuf>,
    /// Take up the run that the file of --state holds
    #[arg(long, help_heading = "Signing", requires = "state")]
    pub(crate) resume: bool,
    /// Allow services at http:// addresses of this very machine, for tests
    #[arg(long, help_heading = "Signing")]
    pub(crate) allow_loopback_http: bool,
    /// Where the bundle goes [default: standard output]
    #[arg(long, short = 'o', value_name = "FILE", help_heading = "Output")]
    pub(crate) output: Option<PathBuf>,
    /// Print one document with bundle and report (`cretula/sealed/v1`), or the error (`cretula/error/v1`)
    #[arg(long, help_heading = "Output", conflicts_with = "output")]
    pub(crate) json: bool,
}

/// `cretula statement`.
#[derive(Debug, Default, Args)]
pub(crate) struct StatementArguments {
    /// What is stated.
    #[command(flatten)]
    pub(crate) request: RequestArguments,
    /// Where the statement goes [default: standard output]
    #[arg(long, short = 'o', value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
}

/// What to do with keys.
#[derive(Debug, Subcommand)]
pub(crate) enum KeysCommand {
    /// Make a key: NAME.key, encrypted as cosign reads it, and NAME.pub
    #[command(after_help = examples::KEYS_GENERATE)]
    Generate {
        /// Name of the two files, without ending
        name: PathBuf,
        /// p256, p384, p521, ed25519, rsa3072 or rsa4096
        #[arg(long, value_name = "ALGORITHM", default_value = "p256")]
        algorithm: String,
        /// Descriptor from which the passphrase is read [default: COSIGN_PASSWORD, or a question]
        #[arg(long, value_name = "N")]
        passphrase_fd: Option<u32>,
    },
    /// Print the public half of a key file
    Public {
        /// The private key
        file: PathBuf,
        /// Descriptor from which the passphrase is read [default: COSIGN_PASSWORD, or a question]
        #[arg(long, value_name = "N")]
        passphrase_fd: Option<u32>,
    },
    /// List the public keys (*.pub) of this folder with their digests
    List {
        /// List the algorithms that sign instead
        #[arg(long)]
        algorithms: bool,
    },
}

/// What to do with the configuration of signing.
#[derive(Debug, Subcommand)]
pub(crate) enum ConfigCommand {
    /// Write a configuration with one mode
    #[command(after_help = examples::CONFIG_INIT)]
    Init {
        /// For which control plane: github, gitlab or generic
        #[arg(value_parser = ["github", "gitlab", "generic"])]
        platform: String,
        /// Repository with the signing workflow, for github: OWNER/NAME
        #[arg(long, value_name = "OWNER/NAME")]
        repo: Option<String>,
        /// Address of the instance, for gitlab
        #[arg(long, value_name = "URL")]
        server: Option<String>,
        /// Where the configuration goes [default: standard output]
        #[arg(long, short = 'o', value_name = "FILE")]
        output: Option<PathBuf>,
    },
    /// Read a configuration and say what its modes come to
    Check {
        /// The configuration
        file: PathBuf,
    },
}

/// `cretula verify-bundle`.
#[derive(Debug, Args)]
pub(crate) struct ConformanceArguments {
    /// File, or sha256:HEX if there is no such file
    #[arg(value_name = "FILE_OR_DIGEST")]
    pub(crate) artifact: PathBuf,
    /// Bundle
    #[arg(long, value_name = "FILE")]
    pub(crate) bundle: PathBuf,
    /// Trust the embedded root of the staging instance in place of public-good, unless --trusted-root is given
    #[arg(long)]
    pub(crate) staging: bool,
    /// Trusted root [default: the embedded one of the public-good instance]
    #[arg(long, value_name = "FILE")]
    pub(crate) trusted_root: Option<PathBuf>,
    /// Name in the signing certificate
    #[arg(long, value_name = "NAME", required_unless_present = "key", conflicts_with = "key")]
    pub(crate) certificate_identity: Option<String>,
    /// Who vouched for that name
    #[arg(long, value_name = "URL", required_unless_present = "key", conflicts_with = "key")]
    pub(crate) certificate_oidc_issuer: Option<String>,
    /// Public key (PEM) that signed
    #[arg(long, value_name = "FILE")]
    pub(crate) key: Option<PathBuf>,
}

impl ConformanceArguments {
    /// The same as arguments of `verify`. A digest is one only if no file has that name.
    pub(crate) fn to_verify(&self) -> VerifyArguments {
        let text = self.artifact.to_str().unwrap_or_default();
        let digest = is_sha256(text) && !self.artifact.exists();
        VerifyArguments {
            artifact: (!digest).then(|| self.artifact.clone()),
            digest: if digest { vec![text.to_owned()] } else { Vec::new() },
            bundle: Some(self.bundle.clone()),
            trusted_root: self.trusted_root.clone(),
            staging: self.staging,
            demand: DemandArguments {
                key: self.key.clone(),
                identity: IdentityArguments {
                    certificate_identity: self.certificate_identity.clone(),
                    certificate_oidc_issuer: self.certificate_oidc_issuer.clone(),
                    ..IdentityArguments::default()
                },
                ..DemandArguments::default()
            },
            ..VerifyArguments::default()
        }
    }
}

/// `sha256:` and 64 hex digits.
fn is_sha256(text: &str) -> bool {
    text.strip_prefix("sha256:")
        .is_some_and(|hex| hex.len() == 64 && hex.bytes().all(|digit| digit.is_ascii_hexdigit()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory as _;

    #[test]
    fn the_definition_is_consistent() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn one_way_to_say_who_signed() {
        let parse = |flags: &str| {
            Arguments::try_parse_from(["cretula", "verify", "a"].into_iter().chain(flags.split(' ')))
                .map(|_| ())
        };
        assert!(parse("--policy p --key k").is_ok());
        for flags in [
            "--policy p --certificate-identity x",
            "--policy p --owner acme",
            "--key k --certificate-oidc-issuer x",
            "--key-id release",
            "--owner acme --repo acme/app",
            "--signer-repo a/b --signer-workflow a/b/c",
            "--digest sha256:00",
            "--explain --json",
        ] {
            assert!(parse(flags).is_err(), "{flags}");
        }
    }

    #[test]
    fn the_conformance_suite_names_staging_and_a_root_together() {
        let flags = "cretula verify-bundle --staging --bundle b --key k --trusted-root r a";
        assert!(Arguments::try_parse_from(flags.split(' ')).is_ok());
    }

    #[test]
    fn digests_of_the_conformance_suite() {
        assert!(is_sha256(&format!("sha256:{}", "aB".repeat(32))));
        assert!(!is_sha256(&format!("sha256:{}", "ab".repeat(31))));
        assert!(!is_sha256(&format!("sha512:{}", "ab".repeat(32))));
    }
}
