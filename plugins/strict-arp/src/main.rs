fn main() -> std::process::ExitCode {
    lab::main::<strict_arp::StrictArp>()
}
