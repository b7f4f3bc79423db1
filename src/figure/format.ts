/**
 * Numbers as charts and pages show them.
 *
 * @module
 */

/** A number in at most four digits: `0.8731`, `1,234,567` for a whole one, `2.1e-5`; a dash where there is none. */
export function numberText(value: number, digits = 4): string {
  if (!Number.isFinite(value)) return "–";
  const size = Math.abs(value);
  if (Number.isInteger(value) && size < 1e15) return wholeText(value);
  return size < 1e-3 || size >= 1e6 ? powerText(value, digits) : String(Number(value.toPrecision(digits)));
}

/** A number in at most so many digits times a power of ten: `2.1e-5`. */
export function powerText(value: number, digits: number): string {
  return value.toExponential(digits - 1).replace(/\.?0+e/, "e").replace("e+", "e");
}

/** A whole number in groups of three digits. */
function wholeText(value: number): string {
  return String(value).replace(/\B(?=(\d{3})+$)/g, ",");
}

/** A part of 1 as a percentage. */
export function percentText(value: number): string {
  return Number.isFinite(value) ? `${(100 * value).toFixed(Math.abs(value) < 0.1 ? 2 : 1)}\u00a0%` : "–";
}

/** A part of 1 as a percentage in three digits: `0.212 %`. */
export function shortPercent(value: number): string {
  return `${(100 * value).toPrecision(3)} %`;
}

/** Seconds as people say them: `0.76 s`, `8.4 s`, `2 min 5 s`, `3 h 12 min`. */
export function durationText(seconds: number): string {
  if (seconds < 59.95) return `${seconds.toFixed(seconds < 1 ? 2 : 1)} s`;
  const whole = Math.round(seconds);
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  const minutes = Math.round(whole / 60);
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** Bytes with a binary unit. */
export function bytesText(bytes: number): string {
  const units = ["bytes", "KiB", "MiB", "GiB", "TiB"];
  const power = Math.min(units.length - 1, Math.floor(Math.log2(Math.max(1, bytes)) / 10));
  return `${numberText(Number((bytes / 2 ** (10 * power)).toPrecision(4)))} ${units[power]}`;
}

/** Lengths `[z, y, x]` in mm as text with their unit: micrometres where the largest is below 0.1 mm. */
export function lengthsText(mm: readonly number[]): string {
  const small = Math.max(...mm) < 0.1;
  return `${tripleText(small ? mm.map((value) => 1000 * value) : mm)} ${small ? "µm" : "mm"}`;
}

/** A triple `[z, y, x]` as text. */
export function tripleText(values: readonly number[]): string {
  return values.map((value) => numberText(value)).join(" × ");
}
