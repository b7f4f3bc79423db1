/**
 * Reading the line counts of an lcov file (https://ltp.sourceforge.net/coverage/lcov/geninfo.1.php).
 *
 * @module
 */

/** How much of a file was run. */
export interface FileCoverage {
  /** Path in the repository. */
  readonly path: string;
  /** Lines that can be run. */
  readonly lines: number;
  /** Lines that were. */
  readonly hit: number;
}

/** The files of an lcov text. @param root what their paths begin with. */
export function parseLcov(text: string, root: string): FileCoverage[] {
  const files: FileCoverage[] = [];
  for (const record of text.split("end_of_record")) {
    const path = /^SF:(.*)$/m.exec(record)?.[1];
    if (path === undefined) continue;
    const counts = [...record.matchAll(/^DA:\d+,(\d+)/gm)].map(([, count]) => Number(count));
    files.push({
      path: path.startsWith(root) ? path.slice(root.length) : path,
      lines: counts.length,
      hit: counts.filter((count) => count > 0).length,
    });
  }
  return files;
}
