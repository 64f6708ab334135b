// How a reader that has caught up looks for the next message.
//
// A reader right behind the producer takes its cache lines away at every look: each message then costs
// transfers between the cores that nothing overlaps, and throughput falls to a third or less. So a reader
// that keeps up rests for a moment, and then finds a run of messages whose lines come over together. When the
// channel is idle, or plays ping-pong, resting would only add latency: then it looks tightly.
//
// What tells the two apart is the run that is found after a rest: a stream has gone on meanwhile, a partner
// who waits for our answer has not.
#pragma once

#include <algorithm>
#include <cstdint>

namespace datablock {

template <class Env>
class PollPace {
 public:
  /// Looks for a moment. `run`: messages found since the last time that there was none.
  template <class Ready>
  bool poll(std::uint64_t run, Ready&& ready) {
    adapt(run);
    for (unsigned i = 0; i < rest_; ++i) {
      Env::relax();
    }
    for (unsigned looks = 0; looks < kLooks; ++looks) {
      if (ready()) {
        return true;
      }
      Env::relax();
    }
    rest_ = 0;  // idle
    return false;
  }

 private:
  void adapt(std::uint64_t run) {
    if (run >= kLongRun) {
      return;
    }
    if (run > 1) {
      rest_ = std::min(std::max(rest_ * 2, kFirstRest), kLongestRest);
    } else if (rest_ != 0) {
      rest_ /= 2;
    } else if (++lonely_ % kProbe == 0) {
      rest_ = kFirstRest;  // a reader at the heels finds one at a time too: see what a rest brings
    }
  }

  static constexpr std::uint64_t kLongRun = 32;
  static constexpr unsigned kProbe = 64;  ///< single messages between two trials
  static constexpr unsigned kFirstRest = 8;
  static constexpr unsigned kLongestRest = 64;
  static constexpr unsigned kLooks = 64;

  unsigned rest_ = 0;  ///< steps of a spin, some 10 to 40 ns each
  unsigned lonely_ = 0;
};

}  // namespace datablock
