// A forked child that does one operation under the eye of a tracer, one instruction at a time.
#pragma once

#include <sys/types.h>

#include <atomic>
#include <cstdint>
#include <functional>
#include <string>

#include "core/status.hpp"

namespace datablock::step {

/// What a child tells, through memory that it shares with its tracer: readable at any moment, also after a
/// SIGKILL.
struct Facts {
  enum class Stage : int { preparing, begun, ended };

  std::atomic<Stage> stage{Stage::preparing};
  std::atomic<int> status{0};               ///< Status of the operation, once it has ended
  std::atomic<std::uint64_t> seq{0};        ///< the number it claimed or read
  std::atomic<unsigned> id{0};              ///< its participant id, 0: none
  std::atomic<std::uint64_t> stamps{0};     ///< messages it has filled in so far
  std::atomic<std::uint64_t> published{0};  ///< of a run, as its commit has told
  std::atomic<bool> is_on_its_own{false};   ///< set before the tracer lets go: the end must not trap any more
  std::atomic<bool> may_go_on{false};       ///< ... but wait for this
  char complaint[512] = {};
};

/// What a child's body sees. begin() and end() enclose the instructions that are counted.
class Scene {
 public:
  explicit Scene(Facts& facts) : facts_(facts) {}

  Facts& facts() const { return facts_; }

  void begin() const {
    facts_.stage.store(Facts::Stage::begun, std::memory_order_relaxed);
    trap();
  }

  void end(Status status = Status::OK) const {
    facts_.status.store(static_cast<int>(status), std::memory_order_relaxed);
    facts_.stage.store(Facts::Stage::ended, std::memory_order_release);
    if (!facts_.is_on_its_own.load(std::memory_order_acquire)) {
      trap();
    }
    if (facts_.is_on_its_own.load(std::memory_order_acquire)) {  // perhaps since it was stopped in trap()
      wait_for_permission();
    }
  }

 private:
  static void trap() { asm volatile("int3" ::: "memory"); }
  void wait_for_permission() const;

  Facts& facts_;
};

class TracedChild {
 public:
  using Body = std::function<void(const Scene&)>;

  /// Forks a child that runs `body`; returns when it stands at begin(). Throws Failure when it does not get
  /// there.
  explicit TracedChild(const Body& body);
  TracedChild(const TracedChild&) = delete;
  TracedChild& operator=(const TracedChild&) = delete;
  /// Kills what is still there.
  ~TracedChild();

  /// Executes one instruction (a repeated string instruction is one). False: the operation had ended before.
  bool step();
  /// Runs until it is about to execute `address` for the `times`-th time from here on. False: it ended before
  /// that.
  bool run_to(std::uint64_t address, std::uint64_t times);
  /// Runs to the end of the operation.
  void run_to_end();

  bool has_ended() const { return facts_->stage.load(std::memory_order_acquire) == Facts::Stage::ended; }
  /// Address of the next instruction.
  std::uint64_t instruction() const;
  /// Is the next instruction a system call?
  bool is_at_system_call() const;

  /// SIGKILL; returns when the kernel has taken everything from it.
  void kill();

  /// Lets go of it and stops it with SIGSTOP, as an operator or a debugger's user would.
  void freeze();
  /// SIGCONT.
  void thaw() const;
  /// Waits for a frozen and thawed child to reach the end of its operation; false after `ms`.
  bool reaches_end(int ms) const;
  /// Lets it go on after the end; waits until it has exited. Its exit code; negative: the signal that ended
  /// it.
  int dismiss();

  Facts& facts() const { return *facts_; }
  /// Neither killed nor dismissed.
  bool is_there() const { return pid_ > 0; }
  pid_t pid() const { return pid_; }

 private:
  void wait_for_trap();
  void cont();

  Facts* facts_;
  pid_t pid_ = -1;
};

/// Can this process trace its children? Containers may forbid it.
bool can_trace();

}  // namespace datablock::step
