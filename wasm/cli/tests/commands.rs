//! Each command on the project's own models: the shapes of what it prints, and that they agree with each other.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // A broken set-up may stop the test where it is.

mod common;

use common::*;
use serde_json::json;

/// The paragraph's first and last words; `make_model::demo` has the rest.
const FIRST: &str = "Hello! You are talking to Chord's demo model.";
const LAST: &str = "then choose that instead.";

#[test]
fn inspect_tells_what_the_file_holds() {
    let model = made("tiny", "q8_0");
    let out = json("inspect", &model, &[]);
    assert_eq!(out["architecture"], "llama");
    assert_eq!(out["name"], "Chord tiny");
    assert_eq!(out["context_length"], 256);
    assert_eq!(out["missing_bytes"], 0);
    assert_eq!(out["file_bytes"], std::fs::metadata(&model).unwrap().len());
    assert_eq!(out["types"][0]["type"], "Q8_0");
    let embedding = &out["tensors"][0];
    assert_eq!(embedding["name"], "token_embd.weight");
    assert_eq!(embedding["dims"], json!([96, 356]));
    assert_eq!(embedding["offset"], 0);
    assert_eq!(embedding["bytes"], 356 * 3 * 34);
    let tokens = out["metadata"].as_array().unwrap().iter().find(|e| e["key"] == "tokenizer.ggml.tokens").unwrap();
    assert_eq!(tokens["type"], "array of string");
    assert_eq!(tokens["length"], 356);
    assert_eq!(tokens["value"].as_array().unwrap().len(), 8, "long arrays are shortened");
    let weights: u64 = out["tensors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|t| t["dims"].as_array().unwrap().iter().map(|d| d.as_u64().unwrap()).product::<u64>())
        .sum();
    assert_eq!(out["parameters"], weights);

    let output = chord(["inspect", model.to_str().unwrap()]);
    assert!(output.status.success());
    let lines: Vec<String> =
        stdout(&output).lines().map(|l| l.split_whitespace().collect::<Vec<_>>().join(" ")).collect();
    for line in ["architecture llama", "llama.block_count u32 2", "blk.0.attn_k.weight Q8_0 96 × 32 46496"] {
        assert!(lines.iter().any(|l| l == line), "{line} in {lines:#?}");
    }
}

#[test]
fn inspect_reports_missing_bytes() {
    let whole = std::fs::read(made("tiny", "f32")).unwrap();
    let path = temporary("gguf");
    std::fs::write(&path, &whole[..whole.len() - 100]).unwrap();
    assert_eq!(json("inspect", &path, &[])["missing_bytes"], 100);
}

#[test]
fn tokenize_adds_bos_and_parses_specials_only_when_asked() {
    let model = made("tiny", "f32");
    let ids_of = |args: &[&str]| ids(&json("tokenize", &model, args)["ids"]);
    let (bos, eos) = (1, 2);
    let plain = ids_of(&["--text", "hi", "--no-bos"]);
    assert_eq!(ids_of(&["--text", "hi"]), [&[bos], &plain[..]].concat());
    assert_eq!(plain.len(), 2);
    assert_eq!(ids_of(&["--text", "</s>", "--special", "--no-bos"]), [eos]);
    assert!(!ids_of(&["--text", "</s>"]).contains(&eos));
    assert!(ids_of(&["--text", "", "--no-bos"]).is_empty());
    // A text may look like an option, and may be any UTF-8.
    assert_eq!(ids_of(&["--text", "-x", "--no-bos"]).len(), 2);
    assert_eq!(ids_of(&["--text", "ü", "--no-bos"]), [5 + 0xC3, 5 + 0xBC]);
}

#[test]
fn tokenize_reads_standard_input_whole() {
    let model = made("tiny", "f32");
    let from_stdin = |text: &str| {
        json_of(&chord_with_input(["tokenize", model.to_str().unwrap(), "--stdin", "--json"], text.as_bytes()))
    };
    assert_eq!(from_stdin("a b\n"), json("tokenize", &model, &["--text", "a b\n"]));
    assert_eq!(ids(&from_stdin("\0")["ids"]), [1, 5]);
}

#[test]
fn logits_have_the_promised_shape() {
    for backend in BACKENDS {
        let model = made("tiny", "f32");
        let run = |args: &[&str]| json("logits", &model, &[args, &["--backend", backend]].concat());
        let out = run(&["--tokens", "1,40,41", "--positions", "2,0", "--greedy", "2"]);
        assert_eq!(out["n_vocab"], 356);
        assert_eq!(out["positions"], json!([2, 0]));
        let logits = rows(&out["logits"]);
        assert_eq!(logits.iter().map(Vec::len).collect::<Vec<_>>(), [356, 356]);
        let greedy = ids(&out["greedy"]);
        assert_eq!(greedy[0], argmax(&logits[0]));
        let decoded = rows(&out["decode_logits"]);
        assert_eq!(decoded.len(), 2);
        assert_eq!(greedy[1], argmax(&decoded[0]));

        // The same sequence in one prefill, and token by token.
        let tokens = list(&[&[1, 40, 41], &greedy[..]].concat());
        for batch in ["64", "1"] {
            let all = run(&["--tokens", &tokens, "--positions", "all", "--batch", batch]);
            assert_eq!(all["positions"], json!([0, 1, 2, 3, 4]));
            assert_eq!(all["greedy"], json!([]));
            assert_eq!(all["decode_logits"], json!([]));
            let all = rows(&all["logits"]);
            let pairs = [(0, &logits[1]), (2, &logits[0]), (3, &decoded[0]), (4, &decoded[1])];
            assert!(nmse(pairs.map(|(i, row)| (&all[i][..], &row[..]))) < 1e-10, "{backend} {batch}");
        }
        assert_eq!(run(&["--tokens", "1,40,41"])["positions"], json!([2]), "the last by default");
    }
}

#[test]
fn backends_and_types_agree() {
    for weight_type in ["f32", "f16", "bf16", "q8_0", "q4_0"] {
        let model = made("tiny", weight_type);
        let logits = BACKENDS.map(|backend| {
            let args = ["--tokens", "1,40,41,42,43", "--positions", "all", "--backend", backend];
            rows(&json("logits", &model, &args)["logits"])
        });
        let error = nmse(logits[1].iter().map(Vec::as_slice).zip(logits[0].iter().map(Vec::as_slice)));
        // The worst that llama.cpp's own int8 activations do to models of this kind is 2.6e-3.
        let bound = if weight_type == "f32" { 1e-8 } else { 3e-3 };
        assert!(error < bound, "{weight_type}: {error:e}");
    }
}

#[test]
fn the_demo_recites_its_paragraph_whatever_it_is_asked() {
    for weight_type in ["f32", "f16", "bf16", "q8_0", "q4_0"] {
        let model = made("demo", weight_type);
        for backend in BACKENDS {
            let prompts: [&[&str]; 5] = [
                &["--prompt", "Who are you?", "--chat", "--temperature", "1.5", "--seed", "7"],
                &["--prompt", "Hello! You are", "--chat", "--repetition-penalty", "1.3"],
                &["--prompt", "", "--greedy"],
                &["--prompt", "then choose that a", "--top-k", "0", "--top-p", "1", "--min-p", "0"],
                &["--prompt", "größer 日本 <|im_end|>", "--chat", "--greedy"],
            ];
            for prompt in prompts {
                let out = json("generate", &model, &[prompt, &["--backend", backend]].concat());
                let text = out["text"].as_str().unwrap();
                assert!(text.starts_with(FIRST) && text.ends_with(LAST), "{weight_type} {backend} {prompt:?}: {text}");
                let words = text.split(' ').count();
                assert_eq!(ids(&out["ids"]).len(), words, "one token a word");
                assert!(out["prompt_tokens"].as_u64().unwrap() >= 1);
                assert!(out["prefill_tok_s"].as_f64().unwrap() > 0.0 && out["decode_tok_s"].as_f64().unwrap() > 0.0);
            }
        }
    }
}

#[test]
fn a_long_prompt_changes_nothing() {
    let model = made("demo", "q8_0");
    let prompt = "What is this? ".repeat(100);
    let out = json("generate", &model, &["--prompt", &prompt, "--chat"]);
    assert!(out["prompt_tokens"].as_u64().unwrap() > 1000);
    assert!(out["text"].as_str().unwrap().ends_with(LAST));
}

#[test]
fn generate_streams_text_and_counts_on_standard_error() {
    let model = made("demo", "f32");
    let output = chord(["generate", model.to_str().unwrap(), "--prompt", "Hi", "--max-tokens", "8"]);
    assert!(output.status.success());
    assert_eq!(stdout(&output), format!("{FIRST}\n"));
    assert!(stderr(&output).contains("8 generated"), "{}", stderr(&output));
}

#[test]
fn a_seed_repeats_its_draw() {
    let model = made("tiny", "f32");
    let draw = |seed: &str| {
        let args = ["--prompt", "x", "--max-tokens", "16", "--temperature", "2", "--top-k", "0", "--seed", seed];
        json("generate", &model, &args)["ids"].clone()
    };
    assert_eq!(draw("1"), draw("1"));
    assert_ne!(draw("1"), draw("2"));
}

#[test]
fn made_models_are_the_same_bytes_each_time() {
    for shape in ["demo", "tiny"] {
        let read = |weight_type| std::fs::read(made(shape, weight_type)).unwrap();
        assert!(read("q4_0") == read("q4_0"), "{shape}");
        assert!(read("q4_0").len() < read("q8_0").len() && read("q8_0").len() < read("f16").len());
        assert!(read("f32").len() < 1_600_000, "{shape}: {} bytes", read("f32").len());
    }
}

#[test]
fn the_shape_of_a_real_model_is_that_models() {
    let model = made("smollm2-135m", "q4_k_m");
    let out = json("inspect", &model, &[]);
    assert_eq!(out["architecture"], "llama");
    // The real model's figures; its file is as long to a part in a thousand.
    assert_eq!(out["parameters"], 134_515_008);
    assert!((105_000_000..106_500_000).contains(&out["file_bytes"].as_u64().unwrap()), "{}", out["file_bytes"]);
    let types: Vec<_> =
        out["types"].as_array().unwrap().iter().map(|t| (t["type"].as_str(), t["tensors"].as_u64())).collect();
    let tensors = |ty| types.iter().find(|(name, _)| *name == Some(ty)).and_then(|(_, count)| *count);
    assert_eq!(["Q5_0", "Q4_K", "Q8_0", "Q6_K", "F32"].map(tensors), [166, 16, 15, 14, 61].map(Some));
    let again = made("smollm2-135m", "q4_k_m");
    assert!(std::fs::read(&model).unwrap() == std::fs::read(again).unwrap(), "the same bytes each time");

    // Numbers stay sane through thirty layers: logits have the deviation they were made for, and are no tie.
    let logits = &rows(&json("logits", &model, &["--tokens", "300,400,500"])["logits"])[0];
    let deviation = (logits.iter().map(|l| l * l).sum::<f64>() / logits.len() as f64).sqrt();
    assert!((1.0..4.0).contains(&deviation), "{deviation}");
    assert_eq!(
        ids(&json("tokenize", &model, &["--text", " the water was long"])["ids"]).len(),
        4,
        "a token for each word"
    );
}

#[test]
fn bench_measures_what_it_is_asked() {
    let model = made("tiny", "q4_k_m");
    let args = [
        "bench",
        "-m",
        model.to_str().unwrap(),
        "-p",
        "32,7",
        "-n",
        "8",
        "-d",
        "0,40",
        "-r",
        "3",
        "-t",
        "1,2",
        "--profile",
    ];
    let out = json_of(&chord(args.iter().chain(&["--json"])));
    assert_eq!((&out["model"], &out["architecture"]), (&json!("Chord tiny"), &json!("llama")));
    let positive = |value: &serde_json::Value| value.as_f64().unwrap() > 0.0;
    assert!(
        positive(&out["load_ms"]) && positive(&out["repack_ms"]) && out["repack_ms"].as_f64() < out["load_ms"].as_f64()
    );
    for (reading, threads) in out["memory"].as_array().unwrap().iter().zip([1, 2]) {
        assert!(reading["threads"] == threads && positive(&reading["gb_s"]["median"]));
    }
    let what = |row: &serde_json::Value| {
        let number = |key| row[key].as_u64().unwrap();
        (row["test"].as_str().unwrap().to_owned(), number("threads"), number("tokens"), number("depth"))
    };
    let tests = [("prefill", 32, 0), ("prefill", 7, 0), ("decode", 8, 0), ("decode", 8, 40)];
    let with = |threads| tests.map(|(test, tokens, depth)| (test.to_owned(), threads, tokens, depth));
    let expected = [with(1), with(2)].concat();
    let (rows, profile) = (out["rows"].as_array().unwrap(), out["profile"].as_array().unwrap());
    assert_eq!(rows.iter().map(what).collect::<Vec<_>>(), expected);
    assert_eq!(profile.iter().map(what).collect::<Vec<_>>(), expected);
    for row in rows {
        assert_eq!(row["tok_s"]["samples"].as_array().unwrap().len(), 3);
        assert!(positive(&row["tok_s"]["median"]) && row["tok_s"]["min"].as_f64() <= row["tok_s"]["max"].as_f64());
        assert_eq!(row["gb_s"].is_number(), row["test"] == "decode");
    }
    for phase in profile {
        let ops = phase["ops"].as_array().unwrap();
        let share: f64 = ops.iter().map(|op| op["share"].as_f64().unwrap()).sum();
        assert!((share - 1.0).abs() < 1e-6, "all of the time is told: {share}");
        let calls = |name: &str| {
            let of_op = ops.iter().filter(|op| op["op"] == name);
            let per_token: f64 = of_op.map(|op| op["calls_per_token"].as_f64().unwrap()).sum();
            (per_token * phase["tokens"].as_f64().unwrap()).round() as u32
        };
        let passes = if phase["test"] == "prefill" { 1 } else { 8 };
        assert_eq!(["attention", "logits", "norm"].map(calls), [2 * passes, passes, 5 * passes]);
    }

    let plain = chord(args);
    assert!(plain.status.success());
    assert!(stdout(&plain).contains("decode 8 after 40") && stdout(&plain).contains("attention"), "{}", stdout(&plain));
    failure(&chord(["bench", "-m", model.to_str().unwrap(), "-t", "0"]), 2);
    failure(&chord(["bench", "-m", "/nonexistent.gguf"]), 1);
}

#[cfg(feature = "gpu")]
#[test]
fn bench_tells_what_a_gpu_is_asked_for() {
    let model = made("tiny", "q4_0");
    let args = ["bench", "-m", model.to_str().unwrap(), "--backend", "software-gpu", "-p", "12", "-n", "3"];
    let output = chord(args.iter().chain(&["-r", "1", "--profile", "--json"]));
    if !output.status.success() && std::env::var_os("CHORD_NEEDS_GPU").is_none() {
        eprintln!("skipped: {}", stderr(&output));
        return;
    }
    let out = json_of(&output);
    let number = |value: &serde_json::Value| value.as_f64().unwrap();
    assert!(number(&out["memory_gb_s"]["median"]) > 0.0);
    let (rows, profile) = (out["rows"].as_array().unwrap(), out["profile"].as_array().unwrap());
    assert_eq!((rows.len(), profile.len()), (2, 2));
    for (row, phase) in rows.iter().zip(profile) {
        let decode = row["test"] == "decode";
        assert_eq!((row["gb_s"].is_number(), row["tflop_s"].is_number()), (decode, !decode));
        let passes = if decode { 1.0 } else { 1.0 / 12.0 };
        assert_eq!([&row["submissions"], &row["reads"]].map(number), [passes; 2]);
        // The kernels that were timed are those that were counted, and all of their time is told.
        let kernels = phase["kernels"].as_array().unwrap();
        let sum = |key: &str| kernels.iter().map(|kernel| number(&kernel[key])).sum::<f64>();
        assert!((sum("calls_per_token") - number(&row["dispatches"])).abs() < 1e-6, "{phase} {row}");
        assert!((sum("share") - 1.0).abs() < 1e-6 && sum("us_per_token") > 0.0, "{phase}");
    }
    let products = |test: usize, name: &str| {
        let kernels = profile[test]["kernels"].as_array().unwrap();
        kernels.iter().any(|kernel| kernel["kernel"].as_str().unwrap().starts_with(name))
    };
    assert!(products(0, "matmul_") && products(1, "matvec_") && !products(1, "matmul_"));
}

/// A file with `text` in it.
fn file(extension: &str, text: &str) -> std::path::PathBuf {
    let path = temporary(extension);
    std::fs::write(&path, text).unwrap();
    path
}

#[test]
fn template_prints_the_rendering_and_nothing_else() {
    let source = file("jinja", "{{ bos_token }}{% for m in messages %}{{ m.role }}: {{ m.content }}{% endfor %}\n\n\n");
    let context = file("json", r#"{"messages": [{"role": "user", "content": "é"}], "bos_token": "<b>"}"#);
    let run = |source: &std::path::Path, more: &[&str]| {
        let args = ["template", "--file", source.to_str().unwrap(), "--context", context.to_str().unwrap()];
        chord(args.iter().chain(more))
    };
    assert_eq!(stdout(&run(&source, &[])), "<b>user: é\n");
    let dated = file("jinja", "{{ strftime_now('%d %b %Y %H:%M') }}|{{ eos_token }}");
    assert_eq!(stdout(&run(&dated, &["--now", "2025-07-26T13:04:05"])), "26 Jul 2025 13:04|");
    assert_eq!(stdout(&run(&dated, &["--now", "2025-07-26"])), "26 Jul 2025 00:00|");
    assert!(stdout(&run(&dated, &[])).ends_with('|'));

    let refusing = file("jinja", "{{ raise_exception('Roles must alternate') }}");
    assert!(failure(&run(&refusing, &[]), 1).contains("Roles must alternate"));
    assert!(failure(&run(&file("jinja", "{% if %}"), &[]), 1).contains("cannot be read"));
    failure(&run(&source, &["--now", "yesterday"]), 2);
    failure(&chord(["template", "--file", source.to_str().unwrap()]), 2);
    failure(&chord(["template", "--context", context.to_str().unwrap()]), 2);
    let broken = file("json", "{");
    failure(&chord(["template", "--file", source.to_str().unwrap(), "--context", broken.to_str().unwrap()]), 1);
}

#[test]
fn template_of_a_model() {
    let context = file("json", r#"{"messages": [{"role": "user", "content": "Hi"}], "add_generation_prompt": true}"#);
    let run =
        |model: &std::path::Path| chord(["template", model.to_str().unwrap(), "--context", context.to_str().unwrap()]);
    let output = run(&made("demo", "f32"));
    assert!(output.status.success(), "{}", stderr(&output));
    assert!(stdout(&output).contains("Hi"));
    let Some(fixtures) = fixtures() else { return };
    let qwen = run(&fixtures.join("tokenizers/qwen2/vocab.gguf"));
    assert_eq!(stdout(&qwen), "<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\n");
    assert!(failure(&run(&fixtures.join("tokenizers/gpt-2/vocab.gguf")), 1).contains("no chat template"));
}
