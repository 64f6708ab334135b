// The Node side of the matrix (README.md).
const { isDeepStrictEqual } = require('node:util');
const path = require('node:path');
const { Consumer, DataBlockError, defineSchema, Producer, Segment } = require(
  path.join(__dirname, '..', '..', 'dist'),
);

const SLOTS = 64;
const TIMEOUT_MS = 30_000;

const spec = (u16) => ({
  name: 'Reading',
  version: '1.2.0',
  fields: {
    n: 'u64',
    i64: 'i64',
    i8: 'i8',
    u16,
    f32: 'f32',
    f64: { type: 'f64', unit: 'm' },
    flag: 'bool',
    label: 'char[12]',
    raw: 'bytes[5]',
    values: { type: 'i16', count: 3 },
    pose: { fields: { angle: { type: 'f32', unit: 'deg' }, id: 'u32' } },
    points: { count: 2, fields: { x: 'f64', on: 'bool' } },
  },
});
const Reading = defineSchema(spec('u16'));
const Other = defineSchema(spec('i16'));
const schemaNamed = (name) => (name === 'other' ? Other : Reading);

function reading(n) {
  return {
    n: BigInt(n),
    i64: BigInt(n % 2 === 0 ? n : -n),
    i8: (n % 256) - 128,
    u16: (n * 7) % 65536,
    f32: n / 4,
    f64: n * 0.5 - 1000,
    flag: n % 3 === 0,
    label: `ü${n}`,
    raw: Uint8Array.from({ length: 5 }, (_, k) => (n * 7 + k) % 256),
    values: Int16Array.from({ length: 3 }, (_, k) => ((n * 31 + k * 1000) % 65536) - 32768),
    pose: { angle: (n % 360) * 0.25, id: 2 ** 32 - 1 - n },
    points: [0, 1].map((k) => ({ x: n + k * 0.5, on: (n + k) % 2 === 1 })),
  };
}

function create(name, checksum) {
  Segment.create(name, { slots: SLOTS, slotSize: Reading.size, checksum, schema: Reading });
}

function produce(name, count, schemaName) {
  const schema = schemaNamed(schemaName);
  const producer = Producer.open(name, { schema });
  for (let n = 0; n < Number(count); n++) producer.writeRecord(schema, reading(n), TIMEOUT_MS);
  producer.markEnd(TIMEOUT_MS);
  producer.close();
}

/** One message; what became of it. */
function read(consumer, schema, n) {
  try {
    return consumer.withReadTransaction((slot) => {
      if (!isDeepStrictEqual(schema.toObject(slot.as(schema)), reading(n)))
        throw new Error(`record ${n} is not what it must be`);
      return 'good';
    }, TIMEOUT_MS);
  } catch (error) {
    if (error instanceof DataBlockError && error.code === 'END_OF_STREAM') return 'end';
    if (error instanceof DataBlockError && error.code === 'CHECKSUM_MISMATCH') return 'damaged';
    throw error;
  }
}

function consume(name, from, schemaName) {
  const schema = schemaNamed(schemaName);
  const consumer = Consumer.open(name, { from, schema });
  console.log('attached');
  const seen = { good: 0, damaged: 0 };
  for (;;) {
    const outcome = read(consumer, schema, seen.good + seen.damaged);
    if (outcome === 'end') break;
    seen[outcome]++;
  }
  console.log(
    JSON.stringify({ count: seen.good, damaged: seen.damaged, lost: Number(consumer.stats().lost) }),
  );
  consumer.close();
}

const [command, ...rest] = process.argv.slice(2);
try {
  ({ create, produce, consume })[command](...rest);
} catch (error) {
  console.error(error instanceof DataBlockError ? error.code : error);
  process.exitCode = error instanceof DataBlockError ? 3 : 1;
}
