/**
 * A headless Chromium that opens one page, over its DevTools protocol.
 *
 * @module
 */

/** Where Debian's package puts it. */
export const CHROMIUM = "/usr/bin/chromium";

/** Whether there is one. */
export function hasChromium(): boolean {
  try {
    return Deno.statSync(CHROMIUM).isFile;
  } catch {
    return false;
  }
}

/** An open page. */
export class ChromiumPage implements AsyncDisposable {
  readonly #process: Deno.ChildProcess;
  readonly #socket: WebSocket;
  readonly #profile: string;
  #calls = 0;

  private constructor(process: Deno.ChildProcess, socket: WebSocket, profile: string) {
    this.#process = process;
    this.#socket = socket;
    this.#profile = profile;
  }

  /** Opens a page. @param flags of the command line, beside those for running headless. */
  static async open(url: string, flags: readonly string[]): Promise<ChromiumPage> {
    const profile = await Deno.makeTempDir({ prefix: "n4-chromium-" });
    const args = [
      "--headless=new",
      "--no-sandbox",
      "--remote-debugging-port=0",
      `--user-data-dir=${profile}`,
      ...flags,
    ];
    const process = new Deno.Command(CHROMIUM, { args: [...args, url], stdout: "null", stderr: "null" }).spawn();
    const port = await waitFor(async () => (await Deno.readTextFile(`${profile}/DevToolsActivePort`)).split("\n")[0]);
    const target = await waitFor(async () => {
      const found: { type: string; url: string; webSocketDebuggerUrl: string }[] =
        await (await fetch(`http://127.0.0.1:${port}/json`)).json();
      return found.find((each) => each.type === "page" && each.url.startsWith("file:"))?.webSocketDebuggerUrl;
    });
    const socket = new WebSocket(target);
    await new Promise((resolve, reject) => {
      socket.onopen = resolve;
      socket.onerror = reject;
    });
    const page = new ChromiumPage(process, socket, profile);
    const loaded = "location.protocol === 'file:' && document.readyState === 'complete'";
    await waitFor(async () => await page.evaluate(loaded) ? true : undefined);
    return page;
  }

  /** The value of an expression in the page, awaited. @throws {Error} when it throws there. */
  async evaluate<T>(expression: string): Promise<T> {
    const id = ++this.#calls;
    const params = { expression, awaitPromise: true, returnByValue: true };
    const answer = new Promise<{ result: { value: T }; exceptionDetails?: unknown }>((resolve) => {
      const listen = ({ data }: MessageEvent<string>) => {
        const message = JSON.parse(data);
        if (message.id !== id) return;
        this.#socket.removeEventListener("message", listen);
        resolve(message.result);
      };
      this.#socket.addEventListener("message", listen);
    });
    this.#socket.send(JSON.stringify({ id, method: "Runtime.evaluate", params }));
    const { result, exceptionDetails } = await answer;
    if (exceptionDetails) throw new Error(`The page threw: ${JSON.stringify(exceptionDetails)}`);
    return result.value;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = new Promise((resolve) => this.#socket.onclose = resolve);
    this.#socket.send(JSON.stringify({ id: ++this.#calls, method: "Browser.close" }));
    await Promise.all([closed, this.#process.status]);
    await Deno.remove(this.#profile, { recursive: true });
  }
}

/** Asks until there is an answer, ten seconds at most. */
async function waitFor<T>(ask: () => Promise<T | undefined>): Promise<T> {
  for (let round = 0;; round++) {
    const answer = await ask().catch(() => undefined);
    if (answer) return answer;
    if (round === 100) throw new Error("Cannot test the page as Chromium must answer within ten seconds: it did not");
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
