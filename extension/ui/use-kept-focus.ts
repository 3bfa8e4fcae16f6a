// Keyboards and screen readers stay where they were: when what had the focus is gone, a thing nearby gets it.

import type { RefObject } from "preact";
import { useEffect, useRef } from "preact/hooks";

/** `changes`: whatever may have taken it away. */
export function useKeptFocus(nearby: RefObject<HTMLElement | null>, changes: unknown): void {
  const last = useRef<Node | null>(null);
  useEffect(() => {
    const note = ({ target }: FocusEvent) => {
      last.current = target as Node;
    };
    addEventListener("focusin", note);
    return () => removeEventListener("focusin", note);
  }, []);
  useEffect(() => {
    if (!last.current || last.current.isConnected || document.activeElement !== document.body) return;
    last.current = null;
    nearby.current?.focus({ preventScroll: true });
  }, [changes]);
}
