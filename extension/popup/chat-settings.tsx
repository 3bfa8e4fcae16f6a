// The few settings worth having beside a conversation; the rest is on the options page.

import { useId } from "preact/hooks";
import { t } from "../i18n";
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
    <section id="settings" class="settings" aria-label={t("chat_settings")}>
      <SamplingFields
        fields={["temperature", "maxTokens"]}
        sampling={settings.sampling}
        onChange={(key, value) => onChange((old) => ({ ...old, sampling: { ...old.sampling, [key]: value } }))}
      />
      <div class="field wide">
        <label for={id}>{t("chat_system_prompt")}</label>
        <textarea
          id={id}
          class="input"
          rows={2}
          value={settings.systemPrompt}
          aria-describedby={`${id}-help`}
          onInput={({ currentTarget: { value } }) => onChange((old) => ({ ...old, systemPrompt: value }))}
        />
        <p id={`${id}-help`} class="help">
          {hasChatTemplate ? t("chat_system_prompt_help") : t("chat_system_prompt_unused")}
        </p>
      </div>
      <div class="settings-foot">
        <button type="button" class="button quiet" onClick={() => onChange(withDefaultAnswers)}>
          {t("chat_reset")}
        </button>
        <button type="button" class="button quiet" onClick={onMore}>
          {t("chat_all_options")}
        </button>
      </div>
    </section>
  );
}
