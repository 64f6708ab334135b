/** Blocks for tests, made through the addon. */
import * as fs from 'node:fs';
import * as path from 'node:path';
import { native, type CreateConfig, type SegmentInfo } from '../../src/native';

/** A small block that many producers may use and that nobody heals, so that traces stay. */
export function makeBlock(name: string, dir: string, details: Partial<CreateConfig> = {}): SegmentInfo {
  return native().create(name, {
    dir,
    slots: 4,
    slotSize: 64,
    producers: 'multi',
    selfHeal: false,
    ...details,
  });
}

/** Publishes messages of the given length. */
export function publish(name: string, dir: string, count: number, length = 8): void {
  const producer = native().openProducer(name, { dir });
  try {
    for (let i = 0; i < count; i++) {
      const slot = producer.acquire(1000);
      if (slot < 0) throw new Error(`acquire: ${slot}`);
      new Uint8Array(producer.payload, slot * producer.info.stride, length).fill(i + 1);
      if (producer.commit(length, 0) < 0) throw new Error('commit');
    }
  } finally {
    producer.close();
  }
}

/** The bytes of a block's file. */
export function bytesOf(name: string, dir: string): Buffer {
  return fs.readFileSync(path.join(dir, name));
}

/** Overwrites bytes of a block's file, as a stray pointer would. */
export function scribble(name: string, dir: string, offset: number, bytes: Uint8Array): void {
  const file = fs.openSync(path.join(dir, name), 'r+');
  try {
    fs.writeSync(file, bytes, 0, bytes.length, offset);
  } finally {
    fs.closeSync(file);
  }
}
