// What is going on: a line for the eye, and an announcement that changes only when something else begins.

import type { Status } from "../status";

export function StatusLine({
  status,
  announce,
  testId = "status",
}: {
  status: Status | null;
  announce: string;
  testId?: string;
}) {
  return (
    <>
      <p class="status-line" data-testid={testId} aria-hidden="true">
        {status && <span class="late">{status.sentence}</span>}
      </p>
      <p class="spoken" role="status">
        {announce}
      </p>
    </>
  );
}
