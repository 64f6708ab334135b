import { renderProgress } from '../render/pump';
import { writeErr } from './output';

/** Work that is done sooner than this shows no progress. */
const SHOW_AFTER_MS = 1000;
const REDRAW_MS = 200;

const CLEAR_LINE = '\r\x1b[K';

/** One line on a terminal that says how far the work is. */
export class ProgressLine {
  readonly #began = performance.now();
  #nextDraw = this.#began + SHOW_AFTER_MS;
  #drawn = false;

  /** Called often; draws now and then. */
  update(messages: number, bytes: number): void {
    const now = performance.now();
    if (now < this.#nextDraw) return;
    this.#nextDraw = now + REDRAW_MS;
    this.#drawn = true;
    writeErr(`${CLEAR_LINE}${renderProgress(messages, bytes, now - this.#began)}`);
  }

  clear(): void {
    if (this.#drawn) writeErr(CLEAR_LINE);
    this.#drawn = false;
  }
}
