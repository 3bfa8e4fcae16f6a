//! Damaged and hostile files, made from the tiny model: one table for native tests and for the browser's.
//!
//! The rule that all of them are held to: a typed error or a sound load, in bounded time and memory, however the file's
//! bytes are cut into pieces.

mod patches;
mod raw;

pub use patches::{Patched, patched};
pub use raw::{Case, Outcome, RawFile, RawTensor, array_head, entry, raw_entry, string};

use wasm_chord_core::gguf::{Array, Value};

use crate::tiny;
use Outcome::{Loads, Refused, Sound};

/// The code of most refusals.
const BAD: Outcome = Refused("bad_model");

/// Lengths and counts that nobody has.
const HUGE: [u64; 4] = [1 << 31, 1 << 40, 1 << 63, u64::MAX];

/// Collects cases, each one change to the tiny model.
struct Table {
    base: RawFile,
    cases: Vec<Case>,
}

impl Table {
    fn add(&mut self, name: impl Into<String>, outcome: Outcome, change: impl FnOnce(&mut RawFile)) {
        let mut file = self.base.clone();
        change(&mut file);
        self.cases.push(Case { name: name.into(), bytes: file.to_bytes(), outcome });
    }

    /// Puts each value under `key`.
    fn values(&mut self, key: &str, outcome: Outcome, values: impl IntoIterator<Item = Value>) {
        for value in values {
            self.add(format!("{key} = {}", shown(&value)), outcome, |file| file.set(key, value));
        }
    }
}

/// Every case.
///
/// # Panics
/// Never: the tiny model is sound.
pub fn cases() -> Vec<Case> {
    let Ok(base) = RawFile::of(&tiny::chat_model()) else { return Vec::new() };
    let mut table = Table { base, cases: Vec::new() };
    table.add("nothing", Sound, |_| {});
    header(&mut table);
    entries(&mut table);
    alignment(&mut table);
    hyperparameters(&mut table);
    vocabulary(&mut table);
    templates(&mut table);
    tensors(&mut table);
    data(&mut table);
    bombs(&mut table);
    table.cases
}

fn header(t: &mut Table) {
    for version in [0, 1, 4, 3u32.swap_bytes(), u32::MAX] {
        t.add(format!("version {version}"), Refused("unsupported_version"), |file| file.version = version);
    }
    t.add("version 2", Sound, |file| file.version = 2);
    for count in HUGE {
        t.add(format!("{count} tensors announced"), BAD, |file| file.tensor_count = Some(count));
        t.add(format!("{count} entries announced"), BAD, |file| file.entry_count = Some(count));
    }
    // One more or fewer: what follows is read as what it is not.
    t.add("one tensor more announced", BAD, |file| file.tensor_count = Some(file.tensors.len() as u64 + 1));
    t.add("three tensors fewer announced", BAD, |file| file.tensor_count = Some(file.tensors.len() as u64 - 3));
    for (more, count) in [("more", 1), ("fewer", u64::MAX)] {
        t.add(format!("one entry {more} announced"), BAD, |file| {
            file.entry_count = Some((file.entries.len() as u64).wrapping_add(count));
        });
    }
    t.add("no tensors", BAD, |file| file.tensors.clear());
    t.add("no entries", BAD, |file| file.entries.clear());
}

fn entries(t: &mut Table) {
    let mut push = |name: &str, outcome, entry: Vec<u8>| t.add(name, outcome, |file| file.entries.push(entry));
    push("a key twice", BAD, entry("general.name", &"again".into()));
    push("an empty key", BAD, entry("", &1u32.into()));
    push("a key of 65,535 bytes", Sound, entry(&"k".repeat(65_535), &1u32.into()));
    push("a key of 65,536 bytes", BAD, entry(&"k".repeat(65_536), &1u32.into()));
    push("a key that is no UTF-8", BAD, raw_entry(b"\xff\xfe", 4, &[0; 4]));
    push("a string that is no UTF-8", BAD, raw_entry(b"k", 8, &string(b"\xc0\x80")));
    push("a bool of 2", BAD, raw_entry(b"k", 7, &[2]));
    push("an array of bools with a 2", BAD, raw_entry(b"k", 9, &[&array_head(7, 3)[..], &[0, 1, 2]].concat()));
    for ty in [13, 255, u32::MAX] {
        push(&format!("value type {ty}"), BAD, raw_entry(b"k", ty, &[0; 64]));
        push(&format!("an array of type {ty}"), BAD, raw_entry(b"k", 9, &[array_head(ty, 1), vec![0; 64]].concat()));
    }
    push("an array in an array", BAD, raw_entry(b"k", 9, &[array_head(9, 1), array_head(4, 0)].concat()));
    let nested: Vec<u8> = (0..100_000).flat_map(|_| array_head(9, 1)).collect();
    push("arrays 100,000 deep", BAD, raw_entry(b"k", 9, &nested));
    for len in HUGE {
        push(&format!("a key of {len} bytes"), BAD, len.to_le_bytes().to_vec());
        push(&format!("a string of {len} bytes"), BAD, raw_entry(b"k", 8, &len.to_le_bytes()));
        for ty in [0, 1, 2, 3, 4, 5, 6, 7, 8, 10, 11, 12] {
            push(&format!("an array of {len} of type {ty}"), BAD, raw_entry(b"k", 9, &array_head(ty, len)));
        }
        let second = [&array_head(8, 2)[..], &string(b"one"), &len.to_le_bytes()].concat();
        push(&format!("a string of {len} bytes in an array"), BAD, raw_entry(b"k", 9, &second));
    }
    push("empty arrays", Sound, raw_entry(b"k", 9, &array_head(8, 0)));
}

fn alignment(t: &mut Table) {
    let key = "general.alignment";
    t.values(key, BAD, [0u32, 3, 33, 1 << 17, 1 << 31, u32::MAX].map(Value::from));
    t.values(key, BAD, [Value::from(-1i32), (1u64 << 63).into(), 32f32.into(), "32".into(), true.into()]);
    // The tensors lie at multiples of 32, which wider ones do not meet; with a closer one the data may begin elsewhere.
    t.values(key, BAD, [4096u32, 65_536].map(Value::from));
    t.values(key, Loads, [1u32, 8].map(Value::from));
    t.values(key, Sound, [32u64.into(), 32u8.into()]);
}

fn hyperparameters(t: &mut Table) {
    let sizes = [
        "embedding_length",
        "block_count",
        "feed_forward_length",
        "attention.head_count",
        "attention.head_count_kv",
        "attention.key_length",
        "rope.dimension_count",
    ];
    for key in sizes.map(|name| format!("llama.{name}")) {
        t.values(&key, BAD, [0u32, 3, 7, 1 << 20, 1 << 31, u32::MAX].map(Value::from));
        t.values(&key, BAD, [Value::from(u64::MAX), (-1i32).into(), i64::MIN.into()]);
        t.values(&key, BAD, [Value::from(4f32), "4".into(), true.into(), vec![7u32; 9].into()]);
    }
    for key in ["embedding_length", "block_count", "feed_forward_length", "attention.head_count", "context_length"] {
        t.add(format!("no llama.{key}"), BAD, |file| file.remove(&format!("llama.{key}")));
    }
    t.values("llama.context_length", BAD, [Value::from(0u32), u64::MAX.into(), (-1i32).into(), "many".into()]);
    t.values("llama.context_length", Sound, [1u32, u32::MAX].map(Value::from));
    t.values("llama.attention.value_length", BAD, [0u32, 7, u32::MAX].map(Value::from));
    t.values("llama.expert_count", Refused("unsupported_feature"), [8u32, u32::MAX].map(Value::from));

    let odd = [f32::NAN, f32::INFINITY, f32::NEG_INFINITY, -1.0, 0.0, -0.0, -f32::MIN_POSITIVE];
    for key in ["llama.attention.layer_norm_rms_epsilon", "llama.rope.freq_base"] {
        t.values(key, BAD, odd.map(Value::from));
        t.values(key, BAD, [Value::from(f64::NAN), 1e300f64.into(), 5u32.into(), "1e-5".into()]);
        t.values(key, Loads, [f32::MIN_POSITIVE, f32::MAX].map(Value::from));
    }
    t.add("no epsilon", BAD, |file| file.remove("llama.attention.layer_norm_rms_epsilon"));
    for kind in ["linear", "yarn"] {
        for factor in odd {
            t.add(format!("{kind} rope scaling by {factor}"), BAD, |file| {
                file.set("llama.rope.scaling.type", kind);
                file.set("llama.rope.scaling.factor", factor);
            });
        }
    }
    t.values("llama.rope.scaling.type", Refused("unsupported_feature"), ["", "twisted"].map(Value::from));

    t.values("general.architecture", Refused("unsupported_architecture"), ["", "llamX", "\0\u{202e}"].map(Value::from));
    t.values("general.architecture", BAD, [Value::from(7u32), vec!["llama".to_owned()].into()]);
    t.add("no architecture", BAD, |file| file.remove("general.architecture"));
    t.values("general.name", BAD, [7u32.into()]);
    for (count, no) in [(2u16, 0u16), (3, 2), (1024, 1023)] {
        t.add(format!("part {no} of {count}"), Refused("split_model"), |file| {
            file.set("split.count", count);
            file.set("split.no", no);
            file.set("split.tensors.count", 12i32);
        });
    }
    t.values("split.count", Refused("split_model"), [Value::from(2u16), u32::MAX.into(), (-1i32).into(), "2".into()]);
}

fn vocabulary(t: &mut Table) {
    let key = |name: &str| format!("tokenizer.ggml.{name}");
    t.values(&key("model"), Refused("unsupported_tokenizer"), ["", "abacus"].map(Value::from));
    t.values(&key("model"), BAD, [1u32.into()]);
    t.values(&key("tokens"), BAD, [Vec::<String>::new().into(), vec![1u32; 266].into(), "tokens".into()]);
    t.values(&key("tokens"), BAD, [vec![String::new(); 265].into(), vec![String::new(); 100_000].into()]);
    t.values(&key("tokens"), Sound, [vec![String::new(); 266].into(), vec!["a".to_owned(); 266].into()]);
    t.values(&key("scores"), BAD, [vec![0f32; 265].into(), vec![0f32; 267].into(), vec![0u8; 266].into()]);
    t.values(&key("scores"), Sound, [vec![f32::NAN; 266].into(), vec![f32::NEG_INFINITY; 266].into()]);
    t.values(&key("token_type"), BAD, [vec![1i32; 1].into(), vec![u32::MAX; 266].into(), vec![1f32; 266].into()]);
    t.values(&key("token_type"), Sound, [0i32, 1, 2, 3, 4, 5, 6, 77, -1].map(|kind| vec![kind; 266].into()));
    for name in ["tokens", "model"] {
        t.add(format!("no {name}"), BAD, |file| file.remove(&key(name)));
    }
    for name in ["bos_token_id", "eos_token_id", "unknown_token_id", "eot_token_id"] {
        // As in llama.cpp, an id outside the vocabulary is passed over: such files exist.
        t.values(&key(name), Sound, [266u32, u32::MAX].map(Value::from));
        t.values(&key(name), BAD, [Value::from(-1i32), u64::MAX.into(), "</s>".into(), vec![2u32].into()]);
    }
    for name in ["add_bos_token", "add_space_prefix"] {
        t.values(&key(name), BAD, [Value::from(1u32), "yes".into()]);
    }
}

fn templates(t: &mut Table) {
    let key = "tokenizer.chat_template";
    let broken = ["{{", "{% for %}", "{% if %}", "{{ 1 +", "{% endfor %}", "{{ x | }}"];
    t.values(key, Refused("chat_template"), broken.map(Value::from));
    t.values(
        key,
        Refused("chat_template"),
        ["(", "[", "-", "not "].map(|s| format!("{{{{ {} }}}}", s.repeat(20_000)).into()),
    );
    t.values(key, Refused("chat_template"), [Value::from(1u32)]);
    t.values(key, Sound, ["", "no tags", "{% for i in range(10) %}{% endfor %}"].map(Value::from));
    t.values(key, Sound, [vec!["{{ 1 }}".to_owned()].into()]); // Several templates: the default one counts.
}

fn tensors(t: &mut Table) {
    let mut change = |name: &str, outcome, change: &dyn Fn(&mut RawTensor)| {
        // The embedding, a norm (one dimension) and the last one.
        for index in [0, 1, 11] {
            t.add(format!("tensor {index}: {name}"), outcome, |file| change(&mut file.tensors[index]));
        }
    };
    change("no name", BAD, &|tensor| tensor.name.clear());
    change("a name that is no UTF-8", BAD, &|tensor| tensor.name = vec![0xff; 9]);
    change("a name of 64 bytes", BAD, &|tensor| tensor.name = vec![b'n'; 64]);
    change("another's name", BAD, &|tensor| tensor.name = b"blk.0.attn_q.weight".to_vec());
    for n_dims in [0, 5, 1 << 31, u32::MAX] {
        change(&format!("{n_dims} dimensions"), BAD, &|tensor| tensor.n_dims = Some(n_dims));
    }
    for extent in [0, 1, 31, 33, 1 << 28, (1 << 28) + 1, 1 << 32, 1 << 62, 1 << 63, u64::MAX] {
        change(&format!("row length {extent}"), BAD, &|tensor| tensor.dims[0] = extent);
        change(&format!("{extent} more dimensions"), BAD, &|tensor| {
            tensor.dims.extend([if extent == 1 { 2 } else { extent }; 2]);
        });
    }
    change("a product that wraps to itself", BAD, &|tensor| tensor.dims.extend([1 << 32, 1 << 32]));
    change("extents of 1 at the end", Sound, &|tensor| tensor.dims.push(1));
    for ty in [4, 5, 9, 19, 24, 25, 26, 27, 28, 31, 36, 38, 41, 255, u32::MAX] {
        change(&format!("type {ty}"), Refused("unsupported_type"), &|tensor| tensor.ty = ty);
    }
    for offset in [1, 4, 31, 1 << 20, 1 << 46, 1 << 63, u64::MAX - 31, u64::MAX] {
        change(&format!("offset {offset}"), BAD, &|tensor| tensor.offset = offset);
    }
    for ty in [1, 8, 2, 30] {
        for index in [0, 1] {
            t.add(format!("tensor {index}: type {ty}, which is shorter"), BAD, |file| file.tensors[index].ty = ty);
        }
        // Nothing follows the last one: what is left of the file is passed over, and the weights are noise.
        t.add(format!("the last tensor's type {ty}, which is shorter"), Loads, |file| file.tensors[11].ty = ty);
    }
    t.add("two tensors in one place", BAD, |file| file.tensors[2].offset = file.tensors[1].offset);
    t.add("all tensors in one place", BAD, |file| file.tensors.iter_mut().for_each(|tensor| tensor.offset = 0));
    t.add("tensors that overlap by one block", BAD, |file| file.tensors[5].offset -= 32);
    t.add("tensors in another order", BAD, |file| file.tensors.reverse());
    t.add("extents swapped", BAD, |file| file.tensors[0].dims.reverse());
    t.add("a tensor nobody asks for", Refused("unsupported_feature"), |file| {
        file.tensors[11].name = b"output.bias".to_vec();
    });
    for index in 0..11 {
        t.add(format!("without tensor {index}"), BAD, |file| drop(file.tensors.remove(index)));
    }
    // The embedding serves for the last one.
    t.add("without the output matrix", Sound, |file| drop(file.tensors.pop()));
}

fn data(t: &mut Table) {
    t.add("a byte short", Refused("truncated"), |file| file.data.truncate(file.data.len() - 1));
    t.add("no data", Refused("truncated"), |file| file.data.clear());
    t.add("a byte long", Sound, |file| file.data.push(0));
    for (name, value) in [("NaN", f32::NAN), ("infinite", f32::INFINITY), ("huge", f32::MAX)] {
        t.add(format!("{name} weights"), Loads, |file| {
            file.data = value.to_le_bytes().repeat(file.data.len() / 4);
        });
    }
    t.add("weights of 0", Loads, |file| file.data.fill(0));
    t.add("weights of ones", Loads, |file| file.data.fill(0xff));
}

/// Files that are long themselves, to see that what is made of them is not much longer.
fn bombs(t: &mut Table) {
    let many = |n: usize, entry: &dyn Fn(usize) -> Vec<u8>| -> Vec<Vec<u8>> { (0..n).map(entry).collect() };
    t.add("65,000 entries", Sound, |file| file.entries.extend(many(65_000, &|i| entry(&format!("k{i}"), &1u8.into()))));
    t.add("66,000 entries", BAD, |file| file.entries.extend(many(66_000, &|i| entry(&format!("k{i}"), &1u8.into()))));
    t.add("60,000 empty strings arrays", Sound, |file| {
        file.entries.extend(many(60_000, &|i| raw_entry(format!("k{i}").as_bytes(), 9, &array_head(8, 0))));
    });
    t.add("200,000 empty strings", Sound, |file| file.set("k", vec![String::new(); 200_000]));
    t.add("a megabyte of text", Sound, |file| file.set("k", "x".repeat(1 << 20)));
    t.add("a megabyte of bools", Sound, |file| file.set("k", vec![true; 1 << 20]));
    t.add("65,000 tensors", Refused("unsupported_feature"), |file| {
        let end = file.data.len() as u64;
        file.tensors.extend((0..65_000).map(|i| RawTensor {
            name: format!("t{i}").into_bytes(),
            n_dims: None,
            dims: vec![8],
            ty: 0,
            offset: end + 32 * i,
        }));
    });
}

fn shown(value: &Value) -> String {
    match value {
        Value::Array(Array::String(v)) => format!("{} strings", v.len()),
        Value::Array(array) => format!("{} of {}", array.len(), value.type_name()),
        Value::String(text) if text.len() > 40 => {
            format!("{}… ({} bytes)", text.chars().take(20).collect::<String>(), text.len())
        }
        other => format!("{other:?}"),
    }
}
