/** Saves text as a file in the downloads folder. */
export function save(name: string, type: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: `${type};charset=utf-8` }));
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  // The browser has read a link's address when the click returns; the Blob lives on for the download.
  URL.revokeObjectURL(url);
}
