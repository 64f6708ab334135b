import type { Metrics } from '../../../src/native';
import type { Check, Measured } from '../../../src/operations/check/check';
import { renderNagios, renderNagiosError } from '../../../src/render/check/nagios';
import { renderPrometheus, renderPrometheusError } from '../../../src/render/check/prometheus';
import { participant, segment, snapshot } from '../../support/reports';

function measured(details: Partial<Measured> = {}): Measured {
  return { name: 'lag', unit: '', value: 3, most: 64, status: 0, warn: null, max: null, ...details };
}

function check(details: Partial<Check> = {}): Check {
  const metrics = { total_slots_written: 14n, uptime_seconds: 9n } as Metrics;
  return {
    status: 0,
    measured: [measured()],
    findings: [],
    observation: { info: segment(), snapshot: snapshot(), metrics },
    ...details,
  };
}

test('nagios: one line, with performance data', () => {
  const limit = { value: 80, percent: true };
  const stuck = measured({
    name: 'stuck',
    unit: 's',
    value: 1.23456,
    most: null,
    max: { value: 5, percent: false },
  });
  expect(renderNagios('sensor', check({ measured: [measured({ max: limit }), stuck] }))).toBe(
    'DATABLOCK OK - sensor: lag 3 of 64, stuck 1.235s | lag=3;;51.2;0;64 stuck=1.235s;;5;0\n',
  );
});

test('nagios: what is too much comes first, then what was found', () => {
  const findings = [{ severity: 'safe' as const, slot: 1, spinlock: null, participant: 2 }];
  const line = renderNagios('sensor', check({ status: 2, measured: [measured({ status: 2 })], findings }));
  expect(line).toMatch(
    /^DATABLOCK CRITICAL - sensor: lag 3 of 64 is too much, 1 trace safe to repair \(auto-recover\) \| /,
  );
});

test('nagios: an error is one line, without a bar', () => {
  expect(renderNagiosError('sensor', 2, 'a|b\nc')).toBe('DATABLOCK CRITICAL - sensor: a/b c\n');
  expect(renderNagiosError(undefined, 3, 'x')).toBe('DATABLOCK UNKNOWN - x\n');
});

test('prometheus: every line is a comment or a sample, every family has a type', () => {
  const consumer = participant({ id: 3, role: 'consumer', mode: 'sync', name: 'a "b"\\', lag: 7n });
  const text = renderPrometheus(
    'sensor',
    check({ observation: { ...check().observation, snapshot: snapshot({ participants: [consumer] }) } }),
  );
  for (const line of text.trimEnd().split('\n')) {
    expect(line).toMatch(
      /^(# (HELP|TYPE) datablock_\w+ .+|datablock_\w+\{block="sensor"(,\w+="([^"\\]|\\.)*")*\} \d+(\.\d+)?)$/,
    );
  }
  expect(text).toContain('datablock_lag_messages{block="sensor",participant="3",name="a \\"b\\"\\\\"} 7\n');
  expect(text).toContain('# TYPE datablock_total_slots_written counter\n');
  expect(text).toContain('# TYPE datablock_uptime_seconds gauge\n');
  expect(renderPrometheusError('sensor', 2)).toContain('datablock_up{block="sensor"} 0\n');
});
