// Which of the files that were chosen together are one model: the parts that `gguf-split` names NAME-00001-of-00003.gguf. The
// engine looks into them; names only decide what it is handed at once.

export interface ModelFiles {
  /** What to call the model: its file's name without the ending, and without the part's number. */
  name: string;
  files: File[];
}

/** A part's name; a browser that downloads it twice puts " (1)" before the ending. */
const PART = /^(.+)-\d{5,}-of-\d{5,}(?: \(\d+\))?\.gguf$/i;

/** One entry a model, in the order in which its first file was given. */
export function groupFiles(files: readonly File[]): ModelFiles[] {
  const models: ModelFiles[] = [];
  const split = new Map<string, ModelFiles>();
  for (const file of files) {
    const name = PART.exec(file.name)?.[1];
    if (name === undefined) {
      models.push({ name: file.name.replace(/\.gguf$/i, "") || file.name, files: [file] });
      continue;
    }
    const known = split.get(name);
    if (known) {
      known.files.push(file);
      continue;
    }
    const model = { name, files: [file] };
    split.set(name, model);
    models.push(model);
  }
  return models;
}
