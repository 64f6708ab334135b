import type { ConsumeSummary } from '../operations/consume-run';
import type { ProduceSummary } from '../operations/produce-run';
import { throughput, type Throughput } from '../operations/throughput';
import { formatSize } from './size';

function counted(count: number | bigint, one: string, many: string): string {
  return `${count.toLocaleString('en-US')} ${BigInt(count) === 1n ? one : many}`;
}

function amount({ messages, bytes }: Throughput): string {
  return `${counted(messages, 'message', 'messages')}, ${formatSize(Number(bytes))}`;
}

function speed({ messagesPerSecond, bytesPerSecond }: Throughput): string {
  return `${messagesPerSecond.toLocaleString('en-US')}/s, ${formatSize(bytesPerSecond)}/s`;
}

/** What `produce` did. */
export function renderProduceSummary(summary: ProduceSummary): string {
  const counts = [counted(summary.timeouts, 'time-out', 'time-outs'), `${summary.healed} healed`];
  return `Published ${amount(summary)} in ${summary.seconds} s (${speed(summary)}); ${counts.join(', ')}\n`;
}

/** What `consume` did. */
export function renderConsumeSummary(summary: ConsumeSummary): string {
  const counts = [
    counted(summary.gaps, 'message lost', 'messages lost'),
    counted(summary.timeouts, 'time-out', 'time-outs'),
    `${summary.healed} healed`,
  ];
  const { verification } = summary;
  if (verification?.passed === true) {
    const checked = counted(verification.contentChecked, 'message', 'messages');
    counts.push(`verified (order and gaps of all, content of ${checked})`);
  }
  return `Read ${amount(summary)} in ${summary.seconds} s (${speed(summary)}); ${counts.join(', ')}\n`;
}

/** How far a run is, on one line without its end. */
export function renderProgress(messages: number, bytes: number, milliseconds: number): string {
  const so = throughput(messages, bytes, milliseconds);
  return `${amount(so)}, ${speed(so)}`;
}
