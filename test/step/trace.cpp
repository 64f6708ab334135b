#include "trace.hpp"

#include <algorithm>
#include <unordered_map>

namespace datablock::step {
namespace {

// In steps; measured.
constexpr std::uint64_t kCostOfHit = 2;
constexpr std::uint64_t kCostOfBreakpoint = 2;
/// A landmark farther before the point than this cannot be worth it.
constexpr std::uint64_t kLookBack = 400;

}  // namespace

Trace Trace::record(TracedChild& child, const Watch& watch) {
  Trace trace;
  trace.points_.push_back({child.instruction(), false});
  watch.changed();  // what the preparation did is not ours
  while (!watch.is_enough || !watch.is_enough()) {
    if (watch.before_step) {
      watch.before_step(trace.length());
    }
    const bool calls = child.is_at_system_call();
    if (!child.step()) {
      break;
    }
    const bool is_seen = watch.changed();
    trace.points_.push_back({child.instruction(), is_seen || calls});
  }
  return trace;
}

std::uint64_t Trace::changes() const {
  return static_cast<std::uint64_t>(
      std::count_if(points_.begin(), points_.end(), [](const Point& point) { return point.changes; }));
}

Trace::Landmark Trace::landmark(std::uint64_t from, std::uint64_t to) const {
  std::unordered_map<std::uint64_t, std::uint64_t> met;
  std::uint64_t best_cost = to - from;
  Landmark best;
  for (std::uint64_t point = from + 1; point <= to; ++point) {
    const std::uint64_t times = ++met[points_[point].address];
    // Not where the child stands already: the breakpoint would hit at once. Not the end: it is told by the
    // facts.
    if (points_[point].address == points_[from].address || point == length() || to - point > kLookBack) {
      continue;
    }
    const std::uint64_t cost = kCostOfBreakpoint + kCostOfHit * times + (to - point);
    if (cost < best_cost) {
      best_cost = cost;
      best = {point, times};
    }
  }
  return best;
}

bool Trace::bring(TracedChild& child, std::uint64_t from, std::uint64_t to) const {
  const Landmark near = landmark(from, to);
  std::uint64_t point = from;
  if (near.times != 0) {
    if (!child.run_to(points_[near.point].address, near.times)) {
      return false;
    }
    point = near.point;
  }
  while (point < to && child.step()) {
    ++point;
  }
  return point == to && child.instruction() == points_[to].address && child.has_ended() == (to == length());
}

}  // namespace datablock::step
