// Where models are to run, by the person's choice.

import { useId } from "preact/hooks";
import { t } from "../i18n";
import { COMPUTE_ON, type ComputeOn } from "../protocol";

interface Props {
  chosen: ComputeOn;
  onChoose: (on: ComputeOn) => void;
}

export function ComputeOnChoice({ chosen, onChoose }: Props) {
  const id = useId();
  return (
    <fieldset class="choice" aria-describedby={`${id}-help`}>
      <legend>{t("options_compute_on")}</legend>
      <p id={`${id}-help`} class="help">
        {t("options_compute_on_help")}
      </p>
      {COMPUTE_ON.map((on) => (
        <div key={on} class="check">
          <input
            id={`${id}-${on}`}
            type="radio"
            name={id}
            checked={on === chosen}
            aria-describedby={`${id}-${on}-help`}
            onChange={() => onChoose(on)}
          />
          <label for={`${id}-${on}`}>{t(`options_compute_on_${on}`)}</label>
          <p id={`${id}-${on}-help`} class="help">
            {t(`options_compute_on_${on}_help`)}
          </p>
        </div>
      ))}
    </fieldset>
  );
}
