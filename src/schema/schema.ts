import type { SegmentInfo } from '../native';
import { canonicalText, readCanonicalText, schemaHash } from './canonical';
import type { Field, RecordLayout } from './fields';
import { RecordPlace } from './record-place';
import type { RecordValues, StructSpec, WriteView } from './record-types';
import { assign, makeViewClass, toObject, type RecordView, type ViewClass } from './record-view';
import { errorNamed, type DataBlockError } from '../api/errors';

/** A schema, whatever its records are. */
export type AnySchema = Pick<Schema, 'name' | 'version' | 'size' | 'text' | 'hash'>;

/**
 * What the messages of a block are: names, types and places of the fields of a record.
 *
 * Made by {@link defineSchema}, from a file ({@link readSchemaFile}), from a canonical text, or from a block.
 * `S` is what it was defined as, from which the types of its views follow. Immutable.
 */
export class Schema<S extends StructSpec = StructSpec> implements RecordLayout {
  readonly name: string;
  /** `major.minor.patch` */
  readonly version: string;
  /** Bytes of a record. */
  readonly size: number;
  readonly align: number;
  readonly fields: readonly Field[];
  /** The canonical text: the same in every language for the same record. */
  readonly text: string;
  /** BLAKE2b-256 of {@link text}, 64 hex digits. */
  readonly hash: string;
  /** Schemas of different records are different types. */
  declare readonly spec?: S;
  #reading: ViewClass | undefined;
  #writing: ViewClass | undefined;

  private constructor(text: string) {
    const { name, version, size, align, fields } = readCanonicalText(text);
    this.name = name;
    this.version = version;
    this.size = size;
    this.align = align;
    this.fields = fields;
    this.text = text;
    this.hash = schemaHash(text);
  }

  /** First half of {@link hash}: enough to tell schemas apart at a glance. */
  get id(): string {
    return this.hash.slice(0, this.hash.length / 2);
  }

  /**
   * Reads a canonical text.
   * @throws DataBlockError SCHEMA_INVALID
   */
  static parse(text: string): Schema {
    return new Schema(text);
  }

  /** @internal */
  static of<S extends StructSpec>(record: RecordLayout): Schema<S> {
    return new Schema<S>(canonicalText(record));
  }

  /** The schema of a block; undefined when it has none. */
  static ofBlock({ schema }: Pick<SegmentInfo, 'schema'>): Schema | undefined {
    return schema === null ? undefined : new Schema(schema.text);
  }

  /** `SensorData 1.0.0` */
  toString(): string {
    return `${this.name} ${this.version}`;
  }

  /**
   * A view of the record that `bytes` begins with. It stays valid as long as the memory does: for records in
   * slots, which can be let go, there is {@link ReadSlot.as}.
   * @throws DataBlockError RECORD_INVALID when there are too few bytes
   */
  over(bytes: Uint8Array): WriteView<S> {
    if (bytes.length < this.size) throw this.tooShort(bytes.length);
    const place = new RecordPlace(bytes, 1);
    place.begin(0, 0);
    return this.view(place, true) as WriteView<S>;
  }

  /** A copy of all values of a record as a plain object, which stays valid when the record is let go. */
  toObject(view: object): RecordValues<S> {
    return toObject(view) as RecordValues<S>;
  }

  /** @internal A view of the record at a place. */
  view(place: RecordPlace, writable: boolean): RecordView {
    const View = writable
      ? (this.#writing ??= makeViewClass(this.fields, true))
      : (this.#reading ??= makeViewClass(this.fields, false));
    return new View(place, 0);
  }

  /** @internal Writes all values of a record. */
  assign(view: object, values: unknown): void {
    assign(this.fields, view as Record<string, unknown>, values);
  }

  /** @internal */
  tooShort(bytes: number): DataBlockError {
    return errorNamed('RECORD_INVALID', `${bytes} bytes are no ${this.name}, which has ${this.size}`);
  }
}
