//! References to container images: which release they name, and from which registry they are pulled.

use std::fmt;
use std::str::FromStr;

use lab::manifest::Object;
use serde_json::Value;

use super::Version;

/// `REGISTRY/PATH:TAG@DIGEST`; only the path is always there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Image<'t> {
    registry: Option<&'t str>,
    path: &'t str,
    tag: Option<&'t str>,
    digest: Option<&'t str>,
}

impl<'t> Image<'t> {
    pub fn parse(text: &'t str) -> Image<'t> {
        let (name, digest) = text.split_once('@').map_or((text, None), |(name, digest)| (name, Some(digest)));
        let (registry, rest) = match name.split_once('/') {
            // As container runtimes tell a registry from the first part of a path.
            Some((first, rest)) if first.contains(['.', ':']) || first == "localhost" => (Some(first), rest),
            _ => (None, name),
        };
        let (path, tag) = rest.rsplit_once(':').map_or((rest, None), |(path, tag)| (path, Some(tag)));
        Image { registry, path, tag, digest }
    }

    /// Whether it is an image of this name, wherever it was copied to: mirrors put words before it.
    pub fn is_called(&self, name: &str) -> bool {
        self.path.rsplit('/').next().is_some_and(|last| last.ends_with(name))
    }

    pub fn tag(&self) -> Option<&'t str> {
        self.tag
    }

    pub fn is_pinned(&self) -> bool {
        self.digest.is_some()
    }

    /// The release that the tag names.
    pub fn version(&self) -> Option<Version> {
        self.tag?.parse().ok()
    }

    fn from(mut self, registry: &'t str) -> Image<'t> {
        self.registry = Some(registry);
        self
    }
}

impl fmt::Display for Image<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let part = |before: &str, text: Option<&str>| text.map(|text| format!("{before}{text}")).unwrap_or_default();
        let registry = self.registry.map(|registry| format!("{registry}/")).unwrap_or_default();
        write!(f, "{registry}{}{}{}", self.path, part(":", self.tag), part("@", self.digest))
    }
}

/// What `--image-registry` says: `HOST`, `HOST:PORT`, or either with a path, as a proxy of registries has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Registry(String);

impl FromStr for Registry {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Registry, &'static str> {
        if text.contains("://") {
            return Err("a registry is named without http:// or https://, as in registry.example:5000");
        }
        let text = text.trim_end_matches('/');
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b".-_:/[]".contains(&byte);
        let host = text.split('/').next().unwrap_or_default();
        if text.is_empty() || !text.bytes().all(allowed) || text.contains("//") {
            return Err("a registry is a host, as in registry.example:5000");
        }
        if !host.contains(['.', ':']) && host != "localhost" {
            return Err(
                "container runtimes take a name without a dot or a port for a path on Docker Hub: write it like registry.example or registry:5000",
            );
        }
        Ok(Registry(text.to_owned()))
    }
}

impl fmt::Display for Registry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The same objects with their images from another registry; what comes after the registry's name stays:
/// `quay.io/metallb/speaker:v0.16.2` becomes `REGISTRY/metallb/speaker:v0.16.2`.
#[must_use]
pub fn with_image_registry(mut objects: Vec<Object>, registry: &Registry) -> Vec<Object> {
    for object in &mut objects {
        for list in ["containers", "initContainers"] {
            let containers = object.value.pointer_mut(&format!("/spec/template/spec/{list}"));
            for container in containers.and_then(Value::as_array_mut).into_iter().flatten() {
                if let Some(image) = container.get("image").and_then(Value::as_str) {
                    container["image"] = Image::parse(image).from(&registry.0).to_string().into();
                }
            }
        }
    }
    objects
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::release::sample::Sample;

    const DIGEST: &str = "sha256:e5f7c268f114c446dc60aaad71b7cabf861f637743e033e354d7d48592807c6d";

    #[test]
    fn every_part_is_told_from_the_others() {
        let version = Some(Version::new(0, 16, 2));
        for text in [
            "quay.io/metallb/speaker:v0.16.2".to_owned(),
            "localhost/speaker:0.16.2".to_owned(),
            "registry:5000/mirror/quay.io/metallb/speaker:v0.16.2".to_owned(),
            "metallb/speaker:v0.16.2".to_owned(),
            format!("quay.io/metallb/speaker:v0.16.2@{DIGEST}"),
        ] {
            let image = Image::parse(&text);
            assert_eq!(image.version(), version, "{text}");
            assert!(image.is_called("speaker") && !image.is_called("controller"), "{text}");
            assert_eq!(image.to_string(), text);
        }
        let pinned = format!("registry:5000/metallb-speaker@{DIGEST}");
        assert_eq!((Image::parse(&pinned).version(), Image::parse(&pinned).is_pinned()), (None, true));
        assert_eq!(Image::parse("registry:5000/speaker").tag(), None);
        assert_eq!(Image::parse("speaker:main").version(), None);
    }

    #[test]
    fn another_registry_takes_the_place_of_the_first_and_the_path_stays() {
        let moved = |text: &str| Image::parse(text).from("harbor.example/quay").to_string();
        assert_eq!(moved("quay.io/metallb/speaker:v0.16.2"), "harbor.example/quay/metallb/speaker:v0.16.2");
        assert_eq!(moved("metallb/speaker:v0.16.2"), "harbor.example/quay/metallb/speaker:v0.16.2");
        assert_eq!(moved(&format!("quay.io/a/b@{DIGEST}")), format!("harbor.example/quay/a/b@{DIGEST}"));
    }

    #[test]
    fn both_workloads_are_pulled_from_it() {
        let objects = with_image_registry(Sample::new("0.16.2").objects(), &"registry.example".parse().unwrap());
        let image = |kind: &str| {
            let workload = objects.iter().find(|object| object.target.kind == kind).unwrap();
            workload.value["spec"]["template"]["spec"]["containers"][0]["image"].as_str().unwrap().to_owned()
        };
        assert_eq!(image("Deployment"), "registry.example/metallb/controller:v0.16.2");
        assert_eq!(image("DaemonSet"), "registry.example/metallb/speaker:v0.16.2");
    }

    #[test]
    fn only_what_runtimes_take_for_a_registry_is_one() {
        for good in ["registry.example", "registry:5000", "localhost", "[::1]:5000", "harbor.example/quay/"] {
            assert!(good.parse::<Registry>().is_ok(), "{good}");
        }
        for bad in
            ["", "/", "registry", "https://registry.example", "registry.example//a", "registry.example a", "a.b@c"]
        {
            assert!(bad.parse::<Registry>().is_err(), "{bad}");
        }
    }
}
