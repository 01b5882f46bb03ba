fn main() -> std::process::ExitCode {
    lab::local::main::<completion::Completion>()
}
