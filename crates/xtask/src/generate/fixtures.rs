//! Public-good trust and the demo's bundle, copied from the crates of sigstore-rust.

use std::{fmt::Write, fs, path::PathBuf};

use anyhow::{Context, Result, bail};

use super::Generated;
use crate::{build::sha256_hex, process, root::Root, say};

/// Folder of the copies.
const FOLDER: &str = "host/wasmtime/data";

/// Version of both crates.
const VERSION: &str = "0.15.1";

/// Day on which that version was published.
const DATE: &str = "2026-10-23";

/// A file of a package, and what it is.
struct Fixture {
    package: &'static str,
    source: &'static str,
    name: &'static str,
    sha256: &'static str,
    what: &'static str,
}

const FIXTURES: &[Fixture] = &[
    Fixture {
        package: "sigstore-trust-root",
        source: "src/trusted_root.json",
        name: "trusted_root.json",
        sha256: "6494e21ea73fa7ee769f85f57d5a3e6a08725eae1e38c755fc3517c9e6bc0b66",
        what: "TrustedRoot of the public-good instance, used without `--trusted-root`",
    },
    Fixture {
        package: "sigstore-trust-root",
        source: "src/trusted_root_staging.json",
        name: "trusted_root_staging.json",
        sha256: "44deb991d4bbf2150751ccee235d9810bce4434383c26d8898c1bcadbace6ed8",
        what: "TrustedRoot of the staging instance, for the conformance suite",
    },
    Fixture {
        package: "sigstore-trust-root",
        source: "repository/signing_config.json",
        name: "signing_config.json",
        sha256: "9711a6d5375706957a4859af31c5866a4474f81f0544f9f4b76c9c4f4c8a539c",
        what: "SigningConfig of the public-good instance",
    },
    Fixture {
        package: "sigstore-verify",
        source: "test_data/bundles/conda-attestation.sigstore.json",
        name: "signed-package-2.1.0-hb0f4dca_0.conda.sigstore.json",
        sha256: "3b68ceda769879104c48b3bf0eb444accb470008c6be29393714922d533ab171",
        what: "bundle of the demo, signed in a GitHub workflow of prefix-dev/sigstore-example",
    },
    Fixture {
        package: "sigstore-verify",
        source: "test_data/bundles/signed-package-2.1.0-hb0f4dca_0.conda",
        name: "signed-package-2.1.0-hb0f4dca_0.conda",
        sha256: "54303491a8418fbed24344b513546182c29b43bf282ceb433af65e2299f9271f",
        what: "artifact of the demo",
    },
];

/// The copies and a README that names their origin.
///
/// A package is fetched only if a copy is missing or differs from its digest.
///
/// # Errors
/// If a package cannot be fetched, or a file in it has another digest.
pub(super) fn generate(root: &Root) -> Result<Vec<Generated>> {
    let mut vendored = None;
    let mut files = Vec::new();
    for fixture in FIXTURES {
        let target = format!("{FOLDER}/{}", fixture.name);
        let content = match fs::read(root.join(&target)) {
            Ok(content) if sha256_hex(&content) == fixture.sha256 => content,
            _ => from_package(fixture, &mut vendored)?,
        };
        files.push((target, content));
    }
    files.push((format!("{FOLDER}/README.md"), readme()?.into_bytes()));
    Ok(files)
}

fn from_package(fixture: &Fixture, vendored: &mut Option<PathBuf>) -> Result<Vec<u8>> {
    let folder = match vendored {
        Some(folder) => folder,
        None => vendored.insert(vendor()?),
    };
    let path = folder.join(format!("{}-{VERSION}/{}", fixture.package, fixture.source));
    let content = fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
    let found = sha256_hex(&content);
    if found != fixture.sha256 {
        bail!("{} has digest {found}, expected {}", path.display(), fixture.sha256);
    }
    Ok(content)
}

/// Fetches the packages with cargo into a temporary folder.
fn vendor() -> Result<PathBuf> {
    say::line(&format!("fetching the packages sigstore-verify and sigstore-trust-root {VERSION} with cargo"));
    let folder = std::env::temp_dir().join(format!("cretula-fixtures-{}", std::process::id()));
    fs::create_dir_all(folder.join("src"))?;
    fs::write(folder.join("src/lib.rs"), "")?;
    let manifest = format!(
        "[package]\nname = \"fixtures\"\nversion = \"0.0.0\"\nedition = \"2024\"\n[workspace]\n[dependencies]\n\
         sigstore-verify = {{ version = \"={VERSION}\", default-features = false }}\n\
         sigstore-trust-root = {{ version = \"={VERSION}\", default-features = false }}\n"
    );
    fs::write(folder.join("Cargo.toml"), manifest)?;
    let mut cargo = process::cargo(&Root::at(&folder));
    process::capture(cargo.args(["vendor", "--quiet", "--versioned-dirs", "vendor"]))?;
    Ok(folder.join("vendor"))
}

fn readme() -> Result<String> {
    let mut text = format!(
        "<!-- Written by `cargo xtask generate`. -->\n# Public data that the command carries\n\n\
         Copied unchanged from the crates `sigstore-trust-root` and `sigstore-verify`, version {VERSION} of {DATE} \
         (Apache-2.0, the Sigstore authors).\n\n| file | from | what | SHA-256 |\n|---|---|---|---|\n"
    );
    for fixture in FIXTURES {
        writeln!(
            text,
            "| `{}` | `{}` `{}` | {} | `{}` |",
            fixture.name, fixture.package, fixture.source, fixture.what, fixture.sha256
        )?;
    }
    Ok(text)
}
