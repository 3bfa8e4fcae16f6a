import type { EngineClient } from "../client";
import { useModels, useSettings } from "../ui/use-store";
import { AnswersSection } from "./answers-section";
import { ModelsSection } from "./models-section";
import { PromptsSection } from "./prompts-section";
import { ShortcutsSection } from "./shortcuts-section";

const SECTIONS = [
  ["models", "Models"],
  ["get", "Get a model"],
  ["answers", "Answers"],
  ["prompts", "Your prompts"],
  ["shortcuts", "Shortcuts"],
] as const;

export function App({ client }: { client: EngineClient }) {
  const [settings, changeSettings] = useSettings();
  const store = useModels(client);
  return (
    <div class="options chord">
      <nav aria-label="Sections">
        <h1>
          <img src="/icons/icon.svg" width="24" height="24" alt="" />
          Chord
        </h1>
        <ul>
          {SECTIONS.map(([id, label]) => (
            <li key={id}>
              <a href={`#${id}`}>{label}</a>
            </li>
          ))}
        </ul>
        <p class="quiet-text">Version {chrome.runtime.getManifest().version}</p>
      </nav>
      <main>
        {settings && (
          <>
            <ModelsSection client={client} store={store} settings={settings} onChange={changeSettings} />
            <AnswersSection settings={settings} onChange={changeSettings} />
            <PromptsSection settings={settings} onChange={changeSettings} />
            <ShortcutsSection />
          </>
        )}
      </main>
    </div>
  );
}
