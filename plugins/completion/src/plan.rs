//! What to write and what to remove, given what is there. Nothing left to do is the proof.

use std::path::Path;

use lab::local::{FilePlan, FileStep, quoted};
use lab_plan::Refusal;

use crate::args::{Args, Wish};
use crate::facts::{Facts, Present};
use crate::file::{is_ours, of_kubectl_lab, of_verb};

pub fn plan(args: &Args, facts: &Facts) -> Option<FilePlan> {
    Some(match (args.wish(), &facts.folder) {
        (Wish::Print(_), _) => return None,
        (Wish::Install, _) if cfg!(windows) => refused(not_on_windows()),
        (_, None) => refused(nowhere()),
        (Wish::Install, Some(folder)) => install(folder, facts),
        (Wish::Uninstall, Some(folder)) => uninstall(folder, facts),
    })
}

fn refused(refusal: Refusal) -> FilePlan {
    FilePlan { refusals: vec![refusal], ..FilePlan::default() }
}

fn not_on_windows() -> Refusal {
    Refusal::cannot_mend("on Windows kubectl looks for programs, and no such files are made for it yet")
        .hint("for kubectl-lab with a dash: kubectl lab completion powershell | Out-String | Invoke-Expression")
}

fn nowhere() -> Refusal {
    Refusal::cannot_mend("kubectl-lab is in no folder of PATH, so there is none in which kubectl would find the files")
        .hint("put kubectl-lab on PATH, or name a folder that is: --dir FOLDER")
}

fn install(folder: &Path, facts: &Facts) -> FilePlan {
    let mut plan = FilePlan::default();
    let wanted: Vec<_> =
        std::iter::once(of_kubectl_lab()).chain(facts.verbs.iter().map(|verb| of_verb(verb))).collect();
    for script in &wanted {
        let path = folder.join(&script.name);
        match facts.named(&script.name) {
            None => plan.steps.push(FileStep { path, before: None, after: Some(script.text.clone()) }),
            Some(present) if present.text.as_ref() == Some(&script.text) => {}
            Some(Present { text: Some(text), .. }) if is_ours(text) => {
                plan.steps.push(FileStep { path, before: Some(text.clone()), after: Some(script.text.clone()) });
            }
            Some(_) => plan.refusals.push(foreign(&path)),
        }
    }
    let is_wanted = |present: &&Present| wanted.iter().any(|script| script.name == present.name);
    plan.steps
        .extend(facts.present.iter().filter(|present| !is_wanted(present)).filter_map(|file| removal(folder, file)));
    if !facts.is_on_path {
        plan.notes.push(format!("{} is not on PATH, so kubectl does not find what is in it", folder.display()));
    }
    plan
}

fn uninstall(folder: &Path, facts: &Facts) -> FilePlan {
    let others = facts.present.iter().filter(|file| !file.text.as_deref().is_some_and(is_ours));
    FilePlan {
        steps: facts.present.iter().filter_map(|file| removal(folder, file)).collect(),
        notes: others
            .map(|file| format!("left alone, for it is not ours: {}", folder.join(&file.name).display()))
            .collect(),
        ..FilePlan::default()
    }
}

fn removal(folder: &Path, file: &Present) -> Option<FileStep> {
    let text = file.text.clone().filter(|text| is_ours(text))?;
    Some(FileStep { path: folder.join(&file.name), before: Some(text), after: None })
}

fn foreign(path: &Path) -> Refusal {
    let shown = path.display().to_string();
    Refusal::refused(format!("{shown} is there, and is not ours"), None)
        .hint(format!("look at it: head {}", quoted(&shown)))
        .hint("if nobody needs it, remove it and run this again")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::args::{Action, Where};

    fn args(action: fn(Where) -> Action) -> Args {
        Args { action: action(Where::default()) }
    }

    /// What is planned for these files.
    fn planned(action: fn(Where) -> Action, facts: &Facts) -> FilePlan {
        plan(&args(action), facts).expect("it is about files")
    }

    fn facts(verbs: &[&str], present: &[(&str, Option<&str>)]) -> Facts {
        let present =
            present.iter().map(|(name, text)| Present { name: (*name).into(), text: text.map(str::to_owned) });
        Facts {
            folder: Some("/bin".into()),
            is_on_path: true,
            verbs: verbs.iter().map(|verb| (*verb).to_owned()).collect(),
            present: present.collect(),
        }
    }

    /// `+` is written, `~` replaced, `-` removed.
    fn told(plan: &FilePlan) -> Vec<String> {
        let mark = |step: &FileStep| match (&step.before, &step.after) {
            (None, _) => '+',
            (Some(_), Some(_)) => '~',
            (Some(_), None) => '-',
        };
        plan.steps.iter().map(|step| format!("{}{}", mark(step), step.path.display())).collect()
    }

    fn ours() -> String {
        of_verb("gone").text
    }

    #[test]
    fn what_is_missing_is_written_and_what_is_there_is_left() {
        let plan = |facts: &Facts| planned(Action::Install, facts);
        let bare = plan(&facts(&["metrics-fix"], &[]));
        assert_eq!(told(&bare), ["+/bin/kubectl_complete-lab", "+/bin/kubectl_complete-lab-metrics_fix"]);
        let first = of_kubectl_lab();
        let half = facts(&["probe"], &[(&first.name, Some(&first.text))]);
        assert_eq!(told(&plan(&half)), ["+/bin/kubectl_complete-lab-probe"]);
        let second = of_verb("probe");
        let all = facts(&["probe"], &[(&first.name, Some(&first.text)), (&second.name, Some(&second.text))]);
        assert_eq!(plan(&all), FilePlan::default());
    }

    #[test]
    fn our_older_files_are_renewed_and_those_of_verbs_that_are_gone_removed() {
        let plan = planned(
            Action::Install,
            &facts(&[], &[("kubectl_complete-lab", Some(&ours())), ("kubectl_complete-lab-gone", Some(&ours()))]),
        );
        assert_eq!(told(&plan), ["~/bin/kubectl_complete-lab", "-/bin/kubectl_complete-lab-gone"]);
    }

    #[test]
    fn files_of_others_are_never_touched() {
        let foreign = [
            ("kubectl_complete-lab", Some("#!/bin/sh\n")),
            ("kubectl_complete-lab-a", None),
            ("kubectl_complete-lab-b", None),
        ];
        let install = planned(Action::Install, &facts(&["a"], &foreign));
        let reasons: Vec<&str> = install.refusals.iter().map(|refusal| refusal.reason.as_str()).collect();
        assert_eq!(
            reasons,
            [
                "/bin/kubectl_complete-lab is there, and is not ours",
                "/bin/kubectl_complete-lab-a is there, and is not ours"
            ]
        );
        assert!(install.steps.is_empty());
        let uninstall = planned(Action::Uninstall, &facts(&[], &foreign));
        assert_eq!((uninstall.steps.len(), uninstall.notes.len()), (0, 3));
    }

    #[test]
    fn uninstall_removes_every_file_of_ours() {
        let present = [("kubectl_complete-lab", Some(ours())), ("kubectl_complete-lab-x", Some(ours()))];
        let present = present.each_ref().map(|(name, text)| (*name, text.as_deref()));
        let plan = planned(Action::Uninstall, &facts(&[], &present));
        assert_eq!(told(&plan), ["-/bin/kubectl_complete-lab", "-/bin/kubectl_complete-lab-x"]);
    }

    #[test]
    fn without_a_folder_nothing_can_be_done() {
        for action in [Action::Install, Action::Uninstall] {
            let plan = planned(action, &Facts::default());
            assert_eq!((plan.steps.len(), plan.refusals.len()), (0, 1));
        }
    }
}
