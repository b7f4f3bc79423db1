/**
 * The build id that the CUDA library must have. Written by ffi/build.ts; a test compares it with the sources.
 *
 * @module
 */

/** Hash of the library's sources. */
export const BUILD_ID = "ce0aeadb52b944b5";
