//! The command `cretula`: reads files, asks the sandboxed module, and says in words what it answered.

mod cli;

fn main() -> std::process::ExitCode {
    cli::run()
}
