//! The flags that every verb has: kubectl's own for the connection, and ours for how a plan is carried out.
//! A flag that kubectl has means here what it means there.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueEnum};

/// How to reach the cluster, in kubectl's words. The short help shows those that are used every day.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Connection (as in kubectl)")]
pub struct Connection {
    /// Path to the kubeconfig file to use
    #[arg(long, value_name = "FILE", global = true)]
    pub kubeconfig: Option<PathBuf>,
    /// Name of the kubeconfig context to use
    #[arg(long, value_name = "NAME", global = true)]
    pub context: Option<String>,
    /// Name of the kubeconfig cluster to use
    #[arg(long, value_name = "NAME", global = true, hide_short_help = true)]
    pub cluster: Option<String>,
    /// Name of the kubeconfig user to use
    #[arg(long, value_name = "NAME", global = true, hide_short_help = true)]
    pub user: Option<String>,
    /// Namespace to work in
    #[arg(short, long, value_name = "NAME", global = true)]
    pub namespace: Option<String>,
    /// Address and port of the Kubernetes API server
    #[arg(short, long, value_name = "URL", global = true, hide_short_help = true)]
    pub server: Option<String>,
    /// Bearer token for authentication to the API server
    #[arg(long, value_name = "TOKEN", global = true, hide_env_values = true, hide_short_help = true)]
    pub token: Option<String>,
    /// Do not check the API server's certificate; the connection is then insecure
    #[arg(long, global = true, hide_short_help = true)]
    pub insecure_skip_tls_verify: bool,
    /// User to impersonate
    #[arg(long = "as", value_name = "USER", global = true, hide_short_help = true)]
    pub impersonate: Option<String>,
    /// Group to impersonate; can be repeated
    #[arg(long = "as-group", value_name = "GROUP", global = true, hide_short_help = true)]
    pub impersonate_group: Vec<String>,
    /// UID to impersonate
    #[arg(long = "as-uid", value_name = "UID", global = true, hide_short_help = true)]
    pub impersonate_uid: Option<String>,
    /// Longest time for a single request, such as 5s or 1m; 0 means no limit
    #[arg(long, value_name = "DURATION", default_value = "5s", value_parser = duration, global = true, hide_short_help = true)]
    pub request_timeout: Duration,
}

/// How a plan is shown, asked about and carried out.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Plan and output")]
pub struct Conduct {
    /// Show what would be done and stop; with "server", let the API server check every change
    #[arg(
        long,
        value_name = "none|client|server",
        value_enum,
        default_value_t,
        require_equals = true,
        hide_possible_values = true
    )]
    pub dry_run: DryRun,
    /// Show the changes as a diff of the objects
    #[arg(long)]
    pub diff: bool,
    /// Format of the report on stdout
    #[arg(short, long, value_name = "FORMAT", value_enum, default_value_t)]
    pub output: Format,
    /// Do not ask before changing what others share
    #[arg(short, long)]
    pub yes: bool,
    /// Go ahead where a refusal names this code; can be repeated
    #[arg(long, value_name = "CODE")]
    pub allow: Vec<String>,
    /// Longest time for the whole command, such as 90s or 5m
    #[arg(long, value_name = "DURATION", default_value = "5m", value_parser = duration)]
    pub timeout: Duration,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum DryRun {
    #[default]
    None,
    Client,
    Server,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Format {
    #[default]
    Table,
    Wide,
    Json,
    Yaml,
}

/// A duration as kubectl takes it: `0`, or numbers with units (`90s`, `1m30s`).
pub fn duration(text: &str) -> Result<Duration, String> {
    if text == "0" {
        return Ok(Duration::ZERO);
    }
    humantime::parse_duration(text).map_err(|error| format!("{error}; write it like 90s or 1m30s"))
}
