//! Templates for files that have none: the markers in a vocabulary tell how its model was taught to converse.

use crate::gguf::{Array, GgufError, Metadata, Value};
use crate::tokenizer::Tokenizer;

const MISTRAL_MARKERS: [&str; 2] = ["[INST]", "[/INST]"];

/// One way of writing a conversation.
struct Style {
    /// Tokens that all have to be there.
    markers: &'static [&'static str],
    template: &'static str,
}

/// The styles, the more particular first. Each is written after the published template of the family, without its tools.
const STYLES: [Style; 9] = [
    // Llama 3
    Style {
        markers: &["<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>"],
        template: "{{ bos_token }}{% for m in messages %}\
                   {{ '<|start_header_id|>' + m.role + '<|end_header_id|>\n\n' + m.content | trim + '<|eot_id|>' }}\
                   {% endfor %}{% if add_generation_prompt %}\
                   {{ '<|start_header_id|>assistant<|end_header_id|>\n\n' }}{% endif %}",
    },
    // Gemma: a system message goes before the first question, and the model's role is "model".
    Style {
        markers: &["<start_of_turn>", "<end_of_turn>"],
        template: "{{ bos_token }}{% set ns = namespace(system='') %}{% for m in messages %}\
                   {% if m.role == 'system' %}{% set ns.system = m.content | trim + '\n\n' %}{% else %}\
                   {{ '<start_of_turn>' + ('model' if m.role == 'assistant' else m.role) + '\n' + ns.system + \
                   m.content | trim + '<end_of_turn>\n' }}{% set ns.system = '' %}{% endif %}{% endfor %}\
                   {% if add_generation_prompt %}{{ '<start_of_turn>model\n' }}{% endif %}",
    },
    // Granite 3
    Style {
        markers: &["<|start_of_role|>", "<|end_of_role|>", "<|end_of_text|>"],
        template: "{% for m in messages %}\
                   {{ '<|start_of_role|>' + m.role + '<|end_of_role|>' + m.content + '<|end_of_text|>\n' }}{% endfor %}\
                   {% if add_generation_prompt %}{{ '<|start_of_role|>assistant<|end_of_role|>' }}{% endif %}",
    },
    // ChatML: Qwen, SmolLM, LFM2
    Style {
        markers: &["<|im_start|>", "<|im_end|>"],
        template: "{% for m in messages %}{{ '<|im_start|>' + m.role + '\n' + m.content + '<|im_end|>\n' }}{% endfor %}\
                   {% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}",
    },
    // Phi-3
    Style {
        markers: &["<|user|>", "<|assistant|>", "<|end|>"],
        template: "{% for m in messages %}{{ '<|' + m.role + '|>\n' + m.content + '<|end|>\n' }}{% endfor %}\
                   {% if add_generation_prompt %}{{ '<|assistant|>\n' }}{% endif %}",
    },
    // GLM 4
    Style {
        markers: &["[gMASK]", "<sop>", "<|user|>", "<|assistant|>"],
        template: "[gMASK]<sop>{% for m in messages %}{{ '<|' + m.role + '|>\n' + m.content }}{% endfor %}\
                   {% if add_generation_prompt %}{{ '<|assistant|>\n' }}{% endif %}",
    },
    // Zephyr, TinyLlama, Falcon 3
    Style {
        markers: &["<|user|>", "<|assistant|>"],
        template: "{% for m in messages %}{{ '<|' + m.role + '|>\n' + m.content + eos_token + '\n' }}{% endfor %}\
                   {% if add_generation_prompt %}{{ '<|assistant|>\n' }}{% endif %}",
    },
    // Command R
    Style {
        markers: &["<|START_OF_TURN_TOKEN|>", "<|END_OF_TURN_TOKEN|>", "<|USER_TOKEN|>", "<|CHATBOT_TOKEN|>"],
        template: "{{ bos_token }}{% for m in messages %}{{ '<|START_OF_TURN_TOKEN|>' + ('<|USER_TOKEN|>' if m.role == \
                   'user' else '<|SYSTEM_TOKEN|>' if m.role == 'system' else '<|CHATBOT_TOKEN|>') + m.content | trim + \
                   '<|END_OF_TURN_TOKEN|>' }}{% endfor %}\
                   {% if add_generation_prompt %}{{ '<|START_OF_TURN_TOKEN|><|CHATBOT_TOKEN|>' }}{% endif %}",
    },
    // Mistral with its brackets as tokens: a system message goes before the first question.
    Style {
        markers: &MISTRAL_MARKERS,
        template: "{{ bos_token }}{% set ns = namespace(system='') %}{% for m in messages %}\
                   {% if m.role == 'system' %}{% set ns.system = m.content | trim + '\n\n' %}\
                   {% elif m.role == 'user' %}{{ '[INST] ' + ns.system + m.content | trim + ' [/INST]' }}\
                   {% set ns.system = '' %}{% else %}{{ ' ' + m.content | trim + eos_token }}{% endif %}{% endfor %}",
    },
];

/// The style of a vocabulary's own markers, if they are those of a known one. The first Mistrals have none: their files go
/// by the name.
pub(super) fn template(metadata: &Metadata, tokenizer: &Tokenizer) -> Option<&'static str> {
    let name = metadata.opt_str("general.name").ok().flatten().unwrap_or_default().to_lowercase();
    let mistral = ["mistral", "mixtral"].iter().any(|family| name.contains(family)) && name.contains("instruct");
    let has = |marker: &&str| tokenizer.token_id(marker).is_some() || mistral && MISTRAL_MARKERS.contains(marker);
    STYLES.iter().find(|style| style.markers.iter().all(has)).map(|style| style.template)
}

/// The template a file holds for conversations of all sorts. Under `tokenizer.chat_template` is a text, or in some files a
/// list of them. Where a model has several and none for all, each has a key of its own, by name.
///
/// # Errors
/// What is there is no text.
pub(super) fn in_file(metadata: &Metadata) -> Result<Option<&str>, GgufError> {
    const KEY: &str = "tokenizer.chat_template";
    if let Some(Value::Array(Array::String(templates))) = metadata.get(KEY) {
        return Ok(templates.first().map(String::as_str));
    }
    if let Some(template) = metadata.opt_str(KEY)? {
        return Ok(Some(template));
    }
    let names = metadata.opt_strings("tokenizer.chat_templates")?.unwrap_or_default();
    for name in names {
        if let Some(template) = metadata.opt_str(&format!("{KEY}.{name}"))? {
            return Ok(Some(template));
        }
    }
    Ok(None)
}
