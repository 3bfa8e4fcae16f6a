// The person's own prompts: named, editable, offered by the assistant after its own actions.

import { useId } from "preact/hooks";
import type { OwnPrompt } from "../actions";
import { newId } from "../client";
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
      <h2 id="prompts-title">Your prompts</h2>
      <p class="help">
        The assistant offers them for a selection. {"{{selection}}"}, {"{{title}}"} and {"{{page}}"} stand for the
        selected text, the page's title and its text; without {"{{selection}}"} the selected text follows the prompt.
      </p>
      {ownPrompts.length > 0 && (
        <ul class="prompts" aria-label="Your prompts">
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
        Add a prompt
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
          Name
        </label>
        <input
          id={`${id}-name`}
          class="input"
          maxLength={MAX_PROMPT_NAME}
          placeholder="Name"
          value={prompt.name}
          onInput={({ currentTarget: { value } }) => onEdit({ name: value })}
        />
        <IconButton icon="bin" title="Remove" name={`Remove ${prompt.name || "this prompt"}`} onClick={onRemove} />
      </div>
      <label for={`${id}-text`} class="spoken">
        Prompt
      </label>
      <textarea
        id={`${id}-text`}
        class="input"
        rows={3}
        maxLength={MAX_PROMPT_TEXT}
        placeholder="Explain {{selection}} to a child"
        value={prompt.text}
        onInput={({ currentTarget: { value } }) => onEdit({ text: value })}
      />
    </li>
  );
}
