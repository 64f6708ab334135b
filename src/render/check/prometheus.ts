/** The text format of Prometheus. */
import type { Check, Status } from '../../operations/check/check';

interface Sample {
  labels: Readonly<Record<string, string>>;
  value: number | bigint;
}

interface Family {
  name: string;
  type: 'gauge' | 'counter';
  help: string;
  samples: Sample[];
}

/** Those of the brief's metrics that may become smaller. */
const gauges: readonly string[] = [
  'reader_peak_count',
  'last_error_timestamp_ns',
  'last_error_code',
  'uptime_seconds',
];

function escaped(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}

function renderSample(name: string, { labels, value }: Sample): string {
  const list = Object.entries(labels).map(([key, text]) => `${key}="${escaped(text)}"`);
  return `${name}{${list.join(',')}} ${value}\n`;
}

function renderFamily({ name, type, help, samples }: Family): string {
  const head = `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n`;
  return samples.length === 0 ? '' : head + samples.map((sample) => renderSample(name, sample)).join('');
}

function gauge(name: string, help: string, samples: Sample[]): Family {
  return { name: `datablock_${name}`, type: 'gauge', help, samples };
}

function families(block: string, { status, measured, observation }: Check): Family[] {
  const { snapshot, metrics, info } = observation;
  const labels = { block };
  const one = (value: number | bigint): Sample[] => [{ labels, value }];
  const count = (counts: Readonly<Record<string, number>>, key: string): Sample[] =>
    Object.entries(counts).map(([name, value]) => ({ labels: { ...labels, [key]: name }, value }));
  const verdicts = Object.fromEntries(
    ['ALIVE', 'STOPPED', 'DEAD', 'UNKNOWN'].map((verdict) => [
      verdict,
      snapshot.participants.filter((participant) => participant.verdict === verdict).length,
    ]),
  );
  const lags = snapshot.participants.flatMap(({ id, name, lag }) =>
    lag === null ? [] : [{ labels: { ...labels, participant: String(id), name }, value: lag }],
  );
  const stuck = measured.find(({ name }) => name === 'stuck')?.value ?? 0;
  return [
    gauge('up', 'Whether the block could be looked at.', one(1)),
    gauge('check_status', '0 OK, 1 warning, 2 critical, 3 unknown.', one(status)),
    gauge('next_message', 'Number of the next message.', one(snapshot.claim)),
    gauge('ring_slots', 'Slots of the ring.', one(info.slots)),
    gauge('slots', 'Slots by verdict.', count(snapshot.summary.byVerdict, 'verdict')),
    gauge('participants', 'Participants by verdict.', count(verdicts, 'verdict')),
    gauge('lag_messages', 'Messages that a sync consumer is behind.', lags),
    gauge('slot_held_seconds', 'How long one owner has had a slot.', one(stuck)),
    ...Object.entries(metrics).map(([name, value]): Family => ({
      name: `datablock_${name}`,
      type: gauges.includes(name) ? 'gauge' : 'counter',
      help: `The metric ${name} of the block.`,
      samples: one(value),
    })),
  ];
}

export function renderPrometheus(block: string, check: Check): string {
  return families(block, check).map(renderFamily).join('');
}

/** Of a block that could not be looked at. */
export function renderPrometheusError(block: string | undefined, status: Status): string {
  const labels = { block: block ?? '' };
  return [
    gauge('up', 'Whether the block could be looked at.', [{ labels, value: 0 }]),
    gauge('check_status', '0 OK, 1 warning, 2 critical, 3 unknown.', [{ labels, value: status }]),
  ]
    .map(renderFamily)
    .join('');
}
