/** Reads a rate: `1000/s`, or `1000`, which also counts per second. */
export function parseRate(text: string): Promise<number> {
  const perSecond = /^(\d+(?:\.\d+)?)(?:\/s)?$/.exec(text.trim())?.[1];
  if (perSecond === undefined || Number(perSecond) <= 0) {
    return Promise.reject(new RangeError(`"${text}" is no rate, such as 1000/s`));
  }
  return Promise.resolve(Number(perSecond));
}
