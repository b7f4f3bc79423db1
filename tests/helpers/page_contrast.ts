/// <reference lib="dom" />
/**
 * The contrast of every text of a page to what it stands on (WCAG 2.2, relative luminance).
 *
 * @module
 */

import type { Page } from "npm:playwright-core@1.65.1";

/** A text and its contrast, from 1 to 21. */
export interface TextContrast {
  readonly text: string;
  readonly contrast: number;
}

/** The contrast of every visible text. */
export async function contrastsOf(page: Page): Promise<TextContrast[]> {
  return await page.evaluate(() => {
    const painter = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
    if (!painter) throw new Error("no canvas");
    /** Any CSS colour over another, as red, green, blue. */
    const paint = (colour: string, over: string) => {
      painter.fillStyle = over;
      painter.fillRect(0, 0, 1, 1);
      painter.fillStyle = colour;
      painter.fillRect(0, 0, 1, 1);
      return [...painter.getImageData(0, 0, 1, 1).data].slice(0, 3);
    };
    const luminance = (colour: number[]) => {
      const [r, g, b] = colour.map((byte) => {
        const part = byte / 255;
        return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
      });
      return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    /** What an element stands on: the nearest ground that is not see-through; a half-transparent one over white, which for white text is the worst there is. */
    const groundOf = (element: Element | null): number[] => {
      for (let one = element; one; one = one.parentElement) {
        const colour = getComputedStyle(one).backgroundColor;
        if (colour !== "rgba(0, 0, 0, 0)" && colour !== "transparent") return paint(colour, "white");
      }
      return [255, 255, 255];
    };
    const found: { text: string; contrast: number }[] = [];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
      const element = walker.currentNode.parentElement;
      const text = walker.currentNode.textContent?.trim() ?? "";
      if (!element || text === "" || !element.checkVisibility() || element.closest("script, noscript")) continue;
      const style = getComputedStyle(element);
      const ink = paint(element instanceof SVGElement ? style.fill : style.color, "black");
      const [dark, light] = [luminance(ink), luminance(groundOf(element))].sort((a, b) => a - b);
      found.push({ text: text.slice(0, 40), contrast: (light + 0.05) / (dark + 0.05) });
    }
    return found;
  });
}
