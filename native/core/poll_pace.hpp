// How a reader that has caught up looks for the next message.
//
// A reader right behind the producer takes its cache line away at every look, and costs half of the
// throughput. So when messages arrive faster than it looks, it rests some hundred nanoseconds first, and then
// finds a run of them. When the channel is idle, or plays ping-pong, resting would only add latency: then it
// looks tightly.
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
    if (run >= kLongRun) {
      // The rest was long enough, or the producer is simply ahead.
    } else if (found_at_once_) {
      rest_ = std::min(rest_ == 0 ? kFirstRest : rest_ * 2, kLongestRest);
    } else {
      rest_ /= 2;
    }
    for (unsigned i = 0; i < rest_; ++i) {
      Env::relax();
    }
    for (unsigned looks = 0; looks < kLooks; ++looks) {
      if (ready()) {
        found_at_once_ = looks <= kAtOnce;
        return true;
      }
      Env::relax();
    }
    found_at_once_ = false;
    rest_ = 0;
    return false;
  }

 private:
  static constexpr std::uint64_t kLongRun = 16;
  static constexpr unsigned kAtOnce = 4;  ///< looks: about the time in which a line crosses between cores
  static constexpr unsigned kFirstRest = 4;
  static constexpr unsigned kLongestRest = 32;  ///< some 800 ns on x86
  static constexpr unsigned kLooks = 64;

  unsigned rest_ = 0;
  bool found_at_once_ = false;
};

}  // namespace datablock
