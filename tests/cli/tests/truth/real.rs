//! A real API server with its etcd, and nothing else of a cluster: it needs no rights of this machine, and is up in seconds.

use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use lab_cluster::programs::{self, Program};
use rcgen::KeyPair;
use tempfile::TempDir;

/// Its programs end with it, and with the test's thread if that comes first.
pub struct RealApi {
    programs: Vec<Child>,
    folder: TempDir,
    /// Where it speaks plain HTTP.
    pub port: u16,
}

impl Drop for RealApi {
    fn drop(&mut self) {
        for program in self.programs.iter_mut().rev() {
            // What has ended already cannot be ended.
            let _ = program.kill();
            let _ = program.wait();
        }
    }
}

impl RealApi {
    pub fn start() -> Result<RealApi> {
        let programs = programs::ensure(&[Program::Kubernetes, Program::Etcd])?;
        let mut real = RealApi { programs: Vec::new(), folder: tempfile::tempdir()?, port: 0 };
        let (store, peers, secure) = (free_port()?, free_port()?, free_port()?);
        real.write_secrets()?;
        real.write_kubeconfig(secure)?;
        let etcd = [
            "--data-dir=etcd".to_owned(),
            format!("--listen-client-urls=http://127.0.0.1:{store}"),
            format!("--advertise-client-urls=http://127.0.0.1:{store}"),
            format!("--listen-peer-urls=http://127.0.0.1:{peers}"),
        ];
        real.spawn("etcd", programs.path(Program::Etcd), &etcd, Stdio::null())?;
        let server = [
            format!("--etcd-servers=http://127.0.0.1:{store}"),
            format!("--secure-port={secure}"),
            "--bind-address=127.0.0.1".into(),
            "--cert-dir=certificates".into(),
            "--service-account-key-file=accounts.pub".into(),
            "--service-account-signing-key-file=accounts.key".into(),
            "--service-account-issuer=https://127.0.0.1".into(),
            "--token-auth-file=tokens.csv".into(),
            "--authorization-mode=RBAC".into(),
            "--service-cluster-ip-range=10.96.0.0/16".into(),
            // Accounts are made by a controller that does not run here.
            "--disable-admission-plugins=ServiceAccount".into(),
        ];
        real.spawn("kube-apiserver", &programs.kubernetes("kube-apiserver"), &server, Stdio::null())?;
        real.proxy(&programs.kubernetes("kubectl"))?;
        real.wait_until_ready()?;
        Ok(real)
    }

    fn write_secrets(&self) -> Result<()> {
        let key = KeyPair::generate()?;
        let folder = self.folder.path();
        fs::write(folder.join("accounts.key"), key.serialize_pem())?;
        fs::write(folder.join("accounts.pub"), key.public_key_pem())?;
        fs::write(folder.join("tokens.csv"), "secret,student,1,\"system:masters\"\nplain,guest,2,\n")?;
        Ok(())
    }

    fn write_kubeconfig(&self, port: u16) -> Result<()> {
        let text = format!(
            "apiVersion: v1
kind: Config
current-context: real
contexts: [{{name: real, context: {{cluster: real, user: student}}}}]
clusters: [{{name: real, cluster: {{server: 'https://127.0.0.1:{port}', insecure-skip-tls-verify: true}}}}]
users: [{{name: student, user: {{token: secret}}}}]
"
        );
        Ok(fs::write(self.folder.path().join("kubeconfig"), text)?)
    }

    fn spawn(&mut self, name: &str, program: &Path, args: &[String], stdout: Stdio) -> Result<()> {
        let log = File::create(self.folder.path().join(format!("{name}.log")))?;
        let mut command = Command::new("setpriv");
        command.args(["--pdeathsig", "KILL", "--"]).arg(program).args(args).current_dir(self.folder.path());
        command.stdin(Stdio::null()).stdout(stdout).stderr(log);
        self.programs.push(command.spawn().with_context(|| format!("could not start {name}"))?);
        Ok(())
    }

    /// Plain HTTP on 127.0.0.1, for a client that speaks nothing else.
    fn proxy(&mut self, kubectl: &Path) -> Result<()> {
        let args = ["--kubeconfig=kubeconfig", "proxy", "--port=0", "--reject-paths=^$"].map(str::to_owned);
        self.spawn("kubectl", kubectl, &args, Stdio::piped())?;
        let stdout =
            self.programs.last_mut().and_then(|child| child.stdout.take()).context("kubectl proxy has no output")?;
        let mut line = String::new();
        BufReader::new(stdout).read_line(&mut line)?;
        let port = line.trim().rsplit(':').next().and_then(|port| port.parse().ok());
        self.port = port.with_context(|| format!("kubectl proxy said '{line}'"))?;
        Ok(())
    }

    fn wait_until_ready(&self) -> Result<()> {
        let until = Instant::now() + Duration::from_secs(60);
        while crate::client::get(self.port, "/readyz").status != 200 {
            if Instant::now() > until {
                let log = fs::read_to_string(self.folder.path().join("kube-apiserver.log")).unwrap_or_default();
                bail!(
                    "the real API server did not become ready:\n{}",
                    log.lines().rev().take(5).collect::<Vec<_>>().join("\n")
                );
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        Ok(())
    }
}

fn free_port() -> Result<u16> {
    Ok(TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port())
}
