fn main() -> std::process::ExitCode {
    metallb::group().main()
}
