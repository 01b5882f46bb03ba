use std::collections::BTreeMap;

use roxmltree::{Document, Node};

use super::draw;
use crate::recording::tests::recording;

/// The lines that a picture without motion shows, by the ordinate of their letters.
fn still(svg: &str) -> BTreeMap<u32, String> {
    let document = Document::parse(svg).expect("it is XML");
    let is_hidden = |node: Node<'_, '_>| node.ancestors().any(|node| node.attribute("visibility") == Some("hidden"));
    let mut texts: Vec<(u32, f64, &str)> = Vec::new();
    for node in document.descendants().filter(|node| node.has_tag_name("text") && !is_hidden(*node)) {
        let number = |name| node.attribute(name).expect("a place").parse::<f64>().expect("a number");
        texts.push((number("y") as u32, number("x"), node.text().expect("a text")));
    }
    texts.sort_by(|one, other| one.partial_cmp(other).expect("numbers"));
    let mut lines: BTreeMap<u32, String> = BTreeMap::new();
    for (y, x, text) in texts {
        let line = lines.entry(y).or_default();
        let column = (x / 8.4).round() as usize;
        *line = format!("{line:column$}{text}");
    }
    lines
}

#[test]
fn a_session_is_drawn() {
    let svg = draw(&recording(&[
        (0, "\u{1b}[1;32m$\u{1b}[0m "),
        (500, "a"),
        (600, "\r\n\u{1b}[7mno\u{1b}[0m  <&>\r\nwait 1"),
        (9_600, "\r\u{1b}[Kdone\r\n\r\n"),
    ]));
    insta::assert_snapshot!(svg.expect("it is drawn"), @r##"
    <svg xmlns="http://www.w3.org/2000/svg" width="200" height="89" viewBox="0 0 200 89" role="img">
    <title>a &amp; b</title>
    <style>
    .m{animation:8.1s step-end infinite}
    @media (prefers-reduced-motion:reduce){.m{animation:none!important}}
    @keyframes m0{0%{transform:translateY(-0px)}25.925%{transform:translateY(-38px)}}
    @keyframes m1{0%{visibility:visible;transform:translate(16.8px,0px)}6.172%{visibility:visible;transform:translate(25.2px,0px)}7.407%{visibility:visible;transform:translate(50.4px,38px)}25.925%{visibility:visible;transform:translate(0px,76px)}}
    @keyframes m2{0%{visibility:hidden}6.172%{visibility:visible}}
    @keyframes m3{0%{visibility:hidden}7.407%{visibility:visible}}
    @keyframes m4{0%{visibility:hidden}7.407%{visibility:visible}25.925%{visibility:hidden}}
    @keyframes m5{0%{visibility:hidden}25.925%{visibility:visible}}
    </style>
    <rect x=".5" y=".5" width="199" height="88" rx="8" fill="#0d1117" stroke="#30363d"/>
    <svg x="16" y="16" width="168" height="57">
    <g class="m" style="animation-name:m0" transform="translate(0 -38)" font-family="ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono','Liberation Mono',monospace" font-size="14" fill="#e6edf3" xml:space="preserve">
    <rect class="m" style="animation-name:m1" transform="translate(0 76)" width="8.4" height="19" fill-opacity=".4"/>
    <g><text x="0" y="14" fill="#3fb950" font-weight="bold">$</text></g>
    <g class="m" style="animation-name:m2"><text x="16.8" y="14">a</text></g>
    <g class="m" style="animation-name:m3"><rect x="0" y="19" width="16.8" height="19" fill="#e6edf3"/><text x="0" y="33" textLength="16.8" fill="#0d1117">no</text><text x="33.6" y="33" textLength="25.2">&lt;&amp;&gt;</text></g>
    <g class="m" style="animation-name:m4" visibility="hidden"><text x="0" y="52" textLength="50.4">wait 1</text></g>
    <g class="m" style="animation-name:m5"><text x="0" y="52" textLength="33.6">done</text></g>
    </g>
    </svg>
    </svg>
    "##);
}

#[test]
fn without_motion_it_is_the_last_screen() {
    let svg = draw(&recording(&[(0, "1\r\n2\r\n3 wait"), (100, "\r\u{1b}[K3\r\n4"), (200, " <4>\u{1b}[1m&")]))
        .expect("it is drawn");
    // Line 1 stands above the upper edge.
    assert!(svg.contains("transform=\"translate(0 -19)\""), "{svg}");
    assert_eq!(still(&svg).into_values().collect::<Vec<_>>(), ["1", "2", "3", "4 <4>&"]);
    assert!(svg.contains("@media (prefers-reduced-motion:reduce){.m{animation:none!important}}"), "{svg}");
}

#[test]
fn nothing_in_it_leads_elsewhere_or_runs() {
    let svg =
        draw(&recording(&[(0, "<script>alert(1)</script> http://example.org \u{1b}]8;;http://example.org\u{7}x")]));
    let svg = svg.expect("it is drawn");
    let document = Document::parse(&svg).expect("it is XML");
    let known = ["svg", "title", "style", "rect", "g", "text"];
    let unknown = document.descendants().filter(|node| node.is_element() && !known.contains(&node.tag_name().name()));
    assert_eq!(unknown.count(), 0, "{svg}");
    let links = document.descendants().flat_map(|node| node.attributes()).filter(|one| one.value().contains("://"));
    assert_eq!(links.count(), 0, "{svg}");
}
