/** `produce` and `consume` of records: JSON and CSV in and out, by the schema of the block. */
import * as fs from 'node:fs';
import * as path from 'node:path';
import { Producer, Schema, Segment, parseSchemaFile } from '../../src';
import { blockDirectory } from '../support/block-directory';
import { killChildrenAfterEach, startAdmin, until, type Child, type Ended } from '../support/child';
import { documentOf } from '../support/json';
import { freshName } from '../support/names';
import { runAdmin, type Run } from '../support/program';
import { Random } from '../support/random';

jest.setTimeout(120_000);

const dir = blockDirectory();
killChildrenAfterEach();

const sensor = {
  name: 'SensorData',
  version: '1.0.0',
  fields: [
    { name: 'timestamp', type: 'u64', unit: 'ns' },
    { name: 'delta', type: 'i64' },
    { name: 'x', type: 'f64', unit: 'm' },
    { name: 'f', type: 'f32' },
    { name: 'samples', type: 'i16', count: 2 },
    { name: 'label', type: 'char[8]' },
    {
      name: 'pose',
      type: 'struct',
      fields: [
        { name: 'angle', type: 'f32' },
        { name: 'ok', type: 'bool' },
      ],
    },
    { name: 'joints', type: 'struct', count: 2, fields: [{ name: 't', type: 'u8' }] },
    { name: 'raw', type: 'bytes[2]' },
  ],
};

function fileOf(name: string, content: unknown): string {
  const file = path.join(dir, name);
  fs.writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content));
  return file;
}

const schemaFile = fileOf('sensor.schema.json', sensor);
const schema = parseSchemaFile(JSON.stringify(sensor));

function makeBlock(slots = 64, of: Schema = schema): string {
  const name = freshName();
  Segment.create(name, { dir, slots, slotSize: of.size, schema: of });
  return name;
}

const admin = (args: readonly string[], input: Buffer | string = ''): Run =>
  runAdmin(args, { dir, input: input.toString() });

async function succeeded(child: Child): Promise<Ended> {
  const ended = await child.ended;
  if (ended.exit !== 0) throw new Error(`exit ${String(ended.exit)}: ${ended.stderr}`);
  return ended;
}

/** Sends text in through one framing and takes it out through another, in two processes that run together. */
async function through(
  of: Schema,
  input: Buffer | string,
  framing: string,
  output: string,
  slots = 16,
): Promise<Buffer> {
  const name = makeBlock(slots, of);
  const consumer = startAdmin(['consume', name, '--framing', output, '--timeout', '60s'], { dir });
  const producer = startAdmin(
    ['produce', name, '--framing', framing, '--wait-consumers', '1', '--timeout', '60s'],
    { dir, input },
  );
  await succeeded(producer);
  const { stdout } = await succeeded(consumer);
  Segment.unlink(name, { dir });
  return stdout;
}

const json = {
  timestamp: '18446744073709551615',
  delta: '-9223372036854775808',
  x: 0.1,
  f: 0.1,
  samples: [-32768, 32767],
  label: 'grün,"a',
  pose: { angle: -1.5, ok: true },
  joints: [{ t: 0 }, { t: 255 }],
  raw: '00ff',
};
const line = `${JSON.stringify(json)}\n`;
const header =
  'timestamp,delta,x,f,samples[0],samples[1],label,pose.angle,pose.ok,joints[0].t,joints[1].t,raw\n';
const row =
  '18446744073709551615,-9223372036854775808,0.1,0.1,-32768,32767,"grün,""a",-1.5,true,0,255,00ff\n';

describe('what goes in comes out', () => {
  test.each([
    ['json', line, 'json', line],
    ['json', line, 'csv', header + row],
    ['csv', header + row, 'json', line],
    ['csv', header + row, 'csv', header + row],
    ['csv', header, 'csv', header],
    ['json', '', 'csv', header],
    ['json', '', 'json', ''],
  ])('%s: %j as %s', async (framing, input, output, expected) => {
    expect((await through(schema, input, framing, output)).toString()).toBe(expected);
  });

  const Numbers = parseSchemaFile(
    JSON.stringify({
      name: 'Numbers',
      version: '1.0.0',
      fields: [
        { name: 'd', type: 'f64' },
        { name: 'f', type: 'f32' },
      ],
    }),
  );

  test('numbers, to the last bit', async () => {
    const doubles = [
      0,
      -0,
      0.1,
      5e-324,
      -5e-324,
      1.7976931348623157e308,
      2 ** 53 + 2,
      1 / 3,
      NaN,
      Infinity,
      -Infinity,
    ];
    const floats = [
      0,
      -0,
      0.1,
      1e-45,
      -1e-45,
      3.4028234663852886e38,
      16777217,
      1 / 3,
      NaN,
      Infinity,
      -Infinity,
    ];
    const bytes = Buffer.alloc(Numbers.size * doubles.length);
    for (const [i, value] of doubles.entries()) {
      bytes.writeDoubleLE(value, i * Numbers.size);
      bytes.writeFloatLE(floats[i]!, i * Numbers.size + 8);
    }
    for (const framing of ['json', 'csv']) {
      const text = await through(Numbers, bytes, `fixed:${Numbers.size}`, framing);
      expect(text.toString().split('\n')).toContain(framing === 'json' ? '{"d":"NaN","f":"NaN"}' : '-0,-0');
      expect(await through(Numbers, text, framing, 'raw')).toEqual(bytes);
    }
  });

  test('all numbers of all types, by chance', async () => {
    const fields = ['i8', 'i16', 'i32', 'i64', 'u8', 'u16', 'u32', 'u64', 'f32', 'f64', 'bytes[3]'].map(
      (type, i) => ({ name: `f${i}`, type, ...(i % 3 === 0 ? { count: 2 } : {}) }),
    );
    const All = parseSchemaFile(JSON.stringify({ name: 'All', version: '1.0.0', packed: true, fields }));
    const random = new Random(7);
    const bytes = random.bytes(All.size * 2000);
    // The payload of a NaN is the one thing that is not kept.
    const quiet = (width: number, at: number, isNaNAt: boolean): void => {
      if (isNaNAt) bytes.fill(0, at, at + width);
    };
    for (let base = 0; base < bytes.length; base += All.size) {
      for (const { type, offset, width } of All.fields) {
        if (type === 'f32') quiet(width, base + offset, Number.isNaN(bytes.readFloatLE(base + offset)));
        if (type === 'f64') quiet(width, base + offset, Number.isNaN(bytes.readDoubleLE(base + offset)));
      }
    }
    for (const framing of ['json', 'csv']) {
      const text = await through(All, bytes, `fixed:${All.size}`, framing, 64);
      expect(text.toString().split('\n')).toHaveLength(2000 + (framing === 'csv' ? 2 : 1));
      expect((await through(All, text, framing, 'raw', 64)).equals(bytes)).toBe(true);
    }
  });

  const Text = parseSchemaFile(
    JSON.stringify({ name: 'Text', version: '1.0.0', fields: [{ name: 'text', type: 'char[40]' }] }),
  );

  test('texts with commas, quotes, newlines, and none', async () => {
    const texts = [
      '',
      'plain',
      'a,b',
      '"',
      '""',
      'two\nlines',
      'two\r\nlines',
      ' spaces ',
      '=1+1',
      '\t',
      'Ω≈ç√ 🌡',
      "'",
      '\ufeff',
      'true',
    ];
    const lines = texts.map((text) => `${JSON.stringify({ text })}\n`).join('');
    const csv = await through(Text, lines, 'json', 'csv');
    expect(csv.toString()).toContain(
      'text\n""\nplain\n"a,b"\n""""\n""""""\n"two\nlines"\n"two\r\nlines"\n spaces \n',
    );
    expect((await through(Text, csv, 'csv', 'json')).toString()).toBe(lines);
  });

  test('more text than is looked at at once, with newlines at every place', async () => {
    const texts = Array.from({ length: 60_000 }, (_, i) => `${'x'.repeat(i % 17)}\n"${i}`);
    const csv = `text\r\n${texts.map((text) => `"${text.replaceAll('"', '""')}"`).join('\r\n')}`;
    expect(csv.length).toBeGreaterThan(1024 * 1024);
    const out = (await through(Text, csv, 'csv', 'json', 512)).toString().split('\n').slice(0, -1);
    expect(out.map((text) => (JSON.parse(text) as { text: string }).text)).toEqual(texts);
  });
});

describe('what is taken as CSV', () => {
  const Pair = parseSchemaFile(
    JSON.stringify({
      name: 'Pair',
      version: '1.0.0',
      fields: [
        { name: 'a', type: 'i32' },
        { name: 'b', type: 'f64' },
      ],
    }),
  );
  test.each([
    ['columns in any order', 'b,a\n2,1\n'],
    ['lines that end with CR and LF', 'a,b\r\n1,2\r\n'],
    ['a last line without end', 'a,b\n1,2'],
    ['a byte order mark', '\ufeffa,b\n1,2\n'],
    ['quotes where none are needed', '"a","b"\n"1","2"\n'],
    ['empty lines', '\na,b\n\n1,2\n\n'],
    ['signs, points and exponents', 'a,b\n+1,+.2e1\n'],
  ])('%s', async (_, input) => {
    expect((await through(Pair, input, 'csv', 'json')).toString()).toBe('{"a":1,"b":2}\n');
  });

  test('names of what is not finite', async () => {
    const input = 'a,b\n1,nan\n1,inf\n1,-inf\n1,-Infinity\n1,NaN\n';
    expect((await through(Pair, input, 'csv', 'csv')).toString()).toBe(
      'a,b\n1,NaN\n1,Infinity\n1,-Infinity\n1,-Infinity\n1,NaN\n',
    );
  });
});

describe('a bad record ends the run with exit 65, by its number and its field', () => {
  const bad = (change: object): string => `${line}${JSON.stringify({ ...json, ...change })}\n${line}`;
  const badRow = (from: string, to: string): string => header + row + row.replace(from, to) + row;

  test.each<[string, string, RegExp]>([
    ['json', bad({ timestamp: -1 }), /record 2 of standard input: field timestamp: -1n does not fit u64/],
    [
      'json',
      bad({ timestamp: 2 ** 53 }),
      /record 2 .*: field timestamp: 9007199254740992 is no exact u64; write it as a string/,
    ],
    [
      'json',
      bad({ timestamp: '18446744073709551616' }),
      /field timestamp: 18446744073709551616n does not fit u64/,
    ],
    ['json', bad({ timestamp: '5 ' }), /field timestamp: "5 " does not fit u64/],
    ['json', bad({ x: null }), /field x: null does not fit f64/],
    ['json', bad({ x: '1' }), /field x: "1" does not fit f64/],
    ['json', bad({ f: 1e39 }), /field f: 1e\+39 does not fit f32/],
    [
      'json',
      `${line}${line.replace('"x":0.1', '"x":1e999')}`,
      /record 2 .*: field x: Infinity does not fit f64/,
    ],
    ['json', bad({ samples: [1, 2, 3] }), /field samples: an array does not fit i16\[2\]/],
    ['json', bad({ samples: [1, 32768] }), /field samples\[1\]: 32768 does not fit i16/],
    ['json', bad({ samples: [1, 1.5] }), /field samples\[1\]: 1.5 does not fit i16/],
    ['json', bad({ label: 'nine bytes' }), /field label: "nine bytes" does not fit char\[8\]/],
    ['json', bad({ label: 5 }), /field label: 5 does not fit char\[8\]/],
    ['json', bad({ pose: { angle: 1, ok: 1 } }), /field pose.ok: 1 does not fit bool/],
    ['json', bad({ pose: { angle: 1 } }), /field pose.ok is missing/],
    ['json', bad({ pose: 3 }), /field pose: 3 does not fit struct/],
    ['json', bad({ joints: [{ t: 1 }, { t: 256 }] }), /field joints\[1\].t: 256 does not fit u8/],
    ['json', bad({ joints: [{ t: 1 }, { t: 2, u: 3 }] }), /there is no field joints\[1\].u/],
    ['json', bad({ raw: '0' }), /field raw: "0" does not fit bytes\[2\]/],
    ['json', bad({ raw: '000000' }), /field raw: an object does not fit bytes\[2\]/],
    ['json', bad({ labell: '' }), /there is no field labell \(did you mean label\?\)/],
    ['json', `${line}{"timestamp":\n${line}`, /record 2 of standard input: it is no JSON: /],
    [
      'json',
      `${line}[${line.trim()}]\n`,
      /record 2 of standard input: field of the record: an array does not fit struct/,
    ],
    ['csv', badRow('255', '256'), /record 2 of standard input: field joints\[1\].t: 256 does not fit u8/],
    ['csv', badRow('0.1', '0x1'), /field x: "0x1" does not fit f64/],
    ['csv', badRow('0.1', ''), /field x: "" does not fit f64/],
    ['csv', badRow('0.1', '1e999'), /field x: "1e999" does not fit f64/],
    ['csv', badRow('true', 'yes'), /field pose.ok: "yes" does not fit bool/],
    ['csv', badRow('-32768', '-32768.0'), /field samples\[0\]: "-32768.0" does not fit i16/],
    ['csv', badRow('00ff', '00fg'), /field raw: "00fg" does not fit bytes\[2\]/],
    ['csv', badRow(',00ff', ''), /record 2 .*: it has 11 values, and there are 12 columns/],
    ['csv', badRow('00ff', '00ff,1'), /record 2 .*: it has 13 values, and there are 12 columns/],
    ['csv', badRow('"grün,""a"', 'a"b'), /record 2 .*: a quote is within a value that is not quoted/],
    ['csv', badRow('"grün,""a"', '"a"b'), /record 2 .*: something follows a closing quote/],
    ['csv', badRow('"grün,""a"', '"a'), /record 2 .*: /],
  ])('%s %j', (framing, input, message) => {
    const name = makeBlock();
    const { exit, stderr } = admin(['produce', name, '--framing', framing], input);
    expect(exit).toBe(65);
    expect(stderr).toMatch(message);
    expect(stderr).toContain('Code: DB0523 RECORD_INVALID');
    // The one before it is there, and nothing of it or after it.
    const read = admin(['consume', name, '--framing', framing, '--timeout', '1ms']);
    expect(read.stdout).toBe(framing === 'csv' ? header + row : line);
  });

  test.each([
    [
      'a column that no field has',
      header.replace('label', 'lable') + row,
      /the column names of standard input: there is no field for column "lable" \(did you mean label\?\)/,
    ],
    [
      'a field that no column has',
      header.replace(',raw', ''),
      /the column names of standard input: there is no column raw/,
    ],
    ['a column twice', header.replace('delta', 'timestamp'), /column timestamp is there twice/],
    [
      'no column names',
      row,
      /the column names of standard input: there is no field for column "18446744073709551615"/,
    ],
  ])('%s', (_, input, message) => {
    const { exit, stderr } = admin(['produce', makeBlock(), '--framing', 'csv'], input);
    expect(exit).toBe(65);
    expect(stderr).toMatch(message);
  });

  test('that is no UTF-8', () => {
    const file = path.join(dir, 'latin1');
    for (const [framing, text] of [
      ['json', line + line],
      ['csv', header + row + row],
    ] as const) {
      const at = Buffer.from(text).lastIndexOf('ü');
      const bytes = Buffer.from(text);
      bytes[at] = 0xfc;
      fs.writeFileSync(file, bytes);
      const { exit, stderr } = admin(['produce', makeBlock(), '--framing', framing, '--input', file]);
      expect(exit).toBe(65);
      expect(stderr).toContain('record 2 of ' + file + ': it is no UTF-8');
    }
  });

  test('that never ends', () => {
    const file = fileOf('endless', header + '"' + 'x'.repeat(8 * 1024 * 1024));
    const { exit, stderr } = admin(['produce', makeBlock(), '--framing', 'csv', '--input', file]);
    expect(exit).toBe(65);
    expect(stderr).toMatch(/record 1 of .*endless: it has more than \d+ bytes/);
  });

  test('with --json it is in the document', () => {
    const { exit, stdout } = admin(['produce', makeBlock(), '--framing', 'json', '--json'], bad({ x: null }));
    expect(exit).toBe(65);
    expect(JSON.parse(stdout)).toMatchObject({
      result: { messages: '1', error: { code: 'RECORD_INVALID' } },
    });
  });

  test('records after the last that is wanted are not looked at', () => {
    const name = makeBlock();
    expect(admin(['produce', name, '--framing', 'json', '--count', '1'], bad({ x: null })).exit).toBe(0);
    expect(admin(['produce', name, '--framing', 'csv', '--count', '1'], badRow('255', '256')).exit).toBe(0);
  });
});

describe('messages that are no records', () => {
  test('end consume with exit 65, by their number; those before it are out', () => {
    for (const mode of ['sync', 'sequential']) {
      const name = makeBlock();
      admin(['produce', name, '--framing', 'json', '--no-end'], line);
      {
        using producer = Producer.open(name, { dir });
        producer.write(Buffer.from('no record'));
      }
      const { exit, stdout, stderr } = admin(['consume', name, '--framing', 'csv', '--mode', mode]);
      expect({ exit, stdout }).toEqual({ exit: 65, stdout: header + row });
      expect(stderr).toContain(`message 1: 9 bytes are no SensorData, which has ${schema.size}`);
    }
  });

  test('nor are texts that are no UTF-8', () => {
    const name = makeBlock();
    {
      using producer = Producer.open(name, { dir });
      producer.write(Buffer.alloc(schema.size, 0xff));
    }
    const { exit, stderr } = admin(['consume', name, '--framing', 'json']);
    expect(exit).toBe(65);
    expect(stderr).toContain('message 0: field label: its bytes are no UTF-8');
  });
});

describe('the schema of the block', () => {
  test('is needed for records, and is said of bytes', () => {
    const plain = freshName();
    Segment.create(plain, { dir, slots: 4, slotSize: 64 });
    for (const command of ['produce', 'consume']) {
      const { exit, stderr } = admin([command, plain, '--framing', 'json']);
      expect(exit).toBe(78);
      expect(stderr).toContain('The block has no schema: without one nothing can be read as json');
    }
    const name = makeBlock();
    const produced = admin(['produce', name, '--framing', `fixed:${schema.size}`], '\0'.repeat(schema.size));
    expect(produced.exit).toBe(0);
    expect(produced.stderr).toContain(
      'Warning: the block holds SensorData 1.0.0 records, and these messages are published unchecked',
    );
    const consumed = admin(['consume', name, '--framing', 'raw']);
    expect(consumed.exit).toBe(0);
    expect(consumed.stderr).toContain('Warning: the messages are SensorData 1.0.0 records, put out as bytes');
    const told = admin(['consume', name, '--framing', 'raw', '--schema', schemaFile, '--timeout', '1ms']);
    expect(told.stderr).not.toContain('Warning');
  });

  test('is made by create and by produce --create, and gives the size of the slots', () => {
    for (const command of [['create'], ['produce', '--create']]) {
      const name = freshName();
      const { exit } = admin([
        command[0]!,
        name,
        ...command.slice(1),
        '--slots',
        '4',
        '--schema',
        schemaFile,
      ]);
      expect(exit).toBe(0);
      using segment = Segment.open(name, { dir });
      expect(segment.info()).toMatchObject({ slotSize: schema.size, schema: { hash: schema.hash } });
      const again = admin(['produce', name, '--create', '--slots', '4', '--schema', schemaFile]);
      expect(again.exit).toBe(0);
      const other = fileOf('other.schema.json', { ...sensor, version: '1.1.0' });
      const differs = admin(['produce', name, '--create', '--slots', '4', '--schema', other]);
      expect(differs.exit).toBe(78);
      expect(differs.stderr).toContain('schema version: is 1.0.0, asked for 1.1.0');
    }
    const small = admin(['create', freshName(), '--slots', '4', '--slot-size', '8', '--schema', schemaFile]);
    expect(small.exit).toBe(64);
    expect(small.stderr).toContain('slot size is 8, but a SensorData has');
  });

  test('is held against --schema before anything is read or written', () => {
    const name = makeBlock();
    const other = fileOf('km.schema.json', {
      ...sensor,
      fields: sensor.fields.map((field) => (field.name === 'x' ? { ...field, unit: 'km' } : field)),
    });
    for (const command of ['produce', 'consume']) {
      const { exit, stdout, stderr } = admin([command, name, '--framing', 'csv', '--schema', other]);
      expect({ exit, stdout }).toEqual({ exit: 78, stdout: '' });
      expect(stderr).toContain('field x: is f64 at 16 in m, asked for f64 at 16 in km');
      expect(stderr).toContain(`Try this: datablock-admin inspect ${name} --schema`);
    }
  });

  test('may have more fields than a compatible reader asks for', () => {
    const name = makeBlock();
    const first = fileOf('first.schema.json', { ...sensor, fields: sensor.fields.slice(0, 3) });
    admin(['produce', name, '--framing', 'json'], line);
    expect(admin(['consume', name, '--framing', 'csv', '--schema', first]).exit).toBe(78);
    const { exit, stdout } = admin(['consume', name, '--framing', 'csv', '--schema', first, '--compatible']);
    expect({ exit, stdout }).toEqual({
      exit: 0,
      stdout: 'timestamp,delta,x\n18446744073709551615,-9223372036854775808,0.1\n',
    });
  });

  test('is shown by inspect', () => {
    const name = makeBlock();
    expect(admin(['inspect', name]).stdout).toContain(`schema        SensorData 1.0.0, id ${schema.id}`);
    const { stdout } = admin(['inspect', name, '--schema']);
    expect(stdout).toMatch(/^SensorData 1\.0\.0, \d+ B, aligned to 8 bytes, id [0-9a-f]{32}$/m);
    expect(stdout).toMatch(/^16 +8 +f64 +x +m$/m);
    expect(stdout).toMatch(/^\d+ +4 +f32 {10}angle$/m);
    expect(documentOf(admin(['inspect', name, '--schema', '--json'])).result).toMatchObject({
      name: 'SensorData',
      hash: schema.hash,
      text: schema.text,
    });
    const plain = freshName();
    Segment.create(plain, { dir, slots: 4, slotSize: 64 });
    expect(admin(['inspect', plain]).stdout).toContain('none: messages are bytes');
    expect(admin(['inspect', plain, '--schema']).exit).toBe(78);
  });

  test.each([
    ['no file', undefined, 74, /the schema: ENOENT/],
    ['no JSON', '{', 65, /bad\.schema\.json: This is not the description of a record: it is no JSON/],
    ['a misspelt key', { ...sensor, feilds: [] }, 65, /"feilds" means nothing \(did you mean "fields"\?\)/],
    [
      'an unknown type',
      { ...sensor, fields: [{ name: 'a', type: 'u7' }] },
      65,
      /fields\[0\]\.type \(a\) must be i8 to i64/,
    ],
  ])('from a file that is wrong: %s', (_, content, code, message) => {
    const file = path.join(dir, 'bad.schema.json');
    fs.rmSync(file, { force: true });
    if (content !== undefined) fileOf('bad.schema.json', content);
    const { exit, stderr } = admin(['create', freshName(), '--slots', '4', '--schema', file]);
    expect(exit).toBe(code);
    expect(stderr).toMatch(message);
  });
});

test('two consumers, a producer that is killed with a record in its hand, and another one that goes on', async () => {
  const name = freshName();
  const recording = path.join(__dirname, '..', '..', 'examples', 'data', 'sensors.csv');
  const rows = fs.readFileSync(recording, 'utf8').trimEnd().split('\n').length - 1;
  const columns = { time: 24, sensor: 6, value: 8, unit: 6, quality: 4 };
  const fields = Object.entries(columns).map(([column, length]) => ({
    name: column,
    type: `char[${length}]`,
  }));
  const reading = fileOf('reading.schema.json', { name: 'Reading', version: '1.0.0', fields });
  const make = admin(['create', name, '--slots', '64', '--self-heal', 'off', '--schema', reading]);
  expect(make.exit).toBe(0);
  const outputs = [1, 2].map((n) => path.join(dir, `${name}-${n}.csv`));
  const consumers = outputs.map((output) =>
    startAdmin(
      ['consume', name, '--framing', 'csv', '--follow', '--count', String(2 * rows), '--output', output],
      { dir },
    ),
  );
  const produce = ['produce', name, '--framing', 'csv', '--input', recording, '--timeout', '60s'];
  await succeeded(startAdmin([...produce, '--wait-consumers', '2'], { dir }));

  const victim = startAdmin([...produce, '--hold', '60s'], { dir });
  await until('it holds a slot', () => {
    using segment = Segment.open(name, { dir });
    return segment.snapshot().summary.byPhase.WRITING === 1;
  });
  victim.kill('SIGKILL');
  await victim.ended;
  expect(admin(['diagnose', name]).exit).toBe(2);
  expect(admin(['auto-recover', name]).exit).toBe(1);

  await succeeded(startAdmin(produce, { dir }));
  for (const consumer of consumers) await succeeded(consumer);
  const [names, ...lines] = fs.readFileSync(recording, 'utf8').split('\n');
  const expected = [names, ...lines.slice(0, -1), ...lines].join('\n');
  for (const output of outputs) expect(fs.readFileSync(output, 'utf8')).toBe(expected);
  expect(admin(['validate', name]).exit).toBe(0);
});
