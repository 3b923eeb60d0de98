//! The scripts as shells see them, and what the files share.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use cretula_workflows::{File, Kind, Release, SHIPPED, Script, read_shipped, scripts};

fn files() -> Vec<(&'static str, File)> {
    let read = |(path, kind)| {
        let text = read_shipped(path).expect("the file is readable");
        (path, File::parse(kind, &text).expect("the file is YAML"))
    };
    SHIPPED.into_iter().map(read).collect()
}

fn of(kind: Kind) -> File {
    files().into_iter().map(|(_, file)| file).find(|file| file.kind == kind).expect("a file of each kind")
}

/// The script that seals.
fn sealing(file: &File) -> Script<'_> {
    scripts(file)
        .into_iter()
        .find(|script| script.text.contains("cretula attest"))
        .expect("a script that seals")
}

#[expect(clippy::print_stderr, reason = "tests say what they skip")]
fn announce(line: &str) {
    eprintln!("{line}");
}

fn shell(name: &str) -> Command {
    Command::new(name)
}

/// Whether a shell is here; says so if not.
fn exists(name: &str) -> bool {
    let run = shell(name)
        .args(if name == "jq" { ["-n", "1"] } else { ["-c", "exit 0"] })
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    let found = !matches!(run, Err(error) if error.kind() == io::ErrorKind::NotFound);
    if !found {
        announce(&format!("SKIPPED: {name} is not installed; no script was handed to it"));
    }
    found
}

/// An empty folder for one run.
fn folder(name: &str) -> PathBuf {
    let place = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    drop(fs::remove_dir_all(&place));
    fs::create_dir_all(&place).expect("a folder for the run");
    place
}

/// A program that reads its input, as the command reads the token, and writes its arguments, one per line,
/// and a bundle.
fn stand_in(place: &Path) {
    let path = place.join("cretula");
    let text = "#!/bin/sh\ncat > /dev/null\nprintf '%s\\n' \"$@\" > \"$RECORD\"\nprintf '{}' > bundle.sigstore.json\n";
    fs::write(&path, text).expect("a stand-in for the command");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("a stand-in that runs");
    }
}

/// What a run of the sealing script left behind.
struct Ran {
    exit: Option<i32>,
    /// Subjects in the arguments of the command; `None` if it was not started.
    subjects: Option<Vec<String>>,
    output: String,
}

fn seal(kind: Kind, name: &str, subjects: &str) -> Ran {
    let (file, place) = (of(kind), folder(name));
    let (record, output) = (place.join("record"), place.join("output"));
    stand_in(&place);
    let search = format!("{}:/usr/bin:/bin", place.display());
    let mut command = shell("bash");
    command.arg("-c").arg(sealing(&file).text).env_clear().current_dir(&place);
    command.env("PATH", search).env("RECORD", &record).env("TMPDIR", &place);
    command
        .env("RUNNER_TEMP", &place)
        .env("GITHUB_OUTPUT", &output)
        .env("SUBJECTS", subjects)
        .env("MODE", "m");
    command.env("CI_PROJECT_DIR", &place).env("CRETULA_SUBJECTS", subjects).env("CRETULA_ID_TOKEN", "t");
    command.env("CRETULA_SERVER", "https://gitlab.example").env("CRETULA_AUDIENCE", "cretula");
    let ran = command.output().expect("a shell");
    let arguments = fs::read_to_string(&record).ok();
    let subjects = arguments.map(|text| {
        text.lines().filter_map(|line| line.strip_prefix("--subject=")).map(String::from).collect()
    });
    Ran { exit: ran.status.code(), subjects, output: fs::read_to_string(output).unwrap_or_default() }
}

#[test]
fn shells_can_read_every_script() {
    let mut read = 0;
    for name in ["bash", "sh"] {
        if !exists(name) {
            continue;
        }
        for (path, file) in files() {
            // The scripts of GitHub are for bash, as their steps say.
            if name == "sh" && file.kind != Kind::Component {
                continue;
            }
            for script in scripts(&file) {
                let checked = shell(name).args(["-n", "-c", script.text]).output().expect("a shell");
                let said = String::from_utf8_lossy(&checked.stderr);
                assert!(checked.status.success() && said.is_empty(), "{path}: line {}: {said}", script.line);
                read += 1;
            }
            let broken = format!("{}\nif then\n", scripts(&file)[0].text);
            assert!(!shell(name).args(["-n", "-c", &broken]).output().expect("a shell").status.success());
        }
    }
    assert!(read == 0 || read >= scripts(&of(Kind::Component)).len());
}

#[test]
fn only_names_with_digests_reach_the_command() {
    if !exists("bash") {
        return;
    }
    let digest = "0123456789abcdef".repeat(4);
    let good = format!("ghcr.io/o/n@sha256:{digest}");
    let many = |count: usize| vec![good.clone(); count];
    let refused = [
        String::new(),
        "app".into(),
        format!("app@sha256:{}", &digest[1..]),
        format!("app@sha256:{digest}0"),
        format!("app@sha256:{}", digest.to_ascii_uppercase()),
        format!("app@sha512:{digest}{digest}"),
        format!("--key=x@sha256:{digest}"),
        format!("a;b@sha256:{digest}"),
        format!("$(touch x)@sha256:{digest}"),
        format!("*@sha256:{digest}"),
        format!("é@sha256:{digest}"),
        format!("{}@sha256:{digest}", "a".repeat(300)),
    ];
    for (kind, name, separator) in [
        (Kind::SignDigests, "sign", "\n"),
        (Kind::BuildImage, "image", "\n"),
        (Kind::Component, "component", " "),
    ] {
        for (index, subjects) in refused.iter().enumerate() {
            for subjects in [subjects.clone(), [subjects.as_str(), &good].join(separator)] {
                if subjects.trim() == good {
                    continue;
                }
                let ran = seal(kind, &format!("{name}-refused-{index}"), &subjects);
                assert_eq!((ran.exit, ran.subjects), (Some(2), None), "{name}: {subjects}");
            }
        }
        let ran = seal(kind, &format!("{name}-too-many"), &many(101).join(separator));
        assert_eq!((ran.exit, ran.subjects), (Some(2), None), "{name}");
        let ran = seal(kind, &format!("{name}-most"), &many(100).join(separator));
        assert!(ran.exit == Some(0) && ran.subjects == Some(many(100)), "{name}: {:?}", ran.exit);
        let two = format!("{good}{separator}app.tar.gz@sha256:{digest}");
        let ran = seal(kind, &format!("{name}-two"), &two);
        let expected: Vec<String> = two.split(separator).map(String::from).collect();
        assert_eq!((ran.exit, ran.subjects), (Some(0), Some(expected)), "{name}");
        if kind != Kind::Component {
            let sha256 = "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a";
            assert_eq!(ran.output, format!("bundle=e30=\nbundle-sha256={sha256}\n"));
        }
    }
}

#[test]
fn files_share_what_is_the_same() {
    let (sign, image) = (of(Kind::SignDigests), of(Kind::BuildImage));
    for step in ["Fetch the command", "Write the configuration", "Read the event", "Seal", "Write the bundle"]
    {
        let text = |file: &File| {
            let found: Vec<String> =
                scripts(file).iter().filter(|one| one.step == step).map(|one| one.text.to_owned()).collect();
            assert_eq!(found.len(), 1, "{step}");
            found
        };
        assert_eq!(text(&sign), text(&image), "{step}");
    }
    let pins = |file: &File| -> Vec<String> {
        let is_pin = |line: &&str| line.contains("CRETULA_URL: ") || line.contains("CRETULA_SHA256: ");
        file.text.lines().filter(is_pin).map(String::from).collect()
    };
    assert_eq!((pins(&sign).len(), pins(&sign)), (2, pins(&image)));
}

/// Placeholders are said, and are never one of three.
#[test]
fn files_are_released_together() {
    let states: Vec<(&str, Release)> =
        files().iter().map(|(path, file)| (*path, Release::of(file))).collect();
    for (path, state) in &states {
        announce(&format!("{path}: {state}"));
        assert_ne!(*state, Release::Half, "{path}");
    }
    assert!(states.windows(2).all(|pair| pair[0].1 == pair[1].1), "{states:?}");
}

/// The address and the digest that a file has, whether it is released or not.
fn pin(file: &File) -> (&str, &str) {
    let (opening, digest) = match file.kind {
        Kind::Component => ("      default: ", "/cretula@sha256:"),
        Kind::SignDigests | Kind::BuildImage => ("CRETULA_URL: https://", "CRETULA_SHA256: \""),
    };
    // Before the address of the image stand two other defaults that are none.
    let after = |text: &'static str| {
        let start = file.text.rfind(text).expect("the text is there") + text.len();
        &file.text[start..]
    };
    let host = after(opening).split('/').next().expect("a host");
    (host, &after(digest)[..64])
}

#[test]
fn a_placeholder_is_not_a_release() {
    for (path, file) in files() {
        let (host, digest) = pin(&file);
        assert!(digest.bytes().all(|byte| byte.is_ascii_hexdigit()), "{path}: {digest}");
        let state = |to: &str, digits: &str| {
            let text = file.text.replace(&format!("{host}/releases/"), &format!("{to}/releases/"));
            let text = text.replace(&format!("{host}/cretula@"), &format!("{to}/cretula@"));
            let text = text.replace(digest, &digits.repeat(64));
            Release::of(&File::parse(file.kind, &text).expect("the file is YAML"))
        };
        assert_eq!(state("cretula.example", "0"), Release::NotReleased, "{path}");
        assert_eq!(state("downloads.example", "0"), Release::Half, "{path}");
        assert_eq!(state("cretula.example", "1"), Release::Half, "{path}");
        assert_eq!(state("downloads.example", "1"), Release::Released, "{path}");
    }
}

/// What the event says, without what is empty; whatever else the event has stays outside.
#[test]
fn an_event_gives_its_parameters() {
    if !exists("bash") || !exists("jq") {
        return;
    }
    let cases = [
        ("push", r#"{"inputs": {"a": "b"}, "head_commit": {"id": "x"}}"#, "{}", r#"{"name":"push"}"#),
        ("push", "{}", r#"{"A": "1", "B": ""}"#, r#"{"name":"push","vars":{"A":"1"}}"#),
        (
            "workflow_dispatch",
            r#"{"inputs": {"a": "\"; $(touch x)", "b": null, "c": true}}"#,
            "{}",
            r#"{"name":"workflow_dispatch","inputs":{"a":"\"; $(touch x)","c":true}}"#,
        ),
        ("workflow_dispatch", r#"{"inputs": null}"#, "{}", r#"{"name":"workflow_dispatch"}"#),
        (
            "release",
            r#"{"release": {"name": "n", "body": null, "draft": false, "assets": [1], "author": "x"}}"#,
            "{}",
            r#"{"name":"release","release":{"draft":false,"name":"n"}}"#,
        ),
    ];
    for kind in [Kind::SignDigests, Kind::BuildImage] {
        let file = of(kind);
        let all = scripts(&file);
        let script =
            all.iter().find(|script| script.step == "Read the event").expect("a script of this name");
        for (index, (name, event, vars, expected)) in cases.iter().enumerate() {
            let place = folder(&format!("event-{kind:?}-{index}"));
            fs::write(place.join("in.json"), event).expect("an event");
            let mut command = shell("bash");
            command.arg("-c").arg(script.text).env_clear().current_dir(&place).env("PATH", "/usr/bin:/bin");
            command.env("RUNNER_TEMP", &place).env("GITHUB_EVENT_PATH", place.join("in.json"));
            let ran = command.env("GITHUB_EVENT_NAME", name).env("VARS", vars).output().expect("a shell");
            assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
            let mut jq = shell("jq");
            let written = jq.arg("-c").arg(".").arg(place.join("event.json")).output().expect("jq").stdout;
            assert_eq!(String::from_utf8_lossy(&written).trim_end(), *expected);
        }
    }
}
