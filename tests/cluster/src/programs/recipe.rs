//! What is built from what: one recipe for each Go module, as data.

use super::{Program, versions};

/// How the programs of one Go module are built.
pub(super) struct Recipe {
    /// Its name in the cache and in messages.
    pub name: &'static str,
    pub version: &'static str,
    /// The files of the folder it is built in: path and text.
    pub files: &'static [(&'static str, &'static str)],
    pub builds: &'static [Build],
    /// Further names of the first file, for a program that goes by the name it is called with.
    pub links: &'static [&'static str],
    /// Variables that the linker sets, so that programs can tell their version.
    pub stamps: &'static [(&'static str, &'static str)],
    pub tags: &'static str,
    pub cgo: bool,
}

/// One Go package and the file that comes of it.
pub(super) struct Build {
    pub package: &'static str,
    pub file: &'static str,
    /// None for a file that is reached through [`super::Programs::kubernetes`].
    pub program: Option<Program>,
}

const fn build(package: &'static str, file: &'static str, program: Program) -> Build {
    Build { package, file, program: Some(program) }
}

/// The files of folders under `go/`, carried inside this binary: what is built cannot differ from what was compiled against.
macro_rules! folder {
    ($($folder:literal: $($file:literal),+);+) => {
        &[$($(($file, include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/go/", $folder, "/", $file)))),+),+]
    };
}

/// By these, programs of Kubernetes tell that they are version 1.MINOR.PATCH.
macro_rules! kubernetes_stamps {
    ($minor:literal, $patch:literal) => {
        &[
            ("k8s.io/component-base/version.gitVersion", concat!("v1.", $minor, ".", $patch)),
            ("k8s.io/component-base/version.gitMajor", "1"),
            ("k8s.io/component-base/version.gitMinor", $minor),
            ("k8s.io/client-go/pkg/version.gitVersion", concat!("v1.", $minor, ".", $patch)),
            ("k8s.io/client-go/pkg/version.gitMajor", "1"),
            ("k8s.io/client-go/pkg/version.gitMinor", $minor),
        ]
    };
}

const fn kubernetes_builds(program: Program) -> [Build; 3] {
    [
        build("./servers", "kubernetes", program),
        Build { package: "./kubectl", file: "kubectl", program: None },
        Build { package: "./kube-proxy", file: "kube-proxy", program: None },
    ]
}

const BARE: Recipe =
    Recipe { name: "", version: "", files: &[], builds: &[], links: &[], stamps: &[], tags: "", cgo: false };

const KUBERNETES_SERVERS: &[&str] = &["kube-apiserver", "kube-controller-manager", "kube-scheduler", "kubelet"];

pub(super) const RECIPES: &[Recipe] = &[
    Recipe {
        name: "kubernetes",
        version: versions::KUBERNETES,
        files: folder!("kubernetes": "go.mod", "go.sum", "servers/main.go", "servers/kubelet.go", "kubectl/main.go", "kube-proxy/main.go"),
        builds: &kubernetes_builds(Program::Kubernetes),
        links: KUBERNETES_SERVERS,
        stamps: kubernetes_stamps!("37", "2"),
        ..BARE
    },
    Recipe {
        name: "kubernetes",
        version: versions::KUBERNETES_OLD,
        // Nearly the same few lines make the programs of either release.
        files: folder!("kubernetes-1.33": "go.mod", "go.sum", "servers/kubelet.go"; "kubernetes": "servers/main.go", "kubectl/main.go", "kube-proxy/main.go"),
        builds: &kubernetes_builds(Program::KubernetesOld),
        links: KUBERNETES_SERVERS,
        stamps: kubernetes_stamps!("33", "13"),
        ..BARE
    },
    Recipe {
        name: "etcd",
        version: versions::ETCD,
        files: folder!("etcd": "go.mod", "go.sum"),
        builds: &[build("go.etcd.io/etcd/server/v3", "etcd", Program::Etcd)],
        ..BARE
    },
    Recipe {
        name: "containerd",
        version: versions::CONTAINERD,
        files: folder!("containerd": "go.mod", "go.sum"),
        builds: &[
            build("github.com/containerd/containerd/v2/cmd/containerd", "containerd", Program::Containerd),
            build(
                "github.com/containerd/containerd/v2/cmd/containerd-shim-runc-v2",
                "containerd-shim-runc-v2",
                Program::ContainerdShim,
            ),
            build("github.com/containerd/containerd/v2/cmd/ctr", "ctr", Program::Ctr),
        ],
        stamps: &[("github.com/containerd/containerd/v2/version.Version", versions::CONTAINERD)],
        ..BARE
    },
    Recipe {
        name: "runc",
        version: versions::RUNC,
        files: folder!("runc": "go.mod", "go.sum"),
        builds: &[build("github.com/opencontainers/runc", "runc", Program::Runc)],
        // runc enters namespaces in C before Go starts, and filters system calls through libseccomp.
        tags: "seccomp",
        cgo: true,
        ..BARE
    },
    Recipe {
        name: "crane",
        version: versions::CRANE,
        files: folder!("crane": "go.mod", "go.sum"),
        builds: &[build("github.com/google/go-containerregistry/cmd/crane", "crane", Program::Crane)],
        ..BARE
    },
    Recipe {
        name: "coredns",
        version: versions::COREDNS,
        files: folder!("coredns": "go.mod", "go.sum"),
        builds: &[build("github.com/coredns/coredns", "coredns", Program::CoreDns)],
        ..BARE
    },
    Recipe {
        name: "metrics-server",
        version: versions::METRICS_SERVER,
        files: folder!("metrics-server-0.9": "go.mod", "go.sum"),
        builds: &[build("sigs.k8s.io/metrics-server/cmd/metrics-server", "metrics-server", Program::MetricsServer09)],
        stamps: &[("k8s.io/client-go/pkg/version.gitVersion", "v0.9.0")],
        ..BARE
    },
    Recipe {
        name: "metrics-server",
        version: versions::METRICS_SERVER_OLD,
        files: folder!("metrics-server-0.6": "go.mod", "go.sum"),
        builds: &[build("sigs.k8s.io/metrics-server/cmd/metrics-server", "metrics-server", Program::MetricsServer063)],
        stamps: &[("k8s.io/client-go/pkg/version.gitVersion", "v0.6.3")],
        ..BARE
    },
    Recipe {
        name: "metallb",
        version: versions::METALLB,
        files: folder!("metallb": "go.mod", "go.sum", "frr-k8s/go.mod", "frr-k8s/api/v1beta1/types.go"),
        builds: &[
            build("go.universe.tf/metallb/controller", "controller", Program::MetallbController),
            build("go.universe.tf/metallb/speaker", "speaker", Program::MetallbSpeaker),
        ],
        ..BARE
    },
    Recipe {
        name: "metallb",
        version: versions::METALLB_OLD,
        files: folder!("metallb-0.13": "go.mod", "go.sum"),
        builds: &[
            build("go.universe.tf/metallb/controller", "controller", Program::MetallbOldController),
            build("go.universe.tf/metallb/speaker", "speaker", Program::MetallbOldSpeaker),
        ],
        ..BARE
    },
    Recipe {
        name: "kwok",
        version: versions::KWOK,
        files: folder!("kwok": "go.mod", "go.sum"),
        builds: &[build("sigs.k8s.io/kwok/cmd/kwok", "kwok", Program::Kwok)],
        stamps: &[("sigs.k8s.io/kwok/pkg/consts.Version", versions::KWOK)],
        ..BARE
    },
    Recipe {
        name: "actionlint",
        version: versions::ACTIONLINT,
        files: folder!("actionlint": "go.mod", "go.sum"),
        builds: &[build("github.com/rhysd/actionlint/cmd/actionlint", "actionlint", Program::Actionlint)],
        ..BARE
    },
];

impl Recipe {
    pub fn makes(&self, program: Program) -> bool {
        self.builds.iter().any(|build| build.program == Some(program))
    }

    /// The flags of every build of this recipe, alike for all its packages so that Go compiles what they share once.
    pub fn flags(&self) -> Vec<String> {
        let stamps: String = self.stamps.iter().map(|(variable, value)| format!(" -X {variable}={value}")).collect();
        let mut flags = vec!["-ldflags".to_owned(), format!("-s -w{stamps}")];
        if !self.tags.is_empty() {
            flags.extend(["-tags".to_owned(), self.tags.to_owned()]);
        }
        flags
    }
}
