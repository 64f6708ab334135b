/**
 * Structs of a C or C++ header as records: plain members of fixed types, other structs of the same text, and arrays
 * of them. Not a compiler: what it does not know, or what would lie elsewhere than it thinks (bit-fields, unions,
 * `#pragma pack`, `alignas`), is refused by name, never guessed.
 */
import { closestName } from '../api/closest-name';
import { errorNamed, type DataBlockError } from '../api/errors';
import type { ScalarType } from './fields';
import { placeRecord, type FieldDescription } from './placing';
import { Schema } from './schema';

/** As on Linux with 64 bits (LP64), the only place where blocks are. */
const scalars: Readonly<Record<string, ScalarType>> = {
  int8_t: 'i8',
  int16_t: 'i16',
  int32_t: 'i32',
  int64_t: 'i64',
  uint8_t: 'u8',
  uint16_t: 'u16',
  uint32_t: 'u32',
  uint64_t: 'u64',
  'signed char': 'i8',
  'unsigned char': 'u8',
  short: 'i16',
  'unsigned short': 'u16',
  int: 'i32',
  unsigned: 'u32',
  'unsigned int': 'u32',
  long: 'i64',
  'unsigned long': 'u64',
  'long long': 'i64',
  'unsigned long long': 'u64',
  size_t: 'u64',
  float: 'f32',
  double: 'f64',
  bool: 'bool',
  _Bool: 'bool',
};

const typeWords = new Set(['signed', 'unsigned', 'short', 'int', 'long', 'char', 'float', 'double']);

interface Token {
  text: string;
  line: number;
}

function refusal(line: number, detail: string): DataBlockError {
  return errorNamed('SCHEMA_INVALID', `line ${line}: ${detail}`);
}

function withoutComments(source: string): string {
  const blank = (comment: string): string => comment.replace(/[^\n]/g, ' ');
  return source.replace(/\/\*[^]*?\*\/|\/\/[^\n]*|"(?:\\.|[^"\\\n])*"/g, blank);
}

/** Words, numbers and single signs; lines that the preprocessor reads are taken out. */
function tokensOf(source: string): { tokens: Token[]; constants: Map<string, number> } {
  const constants = new Map<string, number>();
  const tokens: Token[] = [];
  for (const [i, text] of withoutComments(source).split('\n').entries()) {
    const line = i + 1;
    if (/^\s*#/.test(text)) {
      if (/^\s*#\s*pragma\s+pack/.test(text))
        throw refusal(line, '#pragma pack moves members: write the schema by hand, with "packed": true');
      const [, name, value] = /^\s*#\s*define\s+(\w+)\s+(\d+|0x[0-9a-f]+)[uUlL]*\s*$/i.exec(text) ?? [];
      if (name !== undefined) constants.set(name, Number(value));
      continue;
    }
    for (const [word] of text.matchAll(/[A-Za-z_]\w*|0x[0-9a-f]+|\d+|::|\S/gi))
      tokens.push({ text: word, line });
  }
  return { tokens, constants };
}

/** Reads the structs of one text, in its order. */
class HeaderReader {
  readonly structs = new Map<string, FieldDescription[]>();
  readonly #tokens: readonly Token[];
  readonly #constants: Map<string, number>;
  #at = 0;

  constructor(source: string) {
    const { tokens, constants } = tokensOf(source);
    this.#tokens = tokens;
    this.#constants = constants;
    this.#readAll();
  }

  #peek(ahead = 0): string {
    return this.#tokens[this.#at + ahead]?.text ?? '';
  }

  get #line(): number {
    return this.#tokens[Math.min(this.#at, this.#tokens.length - 1)]?.line ?? 1;
  }

  #next(): string {
    const text = this.#peek();
    this.#at++;
    return text;
  }

  #expect(text: string): void {
    const found = this.#peek();
    if (found !== text)
      throw refusal(this.#line, `expected ${text}, found ${found === '' ? 'the end of the text' : found}`);
    this.#at++;
  }

  #readAll(): void {
    while (this.#at < this.#tokens.length) {
      if (this.#peek() === 'struct' && this.#hasBody()) this.#readStruct();
      else if (/^(constexpr|const)$/.test(this.#peek())) this.#readConstant();
      else this.#at++; // a function, an include guard's namespace, ...: no business of ours
    }
  }

  /** Whether a `struct` is defined here, and not only mentioned. */
  #hasBody(): boolean {
    let words = 1;
    while (!['{', ';', '(', ')', '=', ',', '*', '&', ''].includes(this.#peek(words))) words++;
    return this.#peek(words) === '{' || this.#peek(1) === '__attribute__' || this.#peek(1) === 'alignas';
  }

  /** `constexpr int kAxes = 3;` */
  #readConstant(): void {
    const begin = this.#at;
    while (![';', '{', '(', ''].includes(this.#peek())) this.#at++;
    const words = this.#tokens.slice(begin, this.#at).map(({ text }) => text);
    const [name, sign, value] = words.slice(-3);
    if (name !== undefined && sign === '=' && /^(\d+|0x[0-9a-f]+)$/i.test(value ?? ''))
      this.#constants.set(name, Number(value));
  }

  /** `struct Name {...};` or `typedef struct [Tag] {...} Name;` */
  #readStruct(): void {
    const isTypedef = this.#at > 0 && this.#tokens[this.#at - 1]?.text === 'typedef';
    const line = this.#line;
    this.#expect('struct');
    const tag = this.#peek() === '{' ? undefined : this.#next();
    if (this.#peek() !== '{')
      throw refusal(
        line,
        'a struct with an attribute, an alignment or a base is not laid out as its members say',
      );
    this.#expect('{');
    const fields: FieldDescription[] = [];
    while (this.#peek() !== '}') fields.push(...this.#readMember());
    this.#expect('}');
    if (this.#peek() === '__attribute__')
      throw refusal(
        this.#line,
        `the attribute of ${tag ?? 'a struct'} may move members: write the schema by hand`,
      );
    const names = isTypedef && this.#peek() !== ';' ? [this.#next()] : [];
    this.#expect(';');
    for (const name of new Set([...names, ...(tag === undefined ? [] : [tag])])) {
      if (this.structs.has(name)) throw refusal(line, `struct ${name} is there twice`);
      this.structs.set(name, fields);
    }
  }

  /** `double x, y;`, `struct Pose pose[2];`, `char label[16];` */
  #readMember(): FieldDescription[] {
    const line = this.#line;
    const type = this.#readType();
    const members: FieldDescription[] = [];
    do {
      members.push(this.#readDeclarator(type, line));
    } while (this.#peek() === ',' && this.#next() === ',');
    this.#expect(';');
    return members;
  }

  #readType(): string {
    const line = this.#line;
    while (this.#peek() === 'const') this.#at++;
    const first = this.#peek();
    if (first === 'union') throw refusal(line, 'a union has no one layout');
    if (first === 'alignas' || first === '_Alignas')
      throw refusal(line, 'alignas moves members: write the schema by hand, with "align"');
    if (first === '' || !/^\w/.test(first))
      throw refusal(line, `expected a member, found ${first || 'the end of the text'}`);
    if (first === 'struct') {
      this.#at++;
      if (this.#peek() === '{')
        throw refusal(line, 'a struct within a struct needs a name of its own, outside');
      return this.#next();
    }
    if (first === 'std' && this.#peek(1) === '::') this.#at += 2;
    if (!typeWords.has(this.#peek())) return this.#next();
    const words: string[] = [];
    while (typeWords.has(this.#peek())) words.push(this.#next());
    return spelled(words);
  }

  #readDeclarator(type: string, line: number): FieldDescription {
    if (this.#peek() === '*' || this.#peek() === '&')
      throw refusal(line, 'a pointer means nothing in another process');
    const name = this.#next();
    if (!/^[A-Za-z_]\w*$/.test(name)) throw refusal(line, `expected the name of a member, found ${name}`);
    if (this.#peek() === ':')
      throw refusal(line, `${name} is a bit-field: its place is the compiler's affair`);
    if (this.#peek() === '(') throw refusal(line, `${name} is a function, and no member`);
    let count: number | undefined;
    if (this.#peek() === '[') {
      this.#at++;
      count = this.#readCount(name);
      this.#expect(']');
      if (this.#peek() === '[')
        throw refusal(line, `${name} has several dimensions: use one, or a struct of rows`);
    }
    if (this.#peek() === '=' || this.#peek() === '{') {
      while (![',', ';', ''].includes(this.#peek())) this.#at++; // its default is not part of the layout
    }
    return this.#describe(name, type, count, line);
  }

  #readCount(name: string): number {
    const line = this.#line;
    const text = this.#next();
    const count = this.#constants.get(text) ?? (/^\d|^0x/i.test(text) ? Number(text) : undefined);
    if (count === undefined || !Number.isSafeInteger(count) || count < 1)
      throw refusal(
        line,
        `${name}: ${text} is no number of elements that is known here (#define or constexpr)`,
      );
    return count;
  }

  #describe(name: string, type: string, count: number | undefined, line: number): FieldDescription {
    if (type === 'char') return { name, type: `char[${count ?? 1}]` };
    const scalar = Object.hasOwn(scalars, type) ? scalars[type] : undefined;
    const array = count === undefined ? {} : { count };
    if (scalar !== undefined) return { name, type: scalar, ...array };
    const fields = this.structs.get(type);
    if (fields !== undefined) return { name, type: 'struct', ...array, fields };
    const near = closestName(type, [...Object.keys(scalars), ...this.structs.keys()]);
    throw refusal(
      line,
      `${name} is of type ${type}, which is not known here${near === undefined ? '' : ` (did you mean ${near}?)`}`,
    );
  }
}

/** `long unsigned int` is `unsigned long`. */
function spelled(words: readonly string[]): string {
  if (words.includes('char'))
    return words.length === 1 ? 'char' : `${words.find((word) => word !== 'char') ?? ''} char`;
  const unsigned = words.includes('unsigned') ? ['unsigned'] : [];
  const sizes = words.filter((word) => !['signed', 'unsigned', 'int'].includes(word));
  const rest = sizes.length === 0 && words.includes('int') ? ['int'] : sizes;
  return [...unsigned, ...rest].join(' ') || 'int';
}

export interface HeaderOptions {
  /** Which struct; may be left out where there is only one. */
  struct?: string | undefined;
  /** `major.minor.patch` */
  version: string;
}

/**
 * The record that a struct of a C or C++ header is, placed as the compiler places it.
 * @throws DataBlockError SCHEMA_INVALID that says in which line and what
 */
export function schemaFromHeader(source: string, { struct, version }: HeaderOptions): Schema {
  const { structs } = new HeaderReader(source);
  const names = [...structs.keys()];
  const name = struct ?? theOnly(names);
  const fields = structs.get(name);
  if (fields === undefined) {
    const near = closestName(name, names);
    throw errorNamed(
      'SCHEMA_INVALID',
      `there is no struct ${name}${near === undefined ? '' : ` (did you mean ${near}?)`}`,
    );
  }
  return Schema.of(placeRecord({ name, version, fields }));
}

function theOnly(names: readonly string[]): string {
  const [only] = names;
  if (only === undefined) throw errorNamed('SCHEMA_INVALID', 'there is no struct in it');
  if (names.length > 1)
    throw errorNamed('SCHEMA_INVALID', `there are several structs, name one of them: ${names.join(', ')}`);
  return only;
}
