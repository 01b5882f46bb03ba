use lab_cli::api::Api;
use lab_cli::objects::MetricsServer;
use lab_cli::run::Run;
use lab_cli::world::World;

use super::{FLAG, args, assert_nothing_written, fix, generation, healthy, just_applied, prepared};

#[test]
fn a_dry_run_on_the_client() {
    let api = just_applied();
    insta::assert_snapshot!(fix(&api, &["--dry-run=client", "--diff"]), @r#"
    $ kubectl-lab-metrics_fix --dry-run=client --diff
    -- stdout
    the kubelets' certificates cannot be checked, so nothing is scraped: Get "https://172.30.0.2:10250/metrics/resource": tls: failed to verify certificate: x509: cannot validate certificate for 172.30.0.2 because it doesn't contain any IP SANs
    -- stderr
    cluster: context lecture, server http://127.0.0.1:$PORT, user student
    plan:
      1. append --kubelet-insecure-tls in container metrics-server of Deployment kube-system/metrics-server, keep all other arguments
         why: the kubelets' certificates cannot be checked, so nothing is scraped: Get "https://172.30.0.2:10250/metrics/resource": tls: failed to verify certificate: x509: cannot validate certificate for 172.30.0.2 because it doesn't contain any IP SANs
      note: --kubelet-insecure-tls is for labs: metrics-server then believes whatever answers at a kubelet's address. The better way is kubelets with serverTLSBootstrap: true and `kubectl lab metrics-fix --secure`
      then: look again until the metrics of every Ready node and of a pod can be read
    --- Deployment kube-system/metrics-server (live)
    +++ Deployment kube-system/metrics-server (planned)
    @@ -31,6 +31,7 @@
             - --kubelet-preferred-address-types=InternalIP,ExternalIP,Hostname
             - --kubelet-use-node-status-port
             - --metric-resolution=15s
    +        - --kubelet-insecure-tls
             image: registry.k8s.io/metrics-server/metrics-server:v0.9.0
             imagePullPolicy: IfNotPresent
             livenessProbe:
    dry run: nothing was changed
    -- exit code 0
    "#);
    assert_nothing_written(&api);
    assert!(api.seen().requests().iter().all(|request| request.method == "GET"), "{}", api.seen());
}

#[test]
fn a_dry_run_on_the_server() {
    let api = just_applied();
    let before = generation(&api);
    insta::assert_snapshot!(fix(&api, &["--dry-run=server", "--diff"]), @r#"
    $ kubectl-lab-metrics_fix --dry-run=server --diff
    -- stdout
    the kubelets' certificates cannot be checked, so nothing is scraped: Get "https://172.30.0.2:10250/metrics/resource": tls: failed to verify certificate: x509: cannot validate certificate for 172.30.0.2 because it doesn't contain any IP SANs
    -- stderr
    cluster: context lecture, server http://127.0.0.1:$PORT, user student
    plan:
      1. append --kubelet-insecure-tls in container metrics-server of Deployment kube-system/metrics-server, keep all other arguments
         why: the kubelets' certificates cannot be checked, so nothing is scraped: Get "https://172.30.0.2:10250/metrics/resource": tls: failed to verify certificate: x509: cannot validate certificate for 172.30.0.2 because it doesn't contain any IP SANs
      note: --kubelet-insecure-tls is for labs: metrics-server then believes whatever answers at a kubelet's address. The better way is kubelets with serverTLSBootstrap: true and `kubectl lab metrics-fix --secure`
      then: look again until the metrics of every Ready node and of a pod can be read
    --- Deployment kube-system/metrics-server (live)
    +++ Deployment kube-system/metrics-server (planned)
    @@ -31,6 +31,7 @@
             - --kubelet-preferred-address-types=InternalIP,ExternalIP,Hostname
             - --kubelet-use-node-status-port
             - --metric-resolution=15s
    +        - --kubelet-insecure-tls
             image: registry.k8s.io/metrics-server/metrics-server:v0.9.0
             imagePullPolicy: IfNotPresent
             livenessProbe:
    checked by the API server: append --kubelet-insecure-tls in container metrics-server of Deployment kube-system/metrics-server, keep all other arguments
    dry run: nothing was changed
    -- exit code 0
    "#);
    assert_nothing_written(&api);
    assert_eq!(generation(&api), before);
}

/// The change that is shown and checked is the change that is made: the very same patch.
#[test]
fn the_plan_of_a_dry_run_is_what_is_done() {
    let patches = |api: &Api| -> Vec<_> {
        let seen = api.seen().without_journals().only(|request| request.method == "PATCH");
        seen.requests().iter().map(|request| (request.path.clone(), request.json())).collect()
    };
    let (rehearsed, done) = (just_applied(), just_applied());
    let shown = fix(&rehearsed, &["--dry-run=server", "--diff"]).succeeds();
    fix(&done, &[]).succeeds();
    assert_eq!(patches(&rehearsed), patches(&done));
    assert_eq!(patches(&done).len(), 1);
    let added: Vec<&str> = shown.stderr.lines().filter(|line| line.starts_with("+ ")).collect();
    assert_eq!(added, ["+        - --kubelet-insecure-tls"]);
    assert!(args(&done).ends_with("--metric-resolution=15s\n--kubelet-insecure-tls\n"));
}

#[test]
fn a_dry_run_of_several_steps() {
    let server = MetricsServer { replicas: 0, ..MetricsServer::default().with_lecture_patch() };
    let api = World::default().stage(server.objects());
    insta::assert_snapshot!(fix(&api, &["--dry-run=server", "--diff"]), @r#"
    $ kubectl-lab-metrics_fix --dry-run=server --diff
    -- stdout
    Deployment kube-system/metrics-server is scaled to zero, so nobody collects metrics
    -- stderr
    cluster: context lecture, server http://127.0.0.1:$PORT, user student
    plan:
      1. scale Deployment kube-system/metrics-server to 1 replica
         why: Deployment kube-system/metrics-server is scaled to zero, so nobody collects metrics
      2. set --secure-port=10250 in container metrics-server of Deployment kube-system/metrics-server, keep all other arguments
         why: container metrics-server listens on --secure-port=4443, but the Service sends to 10250, its probes ask 10250: connection refused
      then: look again until the metrics of every Ready node and of a pod can be read
    --- Deployment kube-system/metrics-server (live)
    +++ Deployment kube-system/metrics-server (planned)
    @@ -9,7 +9,7 @@
       resourceVersion: "41031"
     spec:
       progressDeadlineSeconds: 600
    -  replicas: 0
    +  replicas: 1
       revisionHistoryLimit: 10
       selector:
         matchLabels:
    --- Deployment kube-system/metrics-server (live)
    +++ Deployment kube-system/metrics-server (planned)
    @@ -27,7 +27,7 @@
           containers:
           - args:
             - --cert-dir=/tmp
    -        - --secure-port=4443
    +        - --secure-port=10250
             - --kubelet-preferred-address-types=InternalIP,ExternalIP,Hostname
             - --kubelet-use-node-status-port
             - --metric-resolution=15s
    checked by the API server: scale Deployment kube-system/metrics-server to 1 replica
    not checked: step 2 needs step 1
    dry run: nothing was changed
    -- exit code 0
    "#);
    assert_nothing_written(&api);
}

#[test]
fn a_dry_run_where_there_is_nothing_to_do() {
    insta::assert_snapshot!(fix(&healthy(), &["--dry-run=server"]), @r"
    $ kubectl-lab-metrics_fix --dry-run=server
    -- stdout
    metrics work: read of 3 nodes (3 are Ready) and of pod kube-system/metrics-server-wstcxvjt6m-6f4kq; metrics.k8s.io/v1beta1 is served by Deployment kube-system/metrics-server v0.9.0
    NODE    READY   CPU    MEMORY
    lab-1   True    144m   793Mi
    lab-2   True    144m   793Mi
    lab-3   True    144m   793Mi
    -- stderr
    nothing to change
    -- exit code 0
    ");
}

#[test]
fn json() {
    insta::assert_snapshot!(fix(&just_applied(), &["-o", "json"]), @r#"
    $ kubectl-lab-metrics_fix -o json
    -- stdout
    {
      "apiVersion": "lab/v1",
      "kind": "MetricsFixReport",
      "result": "done",
      "cluster": {
        "context": "lecture",
        "server": "http://127.0.0.1:$PORT",
        "user": "student"
      },
      "dryRun": "none",
      "plan": {
        "steps": [],
        "then": "done"
      },
      "steps": [
        {
          "id": "append-insecure-tls",
          "title": "append --kubelet-insecure-tls in container metrics-server of Deployment kube-system/metrics-server, keep all other arguments",
          "outcome": "done"
        }
      ],
      "verdict": "metrics work: read of 3 nodes (3 are Ready) and of pod kube-system/metrics-server-wstcxvjt6m-6f4kq; metrics.k8s.io/v1beta1 is served by Deployment kube-system/metrics-server v0.9.0",
      "working": true,
      "servedBy": {
        "groupVersion": "metrics.k8s.io/v1beta1",
        "service": "kube-system/metrics-server",
        "metricsServer": true,
        "workload": "Deployment kube-system/metrics-server",
        "version": "v0.9.0"
      },
      "nodes": [
        {
          "name": "lab-1",
          "ready": true,
          "cpu": "143210987n",
          "memory": "812340Ki"
        },
        {
          "name": "lab-2",
          "ready": true,
          "cpu": "143210987n",
          "memory": "812340Ki"
        },
        {
          "name": "lab-3",
          "ready": true,
          "cpu": "143210987n",
          "memory": "812340Ki"
        }
      ],
      "pod": {
        "name": "kube-system/metrics-server-wstcxvjt6m-6f4kq",
        "cpu": "2143210n",
        "memory": "18340Ki"
      },
      "pendingRequests": []
    }
    -- stderr
    cluster: context lecture, server http://127.0.0.1:$PORT, user student
    plan:
      1. append --kubelet-insecure-tls in container metrics-server of Deployment kube-system/metrics-server, keep all other arguments
         why: the kubelets' certificates cannot be checked, so nothing is scraped: Get "https://172.30.0.2:10250/metrics/resource": tls: failed to verify certificate: x509: cannot validate certificate for 172.30.0.2 because it doesn't contain any IP SANs
      note: --kubelet-insecure-tls is for labs: metrics-server then believes whatever answers at a kubelet's address. The better way is kubelets with serverTLSBootstrap: true and `kubectl lab metrics-fix --secure`
      then: look again until the metrics of every Ready node and of a pod can be read
    done: append --kubelet-insecure-tls in container metrics-server of Deployment kube-system/metrics-server, keep all other arguments
    -- exit code 0
    "#);
}

#[test]
fn json_of_a_dry_run() {
    insta::assert_snapshot!(fix(&just_applied(), &["-o", "json", "--dry-run=client"]).stdout, @r#"
    {
      "apiVersion": "lab/v1",
      "kind": "MetricsFixReport",
      "result": "done",
      "cluster": {
        "context": "lecture",
        "server": "http://127.0.0.1:$PORT",
        "user": "student"
      },
      "dryRun": "client",
      "plan": {
        "steps": [
          {
            "id": "append-insecure-tls",
            "title": "append --kubelet-insecure-tls in container metrics-server of Deployment kube-system/metrics-server, keep all other arguments",
            "why": "the kubelets' certificates cannot be checked, so nothing is scraped: Get \"https://172.30.0.2:10250/metrics/resource\": tls: failed to verify certificate: x509: cannot validate certificate for 172.30.0.2 because it doesn't contain any IP SANs",
            "changes": [
              {
                "target": {
                  "apiVersion": "apps/v1",
                  "kind": "Deployment",
                  "namespace": "kube-system",
                  "name": "metrics-server"
                },
                "uid": "00000000-0000-4000-8000-000000000024",
                "place": {
                  "member": {
                    "list": "spec.template.spec.containers[name=metrics-server].args",
                    "position": 5,
                    "occurrence": 0,
                    "equals": 0,
                    "rivals": 0
                  }
                },
                "after": "--kubelet-insecure-tls"
              }
            ]
          }
        ],
        "notes": [
          "--kubelet-insecure-tls is for labs: metrics-server then believes whatever answers at a kubelet's address. The better way is kubelets with serverTLSBootstrap: true and `kubectl lab metrics-fix --secure`"
        ],
        "then": {
          "lookAgain": {
            "why": "look again until the metrics of every Ready node and of a pod can be read"
          }
        }
      },
      "steps": [],
      "verdict": "the kubelets' certificates cannot be checked, so nothing is scraped: Get \"https://172.30.0.2:10250/metrics/resource\": tls: failed to verify certificate: x509: cannot validate certificate for 172.30.0.2 because it doesn't contain any IP SANs",
      "working": false,
      "servedBy": {
        "groupVersion": "metrics.k8s.io/v1beta1",
        "service": "kube-system/metrics-server",
        "metricsServer": true,
        "workload": "Deployment kube-system/metrics-server",
        "version": "v0.9.0"
      },
      "nodes": [
        {
          "name": "lab-1",
          "ready": true
        },
        {
          "name": "lab-2",
          "ready": true
        },
        {
          "name": "lab-3",
          "ready": true
        }
      ],
      "pendingRequests": []
    }
    "#);
}

#[test]
fn yaml() {
    insta::assert_snapshot!(fix(&healthy(), &["-o", "yaml"]), @r#"
    $ kubectl-lab-metrics_fix -o yaml
    -- stdout
    apiVersion: lab/v1
    kind: MetricsFixReport
    result: done
    cluster:
      context: lecture
      server: http://127.0.0.1:$PORT
      user: student
    dryRun: none
    plan:
      steps: []
      then: done
    steps: []
    verdict: "metrics work: read of 3 nodes (3 are Ready) and of pod kube-system/metrics-server-wstcxvjt6m-6f4kq; metrics.k8s.io/v1beta1 is served by Deployment kube-system/metrics-server v0.9.0"
    working: true
    servedBy:
      groupVersion: metrics.k8s.io/v1beta1
      service: kube-system/metrics-server
      metricsServer: true
      workload: Deployment kube-system/metrics-server
      version: v0.9.0
    nodes:
    - name: lab-1
      ready: true
      cpu: 143210987n
      memory: 812340Ki
    - name: lab-2
      ready: true
      cpu: 143210987n
      memory: 812340Ki
    - name: lab-3
      ready: true
      cpu: 143210987n
      memory: 812340Ki
    pod:
      name: kube-system/metrics-server-wstcxvjt6m-6f4kq
      cpu: 2143210n
      memory: 18340Ki
    pendingRequests: []
    -- stderr
    nothing to change
    -- exit code 0
    "#);
}

#[test]
fn wide() {
    insta::assert_snapshot!(fix(&healthy(), &["-o", "wide"]), @r"
    $ kubectl-lab-metrics_fix -o wide
    -- stdout
    metrics work: read of 3 nodes (3 are Ready) and of pod kube-system/metrics-server-wstcxvjt6m-6f4kq; metrics.k8s.io/v1beta1 is served by Deployment kube-system/metrics-server v0.9.0
    NODE    READY   CPU    MEMORY
    lab-1   True    144m   793Mi
    lab-2   True    144m   793Mi
    lab-3   True    144m   793Mi

    POD                                           CPU   MEMORY
    kube-system/metrics-server-wstcxvjt6m-6f4kq   3m    17Mi
    -- stderr
    nothing to change
    -- exit code 0
    ");
}

#[test]
fn json_of_a_failure() {
    let api = World::default().stage([]);
    insta::assert_snapshot!(fix(&api, &["-o", "json"]), @r#"
    $ kubectl-lab-metrics_fix -o json
    -- stdout
    {
      "apiVersion": "lab/v1",
      "kind": "MetricsFixReport",
      "result": "failed",
      "cluster": {
        "context": "lecture",
        "server": "http://127.0.0.1:$PORT",
        "user": "student"
      },
      "dryRun": "none",
      "plan": {
        "steps": [],
        "refusals": [
          {
            "kind": "cannotMend",
            "reason": "metrics-server is not installed: nothing serves metrics.k8s.io",
            "hints": [
              "install it with: kubectl lab metrics-fix --install"
            ]
          }
        ],
        "then": "done"
      },
      "steps": [],
      "error": {
        "message": "metrics-server is not installed: nothing serves metrics.k8s.io",
        "hints": [
          "install it with: kubectl lab metrics-fix --install"
        ],
        "missingRights": [],
        "exitCode": 1
      },
      "verdict": "metrics-server is not installed: nothing serves metrics.k8s.io",
      "working": false,
      "nodes": [
        {
          "name": "lab-1",
          "ready": true
        },
        {
          "name": "lab-2",
          "ready": true
        },
        {
          "name": "lab-3",
          "ready": true
        }
      ],
      "pendingRequests": []
    }
    -- stderr
    error: metrics-server is not installed: nothing serves metrics.k8s.io
    hint: install it with: kubectl lab metrics-fix --install
    -- exit code 1
    "#);
}

#[test]
fn a_format_that_there_is_not() {
    insta::assert_snapshot!(fix(&healthy(), &["-o", "jsonpath={.items}"]), @r"
    $ kubectl-lab-metrics_fix -o jsonpath={.items}
    -- stderr
    error: invalid value 'jsonpath={.items}' for '--output <FORMAT>'
      [possible values: table, wide, json, yaml]

      tip: a similar value exists: 'json'

    For more information, try '--help'.
    -- exit code 2
    ");
}

#[test]
fn a_code_that_no_refusal_has() {
    let api = just_applied();
    insta::assert_snapshot!(fix(&api, &["--allow", "nonsense"]), @r#"
    $ kubectl-lab-metrics_fix --allow nonsense
    -- stderr
    error: there is no code "nonsense" for --allow
    hint: known codes: helm-managed, argocd-managed, flux-managed, addon-managed
    -- exit code 2
    "#);
    assert_eq!(api.seen().count(), 0);
}

#[test]
fn a_flag_with_a_slip() {
    insta::assert_snapshot!(fix(&healthy(), &["--instal"]), @r"
    $ kubectl-lab-metrics_fix --instal
    -- stderr
    error: unexpected argument '--instal' found

      tip: a similar argument exists: '--install'

    Usage: kubectl lab metrics-fix --install

    For more information, try '--help'.
    -- exit code 2
    ");
}

#[test]
fn yes_at_the_prompt() {
    let api = just_applied();
    let mut terminal = prepared(&api, &[]).in_terminal();
    terminal.expect("Do this?");
    assert_nothing_written(&api);
    terminal.types("y\r");
    insta::assert_snapshot!(terminal.wait(), @r#"
    $ kubectl-lab-metrics_fix
    -- stdout
    cluster: context lecture, server http://127.0.0.1:$PORT, user student
    plan:
      1. append --kubelet-insecure-tls in container metrics-server of Deployment
         kube-system/metrics-server, keep all other arguments
         why: the kubelets' certificates cannot be checked, so nothing is scraped: Get
              "https://172.30.0.2:10250/metrics/resource": tls: failed to verify certificate: x509:
              cannot validate certificate for 172.30.0.2 because it doesn't contain any IP SANs
      note: --kubelet-insecure-tls is for labs: metrics-server then believes whatever answers at a
            kubelet's address. The better way is kubelets with serverTLSBootstrap: true and
            `kubectl lab metrics-fix --secure`
      then: look again until the metrics of every Ready node and of a pod can be read
    Do this? yes
    done: append --kubelet-insecure-tls in container metrics-server of Deployment
          kube-system/metrics-server, keep all other arguments
    metrics work: read of 3 nodes (3 are Ready) and of pod kube-system/metrics-server-wstcxvjt6m-6f4kq; metrics.k8s.io/v1beta1 is served by Deployment kube-system/metrics-server v0.9.0
    NODE    READY   CPU    MEMORY
    lab-1   True    144m   793Mi
    lab-2   True    144m   793Mi
    lab-3   True    144m   793Mi
    -- exit code 0
    "#);
    assert!(args(&api).contains(FLAG));
}

#[test]
fn no_at_the_prompt() {
    let api = just_applied();
    let mut terminal = prepared(&api, &[]).in_terminal();
    terminal.expect("Do this?");
    terminal.types("\r");
    insta::assert_snapshot!(terminal.wait(), @r#"
    $ kubectl-lab-metrics_fix
    -- stdout
    cluster: context lecture, server http://127.0.0.1:$PORT, user student
    plan:
      1. append --kubelet-insecure-tls in container metrics-server of Deployment
         kube-system/metrics-server, keep all other arguments
         why: the kubelets' certificates cannot be checked, so nothing is scraped: Get
              "https://172.30.0.2:10250/metrics/resource": tls: failed to verify certificate: x509:
              cannot validate certificate for 172.30.0.2 because it doesn't contain any IP SANs
      note: --kubelet-insecure-tls is for labs: metrics-server then believes whatever answers at a
            kubelet's address. The better way is kubelets with serverTLSBootstrap: true and
            `kubectl lab metrics-fix --secure`
      then: look again until the metrics of every Ready node and of a pod can be read
    Do this? no
    error: not confirmed; this step was not taken
    -- exit code 7
    "#);
    assert_nothing_written(&api);
}

#[test]
fn control_c_at_the_prompt() {
    let api = just_applied();
    let mut terminal = prepared(&api, &[]).in_terminal();
    terminal.expect("Do this?");
    terminal.interrupt();
    insta::assert_snapshot!(terminal.wait(), @r#"
    $ kubectl-lab-metrics_fix
    -- stdout
    cluster: context lecture, server http://127.0.0.1:$PORT, user student
    plan:
      1. append --kubelet-insecure-tls in container metrics-server of Deployment
         kube-system/metrics-server, keep all other arguments
         why: the kubelets' certificates cannot be checked, so nothing is scraped: Get
              "https://172.30.0.2:10250/metrics/resource": tls: failed to verify certificate: x509:
              cannot validate certificate for 172.30.0.2 because it doesn't contain any IP SANs
      note: --kubelet-insecure-tls is for labs: metrics-server then believes whatever answers at a
            kubelet's address. The better way is kubelets with serverTLSBootstrap: true and
            `kubectl lab metrics-fix --secure`
      then: look again until the metrics of every Ready node and of a pod can be read
    Do this? [y/N]
    error: interrupted; nothing was changed
    -- exit code 130
    "#);
    assert_nothing_written(&api);
}

/// `| head` may be gone before anything is written.
#[test]
fn nobody_reads_the_report() {
    let api = healthy();
    let script = "(/bin/sleep 0.2; kubectl-lab-metrics_fix -o json; echo \"code $?\" >&2) | :";
    let output = Run::program("/bin/sh").with_verbs().against(&api).args(["-c", script]).run();
    assert_eq!(output.stderr, "nothing to change\ncode 0\n", "{output}");
}

/// The talk is not needed for the work.
#[test]
fn nobody_reads_the_talk() {
    let api = just_applied();
    let script = "{ (/bin/sleep 0.2; kubectl-lab-metrics_fix; echo \"code $?\" >&3) 2>&1 >&4 | :; } 3>&1 4>&1";
    let output = Run::program("/bin/sh").with_verbs().against(&api).args(["-c", script]).run();
    assert!(output.stdout.starts_with("metrics work") && output.stdout.ends_with("code 0\n"), "{output}");
    assert!(args(&api).contains(FLAG));
}
