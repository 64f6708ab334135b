// The machine that the modelled threads run on: it decides before every access who makes the next step, keeps
// the weak memory, lets sleepers sleep, kills threads, and stops a run at the first thing that is wrong.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "engine/fiber.hpp"
#include "engine/search.hpp"
#include "engine/trace.hpp"
#include "engine/weak_memory.hpp"

namespace datablock::model {

enum class Outcome : std::uint8_t {
  finished,  ///< every thread came to its end
  pruned,    ///< went on in a state that is known already
  failed,
};

/// What a location holds: for the trace.
enum class Meaning : std::uint8_t { number, slot_word, spinlock_word, waiter_word, entry_word, bits };

/// At which of a location's accesses another thread may be given the turn. Where the protocol lets nobody
/// else touch it at the same time, a switch before the access is one before the next that matters; staleness
/// is tried all the same.
enum class Interrupts : std::uint8_t { all, loads, none };

/// Plain data of which every access must be ordered against every conflicting one.
using Cell = std::uint8_t;

class Machine {
 public:
  /// Told of every store to a location, before it is done. May call fail().
  using Monitor = void (*)(Location, std::uint64_t before, std::uint64_t after);

  // ------------------------------------------------------------------------------------ setting up a run

  Location add_location(std::string name, Meaning meaning, Interrupts interrupts);
  Cell add_cell(std::string name);
  void set_monitor(Monitor monitor) { monitor_ = monitor; }

  /// Forgets the last run. Then: initialize(), spawn(), run().
  void begin(Search& search, Trace* trace);
  void initialize(Location location, std::uint64_t value) { memory_.initialize(location, value); }
  void initialize(Cell cell, std::uint64_t value);
  struct Role {
    bool can_be_killed = false;
  };
  void initialize_lock(unsigned lock, ThreadIndex holder) { locks_[lock].holder = holder; }
  ThreadIndex spawn(const char* name, Role role, std::function<void()> body);
  Outcome run();

  // ------------------------------------------------------------------------------------ what threads do

  std::uint64_t load(Location location, std::memory_order order);
  void store(Location location, std::uint64_t value, std::memory_order order);
  template <class Change>
  std::uint64_t update(Location location, std::memory_order order, Change&& change) {
    step();
    const std::uint64_t before = memory_.latest_value(location);
    finish_update(location, before, change(before), order);
    return before;
  }
  bool compare_exchange(Location location, std::uint64_t& expected, std::uint64_t desired,
                        std::memory_order success, std::memory_order failure);
  void fence();
  /// A full fence where a read-modify-write is none: nothing else may have been stored since.
  void fence_after_rmw();
  void acquire_fence();
  void process_fence();

  void sleep_on(Location location, std::uint64_t value, std::uint64_t ns);
  void wake(Location location);
  void nap(std::uint64_t ns);
  void relax();
  std::uint64_t now();

  std::uint64_t read_cell(Cell cell);
  void write_cell(Cell cell, std::uint64_t value);

  /// A lock of the kernel, which the holder's death releases. Number `lock` is any below kLocks.
  bool try_lock(unsigned lock);
  void unlock(unsigned lock);
  bool is_locked(unsigned lock) const { return locks_[lock].holder != kNoThread; }
  bool holds_lock(ThreadIndex thread, unsigned lock) const { return locks_[lock].holder == thread; }

  /// Sleeps until some thread has been killed. False: that can no longer happen.
  bool await_death();
  /// Sleeps until all others have come to their end.
  void await_end();
  /// Sleeps for ever, without dying: SIGSTOP.
  void stop_for_ever();
  /// Sleeps until `ready`, a question about the machine as it is, is true. It costs nothing and orders
  /// nothing: for what the scenario, not the protocol, waits for. False: it can no longer become true.
  bool hold_back(bool (*ready)(const Machine&));

  // ------------------------------------------------------------------------------------ what scenarios ask

  static constexpr unsigned kLocks = 16;
  static constexpr ThreadIndex kNoThread = 255;

  /// Ends the run as a failure; does not return when a thread calls it.
  void fail(const char* format, ...) __attribute__((format(printf, 2, 3)));
  /// The same for a step that breaks a rule of the protocol, unless harm_only() has said that broken rules do
  /// not matter as long as nobody comes to harm.
  void object(const char* format, ...) __attribute__((format(printf, 2, 3)));
  void harm_only(bool harm_only) { harm_only_ = harm_only; }
  const std::string& failure() const { return failure_; }
  void note(const char* format, ...) __attribute__((format(printf, 2, 3)));

  ThreadIndex current() const { return current_; }
  bool is_dead(ThreadIndex thread) const { return threads_[thread].status == Status::dead; }
  /// Killed, or stopped for ever.
  bool is_out(ThreadIndex thread) const {
    return threads_[thread].status == Status::dead || threads_[thread].status == Status::stopped;
  }
  /// Threads that were killed, or stopped for ever.
  unsigned casualties() const { return casualties_; }
  /// Long sleeps of this thread that ended only because nothing else could run.
  unsigned forced_timeouts(ThreadIndex thread) const { return threads_[thread].forced_timeouts; }
  const WeakMemory& memory() const { return memory_; }
  const char* thread_name(ThreadIndex thread) const;
  /// This thread makes sure after a read that the bytes were whole (a reader that may be evicted, like a
  /// sequence lock's). So a write after its read is no race; to read what was written without order is
  /// remembered, not a failure yet.
  void tolerate_races(bool tolerate) { threads_[current_].tolerates_races = tolerate; }
  bool has_raced(ThreadIndex thread) const { return threads_[thread].has_raced; }
  void forgive_race() { threads_[current_].has_raced = false; }
  /// What the run has come to: equal for equal outcomes.
  std::uint64_t state() const;
  /// The decisions of this run that were not the ordinary ones.
  const std::vector<Deviation>& deviations() const { return deviations_; }

 private:
  enum class Status : std::uint8_t {
    ready,
    sleeping,  ///< on a location, until `deadline`
    napping,   ///< until `deadline`, or until somebody has stored something
    spinning,  ///< until somebody has stored something
    held_back,
    awaiting_death,
    awaiting_end,
    stopped,
    finished,
    dead,
  };

  struct Thread {
    Fiber fiber;
    const char* name = "";
    Role role;
    std::function<void()> body;
    Status status = Status::finished;
    Location location = 0;
    std::uint64_t deadline = 0;
    std::uint64_t nap_ns = 0;
    bool (*ready)(const Machine&) = nullptr;
    bool counts_as_lost = false;  ///< a long sleep: to need its time-out is to have missed a wake-up
    bool timed_out = false;
    bool has_spun = false;
    bool others_have_stored = false;
    bool is_impatient = false;  ///< its patience has run out: spins and the next nap return at once
    unsigned impatient_spins = 0;
    bool tolerates_races = false;
    bool has_raced = false;
    unsigned forced_timeouts = 0;
  };

  struct Lock {
    ThreadIndex holder = kNoThread;
    Knowledge view{};
    std::uint64_t hash = 0;
  };

  struct CellState {
    std::uint64_t value = 0;
    ThreadIndex writer = kNoThread;
    std::uint16_t written_at = 0;
    std::array<std::uint16_t, kMaxThreads> read_at{};
    std::uint64_t hash = 0;
    Knowledge view{};  ///< what a reader of it may learn through an acquire fence
  };

  static void run_body(void* thread);
  void fail_with(const std::string& text);
  void finish_update(Location location, std::uint64_t before, std::uint64_t after, std::memory_order order);

  /// A point at which another thread may be given the turn; the caller makes its step when this returns.
  void step();
  /// The current thread cannot go on: gives the turn to another, and returns when it can.
  void block();
  /// Decides whose turn it is; kNoThread: nobody's, the run is over.
  ThreadIndex elect();
  void give_turn(ThreadIndex thread);
  [[noreturn]] void return_to_driver(Outcome outcome);
  const Option& decide(const Options& options);
  void offer(Options& options, OptionKind kind, unsigned argument, Cost cost) const;
  void offer_others(Options& options, Cost cost) const;
  void offer_hurry(Options& options) const;
  bool can_go(const Thread& thread) const;
  /// Nothing can run: lets time pass, or ends waits that cannot be fulfilled. False: nobody waits.
  bool force();
  bool force_time();
  bool release_all(Status status, bool timed_out);
  void end_sleep(Thread& thread, bool timed_out);
  static void end_hold_back(Thread& thread);
  void suspend(Status status);
  void kill(ThreadIndex thread);
  void after_store();
  /// Ends the run when it goes on in a state that is known. Asked before steps only, and once for each: asked
  /// twice about the same moment it would say yes.
  void check_known();
  std::string show(Location location, std::uint64_t value) const;
  unsigned pick_store(Location location, std::memory_order order, const std::uint64_t* except);

  static constexpr unsigned kLongestRun = 20000;
  static constexpr unsigned kMostForcedTimeouts = 200;
  static constexpr unsigned kMostImpatientSpins = 1100;  ///< a wait spins a thousand times before it sleeps
  static constexpr std::uint64_t kLongSleepNs = 100'000'000;
  static constexpr std::uint64_t kLongNapNs = 20'000'000;
  static constexpr std::uint64_t kPatienceNs = 1'000'000;

  WeakMemory memory_;
  Search* search_ = nullptr;
  Trace* trace_ = nullptr;
  Monitor monitor_ = nullptr;
  bool harm_only_ = false;
  std::vector<std::string> location_names_;
  std::vector<Meaning> meanings_;
  std::vector<Interrupts> interrupts_;
  std::vector<std::string> cell_names_;
  std::vector<CellState> cells_;
  std::array<Thread, kMaxThreads> threads_;
  std::array<Lock, kLocks> locks_;
  Fiber driver_;
  ThreadIndex count_ = 0;
  ThreadIndex current_ = kNoThread;
  std::uint64_t now_ = 0;
  std::uint64_t other_hash_ = 0;
  unsigned steps_ = 0;
  unsigned casualties_ = 0;
  unsigned forced_ = 0;
  std::uint32_t decisions_ = 0;
  std::vector<Deviation> deviations_;
  Outcome outcome_ = Outcome::finished;
  std::string failure_;
};

/// The one machine of this process.
Machine& machine();

}  // namespace datablock::model
