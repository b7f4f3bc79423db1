/**
 * The page's style: the sheets of `style/`, one after the other.
 *
 * @module
 */

import { chartStyle } from "../figure/theme.ts";
import base from "./style/base.css" with { type: "text" };
import charts from "./style/charts.css" with { type: "text" };
import tables from "./style/tables.css" with { type: "text" };
import viewer from "./style/viewer.css" with { type: "text" };
import windows from "./style/window.css" with { type: "text" };

/** Colours, text, cards and the head: what any page of n4 has. */
export const BASE_STYLE: string = base;

/** The style. What a kind of window changes comes last. */
export const PAGE_STYLE: string = [base, viewer, chartStyle("page"), charts, tables, windows].join("\n");
