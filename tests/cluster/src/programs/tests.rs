use std::fs;
use std::process::Command;
use std::thread;

use super::build::{ensure, key};
use super::recipe::{Build, RECIPES, Recipe};
use super::*;

/// A program small enough to be built in a test.
const GREETING: Recipe = Recipe {
    name: "greeting",
    version: "1",
    files: &[
        ("go.mod", "module greeting\n\ngo 1.26.0\n"),
        ("main.go", "package main\n\nvar name = \"nobody\"\n\nfunc main() { println(name) }\n"),
    ],
    builds: &[Build { package: ".", file: "greeting", program: None }],
    links: &["salute"],
    stamps: &[("main.name", "reader")],
    tags: "",
    cgo: false,
};

fn cache() -> (tempfile::TempDir, Cache) {
    let folder = tempfile::tempdir().unwrap();
    let cache = Cache::at(folder.path().to_owned());
    (folder, cache)
}

#[test]
fn every_program_has_exactly_one_recipe() {
    for program in Program::ALL {
        assert_eq!(RECIPES.iter().filter(|recipe| recipe.makes(program)).count(), 1, "{program:?}");
    }
}

#[test]
fn module_files_name_the_versions_that_the_cluster_says() {
    for recipe in RECIPES {
        let (_, module) = recipe.files.iter().find(|(path, _)| *path == "go.mod").unwrap();
        let wanted = format!(" v{}", recipe.version);
        assert!(module.lines().any(|line| line.trim_end_matches(" // indirect").ends_with(&wanted)), "{}", recipe.name);
    }
}

#[test]
fn stamps_name_the_versions_that_the_cluster_says() {
    for (release, kubernetes) in kubernetes_recipes() {
        let (major_minor, _) = release.version().rsplit_once('.').unwrap();
        for prefix in ["k8s.io/component-base/version", "k8s.io/client-go/pkg/version"] {
            let stamp = |name: &str| {
                let variable = format!("{prefix}.{name}");
                kubernetes.stamps.iter().find(|(stamped, _)| *stamped == variable).unwrap().1
            };
            assert_eq!(stamp("gitVersion"), format!("v{}", release.version()));
            assert_eq!(format!("{}.{}", stamp("gitMajor"), stamp("gitMinor")), major_minor);
        }
    }
}

fn kubernetes_recipes() -> [(Kubernetes, &'static Recipe); 2] {
    Kubernetes::ALL.map(|release| (release, RECIPES.iter().find(|recipe| recipe.makes(release.program())).unwrap()))
}

#[test]
fn minimum_go_is_the_highest_of_all_module_files() {
    let numbers = |version: &str| -> Vec<u32> { version.split('.').map(|part| part.parse().unwrap()).collect() };
    let highest = RECIPES
        .iter()
        .flat_map(|recipe| recipe.files.iter().filter(|(path, _)| path.ends_with("go.mod")))
        .flat_map(|(_, text)| text.lines().filter_map(|line| line.strip_prefix("go ")))
        .max_by_key(|version| numbers(version))
        .unwrap();
    assert_eq!(highest, MINIMUM_GO);
}

#[test]
fn kubernetes_stage_modules_are_all_replaced_by_their_release() {
    let (_folder, cache) = cache();
    let workdir = cache.directory("modules").unwrap();
    for (release, recipe) in kubernetes_recipes() {
        let source = go::module_dir("k8s.io/kubernetes", release.version(), &workdir).unwrap();
        let upstream = fs::read_to_string(source.join("go.mod")).unwrap();
        let (_, ours) = recipe.files.iter().find(|(path, _)| *path == "go.mod").unwrap();
        let number = release.version().strip_prefix("1.").unwrap();
        let staged: Vec<_> = upstream
            .lines()
            .filter(|line| line.contains(" => ./staging/"))
            .filter_map(|line| line.split_whitespace().next())
            .collect();
        assert!(staged.len() > 25, "{staged:?}");
        for module in staged {
            assert!(ours.contains(&format!("\t{module} => {module} v0.{number}\n")), "{module}");
        }
    }
}

#[test]
fn key_changes_with_source_and_toolchain() {
    let changed = Recipe { files: &[("go.mod", "module greeting\n\ngo 1.26.1\n")], ..GREETING };
    let restamped = Recipe { stamps: &[], ..GREETING };
    let plain = key(&GREETING, "go1.26.8");
    assert_eq!(plain, key(&GREETING, "go1.26.8"));
    assert_ne!(plain, key(&GREETING, "go1.27.0"));
    assert_ne!(plain, key(&changed, "go1.26.8"));
    assert_ne!(plain, key(&restamped, "go1.26.8"));
}

#[test]
fn builds_once_and_links_the_other_names() {
    let (_folder, cache) = cache();
    let version = go::version().unwrap();
    let place = ensure(&cache, &GREETING, &version).unwrap();
    let said = Command::new(place.join("salute")).output().unwrap();
    assert_eq!(String::from_utf8(said.stderr).unwrap(), "reader\n");
    let built = fs::metadata(place.join("greeting")).unwrap().modified().unwrap();
    assert_eq!(ensure(&cache, &GREETING, &version).unwrap(), place);
    assert_eq!(fs::metadata(place.join("greeting")).unwrap().modified().unwrap(), built);
}

#[test]
fn two_at_once_make_it_only_once() {
    let (_folder, cache) = cache();
    let version = go::version().unwrap();
    let places: Vec<_> = thread::scope(|scope| {
        let threads: Vec<_> = (0..2).map(|_| scope.spawn(|| ensure(&cache, &GREETING, &version).unwrap())).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert_eq!(places[0], places[1]);
    assert_eq!(fs::read_dir(cache.place("programs")).unwrap().count(), 1);
}

#[test]
fn leftovers_of_a_killed_build_are_no_part_of_the_next() {
    let (_folder, cache) = cache();
    let version = go::version().unwrap();
    let left = cache.workbench(&key(&GREETING, &version)).unwrap().join("finished");
    fs::create_dir_all(&left).unwrap();
    fs::write(left.join("half-a-program"), "…").unwrap();
    let place = ensure(&cache, &GREETING, &version).unwrap();
    assert!(!place.join("half-a-program").exists());
    assert_eq!(fs::read_dir(cache.place("unfinished")).unwrap().count(), 0);
}

#[test]
fn a_failed_build_leaves_nothing_and_shows_what_go_said() {
    const BROKEN: Recipe = Recipe {
        files: &[
            ("go.mod", "module greeting\n\ngo 1.26.0\n"),
            ("main.go", "package main\n\nfunc main() { nothing() }\n"),
        ],
        ..GREETING
    };
    let (_folder, cache) = cache();
    let error = format!("{:#}", ensure(&cache, &BROKEN, &go::version().unwrap()).unwrap_err());
    assert!(error.starts_with("could not build greeting 1: "), "{error}");
    assert!(error.contains("undefined: nothing"), "{error}");
    assert!(!cache.place("programs").exists());
}
