const bytesPerUnit: Readonly<Record<string, number>> = {
  b: 1,
  kb: 1e3,
  mb: 1e6,
  gb: 1e9,
  tb: 1e12,
  kib: 2 ** 10,
  mib: 2 ** 20,
  gib: 2 ** 30,
  tib: 2 ** 40,
};

const pattern = /^(\d+(?:\.\d+)?)\s*([a-z]*)$/i;

/**
 * Reads a size as people write it: `64KiB`, `1GB`, `64` (bytes). `K`, `M`, `G` alone are refused: half of the world means
 * 1000 by them and the other half 1024.
 *
 * @returns bytes
 * @throws RangeError saying what is wrong
 */
export function parseSize(text: string): number {
  const match = pattern.exec(text.trim());
  const amount = match?.[1];
  const unit = match?.[2]?.toLowerCase();
  if (amount === undefined || unit === undefined)
    throw new RangeError(`"${text}" is no size, such as 64, 64KiB or 1GB`);
  const factor = bytesPerUnit[unit === '' ? 'b' : unit];
  if (factor === undefined) {
    const letter = unit.toUpperCase();
    if (/^[kmgt]$/.test(unit))
      throw new RangeError(
        `"${text}" may mean two sizes: write ${amount}${letter}iB (1024) or ${amount}${letter}B (1000)`,
      );
    throw new RangeError(`"${unit}" is no unit of size; there are B, KiB, MiB, GiB, TiB, KB, MB, GB, TB`);
  }
  const bytes = Number(amount) * factor;
  if (!Number.isInteger(bytes)) throw new RangeError(`"${text}" is no whole number of bytes`);
  if (!Number.isSafeInteger(bytes)) throw new RangeError(`"${text}" is too large`);
  return bytes;
}
