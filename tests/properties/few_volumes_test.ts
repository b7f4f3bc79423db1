/** The properties of `tests/properties` over a few small volumes; `deno task suite properties` runs thousands of larger ones. */

import { QUICK_RUN, registerProperties } from "./suite.ts";

registerProperties(QUICK_RUN);
