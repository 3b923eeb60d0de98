//! `cretula verify` and `cretula verify-bundle`.

use std::path::{Path, PathBuf};

use cretula::{Reply, Verdict, Verifier};

use super::{
    arguments::VerifyArguments,
    artifact::Artifact,
    demand::{self, Demand},
    files::{self, Kind},
    outcome::{Exit, Trouble},
    report::{self, Codes, Failure, Report, View},
    request::Question,
    sandbox, show,
    show::text::shell_word,
    surroundings::Output,
    trust,
};

/// Most bytes of an artifact that are passed into the module.
const MAX_MESSAGE_BYTES: u64 = 16 << 20;

/// Other names under which bundles are published beside an artifact.
const OTHER_ENDINGS: [&str; 4] = [".sigstore", ".bundle", ".sigstore.jsonl", ".intoto.jsonl"];

/// Runs the command.
///
/// # Errors
/// There is no verdict: wrong use, or the sandbox.
pub(crate) fn run(arguments: &VerifyArguments, output: &mut Output) -> Result<Exit, Trouble> {
    let place = bundle_path(arguments)?;
    let bundle = read_bundle(arguments, &place)?;
    let verifier = sandbox::start()?;
    let Some(demand) = demand::demand(&arguments.demand)? else {
        return Err(nobody_named(&verifier, &bundle, arguments));
    };
    let roots = trust::roots(arguments.trusted_root.as_deref(), arguments.staging)?;
    let artifact = match &arguments.artifact {
        Some(path) => Artifact::of_file(path)?,
        None => Artifact::of_digests(&arguments.digest)?,
    };
    if arguments.print_policy {
        output.note(&String::from_utf8_lossy(&show::text::indented(&demand.policy)));
    }
    let short = arguments.short && arguments.json;
    let question = Question { bundle: &bundle, roots: &roots, demand: &demand, artifact: &artifact, short };
    let reply = ask(&verifier, &question)?;
    if reply.verdict() == Verdict::Failure {
        return Err(failure(&reply, &demand));
    }
    if arguments.json {
        if roots.embedded {
            // The report has its digest; the name stands beside it, so that the report is what the module wrote.
            output.note(&format!("cretula: trusted root {}\n", roots.origin));
        }
        output.result(reply.json());
        output.result(b"\n");
    } else {
        let report: Report = report::read(reply.json()).ok_or_else(|| sandbox::unreadable("the report"))?;
        let (origin, names) = roots.used(report.inputs.trusted_root.as_deref());
        let page = show::Page { report: &report, artifact: &artifact.name, origin: &origin, names: &names };
        let text = if arguments.explain {
            page.explained(output.painter())
        } else if arguments.short {
            page.one_line(output.painter())
        } else {
            page.summary(output.painter())
        };
        output.result(text.as_bytes());
    }
    Ok(if reply.is_verified() { Exit::Success } else { Exit::Refused })
}

/// By digest first; the bytes only for schemes that need them, and only of files that the module takes.
fn ask(verifier: &Verifier, question: &Question<'_>) -> Result<Reply, Trouble> {
    let reply = verifier.verify_json(&question.by_digest())?;
    let needs_bytes = reply.verdict() == Verdict::Refused
        && report::read::<Codes>(reply.json())
            .is_some_and(|codes| codes.refused_with("signature/message-required"));
    match &question.artifact.path {
        Some(path) if needs_bytes && question.artifact.bytes <= MAX_MESSAGE_BYTES => {
            Ok(verifier.verify_json(&question.by_bytes(path)?)?)
        }
        _ => Ok(reply),
    }
}

fn failure(reply: &Reply, demand: &Demand) -> Trouble {
    match report::read::<Failure>(reply.json()) {
        Some(failure) => {
            let whose = match failure.error.code.split('/').next() {
                Some("policy") => "policy",
                _ if failure.error.code == "input/key" && !demand.keys.is_empty() => "public key",
                _ => "request",
            };
            sandbox::trouble_of(&failure.error, whose)
        }
        None => sandbox::unreadable("the error"),
    }
}

// ---- bundle -----------------------------------------------------------------------------------------------------

fn bundle_path(arguments: &VerifyArguments) -> Result<PathBuf, Trouble> {
    match (&arguments.bundle, &arguments.artifact) {
        (Some(bundle), _) => Ok(bundle.clone()),
        (None, Some(artifact)) => Ok(beside(artifact, ".sigstore.json")),
        (None, None) => {
            Err(Trouble::usage("a digest alone does not say where the bundle is")
                .try_this("add --bundle FILE"))
        }
    }
}

fn read_bundle(arguments: &VerifyArguments, place: &Path) -> Result<Vec<u8>, Trouble> {
    if let Some(artifact) = arguments.artifact.as_deref().filter(|artifact| !artifact.exists()) {
        // The missing artifact is the mistake, not the bundle that would lie beside it.
        files::open(artifact, Kind::Artifact)?;
    }
    let result = files::read(place, Kind::Bundle);
    if arguments.bundle.is_some() || place.exists() {
        return result;
    }
    result.map_err(|_| {
        let artifact = arguments.artifact.as_deref().unwrap_or(place);
        let other = OTHER_ENDINGS.iter().map(|ending| beside(artifact, ending)).find(|other| other.exists());
        let advice = match other {
            Some(other) => {
                format!("{} lies there: say --bundle with it if it is the bundle", files::shown(&other))
            }
            None => {
                "say where it is with --bundle FILE; publishers often offer it beside the download".into()
            }
        };
        Trouble::usage(format!("no bundle lies beside the artifact: {} does not exist", files::shown(place)))
            .try_this(advice)
    })
}

fn beside(artifact: &Path, ending: &str) -> PathBuf {
    let mut name = artifact.to_owned().into_os_string();
    name.push(ending);
    name.into()
}

// ---- nobody was named -------------------------------------------------------------------------------------------

/// Without a demand there is nothing to verify; what the bundle claims helps to write one.
fn nobody_named(verifier: &Verifier, bundle: &[u8], arguments: &VerifyArguments) -> Trouble {
    let trouble = Trouble::usage("nothing says who may have signed").more(
        "Everybody can sign a file and get a valid bundle: a signature means something only by who made it.",
    );
    let view: Option<View> = verifier.inspect_json(bundle).ok().as_deref().and_then(report::read);
    let certificate = view.and_then(|view| view.signer.certificate);
    let claimed = certificate.and_then(|certificate| Some((certificate.san?, certificate.issuer?)));
    let command = claimed.and_then(|(san, issuer)| {
        let who = ["--certificate-identity".into(), san, "--certificate-oidc-issuer".into(), issuer];
        let words = std::iter::chain(again(arguments)?, who).map(|word| shell_word(&word));
        Some(words.collect::<Option<Vec<_>>>()?.join(" "))
    });
    match command {
        Some(command) => trouble
            .more(
                "The bundle claims the signer below. Nothing has verified that; use it only if it is whom you expect.",
            )
            .try_this(command),
        None => trouble
            .try_this("add --certificate-identity with --certificate-oidc-issuer, --repo, --key or --policy"),
    }
}

/// The words of this call that say what to verify; `None` if a name is no text.
fn again(arguments: &VerifyArguments) -> Option<Vec<String>> {
    let mut words = vec!["cretula".to_owned(), "verify".to_owned()];
    if let Some(path) = &arguments.artifact {
        words.push(path.to_str()?.to_owned());
    }
    for digest in &arguments.digest {
        words.extend(["--digest".to_owned(), digest.clone()]);
    }
    for (flag, path) in [("--bundle", &arguments.bundle), ("--trusted-root", &arguments.trusted_root)] {
        if let Some(path) = path {
            words.extend([flag.to_owned(), path.to_str()?.to_owned()]);
        }
    }
    Some(words)
}
