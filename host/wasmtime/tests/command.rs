//! What a person reads, compared with files in `tests/command/`: exit code, standard output, standard error.
//!
//! `CRETULA_BLESS=1 cargo test -p cretula --test command` writes the files anew. Everything runs on the project's own data.
#![expect(clippy::string_slice, clippy::unwrap_used, reason = "a test that ends with the reason")]

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

const ARTIFACT: &str = "signed-package-2.1.0-hb0f4dca_0.conda";
const IDENTITY: &str =
    "https://github.com/prefix-dev/sigstore-example/.github/workflows/action.yaml@refs/heads/main";
const ISSUER: &str = "https://token.actions.githubusercontent.com";
const WHO: [&str; 4] = ["--certificate-identity", IDENTITY, "--certificate-oidc-issuer", ISSUER];

/// A folder with the demo's files under short names.
struct Place(PathBuf);

impl Place {
    fn new(name: &str) -> Self {
        let place = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        drop(fs::remove_dir_all(&place));
        fs::create_dir_all(&place).unwrap();
        let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("data");
        fs::copy(data.join(ARTIFACT), place.join("package")).unwrap();
        fs::copy(data.join(format!("{ARTIFACT}.sigstore.json")), place.join("package.sigstore.json"))
            .unwrap();
        fs::copy(data.join("trusted_root.json"), place.join("root.json")).unwrap();
        Self(place)
    }

    fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        fs::write(self.0.join(name), content).unwrap();
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.0.join(name)).unwrap()
    }

    /// Runs the command here and compares everything that it says.
    fn expect(&self, snapshot: &str, exit: i32, arguments: &[&str]) {
        let ran = Command::new(env!("CARGO_BIN_EXE_cretula"))
            .args(arguments)
            .current_dir(&self.0)
            .env("NO_COLOR", "1")
            .stdin(Stdio::null())
            .output()
            .unwrap();
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
        let shown = format!(
            "$ cretula {}\n{}{}exit {}\n",
            arguments.join(" "),
            text(&ran.stdout),
            text(&ran.stderr),
            ran.status.code().unwrap_or(-1)
        );
        let shown = shown.replace(cretula::MODULE_SHA256, "SHA-256 OF THE MODULE");
        let file =
            Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/command").join(format!("{snapshot}.txt"));
        if std::env::var_os("CRETULA_BLESS").is_some() {
            fs::write(&file, &shown).unwrap();
        }
        let expected = fs::read_to_string(&file).unwrap_or_default();
        assert_eq!(shown, expected, "{snapshot}: run with CRETULA_BLESS=1 if this is meant");
        assert_eq!(ran.status.code(), Some(exit), "{shown}");
    }
}

fn verify<'a>(more: &[&'a str]) -> Vec<&'a str> {
    ["verify", "package"].into_iter().chain(WHO).chain(more.iter().copied()).collect()
}

#[test]
fn verified() {
    let place = Place::new("verified");
    place.expect("verified", 0, &verify(&[]));
    place.expect("verified-explained", 0, &verify(&["--explain"]));
    place.expect("verified-short", 0, &verify(&["--short"]));
    place.expect(
        "verified-by-repository",
        0,
        &["verify", "package", "--repo", "prefix-dev/sigstore-example"],
    );
    let digest = "sha256:54303491a8418fbed24344b513546182c29b43bf282ceb433af65e2299f9271f";
    let by_digest = ["verify", "--digest", digest, "--bundle", "package.sigstore.json"];
    place.expect("verified-by-digest", 0, &by_digest.into_iter().chain(WHO).collect::<Vec<_>>());
    let conformance = ["verify-bundle", "--bundle", "package.sigstore.json"];
    let arguments: Vec<_> = conformance.into_iter().chain(WHO).chain([digest]).collect();
    place.expect("conformance", 0, &arguments);
}

#[test]
fn wrong_artifact() {
    let place = Place::new("wrong-artifact");
    place.write("package", "something else");
    place.expect("wrong-artifact", 1, &verify(&[]));
}

#[test]
fn wrong_identity_and_issuer() {
    let place = Place::new("wrong-identity");
    let other =
        "https://github.com/prefix-dev/sigstore-example/.github/workflows/action.yaml@refs/heads/other";
    let wrong = ["verify", "package", "--certificate-identity", other, "--certificate-oidc-issuer", ISSUER];
    place.expect("wrong-identity", 1, &wrong);
    let wrong = [
        "verify",
        "package",
        "--certificate-identity",
        IDENTITY,
        "--certificate-oidc-issuer",
        "https://accounts.google.com",
    ];
    place.expect("wrong-issuer", 1, &wrong);
    place.expect("wrong-repository", 1, &["verify", "package", "--repo", "prefix-dev/other"]);
}

#[test]
fn evidence_that_had_expired() {
    let place = Place::new("expired");
    // The authority of today's certificates, retired before this one signed.
    let root = place.read("root.json");
    let started = "\"start\": \"2022-04-13T20:06:15";
    let at = root.find(started).unwrap();
    let end = at + root[at..].find('}').unwrap();
    let window = root[at..end].trim_end();
    let retired = format!("{window}, \"end\": \"2023-01-01T00:00:00Z\"");
    place.write("root.json", root.replacen(window, &retired, 1));
    place.expect("expired-authority", 1, &verify(&["--trusted-root", "root.json"]));
}

#[test]
fn files_that_are_no_bundle() {
    let place = Place::new("garbage");
    place.write("package.sigstore.json", "<html>404</html>");
    place.expect("garbage-bundle", 1, &verify(&[]));
    place.write("package.sigstore.json", "{\"mediaType\":\"application/vnd.dev.sigstore.bundle.v9+json\"}");
    place.expect("unknown-version", 1, &verify(&[]));
    fs::remove_file(place.0.join("package.sigstore.json")).unwrap();
    place.expect("no-bundle-beside", 2, &verify(&[]));
    place.write("package.sigstore", "{}");
    place.expect("no-bundle-but-another", 2, &verify(&[]));
    fs::remove_file(place.0.join("package")).unwrap();
    place.expect("missing-artifact", 2, &verify(&[]));
}

#[test]
fn trusted_roots_that_are_none() {
    let place = Place::new("roots");
    place.expect("missing-root", 2, &verify(&["--trusted-root", "nowhere.json"]));
    place.write("root.json", "not json");
    place.expect("unreadable-root", 1, &verify(&["--trusted-root", "root.json"]));
    place.write("root.json", "");
    place.expect("empty-root", 2, &verify(&["--trusted-root", "root.json"]));
}

#[test]
fn several_trusted_roots() {
    let place = Place::new("several-roots");
    let staging = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/trusted_root_staging.json");
    let lines = [fs::read_to_string(staging).unwrap(), place.read("root.json")];
    place.write("roots.jsonl", lines.map(|root| root.replace('\n', " ")).join("\n"));
    place.expect("several-roots", 0, &verify(&["--trusted-root", "roots.jsonl"]));
    let conformance = ["verify-bundle", "--staging", "--bundle", "package.sigstore.json"];
    let root = ["--trusted-root", "root.json", "package"];
    let both: Vec<_> = conformance.into_iter().chain(WHO).chain(root).collect();
    place.expect("conformance-staging-with-root", 0, &both);
    let staging: Vec<_> = conformance.into_iter().chain(WHO).chain(["package"]).collect();
    place.expect("conformance-staging", 1, &staging);
}

#[test]
fn keys() {
    let place = Place::new("keys");
    place.write("key.pub", "-----BEGIN PUBLIC KEY-----\nMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEaxfR8uEsQkf4vOblY6RA8ncDfYEt\n6zOg9KE5RdiYwpZP40Li/hp/m47n60p8D54WK84zV2sxXs7LtkBoN79R9Q==\n-----END PUBLIC KEY-----\n");
    place.expect("key-for-a-certificate", 1, &["verify", "package", "--key", "key.pub"]);
    place.write("key.pub", "ssh-ed25519 AAAA");
    place.expect("key-that-is-none", 2, &["verify", "package", "--key", "key.pub"]);
}

#[test]
fn policies() {
    let place = Place::new("policies");
    place.write("policy.json", r#"{"schema":"cretula/policy/v1","preset":"public-good","signers":{"certificate":{"issuer":"https://token.actions.githubusercontent.com","san":{"glob":"https://github.com/prefix-dev/**"}}}}"#);
    place.expect("policy-verified", 0, &["verify", "package", "--policy", "policy.json"]);
    let repository = ["--repo", "prefix-dev/sigstore-example", "--source-ref", "refs/heads/main"];
    let printed: Vec<_> =
        ["verify", "package", "--print-policy", "--short"].into_iter().chain(repository).collect();
    place.expect("policy-printed", 0, &printed);
    place.expect("policy-check", 0, &["policy", "check", "policy.json"]);
    place.write("policy.json", r#"{"schema":"cretula/policy/v1","signers":{"certificate":{"issuer":"https://accounts.google.com"}}}"#);
    place.expect("policy-unbound", 2, &["verify", "package", "--policy", "policy.json"]);
    place.write("policy.json", r#"{"schema":"cretula/policy/v1","signer":{}}"#);
    place.expect("policy-unknown-member", 2, &["policy", "check", "policy.json"]);
}

#[test]
fn configurations() {
    let place = Place::new("configurations");
    place.expect("config-init-github", 0, &["config", "init", "github", "--repo", "acme/signing"]);
    place.expect(
        "config-init-gitlab",
        0,
        &["config", "init", "gitlab", "--server", "https://gitlab.example"],
    );
    place.expect("config-init-generic", 0, &["config", "init", "generic"]);
    place.expect("config-init-written", 0, &["config", "init", "generic", "-o", "cretula.json"]);
    place.expect("config-init-not-overwritten", 2, &["config", "init", "generic", "-o", "cretula.json"]);
    place.expect("config-check", 0, &["config", "check", "cretula.json"]);
    let bent = place.read("cretula.json").replacen("\"profile\"", "\"profil\"", 1);
    place.write("bent.json", bent);
    place.expect("config-misspelt", 2, &["config", "check", "bent.json"]);
    place.expect("config-missing", 2, &["config", "check", "nowhere.json"]);
    place.expect("config-init-without-repository", 2, &["config", "init", "github"]);
}

/// What a control plane knows of a build of the file `package`.
const FACTS: &str = r#"{"facts": {"origin": "control-plane", "record": {
    "pipeline": "release", "source": "git+https://git.example/g/p@refs/heads/main",
    "invocationId": "https://ci.example/runs/7/attempts/1",
    "resolvedDependencies": [{"uri": "git+https://git.example/g/p@refs/heads/main",
        "digest": {"gitCommit": "0123456789abcdef0123456789abcdef01234567"}}]}}}"#;

#[test]
fn statements() {
    let place = Place::new("statements");
    place.expect("config-init-written", 0, &["config", "init", "generic", "-o", "cretula.json"]);
    place.write("facts.json", FACTS);
    let statement = ["statement", "--config", "cretula.json", "--facts", "facts.json"];
    let of = |more: &[&'static str]| statement.into_iter().chain(more.iter().copied()).collect::<Vec<_>>();
    place.expect("statement", 0, &of(&["package"]));
    place.expect("statement-without-subjects", 2, &of(&[]));
    place.expect("statement-digest-too-short", 1, &of(&["--subject", "app@sha256:00"]));
    place.expect("statement-unknown-mode", 2, &of(&["--mode", "nightly", "package"]));
    place.write("facts.json", FACTS.replacen("\"pipeline\": \"release\",", "", 1));
    place.expect("statement-fact-missing", 1, &of(&["package"]));
    place.write("facts.json", FACTS.replacen("{\"facts\"", "{\"mode\": \"m\", \"facts\"", 1));
    place.expect("statement-unknown-member", 2, &of(&["package"]));
}

#[test]
fn sealing_that_cannot_begin() {
    let place = Place::new("sealing");
    place.expect("config-init-written", 0, &["config", "init", "generic", "-o", "cretula.json"]);
    place.write("facts.json", FACTS);
    place.expect("attest-help", 0, &["attest", "--help"]);
    place.expect("attest-nothing", 2, &["attest"]);
    place.expect("attest-provenance-without-configuration", 2, &["attest", "package"]);
    place.expect(
        "attest-key-missing",
        2,
        &["attest", "--config", "cretula.json", "--facts", "facts.json", "package"],
    );
    place.write("sbom.json", "{}");
    let sbom = ["attest", "package", "--type", "spdx", "--predicate", "sbom.json", "--key", "nowhere.key"];
    place.expect("attest-key-of-the-command-line-missing", 2, &sbom);
    place.expect("attest-resume-without-state", 2, &["attest", "package", "--resume"]);
}

#[test]
fn keys_of_the_host() {
    let place = Place::new("keys-of-the-host");
    place.expect("keys-generate-help", 0, &["keys", "generate", "--help"]);
    place.expect("keys-generate-without-passphrase", 2, &["keys", "generate", "release"]);
    place.expect("keys-public-of-nothing", 2, &["keys", "public", "nowhere.key"]);
    place.expect("keys-list-of-nothing", 0, &["keys", "list"]);
}

#[test]
fn wrong_use() {
    let place = Place::new("wrong-use");
    place.expect("nobody-named", 2, &["verify", "package"]);
    place.write("it's.json", place.read("package.sigstore.json"));
    place.expect("nobody-named-elsewhere", 2, &["verify", "package", "--bundle", "it's.json"]);
    place.expect("github-flag-alone", 2, &["verify", "package", "--deny-self-hosted-runners"]);
    place.expect("repository-misspelt", 2, &["verify", "package", "--repo", "sigstore-example"]);
    let other_ref = ["verify", "package", "--source-ref", "refs/heads/other"];
    place.expect("wrong-ref", 1, &other_ref.into_iter().chain(WHO).collect::<Vec<_>>());
    place.expect("identity-without-issuer", 2, &["verify", "package", "--certificate-identity", IDENTITY]);
    place.expect("inspect", 0, &["inspect", "package.sigstore.json"]);
}

#[test]
fn the_report_is_what_the_module_wrote() {
    let place = Place::new("json");
    let ran = Command::new(env!("CARGO_BIN_EXE_cretula"))
        .args(verify(&["--json"]))
        .current_dir(&place.0)
        .output()
        .unwrap();
    assert!(ran.status.success());
    let text = String::from_utf8(ran.stdout).unwrap();
    assert!(text.contains(r#""schema":"cretula/report/v1""#) && text.contains(r#""verdict":"verified""#));
    let beside = String::from_utf8(ran.stderr).unwrap();
    assert_eq!(
        beside,
        "cretula: trusted root public-good, embedded, sigstore-trust-root 0.15.1 of 2026-10-23\n"
    );
}
