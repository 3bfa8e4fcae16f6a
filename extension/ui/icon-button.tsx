// A button that is an icon; its name is for screen readers and on hover.

import { Icon, type IconName } from "./icons";

interface Props {
  icon: IconName;
  /** What it does, on hover. */
  title: string;
  /** Its name, where the title alone does not say to what. */
  name?: string;
  class?: string;
  onClick: () => void;
}

export function IconButton({ icon, title, name = title, class: more = "", onClick }: Props) {
  return (
    <button type="button" class={`button quiet icon ${more}`} aria-label={name} title={title} onClick={onClick}>
      <Icon name={icon} />
    </button>
  );
}
