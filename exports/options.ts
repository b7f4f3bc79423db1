/**
 * Every option as data: its type, rule, group and help, of which the command line and docs/options.md are made. For a
 * form of one's own, or the descriptor of a workflow.
 *
 * @module
 */

export {
  APPLY_OPTIONS,
  type ArrayOptions,
  CORRECT_OPTIONS,
  INFO_OPTIONS,
  type InfoOptions,
} from "../src/options/table.ts";
export { NORMALIZE_OPTIONS } from "../src/options/normalize_table.ts";
export { PLAN_OPTIONS, STEP_OPTIONS } from "../src/options/step_table.ts";
export { type OptionValue, type OptionValues } from "../src/options/spec.ts";
