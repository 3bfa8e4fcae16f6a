// Which Chord this is, and whose work is in it.

import { t } from "../i18n";

export function AboutSection() {
  return (
    <section aria-labelledby="about-title" id="about">
      <h2 id="about-title">{t("options_about")}</h2>
      <p>{t("options_version", chrome.runtime.getManifest().version)}</p>
      <p>{t("options_licence")}</p>
      <ul class="about-links">
        <li>
          <a href="/welcome/index.html">{t("options_first_page")}</a>
        </li>
        <li>
          <a href="/THIRD-PARTY.md">{t("options_third_party")}</a>
        </li>
      </ul>
    </section>
  );
}
