fn main() -> std::process::ExitCode {
    lab::observe::main::<traffic::Traffic>()
}
