// What both sweeps share: which points are visited, and what is said when one of them fails.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "operation.hpp"
#include "options.hpp"
#include "report.hpp"
#include "stop_operation.hpp"

namespace datablock::step {

/// Takes lines for the report (Report::encode()), and "at" lines that say what is being done.
using Sink = std::function<void(const std::string&)>;

std::span<const Kind> kinds();

struct SweepContext {
  const Options& options;
  std::string dir;  ///< empty; for this worker alone
  Sink tell;
};

/// The distance of the points that these options ask for anyway.
std::uint64_t stride_of(const Trace& trace, const Options& options);
/// The points of a trace that these options ask for.
std::vector<std::uint64_t> points(const Trace& trace, const Options& options);

/// Where in the program an instruction is.
std::string place_of(std::uint64_t address);

/// Records the course of an operation. A sweep of all is worth several looks: of them the shortest is taken,
/// in which nothing was tried again because a clock had moved on meanwhile.
Trace record_shortest(const Options& options, const std::function<Trace()>& record);

/// Clocks and /proc send a child another way now and then: then what happened there counts, and its point is
/// tried again. `run_case` says whether it was exactly there; failures it counts in `row`.
void visit(Row& row, const std::function<bool()>& run_case);

/// Says what is being done: who does not for too long is taken for hung (workers.cpp).
void announce(const SweepContext& context, const char* part, const std::string& operation, const Kind& kind,
              std::uint64_t at, const char* way = "");

/// Kills a child after every instruction of `operation`.
void sweep_kills(const SweepContext& context, const Operation& operation, const Kind& kind);

/// Stops a child after every instruction of `operation`.
void sweep_stops(const SweepContext& context, const StopOperation& operation, const Kind& kind);

}  // namespace datablock::step
