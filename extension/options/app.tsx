import type { EngineClient } from "../client";
import { t } from "../i18n";
import { pickModel } from "../models";
import { useModels, useSettings } from "../ui/use-store";
import { AnswersSection } from "./answers-section";
import { ModelsSection } from "./models-section";
import { PromptsSection } from "./prompts-section";
import { ShortcutsSection } from "./shortcuts-section";
import { SitesSection } from "./sites-section";

const SECTIONS = [
  ["models", "options_models"],
  ["get", "models_get"],
  ["answers", "options_answers"],
  ["prompts", "options_prompts"],
  ["sites", "sites_title"],
  ["shortcuts", "options_shortcuts"],
] as const;

export function App({ client }: { client: EngineClient }) {
  const [settings, changeSettings] = useSettings();
  const store = useModels(client);
  const model = store.models && settings ? pickModel(store.models.models, settings.modelId) : undefined;
  return (
    <div class="options chord">
      <nav aria-label={t("options_sections")}>
        <h1>
          <img src="/icons/icon.svg" width="24" height="24" alt="" />
          Chord
        </h1>
        <ul>
          {SECTIONS.map(([id, label]) => (
            <li key={id}>
              <a href={`#${id}`}>{t(label)}</a>
            </li>
          ))}
        </ul>
        <p class="quiet-text">{t("options_version", chrome.runtime.getManifest().version)}</p>
      </nav>
      <main>
        {settings && (
          <>
            <ModelsSection client={client} store={store} settings={settings} onChange={changeSettings} />
            <AnswersSection settings={settings} model={model} onChange={changeSettings} />
            <PromptsSection settings={settings} onChange={changeSettings} />
            <SitesSection />
            <ShortcutsSection />
          </>
        )}
      </main>
    </div>
  );
}
