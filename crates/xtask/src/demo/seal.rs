//! Seals an artifact against a Sigstore instance of the testkit on this machine, and verifies the seal.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use cretula_testkit::serve::Served;
use cretula_testkit::{Instance, Json, Seed};

use crate::{process, root::Root, say};

/// The workflow that the testkit's token names.
const SIGNER: &str = "https://github.com/acme/app/.github/workflows/release.yml";
const REF: &str = "refs/tags/v1.2.3";
/// Audience of the token that says what was built.
const AUDIENCE: &str = "cretula";

/// Seals and verifies.
///
/// # Errors
/// A step fails.
pub(super) fn run(root: &Root) -> Result<()> {
    let place = root.join("target/demo");
    fs::create_dir_all(&place)?;
    say::headline(
        "start a test instance of Sigstore on this machine (keys from a public seed: nothing it signs is worth anything)",
    );
    let served = Served::start(Instance::new(Seed::new([7; 32]), now()?));
    let files = Files::write(&place, &served)?;
    say::line(&format!("certificate authority {}, log {}", served.fulcio_url, served.rekor_v2_url));

    say::headline(
        "seal an artifact: provenance from the ID token of a job, signed with a key that lives for one bundle",
    );
    let attest = [
        "attest",
        &files.shown(&files.artifact),
        "--config",
        &files.shown(&files.config),
        "--token",
        &files.shown(&files.token),
        "--jwks",
        &files.shown(&files.keys),
        "--fulcio-token",
        &files.shown(&files.fulcio_token),
        "--trust-config",
        &files.shown(&files.trust),
        "--allow-loopback-http",
        "--output",
        &files.shown(&files.bundle),
    ]
    .map(str::to_owned);
    cretula(root, &attest)?;

    say::headline("verify the seal with the module in wasmtime, offline");
    let issuer = format!("{}/github", served.issuer_url);
    drop(served);
    let verify = [
        "verify",
        "--explain",
        &files.shown(&files.artifact),
        "--bundle",
        &files.shown(&files.bundle),
        "--trusted-root",
        &files.shown(&files.root),
        "--certificate-identity",
        &format!("{SIGNER}@{REF}"),
        "--certificate-oidc-issuer",
        &issuer,
    ]
    .map(str::to_owned);
    cretula(root, &verify)
}

/// The test instance shows the time of this machine, as the command does.
#[expect(clippy::disallowed_types, reason = "a developer's tool, outside of the module")]
fn now() -> Result<u64> {
    use std::time::SystemTime;
    Ok(SystemTime::now().duration_since(SystemTime::UNIX_EPOCH)?.as_secs())
}

fn cretula(root: &Root, arguments: &[String]) -> Result<()> {
    say::line(&format!("$ cretula {}", arguments.join(" ")));
    let mut command = process::cargo(root);
    command.args(["run", "--quiet", "--locked", "--package", "cretula", "--bin", "cretula", "--"]);
    process::run(command.args(arguments).current_dir(root.path()))
}

/// What the command is given.
struct Files {
    root_folder: PathBuf,
    artifact: PathBuf,
    bundle: PathBuf,
    config: PathBuf,
    fulcio_token: PathBuf,
    keys: PathBuf,
    root: PathBuf,
    token: PathBuf,
    trust: PathBuf,
}

impl Files {
    fn write(place: &Path, served: &Served) -> Result<Self> {
        let files = Self {
            root_folder: place.ancestors().nth(2).unwrap_or(place).to_owned(),
            artifact: place.join("app.tar.gz"),
            bundle: place.join("app.tar.gz.sigstore.json"),
            config: place.join("cretula.json"),
            fulcio_token: place.join("fulcio.jwt"),
            keys: place.join("jwks.json"),
            root: place.join("trusted_root.json"),
            token: place.join("job.jwt"),
            trust: place.join("trust_config.json"),
        };
        fs::write(&files.artifact, "what the build made\n")?;
        fs::write(&files.root, &served.trusted_root)?;
        fs::write(&files.trust, trust_config(served)?)?;
        fs::write(&files.keys, served.services().key_set().encode())?;
        fs::write(&files.config, config(&served.issuer_url).encode())?;
        let mut token = served.services().github_token();
        fs::write(&files.fulcio_token, token.encode())?;
        token.claims.set("/aud", Json::text(AUDIENCE));
        token.claims.set("/jti", Json::text("another-token-of-the-job"));
        fs::write(&files.token, token.encode())?;
        Ok(files)
    }

    /// Relative to the workspace, as the command is run there.
    fn shown(&self, path: &Path) -> String {
        path.strip_prefix(&self.root_folder).unwrap_or(path).display().to_string()
    }
}

fn trust_config(served: &Served) -> Result<String> {
    let text =
        |bytes: &[u8]| String::from_utf8(bytes.to_vec()).context("a document of the testkit is not UTF-8");
    Ok(format!(
        r#"{{"mediaType":"application/vnd.dev.sigstore.clienttrustconfig.v0.1+json","trustedRoot":{},"signingConfig":{}}}"#,
        text(&served.trusted_root)?,
        text(&served.signing_config)?
    ))
}

/// One mode, as `cretula config init github` writes it.
fn config(issuer_url: &str) -> Json {
    let issuer = format!("{issuer_url}/github");
    let list = |text: &str| Json::List(vec![Json::text(text)]);
    let signer = Json::object([("workflow", Json::text(SIGNER)), ("ref", Json::text(REF))]);
    let mode = Json::object([
        ("buildType", Json::text("https://slsa-framework.github.io/github-actions-buildtypes/workflow/v1")),
        ("builderId", Json::text("claim")),
        ("issuer", Json::text(&issuer)),
        ("key", Json::text("ephemeral")),
        ("predicates", list("provenance")),
        ("profile", Json::text("public-v2")),
        ("signers", Json::List(vec![signer])),
    ]);
    let issuer = Json::object([
        ("issuer", Json::text(&issuer)),
        ("provider", Json::text("github")),
        ("server", Json::text("https://github.com")),
        ("audience", Json::text(AUDIENCE)),
    ]);
    Json::object([
        ("schema", Json::text("cretula/config/v1")),
        ("modes", Json::object([("github", mode)])),
        ("buildTypes", Json::List(Vec::new())),
        ("issuers", Json::List(vec![issuer])),
    ])
}
