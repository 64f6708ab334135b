#include "report.hpp"

#include <sys/utsname.h>

#include <algorithm>
#include <cstdio>
#include <ctime>
#include <sstream>

namespace datablock::step {
namespace {

constexpr std::size_t kFaultsShown = 40;

#if defined(__clang__)
constexpr const char* kCompiler = __VERSION__;
#else
constexpr const char* kCompiler = "g++ " __VERSION__;
#endif

constexpr const char* kIntroduction = R"(# Kill at every instruction

Written by `scripts/kill-steps --report` (`test/step`). For each operation, and for each number k of instructions that it
has: a fresh block of three slots (or one), with survivors on it; a process that does the operation, is stepped by ptrace
through its first k instructions, and gets SIGKILL there. Then the others clean up, in turn by a recovery plan, by newcomers
that attach, by just going on and healing what they wait for, and by a plan after they had gone on beside the stopped process.
After that:

- `validate` finds nothing, the plan is empty, every slot is settled;
- two laps and more go through, then every slot is used again: no tombstones any more;
- a lossless reader, a lossy one and newcomers got every message that was committed at the moment of death, whole, in order and
  once; nothing else; what the lossy one missed was declared; a message whose commit had returned is there;
- who slept was woken within 100 ms; tombstones and producers that died unfinished were counted.

Instructions are those of the process, of the C library too; the kernel's are one. "Seen by others" are instructions that change
a shared word or call the kernel. "Astray" are kills that hit another instruction of the operation than the recorded one, as
clocks and /proc differ from run to run. "Lost" is anything at all that was not as it should be.

)";

std::string clean(std::string text) {
  std::replace_if(
      text.begin(), text.end(), [](char c) { return c == '\t' || c == '\n'; }, ' ');
  return text;
}

std::string join(std::initializer_list<std::string> fields) {
  std::string line;
  for (const std::string& field : fields) {
    line += (line.empty() ? "" : "\t") + clean(field);
  }
  return line;
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

std::string repeat_command(const Fault& fault) {
  return "kill_steps --" + fault.part + "s --only " + fault.operation + " --kind " + fault.kind + " --at " +
         std::to_string(fault.at) + (fault.way.empty() ? "" : " --way " + fault.way);
}

}  // namespace

void Report::add(const Row& row) {
  for (Row& have : rows_) {
    if (have.part == row.part && have.operation == row.operation && have.kind == row.kind) {
      have.instructions = std::max(have.instructions, row.instructions);
      have.changes = std::max(have.changes, row.changes);
      have.points += row.points;
      have.astray += row.astray;
      have.failures += row.failures;
      have.ms += row.ms;
      return;
    }
  }
  rows_.push_back(row);
}

std::string Report::encode(const Row& row) {
  return join({"row", row.part, row.operation, row.what, row.kind, std::to_string(row.instructions),
               std::to_string(row.changes), std::to_string(row.points), std::to_string(row.astray),
               std::to_string(row.failures), std::to_string(row.ms)});
}

std::string Report::encode(const Fault& fault) {
  return join({"fault", fault.part, fault.operation, fault.kind, std::to_string(fault.at), fault.way + " ",
               fault.what + " ", fault.where + " ", fault.state + " "});
}

void Report::decode(const std::string& line) {
  std::vector<std::string> fields;
  std::istringstream stream(line);
  for (std::string field; std::getline(stream, field, '\t');) {
    while (!field.empty() && field.back() == ' ') {
      field.pop_back();
    }
    fields.push_back(field);
  }
  if (fields.size() == 11 && fields[0] == "row") {
    add(Row{.part = fields[1],
            .operation = fields[2],
            .what = fields[3],
            .kind = fields[4],
            .instructions = std::stoull(fields[5]),
            .changes = std::stoull(fields[6]),
            .points = std::stoull(fields[7]),
            .astray = std::stoull(fields[8]),
            .failures = std::stoull(fields[9]),
            .ms = std::stoull(fields[10])});
  } else if (fields.size() == 9 && fields[0] == "fault") {
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
      sum.astray += row.astray;
      sum.failures += row.failures;
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
              std::to_string(sum.failures) + " lost.\n";
    }
  }
  const auto unfinished = static_cast<std::size_t>(
      std::count_if(faults_.begin(), faults_.end(), [](const Fault& fault) { return fault.where.empty(); }));
  if (unfinished > 0) {
    text += plural(unfinished, "operation") + " could not be examined at all.\n";
  }
  return text;
}

std::string Report::text() const {
  std::string out =
      "part  operation                 block               instr.   seen   points  astray  failed     s\n";
  for (const Row& row : rows_) {
    char line[256];
    std::snprintf(line, sizeof line, "%-5s %-25s %-18s %7llu %6llu %8llu %7llu %7llu %5.1f\n",
                  row.part.c_str(), row.operation.c_str(), row.kind.c_str(),
                  static_cast<unsigned long long>(row.instructions),
                  static_cast<unsigned long long>(row.changes), static_cast<unsigned long long>(row.points),
                  static_cast<unsigned long long>(row.astray), static_cast<unsigned long long>(row.failures),
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
           ", \"astray\": " + std::to_string(row.astray) + ", \"failures\": " + std::to_string(row.failures) +
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
  for (const Row& row : rows_) {
    if (row.part != part) {
      continue;
    }
    auto have = std::find_if(merged.begin(), merged.end(),
                             [&](const Row& other) { return other.operation == row.operation; });
    if (have == merged.end()) {
      merged.push_back(row);
      kinds.push_back(1);
      continue;
    }
    have->instructions = std::max(have->instructions, row.instructions);
    have->changes = std::max(have->changes, row.changes);
    have->points += row.points;
    have->failures += row.failures;
    ++kinds[static_cast<std::size_t>(have - merged.begin())];
  }
  std::string out =
      "| operation | | kinds of block | instructions | seen by others | " + part + "s | lost |\n";
  out += "|---|---|---:|---:|---:|---:|---:|\n";
  for (std::size_t i = 0; i < merged.size(); ++i) {
    const Row& row = merged[i];
    out += "| " + row.operation + " | " + row.what + " | " + std::to_string(kinds[i]) + " | " +
           std::to_string(row.instructions) + " | " + std::to_string(row.changes) + " | " +
           std::to_string(row.points) + " | " + std::to_string(row.failures) + " |\n";
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
      "| kind of block | instructions | kills | of them astray | stops | lost "
      "|\n|---|---:|---:|---:|---:|---:|\n";
  for (const std::string& kind : kinds) {
    const Row kills = total("kill", kind);
    const Row stops = total("stop", kind);
    out += "| " + kind + " | " + std::to_string(kills.instructions) + " | " + std::to_string(kills.points) +
           " | " + std::to_string(kills.astray) + " | " + std::to_string(stops.points) + " | " +
           std::to_string(kills.failures + stops.failures) + " |\n";
  }
  return out + "\n";
}

std::string Report::markdown(double seconds, const std::string& command) const {
  utsname system{};
  uname(&system);
  char date[32];
  const std::time_t now = std::time(nullptr);
  std::strftime(date, sizeof date, "%Y-%m-%d", std::gmtime(&now));

  std::string out = kIntroduction;
  out += "| | |\n|---|---|\n";
  out += "| date | " + std::string(date) + " |\n";
  out += "| kernel | " + std::string(system.sysname) + " " + system.release + " " + system.machine + " |\n";
  out += "| compiler | " + std::string(kCompiler) + ", flags of the release build |\n";
  out += "| command | `" + command + "` |\n";
  out += "| duration | " + std::to_string(static_cast<int>(seconds)) + " s |\n\n";
  out += "```\n" + summary() + "```\n\n" + kinds_table();
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
