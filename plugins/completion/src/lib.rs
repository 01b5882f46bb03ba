//! `kubectl lab completion`: makes known to kubectl, and to a shell, whom to ask when TAB is pressed. What is offered, the programs
//! themselves say, by their hidden word `__complete`.

mod args;
mod facts;
mod file;
mod gather;
mod plan;
mod report;
mod script;

use lab::local::{FilePlan, Local};
use lab::{Result, local};

pub use file::{HELLO, of_kubectl_lab, of_verb};
pub use script::Shell;

pub struct Completion;

impl Local for Completion {
    const NAME: &'static str = "completion";
    const ABOUT: &'static str = "Let TAB complete kubectl lab: verbs, flags, and what the cluster has";

    type Args = args::Args;
    type Facts = facts::Facts;

    fn conduct(args: &args::Args) -> local::Conduct {
        args.conduct()
    }

    fn gather(args: &args::Args) -> Result<facts::Facts> {
        gather::gather(args)
    }

    fn plan(args: &args::Args, facts: &facts::Facts) -> Option<FilePlan> {
        plan::plan(args, facts)
    }

    fn report(args: &args::Args, facts: &facts::Facts) -> String {
        report::report(args, facts)
    }
}
