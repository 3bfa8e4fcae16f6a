// How answers are made: everything about sampling, with its meaning in a sentence.

import { useId } from "preact/hooks";
import { t } from "../i18n";
import { NUMBER_FIELDS, type Settings, withDefaultAnswers } from "../settings";
import { SamplingFields } from "../ui/sampling-fields";

interface Props {
  settings: Settings;
  onChange: (change: (settings: Settings) => Settings) => void;
}

export function AnswersSection({ settings, onChange }: Props) {
  const id = useId();
  return (
    <section aria-labelledby="answers-title" id="answers">
      <h2 id="answers-title">{t("options_answers")}</h2>
      <div class="fields">
        <SamplingFields
          fields={NUMBER_FIELDS.map((field) => field.key)}
          sampling={settings.sampling}
          onChange={(key, value) => onChange((old) => ({ ...old, sampling: { ...old.sampling, [key]: value } }))}
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
        <button type="button" class="button" onClick={() => onChange(withDefaultAnswers)}>
          {t("options_reset")}
        </button>
      </div>
    </section>
  );
}
