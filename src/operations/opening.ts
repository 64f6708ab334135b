/** Opens a block for as long as a function needs it. */
import { translated } from '../api/errors';
import { Secret } from '../api/secret';
import { native, type Location, type NativeObserver, type NativeRecovery } from '../native';

/** What an observer looks at: a live block, or the file of a snapshot. */
export interface ObserverLocation extends Location {
  snapshot?: string;
  /** For keyed checksums. */
  secret?: Secret;
}

let listener: (name: string) => void = () => undefined;

/** From now on `tell` hears of each block just before it is mapped: one that is truncated then ends the process. */
export function beforeMapping(tell: (name: string) => void): void {
  listener = tell;
}

export function aboutToMap(name: string): void {
  listener(name);
}

/** Looks at a block without changing a byte of it. */
export function observing<T>(
  name: string,
  location: ObserverLocation,
  look: (observer: NativeObserver) => T,
): T {
  return translated(() => {
    aboutToMap(name);
    const { secret, ...where } = location;
    const observer = native().openObserver(name, {
      ...where,
      ...(secret !== undefined && { secret: Secret.handleOf(secret) }),
    });
    try {
      return look(observer);
    } finally {
      observer.close();
    }
  });
}

/** Works on the control words of a block. */
export function recovering<T>(name: string, location: Location, work: (recovery: NativeRecovery) => T): T {
  return translated(() => {
    aboutToMap(name);
    const recovery = native().openRecovery(name, location);
    try {
      return work(recovery);
    } finally {
      recovery.close();
    }
  });
}
