// Memory in which a load may return an old value: the C++ memory model (RC11) as a machine of views.
//
// Each location keeps all its stores, in the order in which they were executed (its modification order). A
// thread may read any of them that is not older than one that it must know of: through its own reads and
// writes, through what it has acquired, through fences, and, for seq_cst loads, through earlier seq_cst
// stores to the location. This shows all that store buffers show (a load that is served before an older store
// of its thread is visible is here a load of an old value by somebody else), and what only weakly ordered
// machines show besides.
//
// What it does not show: a store that is ordered before one that was executed earlier (2+2W), and loads that
// see what comes later in time (load buffering). seq_cst accesses are totally ordered as they are executed.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <vector>

#include "engine/knowledge.hpp"

namespace datablock::model {

class WeakMemory {
 public:
  struct Store {
    std::uint64_t value;
    std::uint64_t hash;
    Knowledge view;  ///< what whoever acquires it learns
    ThreadIndex thread;
  };

  /// Forgets everything but the locations' names, for the next run.
  void reset();
  Location add_location();
  void initialize(Location location, std::uint64_t value);

  /// Oldest store that `thread` may read with `order`.
  unsigned oldest_readable(ThreadIndex thread, Location location, std::memory_order order) const;
  unsigned latest(Location location) const { return static_cast<unsigned>(stores_[location].size() - 1); }
  const Store& store_at(Location location, unsigned index) const { return stores_[location][index]; }
  std::uint64_t latest_value(Location location) const { return stores_[location].back().value; }
  const std::vector<Store>& history(Location location) const { return stores_[location]; }

  std::uint64_t read(ThreadIndex thread, Location location, unsigned index, std::memory_order order);
  void write(ThreadIndex thread, Location location, std::uint64_t value, std::memory_order order);
  /// Read-modify-write of the latest store.
  void update(ThreadIndex thread, Location location, std::uint64_t value, std::memory_order order);
  void fence(ThreadIndex thread);
  void acquire_fence(ThreadIndex thread);
  /// Has `thread` stored anything since its last read-modify-write? (Then its store buffer may not be empty.)
  bool has_stored_since_rmw(ThreadIndex thread) const { return threads_[thread].stored_since_rmw; }

  /// Everything that `from` knows becomes known to `to` (a lock that is handed over by the kernel).
  void publish_to(Knowledge& to, ThreadIndex from);
  void learn(ThreadIndex thread, const Knowledge& view, std::uint64_t hash);

  /// Race detection for plain data: `thread`'s clock now, and whether it comes after `clock` of `other`.
  std::uint16_t clock(ThreadIndex thread) const { return threads_[thread].now.clock[thread]; }
  bool comes_after(ThreadIndex thread, ThreadIndex other, std::uint16_t clock) const {
    return thread == other || threads_[thread].now.clock[other] >= clock;
  }

  /// What plain data that `thread` writes now hands on to whoever reads it (without order, or it would not
  /// matter) and then has an acquire fence. C++ has no word on it, for that is a data race; on machines whose
  /// stores become visible to all others at once (x86, Armv8, RISC-V) a store carries all that its thread has
  /// acquired before it.
  const Knowledge& handed_on_by_plain_stores(ThreadIndex thread) const { return threads_[thread].now; }
  void see_plain_store(ThreadIndex thread, const Knowledge& view) { threads_[thread].acquirable.join(view); }

  std::uint64_t thread_hash(ThreadIndex thread) const { return threads_[thread].hash; }
  void mix_thread(ThreadIndex thread, std::uint64_t value);
  /// Of all locations and fences, not of the threads.
  std::uint64_t hash() const;

 private:
  struct Thread {
    Knowledge now;         ///< what it knows
    Knowledge acquirable;  ///< what an acquire fence would add
    Knowledge at_fence;    ///< what relaxed stores hand on: its knowledge at its last fence
    std::uint64_t hash;
    bool stored_since_rmw;
  };

  void append(ThreadIndex thread, Location location, std::uint64_t value, std::memory_order order,
              const Knowledge* continued);

  std::vector<std::vector<Store>> stores_;
  std::array<std::uint64_t, kMaxLocations> seq_cst_hash_;
  std::array<Thread, kMaxThreads> threads_;
  Knowledge seq_cst_;  ///< what a seq_cst fence, or a seq_cst load of that location, must know
  std::uint64_t fence_hash_ = 0;
  std::uint64_t locations_hash_ = 0;
  std::uint64_t seq_cst_sum_ = 0;
};

}  // namespace datablock::model
