/**
 * A folder as a server gives it: by HTTP on this machine, with the faults that networks have.
 *
 * @module
 */

/** What may happen to an answer; `cut`: its connection ends in the middle of it. */
export type Fault = "busy" | "cut" | undefined;

/** How a server behaves. */
export interface ServerTraits {
  /** Whether parts of a file are sent; left out: they are. */
  readonly ranges?: boolean;
  /** Whether answers say how long they are; left out: they do. */
  readonly lengths?: boolean;
  /** What happens to a request; left out: nothing. */
  readonly fault?: () => Fault;
  /** The status of what is not there; left out: 404. */
  readonly missing?: number;
  /** A status that every request is answered with. */
  readonly status?: number;
  /** Sees every request. */
  readonly onRequest?: (request: Request) => void;
}

/** Calls `use` with the address of a server over `folder`. @returns what `use` returns. */
export async function withServer<T>(
  folder: string,
  traits: ServerTraits,
  use: (address: string) => Promise<T>,
): Promise<T> {
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {}, onError: () => new Response(null, { status: 500 }) },
    async (request) => {
      const response = await answer(folder, traits, request);
      // A connection that stays open would keep the server from ending.
      response.headers.set("connection", "close");
      return response;
    },
  );
  try {
    return await use(`http://127.0.0.1:${server.addr.port}`);
  } finally {
    await server.shutdown();
  }
}

async function answer(folder: string, traits: ServerTraits, request: Request): Promise<Response> {
  const { ranges = true, lengths = true, fault, missing = 404, status, onRequest } = traits;
  onRequest?.(request);
  if (status !== undefined) return new Response(null, { status });
  let bytes: Uint8Array<ArrayBuffer>;
  let changed: number;
  try {
    const path = folder + decodeURIComponent(new URL(request.url).pathname);
    bytes = await Deno.readFile(path);
    changed = (await Deno.stat(path)).mtime?.getTime() ?? 0;
  } catch {
    return new Response(null, { status: missing });
  }
  const event = fault?.();
  if (event === "busy") return new Response(null, { status: 503 });
  const total = bytes.length;
  const headers = new Headers({ etag: `"${total}-${changed}"`, "last-modified": new Date(changed).toUTCString() });
  const [, first, last] = /^bytes=(\d*)-(\d*)$/.exec(request.headers.get("range") ?? "") ?? [];
  let code = 200;
  if (ranges && first !== undefined) {
    const start = first === "" ? Math.max(0, total - Number(last)) : Number(first);
    const end = first === "" || last === "" ? total : Math.min(total, Number(last) + 1);
    if (start >= total) return new Response(null, { status: 416, headers: { "content-range": `bytes */${total}` } });
    headers.set("content-range", `bytes ${start}-${end - 1}/${total}`);
    bytes = bytes.subarray(start, end);
    code = 206;
  }
  headers.set("content-length", String(bytes.length));
  if (!lengths) headers.delete("content-length");
  const body = event === "cut" ? cut(bytes) : lengths ? bytes : new Blob([bytes]).stream();
  return new Response(body, { status: code, headers });
}

/** A body whose connection ends after half of it. */
function cut(bytes: Uint8Array): ReadableStream<Uint8Array> {
  return new ReadableStream({
    start(controller) {
      controller.enqueue(bytes.subarray(0, bytes.length >> 1));
      controller.error(new Error("cut"));
    },
  });
}
