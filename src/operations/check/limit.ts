/** Limits of `check`: a count, a share of what there is, or a duration. */

export interface Limit {
  /** A count, percent, or seconds. */
  value: number;
  percent: boolean;
}

/** What is measured: how much there is, and how much there can be. */
export interface Quantity {
  value: number;
  /** Null where there is no most. */
  most: number | null;
}

/** The limit in the unit of the quantity. */
export function absolute({ value, percent }: Limit, { most }: Quantity): number {
  return percent ? (value / 100) * (most ?? 0) : value;
}

export function exceeds(quantity: Quantity, limit: Limit | undefined): boolean {
  return limit !== undefined && quantity.value > absolute(limit, quantity);
}
