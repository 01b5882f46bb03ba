//! The scripted server with the proxy before it.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use lab_faults::FaultProxy;
use serde_json::{Value, json};

use crate::certificates::Certificates;
use crate::client::Client;
use crate::upstream::Upstream;

pub struct World {
    pub upstream: Upstream,
    pub proxy: FaultProxy,
}

impl World {
    pub fn plain() -> Self {
        let upstream = Upstream::start(None);
        let kubeconfig = kubeconfig(&format!("http://127.0.0.1:{}", upstream.port), &Value::Null, &json!({}));
        let proxy = FaultProxy::start_without_tls(&kubeconfig).unwrap();
        Self { upstream, proxy }
    }

    /// TLS on both sides, and a client certificate on the server's.
    pub fn tls() -> Self {
        let certificates = Certificates::make();
        let upstream = Upstream::start(Some(certificates.server.clone()));
        let user = json!({
            "client-certificate-data": STANDARD.encode(&certificates.client),
            "client-key-data": STANDARD.encode(&certificates.client_key),
        });
        let authority = STANDARD.encode(&certificates.authority).into();
        let kubeconfig = kubeconfig(&format!("https://127.0.0.1:{}", upstream.port), &authority, &user);
        let proxy = FaultProxy::start(&kubeconfig).unwrap();
        Self { upstream, proxy }
    }

    pub fn client(&self) -> Client {
        Client::of(&self.proxy)
    }

    /// What reached the server, one line for each.
    pub fn reached(&self) -> Vec<String> {
        self.upstream.reached().into_iter().map(|reached| reached.line.replace(" HTTP/1.1", "")).collect()
    }
}

/// Every fault is the same with TLS and without.
pub fn each(test: impl Fn(&World)) {
    for world in [World::plain(), World::tls()] {
        test(&world);
    }
}

pub fn kubeconfig(server: &str, authority: &Value, user: &Value) -> String {
    json!({
        "current-context": "c",
        "contexts": [{"name": "c", "context": {"cluster": "c", "user": "u"}}],
        "clusters": [{"name": "c", "cluster": {"server": server, "certificate-authority-data": authority}}],
        "users": [{"name": "u", "user": user}],
    })
    .to_string()
}
