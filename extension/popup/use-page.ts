// "Use this page": whether the page that is looked at goes along with the next question.

import { useEffect, useState } from "preact/hooks";
import { ChordError, type ErrorInfo, toErrorInfo } from "../errors";
import { type AttachedPage, currentTab, onTabChanged, type PageTab, readPage } from "./page";

export interface PageChoice {
  tab: PageTab | null;
  wanted: boolean;
  /** Why the page cannot be read. */
  error: ErrorInfo | null;
  toggle: () => void;
  /** The page's text, where it is wanted; null where it is not. Undefined, and `error` says why, where it cannot be read. */
  take: () => Promise<AttachedPage | null | undefined>;
  dismiss: () => void;
}

export function usePage(): PageChoice {
  const [tab, setTab] = useState<PageTab | null>(null);
  const [wanted, setWanted] = useState(false);
  const [error, setError] = useState<ErrorInfo | null>(null);
  useEffect(() => {
    const look = () => void currentTab().then(setTab);
    look();
    addEventListener("focus", look); // access may have been given meanwhile
    const stop = onTabChanged(() => {
      setError(null); // what was said of one page is not said of another
      look();
    });
    return () => {
      removeEventListener("focus", look);
      stop();
    };
  }, []);

  async function read(): Promise<AttachedPage | undefined> {
    setError(null);
    try {
      const now = await currentTab();
      if (!now) throw new ChordError("page_gone");
      const page = await readPage(now.id);
      setTab({ ...now, title: now.title || page.title });
      return page;
    } catch (thrown) {
      setError(toErrorInfo(thrown));
    }
    setWanted(false);
    return undefined;
  }

  return {
    tab,
    wanted,
    error,
    toggle() {
      setWanted(!wanted);
      if (wanted) setError(null);
      else void read(); // now, so that a page that is closed is told of before a question is written about it
    },
    async take() {
      if (!wanted) return null;
      const page = await read();
      if (page) setWanted(false); // it is in the conversation now
      return page;
    },
    dismiss: () => setError(null),
  };
}
