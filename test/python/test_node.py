"""A block that Node produces, read from Python; and the other way round."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from conftest import LONG_MS
from datablock import Consumer, Phase, Producer, Schema, Segment, Verdict

ROOT = Path(__file__).resolve().parents[2]
READING = Schema.define("Reading", "2.0.0", {"n": "u32", "label": "char[8]", "values": {"type": "f64", "count": 2}})
SCHEMA_IN_NODE = """
const { defineSchema, Producer, Consumer } = require('%s');
const Reading = defineSchema({
  name: 'Reading', version: '2.0.0', fields: { n: 'u32', label: 'char[8]', values: { type: 'f64', count: 2 } },
});
""" % (ROOT / "dist" / "index.js")
PRODUCE = """
const producer = Producer.open('b', { schema: Reading });
for (let n = 0; n < 500; n++) producer.writeRecord(Reading, { n, label: `ü${n}`, values: [n / 2, -n] });
producer.markEnd();
producer.close();
"""
CONSUME = """
const consumer = Consumer.open('b', { schema: Reading });
console.log('attached');
let text = '';
(async () => {
  for await (const slot of consumer.messages()) {
    const { n, label, values } = slot.as(Reading);
    text += `${n} ${label} ${values.join(' ')}\\n`;
  }
  consumer.close();
  process.stdout.write(text);
})();
"""


def node(script: str) -> subprocess.Popen[str]:
    return subprocess.Popen(["node", "-e", SCHEMA_IN_NODE + script], stdout=subprocess.PIPE, text=True)


def test_node_produces(directory: Path) -> None:
    Segment.create("b", slots=16, slot_size=READING.size, schema=READING, checksum="xxh3")
    with Consumer("b", schema=READING) as consumer:
        with node(PRODUCE) as child:
            read = [message.record() for message in consumer.messages(LONG_MS)]
        assert child.returncode == 0
    assert read == [{"n": n, "label": f"ü{n}", "values": [n / 2, -n]} for n in range(500)]


def test_a_snapshot_that_the_tools_took_is_looked_at(directory: Path, tmp_path: Path) -> None:
    file = tmp_path / "b.snap"
    with Producer.create("b", slots=4, slot_size=READING.size, schema=READING) as producer:
        producer.write_record({"n": 1, "label": "", "values": [0.0, 0.0]})
        with producer.acquire() as slot:
            program = ROOT / "bin" / "datablock-admin"
            subprocess.run(["node", str(program), "snapshot", "b", "-o", str(file)], check=True, capture_output=True)
            slot.abort()
    Segment.unlink("b")
    with Segment.open_snapshot(file) as segment:
        assert segment.schema() == READING
        assert segment.metrics().total_slots_written == 1
        assert [slot.phase for slot in segment.diagnose_all_slots()][:2] == [Phase.COMMITTED, Phase.WRITING]
        (seen,) = segment.participants()
        assert (seen.pid, seen.verdict) == (os.getpid(), Verdict.ALIVE)


def test_node_consumes(directory: Path) -> None:
    with Producer.create("b", slots=16, slot_size=READING.size, schema=READING, checksum="xxh3") as producer:
        with node(CONSUME) as child:
            assert child.stdout is not None
            assert child.stdout.readline() == "attached\n"
            for n in range(500):
                producer.write_record({"n": n, "label": f"ü{n}", "values": [n / 2, -n]}, LONG_MS)
            producer.mark_end(LONG_MS)
            lines = child.stdout.read().splitlines()
        assert child.returncode == 0
    assert lines[:3] == ["0 ü0 0 0", "1 ü1 0.5 -1", "2 ü2 1 -2"]
    assert [line.split()[0] for line in lines] == [str(n) for n in range(500)]
