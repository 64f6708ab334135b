#include "engine/search.hpp"

#include <sstream>

#include "engine/hash.hpp"

namespace datablock::model {

// ---------------------------------------------------------------------------------------------- exhaustive

void ExhaustiveSearch::begin() {
  depth_ = 0;
  used_ = {};
}

std::size_t ExhaustiveSearch::choose(const Options& options) {
  if (depth_ == path_.size()) {
    path_.push_back({options});
  }
  const Decision& decision = path_[depth_++];
  const Option& option = decision.options[decision.taken];
  if (option.cost != Cost::none) {
    ++used_[option.cost];
  }
  return decision.taken;
}

bool ExhaustiveSearch::is_known(std::uint64_t state) {
  Remaining remaining{};
  for (std::size_t i = 0; i < kCosts; ++i) {
    remaining[i] = static_cast<std::uint8_t>(bounds_.of[i] - used_.of[i]);
  }
  return known_.contains_or_add(state, remaining);
}

bool ExhaustiveSearch::advance() {
  // The run may have ended before it came to decisions of the run before.
  path_.resize(depth_);
  while (!path_.empty() && path_.back().taken + 1 >= path_.back().options.count()) {
    path_.pop_back();
  }
  if (path_.empty()) {
    return false;
  }
  ++path_.back().taken;
  return true;
}

// ---------------------------------------------------------------------------------------------- random

void RandomSearch::begin() {
  state_ = mix(seed_, 0x5eed);
  used_ = {};
  // Per mille. A run is of one temper throughout: some defects need many interruptions, others few.
  static constexpr std::array<std::array<unsigned, 5>, kCosts> kTempers = {{
      {10, 50, 150, 300, 600},  // preemptions
      {0, 20, 100, 250, 500},   // stale reads
      {0, 5, 20, 60, 150},      // early time-outs
      {2, 5, 15, 40, 100},      // crashes
  }};
  for (std::size_t i = 0; i < kCosts; ++i) {
    eagerness_[i] = kTempers[i][next() % 5];
  }
}

bool RandomSearch::affords(Cost cost) const {
  return cost == Cost::none || cost == Cost::preemption || cost == Cost::stale_read ||
         used_[cost] < bounds_[cost];
}

std::size_t RandomSearch::choose(const Options& options) {
  // Which kind of step, then which of that kind.
  std::array<std::uint8_t, 15> eligible{};
  for (std::size_t cost = 0; cost < kCosts; ++cost) {
    std::size_t count = 0;
    for (std::uint8_t i = 0; i < options.count(); ++i) {
      if (static_cast<std::size_t>(options[i].cost) == cost) {
        eligible[count++] = i;
      }
    }
    if (count != 0 && happens(eagerness_[cost])) {
      ++used_.of[cost];
      return eligible[next() % count];
    }
  }
  std::size_t free = 0;
  for (std::uint8_t i = 0; i < options.count(); ++i) {
    if (options[i].cost == Cost::none) {
      eligible[free++] = i;
    }
  }
  return free == 0 ? 0 : eligible[next() % free];
}

std::uint64_t RandomSearch::next() {
  state_ += 0x9e3779b97f4a7c15;
  return mix(state_, 1);
}

// ---------------------------------------------------------------------------------------------- replay

std::size_t Replay::choose(const Options& options) {
  const std::uint32_t now = count_++;
  while (next_ < deviations_.size() && deviations_[next_].at < now) {
    ++next_;
  }
  if (next_ < deviations_.size() && deviations_[next_].at == now) {
    for (std::size_t i = 0; i < options.count(); ++i) {
      if (options[i].kind == deviations_[next_].option.kind &&
          options[i].argument == deviations_[next_].option.argument) {
        return i;
      }
    }
  }
  return 0;
}

std::string to_string(const std::vector<Deviation>& deviations) {
  std::ostringstream out;
  for (const Deviation& deviation : deviations) {
    out << (out.tellp() == 0 ? "" : " ") << deviation.at << ':'
        << "gkhr"[static_cast<int>(deviation.option.kind)] << unsigned{deviation.option.argument};
  }
  return out.str();
}

std::vector<Deviation> parse_deviations(const std::string& text) {
  std::vector<Deviation> deviations;
  std::istringstream in(text);
  std::uint32_t at = 0;
  char colon = 0;
  char kind = 0;
  unsigned argument = 0;
  while (in >> at >> colon >> kind >> argument) {
    const std::size_t index = std::string("gkhr").find(kind);
    if (index != std::string::npos) {
      deviations.push_back(
          {at, {static_cast<OptionKind>(index), static_cast<std::uint8_t>(argument), Cost::none}});
    }
  }
  return deviations;
}

}  // namespace datablock::model
