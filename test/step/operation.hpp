// What is done under the knife, and what it needs.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "world.hpp"

namespace datablock::step {

/// How the child of a case ended.
struct Outcome {
  bool has_ended = false;  ///< its operation had returned
  Facts& facts;
};

struct Operation {
  std::string name;
  std::string what;
  Setting setting = {};
  /// On blocks of which producer modes it makes sense.
  bool on_single = true;
  bool on_multi = true;
  /// Once it has returned, its message is committed; and not before it has begun.
  bool commits = false;
  Status returns = Status::OK;

  /// The child: gets ready, and does the operation between begin() and end().
  std::function<void(const World&, const Scene&)> child;
  /// Before the child is forked.
  std::function<void(World&)> prepare = {};
  /// When the child stands at begin().
  std::function<void(World&, const Facts&)> arrange = {};
  /// While the child stands still in the middle: when `interlude_when` holds for the first time; if that is
  /// not set, when it is about to make its first change that others can see: what it has read by then is
  /// stale afterwards.
  std::function<void(World&)> interlude = {};
  std::function<bool(const World&)> interlude_when = {};
  /// Right after its death.
  std::function<void(World&, const Outcome&)> check = {};
  /// After the cleaning.
  std::function<void(World&, Way)> cleaned = {};
};

std::vector<Operation> writing_operations();
std::vector<Operation> reading_operations();
std::vector<Operation> membership_operations();
std::vector<Operation> cleaning_operations();
std::vector<Operation> spinlock_operations();
std::vector<Operation> file_operations();

/// All of them.
std::vector<Operation> operations();

}  // namespace datablock::step
