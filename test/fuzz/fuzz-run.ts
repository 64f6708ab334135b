/** How long a fuzzing test runs, and where it starts: set by scripts/fuzz. */
import fc from 'fast-check';

const seconds = Number(process.env.DATABLOCK_FUZZ_SECONDS ?? '5');
const seed = process.env.DATABLOCK_FUZZ_SEED;

/** Longest processor time for one input: what takes longer hangs. Not by the clock: the machine may be busy with other things. */
const mostSecondsOfOne = 5;

/** Room for the scene before, and for the shrinking of a finding after. */
jest.setTimeout((seconds + 120) * 1000);

/** Tries inputs until the time is over; says how many. A finding is made small, and thrown. */
export function fuzz<T>(name: string, inputs: fc.Arbitrary<T>, holds: (input: T) => void): void {
  let runs = 0;
  const end = Date.now() + seconds * 1000;
  const property = fc.property(inputs, (input) => {
    runs += 1;
    const started = process.cpuUsage();
    holds(input);
    const { user, system } = process.cpuUsage(started);
    const took = (user + system) / 1e6;
    if (took > mostSecondsOfOne) throw new Error(`took ${took} s`);
  });
  fc.assert(property, {
    ...(seed === undefined ? {} : { seed: Number(seed) }),
    numRuns: Number.MAX_SAFE_INTEGER,
    interruptAfterTimeLimit: end - Date.now(),
    markInterruptAsFailure: false,
  });
  process.stderr.write(
    `fuzz: ${name.padEnd(8)} ${String(runs).padStart(9)} runs in ${seconds}s, nothing found\n`,
  );
}
