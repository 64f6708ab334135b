// The explorer's command line.
//
//     model-explorer [--full] [--bounds P/S/T/C] [--seconds S] [--most-runs N] [--random N] [--seed N]
//                    [--expect-failure] [--harm-only] [SCENARIO...]
//     model-explorer --replay "12:g1 40:r1" SCENARIO
//     model-explorer --audit P/S/T/C [SCENARIO...]     (tests the explorer: pruning must lose no outcome)
//     model-explorer --list
//
// P/S/T/C: at most so many preemptions, stale reads, early time-outs, crashes in one run. A SCENARIO may end
// in '*'. Exit 0: all held (with --expect-failure: each failed); 1: not so; 64: wrong usage.
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "engine/explorer.hpp"
#include "engine/machine.hpp"

namespace datablock::model {

std::vector<Scenario>& scenarios() {
  static std::vector<Scenario> table;
  return table;
}

namespace {

struct Arguments {
  Effort effort;
  bool list = false;
  bool expect_failure = false;
  bool has_replay = false;
  bool has_audit = false;
  Bounds audit;
  std::vector<Deviation> deviations;
  std::vector<std::string> patterns;
};

bool parse_bounds(const char* text, Bounds& bounds) {
  return std::sscanf(text, "%hhu/%hhu/%hhu/%hhu", &bounds.preemptions, &bounds.stale_reads,
                     &bounds.early_timeouts, &bounds.crashes) == 4;
}

bool parse(int count, char** values, Arguments& arguments) {
  for (int i = 1; i < count; ++i) {
    const std::string_view argument = values[i];
    const bool has_value = i + 1 < count;
    if (argument == "--full") {
      arguments.effort.full = true;
    } else if (argument == "--harm-only") {
      machine().harm_only(true);
    } else if (argument == "--list") {
      arguments.list = true;
    } else if (argument == "--expect-failure") {
      arguments.expect_failure = true;
    } else if (argument == "--seconds" && has_value) {
      arguments.effort.seconds = std::strtod(values[++i], nullptr);
    } else if (argument == "--most-runs" && has_value) {
      arguments.effort.most_runs = std::strtoull(values[++i], nullptr, 10);
    } else if (argument == "--random" && has_value) {
      arguments.effort.random_runs = std::strtoull(values[++i], nullptr, 10);
    } else if (argument == "--seed" && has_value) {
      arguments.effort.first_seed = std::strtoull(values[++i], nullptr, 10);
    } else if (argument == "--replay" && has_value) {
      arguments.has_replay = true;
      arguments.deviations = parse_deviations(values[++i]);
    } else if (argument == "--bounds" && has_value) {
      arguments.effort.has_bounds = parse_bounds(values[++i], arguments.effort.bounds);
    } else if (argument == "--audit" && has_value) {
      arguments.has_audit = parse_bounds(values[++i], arguments.audit);
    } else if (argument.substr(0, 1) == "-") {
      return false;
    } else {
      arguments.patterns.emplace_back(argument);
    }
  }
  return true;
}

bool matches(const std::string& name, const std::string& pattern) {
  return !pattern.empty() && pattern.back() == '*'
             ? name.compare(0, pattern.size() - 1, pattern, 0, pattern.size() - 1) == 0
             : name == pattern;
}

std::vector<const Scenario*> select(const std::vector<std::string>& patterns) {
  std::vector<const Scenario*> selected;
  for (const Scenario& scenario : scenarios()) {
    bool wanted = patterns.empty();
    for (const std::string& pattern : patterns) {
      wanted = wanted || matches(scenario.name, pattern);
    }
    if (wanted) {
      selected.push_back(&scenario);
    }
  }
  return selected;
}

void print_heading() {
  std::printf("%-34s %-12s %10s %10s %9s %7s  %s\n", "scenario", "bounds", "runs", "states", "random", "s",
              "result");
}

void print_row(const Scenario& scenario, const Report& report) {
  char bounds[32] = "walks only";
  if (!scenario.walks_only) {
    std::snprintf(bounds, sizeof bounds, "%u/%u/%u/%u%s", report.reached.preemptions,
                  report.reached.stale_reads, report.reached.early_timeouts, report.reached.crashes,
                  report.complete ? "" : "+");
  }
  std::printf("%-34s %-12s %10llu %10llu %9llu %7.2f  %s\n", scenario.name.c_str(), bounds,
              static_cast<unsigned long long>(report.runs), static_cast<unsigned long long>(report.states),
              static_cast<unsigned long long>(report.random_runs), report.seconds,
              !report.failure.empty() ? report.failure.c_str()
              : report.is_too_large   ? "needs too many runs: smaller bounds are due"
                                      : "holds");
  std::fflush(stdout);
}

void explain(const Scenario& scenario, const Report& report) {
  const std::vector<Deviation> shortest = minimize(scenario, report.deviations);
  std::printf("\n%s: %s\n", scenario.name.c_str(), report.failure.c_str());
  replay(scenario, shortest);
  std::printf("  again: model-explorer --replay \"%s\" %s\n\n", to_string(shortest).c_str(),
              scenario.name.c_str());
}

int run(const Arguments& arguments) {
  const auto selected = select(arguments.patterns);
  if (selected.empty()) {
    std::fputs("no such scenario\n", stderr);
    return 64;
  }
  if (arguments.list) {
    for (const Scenario* scenario : selected) {
      std::printf("%-34s %s\n", scenario->name.c_str(), scenario->purpose.c_str());
    }
    return 0;
  }
  if (arguments.has_replay) {
    return replay(*selected.front(), arguments.deviations) ? 1 : 0;
  }
  if (arguments.has_audit) {
    bool same = true;
    for (const Scenario* scenario : selected) {
      same = audit(*scenario, arguments.audit) && same;
    }
    return same ? 0 : 1;
  }
  print_heading();
  std::size_t failed = 0;
  bool is_too_large = false;
  for (const Scenario* scenario : selected) {
    const Report report = explore(*scenario, arguments.effort);
    print_row(*scenario, report);
    is_too_large = is_too_large || report.is_too_large;
    if (!report.failure.empty()) {
      ++failed;
      if (!arguments.expect_failure) {
        explain(*scenario, report);
      }
    }
  }
  return !is_too_large && failed == (arguments.expect_failure ? selected.size() : 0) ? 0 : 1;
}

}  // namespace
}  // namespace datablock::model

int main(int count, char** values) {
  datablock::model::Arguments arguments;
  if (!datablock::model::parse(count, values, arguments)) {
    std::fputs(
        "usage: model-explorer [--full] [--bounds P/S/T/C] [--seconds S] [--most-runs N] [--random N]\n"
        "                      [--seed N] [--expect-failure] [--harm-only] [SCENARIO...]\n"
        "       model-explorer --replay \"12:g1 40:r1\" SCENARIO\n"
        "       model-explorer --audit P/S/T/C [SCENARIO...]\n"
        "       model-explorer --list\n",
        stderr);
    return 64;
  }
  return datablock::model::run(arguments);
}
