/**
 * Which device is used: the one asked for, else the one with the most free memory of those that the library has code
 * for. `CUDA_VISIBLE_DEVICES` hides devices before they are counted.
 *
 * @module
 */

import { TEXT_BYTES, textOf } from "../../../ffi/library.ts";
import { BackendError } from "../../errors.ts";
import type { DeviceInfo } from "../backend.ts";
import type { CudaCalls } from "./calls.ts";

/** The least compute capability that the library has code for; see `TARGETS` in ffi/toolkit.ts. */
const LEAST_CAPABILITY = 6;

/** A device as the driver describes it. */
export interface CudaDevice {
  /** Its number among the visible ones. */
  readonly index: number;
  /** Its name. */
  readonly name: string;
  /** Its UUID, the same in every process. */
  readonly uuid: string;
  /** Memory in bytes. */
  readonly totalBytes: number;
  /** Memory that nobody holds, in bytes; 0 where that is not known. */
  readonly freeBytes: number;
  /** Driver and runtime, e.g. `13.0`. */
  readonly driver: string;
  /** CUDA runtime that the library was built with. */
  readonly runtime: string;
  /** Compute capability, as 8.6. */
  readonly capability: number;
}

/** The visible devices. @throws {BackendError} where there is none, or no driver. */
export function listDevices(calls: CudaCalls): CudaDevice[] {
  const count = new Int32Array(1);
  calls.makeNow((symbols, ...message) => symbols.n4_device_count(count, ...message));
  return Array.from({ length: count[0] }, (_, index) => describeDevice(calls, index));
}

/** A device, its free memory as it is now. */
export function describeDevice(calls: CudaCalls, index: number): CudaDevice {
  const [name, uuid] = [new Uint8Array(TEXT_BYTES), new Uint8Array(TEXT_BYTES)];
  const numbers = new BigUint64Array(5);
  calls.makeNow((symbols, ...message) =>
    symbols.n4_device_info(index, name, name.length, uuid, uuid.length, numbers, ...message)
  );
  const [totalBytes, freeBytes, driver, runtime, capability] = Array.from(numbers, Number);
  return {
    index,
    name: textOf(name),
    uuid: textOf(uuid),
    totalBytes,
    freeBytes,
    driver: version(driver),
    runtime: version(runtime),
    capability: capability / 10,
  };
}

/** CUDA writes 13.1 as 13010. */
function version(number: number): string {
  return `${Math.floor(number / 1000)}.${Math.floor((number % 1000) / 10)}`;
}

/**
 * The device to use.
 *
 * @param asked its number; left out: of those of sufficient capability the one with the most free memory, the first of
 *   equals.
 * @throws {BackendError} when there is no device of that number, or its capability is too low.
 */
export function chooseDevice(devices: readonly CudaDevice[], asked: number | undefined): CudaDevice {
  const candidates = asked === undefined ? devices : devices.slice(asked, asked + 1);
  const usable = candidates.filter(({ capability }) => capability >= LEAST_CAPABILITY);
  if (usable.length > 0) return usable.reduce((best, device) => device.freeBytes > best.freeBytes ? device : best);
  if (candidates.length === 0) {
    const rule = `'device' must be an integer from 0 to ${devices.length - 1}`;
    throw new BackendError("cuda", `Cannot use CUDA as ${rule}: current value is ${asked}`);
  }
  const found = candidates.map(({ name, capability }) => `${name} with ${capability.toFixed(1)}`).join(", ");
  const rule = `a device must have compute capability ${LEAST_CAPABILITY.toFixed(1)} or higher`;
  throw new BackendError("cuda", `Cannot use CUDA as ${rule}: current is ${found}`);
}

/** What a report says of a device; `peakBytes` is asked whenever it is read. */
export function deviceInfo(device: CudaDevice, emulated: boolean, peakBytes: () => number): DeviceInfo {
  return {
    kind: "cuda",
    name: `${device.name} (${device.uuid})`,
    driver: emulated ? "CUDA emulator" : `CUDA driver ${device.driver}, runtime ${device.runtime}`,
    largestBuffer: device.totalBytes,
    software: emulated,
    workers: 1,
    get peakBytes() {
      return peakBytes();
    },
  };
}
