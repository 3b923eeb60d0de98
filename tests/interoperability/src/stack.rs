//! All services of an instance.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use anyhow::Result;
use cretula_testkit::Instance;
use cretula_testkit::serve::{IdToken, Served};
use serde_json::Value;

use crate::certificates::{Files, instance};
use crate::clock::now;
use crate::fulcio;
use crate::key_service::KeyService;
use crate::network::{Network, free_port};
use crate::program::Program;
use crate::read_paths::ReadPaths;
use crate::tools::Programs;
use crate::trust::{self, Urls};

/// Running services, until it is dropped.
#[derive(Debug)]
pub struct Stack {
    pub(crate) trusted_root: Value,
    pub(crate) signing_config: Value,
    pub(crate) keys: KeyService,
    pub(crate) network: Arc<Network>,
    served: Served,
    real: Option<Real>,
}

/// Programs; they end before the folder goes.
#[derive(Debug)]
struct Real {
    programs: Vec<Program>,
    _read_paths: ReadPaths,
}

impl Stack {
    /// Real services: a CT log, Fulcio, Rekor v2, a timestamp authority and OpenBao. Logs, keys and data are in `folder`.
    ///
    /// # Errors
    /// A service does not start; with the end of its log.
    pub fn start(folder: &Path, programs: &Programs, openbao: &Path) -> Result<Self> {
        fs::create_dir_all(folder)?;
        let network = Arc::new(Network::new()?);
        let keys = KeyService::start(&network, openbao, folder)?;
        let instance = instance();
        let files = Files::write(&instance, &folder.join("keys"))?;
        let served = Served::start(instance.clone());
        let start = Starting { folder, network: &network, programs, files: &files, instance: &instance };
        let (ct_log, ct_url) = start.ct_log()?;
        let (fulcio, fulcio_url) = start.fulcio(&served.issuer_url, &ct_url)?;
        let (rekor, rekor_url) = start.rekor()?;
        let (tsa, tsa_url) = start.timestamp_server()?;
        let read_paths = ReadPaths::start(&network, &folder.join("rekor"), &rekor_url)?;
        let urls = Urls { fulcio: fulcio_url, rekor_v2: read_paths.url.clone(), tsa: tsa_url };
        Ok(Self {
            trusted_root: trust::trusted_root(&instance, &keys)?,
            signing_config: trust::signing_config(&instance, &urls),
            keys,
            network,
            served,
            real: Some(Real { programs: vec![ct_log, fulcio, rekor, tsa], _read_paths: read_paths }),
        })
    }

    /// OpenBao with the virtual services of the testkit.
    ///
    /// # Errors
    /// OpenBao does not start.
    pub fn with_virtual_services(folder: &Path, openbao: &Path) -> Result<Self> {
        fs::create_dir_all(folder)?;
        let network = Arc::new(Network::new()?);
        let keys = KeyService::start(&network, openbao, folder)?;
        let instance = instance();
        let served = Served::start(instance.clone());
        let urls = Urls {
            fulcio: served.fulcio_url.clone(),
            rekor_v2: served.rekor_v2_url.clone(),
            tsa: served.tsa_url.clone(),
        };
        Ok(Self {
            trusted_root: trust::trusted_root(&instance, &keys)?,
            signing_config: trust::signing_config(&instance, &urls),
            keys,
            network,
            served,
            real: None,
        })
    }

    /// A token of a job on the GitHub-like server, made now.
    pub(crate) fn github_token(&self) -> IdToken {
        self.keep_time();
        self.served.services().github_token()
    }

    /// A token of a job on the GitLab-like server, made now.
    pub(crate) fn gitlab_token(&self) -> IdToken {
        self.keep_time();
        self.served.services().gitlab_token()
    }

    /// Sets the clock of the virtual services to the present.
    pub(crate) fn keep_time(&self) {
        self.served.clock.set(now());
    }

    /// The ends of all logs, for a failure.
    pub(crate) fn logs(&self) -> String {
        let programs = self.real.iter().flat_map(|real| &real.programs);
        programs.map(|program| format!("---- {}\n{}\n", program.name(), program.log_end())).collect()
    }
}

/// What starting needs.
struct Starting<'a> {
    folder: &'a Path,
    network: &'a Network,
    programs: &'a Programs,
    files: &'a Files,
    instance: &'a Instance,
}

impl Starting<'_> {
    fn ct_log(&self) -> Result<(Program, String)> {
        let address = format!("127.0.0.1:{}", free_port()?);
        let base = format!("http://{address}");
        let log = &self.instance.ct_logs[0].log;
        let data = self.folder.join("ct");
        fs::create_dir_all(&data)?;
        let mut command = Command::new(&self.programs.ct_log);
        command.arg(address).arg(log.name()).arg(data).arg(&self.files.ct_key).arg(&self.files.fulcio_root);
        let health = format!("{base}/ct/v1/get-roots");
        Ok((Program::start("ct-log", &mut command, self.folder, self.network, &health)?, base))
    }

    fn fulcio(&self, issuer_url: &str, ct_url: &str) -> Result<(Program, String)> {
        let config = self.folder.join("fulcio.yaml");
        fs::write(&config, fulcio::configuration(issuer_url))?;
        let port = free_port()?;
        let mut command = Command::new(&self.programs.fulcio);
        command
            .args(["serve", "--host", "127.0.0.1", "--grpc-host", "127.0.0.1", "--ca", "fileca"])
            .args(["--fileca-key-passwd", "", "--fileca-watch=false"])
            .args(["--port", &port.to_string(), "--grpc-port", &free_port()?.to_string()])
            .args(["--metrics-port", &free_port()?.to_string()])
            // Two instances on one machine must not share this name.
            .args(["--legacy-unix-domain-socket", &format!("@cretula-{port}")])
            .arg("--fileca-cert")
            .arg(&self.files.fulcio_chain)
            .arg("--fileca-key")
            .arg(&self.files.fulcio_key)
            .args(["--ct-log-url", ct_url, "--ct-log-public-key-path"])
            .arg(&self.files.ct_public_key)
            .arg("--config-path")
            .arg(config);
        let base = format!("http://127.0.0.1:{port}");
        let health = format!("{base}/healthz");
        Ok((Program::start("fulcio", &mut command, self.folder, self.network, &health)?, base))
    }

    fn rekor(&self) -> Result<(Program, String)> {
        let port = free_port()?;
        let data = self.folder.join("rekor");
        fs::create_dir_all(&data)?;
        let mut command = Command::new(&self.programs.rekor);
        command
            .args(["serve", "--http-address", "127.0.0.1", "--grpc-address", "127.0.0.1"])
            .args(["--http-port", &port.to_string(), "--grpc-port", &free_port()?.to_string()])
            .args(["--http-metrics-port", &free_port()?.to_string()])
            .args(["--checkpoint-interval", "200ms", "--batch-max-age", "20ms", "--persistent-antispam"])
            .args(["--hostname", self.instance.rekor_v2[0].log.name(), "--storage-dir"])
            .arg(data)
            .arg("--signer-filepath")
            .arg(&self.files.rekor_key);
        let base = format!("http://127.0.0.1:{port}");
        let health = format!("{base}/healthz");
        Ok((Program::start("rekor", &mut command, self.folder, self.network, &health)?, base))
    }

    /// It also listens on port 2112 of every interface, so that there is one on a machine at a time.
    fn timestamp_server(&self) -> Result<(Program, String)> {
        let port = free_port()?;
        let mut command = Command::new(&self.programs.timestamp_server);
        command
            .args(["serve", "--host", "127.0.0.1", "--timestamp-signer", "file", "--file-signer-passwd", ""])
            .args(["--port", &port.to_string(), "--disable-ntp-monitoring", "--use-http-201"])
            .arg("--file-signer-key-path")
            .arg(&self.files.tsa_key)
            .arg("--certificate-chain-path")
            .arg(&self.files.tsa_chain);
        let base = format!("http://127.0.0.1:{port}");
        let health = format!("{base}/ping");
        let program = Program::start("timestamp-server", &mut command, self.folder, self.network, &health)?;
        Ok((program, format!("{base}/api/v1/timestamp")))
    }
}
