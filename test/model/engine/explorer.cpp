#include "engine/explorer.hpp"

#include <algorithm>
#include <cstdio>
#include <ctime>
#include <set>

#include "engine/machine.hpp"

namespace datablock::model {
namespace {

constexpr std::size_t kMostStates = std::size_t{1} << 24;
constexpr unsigned kMostRunsToMinimize = 5000;
constexpr std::uint64_t kWalksWithoutSearch = 40;  ///< for each walk of a scenario that is searched as well

/// A stop watch of this process's own time: what else the machine does changes no result.
class Stopwatch {
 public:
  double seconds() const { return static_cast<double>(std::clock() - start_) / CLOCKS_PER_SEC; }

 private:
  std::clock_t start_ = std::clock();
};

/// One run. True if it failed.
bool run_once(const Scenario& scenario, Search& search, Trace* trace) {
  Machine& m = machine();
  m.begin(search, trace);
  scenario.start();
  const Outcome outcome = m.run();
  if (outcome == Outcome::finished) {
    scenario.check();
  }
  return !m.failure().empty();
}

/// Bounds that grow by one at a time, up to `most`: crashes first, since without one a scenario of crashes
/// shows nothing.
std::vector<Budget> growing_bounds(const Bounds& most) {
  static constexpr Cost kOrder[] = {Cost::crash, Cost::preemption, Cost::stale_read, Cost::early_timeout};
  std::vector<Budget> steps = {Budget{}};
  const Budget last = most.budget();
  while (steps.back().of != last.of) {
    for (const Cost cost : kOrder) {
      if (steps.back()[cost] < last[cost]) {
        Budget next = steps.back();
        ++next[cost];
        steps.push_back(next);
      }
    }
  }
  return steps;
}

void keep_failure(Report& report) {
  report.failure = machine().failure();
  report.deviations = machine().deviations();
}

/// From small bounds to large ones, so that the first failure is a simple one.
void search_exhaustively(const Scenario& scenario, const Effort& effort, Report& report) {
  const Bounds& most = effort.has_bounds ? effort.bounds : effort.full ? scenario.full : scenario.quick;
  StateCache known(kMostStates);
  const Stopwatch time;
  for (const Budget& budget : growing_bounds(most)) {
    ExhaustiveSearch search(budget, known);
    do {
      ++report.runs;
      if (run_once(scenario, search, nullptr)) {
        keep_failure(report);
        return;
      }
      if (effort.seconds > 0 && report.runs % 256 == 0 && time.seconds() > effort.seconds) {
        report.states = known.size();
        return;
      }
      if (effort.most_runs != 0 && report.runs >= effort.most_runs) {
        report.is_too_large = true;
        return;
      }
    } while (search.advance());
    report.states = known.size();
    report.reached = {budget.of[0], budget.of[1], budget.of[2], budget.of[3]};
  }
  report.complete = true;
}

void walk_randomly(const Scenario& scenario, const Effort& effort, Report& report) {
  Budget limits = scenario.full.budget();
  limits[Cost::early_timeout] = static_cast<std::uint8_t>(2 * limits[Cost::early_timeout]);
  const std::uint64_t walks = effort.random_runs * (scenario.walks_only ? kWalksWithoutSearch : 1);
  const Stopwatch time;
  for (std::uint64_t i = 0; i < walks; ++i) {
    if (effort.seconds > 0 && time.seconds() > effort.seconds) {
      return;
    }
    RandomSearch search(effort.first_seed + i, limits);
    ++report.random_runs;
    if (run_once(scenario, search, nullptr)) {
      keep_failure(report);
      report.failure += " (random walk, seed " + std::to_string(effort.first_seed + i) + ")";
      return;
    }
  }
}

/// All ends that runs can come to.
std::set<std::uint64_t> outcomes(const Scenario& scenario, Bounds bounds, std::size_t known_states,
                                 std::uint64_t& runs) {
  std::set<std::uint64_t> found;
  StateCache known(known_states);
  ExhaustiveSearch search(bounds.budget(), known);
  runs = 0;
  do {
    ++runs;
    Machine& m = machine();
    m.begin(search, nullptr);
    scenario.start();
    if (m.run() != Outcome::pruned) {
      found.insert(m.state());
    }
  } while (search.advance());
  return found;
}

}  // namespace

bool audit(const Scenario& scenario, Bounds bounds) {
  std::uint64_t runs = 0;
  std::uint64_t pruned_runs = 0;
  const auto all = outcomes(scenario, bounds, 0, runs);
  const auto pruned = outcomes(scenario, bounds, kMostStates, pruned_runs);
  std::printf("%-34s %10llu runs, %10llu with pruning, %8zu outcomes, %s\n", scenario.name.c_str(),
              static_cast<unsigned long long>(runs), static_cast<unsigned long long>(pruned_runs), all.size(),
              all == pruned ? "the same" : "NOT THE SAME");
  std::fflush(stdout);
  return all == pruned;
}

Report explore(const Scenario& scenario, const Effort& effort) {
  Report report;
  const Stopwatch time;
  if (!scenario.walks_only) {
    search_exhaustively(scenario, effort, report);
  }
  if (report.failure.empty()) {
    walk_randomly(scenario, effort, report);
  }
  report.seconds = time.seconds();
  return report;
}

bool replay(const Scenario& scenario, const std::vector<Deviation>& deviations) {
  Replay search(deviations);
  Trace trace;
  const bool failed = run_once(scenario, search, &trace);
  trace.print();
  std::printf("  => %s\n", failed ? machine().failure().c_str() : "nothing wrong");
  return failed;
}

std::vector<Deviation> minimize(const Scenario& scenario, std::vector<Deviation> deviations) {
  // Large pieces first: a random walk has hundreds of deviations.
  unsigned runs = 0;
  for (std::size_t piece = deviations.size(); piece != 0; piece /= 2) {
    std::size_t from = 0;
    while (from < deviations.size() && runs < kMostRunsToMinimize) {
      std::vector<Deviation> fewer = deviations;
      const auto first = fewer.begin() + static_cast<std::ptrdiff_t>(from);
      fewer.erase(first, first + static_cast<std::ptrdiff_t>(std::min(piece, deviations.size() - from)));
      Replay search(fewer);
      ++runs;
      if (run_once(scenario, search, nullptr)) {
        // What was really done: decisions that no longer fitted are not in it.
        deviations = machine().deviations().size() < fewer.size() ? machine().deviations() : fewer;
        from = piece == 1 ? 0 : from;
      } else {
        from += piece;
      }
    }
  }
  return deviations;
}

}  // namespace datablock::model
