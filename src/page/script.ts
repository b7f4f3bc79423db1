/**
 * The page's script: the modules of `client/` in one, as they are.
 *
 * @module
 */

import decode from "./client/decode.js" with { type: "text" };
import frame from "./client/frame.js" with { type: "text" };
import main from "./client/main.js" with { type: "text" };
import plane from "./client/plane.js" with { type: "text" };
import theme from "./client/theme.js" with { type: "text" };
import viewer from "./client/viewer.js" with { type: "text" };

/**
 * A page has no addresses to import from: each module stands before those that import it, and what they say about each
 * other is left out.
 */
const MODULES = [decode, plane, viewer, theme, frame, main];

const IMPORT = /^import [^;]*;\n/gm;
const EXPORT = /^export (?=(?:async )?function |const )/gm;

/** The script. */
export const PAGE_SCRIPT: string = MODULES.map((text) => text.replace(IMPORT, "").replace(EXPORT, "")).join("\n");
