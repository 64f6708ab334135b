/** Where blocks live. */
export const memory: string;
/** Start of the names that this test run may use there. */
export function prefix(): string;
export function leftovers(): string[];
