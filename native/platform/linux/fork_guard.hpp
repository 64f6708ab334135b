// Moments in which this process must not be forked.
#pragma once

namespace datablock {

/// While one exists, fork() in any other thread waits: until a descriptor whose locks a child must not keep
/// is where the child can find and close it, or is gone. Not for long, and never around something that forks.
class ForkGuard {
 public:
  ForkGuard();
  ForkGuard(const ForkGuard&) = delete;
  ForkGuard& operator=(const ForkGuard&) = delete;
  ~ForkGuard();
};

}  // namespace datablock
