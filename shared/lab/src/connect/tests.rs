//! Every way in which a connection fails, against real sockets of this machine, with the words that a user sees.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::sync::Arc;

use http::Request;
use lab_plan::Exit;
use rcgen::{CertificateParams, CertifiedIssuer, IsCa, KeyPair, date_time_ymd};
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use tempfile::TempDir;

use super::*;
use crate::error::Error;
use crate::fake_server::{Asked, FakeServer, answer, closed_port};
use crate::rights::Right;

/// A kubeconfig in a folder of its own, and an environment that knows only it.
struct Setting {
    folder: TempDir,
    environment: Environment,
    port: u16,
}

impl Setting {
    fn new(server: &str, port: u16, cluster: &str, user: &str) -> Setting {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("config");
        let text = format!(
            "current-context: lab\n\
             contexts: [{{name: lab, context: {{cluster: lab, user: me}}}}]\n\
             clusters: [{{name: lab, cluster: {{server: '{server}'{cluster}}}}}]\n\
             users: [{{name: me, user: {{{user}}}}}]\n"
        );
        fs::write(&file, text).unwrap();
        let environment = Environment {
            kubeconfig: Some(file.into()),
            program: "kubectl-lab-probe".into(),
            ..Environment::default()
        };
        Setting { folder, environment, port }
    }

    fn http(port: u16, user: &str) -> Setting {
        Setting::new(&format!("http://127.0.0.1:{port}"), port, "", user)
    }

    fn https(port: u16, cluster: &str) -> Setting {
        Setting::new(&format!("https://127.0.0.1:{port}"), port, cluster, "token: abc")
    }

    async fn session(&self) -> Result<Session> {
        let flags = Connection { request_timeout: Duration::from_secs(5), ..Connection::default() };
        connect_in(&flags, &self.environment).await
    }

    /// Connects, asks for one thing, and explains how that failed: within the five seconds that are promised.
    async fn failure(&self) -> Error {
        tokio::time::timeout(Duration::from_secs(5), self.ask()).await.expect("explained within five seconds")
    }

    async fn ask(&self) -> Error {
        let session = match self.session().await {
            Ok(session) => session,
            Err(error) => return error,
        };
        let request = Request::get("/api/v1/nodes").body(Vec::new()).unwrap();
        let right = Right::new("list", "", "nodes", None);
        let error = session.client.request_text(request).await.unwrap_err();
        failure::explain(&session, "could not list nodes", Some(&right), error)
    }

    /// The error as printed, without what differs from run to run.
    fn shown(&self, error: &Error) -> String {
        let hints: String = error.hints.iter().map(|hint| format!("\nhint: {hint}")).collect();
        let missing: String = error.missing.iter().map(|right| format!("\nmissing: {right}")).collect();
        format!("exit {}: {error}{missing}{hints}", error.exit.code())
            .replace(&format!(":{}", self.port), ":PORT")
            .replace(&self.folder.path().display().to_string(), "DIR")
    }

    async fn shown_failure(&self) -> String {
        let error = self.failure().await;
        self.shown(&error)
    }
}

fn status(code: u16, reason: &str, message: &str) -> impl Fn(&Asked) -> Vec<u8> + Send + Sync + use<> {
    let line = format!("{code} {reason}");
    let body = serde_json::json!({
        "kind": "Status", "apiVersion": "v1", "status": "Failure", "message": message, "reason": reason, "code": code,
    });
    move |_| answer(&line, &[("content-type", "application/json")], &body.to_string())
}

/// A server behind a certificate of an authority that is also returned, as a kubeconfig holds it.
fn behind_certificate(change: impl FnOnce(&mut CertificateParams)) -> (FakeServer, String) {
    let authority = authority();
    let key = KeyPair::generate().unwrap();
    let mut params = CertificateParams::new(vec!["127.0.0.1".to_owned()]).unwrap();
    change(&mut params);
    let certificate = params.signed_by(&key, &authority).unwrap();
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let server = FakeServer::https(vec![certificate.der().clone()], key, |_| answer("200 OK", &[], "{}"));
    (server, trusting(&authority))
}

/// Every authority has the same name, as those of kubeadm's clusters have.
fn authority() -> CertifiedIssuer<'static, KeyPair> {
    authority_named("kubernetes")
}

fn authority_named(name: &str) -> CertifiedIssuer<'static, KeyPair> {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.distinguished_name.push(rcgen::DnType::CommonName, name);
    params.is_ca = IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
}

fn trusting(authority: &CertifiedIssuer<'static, KeyPair>) -> String {
    let bytes = k8s_openapi::ByteString(authority.pem().into_bytes());
    format!(", certificate-authority-data: {}", serde_json::to_value(bytes).unwrap())
}

fn script(folder: &TempDir, name: &str, text: &str) -> String {
    let file = folder.path().join(name);
    fs::write(&file, format!("#!/bin/sh\n{text}\n")).unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o755)).unwrap();
    file.display().to_string()
}

const PLUGIN: &str = "exec: {apiVersion: client.authentication.k8s.io/v1, command: COMMAND}";

#[tokio::test]
async fn a_good_connection_works_and_names_itself() {
    let (server, trust) = behind_certificate(|_| {});
    let setting = Setting::https(server.port, &trust);
    let session = setting.session().await.unwrap();
    let request = Request::get("/version").body(Vec::new()).unwrap();
    assert_eq!(session.client.request_text(request).await.unwrap(), "{}");
    assert_eq!(session.context.as_deref(), Some("lab"));
    assert_eq!(session.server, format!("https://127.0.0.1:{}", server.port));
    assert_eq!((session.user.as_deref(), session.namespace.as_str()), (Some("me"), "default"));
    let asked = server.asked();
    assert_eq!(asked[0].header("user-agent"), Some(setting.environment.user_agent().as_str()));
    assert_eq!(asked[0].header("authorization"), Some("Bearer abc"));
}

#[tokio::test]
async fn impersonation_is_sent_and_said() {
    let server = FakeServer::http(|_| answer("200 OK", &[], "{}"));
    let setting = Setting::http(server.port, "token: abc");
    let flags = Connection {
        impersonate: Some("jane".into()),
        impersonate_group: vec!["dev".into(), "ops".into()],
        impersonate_uid: Some("7".into()),
        ..Connection::default()
    };
    let session = connect_in(&flags, &setting.environment).await.unwrap();
    session.client.request_text(Request::get("/version").body(Vec::new()).unwrap()).await.unwrap();
    assert_eq!(session.user.as_deref(), Some("jane (impersonated by me)"));
    let asked = &server.asked()[0];
    assert_eq!(asked.header("impersonate-user"), Some("jane"));
    assert_eq!(asked.header("impersonate-uid"), Some("7"));
    let groups: Vec<_> = asked.headers.iter().filter(|(key, _)| key == "impersonate-group").map(|(_, v)| v).collect();
    assert_eq!(groups, ["dev", "ops"]);
}

#[tokio::test]
async fn a_closed_port() {
    let setting = Setting::https(closed_port(), "");
    insta::assert_snapshot!(setting.shown_failure().await, @r"
    exit 6: could not list nodes: could not reach the API server https://127.0.0.1:PORT: connection refused
    hint: is the cluster running? kubectl --context lab cluster-info
    hint: a cluster on this machine may be stopped: docker ps --all (kind), minikube status
    ");
}

#[tokio::test]
async fn a_server_that_never_answers_the_handshake() {
    let setting = Setting::https(FakeServer::silent().port, "");
    insta::assert_snapshot!(setting.shown_failure().await, @r"
    exit 6: could not list nodes: could not reach the API server https://127.0.0.1:PORT: no answer within the time limit
    hint: is the cluster running? kubectl --context lab cluster-info
    hint: a cluster on this machine may be stopped: docker ps --all (kind), minikube status
    ");
}

#[tokio::test]
async fn a_server_that_never_answers_the_request() {
    let setting = Setting::http(FakeServer::silent().port, "");
    let session = setting.session().await.unwrap();
    let error = failure::silent(&session, "could not list nodes", Duration::from_secs(5));
    insta::assert_snapshot!(setting.shown(&error), @r"
    exit 4: could not list nodes: the API server http://127.0.0.1:PORT did not answer within 5s
    hint: give it more time: --request-timeout 30s
    hint: see whether it answers at all: kubectl --context lab get --raw /readyz
    ");
}

#[tokio::test]
async fn a_server_that_hangs_up() {
    let server = FakeServer::http(|_| Vec::new());
    let setting = Setting::http(server.port, "");
    insta::assert_snapshot!(setting.shown_failure().await, @r"
    exit 6: could not list nodes: could not reach the API server http://127.0.0.1:PORT: the connection was closed before an answer came
    hint: is the cluster running? kubectl --context lab cluster-info
    hint: a cluster on this machine may be stopped: docker ps --all (kind), minikube status
    ");
}

#[tokio::test]
async fn a_name_that_does_not_resolve() {
    // Too long for a label of DNS: it fails here, without a question to any server.
    let setting = Setting::new(&format!("http://{}:6443", "x".repeat(70)), 6443, "", "token: abc");
    let error = setting.failure().await;
    assert_eq!(error.exit, Exit::Unreachable);
    assert!(error.causes[1].starts_with("its name cannot be resolved: "), "{error}");
}

#[tokio::test]
async fn a_proxy_that_will_not_let_us_through() {
    let proxy = FakeServer::http(|_| answer("403 Forbidden", &[], ""));
    let mut setting = Setting::new("https://10.1.2.3:6443", proxy.port, "", "token: abc");
    setting.environment.https_proxy = proxy.url();
    setting.environment.no_proxy = "localhost,".into();
    insta::assert_snapshot!(setting.shown_failure().await, @r"
    exit 6: could not list nodes: could not reach the API server https://10.1.2.3:6443 through the proxy http://127.0.0.1:PORT: the proxy on the way refused: it opens no way to this address
    hint: is the cluster running? kubectl --context lab cluster-info
    hint: is the proxy http://127.0.0.1:PORT meant for the cluster? to go past it: export NO_PROXY=10.1.2.3
    ");
    assert_eq!(proxy.asked()[0].line, "CONNECT 10.1.2.3:6443");
}

#[tokio::test]
async fn an_unknown_authority() {
    let (server, _) = behind_certificate(|_| {});
    let setting = Setting::https(server.port, &trusting(&authority()));
    insta::assert_snapshot!(setting.shown_failure().await, @r"
    exit 6: could not list nodes: could not reach the API server https://127.0.0.1:PORT: its certificate is signed by an unknown authority
    hint: the kubeconfig may be that of an earlier cluster at this address: fetch it again from the cluster
    hint: to look all the same, without knowing who answers: kubectl --context lab --insecure-skip-tls-verify version
    ");
    let another_name = Setting::https(server.port, &trusting(&authority_named("elsewhere")));
    assert_eq!(another_name.shown_failure().await, setting.shown_failure().await);
}

#[tokio::test]
async fn an_expired_certificate() {
    let (server, trust) = behind_certificate(|params| params.not_after = date_time_ymd(2024, 2, 29));
    let setting = Setting::https(server.port, &trust);
    insta::assert_snapshot!(setting.shown_failure().await, @r"
    exit 6: could not list nodes: could not reach the API server https://127.0.0.1:PORT: its certificate has expired (on 2024-02-29T00:00:00Z)
    hint: is this machine's clock right? date -u
    hint: on a control-plane node: kubeadm certs check-expiration, then kubeadm certs renew all
    ");
}

#[tokio::test]
async fn a_certificate_from_the_future() {
    let (server, trust) = behind_certificate(|params| params.not_before = date_time_ymd(2090, 1, 1));
    let setting = Setting::https(server.port, &trust);
    insta::assert_snapshot!(setting.shown_failure().await, @r"
    exit 6: could not list nodes: could not reach the API server https://127.0.0.1:PORT: its certificate is not valid yet (from 2090-01-01T00:00:00Z)
    hint: is this machine's clock right? date -u
    hint: on a control-plane node: kubeadm certs check-expiration, then kubeadm certs renew all
    ");
}

#[tokio::test]
async fn a_certificate_for_another_name() {
    let other = CertificateParams::new(vec!["kubernetes".to_owned(), "10.96.0.1".to_owned()]).unwrap();
    let (server, trust) = behind_certificate(|params| params.subject_alt_names = other.subject_alt_names);
    let setting = Setting::https(server.port, &trust);
    insta::assert_snapshot!(setting.shown_failure().await, @r"
    exit 6: could not list nodes: could not reach the API server https://127.0.0.1:PORT: its certificate is for another name: kubernetes, 10.96.0.1
    hint: use one of the certificate's names as the server's address in the kubeconfig
    hint: or say which name to expect: kubectl config set-cluster CLUSTER --tls-server-name=kubernetes
    ");
}

#[tokio::test]
async fn verification_can_be_skipped() {
    let (server, _) = behind_certificate(|params| params.not_after = date_time_ymd(2024, 2, 29));
    let setting = Setting::https(server.port, ", insecure-skip-tls-verify: true");
    let session = setting.session().await.unwrap();
    let request = Request::get("/version").body(Vec::new()).unwrap();
    assert_eq!(session.client.request_text(request).await.unwrap(), "{}");
}

#[tokio::test]
async fn http_and_https_confused() {
    let plain = FakeServer::http(|_| answer("200 OK", &[], "{}"));
    // What says nothing sensible until it sees the end of a line gets one, as a real server would time out.
    let setting = Setting::https(plain.port, "");
    let error = setting.failure().await;
    assert_eq!(error.exit, Exit::Unreachable, "{error}");
    let secure =
        FakeServer::http(|_| answer("400 Bad Request", &[], "Client sent an HTTP request to an HTTPS server.\n"));
    let setting = Setting::http(secure.port, "");
    insta::assert_snapshot!(setting.shown_failure().await, @r"
    exit 6: could not list nodes: the API server http://127.0.0.1:PORT wants TLS
    hint: --server https://127.0.0.1:PORT
    ");
}

#[tokio::test]
async fn a_token_that_is_not_accepted() {
    let server = FakeServer::http(status(401, "Unauthorized", "Unauthorized"));
    let setting = Setting::http(server.port, "token: abc");
    insta::assert_snapshot!(setting.shown_failure().await, @r"
    exit 6: could not list nodes: the API server http://127.0.0.1:PORT does not accept the token in the kubeconfig (401): Unauthorized
    hint: log in again, or fetch the kubeconfig again from the cluster
    ");
    let setting = Setting::http(server.port, "");
    insta::assert_snapshot!(setting.shown_failure().await, @r"
    exit 6: could not list nodes: the API server http://127.0.0.1:PORT wants credentials, and there are none for it (401): Unauthorized
    hint: name a user of the kubeconfig with --user, or give a --token
    ");
}

#[tokio::test]
async fn a_right_that_is_missing() {
    let message = r#"nodes is forbidden: User "me" cannot list resource "nodes" in API group "" at the cluster scope"#;
    let server = FakeServer::http(status(403, "Forbidden", message));
    let setting = Setting::http(server.port, "token: abc");
    insta::assert_snapshot!(setting.shown_failure().await, @r#"
    exit 5: could not list nodes: nodes is forbidden: User "me" cannot list resource "nodes" in API group "" at the cluster scope
    missing: list nodes (cluster-wide)
    "#);
}

#[tokio::test]
async fn a_403_without_words_still_names_the_right() {
    let server = FakeServer::http(|_| answer("403 Forbidden", &[], "<html>go away</html>"));
    let setting = Setting::http(server.port, "token: abc");
    insta::assert_snapshot!(setting.shown_failure().await, @r"
    exit 5: could not list nodes: the answer was 403 Forbidden, with a web page
    missing: list nodes (cluster-wide)
    ");
}

#[tokio::test]
async fn impersonation_that_is_forbidden_is_the_missing_right() {
    let message = r#"users "boss" is forbidden: User "me" cannot impersonate resource "users" in API group "" at the cluster scope"#;
    let server = FakeServer::http(status(403, "Forbidden", message));
    let setting = Setting::http(server.port, "token: abc, as: boss");
    insta::assert_snapshot!(setting.shown_failure().await, @r#"
    exit 5: could not list nodes: users "boss" is forbidden: User "me" cannot impersonate resource "users" in API group "" at the cluster scope
    missing: impersonate users (cluster-wide)
    hint: or leave out --as, --as-group and --as-uid
    "#);
}

#[tokio::test]
async fn a_policy_is_no_missing_right() {
    let message = r#"pods "probe" is forbidden: violates PodSecurity "restricted:latest": hostNetwork=true"#;
    let server = FakeServer::http(status(403, "Forbidden", message));
    let setting = Setting::http(server.port, "token: abc");
    insta::assert_snapshot!(setting.shown_failure().await, @r#"
    exit 7: could not list nodes: pods "probe" is forbidden: violates PodSecurity "restricted:latest": hostNetwork=true
    hint: this is not about rights: a policy of the cluster or a quota forbids it
    "#);
}

#[tokio::test]
async fn being_taken_for_anonymous_is_a_matter_of_credentials() {
    let message = r#"nodes is forbidden: User "system:anonymous" cannot list resource "nodes" in API group "" at the cluster scope"#;
    let server = FakeServer::http(status(403, "Forbidden", message));
    let setting = Setting::http(server.port, "token: abc");
    insta::assert_snapshot!(setting.shown_failure().await, @r#"
    exit 6: could not list nodes: the API server http://127.0.0.1:PORT takes us for anonymous in spite of the token in the kubeconfig: nodes is forbidden: User "system:anonymous" cannot list resource "nodes" in API group "" at the cluster scope
    hint: log in again, or fetch the kubeconfig again from the cluster
    "#);
}

#[tokio::test]
async fn a_conflict_has_its_own_exit_code() {
    let server =
        FakeServer::http(status(409, "Conflict", "Operation cannot be fulfilled: the object has been modified"));
    let setting = Setting::http(server.port, "token: abc");
    insta::assert_snapshot!(setting.shown_failure().await, @r"
    exit 7: could not list nodes: Operation cannot be fulfilled: the object has been modified
    hint: somebody else changed it at the same time: run the command again
    ");
}

#[tokio::test]
async fn an_overloaded_server_is_asked_once() {
    let server = FakeServer::http(status(429, "TooManyRequests", "too many requests, please try again later"));
    let setting = Setting::http(server.port, "token: abc");
    insta::assert_snapshot!(setting.shown_failure().await, @r"
    exit 1: could not list nodes: too many requests, please try again later
    hint: the API server is overloaded: wait a little, then run the command again
    ");
    assert_eq!(server.asked().len(), 1);
}

#[tokio::test]
async fn an_unavailable_server_is_asked_once() {
    let server =
        FakeServer::http(status(503, "ServiceUnavailable", "the server is currently unable to handle the request"));
    let setting = Setting::http(server.port, "token: abc");
    insta::assert_snapshot!(setting.shown_failure().await, @r"
    exit 1: could not list nodes: the server is currently unable to handle the request
    hint: kubectl --context lab get apiservices
    ");
    assert_eq!(server.asked().len(), 1);
}

#[tokio::test]
async fn what_is_not_there_and_what_is_not_valid() {
    let server = FakeServer::http(status(404, "NotFound", "nodes \"x\" not found"));
    let setting = Setting::http(server.port, "token: abc");
    insta::assert_snapshot!(setting.shown_failure().await, @r#"exit 1: could not list nodes: nodes "x" not found"#);
    let server = FakeServer::http(status(
        422,
        "Invalid",
        "Deployment \"x\" is invalid:\n* spec.a: Required\n* spec.b: \u{1b}[31mbad",
    ));
    let setting = Setting::http(server.port, "token: abc");
    insta::assert_snapshot!(setting.shown_failure().await, @r#"exit 1: could not list nodes: Deployment "x" is invalid: * spec.a: Required * spec.b: \u{1b}[31mbad"#);
}

#[tokio::test]
async fn somebody_elses_web_page() {
    let server = FakeServer::http(|_| answer("502 Bad Gateway", &[], "<html><body>nginx</body></html>"));
    let setting = Setting::http(server.port, "token: abc");
    insta::assert_snapshot!(setting.shown_failure().await, @r"
    exit 1: could not list nodes: the answer was 502 Bad Gateway, with a web page
    hint: is http://127.0.0.1:PORT really a Kubernetes API? kubectl --context lab get --raw /version
    ");
}

#[tokio::test]
async fn a_credential_plugin_that_fails() {
    let mut setting = Setting::http(closed_port(), PLUGIN);
    let command = script(&setting.folder, "login", "echo 'session \x1b[1mexpired' >&2; exit 3");
    setting.replace("COMMAND", &command);
    insta::assert_snapshot!(setting.shown_failure().await, @r"
    exit 6: could not prepare the connection to http://127.0.0.1:PORT: the credential plugin DIR/login failed (exit status: 3): session \u{1b}[1mexpired
    hint: log in again, as DIR/login asks for it
    ");
}

#[tokio::test]
async fn a_credential_plugin_that_is_not_installed() {
    let mut setting = Setting::http(closed_port(), PLUGIN);
    setting.replace("COMMAND", "kubectl-lab-no-such-plugin");
    insta::assert_snapshot!(setting.shown_failure().await, @r"
    exit 6: could not prepare the connection to http://127.0.0.1:PORT: could not run the credential plugin kubectl-lab-no-such-plugin: No such file or directory (os error 2)
    hint: is it installed and on the PATH? command -v kubectl-lab-no-such-plugin
    ");
    setting.replace("command:", "installHint: 'brew install it', command:");
    insta::assert_snapshot!(setting.shown_failure().await, @r"
    exit 6: could not prepare the connection to http://127.0.0.1:PORT: could not run the credential plugin kubectl-lab-no-such-plugin: No such file or directory (os error 2)
    hint: brew install it
    ");
}

#[tokio::test]
async fn a_credential_plugin_that_talks_nonsense() {
    let mut setting = Setting::http(closed_port(), PLUGIN);
    let command = script(&setting.folder, "login", "echo '{\"kind\": \"ExecCredential\"}'");
    setting.replace("COMMAND", &command);
    insta::assert_snapshot!(setting.shown_failure().await, @r"
    exit 6: could not prepare the connection to http://127.0.0.1:PORT: could not use what the credential plugin DIR/login gave: exec-plugin response did not contain a status
    hint: log in again, as DIR/login asks for it
    ");
}

#[tokio::test]
async fn a_credential_plugin_that_works_is_used() {
    let server = FakeServer::http(|_| answer("200 OK", &[], "{}"));
    let mut setting = Setting::http(server.port, PLUGIN);
    let credential =
        r#"{"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1","status":{"token":"fresh"}}"#;
    let command = script(&setting.folder, "login", &format!("echo run >>$(dirname $0)/runs; echo '{credential}'"));
    setting.replace("COMMAND", &command);
    let session = setting.session().await.unwrap();
    session.client.request_text(Request::get("/version").body(Vec::new()).unwrap()).await.unwrap();
    assert_eq!(server.asked()[0].header("authorization"), Some("Bearer fresh"));
    assert_eq!(fs::read_to_string(setting.folder.path().join("runs")).unwrap(), "run\n", "it ran once");
}

#[tokio::test]
async fn a_credential_plugin_may_give_a_certificate() {
    let mut setting = Setting::http(closed_port(), PLUGIN);
    let made = rcgen::generate_simple_self_signed(["me".to_owned()]).unwrap();
    let status = serde_json::json!({
        "clientCertificateData": made.cert.pem(), "clientKeyData": made.signing_key.serialize_pem(),
    });
    let credential = serde_json::json!({
        "kind": "ExecCredential", "apiVersion": "client.authentication.k8s.io/v1", "status": status,
    });
    fs::write(setting.folder.path().join("credential"), credential.to_string()).unwrap();
    let command = script(&setting.folder, "login", "cat $(dirname $0)/credential");
    setting.replace("COMMAND", &command);
    assert!(setting.session().await.is_ok());
}

#[tokio::test]
async fn a_credential_plugin_that_hangs_is_given_up() {
    let mut setting = Setting::http(closed_port(), PLUGIN);
    let command = script(&setting.folder, "login", "exec sleep 2");
    setting.replace("COMMAND", &command);
    let mut config = settings::settings(
        &choose(&kubeconfig_of(&setting), &Connection::default()).unwrap(),
        &setting.environment,
        Duration::ZERO,
    )
    .unwrap();
    config.connect_timeout = None;
    let credential = Credential::of(&config.auth_info, &Connection::default());
    let unbuilt = client::build(config, Some(Duration::from_millis(200)), Arc::default()).await.err().unwrap();
    let error = failure::unbuilt("https://kube:6443", &credential, unbuilt);
    insta::assert_snapshot!(setting.shown(&error), @r"
    exit 6: could not prepare the connection to https://kube:6443: the credential plugin DIR/login did not end within 200ms
    hint: log in again, as DIR/login asks for it
    ");
}

#[tokio::test]
async fn a_client_certificate_that_is_missing_is_a_broken_kubeconfig() {
    let mut setting = Setting::https(closed_port(), "");
    setting.replace("token: abc", "client-certificate: me.crt, client-key: me.key");
    insta::assert_snapshot!(setting.shown_failure().await, @r"
    exit 2: could not prepare the connection to https://127.0.0.1:PORT: could not load the user's client certificate and key: DIR/me.crt: No such file or directory (os error 2)
    hint: kubectl config view
    ");
}

impl Setting {
    fn file(&self) -> std::path::PathBuf {
        self.folder.path().join("config")
    }

    fn replace(&mut self, old: &str, new: &str) {
        let text = fs::read_to_string(self.file()).unwrap();
        assert!(text.contains(old));
        fs::write(self.file(), text.replace(old, new)).unwrap();
    }
}

fn kubeconfig_of(setting: &Setting) -> Kubeconfig {
    Kubeconfig::read_from(setting.file()).unwrap()
}
