// Below the field: whether the page goes along, and how full the model's context is.

import { number, t } from "../i18n";
import { Icon } from "../ui/icons";
import type { Exchange } from "./conversation";
import type { PageChoice } from "./use-page";

/** From here on a long answer may not fit any more. */
const NEARLY_FULL = 0.8;

interface Props {
  page: PageChoice;
  context: Exchange["context"];
  onNew: () => void;
}

export function ComposerFoot({ page, context, onNew }: Props) {
  const full = context !== null && context.used >= context.size * NEARLY_FULL;
  return (
    <>
      <div class="composer-foot">
        <button
          type="button"
          class="button quiet page-toggle"
          aria-pressed={page.wanted}
          disabled={!page.tab}
          title={t("chat_use_page_title")}
          onClick={page.toggle}
        >
          <Icon name={page.wanted ? "check" : "page"} />
          <span>
            {t("chat_use_page")} {page.tab?.title && <bdi class="page-title">{page.tab.title}</bdi>}
          </span>
        </button>
        {context && context.used > 0 && (
          <span
            class="quiet-text context"
            data-testid="context"
            data-full={full || undefined}
            title={t("chat_context_title")}
          >
            {t("chat_context", number(context.used), number(context.size))}
          </span>
        )}
      </div>
      {full && (
        <p class="nearly-full quiet-text" role="status" data-testid="nearly-full">
          <span>{t("chat_nearly_full")}</span>
          <button type="button" class="button" onClick={onNew}>
            {t("chat_new")}
          </button>
        </p>
      )}
    </>
  );
}
