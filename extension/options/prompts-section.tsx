// The person's own prompts: named, editable, offered by the assistant after its own actions.

import { useId } from "preact/hooks";
import type { OwnPrompt } from "../actions";
import { t } from "../i18n";
import { newId } from "../new-id";
import { MAX_PROMPT_NAME, MAX_PROMPT_TEXT, MAX_PROMPTS, type Settings } from "../settings";
import { IconButton } from "../ui/icon-button";
import { Icon } from "../ui/icons";

interface Props {
  settings: Settings;
  onChange: (change: (settings: Settings) => Settings) => void;
}

export function PromptsSection({ settings, onChange }: Props) {
  const { ownPrompts } = settings;
  const change = (edit: (prompts: OwnPrompt[]) => OwnPrompt[]) =>
    onChange((old) => ({ ...old, ownPrompts: edit(old.ownPrompts) }));
  const edit = (id: string, part: Partial<OwnPrompt>) =>
    change((prompts) => prompts.map((prompt) => (prompt.id === id ? { ...prompt, ...part } : prompt)));

  return (
    <section aria-labelledby="prompts-title" id="prompts">
      <h3 id="prompts-title">{t("options_prompts")}</h3>
      <p class="help">{t("options_prompts_lead", "{{selection}}", "{{title}}", "{{page}}")}</p>
      {ownPrompts.length > 0 && (
        <ul class="prompts" aria-label={t("options_prompts")}>
          {ownPrompts.map((prompt) => (
            <Prompt
              key={prompt.id}
              prompt={prompt}
              onEdit={(part) => edit(prompt.id, part)}
              onRemove={() => change((prompts) => prompts.filter(({ id }) => id !== prompt.id))}
            />
          ))}
        </ul>
      )}
      <button
        type="button"
        class="button"
        disabled={ownPrompts.length >= MAX_PROMPTS}
        onClick={() => change((prompts) => [...prompts, { id: newId(), name: "", text: "" }])}
      >
        <Icon name="plus" />
        {t("options_add_prompt")}
      </button>
    </section>
  );
}

interface PromptProps {
  prompt: OwnPrompt;
  onEdit: (part: Partial<OwnPrompt>) => void;
  onRemove: () => void;
}

function Prompt({ prompt, onEdit, onRemove }: PromptProps) {
  const id = useId();
  return (
    <li class="prompt" data-testid="prompt">
      <div class="prompt-head">
        <label for={`${id}-name`} class="spoken">
          {t("options_prompt_name")}
        </label>
        <input
          id={`${id}-name`}
          class="input"
          maxLength={MAX_PROMPT_NAME}
          placeholder={t("options_prompt_name")}
          value={prompt.name}
          onInput={({ currentTarget: { value } }) => onEdit({ name: value })}
        />
        <IconButton
          icon="bin"
          title={t("options_remove")}
          name={t("options_remove_name", prompt.name || t("options_this_prompt"))}
          onClick={onRemove}
        />
      </div>
      <label for={`${id}-text`} class="spoken">
        {t("options_prompt")}
      </label>
      <textarea
        id={`${id}-text`}
        class="input"
        rows={3}
        maxLength={MAX_PROMPT_TEXT}
        placeholder={t("options_prompt_example", "{{selection}}")}
        value={prompt.text}
        onInput={({ currentTarget: { value } }) => onEdit({ text: value })}
      />
    </li>
  );
}
