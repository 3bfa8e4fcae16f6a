// What Chord is, as a drawing: a page and its summary beside it, both inside the computer.

import { t } from "../i18n";

export function Picture() {
  return (
    <svg class="picture" viewBox="0 0 560 236" role="img" aria-label={t("welcome_picture")}>
      <path class="case" d="M92 206V20a12 12 0 0 1 12-12h352a12 12 0 0 1 12 12v186" />
      <path class="case" d="M48 206h464v6a14 14 0 0 1-14 14H62a14 14 0 0 1-14-14z" />
      <rect class="page" x="110" y="26" width="206" height="164" rx="6" />
      <path class="heading" d="M128 50h104" />
      <path class="text" d="M128 74h170M128 88h152M128 102h164M128 142h170M128 156h158M128 170h92" />
      <path class="marked" d="M126 122h146" />
      <rect class="summary" x="332" y="26" width="120" height="164" rx="6" />
      <path class="heading" d="M348 50h52" />
      <path class="text" d="M360 78h74M360 92h56M360 118h74M360 132h44M360 158h74M360 172h60" />
      <g class="dot">
        <circle cx="350" cy="78" r="3" />
        <circle cx="350" cy="118" r="3" />
        <circle cx="350" cy="158" r="3" />
      </g>
      <path class="link" d="M278 122c28 0 36-4 64-4" />
      <rect class="cite" x="412" y="126" width="22" height="12" rx="4" />
    </svg>
  );
}
