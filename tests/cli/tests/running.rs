use std::time::Duration;

use lab_cli::api::Api;
use lab_cli::run::Run;

fn shell(script: &str) -> Run {
    Run::program("/bin/sh").args(["-c", script])
}

#[test]
fn an_output_is_one_text() {
    let output = shell("echo data; echo talk >&2; printf 'at %s' $HOME; exit 3").run();
    insta::assert_snapshot!(output, @r"
    $ sh -c echo data; echo talk >&2; printf 'at %s' $HOME; exit 3
    -- stdout
    data
    at $HOME⏎ missing
    -- stderr
    talk
    -- exit code 3
    ");
}

#[test]
fn nothing_of_this_machine_shows() {
    let api = Api::start();
    let output = shell("/usr/bin/env | /usr/bin/sort | /bin/grep -v -e ^PATH= -e ^_= -e SHLVL")
        .against(&api)
        .env("LAB_X", "1")
        .run();
    insta::assert_snapshot!(output.stdout, @r"
    COLUMNS=100
    HOME=$HOME
    KUBECONFIG=$HOME/.kube/config
    LAB_X=1
    LANG=C.UTF-8
    PWD=$HOME
    TMPDIR=$HOME/tmp
    TZ=UTC
    ");
    let config = shell("while read line; do echo \"$line\"; done < $KUBECONFIG").against(&api).run();
    assert!(config.stdout.contains("server: 'http://127.0.0.1:$PORT'"), "{config}");
}

#[test]
fn a_program_can_be_interrupted() {
    let running = shell("trap 'echo tidy; exit 130' INT; echo ready; while :; do read _ < /dev/null; done").start();
    // The trap must be set before the signal comes.
    std::thread::sleep(Duration::from_millis(200));
    running.interrupt();
    let output = running.wait();
    assert_eq!((output.stdout.as_str(), output.code), ("ready\ntidy\n", Some(130)));
}

#[test]
#[should_panic(expected = "was not done after")]
fn a_program_that_hangs_is_a_failure() {
    drop(shell("echo before; while :; do read _ < /dev/null; done").limit(Duration::from_millis(200)).run());
}

#[test]
fn a_prompt_is_answered_in_a_terminal() {
    let mut terminal =
        shell("printf 'sure? '; read answer; [ -t 0 ] && [ -t 1 ] && [ -t 2 ] && echo \"you said $answer\"; exit 4")
            .in_terminal();
    terminal.expect("sure? ");
    terminal.types("yes\r");
    let output = terminal.wait();
    assert_eq!((output.stdout.as_str(), output.code), ("sure? yes\nyou said yes\n", Some(4)));
}

#[test]
fn control_c_reaches_a_program_in_a_terminal() {
    let mut terminal =
        shell("trap 'echo tidy; exit 130' INT; echo ready; while :; do read _ < /dev/null; done").in_terminal();
    terminal.expect("ready");
    terminal.interrupt();
    assert_eq!(terminal.wait().code, Some(130));
}
