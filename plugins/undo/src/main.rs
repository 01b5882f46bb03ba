fn main() -> std::process::ExitCode {
    lab::main::<undo::Undo>()
}
