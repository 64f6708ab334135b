import { Register } from '../native';

/**
 * Reads the registers that the addon's hot functions fill in. The numbers among them are read through a
 * 32-bit view of the same memory, because each read of a BigUint64Array allocates.
 */
export class MessageRegisters {
  readonly #wide: BigUint64Array;
  readonly #narrow: Uint32Array;

  constructor(registers: BigUint64Array) {
    this.#wide = registers;
    this.#narrow = new Uint32Array(registers.buffer, registers.byteOffset, registers.length * 2);
  }

  /** Number of the message in hand. */
  get seq(): bigint {
    return this.#wide[Register.Seq] ?? 0n;
  }

  /** Bytes; a payload ring in JavaScript has less than 4 GiB. */
  get length(): number {
    return this.#narrow[2 * Register.Length] ?? 0;
  }

  get flags(): number {
    return this.#narrow[2 * Register.Flags] ?? 0;
  }

  /** Messages lost, and declared, just before the one in hand. */
  get lost(): bigint {
    return this.anyLost ? (this.#wide[Register.Lost] ?? 0n) : 0n;
  }

  get anyLost(): boolean {
    return this.#narrow[2 * Register.Lost] !== 0 || this.#narrow[2 * Register.Lost + 1] !== 0;
  }

  /** Participant id of the message's producer. */
  get writer(): number {
    return this.#narrow[2 * Register.Writer] ?? 0;
  }
}
