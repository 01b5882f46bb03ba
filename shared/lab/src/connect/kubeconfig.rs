//! Finding and merging kubeconfig files by kubectl's rules.

use std::path::{Path, PathBuf};

use kube::config::{Kubeconfig, KubeconfigError};

use super::environment::Environment;
use crate::error::{Error, Result};
use crate::harmless::one_line;

/// What the search for kubeconfig files brought.
#[derive(Debug)]
pub(crate) enum Found {
    Config(Box<Kubeconfig>),
    /// None of these files exists.
    Nothing(Vec<PathBuf>),
}

/// `--kubeconfig` alone, else the files of `$KUBECONFIG`, else `~/.kube/config`. A file that was named by the flag must
/// exist; of the others, those that do not exist are passed over, as kubectl does.
pub(crate) fn find(flag: Option<&Path>, environment: &Environment) -> Result<Found> {
    if let Some(file) = flag {
        return Ok(Found::Config(Box::new(tidied(read(file)?))));
    }
    let files = candidates(environment);
    let mut merged: Option<Kubeconfig> = None;
    for file in files.iter().filter(|file| file.exists()) {
        let next = tidied(read(file)?);
        merged = Some(match merged {
            None => next,
            Some(first) => first.merge(next).map_err(|error| {
                Error::usage(format!("could not merge the kubeconfig {} with those before it", shown(file)))
                    .cause(one_line(&error.to_string()))
                    .hint("look at the files one by one: echo \"$KUBECONFIG\"")
            })?,
        });
    }
    Ok(match merged {
        Some(config) => Found::Config(Box::new(config)),
        None => Found::Nothing(files),
    })
}

fn candidates(environment: &Environment) -> Vec<PathBuf> {
    let listed = environment.kubeconfig.as_deref().unwrap_or_default();
    let mut files: Vec<PathBuf> = Vec::new();
    for file in std::env::split_paths(listed).filter(|file| !file.as_os_str().is_empty()) {
        if !files.contains(&file) {
            files.push(file);
        }
    }
    if files.is_empty() {
        files.extend(environment.home.as_ref().map(|home| home.join(".kube").join("config")));
    }
    files
}

fn read(file: &Path) -> Result<Kubeconfig> {
    Kubeconfig::read_from(file).map_err(|error| match error {
        KubeconfigError::ReadConfig(cause, _) => Error::usage(format!("could not read the kubeconfig {}", shown(file)))
            .cause(one_line(&cause.to_string()))
            .hint(format!("ls -l {}", shown(file))),
        KubeconfigError::Parse(cause) => {
            // The snippet that the parser offers could show a token.
            let cause = cause.without_snippet();
            let line = cause.location().map(|at| format!(", line {}", at.line())).unwrap_or_default();
            Error::usage(format!("could not understand the kubeconfig {}{line}", shown(file)))
                .cause(one_line(&cause.to_string()))
                .hint(format!("kubectl config view --kubeconfig {}", shown(file)))
        }
        other => Error::usage(format!("could not understand the kubeconfig {}", shown(file)))
            .cause(one_line(&other.to_string()))
            .hint(format!("kubectl config view --kubeconfig {}", shown(file))),
    })
}

/// To kubectl, an empty value is one that was not set: it neither wins a merge nor counts as a credential.
fn tidied(mut config: Kubeconfig) -> Kubeconfig {
    let drop_empty = |value: &mut Option<String>| *value = value.take().filter(|text| !text.is_empty());
    drop_empty(&mut config.current_context);
    drop_empty(&mut config.kind);
    drop_empty(&mut config.api_version);
    for context in config.contexts.iter_mut().filter_map(|named| named.context.as_mut()) {
        drop_empty(&mut context.namespace);
        drop_empty(&mut context.user);
    }
    for cluster in config.clusters.iter_mut().filter_map(|named| named.cluster.as_mut()) {
        drop_empty(&mut cluster.server);
        drop_empty(&mut cluster.certificate_authority);
        drop_empty(&mut cluster.certificate_authority_data);
        drop_empty(&mut cluster.proxy_url);
        drop_empty(&mut cluster.tls_server_name);
    }
    for user in config.auth_infos.iter_mut().filter_map(|named| named.auth_info.as_mut()) {
        drop_empty(&mut user.username);
        drop_empty(&mut user.token_file);
        drop_empty(&mut user.client_certificate);
        drop_empty(&mut user.client_certificate_data);
        drop_empty(&mut user.client_key);
        drop_empty(&mut user.impersonate);
    }
    config
}

pub(crate) fn shown(file: &Path) -> String {
    one_line(&file.display().to_string())
}

#[cfg(test)]
mod tests {
    use std::ffi::OsString;
    use std::fs;

    use tempfile::TempDir;

    use super::*;

    fn folder(files: &[(&str, &str)]) -> TempDir {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in files {
            fs::write(folder.path().join(name), text).unwrap();
        }
        folder
    }

    fn listing(folder: &TempDir, names: &[&str]) -> Environment {
        let paths = names.iter().map(|name| if name.is_empty() { PathBuf::new() } else { folder.path().join(name) });
        Environment { kubeconfig: Some(std::env::join_paths(paths).unwrap()), ..Environment::default() }
    }

    fn config(found: Found) -> Kubeconfig {
        match found {
            Found::Config(config) => *config,
            Found::Nothing(files) => panic!("no kubeconfig in {files:?}"),
        }
    }

    fn without_folder(error: &Error, folder: &TempDir) -> String {
        let text = format!("{error}\nhint: {}", error.hints.join("\nhint: "));
        text.replace(&folder.path().display().to_string(), "DIR")
    }

    #[test]
    fn the_first_file_wins_and_missing_files_are_passed_over() {
        let folder = folder(&[
            ("a", "current-context: ''\nclusters: [{name: one, cluster: {server: 'https://first'}}]"),
            (
                "b",
                "current-context: two\nclusters: [{name: one, cluster: {server: 'https://second'}}, {name: two, cluster: {server: 'https://two'}}]",
            ),
        ]);
        let merged = config(find(None, &listing(&folder, &["missing", "a", "", "a", "b"])).unwrap());
        let servers: Vec<_> =
            merged.clusters.iter().map(|named| named.cluster.as_ref().unwrap().server.as_deref().unwrap()).collect();
        assert_eq!(servers, ["https://first", "https://two"]);
        assert_eq!(merged.current_context.as_deref(), Some("two"), "an empty current-context does not win");
    }

    #[test]
    fn relative_paths_belong_to_their_file() {
        let folder = folder(&[("a", "clusters: [{name: one, cluster: {certificate-authority: pki/ca.crt}}]")]);
        let read = config(find(Some(&folder.path().join("a")), &Environment::default()).unwrap());
        let file = read.clusters[0].cluster.as_ref().unwrap().certificate_authority.clone().unwrap();
        assert_eq!(PathBuf::from(file), folder.path().join("pki/ca.crt"));
    }

    #[test]
    fn the_home_directory_is_searched_only_without_a_variable() {
        let folder = folder(&[]);
        fs::create_dir(folder.path().join(".kube")).unwrap();
        fs::write(folder.path().join(".kube/config"), "current-context: at-home").unwrap();
        let home = Environment { home: Some(folder.path().into()), ..Environment::default() };
        assert_eq!(config(find(None, &home).unwrap()).current_context.as_deref(), Some("at-home"));
        let emptied = Environment { kubeconfig: Some(OsString::new()), ..home.clone() };
        assert_eq!(config(find(None, &emptied).unwrap()).current_context.as_deref(), Some("at-home"));
        let elsewhere = Environment { kubeconfig: Some(folder.path().join("missing").into()), ..home };
        assert!(matches!(find(None, &elsewhere).unwrap(), Found::Nothing(files) if files.len() == 1));
    }

    #[test]
    fn a_file_named_by_the_flag_must_exist() {
        let folder = folder(&[]);
        let error = find(Some(&folder.path().join("missing")), &Environment::default()).unwrap_err();
        insta::assert_snapshot!(without_folder(&error, &folder), @r"
        could not read the kubeconfig DIR/missing: No such file or directory (os error 2)
        hint: ls -l DIR/missing
        ");
    }

    #[test]
    fn broken_yaml_is_named_with_file_and_line_and_without_its_secrets() {
        let text = "apiVersion: v1\nkind: Config\nusers:\n- name: me\n  user: {token: s3cret-token\nclusters: []\n";
        let folder = folder(&[("broken", text), ("list", "contexts:\n  name: kind\n")]);
        let error = find(None, &listing(&folder, &["broken"])).unwrap_err();
        assert_eq!(error.exit, lab_plan::Exit::Usage);
        assert!(!format!("{error:?}").contains("s3cret"), "{error:?}");
        insta::assert_snapshot!(without_folder(&error, &folder), @r"
        could not understand the kubeconfig DIR/broken, line 6: while parsing a flow mapping, did not find expected ',' or '}' at line 6, column 9
        hint: kubectl config view --kubeconfig DIR/broken
        ");
        let error = find(None, &listing(&folder, &["list"])).unwrap_err();
        insta::assert_snapshot!(without_folder(&error, &folder), @r"
        could not understand the kubeconfig DIR/list, line 2: expected sequence start at line 2, column 3
        hint: kubectl config view --kubeconfig DIR/list
        ");
    }

    #[test]
    fn one_broken_file_of_several_is_not_passed_over() {
        let folder = folder(&[("good", "current-context: x"), ("broken", "a: [\n")]);
        assert!(find(None, &listing(&folder, &["good", "broken"])).is_err());
    }
}
