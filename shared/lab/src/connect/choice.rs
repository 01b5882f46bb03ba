//! Choosing context, cluster and user from a kubeconfig, with kubectl's flags on top.

use std::fmt::Display;

use kube::config::{AuthInfo, Cluster, Context, ExecAuthCluster, Kubeconfig};

use crate::error::{Error, Result};
use crate::flags::Connection;
use crate::harmless::one_line;
use crate::nearest::nearest;

/// Whom to talk to, and as whom.
#[derive(Clone, Debug)]
pub(crate) struct Choice {
    pub context: Option<String>,
    pub cluster: Cluster,
    /// The user's name in the kubeconfig.
    pub user: Option<String>,
    pub auth: AuthInfo,
    pub namespace: String,
}

pub(crate) fn choose(config: &Kubeconfig, flags: &Connection) -> Result<Choice> {
    check_impersonation(flags)?;
    let name = flags.context.as_deref().filter(|name| !name.is_empty()).or(config.current_context.as_deref());
    let context = match name {
        Some(name) => context_named(config, name)?,
        None if flags.server.is_some() || flags.cluster.is_some() => Context::default(),
        None => return Err(nothing_chosen(config)),
    };
    let cluster = cluster_of(config, name, &context, flags)?;
    let user = flags.user.clone().or_else(|| context.user.clone());
    let auth = auth_of(config, user.as_deref(), &cluster, flags)?;
    let namespace = flags.namespace.clone().or(context.namespace).filter(|namespace| !namespace.is_empty());
    Ok(Choice {
        context: name.map(str::to_owned),
        cluster,
        user,
        auth,
        namespace: namespace.unwrap_or_else(|| "default".into()),
    })
}

fn check_impersonation(flags: &Connection) -> Result<()> {
    if flags.impersonate.is_none() && (!flags.impersonate_group.is_empty() || flags.impersonate_uid.is_some()) {
        return Err(Error::usage("could not impersonate a group or a UID without a user").hint("add --as USER"));
    }
    Ok(())
}

fn context_named(config: &Kubeconfig, name: &str) -> Result<Context> {
    let found = config.contexts.iter().find(|named| named.name == name).and_then(|named| named.context.clone());
    found.ok_or_else(|| {
        let names = config.contexts.iter().map(|named| named.name.as_str());
        absent("context", name, names, "--context", "kubectl config get-contexts")
    })
}

fn nothing_chosen(config: &Kubeconfig) -> Error {
    let error = Error::usage("could not choose a cluster").cause("the kubeconfig has no current-context");
    match config.contexts.as_slice() {
        [] => error.cause("it has no context at all").hint("kubectl config view"),
        [only] => error.hint(format!("kubectl config use-context {}", one_line(&only.name))),
        several => error
            .hint(format!("there are: {}", listed(several.iter().map(|named| named.name.as_str()))))
            .hint("choose one with --context NAME, or for good: kubectl config use-context NAME"),
    }
}

/// The cluster's entry, changed by `--server` and `--insecure-skip-tls-verify` as kubectl changes it.
fn cluster_of(config: &Kubeconfig, context: Option<&str>, chosen: &Context, flags: &Connection) -> Result<Cluster> {
    let name = flags.cluster.as_deref().unwrap_or(&chosen.cluster);
    let found = config.clusters.iter().find(|named| named.name == name).and_then(|named| named.cluster.clone());
    let mut cluster = match found {
        Some(cluster) => cluster,
        None if flags.server.is_some() && flags.cluster.is_none() => Cluster::default(),
        None => {
            let names = config.clusters.iter().map(|named| named.name.as_str());
            let error = absent("cluster", name, names, "--cluster", "kubectl config get-clusters");
            return Err(match context {
                Some(context) if flags.cluster.is_none() => {
                    error.while_trying(format!("could not use the context {:?}", one_line(context)))
                }
                _ => error,
            });
        }
    };
    if let Some(server) = &flags.server {
        cluster.server = Some(server.clone());
        // The name was that of the other server.
        cluster.tls_server_name = None;
    }
    if flags.insecure_skip_tls_verify {
        cluster.insecure_skip_tls_verify = Some(true);
        cluster.certificate_authority = None;
        cluster.certificate_authority_data = None;
    }
    if cluster.server.is_none() {
        return Err(Error::usage(format!("could not use the cluster {:?}: it has no server", one_line(name)))
            .hint(format!("kubectl config set-cluster {} --server=https://HOST:6443", one_line(name))));
    }
    Ok(cluster)
}

/// The user's credentials. A user that a context names but the file lacks is nobody, as for kubectl; one that the flag
/// names must exist.
fn auth_of(config: &Kubeconfig, name: Option<&str>, cluster: &Cluster, flags: &Connection) -> Result<AuthInfo> {
    let found = config.auth_infos.iter().find(|named| Some(named.name.as_str()) == name);
    if let (None, Some(name)) = (found, flags.user.as_deref()) {
        let names = config.auth_infos.iter().map(|named| named.name.as_str());
        return Err(absent("user", name, names, "--user", "kubectl config get-users"));
    }
    let mut auth = found.and_then(|named| named.auth_info.clone()).unwrap_or_default();
    if let Some(token) = &flags.token {
        // Nothing else is sent along: beside a client certificate, the server would not even look at the token.
        auth = AuthInfo {
            token: Some(token.trim().to_owned().into()),
            impersonate: auth.impersonate,
            impersonate_uid: auth.impersonate_uid,
            impersonate_groups: auth.impersonate_groups,
            impersonate_user_extra: auth.impersonate_user_extra,
            ..AuthInfo::default()
        };
    }
    if let Some(user) = &flags.impersonate {
        auth.impersonate = Some(user.clone());
        auth.impersonate_uid.clone_from(&flags.impersonate_uid);
        auth.impersonate_groups = Some(flags.impersonate_group.clone()).filter(|groups| !groups.is_empty());
        auth.impersonate_user_extra = None;
    }
    if let Some(plugin) = auth.exec.as_mut().filter(|plugin| plugin.provide_cluster_info) {
        plugin.cluster = Some(ExecAuthCluster::try_from(cluster).map_err(|error| {
            Error::usage("could not prepare the credential plugin's input").cause(one_line(&error.to_string()))
        })?);
    }
    Ok(auth)
}

/// A name that the kubeconfig does not have, with those that it has.
fn absent<'n>(
    what: &str,
    name: &str,
    names: impl Iterator<Item = &'n str> + Clone,
    flag: &str,
    command: &str,
) -> Error {
    let error = Error::usage(format!("could not find the {what} {:?} in the kubeconfig", one_line(name)));
    let mut names = names.peekable();
    if names.peek().is_none() {
        return error.cause(format!("it has no {what} at all")).hint(command);
    }
    let error = error.hint(format!("there are: {}", listed(names.clone())));
    match nearest(name, names) {
        Some(meant) => error.hint(format!("did you mean {flag} {}?", one_line(meant))),
        None => error.hint(command),
    }
}

fn listed<'n>(names: impl Iterator<Item = impl Display + AsRef<str> + 'n>) -> String {
    let mut names: Vec<String> = names.map(|name| one_line(name.as_ref())).collect();
    names.sort();
    let more = names.len().saturating_sub(20);
    names.truncate(20);
    if more > 0 {
        names.push(format!("and {more} more"));
    }
    names.join(", ")
}

#[cfg(test)]
mod tests;
