#![allow(clippy::print_stdout)]
fn main() -> anyhow::Result<()> {
    let started = std::time::Instant::now();
    let programs = lab_cluster::programs::ensure(&lab_cluster::programs::Program::ALL)?;
    println!("{} {:?}", programs.digest(), started.elapsed());
    println!("{:?} {:?}", lab_cluster::images::pause(&programs)?, started.elapsed());
    let images = lab_cluster::images::for_cluster(&programs)?;
    println!("{:?}", started.elapsed());
    lab_cluster::registry::fill(&programs, "127.0.0.1:5077", &[], &images)?;
    println!("{:?}", started.elapsed());
    lab_cluster::registry::fill(
        &programs,
        "127.0.0.1:5077",
        &["nsenter".into(), "--net=/proc/self/ns/net".into()],
        &images,
    )?;
    println!("{:?}", started.elapsed());
    Ok(())
}
