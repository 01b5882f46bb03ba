//! A verb for the tests, compiled by them. What it answers to `-h`, `__version` or `--version` lies beside it in a hidden file named
//! like itself and the word; it notes every question in `.asked`. Anything else it prints, one argument a line.

use std::io::Write;
use std::{env, fs, process, thread, time};

fn main() {
    let exe = env::current_exe().unwrap();
    let name = exe.file_name().unwrap().to_str().unwrap().to_owned();
    let beside = |what: &str| exe.with_file_name(format!(".{name}{what}"));
    let args: Vec<_> = env::args_os().skip(1).collect();
    match args.first().and_then(|word| word.to_str()) {
        Some(question @ ("-h" | "__version" | "--version")) => {
            let mut asked = fs::File::options().create(true).append(true).open(beside(".asked")).unwrap();
            writeln!(asked, "{question} {}", process::id()).unwrap();
            let Ok(answer) = fs::read_to_string(beside(question)) else { process::exit(2) };
            if answer == "HANG" {
                thread::sleep(time::Duration::from_secs(600));
            }
            print!("{answer}");
        }
        _ => {
            println!("{name}");
            args.iter().for_each(|word| println!("{word:?}"));
        }
    }
}
