fn main() -> std::process::ExitCode {
    lab::main::<metrics_fix::MetricsFix>()
}
