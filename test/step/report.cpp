#include "report.hpp"

#include <stdlib.h>
#include <sys/utsname.h>

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <map>
#include <sstream>
#include <thread>
#include <utility>

namespace datablock::step {
namespace {

constexpr std::size_t kFaultsShown = 40;
constexpr std::size_t kRowFields = 14;
constexpr std::size_t kRunFields = 4;

#if defined(__clang__)
constexpr const char* kCompiler = __VERSION__;
#else
constexpr const char* kCompiler = "g++ " __VERSION__;
#endif

constexpr const char* kIntroduction = R"(# Kill at every instruction

Written by `scripts/kill-steps --report` (`test/step`). For each operation, and for each number k of instructions that it
has: a fresh block of three slots (or one), with survivors on it; a process that does the operation, is stepped by ptrace
through its first k instructions, and gets SIGKILL there. Then the others clean up, in turn by a recovery plan, by newcomers
that attach, by just going on and healing what they wait for, and by a plan after they had gone on beside the stopped
process. `validate` looks before that, and finds nothing but traces of the dead. After that:

- `validate` finds nothing, the plan is empty, every slot is settled;
- two laps and more go through, then every slot is used again: no tombstones any more;
- a lossless reader, a lossy one and newcomers got every message that was committed at the moment of death, whole, in order
  and once; nothing else; what the lossy one missed was declared; a message whose commit had returned is there;
- who slept for what the dead one was about to give is awake again; tombstones and producers that died unfinished were
  counted.

In the second part the process is not killed but stopped (SIGSTOP), as an operator or the kernel may stop it. The survivors,
in another process, take its slot away by force (on blocks for several producers), and go on for two laps and until each
slot that is left holds a message that is being read or waits for its reader; then it is continued (SIGCONT) and writes on.
Its commit must be FENCED, none of its late bytes may be found in any message, its slot must come back, and its next message
must go through. Readers are evicted or left alone, and must find out or find their message whole; operators with stale
decisions must change nothing.

Instructions are those of the process, of the C library too; the kernel's are one. "Seen by others" are instructions that
change a shared word or call the kernel. "Points" are those that all kinds of block together have: one more than
instructions, for each. "Missed" are points of an operation's recorded course that no child came to, as
clocks and /proc sent each of them another way; they were killed, or stopped, at another point. "Lost" is anything at all
that was not as it should be. "s" is the time of one worker.

Between two instructions that others see the effect of, a process that is killed leaves the same block behind: those between
are visited to show it.

Not covered: skipping a slot whose word is impossible (it takes a block that somebody has scribbled on, and no producer);
ending a cleaner (`kill-participant` is the same code with another victim); zones, which are their users' own; heartbeats (a single
store); moments inside a system call; stores that a weaker memory than x86's shows in another order
([the explorer](protocol.md) is for that).

)";

std::string clean(std::string text) {
  std::replace_if(
      text.begin(), text.end(), [](char c) { return c == '\t' || c == '\n'; }, ' ');
  return text;
}

std::string join(std::initializer_list<std::string> fields) {
  std::string line;
  for (const std::string& field : fields) {
    line += clean(field);
    line += '\t';
  }
  line.pop_back();
  return line;
}

/// The fields of a line, without the blanks that keep an empty one at its place.
std::vector<std::string> split(const std::string& line) {
  std::vector<std::string> fields;
  std::istringstream stream(line);
  for (std::string field; std::getline(stream, field, '\t');) {
    while (!field.empty() && field.back() == ' ') {
      field.pop_back();
    }
    fields.push_back(field);
  }
  return fields;
}

std::string quoted(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      out += '\\';
    }
    out += static_cast<unsigned char>(c) < ' ' ? ' ' : c;
  }
  return out + "\"";
}

std::string plural(std::uint64_t count, const char* noun) {
  return std::to_string(count) + " " + noun + (count == 1 ? "" : "s");
}

std::string processor() {
  std::ifstream info("/proc/cpuinfo");
  for (std::string line; std::getline(info, line);) {
    if (line.starts_with("model name")) {
      return line.substr(line.find(':') + 2);
    }
  }
  return "unknown processor";
}

std::string repeat_command(const Fault& fault) {
  return "scripts/kill-steps --" + fault.part + "s --only " + fault.operation + " --kind " + fault.kind +
         " --at " + std::to_string(fault.at) + (fault.way.empty() ? "" : " --way " + fault.way);
}

}  // namespace

void Report::add(const Row& row) {
  for (Row& have : rows_) {
    if (have.part == row.part && have.operation == row.operation && have.kind == row.kind) {
      have.instructions = std::max(have.instructions, row.instructions);
      have.changes = std::max(have.changes, row.changes);
      have.points += row.points;
      have.missed += row.missed;
      have.failures += row.failures;
      have.wake_ms = std::max(have.wake_ms, row.wake_ms);
      have.ms += row.ms;
      return;
    }
  }
  rows_.push_back(row);
}

void Report::include(const std::vector<Row>& known) {
  for (const Row& row : known) {
    const auto same = std::find_if(rows_.begin(), rows_.end(), [&](const Row& have) {
      return have.part == row.part && have.operation == row.operation && have.kind == row.kind;
    });
    if (same == rows_.end()) {
      rows_.push_back(row);
    } else if (same->failures == 0) {
      *same = row;
    }
  }
}

std::string Report::encode(const Row& row) {
  return join({"row", row.part, row.operation, row.what, row.kind, std::to_string(row.instructions),
               std::to_string(row.changes), std::to_string(row.points), std::to_string(row.missed),
               std::to_string(row.failures), std::to_string(row.wake_ms), std::to_string(row.ms),
               std::to_string(row.stride), row.commit + " "});
}

std::string Report::encode(const Fault& fault) {
  return join({"fault", fault.part, fault.operation, fault.kind, std::to_string(fault.at), fault.way + " ",
               fault.what + " ", fault.where + " ", fault.state + " "});
}

std::string Report::encode(const Run& run) {
  return join({"run", run.start, run.commit + " ", run.command});
}

std::optional<Row> Report::decode_row(const std::string& line) {
  const std::vector<std::string> fields = split(line);
  if (fields.size() != kRowFields || fields[0] != "row") {
    return std::nullopt;
  }
  return Row{.part = fields[1],
             .operation = fields[2],
             .what = fields[3],
             .kind = fields[4],
             .instructions = std::stoull(fields[5]),
             .changes = std::stoull(fields[6]),
             .points = std::stoull(fields[7]),
             .missed = std::stoull(fields[8]),
             .failures = std::stoull(fields[9]),
             .wake_ms = std::stoull(fields[10]),
             .ms = std::stoull(fields[11]),
             .stride = std::stoull(fields[12]),
             .commit = fields[13]};
}

std::optional<Run> Report::decode_run(const std::string& line) {
  const std::vector<std::string> fields = split(line);
  if (fields.size() != kRunFields || fields[0] != "run") {
    return std::nullopt;
  }
  return Run{.start = fields[1], .commit = fields[2], .command = fields[3]};
}

void Report::decode(const std::string& line) {
  if (const auto row = decode_row(line)) {
    add(*row);
    return;
  }
  if (const std::vector<std::string> fields = split(line); fields.size() == 9 && fields[0] == "fault") {
    add(Fault{fields[1], fields[2], fields[3], std::stoull(fields[4]), fields[5], fields[6], fields[7],
              fields[8]});
  }
}

void Report::sort(const std::string& part, const std::vector<std::string>& operations) {
  const auto rank = [&](const Row& row) {
    return row.part != part
               ? -1
               : std::find(operations.begin(), operations.end(), row.operation) - operations.begin();
  };
  std::stable_sort(rows_.begin(), rows_.end(),
                   [&](const Row& left, const Row& right) { return rank(left) < rank(right); });
}

Row Report::total(const std::string& part, const std::string& kind) const {
  Row sum;
  for (const Row& row : rows_) {
    if (row.part == part && (kind.empty() || row.kind == kind)) {
      sum.instructions += row.instructions;
      sum.changes += row.changes;
      sum.points += row.points;
      sum.missed += row.missed;
      sum.failures += row.failures;
      sum.wake_ms = std::max(sum.wake_ms, row.wake_ms);
    }
  }
  return sum;
}

std::string Report::summary() const {
  std::string text;
  for (const char* part : {"kill", "stop"}) {
    const Row sum = total(part);
    if (sum.points > 0) {
      text += plural(sum.instructions, "instruction") + ", " + plural(sum.points, part) + ", " +
              std::to_string(sum.failures) + " lost; " + plural(sum.missed, "point") + " missed.\n";
    }
  }
  const auto unfinished = static_cast<std::size_t>(
      std::count_if(faults_.begin(), faults_.end(), [](const Fault& fault) { return fault.where.empty(); }));
  if (unfinished > 0) {
    text += plural(unfinished, "operation") + " could not be examined to the end.\n";
  }
  if (const std::uint64_t ms = total("kill").wake_ms; ms > 0) {
    text += "Who slept for what the dead was about to give was awake after " + std::to_string(ms) +
            " ms at most.\n";
  }
  return text;
}

std::string Report::text() const {
  std::string out =
      "part  operation                   block               instr.   seen   points  missed  failed     s\n";
  for (const Row& row : rows_) {
    char line[256];
    std::snprintf(line, sizeof line, "%-5s %-27s %-18s %7llu %6llu %8llu %7llu %7llu %5.1f\n",
                  row.part.c_str(), row.operation.c_str(), row.kind.c_str(),
                  static_cast<unsigned long long>(row.instructions),
                  static_cast<unsigned long long>(row.changes), static_cast<unsigned long long>(row.points),
                  static_cast<unsigned long long>(row.missed), static_cast<unsigned long long>(row.failures),
                  static_cast<double>(row.ms) / 1000);
    out += line;
  }
  std::size_t shown = 0;
  for (const Fault& fault : faults_) {
    if (++shown > kFaultsShown) {
      out += "... and " + std::to_string(faults_.size() - kFaultsShown) + " more\n";
      break;
    }
    out += "\nFAILED " + fault.what + "\n  at    " + fault.where + "\n  words " + fault.state + "\n  again " +
           repeat_command(fault) + "\n";
  }
  return out + "\n" + summary();
}

std::string Report::json(double seconds) const {
  std::string out = "{\n  \"seconds\": " + std::to_string(seconds) + ",\n  \"rows\": [";
  const char* separator = "\n";
  for (const Row& row : rows_) {
    out += separator;
    out += "    {\"part\": " + quoted(row.part) + ", \"operation\": " + quoted(row.operation) +
           ", \"block\": " + quoted(row.kind) + ", \"instructions\": " + std::to_string(row.instructions) +
           ", \"changes\": " + std::to_string(row.changes) + ", \"points\": " + std::to_string(row.points) +
           ", \"missed\": " + std::to_string(row.missed) + ", \"failures\": " + std::to_string(row.failures) +
           "}";
    separator = ",\n";
  }
  out += "\n  ],\n  \"faults\": [";
  separator = "\n";
  for (const Fault& fault : faults_) {
    out += separator;
    out += "    {\"part\": " + quoted(fault.part) + ", \"operation\": " + quoted(fault.operation) +
           ", \"block\": " + quoted(fault.kind) + ", \"at\": " + std::to_string(fault.at) +
           ", \"way\": " + quoted(fault.way) + ", \"what\": " + quoted(fault.what) +
           ", \"where\": " + quoted(fault.where) + ", \"state\": " + quoted(fault.state) +
           ", \"again\": " + quoted(repeat_command(fault)) + "}";
    separator = ",\n";
  }
  out += faults_.empty() ? "],\n" : "\n  ],\n";
  const Row kills = total("kill");
  const Row stops = total("stop");
  out += "  \"instructions\": " + std::to_string(kills.instructions) +
         ",\n  \"kills\": " + std::to_string(kills.points) +
         ",\n  \"stops\": " + std::to_string(stops.points) +
         ",\n  \"lost\": " + std::to_string(faults_.size()) + "\n}\n";
  return out;
}

std::string Report::operations_table(const std::string& part) const {
  std::vector<Row> merged;
  std::vector<unsigned> kinds;
  std::vector<std::uint64_t> points;  // that there are
  for (const Row& row : rows_) {
    if (row.part != part) {
      continue;
    }
    auto have = std::find_if(merged.begin(), merged.end(),
                             [&](const Row& other) { return other.operation == row.operation; });
    if (have == merged.end()) {
      merged.push_back(row);
      kinds.push_back(1);
      points.push_back(row.instructions + 1);
      continue;
    }
    have->instructions = std::max(have->instructions, row.instructions);
    have->changes = std::max(have->changes, row.changes);
    have->points += row.points;
    have->missed += row.missed;
    have->failures += row.failures;
    have->ms += row.ms;
    const auto at = static_cast<std::size_t>(have - merged.begin());
    ++kinds[at];
    points[at] += row.instructions + 1;
  }
  std::string out = "| operation | | kinds of block | instructions | seen by others | points | " + part +
                    "s | missed | lost | s |\n";
  out += "|---|---|---:|---:|---:|---:|---:|---:|---:|---:|\n";
  for (std::size_t i = 0; i < merged.size(); ++i) {
    const Row& row = merged[i];
    out += "| " + row.operation + " | " + row.what + " | " + std::to_string(kinds[i]) + " | " +
           std::to_string(row.instructions) + " | " + std::to_string(row.changes) + " | " +
           std::to_string(points[i]) + " | " + std::to_string(row.points) + " | " +
           std::to_string(row.missed) + " | " + std::to_string(row.failures) + " | " +
           std::to_string(row.ms / 1000) + " |\n";
  }
  return out + "\n";
}

std::string Report::kinds_table() const {
  std::vector<std::string> kinds;
  for (const Row& row : rows_) {
    if (std::find(kinds.begin(), kinds.end(), row.kind) == kinds.end()) {
      kinds.push_back(row.kind);
    }
  }
  std::string out =
      "| kind of block | instructions | kills | stops | missed | lost "
      "|\n|---|---:|---:|---:|---:|---:|\n";
  for (const std::string& kind : kinds) {
    const Row kills = total("kill", kind);
    const Row stops = total("stop", kind);
    out += "| " + kind + " | " + std::to_string(kills.instructions) + " | " + std::to_string(kills.points) +
           " | " + std::to_string(stops.points) + " | " + std::to_string(kills.missed + stops.missed) +
           " | " + std::to_string(kills.failures + stops.failures) + " |\n";
  }
  return out + "\n";
}

/// Says how densely each operation was visited, on which kinds of block, at which commit.
std::string Report::coverage() const {
  using Operations = std::map<std::string, std::string>;  // kinds of block, by operation
  std::map<std::pair<std::uint64_t, std::string>, Operations> all;
  for (const Row& row : rows_) {
    std::string& kinds = all[{row.stride, row.commit}][row.part + " " + row.operation];
    kinds += (kinds.empty() ? "" : ", ") + row.kind;
  }
  std::string out;
  for (const auto& [density, operations] : all) {
    const auto& [stride, commit] = density;
    out += stride == 1 ? "- **Every instruction**"
                       : "- **Each " + std::to_string(stride) +
                             "th instruction, and each one that others see the effect of**";
    out += (commit.empty() ? "" : ", commit " + commit) + ": ";
    const char* separator = "";
    for (const auto& [operation, kinds] : operations) {
      out += separator + operation + " (" + kinds + ")";
      separator = "; ";
    }
    out += "\n";
  }
  return out + "\n";
}

std::string Report::machine_table(const std::vector<Run>& runs) const {
  utsname system{};
  uname(&system);
  double load = 0;
  getloadavg(&load, 1);
  char busy[32];
  std::snprintf(busy, sizeof busy, "%.0f", load);
  std::uint64_t ms = 0;
  for (const Row& row : rows_) {
    ms += row.ms;
  }

  std::string out = "| | |\n|---|---|\n";
  out += "| machine | " + processor() + ", " + std::to_string(std::thread::hardware_concurrency()) +
         " processors; its load at the end: " + busy + " |\n";
  out += "| kernel | " + std::string(system.sysname) + " " + system.release + " " + system.machine + " |\n";
  out += "| compiler | " + std::string(kCompiler) + ", flags of the release build |\n";
  for (const Run& run : runs) {
    out += "| " + run.start + ", commit " + run.commit + " | `" + run.command + "` |\n";
  }
  return out + "| time of the workers | " + std::to_string(ms / 1000) + " s |\n\n";
}

std::string Report::markdown(const std::vector<Run>& runs) const {
  std::string out = kIntroduction + machine_table(runs);
  out += "```\n" + summary() + "```\n\n" + coverage() + kinds_table();
  for (const char* part : {"kill", "stop"}) {
    if (total(part).points > 0) {
      out += std::string(part) == "kill" ? "## Killed\n\n" : "## Stopped and continued\n\n";
      out += operations_table(part);
    }
  }
  for (const Fault& fault : faults_) {
    out += "- **" + fault.operation + "**, " + fault.kind + ", after " + std::to_string(fault.at) +
           " instructions: " + fault.what + ". Words: " + fault.state + ". Again: `" + repeat_command(fault) +
           "`\n";
  }
  while (out.ends_with("\n\n")) {
    out.pop_back();
  }
  return out;
}

}  // namespace datablock::step
