//! What kind of credential a connection uses, so that a refusal can name the thing to renew.

use kube::config::{AuthInfo, ExecConfig, ExecInteractiveMode};

use crate::flags::Connection;
use crate::harmless::one_line;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Credential {
    None,
    /// `--token`
    TokenFlag,
    Token,
    TokenFile(String),
    /// With its file, where it is not written into the kubeconfig.
    Certificate(Option<String>),
    Password,
    Plugin(Plugin),
    Provider(String),
    /// That of the pod in which this runs.
    ServiceAccount,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Plugin {
    pub command: String,
    /// What the kubeconfig advises where the command is missing.
    pub install_hint: Option<String>,
    /// Whether it may talk to the user; what it says then goes past us to the terminal.
    pub interactive: bool,
}

impl Credential {
    pub fn of(auth: &AuthInfo, flags: &Connection) -> Credential {
        if flags.token.is_some() {
            Credential::TokenFlag
        } else if let Some(provider) = &auth.auth_provider {
            Credential::Provider(one_line(&provider.name))
        } else if auth.username.is_some() && auth.password.is_some() {
            Credential::Password
        } else if auth.token.is_some() {
            Credential::Token
        } else if let Some(file) = &auth.token_file {
            Credential::TokenFile(one_line(file))
        } else if let Some(plugin) = &auth.exec {
            Credential::Plugin(Plugin::of(plugin))
        } else if auth.client_certificate.is_some() || auth.client_certificate_data.is_some() {
            let file = auth.client_certificate.as_deref().filter(|_| auth.client_certificate_data.is_none());
            Credential::Certificate(file.map(one_line))
        } else {
            Credential::None
        }
    }

    /// As the subject of a sentence.
    pub fn name(&self) -> String {
        match self {
            Credential::None => "no credentials at all".into(),
            Credential::TokenFlag => "the token given with --token".into(),
            Credential::Token => "the token in the kubeconfig".into(),
            Credential::TokenFile(file) => format!("the token in {file}"),
            Credential::Certificate(None) => "the client certificate in the kubeconfig".into(),
            Credential::Certificate(Some(file)) => format!("the client certificate {file}"),
            Credential::Password => "the user name and password in the kubeconfig".into(),
            Credential::Plugin(plugin) => format!("what the credential plugin {} gave", plugin.command),
            Credential::Provider(name) => format!("what the auth provider {name} gave"),
            Credential::ServiceAccount => "this pod's service account token".into(),
        }
    }
}

impl Plugin {
    fn of(plugin: &ExecConfig) -> Plugin {
        Plugin {
            command: one_line(plugin.command.as_deref().unwrap_or("(without a command)")),
            install_hint: plugin.install_hint.as_deref().map(one_line).filter(|hint| !hint.is_empty()),
            interactive: plugin.interactive_mode != Some(ExecInteractiveMode::Never),
        }
    }
}

/// Where nobody can answer, a plugin is told so; then its complaints come to us instead of past us to the terminal.
pub(crate) fn quieted(mut auth: AuthInfo, has_terminal: bool) -> AuthInfo {
    if let Some(plugin) = auth.exec.as_mut()
        && !has_terminal
        && plugin.interactive_mode != Some(ExecInteractiveMode::Always)
    {
        plugin.interactive_mode = Some(ExecInteractiveMode::Never);
    }
    auth
}

#[cfg(test)]
mod tests {
    use super::*;

    fn auth(yaml: &str) -> AuthInfo {
        serde_saphyr::from_str(yaml).unwrap()
    }

    #[test]
    fn the_credential_that_is_sent_is_named() {
        let table = [
            ("{}", "no credentials at all"),
            ("{token: x, client-certificate-data: QQ==}", "the token in the kubeconfig"),
            ("{tokenFile: /run/token}", "the token in /run/token"),
            ("{client-certificate: /pki/me.crt}", "the client certificate /pki/me.crt"),
            ("{client-certificate-data: QQ==}", "the client certificate in the kubeconfig"),
            ("{username: me, password: x}", "the user name and password in the kubeconfig"),
            ("{exec: {command: aws}}", "what the credential plugin aws gave"),
            ("{auth-provider: {name: oidc}}", "what the auth provider oidc gave"),
        ];
        for (yaml, name) in table {
            assert_eq!(Credential::of(&auth(yaml), &Connection::default()).name(), name);
        }
    }

    #[test]
    fn a_plugin_is_quieted_only_where_nobody_can_answer() {
        let mode = |mode: &str, has_terminal| {
            quieted(auth(&format!("{{exec: {{command: x{mode}}}}}")), has_terminal).exec.unwrap().interactive_mode
        };
        assert_eq!(mode("", true), None);
        assert_eq!(mode("", false), Some(ExecInteractiveMode::Never));
        assert_eq!(mode(", interactiveMode: IfAvailable", false), Some(ExecInteractiveMode::Never));
        assert_eq!(mode(", interactiveMode: Always", false), Some(ExecInteractiveMode::Always));
    }
}
