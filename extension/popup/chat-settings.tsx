// The few settings worth having beside a conversation; the rest is on the options page.

import { useId } from "preact/hooks";
import { t } from "../i18n";
import type { ModelRecord } from "../protocol";
import { isChanged, samplingOf, withChange } from "../sampling";
import { type Settings, withModelDefaults } from "../settings";
import { SamplingFields } from "../ui/sampling-fields";

interface Props {
  settings: Settings;
  model: ModelRecord | undefined;
  hasChatTemplate: boolean;
  onChange: (change: (settings: Settings) => Settings) => void;
  onMore: () => void;
}

export function ChatSettings({ settings, model, hasChatTemplate, onChange, onMore }: Props) {
  const id = useId();
  return (
    <section id="settings" class="settings" aria-label={t("chat_settings")}>
      {model && <p class="help">{t(model.sampling ? "chat_settings_recommended" : "chat_settings_any", model.name)}</p>}
      <SamplingFields
        fields={["temperature", "maxTokens"]}
        sampling={samplingOf(settings.sampling, model)}
        onChange={(key, value) =>
          onChange((old) => ({ ...old, sampling: withChange(old.sampling, model, key, value) }))
        }
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
        <button
          type="button"
          class="button quiet"
          disabled={!isChanged(settings.sampling, model)}
          onClick={() => onChange((old) => withModelDefaults(old, model))}
        >
          {t("chat_reset")}
        </button>
        <button type="button" class="button quiet" onClick={onMore}>
          {t("chat_all_options")}
        </button>
      </div>
    </section>
  );
}
