//! The pods that ask: what they run.

use std::time::Duration;

use lab::temporary::TemporaryJob;

use crate::args::{Args, From};
use crate::asked::Asked;
use crate::facts::Facts;
use crate::place::Place;

/// Each request is one line: its number, when it began and ended (hundredths of seconds since the node started), how it ended, and
/// the beginning of what was said, on one line. After ten requests in a row without an answer no more is learned.
const FRESH: &str = r#"
set -o pipefail
url=$1 patience=$2 count=$3 pause=$4 mark=$5 lanes=$6; shift 6
ask() {
  i=$lane none=0
  while [ "$i" -le "$count" ]; do
    if [ "$none" -ge 10 ]; then echo "skipped $i"; i=$((i + lanes)); continue; fi
    read -r from _ </proc/uptime
    said=$(timeout "$patience" wget -Y off -q -O - -U "$mark$i" "$@" "$url" 2>&1 | tr -c ' -~' ' ' | {
      IFS= read -r -n 1000 text; printf %s "$text"; [ ${#text} -lt 1000 ] || cat >/dev/null; })
    code=$?
    read -r to _ </proc/uptime
    echo "answer $i $from $to $code $said"
    case $code in 124|137|143) none=$((none + 1)) ;; *) none=0 ;; esac
    i=$((i + lanes))
    [ "$pause" = 0 ] || sleep "$pause"
  done
}
echo begin
lane=1
while [ "$lane" -le "$lanes" ]; do ask "$@" & lane=$((lane + 1)); done
wait
exit 0"#;

/// All requests are sent over one connection, and what comes back is written as it is. The last request asks the server to close.
const KEPT: &str = r#"
host=$1 port=$2 count=$3 path=$4 mark=$5 name=$6 patience=$7; shift 7
more=; for header in "$@"; do more="$more$header
"; done
mkfifo /tmp/requests || exit 1
{
  i=1
  while [ "$i" -le "$count" ]; do
    printf 'GET %s HTTP/1.1\r\nHost: %s\r\nUser-Agent: %s%s\r\n' "$path" "$name" "$mark" "$i"
    printf '%s' "$more" | while IFS= read -r header; do printf '%s\r\n' "$header"; done
    [ "$i" -lt "$count" ] || printf 'Connection: close\r\n'
    printf '\r\n'
    i=$((i + 1))
  done
  sleep "$patience"
} >/tmp/requests & feeder=$!
echo begin
nc "$host" "$port" </tmp/requests 2>&1 | tr -c ' -~\n' ' '
kill "$feeder" 2>/dev/null
exit 0"#;

/// How a request names itself to the server, before its number.
pub fn mark(run: &str, place: usize) -> String {
    format!("kubectl-lab-probe/{run}.{place}.")
}

/// The Job that asks from a pod or a node.
pub fn job(args: &Args, facts: &Facts, number: usize, place: &Place, asked: &Asked) -> TemporaryJob {
    let purpose = format!("probe-{number}");
    let script = if place.keep_alive { KEPT } else { FRESH };
    let mut job = TemporaryJob::new(&facts.run, &facts.namespace, &purpose, script)
        .about(number.to_string())
        .image(&args.image)
        .within(longest(args))
        .cpu_limit("500m");
    job = match place.keep_alive {
        true => job.args(kept(args, facts, number, asked)).with_scratch(),
        false => job.args(fresh(args, facts, number, asked)),
    };
    if let Some(node) = &place.node {
        job = job.on_node(node);
    }
    if place.from == From::Node { job.on_host_network() } else { job }
}

fn fresh(args: &Args, facts: &Facts, number: usize, asked: &Asked) -> Vec<String> {
    let mut words = vec![
        asked.url(),
        seconds(args.patience),
        args.count.to_string(),
        seconds(args.interval),
        mark(&facts.run, number),
        args.parallel.min(args.count).to_string(),
    ];
    words.extend(args.header.iter().flat_map(|(name, value)| ["--header".to_owned(), format!("{name}: {value}")]));
    if asked.https {
        words.push("--no-check-certificate".into());
    }
    words
}

fn kept(args: &Args, facts: &Facts, number: usize, asked: &Asked) -> Vec<String> {
    let is_host = |(name, _): &&(String, String)| name.eq_ignore_ascii_case("host");
    let host = args.header.iter().find(is_host).map_or_else(|| asked.host.clone(), |(_, value)| value.clone());
    let mut words = vec![
        asked.host.clone(),
        asked.port.to_string(),
        args.count.to_string(),
        asked.path.clone(),
        mark(&facts.run, number),
        host,
        seconds(args.patience),
    ];
    let others = args.header.iter().filter(|header| !is_host(header));
    words.extend(others.map(|(name, value)| format!("{name}: {value}")));
    words
}

/// As sleep and timeout of busybox take it.
fn seconds(duration: Duration) -> String {
    match duration.subsec_millis() {
        0 => duration.as_secs().to_string(),
        millis => format!("{}.{millis:03}", duration.as_secs()),
    }
}

/// Room for every request to take a quarter of the patience, and for those ten that may get no answer. What takes longer than that is worth a
/// word while the run's own time is not over.
fn longest(args: &Args) -> Duration {
    const START: Duration = Duration::from_secs(60);
    const DAY: Duration = Duration::from_secs(24 * 3600);
    let requests = (args.interval + args.patience / 4).saturating_mul(args.count.div_ceil(args.parallel.max(1)));
    START.saturating_add(requests).saturating_add(args.patience.saturating_mul(12)).min(DAY)
}
