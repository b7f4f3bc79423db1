// @ts-check
/// <reference lib="dom" />
/**
 * A page in a frame of another one: it says how high it is, and takes its colours from there.
 *
 * @module
 */

/** Speaks with the page around this one, which has a head of its own. */
export function startFrame() {
  for (const head of document.querySelectorAll("header")) head.hidden = true;
  const tell = () => parent.postMessage({ height: document.body.offsetHeight }, "*");
  new ResizeObserver(tell).observe(document.body);
  addEventListener("message", ({ source, data }) => {
    if (source === parent && /^(light|dark)$/.test(data?.theme)) document.documentElement.dataset.theme = data.theme;
  });
}
