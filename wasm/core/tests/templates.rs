//! Twenty chat templates in four contexts, against Python's Jinja.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // A broken fixture may stop the test where it is.

mod common;

use serde_json::Value;
use wasm_chord_core::chat::{ChatError, ChatTemplate, DateTime};

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

/// Compiles and renders with `x` set to `value`.
fn render(source: &str, value: Value) -> Result<String, ChatError> {
    ChatTemplate::new(source, "", "")?.render_context(&serde_json::json!({ "x": value }), None)
}

#[test]
fn tojson_writes_what_pythons_json_does() {
    let value: Value = serde_json::from_str(
        r#"{"b": [1, -2.5, 1e100, 1e-7, 0.0001, 123456789012345680.0, 1e15, true, null, {}, []], "a": "é<\"\\/\n\u0001\u007f🦙"}"#,
    )
    .unwrap();
    assert_eq!(
        render("{{ x | tojson }}", value.clone()).unwrap(),
        "{\"b\": [1, -2.5, 1e+100, 1e-07, 0.0001, 1.2345678901234568e+17, 1000000000000000.0, true, null, {}, []], \
         \"a\": \"é<\\\"\\\\/\\n\\u0001\u{7f}🦙\"}"
    );
    assert_eq!(
        render("{{ x | tojson(ensure_ascii=true, sort_keys=true, separators=(',', ':')) }}", value).unwrap(),
        "{\"a\":\"\\u00e9<\\\"\\\\/\\n\\u0001\u{7f}\\ud83e\\udd99\",\"b\":[1,-2.5,1e+100,1e-07,0.0001,\
         1.2345678901234568e+17,1000000000000000.0,true,null,{},[]]}"
    );
    let nested = serde_json::json!({ "k": [1, {}], "e": [] });
    let indented = "{\n  \"k\": [\n    1,\n    {}\n  ],\n  \"e\": []\n}";
    assert_eq!(render("{{ x | tojson(indent=2) }}", nested).unwrap(), indented);
    assert!(matches!(render("{{ y | tojson }}", Value::Null), Err(ChatError::Failed(_))));
    assert!(matches!(render("{{ x | tojson(colour=1) }}", Value::Null), Err(ChatError::Failed(_))));
}

#[test]
fn generation_tags_print_what_is_in_them() {
    let source = "a\n{%- generation -%}\n {{ x }}\n{%- endgeneration %}\nb{% generation %}c{% endgeneration %}";
    assert_eq!(render(source, Value::from(1)).unwrap(), "a1bc");
    assert!(matches!(render("{% generation %}", Value::Null), Err(ChatError::Syntax(_))));
}

#[test]
fn errors_say_whose_they_are() {
    let error = render("{{ raise_exception('Only ' ~ x ~ ' roles') }}", Value::from("two")).unwrap_err();
    assert_eq!(error, ChatError::Raised("Only two roles".into()));
    assert_eq!(error.to_string(), "the model's chat template refused the conversation: Only two roles");
    // Raised in a macro, it is still the template's own word.
    let error = render("{% macro m() %}{{ raise_exception('no') }}{% endmacro %}{{ m() }}", Value::Null).unwrap_err();
    assert_eq!(error, ChatError::Raised("no".into()));
    assert!(matches!(render("{% if %}", Value::Null), Err(ChatError::Syntax(_))));
    assert!(matches!(render("{{ x.y.z }}", Value::Null), Err(ChatError::Failed(_))));
    assert!(matches!(render("{{ 1 // 0 }}", Value::Null), Err(ChatError::Failed(_))));
    assert!(render("{% include 'x' %}", Value::Null).is_err());
}

#[test]
fn templates_end_and_are_small() {
    let endless = [
        "{% for a in range(90000) %}{% for b in range(90000) %}{% endfor %}{% endfor %}",
        "{% set n = namespace(s='x') %}{% for a in range(90) %}{% set n.s = n.s ~ n.s %}{% endfor %}",
        "{{ 'x' * 1000000000000 }}",
        "{{ [1] * 1000000000000 }}",
        "{% for a in range(90000) %}{{ 'x' * 10000 }}{% endfor %}",
        "{{ '%999999999999d' | format(1) }}",
        "{{ x | tojson(indent=2) * 100000000 }}",
        "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
        "{% macro m(n) %}{{ m(n) ~ m(n) }}{% endmacro %}{{ m(1) }}",
        "{% for m in [1] recursive %}{{ loop([1]) }}{% endfor %}",
    ];
    // As little stack as wasm has.
    let run = move || {
        for source in endless {
            let error = render(source, Value::from("x")).err();
            assert!(error.is_some(), "{source}");
            println!("{source}: {}", error.unwrap());
        }
        // Values that would overflow the stack when they are dropped.
        let nested = [
            "{% set n = namespace(x=1) %}{% for a in range(90000) %}{% set n.x = [n.x] %}{% endfor %}".to_owned(),
            "{% set n = namespace(x=1) %}{% for a in range(90000) %}{% set n.x = {'k': n.x} %}{% endfor %}".to_owned(),
            "{% set n = namespace(x=1) %}{% for a in range(90000) %}{%- set n.x = (n.x,) -%}{% endfor %}".to_owned(),
            "{% set n = namespace(x=1) %}{% for a in range(90000) %}{% set n.x = dict(k=n.x) %}{% endfor %}".to_owned(),
            "{% set n = namespace(x=1) %}{% for a in range(90000) %}{% set n.x = namespace(x=n.x) %}{% endfor %}"
                .to_owned(),
            "{% set n = namespace(x=1) %}{% for a in range(900) %}{% set n.x = [n.x, n.x, n.x] %}{% endfor %}"
                .to_owned(),
            "{% set n = namespace() %}{% set n.end = n %}".to_owned(),
            "{% set t = namespace(new=namespace()) %}".to_owned(),
            "{% set t = namespace() %}{% for a in range(90000) %}{% set new = namespace() %}{% set end = t.end %}\
             {% set end.next = new %}{% set t.end = new %}{% endfor %}"
                .to_owned(),
            format!("{{% set x = 1 %}}{}", "{% set x = [x] %}".repeat(50_000)),
            format!("{{% set x = 1 %}}{}", "{% set x, y = [x], 1 %}".repeat(40_000)),
        ];
        for source in nested {
            let error = render(&source, Value::from("x")).unwrap_err();
            assert!(matches!(error, ChatError::Failed(_) | ChatError::OutOfFuel), "{}: {error}", &source[..60]);
        }
        let open = |text: &str| text.repeat(30_000);
        let deep = [
            open("{% if x %}"),
            open("{% for a in x %}"),
            format!("{{{{ {}", open("(")),
            format!("{{{{ {}", open("[")),
            format!("{{{{ {} x }}}}", open("not ")),
            format!("{{{{ {}x }}}}", open("-")),
            format!("{{{{ x{} }}}}", open(".a")),
            format!("{{{{ x{} }}}}", open("|upper")),
            format!("{{{{ x{} }}}}", open(" ~ x")),
            format!("{{{{ x{} }}}}", open(" if x else x")),
            format!("{{{{ {} x }}}}", open("x and ")),
            format!("{{{{ {} x }}}}", open("2 ** ")),
            format!("{{{{ x{} }}}}", open("[0]")),
            format!("{{{{ x{} }}}}", open("()")),
            format!("{{{{ x{} }}}}", open(" is string")),
            format!("{{% if x %}}{}{{% endif %}}", open("{% elif x %}")),
            format!("{{% raw %}}{{{{ '{{% endraw %}}{{{{ x{} }}}}", open(".a")),
        ];
        for source in deep {
            let error = render(&source, Value::from("x")).unwrap_err();
            assert!(matches!(error, ChatError::Syntax(_) | ChatError::TooDeep { .. }), "{}: {error}", &source[..40]);
        }
        let error = render(&open("{{ x }} and so on, and so on, and so on "), Value::from("x")).unwrap_err();
        assert!(matches!(error, ChatError::TemplateTooLong { .. }), "{error}");
        let error =
            render("{% for a in range(20000) %}{{ x }}{% endfor %}", Value::from("x".repeat(1000))).unwrap_err();
        assert_eq!(error, ChatError::TooLong { cap: 16 << 20 });
    };
    std::thread::Builder::new().stack_size(1 << 20).spawn(run).unwrap().join().unwrap();
}

#[test]
fn what_templates_set_is_what_they_wrote() {
    let source = "{% set a = 1 %}{%- set b, c = 2, (3,) -%}{% set n = namespace(l=[]) %}{% for i in [1, 2] %}\
                  {% set n.l = n.l + [{'i': i}] %}{% endfor %}{% set t | indent(width=2) %}x\ny{% endset %}\
                  {%set d={'k': a if x else b}%}{% set u = a if false %}{% set m = n %}{% set m.l = m.l[:1] %}\
                  {% set list = [n] %}{{ [a, b, c, n.l, t, d, u is defined, list[0].l | length] }}";
    let expected = "[1, 2, (3,), [{'i': 1}], 'x\\n  y', {'k': 1}, False, 1]";
    assert_eq!(render(source, Value::from("x")).unwrap(), expected);
}
