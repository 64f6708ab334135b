import { native, type NativeSecret } from '../native';
import { errorNamed, translated } from './errors';

function refuse(what: string): never {
  throw errorNamed('INVALID_ARGUMENT', what);
}

/**
 * 256 bits that those who may take part in a block share (docs/security.md). An opaque object: the bytes lie in memory
 * that is neither swapped nor dumped, and is wiped when this object and every handle that uses it are closed. They do
 * not come into JavaScript's heap, unless they came from there ({@link fromBytes}).
 *
 * A block, a handle and a look at a block take one as `secret`. Where none is given, the 64 hexadecimal digits of the
 * environment's `DATABLOCK_SECRET` are used, if it is set.
 */
export class Secret {
  readonly #native: NativeSecret;

  private constructor(secret: NativeSecret) {
    this.#native = secret;
  }

  /**
   * From a file of 32 bytes, or of 64 hexadecimal digits, that nobody else may read (mode 0600).
   * @throws DataBlockError SECRET_UNUSABLE.
   */
  static fromFile(path: string): Secret {
    if (typeof path !== 'string' || path.includes('\0')) refuse('Secret.fromFile: "path" must be a string');
    return new Secret(translated(() => native().makeSecret(path)));
  }

  /** The same from an open descriptor, read to its end, and not closed. @throws DataBlockError SECRET_UNUSABLE. */
  static fromDescriptor(fd: number): Secret {
    if (!Number.isInteger(fd) || fd < 0) refuse('Secret.fromDescriptor: "fd" must be a descriptor');
    return new Secret(translated(() => native().makeSecret(fd)));
  }

  /** Copies 32 bytes; wipe yours then: `bytes.fill(0)`. @throws DataBlockError SECRET_UNUSABLE. */
  static fromBytes(bytes: Uint8Array): Secret {
    if (!(bytes instanceof Uint8Array)) refuse('Secret.fromBytes: "bytes" must be a Uint8Array');
    return new Secret(translated(() => native().makeSecret(bytes)));
  }

  /** The environment's, or undefined. @throws DataBlockError SECRET_UNUSABLE. */
  static fromEnvironment(): Secret | undefined {
    const secret = translated(() => native().makeSecret());
    return secret === null ? undefined : new Secret(secret);
  }

  /** @internal As the addon takes it. */
  static handleOf(secret: Secret): NativeSecret {
    return secret.#native;
  }

  /** From now on it cannot be given any more; handles that have it go on. Idempotent. */
  close(): void {
    native().closeSecret(this.#native);
  }

  /** `using secret = Secret.fromFile(...)` closes it at the end of the scope. */
  [Symbol.dispose](): void {
    this.close();
  }
}
