/**
 * Views of records: objects whose fields are accessors over shared memory. A class is made for each schema once,
 * an object for each handle once; to go on to the next message, its {@link RecordPlace} is moved.
 */
import { inspect } from 'node:util';
import { closestName } from '../api/closest-name';
import { errorNamed, type DataBlockError } from '../api/errors';
import type { BytesField, Field, ScalarField, StructField, TextField } from './fields';
import type { RecordPlace } from './record-place';
import type { NumberType } from './record-types';
import { checkBytes, encodeText, readText, storeBytes } from './text';
import { elementsAt, storeElements, UnalignedElements, type ElementsField } from './typed-arrays';
import { checkBigint, checkBoolean, checkFloat, checkInteger, unfit } from './values';

export type ViewClass = new (place: RecordPlace, offset: number) => RecordView;

function gone(): never {
  throw errorNamed('NOTHING_IN_HAND', 'this view is of a record that was let go');
}

/** Values of every slot, or of the one record there is: made at the first look. */
type Kept = unknown[];

export class RecordView {
  readonly #place: RecordPlace;
  readonly #offset: number;
  /** By the index of the field. */
  readonly #kept: (Kept | undefined)[] = [];

  constructor(place: RecordPlace, offset: number) {
    this.#place = place;
    this.#offset = offset;
  }

  /** Where in the memory the struct begins. @throws DataBlockError NOTHING_IN_HAND */
  #begin(): number {
    const { base } = this.#place;
    if (base < 0) gone();
    return base + this.#offset;
  }

  /** What `make` made for this slot before, if it may be kept. */
  #keep(index: number, key: number, make: () => unknown): unknown {
    if (key >= this.#place.keptSlots) return make();
    const kept = (this.#kept[index] ??= []);
    return (kept[key] ??= make());
  }

  /** A member that no field's name can hide. */
  [inspect.custom](): unknown {
    return this.#place.base < 0 ? '[a record that was let go]' : toObject(this);
  }

  static property(field: Field, path: string, index: number, writable: boolean): PropertyDescriptor {
    const accessors = RecordView.#accessors(field, path, index, writable);
    if (!writable) delete accessors.set;
    return { ...accessors, enumerable: true };
  }

  static #accessors(field: Field, path: string, index: number, writable: boolean): PropertyDescriptor {
    switch (field.kind) {
      case 'struct':
        return RecordView.#struct(field, path, index, writable);
      case 'text':
        return field.count === undefined
          ? RecordView.#text(field, path)
          : RecordView.#texts(field, path, field.count);
      case 'bytes':
        return field.count === undefined
          ? RecordView.#bytes(field, path, index)
          : RecordView.#bytesArray(field, path, index, field.count);
      case 'scalar':
        if (field.count === undefined) return RecordView.#scalar(field, path);
        return field.type === 'bool'
          ? RecordView.#booleans(field, path, field.count)
          : RecordView.#numbers(field, path, index, field.count, field.type);
    }
  }

  /** One pair of functions for each type, so that each is compiled to a plain load or store. */
  static #scalar({ type, offset }: ScalarField, path: string): PropertyDescriptor {
    switch (type) {
      case 'i8':
        return {
          get(this: RecordView): number {
            return this.#place.data.getInt8(this.#begin() + offset);
          },
          set(this: RecordView, value: number) {
            checkInteger(path, value, type);
            this.#place.data.setInt8(this.#begin() + offset, value);
          },
        };
      case 'i16':
        return {
          get(this: RecordView): number {
            return this.#place.data.getInt16(this.#begin() + offset, true);
          },
          set(this: RecordView, value: number) {
            checkInteger(path, value, type);
            this.#place.data.setInt16(this.#begin() + offset, value, true);
          },
        };
      case 'i32':
        return {
          get(this: RecordView): number {
            return this.#place.data.getInt32(this.#begin() + offset, true);
          },
          set(this: RecordView, value: number) {
            checkInteger(path, value, type);
            this.#place.data.setInt32(this.#begin() + offset, value, true);
          },
        };
      case 'i64':
        return {
          get(this: RecordView): bigint {
            return this.#place.data.getBigInt64(this.#begin() + offset, true);
          },
          set(this: RecordView, value: bigint) {
            checkBigint(path, value, type);
            this.#place.data.setBigInt64(this.#begin() + offset, value, true);
          },
        };
      case 'u8':
        return {
          get(this: RecordView): number {
            return this.#place.data.getUint8(this.#begin() + offset);
          },
          set(this: RecordView, value: number) {
            checkInteger(path, value, type);
            this.#place.data.setUint8(this.#begin() + offset, value);
          },
        };
      case 'u16':
        return {
          get(this: RecordView): number {
            return this.#place.data.getUint16(this.#begin() + offset, true);
          },
          set(this: RecordView, value: number) {
            checkInteger(path, value, type);
            this.#place.data.setUint16(this.#begin() + offset, value, true);
          },
        };
      case 'u32':
        return {
          get(this: RecordView): number {
            return this.#place.data.getUint32(this.#begin() + offset, true);
          },
          set(this: RecordView, value: number) {
            checkInteger(path, value, type);
            this.#place.data.setUint32(this.#begin() + offset, value, true);
          },
        };
      case 'u64':
        return {
          get(this: RecordView): bigint {
            return this.#place.data.getBigUint64(this.#begin() + offset, true);
          },
          set(this: RecordView, value: bigint) {
            checkBigint(path, value, type);
            this.#place.data.setBigUint64(this.#begin() + offset, value, true);
          },
        };
      case 'f32':
        return {
          get(this: RecordView): number {
            return this.#place.data.getFloat32(this.#begin() + offset, true);
          },
          set(this: RecordView, value: number) {
            checkFloat(path, value, type);
            this.#place.data.setFloat32(this.#begin() + offset, value, true);
          },
        };
      case 'f64':
        return {
          get(this: RecordView): number {
            return this.#place.data.getFloat64(this.#begin() + offset, true);
          },
          set(this: RecordView, value: number) {
            checkFloat(path, value, type);
            this.#place.data.setFloat64(this.#begin() + offset, value, true);
          },
        };
      case 'bool':
        return {
          get(this: RecordView): boolean {
            return this.#place.data.getUint8(this.#begin() + offset) !== 0;
          },
          set(this: RecordView, value: boolean) {
            checkBoolean(path, value);
            this.#place.data.setUint8(this.#begin() + offset, value ? 1 : 0);
          },
        };
    }
  }

  static #numbers(
    { offset, width }: ScalarField,
    path: string,
    index: number,
    count: number,
    type: NumberType,
  ): PropertyDescriptor {
    const elements: ElementsField = { path, type, width, count };
    return {
      get(this: RecordView): unknown {
        this.#begin();
        return this.#keep(index, this.#place.slot, () =>
          elementsAt(elements, this.#place, () => this.#begin() + offset),
        );
      },
      set(this: RecordView, values: ArrayLike<number | bigint>) {
        if (typeof values !== 'object' || values.length !== count)
          throw unfit(path, values, `${type}[${count}]`);
        storeElements(elements, this.#place.data, this.#begin() + offset, values);
      },
    };
  }

  static #booleans({ offset }: ScalarField, path: string, count: number): PropertyDescriptor {
    return {
      get(this: RecordView): readonly boolean[] {
        const begin = this.#begin() + offset;
        return Object.freeze(Array.from({ length: count }, (_, i) => this.#place.bytes[begin + i] !== 0));
      },
      set(this: RecordView, values: readonly boolean[]) {
        const begin = this.#begin() + offset;
        checkCount(path, values, count, 'bool');
        for (const [i, value] of values.entries()) checkBoolean(`${path}[${i}]`, value);
        for (const [i, value] of values.entries()) this.#place.bytes[begin + i] = value ? 1 : 0;
      },
    };
  }

  static #text({ offset, width }: TextField, path: string): PropertyDescriptor {
    return {
      get(this: RecordView): string {
        return readText(path, this.#place.bytes, this.#begin() + offset, width);
      },
      set(this: RecordView, value: string) {
        storeBytes(this.#place.bytes, this.#begin() + offset, width, encodeText(path, width, value));
      },
    };
  }

  static #texts({ offset, width, type }: TextField, path: string, count: number): PropertyDescriptor {
    return {
      get(this: RecordView): readonly string[] {
        const begin = this.#begin() + offset;
        return Object.freeze(
          Array.from({ length: count }, (_, i) =>
            readText(`${path}[${i}]`, this.#place.bytes, begin + i * width, width),
          ),
        );
      },
      set(this: RecordView, values: readonly string[]) {
        const begin = this.#begin() + offset;
        checkCount(path, values, count, type);
        const texts = values.map((value, i) => encodeText(`${path}[${i}]`, width, value));
        for (const [i, text] of texts.entries())
          storeBytes(this.#place.bytes, begin + i * width, width, text);
      },
    };
  }

  static #bytes({ offset, width }: BytesField, path: string, index: number): PropertyDescriptor {
    return {
      get(this: RecordView): unknown {
        const begin = this.#begin() + offset;
        return this.#keep(index, this.#place.slot, () => this.#place.bytes.subarray(begin, begin + width));
      },
      set(this: RecordView, value: Uint8Array) {
        storeBytes(this.#place.bytes, this.#begin() + offset, width, checkBytes(path, width, value));
      },
    };
  }

  static #bytesArray(
    { offset, width, type }: BytesField,
    path: string,
    index: number,
    count: number,
  ): PropertyDescriptor {
    return {
      get(this: RecordView): unknown {
        const begin = this.#begin() + offset;
        const make = (_: unknown, i: number): Uint8Array =>
          this.#place.bytes.subarray(begin + i * width, begin + (i + 1) * width);
        return this.#keep(index, this.#place.slot, () => Object.freeze(Array.from({ length: count }, make)));
      },
      set(this: RecordView, values: readonly Uint8Array[]) {
        const begin = this.#begin() + offset;
        checkCount(path, values, count, type);
        for (const [i, value] of values.entries()) checkBytes(`${path}[${i}]`, width, value);
        for (const [i, value] of values.entries())
          storeBytes(this.#place.bytes, begin + i * width, width, value);
      },
    };
  }

  /** Views of structs move with the record that they are in, so that they are made once for all slots. */
  static #struct(
    { offset, width, count, fields }: StructField,
    path: string,
    index: number,
    writable: boolean,
  ): PropertyDescriptor {
    if (count === undefined) {
      const Inner = makeViewClass(fields, writable, `${path}.`);
      return {
        get(this: RecordView): unknown {
          this.#begin();
          return this.#keep(index, 0, () => new Inner(this.#place, this.#offset + offset));
        },
      };
    }
    // One class for all elements: messages do not say which element they are about.
    const Inner = makeViewClass(fields, writable, `${path}[].`);
    return {
      get(this: RecordView): unknown {
        this.#begin();
        const make = (_: unknown, i: number): RecordView =>
          new Inner(this.#place, this.#offset + offset + i * width);
        return this.#keep(index, 0, () => Object.freeze(Array.from({ length: count }, make)));
      },
    };
  }
}

function checkCount(path: string, values: readonly unknown[], count: number, type: string): void {
  if (!Array.isArray(values) || values.length !== count) throw unfit(path, values, `${type}[${count}]`);
}

/** @param prefix - of the paths of its fields, as messages name them */
export function makeViewClass(fields: readonly Field[], writable: boolean, prefix = ''): ViewClass {
  const View = class extends RecordView {};
  for (const [index, field] of fields.entries())
    Object.defineProperty(
      View.prototype,
      field.name,
      RecordView.property(field, prefix + field.name, index, writable),
    );
  return View;
}

function copyOf(value: unknown): unknown {
  if (value instanceof RecordView) return toObject(value);
  if (value instanceof UnalignedElements) return Array.from(value);
  if (ArrayBuffer.isView(value)) return (value as Uint8Array).slice();
  return Array.isArray(value) ? value.map(copyOf) : value;
}

/** A copy of all values of a record, that stays valid when the record is let go. */
export function toObject(view: object): Record<string, unknown> {
  const names: string[] = [];
  for (const name in view) names.push(name);
  return Object.fromEntries(names.map((name) => [name, copyOf((view as Record<string, unknown>)[name])]));
}

/**
 * The fields, their paths, and the values that `values` has for them.
 * @throws DataBlockError RECORD_INVALID when one is missing or unknown, before the first is given out
 */
export function matchFields(
  fields: readonly Field[],
  values: unknown,
  prefix: string,
): (readonly [field: Field, path: string, value: unknown])[] {
  if (typeof values !== 'object' || values === null || Array.isArray(values))
    throw unfit(prefix === '' ? 'of the record' : prefix.slice(0, -1), values, 'struct');
  const matches = fields.map((field) => {
    const path = prefix + field.name;
    if (!Object.hasOwn(values, field.name)) throw errorNamed('RECORD_INVALID', `field ${path} is missing`);
    return [field, path, (values as Record<string, unknown>)[field.name]] as const;
  });
  const names = Object.keys(values);
  if (names.length > fields.length) {
    const unknown = names.find((name) => !fields.some((field) => field.name === name));
    if (unknown !== undefined) throw unknownField(prefix, unknown, fields);
  }
  return matches;
}

/**
 * Writes all values of a record.
 * @throws DataBlockError RECORD_INVALID when one is missing, unknown, or does not fit
 */
export function assign(
  fields: readonly Field[],
  view: Record<string, unknown>,
  values: unknown,
  prefix = '',
): void {
  for (const [field, path, value] of matchFields(fields, values, prefix)) {
    if (field.kind !== 'struct') {
      view[field.name] = value;
    } else if (field.count === undefined) {
      assign(field.fields, view[field.name] as Record<string, unknown>, value, `${path}.`);
    } else {
      const elements = view[field.name] as Record<string, unknown>[];
      checkCount(path, value as unknown[], field.count, 'struct');
      for (const [i, element] of elements.entries())
        assign(field.fields, element, (value as unknown[])[i], `${path}[${i}].`);
    }
  }
}

/** A field that the schema does not have, and the one that was probably meant. */
function unknownField(prefix: string, name: string, fields: readonly Field[]): DataBlockError {
  const near = closestName(
    name,
    fields.map((field) => field.name),
  );
  const meant = near === undefined ? '' : ` (did you mean ${prefix}${near}?)`;
  return errorNamed('RECORD_INVALID', `there is no field ${prefix}${name}${meant}`);
}
