/**
 * A page in headless Firefox, over WebDriver BiDi, which Firefox speaks itself: the version of Debian lacks a command
 * that playwright-core wants.
 *
 * @module
 */

/** Where Debian's package puts it. */
const FIREFOX = "/usr/bin/firefox-esr";

/** An answer of Firefox, whatever was asked. */
// deno-lint-ignore no-explicit-any
type Answer = any;

/** Asks Firefox for something. */
type Ask = (method: string, params?: object) => Promise<Answer>;

/** A page that is open. */
export interface FirefoxPage {
  /** What it wrote on its console. */
  readonly complaints: string[];
  /** The value of an expression in the page, or in its one frame. */
  evaluate(expression: string, inFrame?: boolean): Promise<string>;
  /** Chooses a file. */
  choose(selector: string, path: string): Promise<void>;
}

/** Opens a page in a Firefox of its own, in a folder for its profile. */
export async function withFirefox(
  url: string,
  profile: string,
  body: (page: FirefoxPage) => Promise<void>,
): Promise<void> {
  // The bits of WebAssembly are known; a graphics driver may be here or not.
  await Deno.writeTextFile(`${profile}/user.js`, `user_pref("dom.webgpu.enabled", false);`);
  const args = ["--headless", "--no-remote", "--profile", profile, "--remote-debugging-port", "0", "about:blank"];
  await using firefox = new Deno.Command(FIREFOX, { args, stdout: "null", stderr: "piped" }).spawn();
  const lines = firefox.stderr.pipeThrough(new TextDecoderStream()).getReader();
  const socket = new WebSocket(`${await addressIn(lines)}/session`);
  try {
    await new Promise((opened, failed) => {
      socket.onopen = opened;
      socket.onerror = failed;
    });
    const complaints: string[] = [];
    const ask = asker(socket, complaints);
    await ask("session.new", { capabilities: {} });
    await ask("session.subscribe", { events: ["log.entryAdded"] });
    const { contexts: [{ context }] } = await ask("browsingContext.getTree");
    await ask("browsingContext.navigate", { context, url, wait: "complete" });
    await body(pageOf(ask, context, complaints));
  } finally {
    socket.close();
    // What is left to read would keep its pipe open.
    await lines.cancel();
  }
}

async function addressIn(lines: ReadableStreamDefaultReader<string>): Promise<string> {
  let text = "";
  for (;;) {
    const { value, done } = await lines.read();
    if (done) throw new Error(`Firefox has ended: ${text}`);
    text += value;
    const [address] = /ws:\/\/\S+/.exec(text) ?? [];
    if (address) return address;
  }
}

function asker(socket: WebSocket, complaints: string[]): Ask {
  const waiting = new Map<number, (message: Answer) => void>();
  socket.onmessage = ({ data }) => {
    const message = JSON.parse(data);
    if (message.id) waiting.get(message.id)?.(message);
    else if (message.method === "log.entryAdded") complaints.push(message.params.text);
  };
  return (method, params = {}) =>
    new Promise((resolve, reject) => {
      const id = waiting.size + 1;
      waiting.set(id, ({ error, message, result }) =>
        error ? reject(new Error(`${method}: ${message}`)) : resolve(result));
      socket.send(JSON.stringify({ id, method, params }));
    });
}

function pageOf(ask: Ask, context: string, complaints: string[]): FirefoxPage {
  return {
    complaints,
    async evaluate(expression, inFrame = false) {
      const { contexts: [{ children }] } = await ask("browsingContext.getTree");
      const target = { context: inFrame ? children[0].context : context };
      const { result, exceptionDetails } = await ask("script.evaluate", { expression, target, awaitPromise: true });
      if (exceptionDetails) throw new Error(exceptionDetails.text);
      return String(result.value);
    },
    async choose(selector, path) {
      const locator = { type: "css", value: selector };
      const { nodes: [{ sharedId }] } = await ask("browsingContext.locateNodes", { context, locator });
      await ask("input.setFiles", { context, element: { sharedId }, files: [path] });
    },
  };
}
