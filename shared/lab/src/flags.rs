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

/// How a run is conducted. What has no meaning for a verb cannot be typed there, and is as by default.
#[derive(Clone, Debug, Default)]
pub struct Conduct {
    pub plan: Planning,
    pub allowance: Allowance,
    pub outcome: Outcome,
}

const PLAN: &str = "Plan";

/// How a plan is shown and asked about, where there is one.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = PLAN)]
pub struct Planning {
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
    /// Do not ask before changing what others share
    #[arg(short, long)]
    pub yes: bool,
}

/// What is done although something speaks against it, where there is such a thing.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = PLAN)]
pub struct Allowance {
    /// Go ahead where a refusal names this code; can be repeated
    #[arg(long, value_name = "CODE")]
    pub allow: Vec<String>,
}

/// What comes out at the end, and when that is at the latest.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Output")]
pub struct Outcome {
    /// Format of the report on stdout
    #[arg(short, long, value_name = "FORMAT", value_enum, default_value_t)]
    pub output: Format,
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
    /// Only of reports that are tables of numbers.
    Csv,
}

/// A duration as kubectl takes it: `0`, or numbers with units (`90s`, `1m30s`).
pub fn duration(text: &str) -> Result<Duration, String> {
    if text == "0" {
        return Ok(Duration::ZERO);
    }
    humantime::parse_duration(text).map_err(|error| format!("{error}; write it like 90s or 1m30s"))
}

/// A name as objects have it, so that nothing typed becomes part of a path.
pub fn object_name(text: &str) -> Result<String, String> {
    let fine = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '.');
    let ends = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    match text.starts_with(ends) && text.ends_with(ends) && text.chars().all(fine) && text.len() <= 253 {
        true => Ok(text.to_owned()),
        false => Err(format!("{text:?} is no name of an object")),
    }
}
