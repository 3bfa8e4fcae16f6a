// A stored model back into a file: streamed, since it may be larger than the memory.

import type { EngineClient } from "../client";
import type { ErrorInfo } from "../errors";
import { newId } from "../new-id";
import { filesChannel, type ModelRecord } from "../protocol";
import type { FilesMessage } from "../store/messages";

interface Pickers {
  showSaveFilePicker?: (options: { suggestedName: string }) => Promise<FileSystemFileHandle>;
}

/** Resolves with the error, null when it is saved, and undefined when the person thought better of it. */
export async function saveModel(client: EngineClient, model: ModelRecord): Promise<ErrorInfo | null | undefined> {
  const one = (model.digests?.length ?? 1) <= 1;
  const { showSaveFilePicker } = globalThis as Pickers;
  let target: FileSystemFileHandle | null = null;
  // Chrome opens the dialog only in answer to the click, so it comes first.
  if (one && showSaveFilePicker) {
    try {
      target = await showSaveFilePicker({ suggestedName: fileName(model.name, 0, 1) });
    } catch (error) {
      if ((error as { name?: string }).name === "AbortError") return undefined;
      throw error;
    }
  }
  const files = await modelFiles(client, model.id);
  if (!Array.isArray(files)) return files;
  const [first] = files;
  if (target && first) {
    await first.stream().pipeTo(await target.createWritable());
    return null;
  }
  for (const [i, file] of files.entries()) download(file, fileName(model.name, i, files.length));
  return null;
}

/** References to what is stored: nothing is read yet. */
async function modelFiles(client: EngineClient, modelId: string): Promise<Blob[] | ErrorInfo | undefined> {
  const id = newId();
  const channel = new BroadcastChannel(filesChannel(id));
  try {
    const handed = new Promise<Blob[]>((resolve) => {
      channel.onmessage = ({ data }: MessageEvent<FilesMessage>) => {
        if (data.type === "files") resolve(data.files);
      };
    });
    const ending = await client.request({ type: "export", modelId }, () => {}, id).ending;
    if (ending.type === "done") return await handed;
    return ending.type === "error" ? ending.error : undefined;
  } finally {
    channel.close();
  }
}

/** Chrome's own download: it streams from the reference, too. */
function download(file: Blob, name: string): void {
  const url = URL.createObjectURL(file);
  const link = Object.assign(document.createElement("a"), { href: url, download: name });
  link.click();
  // The download holds the bytes from its beginning on; it begins a moment after the click.
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}

/** What `gguf-split` would call it. */
export function fileName(model: string, index: number, count: number): string {
  const safe = model.replace(/[\\/:*?"<>|\p{Cc}]+/gu, "-").replace(/^\.+/, "") || "model";
  const part = (n: number) => String(n).padStart(5, "0");
  return count > 1 ? `${safe}-${part(index + 1)}-of-${part(count)}.gguf` : `${safe}.gguf`;
}
