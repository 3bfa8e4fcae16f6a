// A summary or an answer: its points, each ending in its places, and who says it. What a model wrote becomes text nodes and
// nothing else.

import type { ComponentChildren } from "preact";
import type { Remedy } from "../errors";
import { t } from "../i18n";
import { gpuNote } from "../status";
import type { Kind, Point } from "../summary/points";
import { CopyButton } from "../ui/copy";
import { Problem } from "../ui/problem";
import { Cite } from "./cite";
import type { Section } from "./session";
import type { PageTab } from "./tab";

/** A word longer than this may stand apart from its number. */
const LONGEST_LAST = 24;

interface Props {
  section: Section;
  kind: Kind;
  tab: PageTab;
  /** Its page is no longer there. */
  gone: boolean;
  testId: string;
  remedies: Partial<Record<Exclude<Remedy, null>, () => void>>;
  children?: ComponentChildren;
}

export function SectionView({ section, kind, tab, gone, testId, remedies, children }: Props) {
  const { state, points, by, note, gpuFailed, error } = section;
  const over = state !== "running";
  const items = points.map((point, i) => <Said key={i} point={point} tab={tab} gone={gone} />);
  return (
    <section class="section" data-testid={testId} data-state={state} aria-busy={!over}>
      {kind === "points" ? (
        <ol class="points">
          {items.map((item, i) => (
            <li key={i}>{item}</li>
          ))}
        </ol>
      ) : (
        <div class={`prose ${kind}`}>{items}</div>
      )}
      {error && <Problem error={error} safe={points.length > 0 ? t("ui_kept") : ""} remedies={remedies} />}
      {gpuFailed && (
        <p class="quiet-text" data-testid="gpu-note">
          {gpuNote(gpuFailed)}
        </p>
      )}
      {(note || (points.length > 0 && by)) && (
        <p class="quiet-text method" data-testid={`${testId}-method`}>
          {[points.length > 0 && by, note].filter(Boolean).join(". ").replace(/\.\.$/, ".")}
        </p>
      )}
      {over && points.length > 0 && (
        <div class="section-foot">
          <CopyButton text={asText(points, kind)} />
          {children}
        </div>
      )}
    </section>
  );
}

function Said({ point, tab, gone }: { point: Point; tab: PageTab; gone: boolean }) {
  const { text, citations } = point;
  // The last word keeps its places with it: a number alone on a line would belong to nothing.
  const at = text.lastIndexOf(" ") + 1;
  const last = text.length - at <= LONGEST_LAST ? at : text.length;
  return (
    <span class="said" dir="auto" data-testid="point" data-text={text}>
      <span class="written">{text.slice(0, last)}</span>
      <span class="end">
        {text.slice(last)}
        {citations.map((citation) => (
          <Cite key={citation.place.paragraph} citation={citation} tab={tab} gone={gone} />
        ))}
      </span>{" "}
    </span>
  );
}

/** For the clipboard: the words, without their places. */
const asText = (points: readonly Point[], kind: Kind) =>
  points.map(({ text }) => (kind === "points" ? `- ${text}` : text)).join(kind === "points" ? "\n" : " ");
