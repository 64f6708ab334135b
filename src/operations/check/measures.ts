/** What `check` measures. */
import type { Metrics, SegmentInfo, SlotReport, Snapshot } from '../../native';
import type { Quantity } from './limit';

export interface Observation {
  info: SegmentInfo;
  snapshot: Snapshot;
  metrics: Metrics;
}

export type MeasureName =
  'lag' | 'stuck' | 'dead' | 'stopped' | 'lost' | 'checksum-failures' | 'participants';

export interface Measure {
  name: MeasureName;
  /** For `--help`: what it is. */
  meaning: string;
  /** Unit of monitoring-plugins: `s`, `c` (a counter) or nothing. */
  unit: 's' | 'c' | '';
  /** How its limits are written. */
  limit: 'share' | 'count' | 'duration';
  of: (observation: Observation) => Quantity;
}

function furthestBehind({ info, snapshot }: Observation): Quantity {
  const lags = snapshot.participants.map(({ lag }) => Number(lag ?? 0n));
  return { value: Math.max(0, ...lags), most: info.slots };
}

const unfinished: readonly SlotReport['phase'][] = ['WRITING', 'DRAINING', 'DRAINING_EMPTY'];

/** Slots that are held for an unknown time, since clocks differ, are findings of their own. */
function longestHeld({ snapshot }: Observation): Quantity {
  const held = snapshot.notable
    .filter(({ phase }) => unfinished.includes(phase))
    .map(({ heldForNs }) => Number(heldForNs ?? 0n) / 1e9);
  return { value: Math.max(0, ...held), most: null };
}

function counted(verdict: string): (observation: Observation) => Quantity {
  return ({ snapshot: { participants }, info }) => ({
    value: participants.filter((participant) => participant.verdict === verdict).length,
    most: info.maxParticipants,
  });
}

export const measures: readonly Measure[] = [
  {
    name: 'lag',
    meaning: 'messages that the slowest sync consumer is behind, or their share of the ring',
    unit: '',
    limit: 'share',
    of: furthestBehind,
  },
  {
    name: 'stuck',
    meaning: 'how long one owner has had a slot',
    unit: 's',
    limit: 'duration',
    of: longestHeld,
  },
  {
    name: 'dead',
    meaning: 'dead participants that nobody cleaned up after yet',
    unit: '',
    limit: 'count',
    of: counted('DEAD'),
  },
  {
    name: 'stopped',
    meaning: 'participants that are stopped',
    unit: '',
    limit: 'count',
    of: counted('STOPPED'),
  },
  {
    name: 'lost',
    meaning: 'messages that consumers could not read since the block was made',
    unit: 'c',
    limit: 'count',
    of: ({ metrics }) => ({ value: Number(metrics.messages_lost), most: null }),
  },
  {
    name: 'checksum-failures',
    meaning: 'messages whose checksum was wrong since the block was made',
    unit: 'c',
    limit: 'count',
    of: ({ metrics }) => ({ value: Number(metrics.checksum_failures), most: null }),
  },
  {
    name: 'participants',
    meaning: 'entries of participants that are taken, or their share',
    unit: '',
    limit: 'share',
    of: ({ snapshot, info }) => ({ value: snapshot.participants.length, most: info.maxParticipants }),
  },
];
