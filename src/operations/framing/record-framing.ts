/** How records are written as text; what does so is in ../records. */
export const recordFramings = ['json', 'csv'] as const;
export type RecordFraming = (typeof recordFramings)[number];
