/** What `produce` and `consume` do with records. Loaded only for them: a run that moves bytes starts without. */
import { errorNamed } from '../../api/errors';
import type { SegmentInfo } from '../../native';
import { Schema } from '../../schema/schema';
import type { MessageEncoder } from '../framing/framing';
import { appendVerbatim, noHead } from '../framing/raw';
import type { RecordFraming } from '../framing/record-framing';
import type { Input } from '../input';
import type { Publisher } from '../publisher';
import { CsvWriter } from './csv-records';
import { jsonLine } from './json-records';
import { RecordSource } from './record-source';
import type { RecordBytes } from './value-text';

/** The schema of the block's records. @throws DataBlockError NO_SCHEMA */
function schemaOf(info: SegmentInfo, framing: RecordFraming): Schema {
  const schema = Schema.ofBlock(info);
  if (schema === undefined) throw errorNamed('NO_SCHEMA', `without one nothing can be read as ${framing}`);
  return schema;
}

/** Publishes the records of an input into a block. */
export function publishRecords(
  input: Input,
  framing: RecordFraming,
  info: SegmentInfo,
  publisher: Publisher,
): void {
  new RecordSource(input, framing, schemaOf(info, framing), publisher).run();
}

/**
 * Makes text of messages that are records of `asked`, or without it of the block's own schema.
 * @throws DataBlockError NO_SCHEMA
 */
export function recordEncoder(
  framing: RecordFraming,
  info: SegmentInfo,
  asked: Schema | undefined,
): MessageEncoder {
  const schema = asked ?? schemaOf(info, framing);
  const whole = schemaOf(info, framing).size;
  const csv = framing === 'csv' ? new CsvWriter(schema) : undefined;
  const line = (record: RecordBytes): string =>
    csv === undefined ? `${jsonLine(schema, record, 0)}\n` : csv.line(record, 0);
  return {
    expansion: 1,
    begin: csv === undefined ? undefined : Buffer.from(csv.header()),
    transform: (payload) => {
      if (payload.length !== whole)
        throw errorNamed(
          'RECORD_INVALID',
          `${payload.length} bytes are no ${schema.name}, which has ${whole}`,
        );
      const data = new DataView(payload.buffer, payload.byteOffset, payload.length);
      return Buffer.from(line({ bytes: payload, data }));
    },
    head: noHead,
    body: appendVerbatim,
    tail: (_out, at) => at,
  };
}
