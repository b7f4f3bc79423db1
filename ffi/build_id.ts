/**
 * The build id that the CUDA library must have. Written by ffi/build.ts; a test compares it with the sources.
 *
 * @module
 */

/** Hash of the library's sources. */
export const BUILD_ID = "5a3f2a37e8f8d0cb";
