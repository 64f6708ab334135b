// What every benchmark stands on: pinned processes, a block that goes with its measurement, and the machine's
// own cache-line ping-pong beside each figure.
#pragma once

#include <string>
#include <vector>

#include "core/segment.hpp"
#include "core/status.hpp"

namespace datablock::bench {

void pin_to(int cpu);

double seconds_since(std::uint64_t start_ns);

/// One way of a cache line between the two cores, ns.
double ping_pong_ns();

/// The two virtual CPUs are siblings of one core. A run in which they moved says nothing.
bool is_near(double ping_pong);

/// Ends the process when a call failed.
void require(Status status, const char* what);

double median(std::vector<double> values);

/// A block that is gone when the measurement is.
class Block {
 public:
  Block(const char* kind, const BlockConfig& config);
  Block(const Block&) = delete;
  Block& operator=(const Block&) = delete;
  ~Block();
  const std::string& name() const { return name_; }

 private:
  std::string name_;
  InstanceId instance_{};
};

}  // namespace datablock::bench
