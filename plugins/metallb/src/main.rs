fn main() -> std::process::ExitCode {
    lab::Group::main(metallb::group)
}
