/**
 * Nextflow from Maven Central, without its launcher, which would fetch from elsewhere: `deno task suite workflows:setup` puts its jars into .venv/nextflow.
 *
 * @module
 */

import { ROOT } from "../helpers/command.ts";
import { runTool } from "./processes.ts";

/** For a Java program that runs for seconds: little memory, no second compiler. */
const BRIEF = ["-Xmx512m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"];

/** Packages of Java into which it looks, as its launcher allows it: else its cache stays empty without a word, and nothing is resumed. */
const OPENED = [
  "java.io",
  "java.lang",
  "java.net",
  "java.nio",
  "java.util",
  "java.util.concurrent",
  "sun.nio.ch",
  "sun.nio.fs",
]
  .map((name) => `--add-opens=java.base/${name}=ALL-UNNAMED`);

/** Where its jars lie. */
const JARS = `${ROOT}.venv/nextflow`;

/** A run that has ended. */
export interface NextflowRun {
  readonly code: number;
  /** Both streams, as they came. */
  readonly text: string;
}

/** What a run is given. */
export interface NextflowStart {
  /** Its launch folder, which receives `work` and `.nextflow`. */
  readonly cwd: string;
  /** Words after `nextflow run`. */
  readonly words: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** `nextflow run`, offline. */
export async function runNextflow({ cwd, words, env = {} }: NextflowStart): Promise<NextflowRun> {
  const command = new Deno.Command("java", {
    args: [...BRIEF, ...OPENED, "-cp", `${JARS}/*`, "nextflow.cli.Launcher", "run", ...words],
    cwd,
    env: { ...env, NXF_HOME: `${cwd}/.nxf`, NXF_OFFLINE: "true", NXF_ANSI_LOG: "false", NO_COLOR: "1" },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  });
  const { code, stdout, stderr } = await command.output();
  const decoder = new TextDecoder();
  return { code, text: decoder.decode(stdout) + decoder.decode(stderr) };
}

/** A run that must end well. @returns what it said. */
export async function runNextflowWell(start: NextflowStart): Promise<string> {
  const { code, text } = await runNextflow(start);
  if (code !== 0) throw new Error(`'nextflow run ${start.words.join(" ")}' must end well:\n${text}`);
  return text;
}

/** Fetches the jars, by versions pinned in nextflow_pom.xml, through the Maven of this machine. */
export async function installNextflow(): Promise<void> {
  const pom = new URL("nextflow_pom.xml", import.meta.url).pathname;
  await runTool("mvn", [
    "--quiet",
    "--batch-mode",
    "--file",
    pom,
    "dependency:copy-dependencies",
    `-DoutputDirectory=${JARS}`,
    "-DincludeScope=runtime",
  ]);
}

if (import.meta.main) await installNextflow();
