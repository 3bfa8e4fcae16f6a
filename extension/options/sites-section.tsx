// Where the assistant is always at hand: the sites that Chord has access to, and those on which its bubble is hidden.

import { useEffect, useId, useState } from "preact/hooks";
import { t } from "../i18n";
import {
  changeSites,
  EVERY_SITE,
  hostOf,
  hostOfPattern,
  onSitesChanged,
  patternOf,
  readSites,
  type Sites,
  showAgain,
} from "../sites";

export function SitesSection() {
  const sites = useSites();
  const origins = useOrigins();
  const [refused, setRefused] = useState(false);
  const id = useId();
  if (!sites || !origins) return null;

  const everywhere = origins.filter((pattern) => hostOfPattern(pattern) === null);
  const hosts = new Map<string, string[]>();
  for (const pattern of origins) {
    const host = hostOfPattern(pattern);
    if (host) hosts.set(host, [...(hosts.get(host) ?? []), pattern]);
  }
  // Chrome lets this happen only in answer to a click, so nothing is awaited first.
  async function ask(pattern: string): Promise<void> {
    const given = await chrome.permissions.request({ origins: [pattern] }).catch(() => false);
    setRefused(!given);
    const host = hostOfPattern(pattern);
    if (given && host) await changeSites(showAgain(host)); // asked for here, it is no longer hidden here
  }
  const give = (patterns: string[]) => void chrome.permissions.remove({ origins: patterns });

  return (
    <section aria-labelledby="sites-title" id="sites">
      <h2 id="sites-title">{t("sites_title")}</h2>
      <p class="help">{t("sites_help")}</p>
      <Check
        label={t("sites_bubble")}
        help={t("sites_bubble_help")}
        checked={sites.bubble}
        onChange={(bubble) => void changeSites((old) => ({ ...old, bubble }))}
      />
      <Check
        label={t("sites_every")}
        help={t("sites_every_help")}
        checked={everywhere.length > 0}
        onChange={(on) => (on ? void ask(EVERY_SITE) : give(everywhere))}
      />
      <AddSite onAdd={(host) => void ask(patternOf(host))} />
      <p class="warning" role="status">
        {refused && t("sites_not_allowed")}
      </p>
      {hosts.size > 0 && (
        <ul class="rows" aria-label={t("sites_list")}>
          {[...hosts].map(([host, patterns]) => (
            <Row
              key={host}
              host={host}
              act={t("sites_remove")}
              name={t("sites_remove_name", host)}
              onAct={() => give(patterns)}
            />
          ))}
        </ul>
      )}
      {sites.hidden.length > 0 && (
        <>
          <h3 id={`${id}-hidden`}>{t("sites_hidden")}</h3>
          <ul class="rows" aria-label={t("sites_hidden_list")}>
            {sites.hidden.map((host) => (
              <Row
                key={host}
                host={host}
                act={t("sites_show")}
                name={t("sites_show_name", host)}
                onAct={() => void changeSites(showAgain(host))}
              />
            ))}
          </ul>
        </>
      )}
    </section>
  );
}

interface CheckProps {
  label: string;
  help: string;
  checked: boolean;
  onChange: (checked: boolean) => void;
}

function Check({ label, help, checked, onChange }: CheckProps) {
  const id = useId();
  return (
    <div class="check">
      <input
        id={id}
        type="checkbox"
        checked={checked}
        aria-describedby={`${id}-help`}
        onClick={(event) => {
          // What is shown follows what came of it: Chrome may not have been allowed to.
          event.preventDefault();
          onChange(!checked);
        }}
      />
      <label for={id}>{label}</label>
      <p id={`${id}-help`} class="help">
        {help}
      </p>
    </div>
  );
}

/** Opened from a page's panel, the address stands in the field already. */
function AddSite({ onAdd }: { onAdd: (host: string) => void }) {
  const id = useId();
  const [address, setAddress] = useState(new URLSearchParams(location.search).get("site") ?? "");
  const [wrong, setWrong] = useState(false);
  return (
    <form
      class="address"
      onSubmit={(event) => {
        event.preventDefault();
        const host = hostOf(address);
        setWrong(!host);
        if (!host) return;
        setAddress("");
        onAdd(host);
      }}
    >
      <label for={id}>{t("sites_address")}</label>
      <div class="address-row">
        <input
          id={id}
          class="input"
          autocomplete="off"
          spellcheck={false}
          placeholder={t("sites_address_example")}
          value={address}
          aria-invalid={wrong}
          aria-describedby={`${id}-wrong`}
          onInput={({ currentTarget: { value } }) => setAddress(value)}
        />
        <button type="submit" class="button" disabled={!address.trim()}>
          {t("sites_always")}
        </button>
      </div>
      <p id={`${id}-wrong`} class="warning" role="status">
        {wrong && t("sites_no_address")}
      </p>
    </form>
  );
}

function Row({ host, act, name, onAct }: { host: string; act: string; name: string; onAct: () => void }) {
  return (
    <li class="row">
      <span class="row-text">{host}</span>
      <button type="button" class="button quiet" aria-label={name} onClick={onAct}>
        {act}
      </button>
    </li>
  );
}

/** Null until they are read. */
function useSites(): Sites | null {
  const [sites, setSites] = useState<Sites | null>(null);
  useEffect(() => {
    void readSites().then(setSites);
    return onSitesChanged(setSites);
  }, []);
  return sites;
}

/** The match patterns of the sites that Chord has access to; null until they are known. */
function useOrigins(): string[] | null {
  const [origins, setOrigins] = useState<string[] | null>(null);
  useEffect(() => {
    const read = () => void chrome.permissions.getAll().then((all) => setOrigins(all.origins ?? []));
    read();
    chrome.permissions.onAdded.addListener(read);
    chrome.permissions.onRemoved.addListener(read);
    return () => {
      chrome.permissions.onAdded.removeListener(read);
      chrome.permissions.onRemoved.removeListener(read);
    };
  }, []);
  return origins;
}
