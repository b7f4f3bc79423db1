/**
 * Units of length as OME-NGFF spells them (the names of UDUNITS-2, https://ngff.openmicroscopy.org/0.5/#axes-md), as
 * millimetres.
 *
 * Besides the names of the specification this reads British spelling, plurals and the usual symbols, since files have
 * them.
 *
 * @module
 */

/** Name, symbol and power of ten of every SI prefix. */
const PREFIXES: readonly (readonly [name: string, symbol: string, power: number])[] = [
  ["quetta", "Q", 30],
  ["ronna", "R", 27],
  ["yotta", "Y", 24],
  ["zetta", "Z", 21],
  ["exa", "E", 18],
  ["peta", "P", 15],
  ["tera", "T", 12],
  ["giga", "G", 9],
  ["mega", "M", 6],
  ["kilo", "k", 3],
  ["hecto", "h", 2],
  ["deca", "da", 1],
  ["deka", "da", 1],
  ["", "", 0],
  ["deci", "d", -1],
  ["centi", "c", -2],
  ["milli", "m", -3],
  ["micro", "u", -6],
  ["nano", "n", -9],
  ["pico", "p", -12],
  ["femto", "f", -15],
  ["atto", "a", -18],
  ["zepto", "z", -21],
  ["yocto", "y", -24],
  ["ronto", "r", -27],
  ["quecto", "q", -30],
];

/** Lengths that are no power of ten of a metre, in mm. */
const OTHERS: Readonly<Record<string, number>> = {
  angstrom: 1e-7,
  "\u00c5": 1e-7,
  micron: 1e-3,
  inch: 25.4,
  foot: 304.8,
  yard: 914.4,
  mile: 1609344,
};

/**
 * How many millimetres one `unit` is.
 *
 * @param unit Name in any case (`"micrometer"`, `"Millimetres"`) or symbol in its own case (`"um"`, `"mm"`).
 * @returns `undefined` where it is no unit of length that is known.
 */
export function millimetresPer(unit: string): number | undefined {
  const text = unit.trim().replace(/^[\u00b5\u03bc]/, "u");
  const name = text.toLowerCase().replace(/s$/, "").replace(/metre$/, "meter");
  const other = Object.hasOwn(OTHERS, text) ? OTHERS[text] : Object.hasOwn(OTHERS, name) ? OTHERS[name] : undefined;
  if (other !== undefined) return other;
  const prefix = PREFIXES.find(([long, short]) => name === `${long}meter` || text === `${short}m`);
  return prefix === undefined ? undefined : Number(`1e${prefix[2] + 3}`);
}
