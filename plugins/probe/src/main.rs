fn main() -> std::process::ExitCode {
    lab::observe::main::<probe::Probe>()
}
