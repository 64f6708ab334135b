import type { NativeObserver } from '../native';

/** A snapshot does not know the name that its block had: calls the block `name` instead of by that of the file. */
export function named(name: string, observer: NativeObserver): NativeObserver {
  return {
    info: () => ({ ...observer.info(), name }),
    snapshot: (...limits) => observer.snapshot(...limits),
    slots: (...range) => observer.slots(...range),
    metrics: () => observer.metrics(),
    validate: (checksums) => observer.validate(checksums),
    plan: () => observer.plan(),
    history: () => observer.history(),
    zones: () => observer.zones(),
    readZone: (zone) => observer.readZone(zone),
    writeSnapshot: (...target) => {
      observer.writeSnapshot(...target);
    },
    close: () => {
      observer.close();
    },
  };
}
