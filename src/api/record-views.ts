import { native, type ConsumerJoinOptions, type SegmentInfo } from '../native';
import { RecordPlace } from '../schema/record-place';
import type { StructSpec } from '../schema/record-types';
import type { RecordView } from '../schema/record-view';
import type { AnySchema, Schema } from '../schema/schema';
import { translated } from './errors';
import { MAX_CACHED_VIEWS } from './slot-views';

/** How a handle takes schemas that are not its block's. */
export type SchemaMatch = NonNullable<ConsumerJoinOptions['schemaMatch']>;

/**
 * Views of records in the slots of one handle: one for each schema, moved from message to message. The memory is
 * that of all slots, or with `checked` a private copy of one.
 */
export class RecordViews {
  readonly #info: SegmentInfo;
  readonly #payload: Uint8Array;
  readonly #writable: boolean;
  readonly #match: SchemaMatch;
  readonly #views = new Map<AnySchema, RecordView>();
  #place: RecordPlace;
  #lastSchema: AnySchema | undefined;
  #lastView: RecordView | undefined;

  constructor(payload: ArrayBuffer, info: SegmentInfo, writable: boolean, match: SchemaMatch) {
    this.#info = info;
    this.#payload = new Uint8Array(payload);
    this.#writable = writable;
    this.#match = match;
    this.#place = new RecordPlace(this.#payload, Math.min(info.slots, MAX_CACHED_VIEWS));
  }

  /**
   * The view of the record in this slot.
   * @param length - bytes of the message, or of the slot when it is being written.
   * @throws DataBlockError NO_SCHEMA, SCHEMA_MISMATCH, RECORD_INVALID
   */
  at<S extends StructSpec>(schema: Schema<S>, slot: number, length: number): RecordView {
    if (length < schema.size) throw schema.tooShort(length);
    this.#place.begin(slot * this.#info.stride, slot);
    return schema === this.#lastSchema && this.#lastView !== undefined ? this.#lastView : this.#find(schema);
  }

  /** The view of the record in a private copy; no other message ever gets it. */
  over<S extends StructSpec>(schema: Schema<S>, copy: Uint8Array): RecordView {
    if (copy.length < schema.size) throw schema.tooShort(copy.length);
    this.#requireMatch(schema);
    if (this.#place.bytes !== copy) {
      this.#place = new RecordPlace(copy, 0);
      this.#place.begin(0, 0);
    }
    return schema.view(this.#place, this.#writable);
  }

  /** From now on every view throws. */
  end(): void {
    this.#place.end();
  }

  #find<S extends StructSpec>(schema: Schema<S>): RecordView {
    let view = this.#views.get(schema);
    if (view === undefined) {
      this.#requireMatch(schema);
      view = schema.view(this.#place, this.#writable);
      this.#views.set(schema, view);
    }
    this.#lastSchema = schema;
    this.#lastView = view;
    return view;
  }

  #requireMatch(schema: AnySchema): void {
    const block = this.#info.schema?.text ?? '';
    translated(() => {
      native().requireSchema(block, schema.text, this.#match === 'compatible');
    });
  }
}
