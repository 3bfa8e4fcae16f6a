// The popup before the first message: what one can do right now.

import { Icon } from "../ui/icons";

const CHAT_STARTERS = [
  "Explain how a rainbow forms",
  "Write a short thank-you note",
  "Give me three names for a grey cat",
];
const PLAIN_STARTERS = ["Once upon a time", "The recipe begins with"];

export function AddModel({ onAdd }: { onAdd: () => void }) {
  return (
    <div class="welcome">
      <img src="/icons/icon.svg" width="48" height="48" alt="" />
      <p>Chord runs language models on this computer. It has none yet: choose a model file (GGUF) to begin.</p>
      <button type="button" class="button primary" onClick={onAdd}>
        <Icon name="plus" />
        Add a model
      </button>
    </div>
  );
}

interface StartersProps {
  hasChatTemplate: boolean;
  onPick: (text: string) => void;
  onBegin: () => void;
}

export function Starters({ hasChatTemplate, onPick, onBegin }: StartersProps) {
  return (
    <div class="welcome">
      <p>
        {hasChatTemplate
          ? "Ask the model something, or begin with one of these."
          : "Give the model a beginning and it carries on."}
      </p>
      <ul class="starters">
        {(hasChatTemplate ? CHAT_STARTERS : PLAIN_STARTERS).map((text) => (
          <li key={text}>
            <button type="button" class="button" onClick={() => onPick(text)}>
              {text}
            </button>
          </li>
        ))}
        {!hasChatTemplate && (
          <li>
            <button type="button" class="button" onClick={onBegin}>
              Let it begin on its own
            </button>
          </li>
        )}
      </ul>
    </div>
  );
}
