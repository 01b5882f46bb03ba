//! The way to the API server that Kubernetes gives to every pod. It is taken only where there is no kubeconfig at all,
//! so that a broken one is never passed over in silence.

use std::path::PathBuf;

use kube::Config;
use kube::config::{Cluster, Context, Kubeconfig, NamedAuthInfo, NamedCluster, NamedContext};

use super::environment::Environment;
use super::kubeconfig::shown;
use crate::error::{Error, Result};
use crate::flags::Connection;
use crate::harmless::one_line;

const NAME: &str = "this pod";

/// As the kubeconfig that says the same, so that all the flags work on it.
pub(crate) fn kubeconfig(looked: &[PathBuf], flags: &Connection, environment: &Environment) -> Result<Kubeconfig> {
    let looked: Vec<String> = looked.iter().map(|file| shown(file)).collect();
    let error = Error::usage("could not find a cluster to connect to")
        .cause(format!("there is no kubeconfig ({})", looked.join(", ")))
        .hint("name one with --kubeconfig FILE, or set KUBECONFIG")
        .hint("for a new cluster on this machine: kind create cluster");
    if let Some(name) = flags.context.as_ref().or(flags.cluster.as_ref()).or(flags.user.as_ref()) {
        return Err(error.cause(format!("so there is no {:?}", one_line(name))));
    }
    if !environment.in_pod {
        return Err(error.cause("this is not a pod either (KUBERNETES_SERVICE_HOST is not set)"));
    }
    match Config::incluster_env() {
        Ok(config) => Ok(written(config)),
        Err(why) => {
            Err(error.cause(format!("this pod's own way to the API server fails: {}", one_line(&why.to_string()))))
        }
    }
}

fn written(config: Config) -> Kubeconfig {
    let cluster = Cluster {
        server: Some(config.cluster_url.to_string()),
        certificate_authority: config.root_cert_file.map(|file| file.display().to_string()),
        ..Cluster::default()
    };
    let context = Context {
        cluster: NAME.into(),
        user: Some(NAME.into()),
        namespace: Some(config.default_namespace),
        ..Context::default()
    };
    Kubeconfig {
        clusters: vec![NamedCluster { name: NAME.into(), cluster: Some(cluster), ..NamedCluster::default() }],
        auth_infos: vec![NamedAuthInfo {
            name: NAME.into(),
            auth_info: Some(config.auth_info),
            ..NamedAuthInfo::default()
        }],
        contexts: vec![NamedContext { name: NAME.into(), context: Some(context), ..NamedContext::default() }],
        current_context: Some(NAME.into()),
        ..Kubeconfig::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(flags: &Connection) -> String {
        let error = kubeconfig(&["/home/me/.kube/config".into()], flags, &Environment::default()).unwrap_err();
        assert_eq!(error.exit, lab_plan::Exit::Usage);
        format!("{error}\nhint: {}", error.hints.join("\nhint: "))
    }

    #[test]
    fn both_ways_are_named_where_there_is_neither() {
        insta::assert_snapshot!(refused(&Connection::default()), @r"
        could not find a cluster to connect to: there is no kubeconfig (/home/me/.kube/config): this is not a pod either (KUBERNETES_SERVICE_HOST is not set)
        hint: name one with --kubeconfig FILE, or set KUBECONFIG
        hint: for a new cluster on this machine: kind create cluster
        ");
        let flags = Connection { context: Some("kind-demo".into()), ..Connection::default() };
        insta::assert_snapshot!(refused(&flags), @r#"
        could not find a cluster to connect to: there is no kubeconfig (/home/me/.kube/config): so there is no "kind-demo"
        hint: name one with --kubeconfig FILE, or set KUBECONFIG
        hint: for a new cluster on this machine: kind create cluster
        "#);
    }

    #[test]
    fn a_pods_configuration_reads_as_a_kubeconfig() {
        let mut config = Config::new("https://10.96.0.1".parse().unwrap());
        config.default_namespace = "lab".into();
        config.root_cert_file = Some("/run/ca.crt".into());
        config.auth_info.token_file = Some("/run/token".into());
        let choice = super::super::choice::choose(&written(config), &Connection::default()).unwrap();
        assert_eq!(choice.cluster.server.as_deref(), Some("https://10.96.0.1/"));
        assert_eq!(choice.cluster.certificate_authority.as_deref(), Some("/run/ca.crt"));
        assert_eq!((choice.namespace.as_str(), choice.auth.token_file.as_deref()), ("lab", Some("/run/token")));
    }
}
