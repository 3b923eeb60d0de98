//! The command as a control plane in any language calls it: one JSON document on standard input, no network.
#![expect(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a test that ends with the reason; documents are read with serde_json"
)]

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::{Value, json};

const PASSPHRASE: &str = "canary-correct-horse";

/// A folder with a key, a configuration whose bundles need no service, and an artifact.
struct Place(PathBuf);

impl Place {
    fn new(name: &str) -> Self {
        let place = Self(Path::new(env!("CARGO_TARGET_TMPDIR")).join(name));
        drop(fs::remove_dir_all(&place.0));
        fs::create_dir_all(&place.0).unwrap();
        assert_eq!(place.run(&["keys", "generate", "release"], b"").status.code(), Some(0));
        assert_eq!(place.run(&["config", "init", "generic", "-o", "init.json"], b"").status.code(), Some(0));
        let mut config: Value = serde_json::from_slice(&place.read("init.json")).unwrap();
        let mode = &mut config["modes"]["pipeline"];
        mode["profile"] = json!("managed-offline");
        mode["offline"] = json!(true);
        place.write("cretula.json", &serde_json::to_vec(&config).unwrap());
        place.write("app.tar.gz", b"what the build made\n");
        place
    }

    fn write(&self, name: &str, content: &[u8]) {
        fs::write(self.0.join(name), content).unwrap();
    }

    fn read(&self, name: &str) -> Vec<u8> {
        fs::read(self.0.join(name)).unwrap()
    }

    fn run(&self, arguments: &[&str], input: &[u8]) -> Output {
        self.run_with(arguments, input, PASSPHRASE)
    }

    fn run_with(&self, arguments: &[&str], input: &[u8], passphrase: &str) -> Output {
        let mut child = Command::new(env!("CARGO_BIN_EXE_cretula"))
            .args(arguments)
            .current_dir(&self.0)
            .env("NO_COLOR", "1")
            .env("COSIGN_PASSWORD", passphrase)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(input).unwrap();
        let output = child.wait_with_output().unwrap();
        let shown = [output.stdout.as_slice(), &output.stderr].concat();
        assert!(!String::from_utf8_lossy(&shown).contains(PASSPHRASE), "the passphrase is shown");
        assert!(!String::from_utf8_lossy(&shown).contains("PRIVATE KEY"), "the key is shown");
        output
    }
}

/// What a control plane knows of a build.
fn facts() -> Value {
    json!({
        "facts": {
            "origin": "control-plane",
            "record": {
                "pipeline": "release",
                "source": "git+https://git.example/g/p@refs/heads/main",
                "invocationId": "https://ci.example/runs/7/attempts/1",
                "resolvedDependencies": [{
                    "uri": "git+https://git.example/g/p@refs/heads/main",
                    "digest": {"gitCommit": "0123456789abcdef0123456789abcdef01234567"}
                }]
            }
        },
        "tenant": {"subjects": [{"name": "app.tar.gz", "digest": {"sha256": sha256(b"what the build made\n")}}]}
    })
}

fn sha256(bytes: &[u8]) -> String {
    use sha2::Digest as _;
    cretula_encoding::hex::encode(&sha2::Sha256::digest(bytes))
}

/// A change to the document.
type Bend = fn(&mut Value);

/// A policy for bundles that no service has seen.
const POLICY: &[u8] =
    br#"{"schema":"cretula/policy/v1","preset":"managed-key","signers":{"key":{"ids":[""]}},
    "evidence":{"log":{"threshold":0}},"statement":{"predicateTypes":["https://slsa.dev/provenance/v1"]}}"#;

#[test]
fn one_document_in_and_one_document_out() {
    let place = Place::new("attest-json");
    let input = serde_json::to_vec(&facts()).unwrap();
    let ran = place.run(&["attest", "--config", "cretula.json", "--facts", "-", "--json"], &input);
    assert_eq!(ran.status.code(), Some(0), "{}", String::from_utf8_lossy(&ran.stderr));
    let sealed: Value = serde_json::from_slice(&ran.stdout).unwrap();
    assert_eq!(
        (&sealed["schema"], &sealed["report"]["verdict"]),
        (&json!("cretula/sealed/v1"), &json!("verified"))
    );
    let notes = String::from_utf8(ran.stderr).unwrap();
    assert!(notes.contains("warning: nothing proves when this is signed"), "{notes}");
    assert!(notes.contains("audit {") && notes.contains("\"verdict\":\"allowed\""), "{notes}");

    place.write("bundle.json", &serde_json::to_vec(&sealed["bundle"]).unwrap());
    place.write("policy.json", POLICY);
    let verify = [
        "verify",
        "app.tar.gz",
        "--bundle",
        "bundle.json",
        "--policy",
        "policy.json",
        "--key",
        "release.pub",
    ];
    assert_eq!(place.run(&verify, b"").status.code(), Some(0));
    place.write("app.tar.gz", b"something else\n");
    assert_eq!(place.run(&verify, b"").status.code(), Some(1));
}

#[test]
fn the_statement_is_what_would_be_signed() {
    let place = Place::new("attest-statement");
    place.write("facts.json", &serde_json::to_vec(&facts()).unwrap());
    let built = place.run(&["statement", "--config", "cretula.json", "--facts", "facts.json"], b"");
    assert_eq!(built.status.code(), Some(0));
    let seal = [
        "attest",
        "--config",
        "cretula.json",
        "--facts",
        "facts.json",
        "-o",
        "app.json",
        "--audit-log",
        "audit",
    ];
    assert_eq!(place.run(&seal, b"").status.code(), Some(0));
    let bundle: Value = serde_json::from_slice(&place.read("app.json")).unwrap();
    let payload = bundle["dsseEnvelope"]["payload"].as_str().unwrap();
    assert_eq!(cretula_encoding::base64::decode(payload).unwrap(), built.stdout);
    let line: Value = serde_json::from_slice(place.read("audit").trim_ascii()).unwrap();
    assert_eq!(line["payloadSha256"], json!(sha256(&built.stdout)));
}

#[test]
fn refusals_have_a_code_and_an_exit_code() {
    let place = Place::new("attest-refused");
    let refused = |bend: Bend, more: &[&str]| {
        let mut document = facts();
        bend(&mut document);
        let input = serde_json::to_vec(&document).unwrap();
        let arguments = ["attest", "--config", "cretula.json", "--facts", "-", "--json"];
        let ran = place.run(&[&arguments, more].concat(), &input);
        let reply: Value = serde_json::from_slice(&ran.stdout).unwrap_or_default();
        (ran.status.code(), reply["error"]["code"].as_str().unwrap_or_default().to_owned())
    };
    let nothing: Bend = |_| {};
    assert_eq!(refused(nothing, &[]).0, Some(0));
    let cases: [(Bend, i32, &str); 6] = [
        (|facts| drop(facts["facts"]["record"]["source"].take()), 1, "facts/missing"),
        (|facts| facts["facts"]["record"]["secret"] = json!("x"), 1, "params/unknown"),
        (|facts| facts["tenant"]["builder"] = json!("https://evil.example"), 1, "tenant/forbidden-field"),
        (|facts| facts["tenant"]["subjects"] = json!([]), 1, "subject/none"),
        (
            |facts| {
                facts["tenant"]["subjects"][0]["digest"] =
                    json!({"sha1": "0123456789abcdef0123456789abcdef01234567"})
            },
            1,
            "subject/weak-digest",
        ),
        (|facts| facts["predicate"] = json!({"kind": "vsa"}), 2, "input/missing"),
    ];
    for (bend, exit, code) in cases {
        assert_eq!(refused(bend, &[]), (Some(exit), code.to_owned()));
    }
    assert_eq!(refused(nothing, &["--mode", "nobody"]).0, Some(2));
    let wrong = place.run_with(&["keys", "public", "release.key"], b"", "another one");
    assert_eq!(wrong.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&wrong.stderr).contains("wrong passphrase, or a damaged file"));
}

#[test]
fn written_configurations_pass_the_check() {
    let place = Place::new("attest-config");
    for arguments in [
        &["github", "--repo", "acme/signing"][..],
        &["gitlab", "--server", "https://gitlab.example"],
        &["generic"],
    ] {
        let file = format!("{}.json", arguments[0]);
        let init = [&["config", "init"], arguments, &["-o", &file]].concat();
        assert_eq!(place.run(&init, b"").status.code(), Some(0), "{arguments:?}");
        let check = place.run(&["config", "check", &file], b"");
        assert_eq!(check.status.code(), Some(0), "{}", String::from_utf8_lossy(&check.stderr));
        assert!(String::from_utf8_lossy(&check.stdout).contains("states   provenance"));
    }
    assert_eq!(place.run(&["config", "init", "github"], b"").status.code(), Some(2));
    place.write(
        "bad.json",
        b"{\"schema\":\"cretula/config/v1\",\"modes\":{},\"buildTypes\":[],\"issuers\":[],\"x\":1}",
    );
    let check = place.run(&["config", "check", "bad.json"], b"");
    assert_eq!(check.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&check.stderr).contains("input/unknown-member"));
}

#[test]
fn keys_are_not_overwritten_and_are_closed_to_others() {
    let place = Place::new("attest-keys");
    assert_eq!(place.run(&["keys", "generate", "release"], b"").status.code(), Some(2));
    let public = place.run(&["keys", "public", "release.key"], b"");
    assert_eq!(public.stdout, place.read("release.pub"));
    let listed = place.run(&["keys", "list"], b"");
    assert!(String::from_utf8_lossy(&listed.stdout).contains("release.pub  sha256:"));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        fs::set_permissions(place.0.join("release.key"), fs::Permissions::from_mode(0o644)).unwrap();
        let open = place.run(&["keys", "public", "release.key"], b"");
        assert_eq!(open.status.code(), Some(2));
        assert!(String::from_utf8_lossy(&open.stderr).contains("chmod 600"));
    }
}
