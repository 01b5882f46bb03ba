//! The steps of a real cluster. What does not need another's result runs beside it.

use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow};

use super::{Images, create_objects, hold_outside, reasons, start_control_plane, wait_for_nodes};
use crate::ground::Ground;
use crate::images::Image;
use crate::machine::{Launch, Namespace, Network, settle_node};
use crate::node::{self, Node};
use crate::spec::{DNS_DOMAIN, DNS_SERVICE, OUTSIDE, REGISTRY};
use crate::state::{make_dir, write_file};
use crate::wait::{self, Look};
use crate::{control_plane, dns, registry, say};

pub fn run(ground: &Ground<'_>, images: &Images) -> Result<()> {
    let start = Instant::now();
    let outside = hold_outside(ground)?;
    let network = Network::build(&outside)?;
    start_resolver(ground, &outside)?;
    let namespaces = hold_nodes(ground, &network)?;
    let nodes: Vec<Node<'_>> =
        ground.spec.numbers().zip(&namespaces).map(|(number, namespace)| Node { ground, number, namespace }).collect();
    start_control_plane(ground, &outside, &namespaces[0])?;
    let told = |what: &str| say::note(format!("  {:>5.1} s  {what}", start.elapsed().as_secs_f64()));
    thread::scope(|scope| -> Result<()> {
        let filling = scope.spawn(|| fill_registry(ground, &outside, &images.others));
        let readying: Vec<_> = nodes
            .iter()
            .map(|node| {
                scope
                    .spawn(move || node::prepare_files(node).and_then(|()| node::start_containerd(node, &images.pause)))
            })
            .collect();
        control_plane::wait_until_ready(ground)?;
        told("the API server is ready");
        create_objects(ground)?;
        for thread in readying {
            thread.join().map_err(|_| anyhow!("preparing a node panicked"))??;
        }
        for node in &nodes {
            node::start_kubelet(node)?;
        }
        told("the kubelets are started");
        filling.join().map_err(|_| anyhow!("filling the registry panicked"))??;
        told("the registry has its images");
        Ok(())
    })?;
    wait_for_nodes(ground, Duration::from_secs(120))?;
    told("the nodes are Ready");
    wait_for_dns(ground, &namespaces)?;
    told("DNS answers on every node");
    Ok(())
}

fn hold_nodes(ground: &Ground<'_>, network: &Network<'_>) -> Result<Vec<Namespace>> {
    let mut namespaces = Vec::new();
    for number in ground.spec.numbers() {
        let name = format!("node-{number}");
        let holder = ground.start(&Namespace::node_holder(&name))?;
        let namespace = Namespace::of_node(holder.id);
        namespace.wait_until_separate()?;
        network.plug_in(&namespace, number, ground.spec.node_address(number))?;
        settle_node(ground.spec, &namespace, number)?;
        namespaces.push(namespace);
    }
    Ok(namespaces)
}

/// The names outside the cluster: there are none, and the answer says so. (An upstream that does not answer would turn every misspelt
/// name into a failure of the server.)
fn start_resolver(ground: &Ground<'_>, outside: &Namespace) -> Result<()> {
    let config = ground.place.dir().join("resolver.conf");
    write_file(
        &config,
        format!(".:53 {{\n    bind {OUTSIDE}\n    template ANY ANY {{\n        rcode NXDOMAIN\n    }}\n}}\n"),
    )?;
    let launch = Launch::new("resolver", ground.program("coredns")).arg("-conf").arg(config).inside(outside);
    ground.start(&launch)?;
    Ok(())
}

/// The registry keeps its layers on disk; pushing them all takes a second or two.
fn fill_registry(ground: &Ground<'_>, outside: &Namespace, images: &[Image]) -> Result<()> {
    let blobs = ground.place.dir().join("registry");
    make_dir(&blobs)?;
    let launch = Launch::new("registry", ground.program("crane"))
        .args(["registry", "serve", "--address", REGISTRY, "--disk"])
        .arg(blobs)
        .inside(outside);
    ground.start(&launch)?;
    wait::until("the image registry", Duration::from_secs(20), || {
        ground.check_alive()?;
        let connected = outside.on_a_thread(|| std::net::TcpStream::connect(REGISTRY).context("it does not listen"));
        Ok(connected.map_or_else(|error| Look::Waiting(format!("{error:#}")), |_| Look::Done))
    })?;
    let via: Vec<String> = outside.entrance().into_iter().map(|word| word.to_string_lossy().into_owned()).collect();
    registry::fill(ground.programs, REGISTRY, &via, images).context("could not fill the image registry")
}

/// From every node, because each has Service rules of its own.
fn wait_for_dns(ground: &Ground<'_>, nodes: &[Namespace]) -> Result<()> {
    let name = format!("kubernetes.default.svc.{DNS_DOMAIN}");
    let kubectl = ground.kubectl();
    wait::until("DNS", Duration::from_secs(180), || {
        ground.check_alive()?;
        for (number, node) in ground.spec.numbers().zip(nodes) {
            if let Err(error) = node.on_a_thread(|| dns::resolve(DNS_SERVICE, &name)) {
                let pods = reasons::stuck_pods(&kubectl);
                return Ok(Look::Waiting(format!("on {}: {error:#}; {pods}", ground.spec.node_name(number))));
            }
        }
        Ok(Look::Done)
    })
}
