// What a model hub's addresses look like. The hosts are those that the manifest lets the extension connect to: there is one list.

export interface HubFile {
  /** "https://huggingface.co" */
  hub: string;
  /** "owner/name" */
  repository: string;
  /** A branch, a tag or a commit. */
  revision: string;
  /** Its path in the repository. */
  path: string;
}

/** The sources of `connect-src` in a manifest's policy, but for the extension itself. The first is the hub that the catalogue means. */
export function modelHosts(manifest: { content_security_policy?: unknown }): string[] {
  const policy = manifest.content_security_policy as { extension_pages?: string } | undefined;
  const directive = policy?.extension_pages?.split(";").find((part) => part.trim().startsWith("connect-src "));
  const sources = directive?.trim().split(/\s+/).slice(1) ?? [];
  return sources.filter((source) => /^https?:\/\//.test(source));
}

/** Whether the policy lets a request to `url` pass. */
export function isAllowed(url: URL, hosts: readonly string[]): boolean {
  return hosts.some((host) => {
    const [scheme = "", name = ""] = host.split("://");
    if (`${scheme}:` !== url.protocol) return false;
    return name.startsWith("*.") ? url.host.endsWith(name.slice(1)) : url.host === name;
  });
}

/** The file that an address of a hub means: that of its page, or that of its bytes. Null for any other address. */
export function parseHubUrl(text: string, hosts: readonly string[]): HubFile | null {
  if (!URL.canParse(text)) return null;
  const url = new URL(text);
  if (!isAllowed(url, hosts) || url.username || url.password) return null;
  const match = /^\/([\w.-]+\/[\w.-]+)\/(?:resolve|blob|raw)\/([^/]+)\/(.+\.gguf)$/i.exec(url.pathname);
  if (!match) return null;
  const [, repository = "", revision = "", path = ""] = match;
  try {
    return { hub: url.origin, repository, revision: decodeURIComponent(revision), path: decodeURIComponent(path) };
  } catch {
    return null; // a percent sign that stands for nothing
  }
}

/** Where the bytes of a file are asked for. */
export function fileUrl({ hub, repository, revision, path }: HubFile): string {
  const encoded = path.split("/").map(encodeURIComponent).join("/");
  return `${hub}/${repository}/resolve/${encodeURIComponent(revision)}/${encoded}`;
}

const PART = /^(.*)-(\d{5,})-of-(\d{5,})(\.gguf)$/i;
/** More than any model that a browser can hold has. */
const MAX_PARTS = 64;

/** All files of the model that `file` is or is a part of, in order: split files name how many there are. */
export function allParts(file: HubFile): HubFile[] {
  const match = PART.exec(file.path);
  const count = Number(match?.[3]);
  if (!match || count < 2 || count > MAX_PARTS) return [file];
  const [, stem = "", number = "", of = "", ending = ""] = match;
  return Array.from({ length: count }, (_, i) => ({
    ...file,
    path: `${stem}-${String(i + 1).padStart(number.length, "0")}-of-${of}${ending}`,
  }));
}

/** What a person would call the model: its file's name without ending and number. */
export function modelName({ path }: HubFile): string {
  const file = path.split("/").at(-1) ?? path;
  return (PART.exec(file)?.[1] ?? file.replace(/\.gguf$/i, "")) || file;
}
