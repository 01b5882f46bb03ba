//! Texts that are typed or pasted as a pool, each with what becomes of it, to the letter.

use super::range::{Range, amount};

const TEXTS: &[&str] = &[
    // as it is meant
    "172.30.0.200-172.30.0.220",
    "172.30.0.200 - 172.30.0.220",
    "  172.30.0.200\t-172.30.0.220\n",
    "172.30.0.192/28",
    "172.30.0.200",
    "172.30.0.200/32",
    "172.30.0.200-172.30.0.200",
    "172.30.0.192/028",
    "8.8.8.8",
    "100.64.1.0/29",
    "10.0.0.0/8",
    "fd00::100-fd00::120",
    "FD00:0:0:0::100-fd00::120",
    "fd00::/120",
    "fd00::5",
    "2001:db8::/124",
    "192.0.2.10-192.0.2.20",
    // shortened
    "172.30.0.200-220",
    "172.30.0.200-.220",
    "172.30.0.200-1.220",
    "fd00::100-120",
    "fd00::100-::120",
    "::100-::120",
    "172.30.0.200-999",
    "172.30.0",
    "172.30.0.0.1",
    "172",
    "172.30.0.*",
    "172.30.0.x",
    // networks
    "172.30.0.5/24",
    "fd00::5/120",
    "172.30.0.0/33",
    "fd00::/129",
    "172.30.0.0/-1",
    "172.30.0.0/+24",
    "172.30.0.0/",
    "/24",
    "172.30.0.0/24/24",
    "172.30.0.0/0",
    "127.0.0.1/24",
    "172.30.0.0/255.255.255.0",
    "172.30.0.0/255.0.255.0",
    "172.30.0.200-172.30.0.220/24",
    "172.30.0.0/24-172.30.1.0/24",
    "172.30.0.0 /24",
    // ends
    "172.30.0.220-172.30.0.200",
    "fd00::120-fd00::100",
    "172.30.0.200-",
    "-172.30.0.220",
    "-",
    "172.30.0.200--172.30.0.220",
    "172.30.0.1-172.30.0.5-172.30.0.9",
    "172.30.0.200-fd00::120",
    "fd00::100-172.30.0.220",
    "172.30.0.200..172.30.0.220",
    "172.30.0.200 to 172.30.0.220",
    "172.30.0.200~172.30.0.220",
    // numbers
    "172.30.0.256",
    "172.30.0.200-172.30.0.300",
    "172.30.000.010",
    "010.0.0.1/32",
    "2887680200",
    "0xAC1E00C8",
    "1e3.0.0.1",
    "172.30.0.",
    "172..30.0",
    "fd00:::1",
    "fd00::g",
    "::ffff:172.30.0.200",
    "::ffff:172.30.0.0/120",
    "::ffff:172.30.0.1-::ffff:172.30.0.9",
    "::ffff:172.30.0.1-172.30.0.9",
    "fe80::1%eth0",
    "[fd00::5]",
    "[fd00::5]:80",
    "[fd00::5]-[fd00::9]",
    "172.30.0.200:80",
    // not addresses
    "",
    "   ",
    "auto",
    "localhost",
    "node-1.example.org",
    "http://172.30.0.200",
    "\"172.30.0.200-172.30.0.220\"",
    "- 172.30.0.200-172.30.0.220",
    "lecture=172.30.0.200-172.30.0.220",
    // several
    "172.30.0.200-172.30.0.220,",
    "172.30.0.200-172.30.0.209,172.30.0.215-172.30.0.220",
    "172.30.0.200, 172.30.0.201; 172.30.0.202",
    "172.30.0.200 172.30.0.201",
    // characters that only look right
    "172.30.0.200–172.30.0.220",
    "172.30.0.200 — 172.30.0.220",
    "172.30.0.200\u{2212}172.30.0.220",
    "172.30.0.200\u{2011}172.30.0.220",
    "\u{ff11}\u{ff17}\u{ff12}.30.0.200",
    "172。30。0。200",
    "172.30.0.200\u{a0}-\u{a0}172.30.0.220",
    "172.30.0.200\u{200b}-172.30.0.220",
    "172.30.0.200-172.30.0.220\u{1b}[31m",
    "\u{661}\u{667}\u{662}.30.0.200",
    "172.30.0.200→172.30.0.220",
    "pool für die Vorlesung",
    // addresses that are something else
    "0.0.0.0/0",
    "::/0",
    "0.0.0.0-255.255.255.255",
    "0.0.0.0",
    "::",
    "127.0.0.1",
    "126.0.0.0-128.0.0.1",
    "::1",
    "169.254.10.1-169.254.10.9",
    "fe80::1-fe80::9",
    "224.0.0.0/24",
    "ff02::1",
    "240.0.0.1",
    "255.255.255.255",
];

fn told(text: &str) -> String {
    match text.parse::<Range>() {
        Ok(range) => format!("{range} ({})", amount(range.size())),
        Err(error) => format!("error: {}", error.to_string().replace('\n', "\n      ")),
    }
}

#[test]
fn each_text_is_taken_or_told_why_not() {
    let table: Vec<String> = TEXTS.iter().map(|text| format!("{text:?}\n      {}", told(text))).collect();
    insta::assert_snapshot!(table.join("\n"), @r#"
    "172.30.0.200-172.30.0.220"
          172.30.0.200-172.30.0.220 (21 addresses)
    "172.30.0.200 - 172.30.0.220"
          172.30.0.200-172.30.0.220 (21 addresses)
    "  172.30.0.200\t-172.30.0.220\n"
          172.30.0.200-172.30.0.220 (21 addresses)
    "172.30.0.192/28"
          172.30.0.192/28 (16 addresses)
    "172.30.0.200"
          172.30.0.200/32 (1 address)
    "172.30.0.200/32"
          172.30.0.200/32 (1 address)
    "172.30.0.200-172.30.0.200"
          172.30.0.200/32 (1 address)
    "172.30.0.192/028"
          172.30.0.192/28 (16 addresses)
    "8.8.8.8"
          8.8.8.8/32 (1 address)
    "100.64.1.0/29"
          100.64.1.0/29 (8 addresses)
    "10.0.0.0/8"
          10.0.0.0/8 (16,777,216 addresses)
    "fd00::100-fd00::120"
          fd00::100-fd00::120 (33 addresses)
    "FD00:0:0:0::100-fd00::120"
          fd00::100-fd00::120 (33 addresses)
    "fd00::/120"
          fd00::/120 (256 addresses)
    "fd00::5"
          fd00::5/128 (1 address)
    "2001:db8::/124"
          2001:db8::/124 (16 addresses)
    "192.0.2.10-192.0.2.20"
          192.0.2.10-192.0.2.20 (11 addresses)
    "172.30.0.200-220"
          error: "220" is only the end of an address; the last address is written in full
          hint: perhaps this is meant: 172.30.0.200-172.30.0.220
    "172.30.0.200-.220"
          error: ".220" is only the end of an address; the last address is written in full
          hint: perhaps this is meant: 172.30.0.200-172.30.0.220
    "172.30.0.200-1.220"
          error: "1.220" is only the end of an address; the last address is written in full
          hint: perhaps this is meant: 172.30.0.200-172.30.1.220
    "fd00::100-120"
          error: "120" is only the end of an address; the last address is written in full
          hint: perhaps this is meant: fd00::100-fd00::120
    "fd00::100-::120"
          error: "::120" is only the end of an address; the last address is written in full
          hint: perhaps this is meant: fd00::100-fd00::120
    "::100-::120"
          ::100-::120 (33 addresses)
    "172.30.0.200-999"
          error: "999" is only the end of an address; the last address is written in full
          hint: write a range as 172.30.0.200-172.30.0.220, 172.30.0.192/28 or fd00::100-fd00::120
    "172.30.0"
          error: "172.30.0" has 3 numbers; an IPv4 address has 4
          hint: write a range as 172.30.0.200-172.30.0.220, 172.30.0.192/28 or fd00::100-fd00::120
    "172.30.0.0.1"
          error: "172.30.0.0.1" has 5 numbers; an IPv4 address has 4
          hint: write a range as 172.30.0.200-172.30.0.220, 172.30.0.192/28 or fd00::100-fd00::120
    "172"
          error: "172" has 1 number; an IPv4 address has 4
          hint: write a range as 172.30.0.200-172.30.0.220, 172.30.0.192/28 or fd00::100-fd00::120
    "172.30.0.*"
          error: "172.30.0.*" is a pattern; a pool takes a network or a range
          hint: perhaps this is meant: 172.30.0.0/24
    "172.30.0.x"
          error: "172.30.0.x" is a pattern; a pool takes a network or a range
          hint: perhaps this is meant: 172.30.0.0/24
    "172.30.0.5/24"
          error: 172.30.0.5 is inside of 172.30.0.0/24, and MetalLB would take all of that: 256 addresses
          hint: for this one address: 172.30.0.5/32
          hint: for the whole network: 172.30.0.0/24
    "fd00::5/120"
          error: fd00::5 is inside of fd00::/120, and MetalLB would take all of that: 256 addresses
          hint: for this one address: fd00::5/128
          hint: for the whole network: fd00::/120
    "172.30.0.0/33"
          error: behind the / is a number from 0 to 32, not "33"
          hint: write a range as 172.30.0.200-172.30.0.220, 172.30.0.192/28 or fd00::100-fd00::120
    "fd00::/129"
          error: behind the / is a number from 0 to 128, not "129"
          hint: write a range as 172.30.0.200-172.30.0.220, 172.30.0.192/28 or fd00::100-fd00::120
    "172.30.0.0/-1"
          error: behind the / is a number from 0 to 32, not "-1"
          hint: write a range as 172.30.0.200-172.30.0.220, 172.30.0.192/28 or fd00::100-fd00::120
    "172.30.0.0/+24"
          error: behind the / is a number from 0 to 32, not "+24"
          hint: write a range as 172.30.0.200-172.30.0.220, 172.30.0.192/28 or fd00::100-fd00::120
    "172.30.0.0/"
          error: behind the / is a number from 0 to 32, not nothing
          hint: write a range as 172.30.0.200-172.30.0.220, 172.30.0.192/28 or fd00::100-fd00::120
    "/24"
          error: there is no address before the /
          hint: write a range as 172.30.0.200-172.30.0.220, 172.30.0.192/28 or fd00::100-fd00::120
    "172.30.0.0/24/24"
          error: behind the / is a number from 0 to 32, not "24/24"
          hint: write a range as 172.30.0.200-172.30.0.220, 172.30.0.192/28 or fd00::100-fd00::120
    "172.30.0.0/0"
          error: 172.30.0.0 is inside of 0.0.0.0/0, and MetalLB would take all of that: 2^32 addresses
          hint: for this one address: 172.30.0.0/32
    "127.0.0.1/24"
          error: it is in 127.0.0.0/8, the loopback addresses, which never leave a machine
          hint: take addresses of the network that the nodes are on
    "172.30.0.0/255.255.255.0"
          error: the length of a network is a number, not the mask 255.255.255.0
          hint: perhaps this is meant: 172.30.0.0/24
    "172.30.0.0/255.0.255.0"
          error: the length of a network is a number, not the mask 255.0.255.0
          hint: write a range as 172.30.0.200-172.30.0.220, 172.30.0.192/28 or fd00::100-fd00::120
    "172.30.0.200-172.30.0.220/24"
          error: a range from one address to another has no /
          hint: perhaps this is meant: 172.30.0.200-172.30.0.220
    "172.30.0.0/24-172.30.1.0/24"
          error: a range from one address to another has no /
          hint: perhaps this is meant: 172.30.0.0-172.30.1.255
    "172.30.0.0 /24"
          error: it has a space in it
          hint: perhaps this is meant: 172.30.0.0/24
    "172.30.0.220-172.30.0.200"
          error: its first address, 172.30.0.220, is after its last, 172.30.0.200
          hint: perhaps this is meant: 172.30.0.200-172.30.0.220
    "fd00::120-fd00::100"
          error: its first address, fd00::120, is after its last, fd00::100
          hint: perhaps this is meant: fd00::100-fd00::120
    "172.30.0.200-"
          error: there is no address after the -
          hint: write a range as 172.30.0.200-172.30.0.220, 172.30.0.192/28 or fd00::100-fd00::120
    "-172.30.0.220"
          error: there is no address before the -
          hint: write a range as 172.30.0.200-172.30.0.220, 172.30.0.192/28 or fd00::100-fd00::120
    "-"
          error: there is no address before the -
          hint: write a range as 172.30.0.200-172.30.0.220, 172.30.0.192/28 or fd00::100-fd00::120
    "172.30.0.200--172.30.0.220"
          error: it has more than one -; a range is the first and the last address
          hint: perhaps this is meant: 172.30.0.200-172.30.0.220
    "172.30.0.1-172.30.0.5-172.30.0.9"
          error: it has more than one -; a range is the first and the last address
          hint: write a range as 172.30.0.200-172.30.0.220, 172.30.0.192/28 or fd00::100-fd00::120
    "172.30.0.200-fd00::120"
          error: one end is an IPv4 address and the other an IPv6 address
          hint: give a range of each family
    "fd00::100-172.30.0.220"
          error: one end is an IPv4 address and the other an IPv6 address
          hint: give a range of each family
    "172.30.0.200..172.30.0.220"
          error: the two ends of a range have a - between them, not ..
          hint: perhaps this is meant: 172.30.0.200-172.30.0.220
    "172.30.0.200 to 172.30.0.220"
          error: the two ends of a range have a - between them, not to
          hint: perhaps this is meant: 172.30.0.200-172.30.0.220
    "172.30.0.200~172.30.0.220"
          error: the two ends of a range have a - between them, not ~
          hint: perhaps this is meant: 172.30.0.200-172.30.0.220
    "172.30.0.256"
          error: "256" in 172.30.0.256 is more than 255
          hint: write a range as 172.30.0.200-172.30.0.220, 172.30.0.192/28 or fd00::100-fd00::120
    "172.30.0.200-172.30.0.300"
          error: "300" in 172.30.0.300 is more than 255
          hint: write a range as 172.30.0.200-172.30.0.220, 172.30.0.192/28 or fd00::100-fd00::120
    "172.30.000.010"
          error: "000" in 172.30.000.010 begins with a zero, which some programs read as octal
          hint: write 172.30.0.10, if decimal numbers are meant
    "010.0.0.1/32"
          error: "010" in 010.0.0.1 begins with a zero, which some programs read as octal
          hint: write 10.0.0.1, if decimal numbers are meant
    "2887680200"
          error: "2887680200" has 1 number; an IPv4 address has 4
          hint: write a range as 172.30.0.200-172.30.0.220, 172.30.0.192/28 or fd00::100-fd00::120
    "0xAC1E00C8"
          error: "0xAC1E00C8" is not an address
          hint: write a range as 172.30.0.200-172.30.0.220, 172.30.0.192/28 or fd00::100-fd00::120
    "1e3.0.0.1"
          error: "1e3.0.0.1" is not an address
          hint: write a range as 172.30.0.200-172.30.0.220, 172.30.0.192/28 or fd00::100-fd00::120
    "172.30.0."
          error: "172.30.0." is not an address
          hint: write a range as 172.30.0.200-172.30.0.220, 172.30.0.192/28 or fd00::100-fd00::120
    "172..30.0"
          error: "172..30.0" is not an address
          hint: write a range as 172.30.0.200-172.30.0.220, 172.30.0.192/28 or fd00::100-fd00::120
    "fd00:::1"
          error: "fd00:::1" is not an IPv6 address
          hint: write a range as 172.30.0.200-172.30.0.220, 172.30.0.192/28 or fd00::100-fd00::120
    "fd00::g"
          error: "fd00::g" is not an IPv6 address
          hint: write a range as 172.30.0.200-172.30.0.220, 172.30.0.192/28 or fd00::100-fd00::120
    "::ffff:172.30.0.200"
          error: these are IPv4 addresses in IPv6 notation, and MetalLB would take them for IPv4
          hint: perhaps this is meant: 172.30.0.200/32
    "::ffff:172.30.0.0/120"
          error: these are IPv4 addresses in IPv6 notation, and MetalLB would take them for IPv4
          hint: perhaps this is meant: 172.30.0.0/24
    "::ffff:172.30.0.1-::ffff:172.30.0.9"
          error: these are IPv4 addresses in IPv6 notation, and MetalLB would take them for IPv4
          hint: perhaps this is meant: 172.30.0.1-172.30.0.9
    "::ffff:172.30.0.1-172.30.0.9"
          error: one end is an IPv4 address and the other an IPv6 address
          hint: give a range of each family
    "fe80::1%eth0"
          error: %eth0 names an interface of one machine; a pool is for all of them
          hint: write a range as 172.30.0.200-172.30.0.220, 172.30.0.192/28 or fd00::100-fd00::120
    "[fd00::5]"
          error: an address in a pool has no brackets and no port
          hint: perhaps this is meant: fd00::5/128
    "[fd00::5]:80"
          error: an address in a pool has no brackets and no port
          hint: perhaps this is meant: fd00::5/128
    "[fd00::5]-[fd00::9]"
          error: an address in a pool has no brackets and no port
          hint: perhaps this is meant: fd00::5-fd00::9
    "172.30.0.200:80"
          error: :80 is a port; an address in a pool serves every port
          hint: perhaps this is meant: 172.30.0.200/32
    ""
          error: there is nothing in it
          hint: write a range as 172.30.0.200-172.30.0.220, 172.30.0.192/28 or fd00::100-fd00::120
    "   "
          error: there is nothing in it
          hint: write a range as 172.30.0.200-172.30.0.220, 172.30.0.192/28 or fd00::100-fd00::120
    "auto"
          error: "auto" is a name; a pool holds addresses
          hint: write a range as 172.30.0.200-172.30.0.220, 172.30.0.192/28 or fd00::100-fd00::120
    "localhost"
          error: "localhost" is a name; a pool holds addresses
          hint: write a range as 172.30.0.200-172.30.0.220, 172.30.0.192/28 or fd00::100-fd00::120
    "node-1.example.org"
          error: "node-1.example.org" is a name; a pool holds addresses
          hint: write a range as 172.30.0.200-172.30.0.220, 172.30.0.192/28 or fd00::100-fd00::120
    "http://172.30.0.200"
          error: this is a URL; a pool holds addresses
          hint: write a range as 172.30.0.200-172.30.0.220, 172.30.0.192/28 or fd00::100-fd00::120
    "\"172.30.0.200-172.30.0.220\""
          error: it has quotes or brackets around it
          hint: perhaps this is meant: 172.30.0.200-172.30.0.220
    "- 172.30.0.200-172.30.0.220"
          error: it begins as an item of a YAML list
          hint: perhaps this is meant: 172.30.0.200-172.30.0.220
    "lecture=172.30.0.200-172.30.0.220"
          error: it has a name and a = before it
          hint: perhaps this is meant: 172.30.0.200-172.30.0.220
    "172.30.0.200-172.30.0.220,"
          error: it has a comma or a semicolon before or after the range
          hint: perhaps this is meant: 172.30.0.200-172.30.0.220
    "172.30.0.200-172.30.0.209,172.30.0.215-172.30.0.220"
          error: these are 2 ranges in one
          hint: give each by itself: 172.30.0.200-172.30.0.209 and 172.30.0.215-172.30.0.220
    "172.30.0.200, 172.30.0.201; 172.30.0.202"
          error: these are 3 ranges in one
          hint: give each by itself: 172.30.0.200/32 and 172.30.0.201/32 and 172.30.0.202/32
    "172.30.0.200 172.30.0.201"
          error: these are 2 ranges in one
          hint: give each by itself: 172.30.0.200/32 and 172.30.0.201/32
    "172.30.0.200–172.30.0.220"
          error: – (U+2013) is another dash than the - of the keyboard
          hint: perhaps this is meant: 172.30.0.200-172.30.0.220
    "172.30.0.200 — 172.30.0.220"
          error: — (U+2014) is another dash than the - of the keyboard
          hint: perhaps this is meant: 172.30.0.200-172.30.0.220
    "172.30.0.200−172.30.0.220"
          error: − (U+2212) is another dash than the - of the keyboard
          hint: perhaps this is meant: 172.30.0.200-172.30.0.220
    "172.30.0.200‑172.30.0.220"
          error: ‑ (U+2011) is another dash than the - of the keyboard
          hint: perhaps this is meant: 172.30.0.200-172.30.0.220
    "１７２.30.0.200"
          error: １ (U+FF11) is not the 1 of the keyboard
          hint: perhaps this is meant: 172.30.0.200/32
    "172。30。0。200"
          error: 。 (U+3002) is not the . of the keyboard
          hint: perhaps this is meant: 172.30.0.200/32
    "172.30.0.200\u{a0}-\u{a0}172.30.0.220"
          172.30.0.200-172.30.0.220 (21 addresses)
    "172.30.0.200\u{200b}-172.30.0.220"
          error: it has a character that cannot be seen, U+200B
          hint: perhaps this is meant: 172.30.0.200-172.30.0.220
    "172.30.0.200-172.30.0.220\u{1b}[31m"
          error: it has a character that cannot be seen, U+001B
          hint: write a range as 172.30.0.200-172.30.0.220, 172.30.0.192/28 or fd00::100-fd00::120
    "١٧٢.30.0.200"
          error: ١ (U+0661) belongs to no address
          hint: write a range as 172.30.0.200-172.30.0.220, 172.30.0.192/28 or fd00::100-fd00::120
    "172.30.0.200→172.30.0.220"
          error: → (U+2192) belongs to no address
          hint: write a range as 172.30.0.200-172.30.0.220, 172.30.0.192/28 or fd00::100-fd00::120
    "pool für die Vorlesung"
          error: ü (U+00FC) belongs to no address
          hint: write a range as 172.30.0.200-172.30.0.220, 172.30.0.192/28 or fd00::100-fd00::120
    "0.0.0.0/0"
          error: this is every IPv4 address there is
          hint: take addresses of the network that the nodes are on
    "::/0"
          error: this is every IPv6 address there is
          hint: take addresses of the network that the nodes are on
    "0.0.0.0-255.255.255.255"
          error: this is every IPv4 address there is
          hint: take addresses of the network that the nodes are on
    "0.0.0.0"
          error: it is in 0.0.0.0/8, which stands for "this host" and is no destination
          hint: take addresses of the network that the nodes are on
    "::"
          error: it is ::, the unspecified address
          hint: take addresses of the network that the nodes are on
    "127.0.0.1"
          error: it is in 127.0.0.0/8, the loopback addresses, which never leave a machine
          hint: take addresses of the network that the nodes are on
    "126.0.0.0-128.0.0.1"
          error: it reaches into 127.0.0.0/8, the loopback addresses, which never leave a machine
          hint: take addresses of the network that the nodes are on
    "::1"
          error: it is ::1, the loopback address, which never leaves a machine
          hint: take addresses of the network that the nodes are on
    "169.254.10.1-169.254.10.9"
          error: it is in 169.254.0.0/16, the link-local addresses, which no router passes on
          hint: take addresses of the network that the nodes are on
    "fe80::1-fe80::9"
          error: it is in fe80::/10, the link-local addresses, which no router passes on
          hint: take addresses of the network that the nodes are on
    "224.0.0.0/24"
          error: it is in 224.0.0.0/4, the multicast addresses
          hint: take addresses of the network that the nodes are on
    "ff02::1"
          error: it is in ff00::/8, the multicast addresses
          hint: take addresses of the network that the nodes are on
    "240.0.0.1"
          error: it is in 240.0.0.0/4, which is reserved, and most systems drop it
          hint: take addresses of the network that the nodes are on
    "255.255.255.255"
          error: it is in 240.0.0.0/4, which is reserved, and most systems drop it
          hint: take addresses of the network that the nodes are on
    "#);
}

/// What is shown for an accepted text is what goes into the pool, so it must be accepted again, by MetalLB too.
#[test]
fn what_is_taken_is_written_in_metallbs_form() {
    for range in TEXTS.iter().filter_map(|text| text.parse::<Range>().ok()) {
        assert_eq!(range.to_string().parse(), Ok(range));
        assert_eq!(Range::in_pool(&range.to_string()), Some(range));
    }
}

/// A hint that is refused in its turn would send people in a circle.
#[test]
fn every_range_in_a_hint_is_taken() {
    for text in TEXTS {
        let hints = text.parse::<Range>().err().map(|error| error.hints).unwrap_or_default();
        for range in hints.iter().flat_map(|hint| hint.split([' ', ','])).filter(|word| word.contains(['-', '/'])) {
            assert!(range.parse::<Range>().is_ok(), "{text:?} gets the hint {range}");
        }
    }
}

#[test]
fn a_text_without_end_is_not_repeated() {
    let error = "1".repeat(100_000).parse::<Range>().unwrap_err();
    assert_eq!(error.reason, "it has 100000 characters; no range is that long");
}
