//! Twenty chat templates in four contexts, against Python's Jinja.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // A broken fixture may stop the test where it is.

mod common;

use serde_json::Value;
use wasm_chord_core::chat::{ChatTemplate, DateTime};

/// Tool-call arguments that are JSON in a string become objects.
fn parse_arguments(context: &mut Value) {
    for message in context["messages"].as_array_mut().unwrap() {
        let Some(calls) = message.get_mut("tool_calls").and_then(Value::as_array_mut) else { continue };
        for call in calls {
            let arguments = &mut call["function"]["arguments"];
            *arguments = serde_json::from_str(arguments.as_str().unwrap()).unwrap();
        }
    }
}

#[test]
fn render_as_python_does() {
    let Some(fixtures) = common::fixtures() else { return };
    let folder = fixtures.join("templates");
    let now = DateTime { year: 2025, month: 7, day: 26, hour: 0, minute: 0, second: 0 };
    let mut failures = Vec::new();
    let goldens = common::json(folder.join("goldens.json"));
    for golden in goldens.as_array().unwrap() {
        let (template, name) = (golden["template"].as_str().unwrap(), golden["context"].as_str().unwrap());
        let file = name.trim_end_matches("_obj");
        let mut context = common::json(folder.join("contexts").join(format!("{file}.json")));
        if file != name {
            parse_arguments(&mut context);
        }
        let source = String::from_utf8(common::read(folder.join(template))).unwrap();
        let rendered = ChatTemplate::new(&source, "<|startoftext|>", "<|endoftext|>")
            .and_then(|template| template.render_context(&context, Some(now)));
        match (rendered, golden["output"].as_str()) {
            (Ok(text), Some(output)) if text == output => {}
            (Err(_), None) => {}
            (got, want) => {
                failures.push(format!("{template} {name}:\n got {got:?}\nwant {want:?} {}", golden["error"]))
            }
        }
    }
    let passed = goldens.as_array().unwrap().len() - failures.len();
    println!("{passed} renderings as Python's");
    assert!(failures.is_empty(), "{} failed\n{}", failures.len(), failures.join("\n\n"));
}
