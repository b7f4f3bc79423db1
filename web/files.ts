/// <reference lib="dom" />
/**
 * The files that somebody chooses or drops, folders included. Only their names are looked at.
 *
 * @module
 */

import type { PlacedFile } from "./dropped.ts";

/** The files of an input, with their paths where a folder was chosen. */
export function chosenFiles({ files }: HTMLInputElement): PlacedFile[] {
  return [...files ?? []].map((file) => [file.webkitRelativePath || file.name, file]);
}

/** What a drop holds of one thing: a file, or a folder by one of the two interfaces that browsers have for it. */
type Item = DataTransferItem & { getAsFileSystemHandle?(): Promise<FileSystemHandle | null> };

/** The files that are dropped. */
export async function droppedFiles(dropped: DataTransfer): Promise<PlacedFile[]> {
  // What is dropped is there for as long as the event lasts: everything is asked for before anything is waited for.
  const items = [...dropped.items].filter(({ kind }) => kind === "file").map((item: Item) => ({
    file: item.getAsFile(),
    entry: item.webkitGetAsEntry(),
    // Chromium cannot read entries on a page that was opened from the disk.
    handle: item.getAsFileSystemHandle?.().catch(() => null),
  }));
  const placed: PlacedFile[] = [];
  for (const { file, entry, handle } of items) {
    const folder = entry?.isDirectory ? await handle ?? entry : undefined;
    if (folder) { for await (const inside of filesIn(folder, folder.name)) placed.push(inside); }
    else if (file) placed.push([file.name, file]);
  }
  return placed;
}

/** The files below a folder. */
async function* filesIn(item: FileSystemHandle | FileSystemEntry, path: string): AsyncGenerator<PlacedFile> {
  if ("kind" in item) {
    if (item.kind === "file") yield [path, await (item as FileSystemFileHandle).getFile()];
    else for await (const below of valuesOf(item)) yield* filesIn(below, `${path}/${below.name}`);
  } else if (item.isFile) {
    yield [path, await new Promise<File>((found, failed) => (item as FileSystemFileEntry).file(found, failed))];
  } else {
    for await (const below of entriesOf(item as FileSystemDirectoryEntry)) {
      yield* filesIn(below, `${path}/${below.name}`);
    }
  }
}

/** What a folder holds, by the interface that types do not know yet. */
function valuesOf(folder: FileSystemHandle): AsyncIterable<FileSystemHandle> {
  return (folder as unknown as { values(): AsyncIterable<FileSystemHandle> }).values();
}

/** What a folder holds, by the older interface, which hands out a hundred at a time. */
async function* entriesOf(folder: FileSystemDirectoryEntry): AsyncGenerator<FileSystemEntry> {
  const reader = folder.createReader();
  for (;;) {
    const some = await new Promise<FileSystemEntry[]>((found, failed) => reader.readEntries(found, failed));
    if (some.length === 0) return;
    yield* some;
  }
}
