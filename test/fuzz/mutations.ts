/** Documents that are almost right. */
import fc from 'fast-check';

type Container = Record<string, unknown> | unknown[];

interface Place {
  container: Container;
  key: string;
}

/** Every place of a document that holds something. */
function placesIn(value: unknown, into: Place[] = []): Place[] {
  if (typeof value !== 'object' || value === null) return into;
  const container = value as Container;
  for (const key of Object.keys(container)) {
    into.push({ container, key });
    placesIn((container as Record<string, unknown>)[key], into);
  }
  return into;
}

/** Values that sit at the edges of what a plan may say. */
const edges: fc.Arbitrary<unknown> = fc.constantFrom<unknown>(
  ...[null, true, [], {}, '', '0', '-1', '1', '00', '1.5', '0x10', ' 1', '18446744073709551615'],
  ...['18446744073709551616', '99999999999999999999', 'reset-slot', 'release-hold', 'toString', '__proto__'],
  ...[
    0,
    -0,
    -1,
    1,
    2,
    3,
    4,
    5,
    6,
    7,
    8,
    63,
    64,
    65,
    255,
    256,
    257,
    2 ** 32 - 1,
    2 ** 32,
    2 ** 32 + 1,
    2 ** 53 - 1,
    2 ** 53,
  ],
  ...[1.5, 1e308],
);

type Change =
  | { how: 'set'; at: number; to: unknown }
  | { how: 'copy'; at: number; from: number }
  | { how: 'remove' | 'repeat'; at: number };

const place = fc.nat(10_000);

const change: fc.Arbitrary<Change> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ how: fc.constant('set' as const), at: place, to: edges }) },
  { weight: 1, arbitrary: fc.record({ how: fc.constant('set' as const), at: place, to: fc.jsonValue() }) },
  { weight: 2, arbitrary: fc.record({ how: fc.constant('copy' as const), at: place, from: place }) },
  {
    weight: 1,
    arbitrary: fc.record({ how: fc.constantFrom('remove' as const, 'repeat' as const), at: place }),
  },
);

function apply(document: unknown, change: Change): void {
  const places = placesIn(document);
  if (places.length === 0) return;
  const { container, key } = places[change.at % places.length]!;
  const fields = container as Record<string, unknown>;
  if (change.how === 'set') {
    fields[key] = change.to;
  } else if (change.how === 'copy') {
    const source = places[change.from % places.length]!;
    fields[key] = structuredClone((source.container as Record<string, unknown>)[source.key]);
  } else if (!Array.isArray(container)) {
    Reflect.deleteProperty(fields, key);
  } else if (change.how === 'remove') {
    container.splice(Number(key), 1);
  } else {
    container.push(structuredClone(container[Number(key)]));
  }
}

/** One of these documents with some of its values changed. */
export function changedDocuments(documents: readonly string[], most: number): fc.Arbitrary<string> {
  return fc
    .tuple(fc.constantFrom(...documents), fc.array(change, { maxLength: most }))
    .map(([text, changes]) => {
      const document: unknown = JSON.parse(text);
      for (const one of changes) apply(document, one);
      return JSON.stringify(document);
    });
}

/** One of these texts with some of its characters changed. */
export function changedTexts(texts: readonly string[], most: number): fc.Arbitrary<string> {
  const splice = fc.record({
    at: place,
    remove: fc.nat(40),
    insert: fc.string({ maxLength: 10, unit: 'binary' }),
  });
  return fc.tuple(fc.constantFrom(...texts), fc.array(splice, { maxLength: most })).map(([text, splices]) =>
    splices.reduce((rest, { at, remove, insert }) => {
      const begin = at % (rest.length + 1);
      return rest.slice(0, begin) + insert + rest.slice(begin + remove);
    }, text),
  );
}
