// How answers are made: everything about sampling, with its meaning in a sentence.

import { useId } from "preact/hooks";
import { t } from "../i18n";
import type { ModelRecord } from "../protocol";
import { isChanged, samplingOf, withChange } from "../sampling";
import { NUMBER_FIELDS, type Settings, withModelDefaults } from "../settings";
import { SamplingFields } from "../ui/sampling-fields";

interface Props {
  settings: Settings;
  /** The chosen one. */
  model: ModelRecord | undefined;
  onChange: (change: (settings: Settings) => Settings) => void;
}

export function AnswersSection({ settings, model, onChange }: Props) {
  const id = useId();
  return (
    <section aria-labelledby="answers-title" id="answers">
      <h3 id="answers-title">{t("options_answers")}</h3>
      {model && (
        <p class="section-lead">{t(model.sampling ? "chat_settings_recommended" : "chat_settings_any", model.name)}</p>
      )}
      <div class="fields">
        <SamplingFields
          fields={NUMBER_FIELDS.map((field) => field.key)}
          sampling={samplingOf(settings.sampling, model)}
          onChange={(key, value) =>
            onChange((old) => ({ ...old, sampling: withChange(old.sampling, model, key, value) }))
          }
        />
        <div class="field wide">
          <label for={id}>{t("options_system_prompt")}</label>
          <textarea
            id={id}
            class="input"
            rows={3}
            value={settings.systemPrompt}
            aria-describedby={`${id}-help`}
            onInput={({ currentTarget: { value } }) => onChange((old) => ({ ...old, systemPrompt: value }))}
          />
          <p id={`${id}-help`} class="help">
            {t("options_system_prompt_help")}
          </p>
        </div>
        <button
          type="button"
          class="button"
          disabled={!isChanged(settings.sampling, model)}
          onClick={() => onChange((old) => withModelDefaults(old, model))}
        >
          {t("chat_reset")}
        </button>
      </div>
    </section>
  );
}
