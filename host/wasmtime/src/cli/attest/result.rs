//! How the command ends: the bundle, one document, or a trouble with a code.

use cretula::attestor::{AttestFailure, Sealed};
use cretula_attest::AttestError;
use cretula_encoding::json::Tree;

use crate::cli::arguments::AttestArguments;
use crate::cli::files;
use crate::cli::outcome::{Exit, Trouble};
use crate::cli::surroundings::Output;
use crate::cli::words::attest_advice;

/// Why there is no bundle.
pub(super) enum Ended {
    /// The attestor refused or gave up.
    Failure(AttestFailure),
    /// The command could not be carried out.
    Trouble(Trouble),
}

impl From<Trouble> for Ended {
    fn from(trouble: Trouble) -> Self {
        Self::Trouble(trouble)
    }
}

/// Writes what came out.
pub(super) fn print(
    arguments: &AttestArguments,
    ended: Result<Sealed, Ended>,
    output: &mut Output,
) -> Result<Exit, Trouble> {
    match ended {
        Ok(sealed) => {
            if let Some(evidence) = sealed.evidence() {
                output.note(&format!(
                    "left outside by attempts that were given up: {}\n",
                    String::from_utf8_lossy(evidence)
                ));
            }
            if arguments.json {
                output.result(&document(&sealed));
            } else {
                let line = [sealed.bundle(), b"\n"].concat();
                files::write_result(arguments.output.as_deref(), &line, output)?;
            }
            Ok(Exit::Success)
        }
        Err(Ended::Failure(failure)) if arguments.json => {
            output.result(&error_document(&failure));
            Ok(exit(&failure))
        }
        Err(ended) => Err(trouble(ended)),
    }
}

/// `cretula/sealed/v1`: bundle and report as they are, in one document.
fn document(sealed: &Sealed) -> Vec<u8> {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let evidence =
        sealed.evidence().map_or_else(String::new, |evidence| format!(r#""evidence":{},"#, text(evidence)));
    format!(
        "{{\"bundle\":{},{evidence}\"report\":{},\"schema\":\"cretula/sealed/v1\"}}\n",
        text(sealed.bundle()),
        text(sealed.report())
    )
    .into_bytes()
}

/// `cretula/error/v1`, with whether the run can be taken up again.
fn error_document(failure: &AttestFailure) -> Vec<u8> {
    let mut error = Tree::object();
    error.set("code", failure.code.as_str());
    error.set_some("path", failure.path.as_deref()).set_some("detail", failure.detail.as_deref());
    let mut document = Tree::object();
    document.set("schema", "cretula/error/v1").set("error", error).set("resumable", failure.resumable);
    let mut line = document.encode();
    line.push(b'\n');
    line
}

pub(super) fn trouble(ended: Ended) -> Trouble {
    match ended {
        Ended::Failure(failure) => trouble_of(&failure),
        Ended::Trouble(trouble) => trouble,
    }
}

/// A trouble for people.
pub(super) fn trouble_of(failure: &AttestFailure) -> Trouble {
    let place = failure.path.as_ref().map(|path| format!(" at {path}")).unwrap_or_default();
    let detail = failure.detail.clone().unwrap_or_else(|| "nothing was signed".into());
    let trouble = Trouble::ending(exit(failure), format!("{detail}{place}")).coded(&failure.code);
    let trouble = match attest_advice::advice(&failure.code) {
        Some(advice) => trouble.try_this(advice),
        None => trouble,
    };
    if failure.resumable {
        trouble.try_this("run the same command again with --state FILE --resume, if it had --state FILE")
    } else {
        trouble
    }
}

/// The same for errors that are found before anything is asked of the module.
pub(super) fn trouble_of_attest(error: &AttestError) -> Trouble {
    trouble_of(&AttestFailure::from(error.clone()))
}

/// Wrong use is what a configuration or a document is to blame for.
fn exit(failure: &AttestFailure) -> Exit {
    let area = failure.code.split('/').next().unwrap_or_default();
    match area {
        _ if failure.resumable => Exit::Unfinished,
        "host" => Exit::Internal,
        "input" | "config" | "mode" => Exit::Usage,
        _ => Exit::Refused,
    }
}
