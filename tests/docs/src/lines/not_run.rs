//! Why a line is not run as it stands.

/// Each reason, with the lines that it is given for.
pub const NOT_RUN: &[(&str, &[&str])] = &[
    (
        "it is about the clusters that this very test needs: all tests bring them up and take them down by the same code",
        &[
            "cargo ci",
            "cargo cluster up",
            "cargo cluster up --light",
            "cargo cluster up --name mine --nodes 1",
            "cargo cluster down",
            "cargo cluster down --name mine",
            "cargo cluster exec -- kubectl lab",
            "cargo cluster exec --name mine -- kubectl get nodes",
            "cargo cluster exec --name mine --from mine-1",
            "cargo cluster logs kubelet-1 --name mine",
            "export KUBECONFIG=$(cargo cluster kubeconfig --name mine)",
            "cargo test --package lab-plan",
        ],
    ),
    ("it serves until it is stopped; tests of what is fetched start the same server", &["cargo cluster release-site"]),
    ("it brings a cluster up for its viewer; the tests of the test cluster's own crate run it", &["cargo demo"]),
    (
        "a figure for people to read, which takes minutes to hours",
        &[
            "cargo bench-metallb",
            "cargo bench-probe",
            "cargo bench-startup",
            "cargo bench-traffic",
            "cargo metallb-race",
            "cargo interruptions",
            "cargo interruptions --scenario undo-metrics-fix",
        ],
    ),
    ("it would change the picture that this very checkout is tested with", &["cargo docs-record"]),
    ("`cargo ci` runs these cases as a test of lab-interruptions", &["cargo interruptions --sample"]),
    (
        "it compiles everything once more, as small as it gets; tests pack what is compiled already, by the same code",
        &[
            "cargo dist-archive",
            "cargo dist-archive --output archives",
            "cargo dist-archive --verify-reproducible",
            "mkdir -p ~/.local/share/kubectl-lab ~/.local/bin",
            "tar -xzf target/dist-archive/kubectl-lab-v0.1.0-linux-amd64.tar.gz -C ~/.local/share/kubectl-lab",
            "ln -sf ~/.local/share/kubectl-lab/kubectl-lab ~/.local/bin/",
            "export MANPATH=~/.local/share/kubectl-lab/man:",
            "man kubectl-lab-metallb-install",
        ],
    ),
    (
        "it publishes, or needs the archives of every platform",
        &[
            "git tag v0.1.0 && git push origin v0.1.0",
            "cargo dist-release archives --repository OWNER/REPOSITORY --tag v0.1.0",
            "cosign sign-blob --yes --bundle archives/SHA256SUMS.sigstore.json archives/SHA256SUMS",
            "gh release create v0.1.0 --verify-tag archives/*",
        ],
    ),
    (
        "it asks GitHub; the tests metrics_fix_installs run it with a stand-in for that site",
        &["kubectl lab metrics-fix --install", "kubectl lab metrics-fix --install --version v0.9.0"],
    ),
    (
        "its kubelets have to wait for certificates, and in these sessions they do not: see the tests metrics_fix_secures",
        &["kubectl lab metrics-fix --secure"],
    ),
    (
        "it is for a registry of the lecture hall; the tests metallb_release run it with one that exists",
        &[
            "kubectl lab metallb install --manifest metallb-native.yaml --image-registry registry.lecture-hall.example --pool 172.30.0.200/29",
        ],
    ),
    (
        "it is for a cluster with IPv6, and the test clusters have none: scripted tests of pools have such addresses",
        &["kubectl lab metallb pool add dual 172.30.0.224/29 fd00::100-fd00::10f"],
    ),
    (
        "it is for a shell that is not at hand; what it prints is looked at by the tests of completion",
        &[
            "kubectl lab completion fish | source",
            "kubectl lab completion powershell | Out-String | Invoke-Expression",
            "source <(kubectl lab completion zsh)",
        ],
    ),
];
