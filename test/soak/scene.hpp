// One scene of a soak: a block of random make, some producers and consumers, and a director who kills, stops,
// evicts, forces, recovers and restarts at random; then a proper end, at which everything must add up.
#pragma once

#include <sys/types.h>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "actors.hpp"

namespace datablock::soak {

struct Totals {
  std::uint64_t scenes = 0;
  std::uint64_t kills = 0;
  std::uint64_t stops = 0;
  std::uint64_t evictions = 0;
  std::uint64_t forced = 0;
  std::uint64_t recoveries = 0;
  std::uint64_t recoveries_killed = 0;
  std::uint64_t observations = 0;
  std::uint64_t participants = 0;
  std::uint64_t committed = 0;
  std::uint64_t delivered = 0;
  std::uint64_t declared_lost = 0;
  std::uint64_t healed = 0;
  std::uint64_t fenced = 0;
  std::uint64_t taken_back = 0;
  std::uint64_t failures = 0;
};

class Scene {
 public:
  Scene(Ledger& ledger, std::mt19937_64& random, Totals& totals);
  Scene(const Scene&) = delete;
  Scene& operator=(const Scene&) = delete;
  ~Scene();

  /// Plays for `seconds`, ends the streams, and checks.
  void play(double seconds);

 private:
  enum class Part : std::uint8_t { producer, consumer };
  struct Actor {
    Part part;
    ConsumerMode mode;
    pid_t pid;
    std::uint32_t run;
    std::uint64_t continue_at_ns = 0;  ///< stopped, or absent, until then
  };

  std::uint64_t pick(std::uint64_t count) { return random_() % count; }
  template <class Body>
  pid_t spawn(Body&& body);
  void start_producer();
  void start_consumer(ConsumerMode mode, bool is_witness);
  void restart(Actor actor);
  void direct();
  void kill_one();
  void stop_one();
  void continue_stopped(bool all);
  void evict_one();
  void force_one();
  void recover_once();
  void observe_once();
  void replace_ended();
  void bring_back(bool all);
  void end();
  void check();
  void wait_for(pid_t pid, const char* whom);

  Ledger& ledger_;
  std::mt19937_64& random_;
  Totals& totals_;
  std::string block_;
  BlockConfig config_;
  InstanceId instance_{};
  std::vector<Actor> actors_;
  std::vector<Actor> absent_;  ///< to come again, at continue_at_ns
  pid_t witness_ = 0;
  std::uint32_t producers_ = 0;
  std::uint32_t consumers_ = 0;
};

}  // namespace datablock::soak
