// Some browsers that are built on Chromium have no side panel, or refuse to open it: a small window does as well.

const SIZE = { width: 400, height: 720 };

export async function openAsWindow(path: string): Promise<void> {
  await chrome.windows.create({ url: chrome.runtime.getURL(path), type: "popup", ...SIZE });
}
