fn main() -> std::process::ExitCode {
    digests::main()
}
