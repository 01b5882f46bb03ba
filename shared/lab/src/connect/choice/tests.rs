use lab_plan::Exit;

use super::*;

const TWO: &str = "
current-context: kind-demo
contexts:
- {name: kind-demo, context: {cluster: demo, user: me, namespace: lab}}
- {name: lecture, context: {cluster: hall, user: student}}
- {name: torn, context: {cluster: gone, user: me}}
clusters:
- {name: demo, cluster: {server: 'https://127.0.0.1:6443', certificate-authority-data: QQ==, tls-server-name: kube}}
- {name: hall, cluster: {server: 'https://hall:6443'}}
- {name: empty, cluster: {}}
users:
- {name: me, user: {client-certificate-data: QQ==, client-key-data: QQ==, as: boss, as-groups: [bosses]}}
- {name: you, user: {token: abc}}
";

fn config(text: &str) -> Kubeconfig {
    Kubeconfig::from_yaml(text).unwrap()
}

fn rendered(error: &Error) -> String {
    let hints: String = error.hints.iter().map(|hint| format!("\nhint: {hint}")).collect();
    format!("{error}{hints}")
}

fn refused(text: &str, flags: &Connection) -> String {
    let error = choose(&config(text), flags).unwrap_err();
    assert_eq!(error.exit, Exit::Usage);
    rendered(&error)
}

fn flags(set: impl FnOnce(&mut Connection)) -> Connection {
    let mut flags = Connection::default();
    set(&mut flags);
    flags
}

#[test]
fn the_current_context_is_taken() {
    let choice = choose(&config(TWO), &Connection::default()).unwrap();
    assert_eq!(choice.context.as_deref(), Some("kind-demo"));
    assert_eq!(choice.cluster.server.as_deref(), Some("https://127.0.0.1:6443"));
    assert_eq!(choice.user.as_deref(), Some("me"));
    assert_eq!(choice.namespace, "lab");
}

#[test]
fn flags_win_over_the_context() {
    let flags = flags(|f| {
        f.context = Some("lecture".into());
        f.cluster = Some("demo".into());
        f.user = Some("you".into());
        f.namespace = Some("mine".into());
    });
    let choice = choose(&config(TWO), &flags).unwrap();
    assert_eq!(choice.cluster.server.as_deref(), Some("https://127.0.0.1:6443"));
    assert_eq!((choice.user.as_deref(), choice.namespace.as_str()), (Some("you"), "mine"));
    assert!(choice.auth.token.is_some());
}

#[test]
fn a_missing_context_is_a_usage_error_with_the_ones_that_exist() {
    let wrong = flags(|f| f.context = Some("kind-dmeo".into()));
    insta::assert_snapshot!(refused(TWO, &wrong), @r#"
    could not find the context "kind-dmeo" in the kubeconfig
    hint: there are: kind-demo, lecture, torn
    hint: did you mean --context kind-demo?
    "#);
    let far = flags(|f| f.context = Some("elsewhere".into()));
    insta::assert_snapshot!(refused(TWO, &far), @r#"
    could not find the context "elsewhere" in the kubeconfig
    hint: there are: kind-demo, lecture, torn
    hint: kubectl config get-contexts
    "#);
}

#[test]
fn without_a_current_context_the_choice_is_the_users() {
    let text = TWO.replace("current-context: kind-demo", "");
    insta::assert_snapshot!(refused(&text, &Connection::default()), @r"
    could not choose a cluster: the kubeconfig has no current-context
    hint: there are: kind-demo, lecture, torn
    hint: choose one with --context NAME, or for good: kubectl config use-context NAME
    ");
    insta::assert_snapshot!(refused("kind: Config", &Connection::default()), @r"
    could not choose a cluster: the kubeconfig has no current-context: it has no context at all
    hint: kubectl config view
    ");
}

#[test]
fn a_context_whose_cluster_is_missing_is_named() {
    insta::assert_snapshot!(refused(TWO, &flags(|f| f.context = Some("torn".into()))), @r#"
    could not use the context "torn": could not find the cluster "gone" in the kubeconfig
    hint: there are: demo, empty, hall
    hint: kubectl config get-clusters
    "#);
    insta::assert_snapshot!(refused(TWO, &flags(|f| f.cluster = Some("hal".into()))), @r#"
    could not find the cluster "hal" in the kubeconfig
    hint: there are: demo, empty, hall
    hint: did you mean --cluster hall?
    "#);
    insta::assert_snapshot!(refused(TWO, &flags(|f| f.cluster = Some("empty".into()))), @r#"
    could not use the cluster "empty": it has no server
    hint: kubectl config set-cluster empty --server=https://HOST:6443
    "#);
}

#[test]
fn a_missing_user_is_nobody_unless_the_flag_named_it() {
    let choice = choose(&config(TWO), &flags(|f| f.context = Some("lecture".into()))).unwrap();
    assert_eq!(choice.user.as_deref(), Some("student"));
    assert!(choice.auth.token.is_none() && choice.auth.client_certificate_data.is_none());
    insta::assert_snapshot!(refused(TWO, &flags(|f| f.user = Some("yuo".into()))), @r#"
    could not find the user "yuo" in the kubeconfig
    hint: there are: me, you
    hint: did you mean --user you?
    "#);
}

#[test]
fn another_server_drops_the_name_of_the_old_one() {
    let choice = choose(&config(TWO), &flags(|f| f.server = Some("https://10.0.0.9:6443".into()))).unwrap();
    assert_eq!(choice.cluster.server.as_deref(), Some("https://10.0.0.9:6443"));
    assert_eq!(choice.cluster.tls_server_name, None);
    assert!(choice.cluster.certificate_authority_data.is_some());
}

#[test]
fn a_server_needs_no_context() {
    let flags = flags(|f| {
        f.server = Some("https://10.0.0.9:6443".into());
        f.token = Some("abc\n".into());
    });
    let choice = choose(&Kubeconfig::default(), &flags).unwrap();
    assert_eq!((choice.context, choice.namespace.as_str()), (None, "default"));
    assert!(choice.auth.token.is_some());
}

#[test]
fn skipping_verification_drops_the_authority() {
    let choice = choose(&config(TWO), &flags(|f| f.insecure_skip_tls_verify = true)).unwrap();
    assert_eq!(choice.cluster.insecure_skip_tls_verify, Some(true));
    assert_eq!(choice.cluster.certificate_authority_data, None);
}

#[test]
fn a_token_is_sent_alone_and_an_impersonated_user_replaces_the_old_one() {
    let choice = choose(&config(TWO), &flags(|f| f.token = Some("abc".into()))).unwrap();
    assert!(choice.auth.token.is_some() && choice.auth.client_certificate_data.is_none());
    assert_eq!(choice.auth.impersonate.as_deref(), Some("boss"));
    let choice = choose(&config(TWO), &flags(|f| f.impersonate = Some("jane".into()))).unwrap();
    assert_eq!(choice.auth.impersonate.as_deref(), Some("jane"));
    assert_eq!(choice.auth.impersonate_groups, None, "the boss's groups are not jane's");
}

#[test]
fn a_group_alone_cannot_be_impersonated() {
    insta::assert_snapshot!(refused(TWO, &flags(|f| f.impersonate_group = vec!["g".into()])), @r"
    could not impersonate a group or a UID without a user
    hint: add --as USER
    ");
}

#[test]
fn names_from_the_file_cannot_steer_the_terminal() {
    let text = "contexts: [{name: \"a\\e[2J\", context: {cluster: x}}]";
    let error = refused(text, &flags(|f| f.context = Some("b\u{1b}[31m".into())));
    assert!(!error.contains('\u{1b}'), "{error:?}");
}
