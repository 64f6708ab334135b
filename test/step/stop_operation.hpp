// Somebody who is stopped in the middle, and what the others do meanwhile.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "world.hpp"

namespace datablock::step {

struct StopOperation {
  std::string name;
  std::string what;
  Setting setting = {};
  bool on_single = false;
  /// The child: does something between begin() and end(), and something more after that.
  std::function<void(const World&, const Scene&)> child;
  /// The child stands still under SIGSTOP: what the others do, waking it up, and how it must end.
  std::function<void(World&, TracedChild&)> act;
  /// Before the child is forked.
  std::function<void(World&)> prepare = {};
  /// When the child stands at begin().
  std::function<void(World&)> arrange = {};
};

std::vector<StopOperation> stop_operations();

}  // namespace datablock::step
