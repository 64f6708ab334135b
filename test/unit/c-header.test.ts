/** Structs of C headers as schemas: where the compiler itself puts the members decides. */
import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { schemaFromHeader } from '../../src/schema/c-header';
import type { Field } from '../../src/schema/fields';
import { errorOf } from '../support/errors';

const header = `
#ifndef ROBOT_H
#define ROBOT_H
#include <stdint.h>
#include <stdbool.h>
#define JOINTS 3   // how many
static const char *const motto = "struct Fake { int x; };";

/* struct Gone { int x; }; */
typedef struct {
  float angle;
  bool ok;
} Pose;

struct Joint {
  uint8_t id;
  double torque;   /* Nm */
};

struct Robot {
  char label[13];
  long unsigned int ticks;
  const short a, b[2];
  unsigned char flags;
  unsigned bits;
  long long signed int wide;
  signed char tiny[0x3];
  Pose pose;
  struct Joint joints[JOINTS];
  _Bool last;
};

struct Robot robot_of(const Pose *pose);
#endif
`;

/** `name offset bytes` of all members, as the C compiler says. */
function placesByCompiler(members: readonly string[]): string[] {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'datablock-header-'));
  try {
    const lines = members.map(
      (m) => `printf("${m} %zu %zu\\n", offsetof(struct Robot, ${m}), sizeof(((struct Robot *)0)->${m}));`,
    );
    const source = `#include <stddef.h>\n#include <stdio.h>\n${header}\nint main(void) { (void)motto; ${lines.join('\n')} printf("%zu %zu\\n", sizeof(struct Robot), _Alignof(struct Robot)); }`;
    fs.writeFileSync(path.join(folder, 'places.c'), source);
    execFileSync('cc', ['-std=c11', '-o', path.join(folder, 'places'), path.join(folder, 'places.c')]);
    return execFileSync(path.join(folder, 'places'), { encoding: 'utf8' }).trim().split('\n');
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
}

function places(fields: readonly Field[], prefix = '', base = 0): string[] {
  return fields.flatMap((field) => {
    const { name, offset, width, count } = field;
    const here = `${prefix}${name} ${base + offset} ${width * (count ?? 1)}`;
    if (field.kind !== 'struct') return [here];
    const first = count === undefined ? `${prefix}${name}` : `${prefix}${name}[0]`;
    return [here, ...places(field.fields, `${first}.`, base + offset)];
  });
}

test('members lie where the compiler puts them', () => {
  const schema = schemaFromHeader(header, { struct: 'Robot', version: '1.2.3' });
  const mine = places(schema.fields);
  const theirs = placesByCompiler(mine.map((place) => place.split(' ')[0]!));
  expect([...mine, `${schema.size} ${schema.align}`]).toEqual(theirs);
  expect(schema.text).toContain('"name":"Robot","version":"1.2.3"');
  const types = Object.fromEntries(schema.fields.map(({ name, type, count }) => [name, [type, count]]));
  expect(types).toEqual({
    label: ['char[13]', undefined],
    ticks: ['u64', undefined],
    a: ['i16', undefined],
    b: ['i16', 2],
    flags: ['u8', undefined],
    bits: ['u32', undefined],
    wide: ['i64', undefined],
    tiny: ['i8', 3],
    pose: ['struct', undefined],
    joints: ['struct', 3],
    last: ['bool', undefined],
  });
});

test('C++: std types, constexpr, defaults', () => {
  const source = `namespace x { constexpr std::size_t kAxes = 2; struct Point { std::int32_t x = 0, y{}; float axes[kAxes]; }; }`;
  const { fields, name } = schemaFromHeader(source, { version: '1.0.0' });
  expect(name).toBe('Point');
  expect(places(fields)).toEqual(['x 0 4', 'y 4 4', 'axes 8 8']);
});

const refused: [string, string][] = [
  ['struct A { int *x; };', 'line 1: a pointer means nothing in another process'],
  ['struct A {\n  int x : 3;\n};', 'line 2: x is a bit-field'],
  ['struct A { union { int a; float b; } u; };', 'line 1: a union has no one layout'],
  ['#pragma pack(1)\nstruct A { int x; };', 'line 1: #pragma pack moves members'],
  ['struct A { int x; } __attribute__((packed));', 'line 1: the attribute of A may move members'],
  ['struct __attribute__((packed)) A { int x; };', 'line 1: a struct with an attribute'],
  ['struct alignas(64) A { int x; };', 'line 1: a struct with an attribute'],
  ['struct A { alignas(8) int x; };', 'line 1: alignas moves members'],
  [
    'struct B { int y; };\nstruct A : B { int x; };',
    'line 2: a struct with an attribute, an alignment or a base',
  ],
  ['struct A { int x[2][3]; };', 'line 1: x has several dimensions'],
  ['struct A { int x[N]; };', 'line 1: x: N is no number of elements'],
  ['struct A { int x[0]; };', 'line 1: x: 0 is no number of elements'],
  ['struct A { dubble x; };', 'did you mean double?'],
  ['struct A { struct { int x; } y; };', 'line 1: a struct within a struct needs a name'],
  ['struct A { int f(); };', 'line 1: f is a function'],
  ['struct A { int x;', 'the end of the text'],
  ['struct A { int x; }', 'expected ;'],
  ['struct A { int x; }; struct B { int x; };', 'there are several structs, name one of them: A, B'],
  ['struct A { int x; }; struct A { int y; };', 'struct A is there twice'],
  ['int main() {}', 'there is no struct in it'],
];

test.each(refused)('refused: %s', (source, message) => {
  const refusal = errorOf(() => schemaFromHeader(source, { version: '1.0.0' }));
  expect(refusal.code).toBe('SCHEMA_INVALID');
  expect(refusal.message).toContain(message);
});

test('a name that is not there', () => {
  const refusal = errorOf(() =>
    schemaFromHeader('struct Pose { int x; };', { struct: 'Pos', version: '1.0.0' }),
  );
  expect(refusal.message).toContain('there is no struct Pos (did you mean Pose?)');
});
