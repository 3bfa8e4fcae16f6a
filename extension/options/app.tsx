import type { EngineClient } from "../client";
import { t } from "../i18n";
import { pickModel } from "../models";
import { useModels, useSettings } from "../ui/use-store";
import { AboutSection } from "./about-section";
import { AnswersSection } from "./answers-section";
import { ModelsSection } from "./models-section";
import { PerformanceSection } from "./performance-section";
import { PrivacySection } from "./privacy-section";
import { PromptsSection } from "./prompts-section";
import { ShortcutsSection } from "./shortcuts-section";
import { SitesSection } from "./sites-section";

const SECTIONS = [
  ["models", "options_models"],
  ["assistant", "options_assistant"],
  ["sites", "sites_title"],
  ["shortcuts", "options_shortcuts"],
  ["performance", "options_performance"],
  ["privacy", "options_privacy"],
  ["about", "options_about"],
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
      </nav>
      <main>
        {settings && (
          <>
            <ModelsSection client={client} store={store} settings={settings} onChange={changeSettings} />
            <section aria-labelledby="assistant-title" id="assistant">
              <h2 id="assistant-title">{t("options_assistant")}</h2>
              <AnswersSection settings={settings} model={model} onChange={changeSettings} />
              <PromptsSection settings={settings} onChange={changeSettings} />
            </section>
            <SitesSection />
            <ShortcutsSection />
            {store.models && (
              <PerformanceSection client={client} models={store.models} settings={settings} onChange={changeSettings} />
            )}
            <PrivacySection client={client} models={store.models?.models ?? []} />
            <AboutSection />
          </>
        )}
      </main>
    </div>
  );
}
