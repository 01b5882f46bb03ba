//! Is the Service one that this MetalLB serves?

use super::{Case, Hop, Id};

pub fn judge(case: &Case<'_>) -> Hop {
    let served = served_class(case);
    match (case.service.class(), served.as_deref()) {
        (None, None) => Hop::ok(Id::Class, "no loadBalancerClass: MetalLB serves it"),
        (Some(class), Some(served)) if class == served => Hop::ok(Id::Class, format!("{class}, which MetalLB serves")),
        (Some(class), served) => {
            let only = match served {
                Some(served) => format!("only those of class {served} (--lb-class)"),
                None => "those without a class".to_owned(),
            };
            Hop::failed(Id::Class, format!("its loadBalancerClass is {class}, and MetalLB serves {only} here"))
                .hint("a Service's class cannot be changed: delete it and make it again with the right spec.loadBalancerClass, or without")
        }
        (None, Some(served)) => {
            let said = format!(
                "it has no loadBalancerClass, and MetalLB serves only those of class {served} here (--lb-class)"
            );
            Hop::failed(Id::Class, said).hint(format!(
                "delete it and make it again with spec.loadBalancerClass: {served}, which cannot be set later"
            ))
        }
    }
}

fn served_class(case: &Case<'_>) -> Option<String> {
    let spec = case.world.present.controller.as_ref()?.object.spec.template.spec.as_ref()?;
    let arguments: Vec<&str> =
        spec.containers.iter().flat_map(|container| container.args.iter().flatten()).map(String::as_str).collect();
    let at = arguments.iter().position(|argument| argument.trim_start_matches('-').starts_with("lb-class"))?;
    let class = match arguments[at].split_once('=') {
        Some((_, class)) => class,
        None => arguments.get(at + 1)?,
    };
    (!class.is_empty()).then(|| class.to_owned())
}
