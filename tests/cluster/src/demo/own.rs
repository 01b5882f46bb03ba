//! The demo on a cluster of its own.

use std::time::{Duration, Instant};

use anyhow::{Context, Result};

use super::stage::Stage;
use crate::cluster::Cluster;
use crate::programs::{self, Program, versions};
use crate::progress::seconds;
use crate::spec::ClusterSpec;
use crate::up::{self, IfDifferent};
use crate::wait::{self, Look};
use crate::{built, kubectl, manifests, say, state};

const NAME: &str = "demo";
const MANIFEST: &str = "components.yaml";
const LOGS: &str = "kubectl logs --namespace kube-system deployment/metrics-server";
/// The image is pulled, the server starts, and scrapes twice.
const UNTIL_IT_COMPLAINS: Duration = Duration::from_secs(150);

pub fn on_own_cluster() -> Result<()> {
    let start = Instant::now();
    say::note("1. Building the verbs");
    let verbs = built::binaries()?;

    say::note("\n2. Bringing up a real Kubernetes");
    let place = up::up(&ClusterSpec::named(NAME), IfDifferent::Refuse)?;
    let cluster = Cluster::running_with_verbs(NAME, &verbs)?;
    let stage = Stage::new(place.dir(), &[&place.bin(), &verbs])
        .with("KUBECONFIG", cluster.kubeconfig())
        .with("KUBECACHEDIR", kubectl::cache_of(&place));
    stage.expect("kubectl get nodes")?;

    say::note("\n3. metrics-server, as its release says");
    write_manifest(&place)?;
    if stage.read("kubectl get deployment --namespace kube-system metrics-server --ignore-not-found")?.is_empty() {
        say::note("   (its newest manifest, unchanged)");
    } else {
        say::note("   It is here from an earlier demo, and goes first.");
        stage.expect(&format!("kubectl delete --wait -f {MANIFEST}"))?;
    }
    stage.expect(&format!("kubectl apply -f {MANIFEST}"))?;
    wait_for_complaint(&stage)?;

    say::note("\n4. It does not work, and hardly says why");
    stage.show("kubectl get pods --namespace kube-system --selector k8s-app=metrics-server")?;
    stage.show("kubectl top nodes")?;
    stage.show(&format!("{LOGS} | grep --max-count=1 x509"))?;

    say::note("\n5. One command looks, says what is wrong, mends it, and proves it");
    stage.expect("kubectl lab metrics-fix --yes")?;
    stage.expect("kubectl top nodes")?;
    how_to_go_on(&cluster, &place, start.elapsed());
    Ok(())
}

fn write_manifest(place: &state::Place) -> Result<()> {
    // Built by now; this only tells where they are.
    let programs = programs::ensure(&[Program::Kubernetes])?;
    let manifest = manifests::metrics_server(&programs, versions::METRICS_SERVER)?;
    state::write_file(&place.dir().join(MANIFEST), manifest).context("could not write metrics-server's manifest")
}

fn wait_for_complaint(stage: &Stage) -> Result<()> {
    wait::until("metrics-server to try", UNTIL_IT_COMPLAINS, || {
        // Before its container runs there is no log, which is no failure of the demo.
        let log = stage.read(LOGS).unwrap_or_default();
        let complains = log.contains("x509");
        Ok(if complains { Look::Done } else { Look::Waiting("its log has nothing to say yet".to_owned()) })
    })
}

fn how_to_go_on(cluster: &Cluster, place: &state::Place, took: Duration) {
    say::note(format!("\nThat took {}. The cluster `{NAME}` stays up; go on with it:", seconds(took)));
    say::note(format!("  export KUBECONFIG={}", cluster.kubeconfig().display()));
    say::note(format!("  export PATH={}:{}:$PATH", place.bin().display(), cluster.verbs().display()));
    say::note("  kubectl lab                                           # what else there is");
    say::note("  kubectl lab metrics-fix                               # again: finds nothing to do");
    say::note(format!("  cargo cluster exec --name {NAME} -- bash                 # a host on the nodes' network"));
    say::note(format!("  cargo cluster down --name {NAME}                         # and nothing of it is left"));
}
