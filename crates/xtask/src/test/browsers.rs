//! The verification page and the npm package in Debian's Chromium and Firefox.

use anyhow::{Result, bail};

use super::{Arguments, Outcome, Test, npm, runner};
use crate::{
    build::pack::{self, FOLDER},
    process,
    root::Root,
    say,
};

/// Folder of the page.
const PAGE: &str = "npm/page";
/// The script that answers requests for the comparison of engines, and what it needs.
pub(super) const BATCH: &str = "npm/page/test/batch.mjs";
pub(super) const INSTALLED: &str = "npm/page/node_modules";
/// The test program that drives Firefox; all others drive Chromium.
const FIREFOX_TESTS: &str = "firefox";

/// A browser: its program and package in Debian, and the variable that names another program.
struct Browser {
    program: &'static str,
    variable: &'static str,
}

const CHROMIUM: Browser = Browser { program: "chromium", variable: "CRETULA_TEST_CHROMIUM" };
const FIREFOX: Browser = Browser { program: "firefox-esr", variable: "CRETULA_TEST_FIREFOX" };

impl Browser {
    fn exists(&self) -> bool {
        process::variable(self.variable).is_some() || process::exists(self.program)
    }
}

/// Whether Chromium is on this machine.
pub(super) fn has_chromium() -> bool {
    CHROMIUM.exists()
}

/// Installs what is missing, builds the page, and runs its test programs.
pub(super) fn tests(root: &Root, arguments: &Arguments, outcome: &mut Outcome) -> Result<()> {
    let programs = npm::programs(root, PAGE)?;
    if let Some(missing) = ["node", "npm"].into_iter().find(|program| !process::exists(program)) {
        return skip(missing, &programs, arguments, outcome);
    }
    install_browsers(root)?;
    if !CHROMIUM.exists() {
        return skip(CHROMIUM.program, &programs, arguments, outcome);
    }
    let has_firefox = FIREFOX.exists();
    let (skipped, run): (Vec<_>, Vec<_>) =
        programs.into_iter().partition(|name| name == FIREFOX_TESTS && !has_firefox);
    if !has_firefox {
        skip(FIREFOX.program, &skipped, arguments, outcome)?;
    }
    if !root.join(FOLDER).join("dist/index.js").is_file() {
        bail!("the npm package was not built by its step");
    }
    pack::install(root, PAGE)?;
    process::run(process::program(root, "npm").args(["run", "build"]).current_dir(root.join(PAGE)))?;
    for name in &run {
        let mut node = process::program(root, "node");
        node.args(["--test", "--test-reporter=../test/reporter.mjs"]);
        node.arg(format!("test/{name}{}", npm::ENDING)).current_dir(root.join(PAGE));
        runner::named_tests(&mut node, arguments, ("page", name), outcome)?;
    }
    Ok(())
}

/// Installs Debian's packages where this user may do that.
fn install_browsers(root: &Root) -> Result<()> {
    let missing: Vec<&str> = [CHROMIUM, FIREFOX]
        .iter()
        .filter(|browser| !browser.exists())
        .map(|browser| browser.program)
        .collect();
    if missing.is_empty() || !process::exists("apt-get") || !is_administrator(root)? {
        return Ok(());
    }
    say::line(&format!("installing {} with apt-get", missing.join(" and ")));
    let apt = || {
        let mut apt = process::program(root, "apt-get");
        apt.env("DEBIAN_FRONTEND", "noninteractive").arg("--quiet=2");
        apt
    };
    process::run(apt().arg("update"))?;
    process::run(
        apt().args(["install", "--yes", "--no-install-recommends", "fonts-dejavu-core"]).args(missing),
    )
}

fn is_administrator(root: &Root) -> Result<bool> {
    Ok(process::capture(process::program(root, "id").arg("-u"))?.trim() == "0")
}

fn skip(missing: &str, programs: &[String], arguments: &Arguments, outcome: &mut Outcome) -> Result<()> {
    if arguments.require_all {
        bail!("{missing} is not installed");
    }
    let said = format!("SKIPPED: {missing} is not installed; {} runners not run", programs.len());
    say::line(&said);
    outcome.count.skipped = outcome.count.skipped.saturating_add(u64::try_from(programs.len())?);
    outcome.tests.extend(programs.iter().map(|name| Test::program_not_run("page", name, &said)));
    Ok(())
}
