//! The kubeconfig that leads to the real API server, and the one that leads to the proxy.

use std::path::Path;

use anyhow::{Context, Result, bail};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};

/// What the proxy uses itself: its connection to the client ends at the proxy, so a client's certificate cannot pass through it.
const OF_THE_PROXY: &[&str] =
    &["client-certificate", "client-certificate-data", "client-key", "client-key-data", "as", "as-groups"];

/// For the client to show to the proxy, which takes it away: kubectl asks for a user name where a kubeconfig has no credentials.
pub const TOKEN: &str = "of-the-fault-proxy";

/// The current context of a kubeconfig.
pub struct Kubeconfig {
    context_name: String,
    context: Value,
    cluster_name: String,
    cluster: Value,
    user_name: String,
    user: Value,
}

/// A client certificate and its key, as PEM.
pub struct Identity {
    pub certificate: Vec<u8>,
    pub key: Vec<u8>,
}

impl Kubeconfig {
    pub fn parse(text: &str) -> Result<Self> {
        let document: Value = serde_saphyr::from_str(text).context("could not read the kubeconfig")?;
        let context_name = text_at(&document, "current-context").context("the kubeconfig has no current-context")?;
        let context = member(&document, "contexts", "context", &context_name)?;
        let cluster_name = text_at(&context, "cluster").context("the kubeconfig's context names no cluster")?;
        let cluster = member(&document, "clusters", "cluster", &cluster_name)?;
        let user_name = text_at(&context, "user").unwrap_or_default();
        let user = if user_name.is_empty() { json!({}) } else { member(&document, "users", "user", &user_name)? };
        for unsupported in ["insecure-skip-tls-verify", "proxy-url"] {
            if cluster.get(unsupported).is_some_and(|value| !matches!(value, Value::Null | Value::Bool(false))) {
                bail!("the kubeconfig says {unsupported}, which the fault proxy does not do");
            }
        }
        Ok(Self { context_name, context, cluster_name, cluster, user_name, user })
    }

    pub fn server(&self) -> Result<String> {
        text_at(&self.cluster, "server").context("the kubeconfig's cluster has no server")
    }

    /// The name that the server's certificate is checked against, where it is not the server's own.
    pub fn tls_server_name(&self) -> Option<String> {
        text_at(&self.cluster, "tls-server-name")
    }

    pub fn authority(&self) -> Result<Vec<u8>> {
        let authority = data_or_file(&self.cluster, "certificate-authority")?;
        authority.context("the kubeconfig's cluster has no certificate authority")
    }

    pub fn identity(&self) -> Result<Option<Identity>> {
        match (data_or_file(&self.user, "client-certificate")?, data_or_file(&self.user, "client-key")?) {
            (Some(certificate), Some(key)) => Ok(Some(Identity { certificate, key })),
            (None, None) => Ok(None),
            _ => bail!("the kubeconfig's user has a client certificate or a client key without the other"),
        }
    }

    /// The same context under the same names, led to the proxy. Tokens, passwords and exec plugins stay with the client.
    pub fn derived(&self, server: &str, authority: Option<&str>) -> String {
        let mut cluster = json!({"server": server});
        if let Some(authority) = authority {
            cluster["certificate-authority-data"] = STANDARD.encode(authority).into();
        }
        let mut user = self.user.as_object().cloned().unwrap_or_else(Map::new);
        user.retain(|key, _| !OF_THE_PROXY.contains(&key.as_str()));
        if user.is_empty() {
            user.insert("token".to_owned(), TOKEN.into());
        }
        let mut context = self.context.clone();
        // A name is needed even where the original went without a user.
        let user_name = if self.user_name.is_empty() { "nobody" } else { &self.user_name };
        context["user"] = user_name.into();
        let document = json!({
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [{"name": self.cluster_name, "cluster": cluster}],
            "users": [{"name": user_name, "user": user}],
            "contexts": [{"name": self.context_name, "context": context}],
            "current-context": self.context_name,
        });
        // JSON is YAML.
        format!("{document:#}\n")
    }
}

fn text_at(object: &Value, key: &str) -> Option<String> {
    object.get(key)?.as_str().filter(|text| !text.is_empty()).map(str::to_owned)
}

fn member(document: &Value, list: &str, kind: &str, name: &str) -> Result<Value> {
    let members = document[list].as_array().map(Vec::as_slice).unwrap_or_default();
    let found = members.iter().find(|member| member["name"] == name);
    found.map(|member| member[kind].clone()).with_context(|| format!("the kubeconfig has no {kind} `{name}`"))
}

fn data_or_file(object: &Value, key: &str) -> Result<Option<Vec<u8>>> {
    if let Some(data) = text_at(object, &format!("{key}-data")) {
        return STANDARD.decode(data).map(Some).with_context(|| format!("the kubeconfig's {key}-data is not base64"));
    }
    let Some(file) = text_at(object, key) else { return Ok(None) };
    if Path::new(&file).is_relative() {
        bail!("the kubeconfig names its {key} relative to itself: {file}");
    }
    std::fs::read(&file).map(Some).with_context(|| format!("could not read {file}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const GIVEN: &str = "
apiVersion: v1
kind: Config
current-context: lab
contexts:
- name: other
  context: {cluster: other, user: other}
- name: lab
  context: {cluster: one, user: me, namespace: lecture}
clusters:
- name: one
  cluster: {server: 'https://127.0.0.1:6443', certificate-authority-data: Q0E=, tls-server-name: kubernetes}
users:
- name: me
  user: {client-certificate-data: Q0VSVA==, client-key-data: S0VZ, token: secret}
";

    #[test]
    fn derived_one_leads_to_the_proxy_without_the_certificate() {
        let given = Kubeconfig::parse(GIVEN).unwrap();
        assert_eq!(given.identity().unwrap().map(|identity| identity.key), Some(b"KEY".to_vec()));
        assert_eq!(given.tls_server_name().as_deref(), Some("kubernetes"));
        let derived: Value = serde_json::from_str(&given.derived("https://127.0.0.1:1", Some("PEM"))).unwrap();
        assert_eq!(
            derived["clusters"][0]["cluster"],
            json!({"server": "https://127.0.0.1:1", "certificate-authority-data": "UEVN"})
        );
        assert_eq!(derived["users"][0]["user"], json!({"token": "secret"}));
        assert_eq!(derived["contexts"][0]["context"]["namespace"], "lecture");
        assert_eq!(derived["contexts"].as_array().map(Vec::len), Some(1));
    }

    #[test]
    fn client_without_credentials_of_its_own_gets_the_proxys_token() {
        let derived = Kubeconfig::parse(&GIVEN.replace(", token: secret", "")).unwrap().derived("http://a", None);
        let derived: Value = serde_json::from_str(&derived).unwrap();
        assert_eq!(derived["users"][0]["user"], json!({"token": TOKEN}));
    }

    #[test]
    fn what_it_cannot_do_is_refused() {
        for (from, to, complaint) in [
            ("current-context: lab", "current-context: gone", "has no context `gone`"),
            ("tls-server-name: kubernetes", "insecure-skip-tls-verify: true", "insecure-skip-tls-verify"),
        ] {
            let error = Kubeconfig::parse(&GIVEN.replace(from, to)).err().unwrap();
            assert!(error.to_string().contains(complaint), "{error}");
        }
        let relative = GIVEN.replace("client-key-data: S0VZ", "client-key: pki/me.key");
        assert!(Kubeconfig::parse(&relative).unwrap().identity().is_err());
    }
}
