// Children that are forked, do one thing, and can be killed at a given point of it.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <string>

namespace datablock::testing {

/// One end of a two-way line of numbers between a test and its child.
class Line {
 public:
  explicit Line(int fd) : fd_(fd) {}

  void say(std::uint64_t value = 1) const;
  /// The next number. Throws when the other side has gone, or says nothing for half a minute.
  std::uint64_t hear() const;
  /// As hear(); false when the other side has gone.
  bool try_hear(std::uint64_t& value) const;
  /// Tells the test that the interesting point is reached, and stays there: to be killed.
  [[noreturn]] void stay() const;

 private:
  int fd_;
};

class ChildProcess {
 public:
  using Body = std::function<void(const Line&)>;

  /// Runs `body` in a forked child. It ends with 0, or with 1 and a message on stderr when `body` throws.
  explicit ChildProcess(const Body& body);
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;
  /// Kills what is still there.
  ~ChildProcess();

  const Line& line() const { return line_; }
  std::uint64_t hear() const { return line_.hear(); }
  void say(std::uint64_t value = 1) const { line_.say(value); }
  pid_t pid() const { return pid_; }

  /// SIGKILL, and waits until it is gone.
  void kill();
  /// SIGKILL, and waits until it is a zombie.
  void kill_unreaped();
  /// SIGSTOP, and waits until it stands.
  void stop();
  void go_on();
  /// Exit code; negative: the signal that ended it.
  int wait();

 private:
  int fd_ = -1;
  pid_t pid_ = -1;
  Line line_{-1};
};

/// For use in a child, where no test framework listens.
void require(bool condition, const char* text, const char* file, int line);

}  // namespace datablock::testing

#define REQUIRE_IN_CHILD(condition) \
  ::datablock::testing::require(static_cast<bool>(condition), #condition, __FILE__, __LINE__)
