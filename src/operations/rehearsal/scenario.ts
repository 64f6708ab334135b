import type { Stage } from './stage';

/** Something bad that really happens, what the tools say about it, and the repair. */
export interface Scenario {
  name: string;
  /** One sentence. */
  summary: string;
  /** @throws DataBlockError PERMISSION when it cannot be played here */
  play(stage: Stage): Promise<void>;
}
