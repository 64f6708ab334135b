// The recorded course of an operation, and the quick way to any point of it.
//
// A single step costs some 20 us (the hypervisor sees every debug exception), so stepping from the beginning
// to each of n points costs n * n / 2 of them: minutes for a join. Forks of one process have the same
// addresses, and do the same things; so a child is run at full speed to a landmark shortly before the point,
// by a debug register, and stepped from there. It is checked that it has arrived; a child that went another
// way is stepped all the way.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "traced_child.hpp"

namespace datablock::step {

class Trace {
 public:
  struct Point {
    std::uint64_t address = 0;  ///< of the next instruction
    bool changes =
        false;  ///< the step that led here was seen by others: a shared word changed, or a system call
  };

  struct Watch {
    std::function<bool()> changed;  ///< asked after each step: can others see a difference?
    std::function<void(std::uint64_t)> before_step = {};  ///< called before step k
    std::function<bool()> is_enough = {};                 ///< ends the recording early
  };
  /// Steps `child` from begin() to end().
  static Trace record(TracedChild& child, const Watch& watch);

  /// Instructions between begin() and end().
  std::uint64_t length() const { return points_.size() - 1; }
  const Point& at(std::uint64_t k) const { return points_[k]; }
  std::uint64_t changes() const;

  /// Brings a child that stands at point `from` to point `to`. False: it could not be brought to exactly that
  /// point; it stands somewhere in the operation, or at its end.
  bool bring(TracedChild& child, std::uint64_t from, std::uint64_t to) const;

 private:
  struct Landmark {
    std::uint64_t point = 0;
    std::uint64_t times =
        0;  ///< how often its address is met from `from` to there; 0: no landmark, step all the way
  };
  Landmark landmark(std::uint64_t from, std::uint64_t to) const;

  std::vector<Point> points_;
};

}  // namespace datablock::step
