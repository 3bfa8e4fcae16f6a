// The few settings worth having beside a conversation; the rest is on the options page.

import { useId } from "preact/hooks";
import { type Settings, withDefaultAnswers } from "../settings";
import { SamplingFields } from "../ui/sampling-fields";

interface Props {
  settings: Settings;
  hasChatTemplate: boolean;
  onChange: (change: (settings: Settings) => Settings) => void;
  onMore: () => void;
}

export function ChatSettings({ settings, hasChatTemplate, onChange, onMore }: Props) {
  const id = useId();
  return (
    <section id="settings" class="settings" aria-label="Settings">
      <SamplingFields
        fields={["temperature", "maxTokens"]}
        sampling={settings.sampling}
        onChange={(key, value) => onChange((old) => ({ ...old, sampling: { ...old.sampling, [key]: value } }))}
      />
      <div class="field wide">
        <label for={id}>System prompt</label>
        <textarea
          id={id}
          class="input"
          rows={2}
          value={settings.systemPrompt}
          aria-describedby={`${id}-help`}
          onInput={({ currentTarget: { value } }) => onChange((old) => ({ ...old, systemPrompt: value }))}
        />
        <p id={`${id}-help`} class="help">
          {hasChatTemplate
            ? "Said to the model before every conversation."
            : "Not used: this model has no chat format."}
        </p>
      </div>
      <div class="settings-foot">
        <button type="button" class="button quiet" onClick={() => onChange(withDefaultAnswers)}>
          Reset to defaults
        </button>
        <button type="button" class="button quiet" onClick={onMore}>
          All options…
        </button>
      </div>
    </section>
  );
}
