import type { CheckUp } from '../operations/doctor/doctor';
import type { Level, Symptom } from '../operations/doctor/symptom';
import type { Style } from './style';
import { counted } from './table';

function tag(level: Level, { color }: Style): string {
  switch (level) {
    case 'ok':
      return color.green('[OK]');
    case 'note':
      return color.yellow('[NOTE]');
    case 'problem':
      return color.red('[PROBLEM]');
  }
}

function renderSymptom({ level, topic, text, command }: Symptom, style: Style): string {
  const line = `${tag(level, style)} ${topic}: ${text}\n`;
  return command === null ? line : `${line}    ${style.color.bold(command)}\n`;
}

/** What is worst comes first. */
export function renderCheckUp({ symptoms }: CheckUp, style: Style): string {
  const order: readonly Level[] = ['problem', 'note', 'ok'];
  const sorted = order.flatMap((level) => symptoms.filter((symptom) => symptom.level === level));
  const count = (level: Level): number => symptoms.filter((symptom) => symptom.level === level).length;
  const sum = `${counted(count('problem'), 'problem')}, ${counted(count('note'), 'note')}`;
  return `${sorted.map((symptom) => renderSymptom(symptom, style)).join('')}${sum}\n`;
}
