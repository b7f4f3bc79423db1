/**
 * Which device is used: the one asked for, else the one with the most free memory. `CUDA_VISIBLE_DEVICES` hides devices
 * before they are counted.
 *
 * @module
 */

import { TEXT_BYTES, textOf } from "../../../ffi/library.ts";
import { BackendError } from "../../errors.ts";
import type { DeviceInfo } from "../backend.ts";
import type { CudaCalls } from "./calls.ts";

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
  const [totalBytes, freeBytes, driver, runtime] = Array.from(numbers, Number);
  return {
    index,
    name: textOf(name),
    uuid: textOf(uuid),
    totalBytes,
    freeBytes,
    driver: version(driver),
    runtime: version(runtime),
  };
}

/** CUDA writes 13.1 as 13010. */
function version(number: number): string {
  return `${Math.floor(number / 1000)}.${Math.floor((number % 1000) / 10)}`;
}

/**
 * The device to use.
 *
 * @param asked its number; left out: the one with the most free memory, the first of equals.
 * @throws {BackendError} when there is no device of that number.
 */
export function chooseDevice(devices: readonly CudaDevice[], asked: number | undefined): CudaDevice {
  if (asked === undefined) return devices.reduce((best, device) => device.freeBytes > best.freeBytes ? device : best);
  const device = devices[asked];
  if (device) return device;
  throw new BackendError(
    "cuda",
    `Cannot use CUDA as 'device' must be an integer from 0 to ${devices.length - 1}: current value is ${asked}`,
  );
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
