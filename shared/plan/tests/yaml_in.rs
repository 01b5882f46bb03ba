//! What holds for an edit inside a YAML text, on generated documents: it changes one value and no other byte, and it
//! can be taken back to the very same bytes.

use lab_plan::{Change, Path, Place, State, Target, patch, put, yaml_edit, yaml_value};
use proptest::prelude::*;
use serde_json::{Value, json};

fn path() -> Path {
    "ipvs.strictARP".parse().expect("a path")
}

/// A line of a document or a group of them, indented from the left margin.
fn neighbour() -> impl Strategy<Value = String> {
    prop::sample::select(vec![
        "apiVersion: kubeproxy.config.k8s.io/v1alpha1",
        "bindAddress: 0.0.0.0 # everywhere",
        "clusterCIDR: \"\"",
        "# strictARP: false",
        "",
        "conntrack:\n  max: null\n  # per core\n  min: 131072",
        "conntrack: {max: null, 'strictARP': false}",
        "featureGates: {}",
        "kind: KubeProxyConfiguration",
        "list:\n- strictARP: true\n- ipvs: {strictARP: true}",
        "logging: &log\n  format: text",
        "mode: 'ipvs'",
        "motd: |-\n  ipvs:\n    strictARP: false\n\n  # end",
        "motd: |+\n  kept\n\n",
        "nodePortAddresses: [a,\n  b]",
        "note: >\n  folded\n  text",
        "oomScoreAdj:",
        "quoted: \"a # b: {c}\"",
        "plain: over\n  two lines",
        "ünïcode: \"ü — 漢字\"",
        "winkernel:\n  enableDSR: false\n  sourceVip: \"\"",
        "zz: ~   ",
    ])
    .prop_map(str::to_owned)
}

fn value() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec!["false", "true", "False", "\"false\"", "'true'", "no", "on", "null", "~", "\"\"", "0"])
}

fn trailing() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec!["", "", " ", " # why", "\t# tab"])
}

/// The part that holds our key, in all its shapes.
fn ours() -> impl Strategy<Value = Option<String>> {
    let inside = prop::collection::vec(
        prop::sample::select(vec![
            "scheduler: rr",
            "minSyncPeriod: 0s",
            "syncPeriod: 30s # s",
            "# note",
            "",
            "tcpTimeout: \"\"",
        ]),
        0..4,
    );
    (0..12_u8, value(), trailing(), inside, 1..5_usize, any::<prop::sample::Index>()).prop_map(
        |(shape, value, trailing, mut inside, indent, at)| {
            inside.sort_unstable();
            inside.dedup();
            let pad = " ".repeat(indent);
            let block = |lines: &[String]| {
                format!("ipvs:{trailing}\n{}", lines.iter().map(|line| format!("{pad}{line}\n")).collect::<String>())
            };
            let mut lines: Vec<String> = inside.iter().map(|line| (*line).to_owned()).collect();
            let pairs: Vec<&&str> = inside.iter().filter(|line| line.contains(':') && !line.contains('#')).collect();
            let flow = |inner: &str| format!("ipvs: {{{inner}}}{trailing}\n");
            let joined = pairs.iter().map(|pair| **pair).collect::<Vec<_>>().join(", ");
            Some(match shape {
                0..=4 => {
                    lines.insert(at.index(lines.len() + 1), format!("strictARP: {value}{trailing}"));
                    block(&lines)
                }
                5 => {
                    lines.push("scheduler2: lc".into());
                    block(&lines)
                }
                6 => flow(&joined),
                7 => flow(&format!("strictARP: {value}{}{joined}", if joined.is_empty() { "" } else { ", " })),
                8 => format!("ipvs:{trailing}\n"),
                9 => format!("ipvs: null{trailing}\n"),
                10 => format!("ipvs: ~{trailing}\n"),
                _ => return None,
            })
        },
    )
}

/// A document with our key at any place, or without it.
fn document() -> impl Strategy<Value = String> {
    (
        prop::collection::vec(neighbour(), 0..7),
        ours(),
        any::<prop::sample::Index>(),
        (any::<bool>(), prop::sample::select(vec!["", "", "---\n", "# head\n---\n", "\u{feff}", "%YAML 1.1\n---\n"])),
        prop::sample::select(vec!["", "", "...\n", "# the end\n", "\n\n"]),
        any::<bool>(),
    )
        .prop_map(|(mut parts, ours, at, (crlf, head), tail, cut)| {
            parts.sort_unstable();
            parts.dedup_by_key(|part| part.split(':').next().map(str::to_owned));
            let mut parts: Vec<String> = parts.into_iter().map(|part| format!("{part}\n")).collect();
            if let Some(ours) = ours {
                parts.insert(at.index(parts.len() + 1), ours);
            }
            let mut text = format!("{head}{}{tail}", parts.concat());
            if cut {
                text.truncate(text.trim_end_matches('\n').len());
            }
            if crlf { text.replace('\n', "\r\n") } else { text }
        })
}

fn without(mut value: Value) -> Value {
    if let Some(map) = value.as_object_mut() {
        if let Some(ipvs) = map.get_mut("ipvs").and_then(Value::as_object_mut) {
            ipvs.remove("strictARP");
        }
        if map.get("ipvs").is_none_or(|ipvs| ipvs.is_null() || *ipvs == json!({})) {
            map.remove("ipvs");
        }
    }
    value
}

fn parsed(text: &str) -> Value {
    serde_saphyr::from_str(text).expect("it parses")
}

fn config_map(text: &str) -> Value {
    json!({ "metadata": { "uid": "u" }, "data": { "config.conf": text, "other": "theirs" } })
}

fn change(text: &str, after: Option<Value>) -> Result<Change, lab_plan::YamlError> {
    let target = Target::namespaced("v1", "ConfigMap", "kube-system", "kube-proxy");
    Change::yaml_in(target, &config_map(text), Path::default().key("data").key("config.conf"), path(), after)
}

fn text_of(object: &Value) -> &str {
    object.pointer("/data/config.conf").and_then(Value::as_str).expect("a text")
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, max_global_rejects: 100_000, ..ProptestConfig::default() })]

    #[test]
    fn an_edit_changes_one_value_and_no_other_byte(text in document(), on in any::<bool>()) {
        // Some mixtures are no valid YAML, or no map; those are refused, which the tables test.
        let Ok(before) = yaml_value(&text, &path()) else { return Err(TestCaseError::reject("not readable")) };
        let after = json!(on);
        let edited = yaml_edit(&text, &path(), Some(&after), None)
            .map_err(|error| TestCaseError::fail(format!("{error}: {text:?}")))?;
        prop_assert_eq!(yaml_value(&edited.text, &path()), Ok(Some(after)));
        prop_assert_eq!(without(parsed(&edited.text)), without(parsed(&text)));
        // What the comparison of values cannot see: every byte outside the span.
        let (start, old_end) = (edited.at, edited.at + edited.splice.old.len());
        let new_end = start + edited.splice.new.len();
        prop_assert_eq!(&edited.text[..start], &text[..start]);
        prop_assert_eq!(&edited.text[new_end..], &text[old_end..]);
        prop_assert_eq!(&text[start..old_end], &edited.splice.old);
        if before.is_none() {
            prop_assert!(edited.splice.old.trim().len() <= 4, "took away {:?}", edited.splice.old);
        }
    }

    #[test]
    fn taking_it_back_gives_the_very_same_bytes(text in document(), on in any::<bool>()) {
        let Ok(change) = change(&text, Some(json!(on))) else { return Err(TestCaseError::reject("not readable")) };
        let object = config_map(&text);
        prop_assert_eq!(change.state(Some(&object)), State::Before);
        let changed = put([&change], &object).expect("it can be made");
        let expected = if change.before == change.after { State::Before } else { State::After };
        prop_assert_eq!(change.state(Some(&changed)), expected);
        let back = put([&change.inverse()], &changed).expect("it can be taken back");
        prop_assert_eq!(text_of(&back), &text);
        let json = serde_json::to_string(&change).expect("it serialises");
        prop_assert_eq!(serde_json::from_str::<Change>(&json).expect("it parses"), change);
    }

    #[test]
    fn later_edits_of_others_in_the_same_text_stay(text in document(), on in any::<bool>()) {
        let Ok(change) = change(&text, Some(json!(on))) else { return Err(TestCaseError::reject("not readable")) };
        prop_assume!(change.before != change.after);
        let theirs = |text: &str| format!("zzz: theirs{}{text}", if text.contains("\r\n") { "\r\n" } else { "\n" });
        prop_assume!(!text.starts_with(['-', '%', '#', '\u{feff}']) && !text.contains("..."));
        prop_assume!(yaml_value(&theirs(&text), &path()).is_ok());
        let mut changed = put([&change], &config_map(&text)).expect("it can be made");
        changed["data"]["config.conf"] = json!(theirs(text_of(&changed)));
        changed["data"]["other"] = json!("theirs, too");
        let back = put([&change.inverse()], &changed).expect("it can be taken back");
        prop_assert_eq!(text_of(&back), theirs(&text));
        prop_assert_eq!(&back["data"]["other"], "theirs, too");
    }

    #[test]
    fn a_text_that_was_changed_meanwhile_is_not_overwritten(text in document()) {
        let Ok(change) = change(&text, Some(json!(true))) else { return Err(TestCaseError::reject("not readable")) };
        prop_assume!(change.before != change.after);
        let patch = patch([&change], &config_map(&text)).expect("it can be made");
        let mut live = config_map(&format!("{text}\n# theirs"));
        prop_assert!(json_patch::patch(&mut live, &patch).is_err());
    }

    #[test]
    fn no_text_makes_it_panic(text in "[a-z:{}\\[\\]\"'#&*!|>%@\\-?, \t\r\n~<é]{0,60}", on in any::<bool>()) {
        if let Ok(edited) = yaml_edit(&text, &path(), Some(&json!(on)), None) {
            prop_assert_eq!(yaml_value(&edited.text, &path()), Ok(Some(json!(on))));
        }
    }
}

#[test]
fn most_generated_documents_are_edited_and_not_refused() {
    use proptest::strategy::ValueTree as _;
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let mut edited = 0;
    for _ in 0..2000 {
        let text = document().new_tree(&mut runner).expect("a document").current();
        edited += u32::from(yaml_edit(&text, &path(), Some(&json!(true)), None).is_ok());
    }
    assert!(edited > 1700, "only {edited} of 2000");
}

fn edit(text: &str) -> String {
    match yaml_edit(text, &path(), Some(&json!(true)), None) {
        Ok(edited) => edited.text,
        Err(error) => format!("refused: {error}"),
    }
}

#[test]
fn each_shape_is_edited_where_it_stands() {
    for (before, after) in [
        ("a: 1\nipvs:\n  strictARP: false # c\n", "a: 1\nipvs:\n  strictARP: true # c\n"),
        ("ipvs:\n  strictARP: \"false\"\n", "ipvs:\n  strictARP: true\n"),
        ("ipvs: {}\n", "ipvs: {strictARP: true}\n"),
        ("ipvs: null # none\n", "ipvs: {strictARP: true} # none\n"),
        ("ipvs:\nmode: ipvs\n", "ipvs: {strictARP: true}\nmode: ipvs\n"),
        ("ipvs: # none\nmode: ipvs\n", "ipvs: {strictARP: true} # none\nmode: ipvs\n"),
        ("ipvs: {scheduler: \"\"}", "ipvs: {strictARP: true, scheduler: \"\"}"),
        ("ipvs: {scheduler: \"\", syncPeriod: 0s}", "ipvs: {scheduler: \"\", strictARP: true, syncPeriod: 0s}"),
        ("{\"a\": 1}", "{\"ipvs\": {\"strictARP\": true}, \"a\": 1}"),
        ("{\n  \"ipvs\": {}\n}\n", "{\n  \"ipvs\": {\"strictARP\": true}\n}\n"),
        ("a: 1\n# about kind\nkind: x", "a: 1\nipvs:\n  strictARP: true\n# about kind\nkind: x"),
        ("a:\r\n    b: 1\r\n", "ipvs:\r\n    strictARP: true\r\na:\r\n    b: 1\r\n"),
        ("ipvs:\n      scheduler: rr", "ipvs:\n      strictARP: true\n      scheduler: rr"),
        ("ipvs : \n  strictARP :\n", "ipvs : \n  strictARP : true\n"),
        ("ipvs:\n  strictARP:\n", "ipvs:\n  strictARP: true\n"),
        ("x: &f false\nipvs:\n  strictARP: *f\n", "x: &f false\nipvs:\n  strictARP: true\n"),
        ("{}", "{ipvs: {strictARP: true}}"),
    ] {
        assert_eq!(edit(before), after, "{before:?}");
    }
}

#[test]
fn what_cannot_be_edited_safely_is_refused_with_the_reason() {
    for (text, reason) in [
        ("", "it is empty"),
        ("# nothing\n", "it is empty"),
        ("null\n", "it is empty"),
        ("---\na: 1\n---\nb: 1\n", "it holds 2 YAML documents, and it is not clear which one counts"),
        ("- a\n", "the document is a list, not a map"),
        ("just text\n", "the document is a plain value, not a map"),
        ("ipvs: on\n", "ipvs is a plain value, not a map"),
        ("ipvs: [strictARP]\n", "ipvs is a list, not a map"),
        ("ipvs:\n  strictARP: [a]\n", "ipvs.strictARP is a list, not a plain value"),
        ("base: &b {strictARP: false}\nipvs: *b\n", "ipvs is an alias; a change there would change other places too"),
        ("base: &b {a: 1}\nipvs:\n  <<: *b\n", "ipvs takes keys over from elsewhere with <<"),
        (
            "ipvs:\n  strictARP: &v false\nother: *v\n",
            "it is written in a way that cannot be edited without touching more than that value",
        ),
        (
            "ipvs:\n  strictARP: |\n    false\n",
            "it is written in a way that cannot be edited without touching more than that value",
        ),
        (
            "ipvs:\n\tstrictARP: false\n",
            "it is not valid YAML: line 2 column 2: tabs disallowed within this context (block indentation)",
        ),
        (
            "ipvs:\n  strictARP: false\n  strictARP: true\n",
            "it is not valid YAML: line 3 column 3: duplicate mapping key: strictARP",
        ),
    ] {
        assert_eq!(edit(text), format!("refused: {reason}"), "{text:?}");
    }
}

#[test]
fn a_map_that_was_made_for_the_key_goes_with_it_unless_others_use_it_by_then() {
    let text = "apiVersion: v1\nkind: x\n";
    let change = change(text, Some(json!(true))).expect("it can be made");
    let Place::YamlIn { .. } = &change.place else { panic!("another place") };
    let mut changed = put([&change], &config_map(text)).expect("made");
    assert_eq!(text_of(&changed), "apiVersion: v1\nipvs:\n  strictARP: true\nkind: x\n");
    let theirs = text_of(&changed).replace("kind", "  scheduler: rr\nkind");
    changed["data"]["config.conf"] = json!(theirs);
    let back = put([&change.inverse()], &changed).expect("taken back");
    assert_eq!(text_of(&back), "apiVersion: v1\nipvs:\n  scheduler: rr\nkind: x\n");
}

#[test]
fn a_value_that_somebody_changed_since_is_theirs() {
    let change = change("ipvs:\n  strictARP: false\n", Some(json!(true))).expect("it can be made");
    let theirs = config_map("ipvs:\n  strictARP: maybe\n");
    assert_eq!(change.state(Some(&theirs)), State::Other(Some(json!("maybe"))));
    let error = put([&change.inverse()], &theirs).expect_err("it is theirs");
    assert_eq!(error.to_string(), r#"ipvs.strictARP in data["config.conf"] is "maybe", expected true"#);
    let broken = config_map("ipvs: {");
    assert!(matches!(change.state(Some(&broken)), State::Other(Some(Value::String(_)))));
}
