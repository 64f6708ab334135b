/** Opens a block for as long as a function needs it. */
import { translated } from '../api/errors';
import { native, type Location, type NativeObserver, type NativeRecovery } from '../native';

/** Looks at a block without changing a byte of it. */
export function observing<T>(name: string, location: Location, look: (observer: NativeObserver) => T): T {
  return translated(() => {
    const observer = native().openObserver(name, location);
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
    const recovery = native().openRecovery(name, location);
    try {
      return work(recovery);
    } finally {
      recovery.close();
    }
  });
}
