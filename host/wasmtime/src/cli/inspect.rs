//! `cretula inspect`: what a bundle says of itself.

use super::{
    arguments::InspectArguments,
    files::{self, Kind},
    outcome::{Exit, Trouble},
    report::{self, Failure, View},
    sandbox, show,
    surroundings::Output,
};

/// Runs the command.
///
/// # Errors
/// The bundle cannot be read or parsed.
pub(crate) fn run(arguments: &InspectArguments, output: &mut Output) -> Result<Exit, Trouble> {
    let bundle = files::read(&arguments.bundle, Kind::Bundle)?;
    let document = sandbox::start()?.inspect_json(&bundle)?;
    if let Some(failure) = report::read::<Failure>(&document) {
        return Err(sandbox::trouble_of(&failure.error, "bundle"));
    }
    if arguments.json {
        output.result(&show::text::indented(&document));
        return Ok(Exit::Success);
    }
    let view: View = report::read(&document).ok_or_else(|| sandbox::unreadable("the view"))?;
    output.result(show::view(&view, &files::name(&arguments.bundle), output.painter()).as_bytes());
    Ok(Exit::Success)
}
