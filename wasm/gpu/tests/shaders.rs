//! Every kernel's WGSL, as each tier has it, through naga's front end and validator: no device is needed.
#![allow(clippy::unwrap_used, clippy::panic, reason = "these are tests, which panic when they fail")]

use std::collections::HashSet;

use naga::valid::{Capabilities, SubgroupOperationSet, ValidationFlags, Validator};
use wasm_chord_gpu::device::{Target, Tier};
use wasm_chord_gpu::kernel::{Access, Kernel};

fn capabilities(tier: Tier) -> Capabilities {
    // What naga counts apart and every WebGPU device has: pairs of f16 in a u32.
    let base = Capabilities::SHADER_FLOAT16_IN_FLOAT32;
    let when = |has: bool, what: Capabilities| if has { what } else { Capabilities::empty() };
    base | when(tier.subgroups, Capabilities::SUBGROUP) | when(tier.f16, Capabilities::SHADER_FLOAT16)
}

/// Fails unless `module` binds what the kernel says it does, and its parameters after that.
fn check_bindings(kernel: Kernel, module: &naga::Module) {
    let mut bound: Vec<(u32, bool)> = Vec::new();
    let mut params = None;
    for (_, variable) in module.global_variables.iter() {
        let Some(binding) = variable.binding else { continue };
        assert_eq!(binding.group, 0);
        match variable.space {
            naga::AddressSpace::Storage { access } => {
                bound.push((binding.binding, access.contains(naga::StorageAccess::STORE)));
            }
            naga::AddressSpace::Uniform => params = Some((binding.binding, variable.ty)),
            ref other => panic!("{kernel:?} binds {other:?}"),
        }
    }
    bound.sort_unstable();
    let expected: Vec<(u32, bool)> = (0..)
        .zip(kernel.bindings())
        .filter(|(_, access)| **access != Access::Unused)
        .map(|(i, access)| (i, *access == Access::Write))
        .collect();
    assert_eq!(bound, expected, "{kernel:?}");
    let (binding, ty) = params.unwrap();
    assert_eq!(binding as usize, kernel.bindings().len(), "{kernel:?}");
    assert!(module.types[ty].inner.size(module.to_ctx()) <= 64, "{kernel:?}");
}

#[test]
fn every_kernel_is_valid_in_every_tier() {
    let kernels: HashSet<Kernel> = Kernel::all().into_iter().collect();
    let mut sources = HashSet::new();
    for tier in Tier::ALL {
        for subgroup_size in [4, 32] {
            for &kernel in &kernels {
                let source = kernel.source(Target { tier, subgroup_size });
                if !sources.insert((source.clone(), capabilities(tier).bits())) {
                    continue;
                }
                let module = naga::front::wgsl::parse_str(&source)
                    .unwrap_or_else(|error| panic!("{kernel:?}: {}", error.emit_to_string(&source)));
                let validated = Validator::new(ValidationFlags::all(), capabilities(tier))
                    .subgroup_stages(naga::valid::ShaderStages::COMPUTE)
                    .subgroup_operations(SubgroupOperationSet::all())
                    .validate(&module);
                if let Err(error) = validated {
                    panic!("{kernel:?}, {tier:?}: {}", error.emit_to_string(&source));
                }
                check_bindings(kernel, &module);
            }
        }
    }
    assert!(sources.len() > 3 * 100, "{} sources", sources.len());
}

#[test]
fn names_tell_kernels_apart() {
    let kernels: HashSet<Kernel> = Kernel::all().into_iter().collect();
    let names: HashSet<String> = kernels.iter().map(|kernel| kernel.name()).collect();
    assert_eq!(names.len(), kernels.len());
}
