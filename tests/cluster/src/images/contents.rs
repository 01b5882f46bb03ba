//! What each image holds and how it starts. They go by the names that manifests and lectures use for the real ones.

use anyhow::Result;

use super::archive::Start;
use super::debian::Debian;
use super::layer::Layer;
use crate::programs::{Program, Programs, versions};

/// An image that is still to be written.
pub(super) struct Draft {
    pub references: Vec<String>,
    pub layer: Layer,
    pub start: Start,
}

impl Draft {
    fn new(reference: impl Into<String>, layer: Layer, start: Start) -> Draft {
        Draft { references: vec![reference.into()], layer, start }
    }
}

pub(super) fn all(programs: &Programs, debian: &Debian) -> Result<Vec<Draft>> {
    Ok(vec![
        kube_proxy(programs, debian)?,
        coredns(programs),
        busybox(debian)?,
        slim(debian)?,
        nginx(debian)?,
        metrics_server(programs, Program::MetricsServer09, versions::METRICS_SERVER),
        metrics_server(programs, Program::MetricsServer063, versions::METRICS_SERVER_OLD),
        metallb(programs, Program::MetallbController, "controller", &["/controller"], versions::METALLB),
        metallb(programs, Program::MetallbSpeaker, "speaker", &["/speaker"], versions::METALLB),
        metallb(programs, Program::MetallbOldController, "controller", &["/controller"], versions::METALLB_OLD),
        metallb(programs, Program::MetallbOldSpeaker, "speaker", &["/speaker"], versions::METALLB_OLD),
    ])
}

const USERS: &str = "root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/sbin/nologin\n";
const GROUPS: &str = "root:x:0:\nnogroup:x:65534:\n";

/// The users that every image knows, a place for temporary files, and nothing else.
fn base() -> Layer {
    let mut layer = Layer::default();
    layer.text("etc/passwd", USERS);
    layer.text("etc/group", GROUPS);
    layer.directory("root", 0o700);
    layer.directory("tmp", 0o1777);
    layer
}

fn kube_proxy(programs: &Programs, debian: &Debian) -> Result<Draft> {
    let mut layer = base();
    layer.program("usr/local/bin/kube-proxy", &programs.kubernetes("kube-proxy"));
    for path in [
        "usr/sbin/xtables-nft-multi",
        "usr/sbin/nft",
        "usr/sbin/conntrack",
        "usr/sbin/ipset",
        "usr/bin/ip",
        "usr/bin/kmod",
    ] {
        debian.take(&mut layer, path)?;
    }
    // iptables opens its matches and targets while it runs, so no list of needed libraries names them.
    debian.take(&mut layer, &debian.library("xtables"))?;
    for family in ["iptables", "ip6tables"] {
        for tool in ["", "-save", "-restore"] {
            layer.link(&format!("usr/sbin/{family}{tool}"), "xtables-nft-multi");
        }
    }
    layer.link("usr/sbin/modprobe", "../bin/kmod");
    debian.take_busybox(&mut layer)?;
    let reference = programs.release().proxy_image();
    Ok(Draft::new(reference, layer, Start { command: &["/usr/local/bin/kube-proxy"], ..Start::default() }))
}

fn coredns(programs: &Programs) -> Draft {
    let mut layer = base();
    layer.program("coredns", programs.path(Program::CoreDns));
    let start =
        Start { entrypoint: &["/coredns"], user: "65532:65532", ports: &["53/tcp", "53/udp"], ..Start::default() };
    Draft::new(format!("registry.k8s.io/coredns/coredns:v{}", versions::COREDNS), layer, start)
}

/// BusyBox as Debian builds it, with glibc: a static one crashes as soon as it looks up a name.
fn busybox(debian: &Debian) -> Result<Draft> {
    let mut layer = base();
    debian.take_busybox(&mut layer)?;
    debian.take_name_service(&mut layer)?;
    let mut draft = Draft::new("busybox:latest", layer, Start { command: &["sh"], ..Start::default() });
    draft.references.push("busybox:1.37.0".to_owned());
    Ok(draft)
}

/// What programs that were built elsewhere find in Debian's own images: all parts of its C library, the unwinder that belongs to it, and a
/// shell. Like there, no certificates.
fn slim(debian: &Debian) -> Result<Draft> {
    let mut layer = base();
    for name in
        ["libc.so.6", "libdl.so.2", "libgcc_s.so.1", "libm.so.6", "libpthread.so.0", "librt.so.1", "libutil.so.1"]
    {
        debian.take(&mut layer, &debian.library(name))?;
    }
    debian.take_busybox(&mut layer)?;
    debian.take_name_service(&mut layer)?;
    Ok(Draft::new("debian:stable-slim", layer, Start { command: &["sh"], ..Start::default() }))
}

fn nginx(debian: &Debian) -> Result<Draft> {
    let mut layer = base();
    debian.take(&mut layer, "usr/sbin/nginx")?;
    debian.take(&mut layer, "etc/nginx/mime.types")?;
    debian.take(&mut layer, "usr/share/nginx/html")?;
    debian.take_name_service(&mut layer)?;
    // A shell and the usual commands, which the real image has too and people use with `kubectl exec`.
    debian.take_busybox(&mut layer)?;
    layer.text("etc/nginx/nginx.conf", include_str!("../../images/nginx.conf"));
    layer.text("etc/nginx/conf.d/default.conf", include_str!("../../images/nginx-default.conf"));
    layer.text("etc/passwd", format!("{USERS}nginx:x:101:101:nginx:/:/sbin/nologin\n"));
    layer.text("etc/group", format!("{GROUPS}nginx:x:101:\n"));
    layer.directory("var/lib/nginx", 0o755);
    layer.directory("run", 0o755);
    layer.link("var/log/nginx/access.log", "/dev/stdout");
    layer.link("var/log/nginx/error.log", "/dev/stderr");
    let start = Start {
        command: &["nginx", "-g", "daemon off;"],
        ports: &["80/tcp"],
        stop_signal: Some("SIGQUIT"),
        ..Start::default()
    };
    Ok(Draft::new("nginx:latest", layer, start))
}

fn metrics_server(programs: &Programs, program: Program, version: &str) -> Draft {
    let mut layer = base();
    layer.program("metrics-server", programs.path(program));
    let start = Start { entrypoint: &["/metrics-server"], user: "65534", ..Start::default() };
    Draft::new(format!("registry.k8s.io/metrics-server/metrics-server:v{version}"), layer, start)
}

fn metallb(
    programs: &Programs,
    program: Program,
    name: &str,
    entrypoint: &'static [&'static str],
    version: &str,
) -> Draft {
    let mut layer = base();
    layer.program(name, programs.path(program));
    let start = Start { entrypoint, ..Start::default() };
    Draft::new(format!("quay.io/metallb/{name}:v{version}"), layer, start)
}
