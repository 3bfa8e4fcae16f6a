// An error as sentences, with the button that does something about it.

import type { ComponentChildren } from "preact";
import { describe, type ErrorInfo, type Remedy } from "../errors";
import { t } from "../i18n";

export const remedyLabel = (remedy: Exclude<Remedy, null>) => t(`ui_remedy_${remedy}`);

interface Props {
  error: ErrorInfo;
  /** What is safe: "Nothing was stored." */
  safe?: string;
  testId?: string;
  /** The buttons on offer here; a remedy without one shows no button. */
  remedies?: Partial<Record<Exclude<Remedy, null>, () => void>>;
  children?: ComponentChildren;
}

export function Problem({ error, safe, testId = "error", remedies = {}, children }: Props) {
  const { text, remedy } = describe(error);
  const act = remedy ? remedies[remedy] : undefined;
  return (
    <div class="problem" role="alert" data-testid={testId} data-code={error.code}>
      <p>
        {text}
        {safe ? ` ${safe}` : ""}
      </p>
      {(act || children) && (
        <div class="buttons">
          {remedy && act && (
            <button type="button" class="button" onClick={act}>
              {remedyLabel(remedy)}
            </button>
          )}
          {children}
        </div>
      )}
    </div>
  );
}
