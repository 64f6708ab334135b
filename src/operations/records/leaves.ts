/** A record as a list of single values: what a line of CSV has columns for. */
import type { Field, ScalarType } from '../../schema/fields';

/** One value at its place. */
export interface Leaf {
  /** `pose.x`, `samples[3]`, `joints[0].torque` */
  readonly path: string;
  readonly kind: 'scalar' | 'text' | 'bytes';
  readonly type: string;
  /** Of a scalar, its type. */
  readonly scalar: ScalarType | undefined;
  /** Bytes from the begin of the record. */
  readonly offset: number;
  readonly width: number;
}

/** All values of a record, in the order in which they lie in memory. */
export function leavesOf(fields: readonly Field[], prefix = '', base = 0): Leaf[] {
  return fields.flatMap((field) => {
    const { name, count, offset, width } = field;
    const elements = Array.from({ length: count ?? 1 }, (_, i) => ({
      path: prefix + name + (count === undefined ? '' : `[${i}]`),
      at: base + offset + i * width,
    }));
    return elements.flatMap(({ path, at }): Leaf[] =>
      field.kind === 'struct'
        ? leavesOf(field.fields, `${path}.`, at)
        : [
            {
              path,
              kind: field.kind,
              type: field.type,
              scalar: field.kind === 'scalar' ? field.type : undefined,
              offset: at,
              width,
            },
          ],
    );
  });
}
