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
  return join({"row", row.part, row.operation, row.kind, std::to_string(row.instructions),
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
  if (fields.size() == 10 && fields[0] == "row") {
    add(Row{fields[1], fields[2], fields[3], std::stoull(fields[4]), std::stoull(fields[5]),
            std::stoull(fields[6]), std::stoull(fields[7]), std::stoull(fields[8]), std::stoull(fields[9])});
  } else if (fields.size() == 9 && fields[0] == "fault") {
    add(Fault{fields[1], fields[2], fields[3], std::stoull(fields[4]), fields[5], fields[6], fields[7],
              fields[8]});
  }
}

Row Report::total(const std::string& part) const {
  Row sum;
  for (const Row& row : rows_) {
    if (row.part == part) {
      sum.instructions += row.instructions;
      sum.changes += row.changes;
      sum.points += row.points;
      sum.astray += row.astray;
      sum.failures += row.failures;
      sum.ms += row.ms;
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

std::string Report::markdown(double seconds, const std::string& command) const {
  utsname system{};
  uname(&system);
  char date[32];
  const std::time_t now = std::time(nullptr);
  std::strftime(date, sizeof date, "%Y-%m-%d", std::gmtime(&now));

  std::string out = "| | |\n|---|---|\n";
  out += "| date | " + std::string(date) + " |\n";
  out += "| kernel | " + std::string(system.sysname) + " " + system.release + " " + system.machine + " |\n";
  out += "| compiler | " + std::string(kCompiler) + " |\n";
  out += "| command | `" + command + "` |\n";
  out += "| duration | " + std::to_string(static_cast<int>(seconds)) + " s |\n\n";
  out += summary() + "\n";
  for (const char* part : {"kill", "stop"}) {
    if (total(part).points == 0) {
      continue;
    }
    out += std::string(part) == "kill" ? "## Killed\n\n" : "## Stopped, fenced off, continued\n\n";
    out += "| operation | block | instructions | seen by others | " + std::string(part) +
           "s | astray | lost |\n";
    out += "|---|---|---:|---:|---:|---:|---:|\n";
    for (const Row& row : rows_) {
      if (row.part == part) {
        out += "| " + row.operation + " | " + row.kind + " | " + std::to_string(row.instructions) + " | " +
               std::to_string(row.changes) + " | " + std::to_string(row.points) + " | " +
               std::to_string(row.astray) + " | " + std::to_string(row.failures) + " |\n";
      }
    }
    out += "\n";
  }
  for (const Fault& fault : faults_) {
    out += "- **" + fault.operation + "**, " + fault.kind + ", after " + std::to_string(fault.at) +
           " instructions: " + fault.what + ". Words: " + fault.state + ". Again: `" + repeat_command(fault) +
           "`\n";
  }
  return out;
}

}  // namespace datablock::step
