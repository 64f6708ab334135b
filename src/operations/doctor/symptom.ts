/**
 * - `ok`: as it should be.
 * - `note`: worth knowing; nothing breaks.
 * - `problem`: will bite.
 */
export type Level = 'ok' | 'note' | 'problem';

/** One thing that the doctor looked at. */
export interface Symptom {
  topic: string;
  level: Level;
  text: string;
  /** A command that mends it, where there is one. */
  command: string | null;
}

export function ok(topic: string, text: string): Symptom {
  return { topic, level: 'ok', text, command: null };
}

export function note(topic: string, text: string, command: string | null = null): Symptom {
  return { topic, level: 'note', text, command };
}

export function problem(topic: string, text: string, command: string | null = null): Symptom {
  return { topic, level: 'problem', text, command };
}
