//! The npm package: built and tested in Node. A later step compares it with the other engines.

use anyhow::{Context, Result, bail};
use cretula_testkit::serve::Served;
use cretula_testkit::{Instance, Json, Seed};

use super::{Arguments, Outcome, Test, runner};
use crate::{
    build::pack::{self, FOLDER},
    process,
    root::Root,
    say,
};

/// Ending of the names of test programs.
pub(super) const ENDING: &str = ".test.mjs";
/// Time of the virtual Sigstore: 2026-01-01T00:00:00Z.
const NOW: u64 = 1_767_225_600;

/// What the step builds first; whoever finds it can run [`BATCH`].
pub(super) const BUILT: &str = "npm/dist/digest.js";
/// Script that answers requests with the package, line by line.
pub(super) const BATCH: &str = "npm/test/batch.mjs";

/// Installs what the lock file says, builds, and runs every test program of the package.
pub(super) fn tests(root: &Root, arguments: &Arguments, outcome: &mut Outcome) -> Result<()> {
    let programs = programs(root, FOLDER)?;
    if let Some(missing) = ["node", "npm"].into_iter().find(|program| !process::exists(program)) {
        if arguments.require_all {
            bail!("{missing} is not installed");
        }
        let said = format!("SKIPPED: {missing} is not installed; {} runners not run", programs.len());
        say::line(&said);
        outcome.count.skipped = u64::try_from(programs.len())?;
        outcome.tests.extend(programs.iter().map(|name| Test::program_not_run("npm", name, &said)));
        return Ok(());
    }
    pack::install(root, FOLDER)?;
    pack::build(root)?;
    let served = Served::start(Instance::new(Seed::new([7; 32]), NOW));
    let sigstore = String::from_utf8(description(&served).encode()).context("a document is not UTF-8")?;
    for name in &programs {
        let mut node = process::program(root, "node");
        node.args(["--test", "--test-reporter=./test/reporter.mjs"]).arg(format!("test/{name}{ENDING}"));
        node.current_dir(root.join(FOLDER)).env("CRETULA_TEST_SIGSTORE", &sigstore);
        runner::named_tests(&mut node, arguments, ("npm", name), outcome)?;
    }
    Ok(())
}

/// Names of the test programs of a package, sorted.
pub(super) fn programs(root: &Root, folder: &str) -> Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in std::fs::read_dir(root.join(folder).join("test"))? {
        names
            .extend(entry?.file_name().to_str().and_then(|name| name.strip_suffix(ENDING)).map(String::from));
    }
    names.sort_unstable();
    Ok(names)
}

/// What a host is given that signs with this Sigstore. Its keys come from a public seed.
fn description(served: &Served) -> Json {
    let (claims, token, authority) = {
        let services = served.services();
        let token = services.github_token();
        let authority = services.instance().certificate_authorities.first().map(|ca| ca.issuer().key.clone());
        (token.claims.clone(), token.encode(), authority)
    };
    let keys =
        authority.map(|key| [("pkcs8", Json::bytes(&key.pkcs8())), ("spki", Json::bytes(&key.spki()))]);
    Json::object([
        ("authority", keys.map_or_else(|| Json::object([]), Json::object)),
        ("claims", claims),
        ("issuer", Json::text(format!("{}/github", served.issuer_url))),
        ("now", Json::number(NOW)),
        ("token", Json::text(token)),
        ("trust", served.trust_config()),
    ])
}
