import { toCreateConfig } from '../../../src/cli/create-flags';

test('what was not given is left to the native layer', () => {
  expect(toCreateConfig({ slots: 8, 'slot-size': 64 })).toEqual({ slots: 8, slotSize: 64 });
});

test('every flag has its field', () => {
  const config = toCreateConfig(
    {
      slots: 8,
      'slot-size': 64,
      producers: 'multi',
      checksum: 'xxh3',
      'checksum-policy': 'enforced',
      zone: [{ name: 'calibration', size: 4096 }],
      mode: 0o660,
      group: 100,
      'self-heal': 'off',
      'heal-after': 250,
      overflow: 'fail',
      fences: 'real',
      timestamps: true,
      'max-participants': 16,
      'max-sync': 0,
    },
    { dir: '/x' },
  );
  expect(config).toEqual({
    dir: '/x',
    slots: 8,
    slotSize: 64,
    producers: 'multi',
    checksum: 'xxh3',
    checksumPolicy: 'enforced',
    zones: [{ name: 'calibration', size: 4096 }],
    mode: 0o660,
    gid: 100,
    selfHeal: false,
    healAfterMs: 250,
    overflow: 'fail',
    fences: 'real',
    timestamps: true,
    maxParticipants: 16,
    maxSync: 0,
  });
});

test('a new block needs slots of some size', () => {
  expect(() => toCreateConfig({ 'slot-size': 64 })).toThrow(/needs --slots and --slot-size/);
  expect(() => toCreateConfig({ slots: 8 })).toThrow(/needs --slots and --slot-size/);
});

test('--heal-after is whole milliseconds', () => {
  expect(() => toCreateConfig({ slots: 8, 'slot-size': 64, 'heal-after': 0.5 })).toThrow(
    /whole milliseconds/,
  );
});
